//! `archsim scenarios`: list those that are there, check files, show them merged, print the schema for editors.

use archsim::experiment::Scenario;
use archsim::report::lists;
use archsim::scenario::compile::Options;
use archsim::scenario::shipped::{self, WithStories};
use archsim::scenario::{read, render, schema, show};
use clap::{Args, Subcommand};

use super::run::unusable;
use super::{End, Setting, print, say, setting};

const EXAMPLES: &str = "\
Examples:
  archsim scenarios                        those that archsim brings
  archsim scenarios check shop.toml        all that is wrong with a file, and what a run would take
  archsim scenarios show retry-storm-budget";

const CHECKING: &str = "\
Examples:
  archsim scenarios check shop.toml
  archsim scenarios check shop.toml storm.toml";

const SHOWING: &str = "\
Examples:
  archsim scenarios show retry-storm-budget               what a variant has from its parent
  archsim scenarios show shop.toml --set web.cores=8 --plain";

const DESCRIBING: &str = "\
Examples:
  archsim scenarios schema > scenario.schema.json    beside your files: `#:schema` names it";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Write the list as JSON to standard output
    #[arg(long, value_name = "-", value_parser = ["-"])]
    json: Option<String>,
}

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Are these files in order? Says all that is wrong, and what a run would take
    #[command(after_help = CHECKING)]
    Check {
        /// Scenario files
        #[arg(required = true)]
        files: Vec<String>,
    },
    /// The file with all that it extends and includes, and where each line is from
    #[command(after_help = SHOWING)]
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
    #[command(after_help = DESCRIBING)]
    Schema,
}

/// Does what is asked.
pub(crate) fn scenario(arguments: &Arguments) -> End {
    match &arguments.verb {
        None => list(arguments.json.is_some()),
        Some(Verb::Check { files }) => check(files),
        Some(Verb::Show { file, sets, plain }) => show_file(&shipped::meant(file), sets, *plain),
        Some(Verb::Schema) => {
            print(&schema::json());
            End::Good
        }
    }
}

/// The stories that may be run by their name.
fn list(json: bool) -> End {
    let rows: Vec<lists::Row> = shipped::stories()
        .iter()
        .filter_map(|(path, _)| {
            let scenario = read::read(&WithStories, path, &[]).scenario?;
            let details = scenario.summary.clone().unwrap_or_default();
            Some(lists::Row { name: path.strip_suffix(".toml")?.to_owned(), title: scenario.name, details })
        })
        .collect();
    print(&if json { lists::json("scenarios", &rows) } else { lists::text(&rows) });
    End::Good
}

fn check(files: &[String]) -> End {
    let mut end = End::Good;
    for file in files {
        match Scenario::load(&WithStories, &shipped::meant(file), &[], Options::default()) {
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
    let reading = read::read(&WithStories, file, sets);
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
