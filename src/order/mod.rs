//! Happened-before.

/// Placeholder until the graph lands.
#[derive(Debug)]
pub struct Order {}
