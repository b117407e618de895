//! Collapse: a pause of a busy system whose callers time out and retry, long enough or not.
//!
//! Twenty questions a second, 35 ms of work each, one worker: 0.7 busy. Whoever waits 3 s asks again, up to three times,
//! and what was given up on is still worked on: four times the load is 2.8 workers. A pause of a second is forgotten. One
//! of eight fills the line beyond three seconds, and from then on nearly all work is for callers who have gone.

use archsim::experiment::{Ask, Scenario};
use archsim::outcome::Outcome;
use archsim::outcome::collapse::Why;
use archsim::outcome::objective::Verdict;
use archsim::report;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;

/// The busy desk with a story of seven minutes and more lines at its end.
fn desk(more: &str) -> Scenario {
    let text = format!(
        r#"
name = "Desk"
duration = "7m"

[traffic]
ask = {{ rate = "20/s" }}

[components]
db = {{ model = "server" }}

[flows]
ask = {{ steps = [{{ call = "db", work = "exp(35ms)", timeout = "3s", retries = 3 }}] }}
{more}"#
    );
    load(&text)
}

fn load(text: &str) -> Scenario {
    let files = MemoryFiles::new([("desk.toml", text)]);
    Scenario::load(&files, "desk.toml", &[], Options::default()).unwrap_or_else(|trouble| panic!("{trouble}"))
}

fn pause(length: &str) -> String {
    format!("[faults.pause]\nwhat = \"stop\"\ntarget = \"db\"\nat = \"1m\"\nfor = \"{length}\"\n")
}

fn ask(scenario: &Scenario, seed: u64, replications: u32) -> Outcome {
    let ask = Ask { seed: Some(seed), replications: Some(replications), ..Ask::default() };
    scenario.ask(ask).unwrap_or_else(|trouble| panic!("{trouble}"))
}

/// Goodput before, after, at the end, and at the end without the pause.
fn goodput(outcome: &Outcome, collapsed: bool) -> [f64; 4] {
    let states = outcome.collapse.states();
    let state = states.iter().find(|state| state.collapsed == collapsed).expect("some ended so");
    let rates = state.rates.as_ref().expect("there is a trigger");
    [rates.before, rates.after, rates.at_end, rates.without].map(|rate| rate.expect("it was measured"))
}

#[test]
fn a_short_pause_never_collapses_and_a_long_one_always_does() {
    let (short, long) = (ask(&desk(&pause("1s")), 1, 12), ask(&desk(&pause("8s")), 1, 12));
    assert_eq!((short.collapse.collapsed(), short.value("collapsed")), (0, Some(0.0)));
    assert_eq!((long.collapse.collapsed(), long.value("collapsed")), (12, Some(1.0)));
    let [before, _, at_end, without] = goodput(&short, false);
    assert!((before - 20.0).abs() < 1.0 && (at_end - 20.0).abs() < 1.5 && (at_end - without).abs() < 0.2);
    let [before, after, at_end, without] = goodput(&long, true);
    assert!((before - 20.0).abs() < 1.0 && (without - 20.0).abs() < 1.5, "{before} {without}");
    assert!(after < 8.0 && at_end < 2.0, "{after} {at_end}");
}

#[test]
fn at_the_edge_chance_decides_and_the_report_says_how_often() {
    let outcome = ask(&desk(&pause("3500ms")), 1, 40);
    let collapsed = outcome.collapse.collapsed();
    assert!((4..=36).contains(&collapsed), "{collapsed} of 40");
    let (share, (low, high)) = outcome.collapse.probability().expect("forty are enough");
    assert!(low < share && share < high && high - low < 0.32, "{share} ({low} .. {high})");
    // Two states and nothing between: all of the goodput came back, or nearly none of it.
    for fate in &outcome.collapse.fates {
        let rates = fate.rates.as_ref().expect("there is a trigger");
        let kept = rates.at_end.expect("measured") / rates.without.expect("measured");
        assert!(if fate.why.is_some() { kept < 0.2 } else { kept > 0.9 }, "{kept}");
    }
    let text = report::terminal::run(&outcome);
    assert!(text.contains(&format!("collapse   {collapsed} of 40 runs: ")), "{text}");
    assert!(text.contains("collapsed: goodput ") && text.contains("came back: goodput "), "{text}");
    assert!(text.contains("/s after the pause of `db` at 60.0s, still "), "{text}");
}

