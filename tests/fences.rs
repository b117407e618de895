//! Attempts that only their own timeout takes back run ahead of the clock up to there, and leave the same bytes as attempts
//! each of whose delays and ends of service is an event.

use archsim::experiment::{Scenario, Simulation};
use archsim::record::Results;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;
use archsim::units::{Random, Span, Time};

const LIVED: Options = Options { nothing_committed: true, nothing_in_rows: true };

fn scenario(text: &str, options: Options) -> Scenario {
    let files = MemoryFiles::new([("fences.toml", text)]);
    Scenario::load(&files, "fences.toml", &[], options).unwrap_or_else(|trouble| panic!("{trouble}\n{text}"))
}

/// What a run has measured at the last of these moments, at each of which a clone goes on.
fn run(scenario: &Scenario, stops: &[u64]) -> Results {
    let mut run: Simulation = Simulation::new(&scenario.plan, 11, 0);
    for &stop in stops {
        run.run_until(Time(stop)).unwrap();
        drop(run.results());
        run = run.clone();
    }
    Results { events: 0, ..run.results() }
}

/// One of some words.
fn one<'a>(random: &mut Random, words: &[&'a str]) -> &'a str {
    words[random.below(words.len() as u64) as usize]
}

/// Times of which many are the same: things happen at one instant, too.
const SPANS: [&str; 7] = ["1ms", "2ms", "4ms", "exp(3ms)", "uniform(0ms..4ms)", "1us", "exp(20ms)"];

fn steps(random: &mut Random, lines: u64, depth: u64) -> String {
    let mut all = Vec::new();
    for _ in 0..1 + random.below(4) {
        all.push(match random.below(if depth > 0 { 6 } else { 5 }) {
            0 => "\"pause.pass\"".to_owned(),
            1 => format!("{{ wait = \"{}\" }}", one(random, &SPANS)),
            2 => format!("\"{}.pass\"", one(random, &["hop", "drift"])),
            3 | 4 => {
                let line = random.below(lines);
                format!("{{ call = \"l{line}\", work = \"{}\" }}", one(random, &SPANS))
            }
            _ => {
                let (a, b) = (steps(random, lines, depth - 1), steps(random, lines, depth - 1));
                format!("{{ choose = [{{ chance = 0.4, steps = {a} }}, {{ steps = {b} }}] }}")
            }
        });
    }
    format!("[{}]", all.join(", "))
}

/// Clients who give up and try again, and some who do not, at the same few lines.
fn text(seed: u64) -> String {
    let mut random = Random::new(seed);
    let random = &mut random;
    let warmup = one(random, &["0s", "300ms"]);
    let mut text = format!("name = \"fences\"\nduration = \"2s\"\nwarmup = \"{warmup}\"\n");
    text += "[phases]\nearly = \"100ms..900ms\"\n";
    text += "[components]\npause = { model = \"delay\", time = \"1ms\" }\nhop = { model = \"delay\", time = \"0s\" }\n";
    text += "drift = { model = \"delay\", time = \"exp(2ms)\" }\n";
    let lines = 1 + random.below(3);
    for line in 0..lines {
        text += &format!("l{line} = {{ model = \"server\", workers = {} }}\n", one(random, &["1", "2", "5", "16"]));
    }
    let (mut traffic, mut bodies) = (String::new(), String::new());
    for flow in 0..1 + random.below(3) {
        let rate = one(random, &["400/s", "90/s", "1000/s"]);
        let who = match random.below(4) {
            0 => "users = 40, think = \"exp(30ms)\"".to_owned(),
            1 => format!("rate = \"{rate}\", arrivals = \"even\""),
            _ => format!("rate = \"{rate}\""),
        };
        let timeout = one(random, &["4ms", "7ms", "20ms", "20500us", "200ms"]);
        let backoff = one(random, &["fixed(5ms)", "exponential(3ms, x=2)", "full-jitter(10ms)", "fixed(exp(4ms))"]);
        let client = match random.below(6) {
            0 => String::new(),
            1 => format!(", timeout = \"{timeout}\", retries = 1"),
            2 => format!(", timeout = \"{timeout}\", withdraw = true"),
            _ => {
                format!(", timeout = \"{timeout}\", withdraw = true, retries = 3, backoff = \"{backoff}\"")
            }
        };
        traffic += &format!("f{flow} = {{ {who}{client} }}\n");
        let mut all = steps(random, lines, 1);
        if random.chance(0.4) {
            // A line of its own, into which all come as long after they have begun.
            text += &format!("own{flow} = {{ model = \"server\", workers = {} }}\n", one(random, &["1", "3", "16"]));
            let own = format!("\"pause.pass\", {{ call = \"own{flow}\", work = \"{}\" }}", one(random, &SPANS));
            all = format!("[{own}, {}", &all[1..]);
        }
        bodies += &format!("[flows.f{flow}]\nsteps = {all}\n");
    }
    text + "[traffic]\n" + &traffic + &bodies
}

#[test]
fn attempts_up_to_their_timeout_leave_the_same_bytes_as_events() {
    let (mut fenced, mut early) = (0, 0);
    for seed in 0..150 {
        let text = text(seed);
        let (ahead, lived) = (scenario(&text, Options::default()), scenario(&text, LIVED));
        early += ahead.plan.operations.iter().filter(|operation| operation.early > Span::ZERO).count();
        fenced += ahead.plan.policies.iter().filter(|policy| policy.fenced).count();
        let (straight, other) = (run(&ahead, &[2_000_000_000]), run(&lived, &[2_000_000_000]));
        // Who is given up and left alone holds waits of lines in which he still stands.
        if !text.contains("retries = 1") {
            assert!(straight == other, "not the same\n{straight:#?}\n{other:#?}\n{text}");
        }
        let looked_at = run(&ahead, &[500_000_000, 500_000_001, 1_200_000_000, 2_000_000_000]);
        assert!(straight == looked_at, "not the same when looked at\n{text}");
    }
    assert!(fenced > 100 && early > 20, "{fenced} policies have a fence, into {early} operations one comes early");
}
