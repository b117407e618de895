//! Each service alone: below, at and above its limits, against the facts that its model cites.

#[path = "aws/compute.rs"]
mod compute;
#[path = "aws/data.rs"]
mod data;
#[path = "aws/edge.rs"]
mod edge;
#[path = "aws/queues.rs"]
mod queues;

use archsim::experiment::{Ask, Scenario};
use archsim::outcome::Outcome;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;

/// What a scenario of this text comes to; the head is the same in all of them.
fn run(duration: &str, text: &str) -> Outcome {
    let text = format!(
        "name = \"A service alone\"\nregion = \"us-east-1\"\nduration = \"{duration}\"\nwarmup = \"0s\"\n{text}"
    );
    let files = MemoryFiles::new([("alone.toml", text.as_str())]);
    let scenario = Scenario::load(&files, "alone.toml", &[], Options::default()).unwrap_or_else(|why| panic!("{why}"));
    scenario.ask(Ask { seed: Some(7), ..Ask::default() }).unwrap_or_else(|why| panic!("{why}"))
}

fn value(outcome: &Outcome, path: &str) -> f64 {
    outcome.value(path).unwrap_or_else(|| panic!("{path} was not measured"))
}

/// A value as far from the truth as chance or the edges of a run may bring it.
fn near(outcome: &Outcome, path: &str, truth: f64, by: f64) {
    let found = value(outcome, path);
    assert!((found - truth).abs() <= by, "{path} is {found}, and should be {truth} +- {by}");
}

/// A measure of a window, which the scenario asks for by a condition that always holds.
fn in_window(outcome: &Outcome, path: &str, window: &str) -> f64 {
    let asked = outcome.objectives.iter().find(|one| one.path == path && one.condition.ends_with(window));
    asked.and_then(|one| one.measured).unwrap_or_else(|| panic!("{path} in {window} was not measured"))
}
