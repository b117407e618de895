//! `archsim run FILE`: simulates a scenario and reports.

use std::path::{Path, PathBuf};
use std::time::Instant;

use archsim::experiment::{Answer, Ask, Scenario, Trouble};
use archsim::report;
use archsim::scenario::compile::Options;
use archsim::scenario::shipped::{self, WithStories};
use archsim::units::Span;
use clap::Args;

use super::files::{self, Wanted};
use super::progress::Progress;
use super::screen::screen;
use super::{End, Setting, print, say, setting, thread_seconds, use_threads, write_whole};

const AFTER: &str = "\
Examples:
  archsim run checkout                         a scenario that archsim brings, by its name
  archsim run shop.toml --set web.cores=8      a file of yours, with one setting changed
  archsim run shop.toml --replications 20      twenty times, each with its own luck: intervals
  archsim run shop.toml --seed 7 --json -      all that was measured, for a program

Exit status:
  0  it ran, whether or not its objectives hold: a run reports, and what it found is its answer
  2  the file or the command line cannot be used
  3  an error of archsim itself";

#[derive(Args)]
#[command(after_help = AFTER)]
pub(crate) struct Arguments {
    /// The scenario file, or the name of a scenario that archsim brings (`archsim scenarios` lists them)
    file: String,
    /// Write the outcome as JSON to a file, or to standard output with `-` (then nothing else is written there)
    #[arg(long, value_name = "FILE|-")]
    json: Option<String>,
    /// Write JSON, series (CSV) and pictures (SVG, PNG) into this folder (default: reports/NAME for a story)
    #[arg(long, value_name = "DIR", conflicts_with = "no_files")]
    out: Option<PathBuf>,
    /// Write the series and tables (CSV) alone into this folder
    #[arg(long, value_name = "DIR")]
    csv: Option<PathBuf>,
    /// Write no folder of files
    #[arg(long)]
    no_files: bool,
    /// Do not look while it runs: no "why" in the report, and faster where nobody else looks either (`--no-files`)
    #[arg(long)]
    no_why: bool,
    /// Seed of the random numbers (default: the file's, or 1)
    #[arg(long)]
    seed: Option<u64>,
    /// How often the story is run, each time with its own draws (default: the file's, or 1)
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    replications: Option<u32>,
    /// Threads (default: one for each core; results do not depend on it)
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Change a setting for this run, as in `--set web.workers=8`; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = setting)]
    sets: Vec<Setting>,
    /// Show all of the report, not what fits on a screen: every limit, line of the bill, warning and assumption
    #[arg(long)]
    all: bool,
    /// Print nothing but errors
    #[arg(long)]
    quiet: bool,
    /// Leave out what differs between two equal runs: wall-clock and processor times
    #[arg(long)]
    reproducible: bool,
    /// Run even if the estimate is above 2e9 events or 4 GB
    #[arg(long)]
    large: bool,
}

/// Runs it.
pub(crate) fn run(arguments: &Arguments) -> End {
    use_threads(arguments.threads);
    let file = shipped::meant(&arguments.file);
    if shipped::hides_a_story(&file) && !arguments.quiet {
        say(&format!("note: {file} of this folder is run, not the scenario of that name that archsim brings\n"));
    }
    let scenario = match Scenario::load(&WithStories, &file, &arguments.sets, Options::default()) {
        Ok(scenario) => scenario,
        Err(trouble) => return unusable(&trouble),
    };
    if !arguments.quiet {
        say(&archsim::scenario::render::text(&scenario.warnings, &scenario.sources, false));
    }
    if let Err(text) = scenario.is_reasonable(arguments.replications, arguments.large) {
        say(&text);
        return End::Unusable;
    }
    match simulate(&scenario, arguments) {
        Ok(answer) => tell(&scenario, &answer, arguments),
        Err(trouble) => unusable(&trouble),
    }
}

#[expect(clippy::disallowed_methods, reason = "the command line is where the clock on the wall is read")]
fn simulate(scenario: &Scenario, arguments: &Arguments) -> Result<Answer, Trouble> {
    let replications = scenario.replications(arguments.replications);
    let story = scenario.ast.duration.is_some();
    let whole = Span(if story { scenario.plan.to.0.saturating_mul(u64::from(replications)) } else { 0 });
    let progress = Progress::new(whole, arguments.quiet);
    let seen = |more: Span| progress.seen(more, whole);
    let ask = Ask {
        seed: arguments.seed,
        replications: arguments.replications,
        clock: (!arguments.reproducible).then_some(thread_seconds),
        done: None,
        seen: Some(&seen),
        timeline: arguments.csv.is_some() || arguments.folder(scenario).is_some(),
        unseen: arguments.no_why,
    };
    let begun = Instant::now();
    let answer = scenario.answer(ask);
    progress.over();
    answer.map(|mut answer| {
        if let Some(timing) = &mut answer.outcome.timing {
            timing.wall_s = begun.elapsed().as_secs_f64();
        }
        answer
    })
}

impl Arguments {
    /// Where all files go, if anywhere.
    ///
    /// Unless asked, only where a person reads the report of a story: a steady run and a proof have no course worth a picture.
    fn folder(&self, scenario: &Scenario) -> Option<PathBuf> {
        let story = scenario.ast.duration.is_some() && scenario.ast.known.is_empty();
        let read = !self.quiet && self.json.as_deref() != Some("-") && !self.no_files;
        self.out.clone().or_else(|| (story && read).then(|| files::usual(&self.file)))
    }
}

fn tell(scenario: &Scenario, answer: &Answer, arguments: &Arguments) -> End {
    let json = || report::json::run(&answer.outcome, &report::bill::sections(answer.statement.as_ref()));
    match arguments.json.as_deref() {
        Some("-") => {
            print(&json());
        }
        Some(path) => {
            if let Err(end) = write_whole(path, &json()) {
                return end;
            }
        }
        None => {}
    }
    if !arguments.quiet && arguments.json.as_deref() != Some("-") {
        print(&report::terminal::on(&answer.outcome, answer.statement.as_ref(), &screen(arguments.all)));
    }
    let all = arguments.folder(scenario).map(|folder| (folder, Wanted::All));
    let tables = arguments.csv.clone().map(|folder| (folder, Wanted::Tables));
    for (folder, wanted) in all.into_iter().chain(tables) {
        if let Err(end) = write_files(&folder, answer, wanted, arguments) {
            return end;
        }
    }
    End::Good
}

fn write_files(folder: &Path, answer: &Answer, wanted: Wanted, arguments: &Arguments) -> Result<(), End> {
    let told = files::write(folder, answer, wanted)?;
    if !arguments.quiet && arguments.json.as_deref() != Some("-") {
        say(&format!("{}/ has {}\n", folder.display(), told.words(wanted)));
    }
    Ok(())
}

/// Says why there is no answer.
pub(crate) fn unusable(trouble: &Trouble) -> End {
    say(&format!("{}\n", trouble.to_string().trim_end()));
    match trouble {
        Trouble::Internal(_) => End::Broken,
        Trouble::File(_) | Trouble::Run(_) => End::Unusable,
    }
}
