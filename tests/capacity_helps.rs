//! More capacity never makes its callers wait longer: the same requests, and one number of a part that is greater.
//!
//! Compared request by request this holds for every queue that serves in the order of arrival, so it holds for each
//! quantile and not only for the mean. Known exceptions, which are not asked here, or asked the other way round:
//!
//! - room: who would have been sent away stands in the line instead (`more_room_is_no_capacity`),
//! - a cache that lets the oldest go: more entries may hit less often (Belady's anomaly; LRU and random are asked),
//! - callers that repeat what failed, or wait for each other: what is answered sooner comes again sooner,
//! - choices at random among members: with another number of members the same draw is another member.

use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;
use archsim::units::Random;
use archsim::{Outcome, Scenario};

fn from_to(dice: &mut Random, low: u64, high: u64) -> u64 {
    low + dice.below(high - low + 1)
}

fn run(text: &str, seed: u64) -> Outcome {
    let files = MemoryFiles::new([("case.toml", text)]);
    let scenario = Scenario::load(&files, "case.toml", &[], Options::default());
    let scenario = scenario.unwrap_or_else(|trouble| panic!("{trouble}\n{text}"));
    scenario.run(seed).unwrap_or_else(|trouble| panic!("{trouble}\n{text}"))
}

fn value(outcome: &Outcome, path: &str) -> f64 {
    outcome.value(path).unwrap_or_else(|| panic!("`{path}` is measured"))
}

/// One part called `it`, with CAPACITY in it, and the flow that asks it for 20 s; all of them are done long before the end,
/// so that the same requests are compared.
fn case(rate: u64, parts: &str, handlers: &str, steps: &str) -> String {
    format!(
        "name = \"x\"\nduration = \"200s\"\nwarmup = \"0s\"\n[traffic]\nask = {{ rate = [[\"0s\", \"{rate}/s\"], [\"20s\", \"{rate}/s\"], [\"20s\", \"0/s\"]] }}\n\
         [keys]\npage = {{ count = 400, pick = \"zipf(0.8)\" }}\n[components]\n{parts}\n{handlers}\n\
         [flows.ask]\nsteps = [{steps}]\n"
    )
}

/// Runs a case with rising capacity and compares each with the one before: `same` must not rise, beyond what rounding does.
fn never_rises(template: &str, capacities: &[u64], same: &[&str], seed: u64) {
    let mut before: Option<Vec<f64>> = None;
    for capacity in capacities {
        let outcome = run(&template.replace("CAPACITY", &capacity.to_string()), seed);
        let now: Vec<f64> = same.iter().map(|path| value(&outcome, path)).collect();
        for ((path, before), now) in same.iter().zip(before.iter().flatten()).zip(&now) {
            // Percentiles are kept to three digits; a draw is rounded to a nanosecond.
            let slack = before.abs() * 0.002 + 1e-6;
            assert!(*now <= before + slack, "{path} with {capacity}: {before} became {now}, seed {seed}\n{template}");
        }
        before = Some(now);
    }
}

const WAITS: [&str; 4] = ["ask.mean", "ask.p50", "ask.p90", "ask.p99"];

/// A law of some shape, with this mean.
fn law(dice: &mut Random, mean: u64) -> String {
    match from_to(dice, 0, 3) {
        0 => format!("exp({mean}us)"),
        1 => format!("lognormal({mean}us, cv=2)"),
        2 => format!("gamma({mean}us, cv=1.5)"),
        _ => format!("{mean}us"),
    }
}

#[test]
fn more_servers_threads_and_places_delay_nobody() {
    for seed in 0..6 {
        let mut dice = Random::new(seed);
        let (rate, work) = (from_to(&mut dice, 40, 120), law(&mut dice, 20_000));
        let step = format!("{{ call = \"it\", work = \"{work}\" }}");
        for part in [
            "it = { model = \"server\", workers = CAPACITY }",
            "it = { model = \"limiter\", algorithm = \"concurrency\", limit = CAPACITY, when_full = \"wait\", time = \"0s\" }",
        ] {
            never_rises(&case(rate, part, "", &step), &[2, 3, 4, 8], &WAITS, seed);
        }
        // Cores that are shared: whoever is inside has no less of them.
        let shared = case(rate, "it = { model = \"server\", cores = CAPACITY }", "", &step);
        never_rises(&shared, &[2, 3, 4, 8], &["ask.mean"], seed);
    }
}

#[test]
fn a_faster_bucket_makes_nobody_wait_longer() {
    for seed in 0..6 {
        let mut dice = Random::new(seed);
        let (rate, burst) = (from_to(&mut dice, 40, 120), from_to(&mut dice, 1, 30));
        let part = format!(
            "it = {{ model = \"token-bucket\", rate = \"CAPACITY/s\", burst = {burst}, when_short = \"wait\" }}"
        );
        never_rises(&case(rate, &part, "", "\"it\""), &[40, 60, 90, 200], &WAITS, seed);
    }
}

#[test]
fn more_takers_leave_no_message_waiting_longer() {
    for seed in 0..4 {
        let mut dice = Random::new(seed);
        let (rate, work) = (from_to(&mut dice, 20, 60), law(&mut dice, 50_000));
        let parts = "jobs = { model = \"queue\", time = \"0s\" }\nit = { model = \"server\", workers = CAPACITY }";
        let handlers = format!("[handlers.it]\nfrom = \"jobs\"\nwork = \"{work}\"");
        let text = case(rate, parts, &handlers, "{ send = \"jobs\" }");
        let same = ["jobs.age.mean", "jobs.age.p99", "jobs.backlog.max", "jobs.backlog.mean"];
        never_rises(&text, &[1, 2, 4, 8], &same, seed);
    }
}

#[test]
fn more_connections_make_nobody_wait_longer() {
    for seed in 0..4 {
        let mut dice = Random::new(seed);
        let (rate, work) = (from_to(&mut dice, 40, 100), law(&mut dice, 20_000));
        let parts = "app = { model = \"server\", workers = 1000, pool = { it = CAPACITY } }\n\
                     it = { model = \"server\", workers = 1000 }";
        let handlers = format!("[handlers.app]\nsteps = [{{ call = \"it\", work = \"{work}\" }}]");
        never_rises(&case(rate, parts, &handlers, "\"app\""), &[2, 3, 5, 20], &WAITS, seed);
    }
}

#[test]
fn a_cache_of_more_entries_misses_no_more_often() {
    for seed in 0..4 {
        let part = "it = { model = \"cache\", key = \"page\", entries = CAPACITY, policy = \"lru\", time = \"0s\" }\n\
                    db = { model = \"delay\", time = \"5ms\" }";
        // Fills take no time, so that the entries of the smaller cache are always among those of the greater one.
        let text = case(200, part, "", "{ call = \"it.get\", miss = [] }");
        never_rises(&text, &[10, 20, 50, 100, 400], &["it.misses", "it.evicted"], seed);
    }
}

/// The exception that surprises most: places in the line are no capacity.
#[test]
fn more_room_is_no_capacity() {
    let text = |room: u64| {
        case(
            120,
            &format!("it = {{ model = \"server\", workers = 2, room = {room} }}"),
            "",
            "{ call = \"it\", work = \"exp(20ms)\" }",
        )
    };
    let (short, long) = (run(&text(2), 1), run(&text(50), 1));
    assert!(value(&long, "ask.mean") > 2.0 * value(&short, "ask.mean"));
    assert!(value(&long, "it.refused") < value(&short, "it.refused"));
}
