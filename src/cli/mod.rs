//! The command line: one file a verb. Data goes to standard output, words to standard error.
//!
//! Exit status 0: done, and everything enforced holds. 1: something enforced does not hold. 2: the input or the command
//! line cannot be used. 3: an error of archsim itself.

mod completions;
mod models;
mod new;
mod run;
mod scenario;
mod screen;
mod verify;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

const EXAMPLES: &str = "\
Examples:
  archsim run checkout          watch a small shop's evening
  archsim new design.toml       begin with a design of your own
  archsim verify                see that the numbers can be believed";

/// A flight simulator for cloud architectures.
#[derive(Parser)]
#[command(name = "archsim", version, max_term_width = 100, after_help = EXAMPLES)]
struct Line {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Simulate a scenario: what happens, what breaks, how long people wait
    Run(run::Arguments),
    /// Is this installation right? Run textbook systems with known answers
    Verify(verify::Arguments),
    /// Write a scenario to begin with
    New(new::Arguments),
    /// List, check, show and describe scenarios
    #[command(visible_alias = "scenario")]
    Scenarios(scenario::Arguments),
    /// What a part can be: list models, show one, check one's own
    Models(models::Arguments),
    /// Completions of a shell, to standard output
    Completions(completions::Arguments),
}

/// The whole command line, for completions.
pub(crate) fn command() -> clap::Command {
    Line::command()
}

/// How a verb ended.
pub(crate) enum End {
    /// Well.
    Good,
    /// Something that must hold does not.
    Missed,
    /// The input cannot be used; said already.
    Unusable,
    /// An error of archsim; said already.
    Broken,
}

/// Parses the command line and does what it says.
pub fn main() -> ExitCode {
    let line = Line::parse();
    let end = match line.verb {
        Verb::Run(arguments) => run::run(&arguments),
        Verb::Verify(arguments) => verify::verify(&arguments),
        Verb::New(arguments) => new::new(&arguments),
        Verb::Scenarios(arguments) => scenario::scenario(&arguments),
        Verb::Models(arguments) => models::models(&arguments),
        Verb::Completions(arguments) => completions::completions(&arguments),
    };
    ExitCode::from(match end {
        End::Good => 0,
        End::Missed => 1,
        End::Unusable => 2,
        End::Broken => 3,
    })
}

/// Prints to standard output; a reader that has gone away is no error.
pub(crate) fn print(text: &str) {
    use std::io::Write;
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Says something on standard error.
pub(crate) fn say(text: &str) {
    use std::io::Write;
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// Writes a file whole or not at all: beside its place first, then moved there.
#[expect(clippy::disallowed_methods, reason = "the command line is where files are written")]
pub(crate) fn write_whole(path: &str, text: &str) -> Result<(), End> {
    let beside = format!("{path}.part-{}", std::process::id());
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|why| {
        // What could not be moved does not stay behind; what could not be written is not there.
        let _ = std::fs::remove_file(&beside);
        say(&format!(
            "error: cannot write {path}: {why}\n  = help: name a file in a folder that is there and may be written\n"
        ));
        End::Unusable
    })
}

/// A bar on standard error, only where that is a terminal; none for a single step.
pub(crate) fn progress(steps: u64, quiet: bool) -> indicatif::ProgressBar {
    if quiet || steps < 2 {
        return indicatif::ProgressBar::hidden();
    }
    let style = indicatif::ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
    let bar = indicatif::ProgressBar::new(steps);
    bar.with_style(style.unwrap_or_else(|_| indicatif::ProgressStyle::default_bar()))
}

/// Processor time of this thread, in seconds.
pub(crate) fn thread_seconds() -> f64 {
    cpu_time::ThreadTime::now().as_duration().as_secs_f64()
}

/// A setting that is changed: path and value.
pub(crate) type Setting = (String, String);

/// `path=value`.
pub(crate) fn setting(text: &str) -> Result<Setting, String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => Ok((path.trim().to_owned(), value.trim().to_owned())),
        _ => Err(format!("`{text}` sets nothing: write PATH=VALUE, as in web.workers=8")),
    }
}

/// Uses so many threads; unless said, one for each core.
pub(crate) fn use_threads(threads: Option<usize>) {
    // A pool that exists already stays; there is none at the start of a process.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).build_global();
}
