//! The command line of testimony with everything that ships with it.
fn main() {}