#[test]
fn one_run_says_that_it_cannot_tell() {
    let text = report::terminal::run(&ask(&desk(&pause("8s")), 1, 1));
    let said = "collapse   this run collapsed; one run cannot tell how likely that is: write `replications = 10`";
    assert!(text.contains(said), "{text}");
    let json = report::json::run(&ask(&desk(&pause("8s")), 1, 1), &report::json::Sections::default());
    assert!(json.contains("\"collapsed\": 1,") && json.contains("\"interval\": null,"), "{json}");
}

#[test]
fn expectations_and_known_numbers_may_ask_for_collapse() {
    let asked =
        "\n[expect]\ncollapsed = [\"< 30%\", \"> 90%\"]\n\n[[known]]\nhow = \"long pauses collapse\"\ncollapsed = 1\n";
    let outcome = ask(&desk(&(pause("8s") + asked)), 1, 12);
    let verdicts: Vec<Verdict> = outcome.objectives.iter().map(|objective| objective.verdict).collect();
    // Twelve of twelve: Wilson's interval is 75.7 % to 100 %.
    assert_eq!(verdicts, [Verdict::Missed, Verdict::Undecided]);
    assert!(outcome.known[0].pass, "{:?}", outcome.known);
}

#[test]
fn the_same_bytes_come_out_on_one_thread_and_on_four() {
    let scenario = desk(&pause("3500ms"));
    let text = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        let outcome = pool.install(|| ask(&scenario, 7, 10));
        report::json::run(&outcome, &report::json::Sections::default())
    };
    assert_eq!(text(1), text(4));
}

#[test]
fn without_a_trigger_only_a_backlog_can_tell() {
    let calm = ask(&desk(""), 1, 3);
    assert_eq!(calm.value("collapsed"), Some(0.0));
    assert!(!report::terminal::run(&calm).contains("collapse "));
    let crowd = "[traffic.more]\nrate = \"20/s\"\nflow = \"ask\"\n";
    let flooded = ask(&desk(crowd), 1, 3);
    assert_eq!(flooded.value("collapsed"), Some(1.0));
    assert!(matches!(&flooded.collapse.fates[0].why, Some(Why::Backlog { part, .. }) if part == "db"));
    let text = report::terminal::run(&flooded);
    assert!(text.contains("the queue of `db` still grew, from "), "{text}");
}

#[test]
fn a_busy_line_that_comes_and_goes_is_no_collapse() {
    let text = r#"
name = "Busy"
duration = "40m"
warmup = "5m"
replications = 40

[traffic]
ask = { rate = "96/s" }

[components]
desk = { model = "server" }

[flows]
ask = { steps = [{ call = "desk", work = "exp(10ms)" }] }
"#;
    let outcome = ask(&load(text), 1, 40);
    assert_eq!(outcome.value("collapsed"), Some(0.0));
    assert!(outcome.value("desk.backlog.max").is_some_and(|max| max > 100.0), "it was long at times");
}

#[test]
fn a_change_that_halves_the_servers_collapses_what_does_not_fit() {
    let text = |workers: u32| {
        format!(
            r#"
name = "Fewer"
duration = "20m"

[traffic]
ask = {{ rate = "60/s" }}

[components]
desk = {{ model = "server", workers = 4 }}

[flows]
ask = {{ steps = [{{ call = "desk", work = "exp(40ms)", timeout = "2s" }}] }}

[changes.fewer]
at = "5m"
set = {{ desk.workers = {workers} }}
"#
        )
    };
    let (kept, lost) = (ask(&load(&text(3)), 1, 1), ask(&load(&text(1)), 1, 1));
    assert_eq!((kept.value("collapsed"), lost.value("collapsed")), (Some(0.0), Some(1.0)));
    assert!(report::terminal::run(&lost).contains("after the change of `desk` at 300s, still "));
}
