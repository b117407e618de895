//! Steady scenarios from the file to both reports: what is known, how well, and what is said where nothing is.

use archsim::experiment::{Ask, Scenario};
use archsim::outcome::Outcome;
use archsim::outcome::objective::Verdict;
use archsim::outcome::warnings::Warning;
use archsim::report;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;

/// One desk, half busy: a mean answer of 20 ms, a mean wait of 10 ms, one question present on average.
fn desk(head: &str, rate: u32, rest: &str) -> Result<Scenario, String> {
    let text = format!(
        r#"
name = "Desk"
{head}

[traffic]
ask = {{ rate = "{rate}/s" }}

[components]
desk = {{ model = "server" }}

[flows]
ask = {{ steps = [{{ call = "desk", work = "exp(10ms)" }}] }}
{rest}"#
    );
    let files = MemoryFiles::new([("desk.toml", text.as_str())]);
    Scenario::load(&files, "desk.toml", &[], Options::default()).map_err(|trouble| trouble.to_string())
}

fn until(of: &str, within: &str, at_most: &str) -> String {
    format!("until = {{ of = \"{of}\", within = \"{within}\", at_most = \"{at_most}\" }}")
}

fn run(scenario: &Scenario) -> Outcome {
    scenario.run(1).unwrap_or_else(|trouble| panic!("{trouble}"))
}

#[test]
fn a_steady_run_stops_when_its_number_is_known_and_says_how_well() {
    for (of, truth) in
        [("ask.mean", 0.02), ("desk.wait.mean", 0.01), ("ask.wait.mean", 0.01), ("desk.present.mean", 1.0)]
    {
        let outcome = run(&desk(&until(of, "5%", "5h"), 50, "").expect("it is right"));
        let interval = outcome.interval(of).expect("it is known");
        assert!(interval.relative() <= 0.05, "{of}: {interval:?}");
        assert!((interval.value - truth).abs() <= 4.0 * interval.standard_error, "{of}: {interval:?}");
        assert!(outcome.simulated_s() < 5.0 * 3600.0 / 2.0, "{of} took {} s", outcome.simulated_s());
        // What else is measured counts from the start of the run: the filling of an empty system is a thousandth of it.
        let measured = outcome.value(of).expect("it was measured");
        assert!((measured / interval.value - 1.0).abs() < 0.03, "{of}: {measured} {interval:?}");
        let text = report::terminal::run(&outcome);
        assert!(text.contains("simulated  ± is a 95% interval from batches of one steady run"), "{text}");
        assert!(text.contains(&format!("  {of} = ")) && text.contains("; it forgets in "), "{text}");
    }
}

#[test]
fn a_percentile_is_known_in_the_flow_and_in_json() {
    let outcome = run(&desk(&until("ask.p99", "10%", "5h"), 50, "").expect("it is right"));
    let interval = outcome.interval("ask.p99").expect("it is known");
    assert!((interval.value - 0.0921034).abs() <= 4.0 * interval.standard_error, "{interval:?}");
    let json: serde_json::Value =
        serde_json::from_str(&report::json::run(&outcome, &report::json::Sections::default())).expect("JSON");
    let ends = |value: &serde_json::Value| [0, 1].map(|i| value[i].as_f64().expect("an end"));
    let [low, high] = ends(&json["flows"]["ask"]["interval"]["p99"]);
    assert!((low - interval.low()).abs() < 1e-9 && (high - interval.high()).abs() < 1e-9);
    assert_eq!(ends(&json["steady"]["ask.p99"]["interval"]), [low, high]);
    assert!(json["steady"]["ask.p99"]["batches"].as_u64().is_some_and(|n| (10..=30).contains(&n)));
    assert!(report::terminal::run(&outcome).contains("±"));
}

#[test]
fn a_run_too_short_says_why_and_what_would_help() {
    let outcome = run(&desk(&until("ask.mean", "5%", "20s"), 90, "").expect("it is right"));
    assert_eq!(outcome.interval("ask.mean"), None);
    let text = report::terminal::run(&outcome);
    assert!(text.contains("ask.mean: no interval, run too short: "), "{text}");
    assert!(text.contains("`at_most` has to be at least about ") || text.contains("raise `at_most`"), "{text}");
    let json = report::json::run(&outcome, &report::json::Sections::default());
    assert!(json.contains("\"ask.mean\": \"run too short: "), "{json}");
}

