//! Requests that travel together in rows leave the same bytes as requests that walk, each by itself, event by event.

use archsim::experiment::{Scenario, Simulation};
use archsim::record::Results;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;
use archsim::units::{Random, Time};

const WALKING: Options = Options { nothing_committed: false, nothing_in_rows: true };
const LIVED: Options = Options { nothing_committed: true, nothing_in_rows: true };

fn scenario(text: &str, options: Options) -> Scenario {
    let files = MemoryFiles::new([("rows.toml", text)]);
    Scenario::load(&files, "rows.toml", &[], options).unwrap_or_else(|trouble| panic!("{trouble}\n{text}"))
}

/// What a run has measured at each of these moments; from the first on a clone goes on, as in a fork.
fn course(scenario: &Scenario, stops: &[u64]) -> Vec<Results> {
    let mut run: Simulation = Simulation::new(&scenario.plan, 7, 0);
    let looks = stops.iter().map(|&ns| {
        run.run_until(Time(ns)).unwrap();
        run = run.clone();
        run.results()
    });
    looks.collect()
}

fn check(text: &str, stops: &[u64]) {
    let [rows, walking, lived] = [Options::default(), WALKING, LIVED].map(|options| scenario(text, options));
    let (rows, walking) = (course(&rows, stops), course(&walking, stops));
    for (at, (rows, walking)) in stops.iter().zip(rows.iter().zip(&walking)) {
        assert_eq!(rows.events, walking.events, "events until {at} of\n{text}");
        assert!(rows == walking, "not the same until {at}:\n{rows:#?}\n{walking:#?}\n{text}");
    }
    let mut lived = course(&lived, stops).pop().unwrap();
    let last = rows.last().unwrap();
    lived.events = last.events;
    assert!(lived == *last, "not the same as with every end of service an event:\n{text}");
}

/// One of some words.
fn one<'a>(random: &mut Random, words: &[&'a str]) -> &'a str {
    words[random.below(words.len() as u64) as usize]
}

/// Times of which many are the same: things happen at one instant, too.
const SPANS: [&str; 8] = ["1ms", "2ms", "exp(3ms)", "exp(1ms)", "uniform(0ms..4ms)", "1us", "exp(20ms)", "0s"];

/// Steps of a flow, of which none comes to the same line twice; `lines` are those that are left to it.
fn steps(random: &mut Random, lines: &mut Vec<String>, depth: u64) -> String {
    let mut all = Vec::new();
    for _ in 0..1 + random.below(3) {
        all.push(match random.below(if depth > 0 { 5 } else { 4 }) {
            0 => "\"pause.pass\"".to_owned(),
            1 => format!("{{ wait = \"{}\" }}", one(random, &SPANS)),
            2 => format!("\"{}.pass\"", one(random, &["hop", "drift"])),
            3 if !lines.is_empty() => {
                let line = lines.remove(random.below(lines.len() as u64) as usize);
                format!("{{ call = \"{line}\", work = \"{}\" }}", one(random, &SPANS))
            }
            3 => format!("{{ mark = \"m{}\" }}", random.below(2)),
            _ => {
                let (left, right) = lines.split_at(lines.len() / 2);
                let (mut left, mut right) = (left.to_vec(), right.to_vec());
                // Both ways may lead to the same line.
                if random.chance(0.3) {
                    left = lines.clone();
                    right = lines.clone();
                }
                let (a, b) = (steps(random, &mut left, depth - 1), steps(random, &mut right, depth - 1));
                left.retain(|line| right.contains(line));
                *lines = left;
                let chance = one(random, &["0.1", "0.5", "0.9"]);
                format!("{{ choose = [{{ chance = {chance}, steps = {a} }}, {{ steps = {b} }}] }}")
            }
        });
    }
    format!("[{}]", all.join(", "))
}

/// A scenario with one to three flows that mostly lead forward only.
fn text(seed: u64) -> String {
    let mut random = Random::new(seed);
    let random = &mut random;
    let warmup = one(random, &["0s", "300ms"]);
    let mut text = format!("name = \"rows\"\nduration = \"2s\"\nwarmup = \"{warmup}\"\n");
    text += "[phases]\nearly = \"100ms..900ms\"\n";
    text += "[components]\npause = { model = \"delay\", time = \"1ms\" }\nhop = { model = \"delay\", time = \"0s\" }\n";
    text += "drift = { model = \"delay\", time = \"exp(2ms)\" }\n";
    let flows = 1 + random.below(3);
    let mut traffic = String::new();
    let mut bodies = String::new();
    for flow in 0..flows {
        let mut lines = Vec::new();
        for line in 0..1 + random.below(4) {
            let workers = one(random, &["1", "2", "5", "30"]);
            text += &format!("l{flow}{line} = {{ model = \"server\", workers = {workers} }}\n");
            lines.push(format!("l{flow}{line}"));
        }
        if random.chance(0.3) {
            lines.push("l00".to_owned());
        }
        let rate = one(random, &["400/s", "90/s", "1000/s"]);
        let pattern = one(random, &["", ", arrivals = \"even\""]);
        traffic += &format!("f{flow} = {{ rate = \"{rate}\"{pattern} }}\n");
        bodies += &format!("[flows.f{flow}]\nsteps = {}\n", steps(random, &mut lines, 2));
    }
    if random.chance(0.3) {
        // People who meet nobody.
        let think = one(random, &["exp(20ms)", "5ms", "1ms"]);
        traffic += &format!("desk = {{ users = 30, think = \"{think}\" }}\n");
        let wait = one(random, &["0s", "3ms", "exp(2ms)"]);
        bodies += &format!("[flows.desk]\nsteps = [\"pause.pass\", {{ wait = \"{wait}\" }}, \"hop.pass\"]\n");
    }
    if random.chance(0.4) {
        // Somebody else, so that something else happens all the time.
        let timeout = one(random, &["", ", timeout = \"15ms\""]);
        bodies += &format!("[flows.other]\nsteps = [{{ call = \"beside\", work = \"exp(9ms)\"{timeout} }}]\n");
        let (workers, rate) = if random.chance(0.5) { (2, "60/s") } else { (90, "9000/s") };
        text += &format!("beside = {{ model = \"server\", workers = {workers} }}\n");
        traffic += &format!("other = {{ rate = \"{rate}\" }}\n");
    }
    text + "[traffic]\n" + &traffic + &bodies
}

#[test]
fn rows_leave_the_same_bytes_as_walks() {
    let stops = [1_000_000_000, 1_000_000_001, 1_500_000_000, 2_000_000_000];
    for seed in 0..120 {
        check(&text(seed), if seed % 2 == 0 { &stops } else { &stops[3..] });
    }
}
