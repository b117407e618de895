//! The `archsim` command: parses arguments, calls `cli`, maps errors to exit codes.
fn main() {}
