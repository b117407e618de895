//! The shipped scenarios show what they say that they show: every expectation and every claim in them comes out.

#![expect(clippy::disallowed_methods, reason = "these tests walk the folder of scenarios, and the night asks for more")]

use std::fs;

use archsim::outcome::objective::Owner;
use archsim::{Design, Scenario, Verdict};

/// Path and scenario, sorted.
fn shipped() -> Vec<(String, Scenario)> {
    let entries = fs::read_dir("scenarios").expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("an entry").path().to_string_lossy().into_owned());
    // The starter is no story: it is held by a test of `archsim new`.
    let mut paths: Vec<String> =
        paths.filter(|path| path.ends_with(".toml") && !path.ends_with("/starter.toml")).collect();
    paths.sort();
    let read = |path: String| {
        let scenario = Scenario::from_file(&path).unwrap_or_else(|trouble| panic!("{trouble}"));
        (path, scenario)
    };
    paths.into_iter().map(read).collect()
}

/// Does a run of it take minutes? Then the night runs it (`ARCHSIM_LONG`), and the day a hundredth of it.
fn is_long(scenario: &Scenario) -> bool {
    scenario.effort().events > 50e6 && std::env::var_os("ARCHSIM_LONG").is_none()
}

#[test]
fn a_hundredth_of_a_long_one_runs_and_nobody_is_refused() {
    for (path, _) in shipped().into_iter().filter(|(_, scenario)| is_long(scenario)) {
        let few = "[[\"0m\", 100], [\"20m\", 100], [\"30m\", 1200], [\"75m\", 1200], [\"90m\", 200]]";
        let design = Design::from_file(&path).set("traffic.shoppers.users", few);
        let outcome = design.run(1129).unwrap_or_else(|trouble| panic!("{path}: {trouble}"));
        let asked = outcome.value("browse.requests").expect("pages are asked for");
        assert!(asked > 100_000.0, "{path}: {asked}");
        assert!(outcome.value("orders.books.lost") == Some(0.0), "{path}");
    }
}

#[test]
fn what_a_scenario_is_there_to_show_is_what_its_run_shows() {
    for (path, scenario) in shipped().into_iter().filter(|(_, scenario)| !is_long(scenario)) {
        let outcome = scenario.ask(archsim::Ask::default()).unwrap_or_else(|trouble| panic!("{path}: {trouble}"));
        let shown = |owner: &Owner| matches!(owner, Owner::Expect | Owner::Claim(_));
        let shows: Vec<_> = outcome.objectives.iter().filter(|objective| shown(&objective.owner)).collect();
        assert!(!shows.is_empty(), "{path}: nothing holds it to its summary");
        for objective in shows {
            assert_eq!(objective.verdict, Verdict::Met, "{path}: {objective:?}");
        }
    }
}

#[test]
fn every_scenario_says_what_it_is_and_is_read_without_a_word() {
    for (path, scenario) in shipped() {
        assert!(scenario.ast.summary.is_some(), "{path} has no summary");
        assert!(scenario.warnings.list.is_empty(), "{path}: {:?}", scenario.warnings.list);
        let text = fs::read_to_string(&path).expect("it is text");
        assert_eq!(text.lines().next(), Some("#:schema scenario.schema.json"), "{path}");
        let wide = text.lines().filter(|line| line.chars().count() > 130).count();
        assert_eq!(wide, 0, "{path} has lines of more than 130 columns");
    }
}
