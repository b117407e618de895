//! `archsim scenario`: check, show, schema.
use super::End;
#[derive(clap::Subcommand)]
pub(crate) enum Verb { Check { files: Vec<String> } }
pub(crate) fn scenario(_: &Verb) -> End { End::Good }
