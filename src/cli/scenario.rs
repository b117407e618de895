//! `archsim scenario`: check files, show them merged, print the schema for editors.

use archsim::experiment::Scenario;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::DiskFiles;
use archsim::scenario::{read, render, schema, show};
use clap::Subcommand;

use super::run::unusable;
use super::{End, Setting, print, say, setting};

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Are these files in order? Says all that is wrong, and what a run would take
    Check {
        /// Scenario files
        #[arg(required = true)]
        files: Vec<String>,
    },
    /// The file with all that it extends and includes, and where each line is from
    Show {
        /// The scenario file
        file: String,
        /// Change a setting, as in `--set web.workers=8`; may be repeated
        #[arg(long = "set", value_name = "PATH=VALUE", value_parser = setting)]
        sets: Vec<Setting>,
        /// Without the origins
        #[arg(long)]
        plain: bool,
    },
    /// A JSON Schema of scenario files, for editors
    Schema,
}

/// Does what is asked.
pub(crate) fn scenario(verb: &Verb) -> End {
    match verb {
        Verb::Check { files } => check(files),
        Verb::Show { file, sets, plain } => show_file(file, sets, *plain),
        Verb::Schema => {
            print(&schema::json());
            End::Good
        }
    }
}

fn check(files: &[String]) -> End {
    let mut end = End::Good;
    for file in files {
        match Scenario::load(&DiskFiles, file, &[], Options::default()) {
            Ok(scenario) => {
                say(&render::text(&scenario.warnings, &scenario.sources, false));
                print(&format!("{file}: in order · {}\n", scenario.effort()));
            }
            Err(trouble) => end = unusable(&trouble),
        }
    }
    end
}

fn show_file(file: &str, sets: &[(String, String)], plain: bool) -> End {
    let reading = read::read(&DiskFiles, file, sets);
    match &reading.tree {
        Some(tree) if !reading.diagnostics.failed() => {
            print(&show::text(tree, &reading.sources, !plain));
            End::Good
        }
        _ => {
            say(&render::text(&reading.diagnostics, &reading.sources, false));
            End::Unusable
        }
    }
}
