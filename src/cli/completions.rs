//! `archsim completions SHELL`: what a shell needs to know to complete our verbs and flags.

use clap::Args;
use clap_complete::Shell;

use super::{End, command, print};

const EXAMPLES: &str = "\
Examples:
  archsim completions bash > ~/.local/share/bash-completion/completions/archsim
  archsim completions fish > ~/.config/fish/completions/archsim.fish";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

/// Prints them.
pub(crate) fn completions(arguments: &Arguments) -> End {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut command(), "archsim", &mut text);
    print(&String::from_utf8_lossy(&text));
    End::Good
}
