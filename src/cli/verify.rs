//! `archsim verify [PATH...]`: textbook systems with known answers, run by the engine that runs everything.

use std::path::Path;

use archsim::experiment::Trouble;
use archsim::experiment::verify::{self, Case};
use archsim::report::verified;
use archsim::scenario::sources::{DiskFiles, Files};
use clap::Args;

use super::{End, print, progress, say, use_threads, write_whole};

const AFTER: &str = "\
Examples:
  archsim verify                               all: under a minute on two cores
  archsim verify --only 'md1-*' --seed 2       some of them, with other luck
  archsim verify desk.toml                     a system of yours, with its `[[known]]` numbers

Exit status:
  0  every known number came out
  1  some did not, or a case could not be run
  2  the command line cannot be used
  3  an error of archsim itself";

/// A known number may miss by chance: then another seed will not miss it again.
#[derive(Args)]
#[command(after_help = AFTER)]
pub(crate) struct Arguments {
    /// Files, or folders of files, with `[[known]]` numbers (default: the built-in proofs)
    paths: Vec<String>,
    /// Seed of the random numbers
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only cases whose name fits this pattern, as in `mm1-*`
    #[arg(long, value_name = "GLOB")]
    only: Option<String>,
    /// Write the result as JSON to a file, or to standard output with `-` (then nothing else is written there)
    #[arg(long, value_name = "FILE|-")]
    json: Option<String>,
    /// Threads (default: one for each core; results do not depend on it)
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Print nothing but errors
    #[arg(long)]
    quiet: bool,
}

/// Verifies.
pub(crate) fn verify(arguments: &Arguments) -> End {
    use_threads(arguments.threads);
    if arguments.paths.is_empty() {
        let (files, paths) = verify::built_in();
        return cases(arguments, &files, paths);
    }
    match files_of(&arguments.paths) {
        Ok(paths) => cases(arguments, &DiskFiles, paths),
        Err(why) => {
            say(&why);
            End::Unusable
        }
    }
}

fn cases(arguments: &Arguments, files: &(dyn Files + Sync), mut paths: Vec<String>) -> End {
    let all = paths.len();
    if let Some(pattern) = &arguments.only {
        paths.retain(|path| verify::fits(pattern, &verify::id_of(path)));
    }
    if paths.is_empty() {
        say(&nothing_fits(arguments, all));
        return End::Unusable;
    }
    let progress = progress(paths.len() as u64, arguments.quiet);
    let done = |case: &Case| {
        progress.set_message(case.id.clone());
        progress.inc(1);
    };
    let cases = verify::verify(files, &paths, Some(arguments.seed), done);
    progress.finish_and_clear();
    report(arguments, cases)
}

fn nothing_fits(arguments: &Arguments, all: usize) -> String {
    match &arguments.only {
        Some(pattern) if all > 0 => format!(
            "error: no case is called `{pattern}`\n  = help: there are {all} cases; `*` stands for any text, as in \
             `--only 'mm1-*'`\n"
        ),
        _ => "error: no file here states known numbers\n  = help: a file with `[[known]]` does; without a path the \
              built-in proofs are run\n"
            .to_owned(),
    }
}

fn report(arguments: &Arguments, cases: Vec<Case>) -> End {
    let broken = cases.iter().any(|case| matches!(case.rows, Err(Trouble::Internal(_))));
    let cases: Vec<verified::Case> =
        cases.into_iter().map(|case| (case.id, case.rows.map_err(|why| why.to_string()))).collect();
    let text = || verified::text(arguments.seed, &cases);
    match arguments.json.as_deref() {
        Some("-") => print(&verified::json(arguments.seed, &cases)),
        Some(path) => {
            if let Err(end) = write_whole(path, &verified::json(arguments.seed, &cases)) {
                return end;
            }
            if !arguments.quiet {
                print(&text());
            }
        }
        None if arguments.quiet => {}
        None => print(&text()),
    }
    match verified::totals(&cases) {
        _ if broken => End::Broken,
        (_, 0) => End::Good,
        _ => End::Missed,
    }
}

/// Scenario files with known numbers, in folders as well; sorted. A file that is named is taken, whatever is in it.
#[expect(clippy::disallowed_methods, reason = "the command line looks into the folders that it is given")]
fn files_of(paths: &[String]) -> Result<Vec<String>, String> {
    let mut files = Vec::new();
    for path in paths {
        let found = Path::new(path);
        if !found.is_dir() {
            files.push(path.clone());
            continue;
        }
        let unreadable = |why| format!("error: cannot read {path}: {why}\n  = help: name a file, or another folder\n");
        for entry in std::fs::read_dir(found).map_err(unreadable)?.flatten() {
            let file = entry.path();
            let is_scenario = file.extension().is_some_and(|extension| extension == "toml");
            if is_scenario && std::fs::read_to_string(&file).is_ok_and(|text| text.contains("[[known]]")) {
                files.push(file.to_string_lossy().into_owned());
            }
        }
    }
    files.sort();
    files.dedup();
    Ok(files)
}
