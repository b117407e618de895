//! `archsim run FILE`: simulates a scenario and reports.

use std::time::Instant;

use archsim::experiment::{Ask, Scenario, Trouble};
use archsim::report;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::DiskFiles;
use clap::Args;

use super::{End, print, say, setting, thread_seconds, use_threads, write_whole};

#[derive(Args)]
pub(crate) struct Arguments {
    /// The scenario file
    file: String,
    /// Write the outcome as JSON to a file, or to standard output with `-` (then nothing else is written there)
    #[arg(long, value_name = "FILE|-")]
    json: Option<String>,
    /// Seed of the random numbers (default: the file's, or 1)
    #[arg(long)]
    seed: Option<u64>,
    /// How often the story is run, each time with its own draws
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    replications: Option<u32>,
    /// Threads (default: one for each core; results do not depend on it)
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// Change a setting for this run, as in `--set web.workers=8`; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = setting)]
    sets: Vec<(String, String)>,
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
    let scenario = match Scenario::load(&DiskFiles, &arguments.file, &arguments.sets, Options::default()) {
        Ok(scenario) => scenario,
        Err(trouble) => return unusable(&trouble),
    };
    if !arguments.quiet && !scenario.warnings.list.is_empty() {
        say(&archsim::scenario::render::text(&scenario.warnings, &scenario.sources, false));
    }
    if let Err(text) = scenario.is_reasonable(arguments.replications, arguments.large) {
        say(&text);
        return End::Unusable;
    }
    let clock = (!arguments.reproducible).then_some(thread_seconds as fn() -> f64);
    let begun = Instant::now();
    let ask = Ask { seed: arguments.seed, replications: arguments.replications, clock };
    let mut outcome = match scenario.ask(ask) {
        Ok(outcome) => outcome,
        Err(trouble) => return unusable(&trouble),
    };
    if let Some(timing) = &mut outcome.timing {
        timing.wall_s = begun.elapsed().as_secs_f64();
    }
    let to_stdout = arguments.json.as_deref() == Some("-");
    if let Some(path) = &arguments.json {
        let json = report::json::run(&outcome, &report::json::Sections::default());
        if to_stdout {
            print(&json);
        } else if let Err(why) = write_whole(path, &json) {
            say(&format!("error: cannot write {path}: {why}\n"));
            return End::Unusable;
        }
    }
    if !arguments.quiet && !to_stdout {
        print(&report::terminal::run(&outcome));
    }
    End::Good
}

/// Says why there is no answer.
pub(crate) fn unusable(trouble: &Trouble) -> End {
    say(&format!("{}\n", trouble.to_string().trim_end()));
    match trouble {
        Trouble::Internal(_) => End::Broken,
        Trouble::File(_) | Trouble::Run(_) => End::Unusable,
    }
}