#[test]
fn a_run_that_knows_less_than_was_asked_says_so() {
    let outcome = run(&desk(&until("ask.mean", "0.1%", "10m"), 50, "").expect("it is right"));
    let interval = outcome.interval("ask.mean").expect("it is known somehow");
    assert!((0.001..0.075).contains(&interval.relative()));
    let said = outcome.warnings.iter().find(|warning| matches!(warning, Warning::WiderThanAsked { .. }));
    let said = said.expect("there is a warning");
    assert!(said.says().starts_with("`ask.mean` was asked within 0.1% and is known to "), "{}", said.says());
    assert!(said.cure().starts_with("raise `at_most`: about "), "{}", said.cure());
}

#[test]
fn a_system_without_a_steady_state_is_told_so() {
    let outcome = run(&desk(&until("ask.mean", "5%", "1h"), 120, "").expect("it is right"));
    assert_eq!((outcome.interval("ask.mean"), outcome.value("collapsed")), (None, Some(1.0)));
    let text = report::terminal::run(&outcome);
    assert!(text.contains("there is no steady state") && text.contains("the queue of `desk` still grew"), "{text}");
}

#[test]
fn a_warmup_that_is_given_is_left_out_of_everything() {
    let head = until("ask.mean", "5%", "2h") + "\nwarmup = \"10s\"";
    let outcome = run(&desk(&head, 50, "").expect("it is right"));
    assert_eq!(outcome.replications[0].from.as_seconds(), 10.0);
    let interval = outcome.interval("ask.mean").expect("it is known");
    assert!((interval.value - 0.02).abs() <= 4.0 * interval.standard_error, "{interval:?}");
}

#[test]
fn a_steady_run_for_something_else_than_times_is_refused() {
    for of in ["ask.success", "ask.rate", "desk.busy", "ask.max", "ask.paid.p95", "nobody.mean"] {
        let said = desk(&until(of, "5%", "1h"), 50, "").expect_err("it cannot be watched");
        assert!(
            said.contains(&format!("a steady run cannot be run for `{of}`")) || said.contains("no"),
            "{of}: {said}"
        );
    }
}

#[test]
fn a_steady_scenario_has_no_replications() {
    let head = until("ask.mean", "5%", "1h") + "\nreplications = 10";
    let said = desk(&head, 50, "").expect_err("it is one run");
    assert!(said.contains("a steady scenario is one long run"), "{said}");
    let scenario = desk(&until("ask.mean", "5%", "1h"), 50, "").expect("it is right");
    let asked = scenario.ask(Ask { replications: Some(10), ..Ask::default() });
    assert!(asked.expect_err("it is one run").to_string().contains("a steady scenario is one long run"));
}

#[test]
fn a_story_with_replications_has_students_interval_and_undecided_verdicts() {
    let expect = "\n[expect]\nask.mean = [\"< 20ms\", \"< 40ms\", \"< 5ms\"]\n";
    let scenario = desk("duration = \"2m\"\nreplications = 8", 50, expect).expect("it is right");
    let outcome = run(&scenario);
    let values: Vec<f64> = outcome.measure("ask.mean").expect("measured").per_replication;
    let mean = values.iter().sum::<f64>() / 8.0;
    let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
    let half = 2.3646242516 * (squares / 7.0 / 8.0).sqrt();
    let json: serde_json::Value =
        serde_json::from_str(&report::json::run(&outcome, &report::json::Sections::default())).expect("JSON");
    let [low, high] = [0, 1].map(|i| json["flows"]["ask"]["interval"]["mean"][i].as_f64().expect("an end"));
    assert!((low - (mean - half)).abs() < 1e-9 && (high - (mean + half)).abs() < 1e-9, "{low} {high} {mean} {half}");
    let verdicts: Vec<Verdict> = outcome.objectives.iter().map(|objective| objective.verdict).collect();
    assert!(low < 0.02 && 0.02 < high, "20 ms is the true mean: {low} .. {high}");
    assert_eq!(verdicts, [Verdict::Undecided, Verdict::Met, Verdict::Missed]);
}

#[test]
fn one_run_of_a_story_prints_no_interval() {
    let outcome = run(&desk("duration = \"2m\"", 50, "").expect("it is right"));
    assert_eq!(outcome.interval("ask.mean"), None);
    let json = report::json::run(&outcome, &report::json::Sections::default());
    assert!(json.contains("\"interval\": {},"), "{json}");
}

#[test]
fn a_wait_that_was_always_zero_is_not_called_known() {
    // One question in 2,000 meets another: a thousand zeros prove nothing.
    let outcome = run(&desk(&until("desk.wait.mean", "5%", "1000s"), 2, "").expect("it is right"));
    let known = outcome.interval("desk.wait.mean");
    assert!(known.is_none_or(|interval| interval.value > 0.0), "{known:?}");
}
