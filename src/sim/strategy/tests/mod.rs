//! Holds every search to the enumeration of all runs, on small random models.

mod models;
mod truth;
