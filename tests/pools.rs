//! Functions: a worker for each request. A question every second, 750 ms of work each, worked out by hand.

use archsim::experiment::{Ask, Scenario};
use archsim::outcome::Outcome;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;

fn functions(settings: &str, more: &str) -> String {
    format!(
        r#"
name = "Functions"
duration = "30s"
warmup = "0s"

[traffic]
ask = {{ rate = "1/s", arrivals = "even" }}

[components]
code = {{ model = "functions", {settings} }}

[handlers.code]
work = "750ms"

[flows.ask]
steps = ["code"]
{more}"#
    )
}

fn run(text: &str) -> Outcome {
    let files = MemoryFiles::new([("functions.toml", text)]);
    let scenario =
        Scenario::load(&files, "functions.toml", &[], Options::default()).unwrap_or_else(|why| panic!("{why}"));
    scenario.ask(Ask { seed: Some(1), ..Ask::default() }).unwrap_or_else(|why| panic!("{why}"))
}

fn values<const N: usize>(outcome: &Outcome, paths: [&str; N]) -> [f64; N] {
    paths.map(|path| outcome.value(path).unwrap_or_else(|| panic!("{path} was not measured")))
}

#[test]
fn a_cold_start_is_paid_by_who_finds_nobody_idle() {
    let outcome = run(&functions("start = \"400ms\", idle = \"10m\"", ""));
    // The first is busy until 1.15 s, so the second is cold too; from 2 s on one of the two is always idle.
    assert_eq!(values(&outcome, ["code.starts", "code.cold", "code.start.max"]), [2.0, 2.0 / 30.0, 0.4]);
    assert_eq!(values(&outcome, ["ask.ok", "ask.min", "ask.max"]), [30.0, 0.75, 1.15]);
    let busy = 2.0 * 1.15 + 28.0 * 0.75;
    assert_eq!(values(&outcome, ["code.concurrency.max", "code.usage.busy_seconds"]), [2.0, busy]);
    // Two workers from 1 s on, one from 0 s on.
    assert!((values(&outcome, ["code.idle.mean"])[0] - (30.0 + 29.0 - busy) / 30.0).abs() < 1e-12);
}

#[test]
fn the_newest_is_used_again_and_the_other_goes_when_its_time_is_over() {
    let outcome = run(&functions("start = \"400ms\", idle = \"5s\"", ""));
    // At 2 s the first one is the only idle one, and from then on it is the newest; the other, idle from 2.15 s on, goes at 7.15 s.
    let idle = (3.0 - 2.75) * 27.0 + (2.0 - 1.15) + 5.0 + 0.25;
    assert!((values(&outcome, ["code.idle.mean"])[0] - idle / 30.0).abs() < 1e-12);
    assert_eq!(values(&outcome, ["code.starts"]), [2.0]);
}

#[test]
fn what_is_kept_ready_is_never_cold() {
    let outcome = run(&functions("start = \"400ms\", ready = 1, price = \"$36/h\"", ""));
    assert_eq!(values(&outcome, ["code.starts", "code.cold", "ask.max"]), [0.0, 0.0, 0.75]);
    assert_eq!(values(&outcome, ["code.kept.mean", "code.kept_busy", "code.cost"]), [1.0, 0.75, 0.23]);
}

#[test]
fn one_more_than_most_is_refused_and_so_is_one_start_too_many() {
    let full = run(&functions("start = \"400ms\", most = 1", ""));
    assert_eq!(values(&full, ["ask.failed_by.throttled", "code.books.refused", "code.starts"]), [1.0, 1.0, 1.0]);
    let slow = run(&functions("start = \"400ms\", start_rate = \"0.1/s\", start_burst = 1", ""));
    // One start in ten seconds: the second question finds the first worker busy and no start left.
    assert_eq!(values(&slow, ["ask.failed_by.throttled", "code.starts"]), [1.0, 1.0]);
}

#[test]
fn after_the_fault_cold_everybody_starts_anew() {
    let cold = "[faults.new-version]\nwhat = \"cold\"\ntarget = \"code\"\nat = \"10.5s\"\n";
    let outcome = run(&functions("start = \"100ms\", idle = \"10m\"", cold));
    assert_eq!(values(&outcome, ["code.starts", "ask.ok"]), [2.0, 30.0]);
}

#[test]
fn who_gives_up_during_a_cold_start_leaves_a_worker_behind() {
    let text = functions("start = \"5s\", idle = \"10m\"", "");
    let text = text.replace("steps = [\"code\"]", "steps = [{ call = \"code\", timeout = \"2s\", withdraw = true }]");
    let outcome = run(&text);
    // The first worker is ready at 5 s, the second at 6 s: whoever comes before 4 s waits for more than two seconds.
    assert_eq!(values(&outcome, ["ask.ok", "code.starts", "code.books.withdrawn"]), [26.0, 2.0, 4.0]);
}
