//! `archsim models`: what a part can be, a page about each, and a check of one's own.

use archsim::scenario::diagnostics::Diagnostics;
use archsim::scenario::model::{Library, Model, describe_mechanisms};
use archsim::scenario::render;
use archsim::scenario::sources::{DiskFiles, Files, Sources};
use archsim::scenario::tree::At;
use clap::{Args, Subcommand};

use super::{End, print, say};
use archsim::report::lists;

const EXAMPLES: &str = "\
Examples:
  archsim models                  all that a component's `model` may be
  archsim models show server      what it models, what it leaves out, every setting
  archsim models check models/acme/search.toml";

const SHOWING: &str = "\
Examples:
  archsim models show queue
  archsim models show acme/search     models/acme/search.toml, beside your scenarios";

const CHECKING: &str = "\
Examples:
  archsim models check models/acme/search.toml";

const MECHANISMS: &str = "\
Examples:
  archsim models mechanisms           what each is, its settings, what it does";

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
    /// A page about a model: what it models, what it leaves out, every number with its source
    #[command(after_help = SHOWING)]
    Show {
        /// The model, as a scenario names it
        name: String,
    },
    /// Is this model file in order?
    #[command(after_help = CHECKING)]
    Check {
        /// Model files
        #[arg(required = true)]
        files: Vec<String>,
    },
    /// The mechanisms of which models are made
    #[command(after_help = MECHANISMS)]
    Mechanisms,
}

/// Does what is asked.
pub(crate) fn models(arguments: &Arguments) -> End {
    match &arguments.verb {
        None => list(arguments.json.is_some()),
        Some(Verb::Show { name }) => show(name),
        Some(Verb::Check { files }) => check(files),
        Some(Verb::Mechanisms) => {
            print(&describe_mechanisms());
            End::Good
        }
    }
}

fn list(json: bool) -> End {
    let (mut sources, mut said) = (Sources::default(), Diagnostics::default());
    let mut library = Library::new(&DiskFiles, [""]);
    let names = Library::built_in();
    let models: Vec<_> =
        names.iter().filter_map(|name| library.model(name, At::default(), &mut sources, &mut said)).collect();
    let rows: Vec<lists::Row> = models.iter().map(|model| row(model)).collect();
    print(&if json { lists::json("models", &rows) } else { lists::text(&rows) });
    End::Good
}

fn row(model: &Model) -> lists::Row {
    lists::Row { name: model.name.clone(), title: model.title.clone(), details: model.census() }
}

fn show(name: &str) -> End {
    let (mut sources, mut said) = (Sources::default(), Diagnostics::default());
    match Library::new(&DiskFiles, [""]).model(name, At::default(), &mut sources, &mut said) {
        Some(model) => {
            print(&model.describe());
            End::Good
        }
        None => {
            say(&render::text(&said, &sources, false));
            End::Unusable
        }
    }
}

fn check(files: &[String]) -> End {
    let mut end = End::Good;
    for file in files {
        if !DiskFiles.exists(file) {
            say(&format!("error: no file called {file}\n  = help: name a model file, as models/acme/billing.toml\n"));
            end = End::Unusable;
            continue;
        }
        let (mut sources, mut said) = (Sources::default(), Diagnostics::default());
        let model = Library::new(&DiskFiles, [""]).file(file, &mut sources, &mut said);
        say(&render::text(&said, &sources, false));
        match model {
            Some(model) => print(&format!("{file}: in order · {}\n", model.census())),
            None => end = End::Unusable,
        }
    }
    end
}
