//! `archsim verify [PATH...]`: textbook systems with known answers, run by the engine that runs everything.

use archsim::experiment::verify::{self, Case};
use archsim::report::verified;
use archsim::scenario::sources::DiskFiles;
use clap::Args;

use super::{End, print, say, use_threads, write_whole};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Files, or folders of files, with `[[known]]` numbers (default: the built-in proofs)
    paths: Vec<String>,
    /// Seed of the random numbers (default: each file's, or 1)
    #[arg(long)]
    seed: Option<u64>,
    /// Only cases whose name fits this pattern, as in `mm1-*`
    #[arg(long, value_name = "GLOB")]
    only: Option<String>,
    /// Write the result as JSON to a file, or to standard output with `-`
    #[arg(long, value_name = "FILE|-")]
    json: Option<String>,
    /// Threads (default: one for each core; results do not depend on it)
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// Print nothing but errors
    #[arg(long)]
    quiet: bool,
}

/// Verifies.
pub(crate) fn verify(arguments: &Arguments) -> End {
    use_threads(arguments.threads);
    let wanted = |path: &String| {
        let pattern = arguments.only.as_deref().unwrap_or("*");
        verify::fits(pattern, &verify::id_of(path))
    };
    let progress = progress(arguments.quiet);
    let done = |case: &Case| {
        progress.set_message(case.id.clone());
        progress.inc(1);
    };
    let cases = if arguments.paths.is_empty() {
        let (files, mut paths) = verify::built_in();
        paths.retain(wanted);
        progress.set_length(paths.len() as u64);
        verify::verify(&files, &paths, arguments.seed, done)
    } else {
        let mut paths = match files_of(&arguments.paths) {
            Ok(paths) => paths,
            Err(why) => {
                say(&why);
                return End::Unusable;
            }
        };
        paths.retain(wanted);
        progress.set_length(paths.len() as u64);
        verify::verify(&DiskFiles, &paths, arguments.seed, done)
    };
    progress.finish_and_clear();
    if cases.is_empty() {
        say("error: no case fits\n  = help: `archsim verify` without `--only` runs them all\n");
        return End::Unusable;
    }
    report(arguments, cases)
}

fn report(arguments: &Arguments, cases: Vec<Case>) -> End {
    let mut end = End::Good;
    let mut rows = Vec::new();
    for case in cases {
        match case.rows {
            Ok(known) => rows.push((case.id, known)),
            Err(trouble) => {
                end = super::run::unusable(&trouble);
                say(&format!("  in the case `{}`\n", case.id));
            }
        }
    }
    if let Some(path) = &arguments.json {
        let json = verified::json(arguments.seed.unwrap_or(1), &rows);
        if path == "-" {
            print(&json);
        } else if let Err(why) = write_whole(path, &json) {
            say(&format!("error: cannot write {path}: {why}\n"));
            return End::Unusable;
        }
    }
    if arguments.json.as_deref() != Some("-") && !arguments.quiet {
        print(&verified::text(&rows));
    }
    match end {
        End::Good if verified::totals(&rows).1 > 0 => End::Missed,
        end => end,
    }
}

fn progress(quiet: bool) -> indicatif::ProgressBar {
    if quiet {
        return indicatif::ProgressBar::hidden();
    }
    // Shown on standard error, and only on a terminal.
    let style = indicatif::ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
    indicatif::ProgressBar::new(0).with_style(style.unwrap_or_else(|_| indicatif::ProgressStyle::default_bar()))
}

/// Scenario files with known numbers, in folders as well; sorted.
fn files_of(paths: &[String]) -> Result<Vec<String>, String> {
    let mut files = Vec::new();
    for path in paths {
        let found = std::path::Path::new(path);
        if !found.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries = std::fs::read_dir(found).map_err(|why| format!("error: cannot read {path}: {why}\n"))?;
        for entry in entries.flatten() {
            let file = entry.path();
            let is_scenario = file.extension().is_some_and(|extension| extension == "toml");
            let states = is_scenario && std::fs::read_to_string(&file).is_ok_and(|text| text.contains("[[known]]"));
            if states {
                files.push(file.to_string_lossy().into_owned());
            }
        }
    }
    files.sort();
    files.dedup();
    Ok(files)
}
