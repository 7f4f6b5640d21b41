//! Campaigns on what ships, and on small workflows of their own.

mod checkout;
mod explore;
mod follow;
mod honest;
mod settles;
mod smaller;
mod zoo;
