//! `archsim new FILE`: writes a scenario to begin with; never over one that is there.

use archsim::scenario::shipped;
use archsim::scenario::sources::{DiskFiles, Files};
use clap::Args;

use super::{End, print, say, write_whole};

const EXAMPLES: &str = "\
Examples:
  archsim new shop.toml                        a commented starter
  archsim new --from retry-storm storm.toml    a copy of a scenario that archsim brings";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The file to write
    file: String,
    /// Begin with a scenario that archsim brings (`archsim scenarios` lists them)
    #[arg(long, value_name = "NAME")]
    from: Option<String>,
}

/// Writes it.
pub(crate) fn new(arguments: &Arguments) -> End {
    let file = &arguments.file;
    if DiskFiles.exists(file) {
        say(&format!("error: {file} is there already\n  = help: name a new file; nothing was written\n"));
        return End::Unusable;
    }
    let text = match &arguments.from {
        None => shipped::starter().replace("THIS-FILE", file),
        Some(name) => match shipped::story(&format!("{}.toml", name.trim_end_matches(".toml"))) {
            Some(text) => without_schema(text),
            None => return no_story(name),
        },
    };
    if let Err(end) = write_whole(file, &text) {
        return end;
    }
    print(&format!("{file} is written; run it: archsim run {file}\n"));
    End::Good
}

/// The shipped files point to a schema beside them, which a copy has not.
fn without_schema(text: &str) -> String {
    let kept = text.strip_prefix("#:schema").and_then(|rest| rest.split_once('\n')).map_or(text, |(_, rest)| rest);
    kept.trim_start_matches('\n').to_owned()
}

fn no_story(name: &str) -> End {
    let names: Vec<&str> = shipped::stories().iter().filter_map(|(path, _)| path.strip_suffix(".toml")).collect();
    say(&format!("error: archsim brings no scenario called `{name}`\n  = help: there is: {}\n", names.join(", ")));
    End::Unusable
}
