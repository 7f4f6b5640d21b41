//! Campaigns on what ships, and on small workflows of their own.

mod checkout;
mod drawn;
mod explore;
mod follow;
mod honest;
mod interrupted;
mod knowing;
mod settles;
mod smaller;
mod zoo;
