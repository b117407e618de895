//! The `archsim` command: parses arguments, calls `cli`, maps errors to exit codes; nothing else.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
