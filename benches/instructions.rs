//! What hot paths cost in instructions, which are the same in every run: `.ci/instructions` counts them under valgrind.
//!
//! `instructions PATH COUNT` does the work of a hot path so many times. Counted twice, with two counts, the difference is
//! what the work costs without what comes before it. Prints something that depends on all that was done.

#![expect(clippy::disallowed_methods, reason = "what is counted is named on the command line")]

use archsim::engine::calendar::{Calendar, Ladder};
use archsim::engine::{Class, Event, Key};
use archsim::experiment::{Scenario, Simulation};
use archsim::record::Histogram;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::DiskFiles;
use archsim::units::{Law, Random, Span, Time};

const WALKING: Options = Options { nothing_committed: false, nothing_in_rows: true };
const LIVED: Options = Options { nothing_committed: true, nothing_in_rows: true };

fn main() {
    let mut words = std::env::args().skip(1);
    let (path, count) = (words.next().unwrap_or_default(), words.next().and_then(|n| n.parse().ok()).unwrap_or(0));
    let done = match path.as_str() {
        "calendar" => calendar(count),
        "histogram" => histogram(count),
        "samplers" => samplers(count),
        "w1-in-rows" => workload("w1", 0.9, count, Options::default()),
        "w1-walking" => workload("w1", 0.9, count, WALKING),
        "w1-every-event" => workload("w1", 0.9, count, LIVED),
        "w3-in-rows" => workload("w3", 1800.0, count, Options::default()),
        "w3-walking" => workload("w3", 1800.0, count, WALKING),
        "w4" => workload("w4", 1400.0, count, Options::default()),
        "w4-every-event" => workload("w4", 1400.0, count, LIVED),
        "w5" => workload("w5", 100_000.0, count, Options::default()),
        other => panic!("no hot path is called {other:?}"),
    };
    println!("{path}: {done}");
}

/// The hold model with three hundred pending.
fn calendar(count: u64) -> u64 {
    let (mut ladder, mut random) = (Ladder::default(), Random::new(5));
    let event =
        |at: u64, number: u64| Event { at: Time(at), key: Event::key(Class::Timer, 0, number, 0), what: 0, slot: 0 };
    (0..300).for_each(|number| ladder.push(event(random.below(1 << 30), number)));
    let mut sum = 0u64;
    for number in 0..count {
        let Some(Event { at, key: Key(key), .. }) = ladder.pop_before(u128::MAX) else { break };
        sum = sum.wrapping_add(at.0 ^ key);
        ladder.push(event(at.0 + random.below(1 << 30), 300 + number));
    }
    sum
}

fn histogram(count: u64) -> u64 {
    let (mut histogram, mut random) = (Histogram::fine(), Random::new(6));
    (0..count).for_each(|_| histogram.record(Span(random.bits() >> (20 + random.below(20)))));
    histogram.count()
}

fn samplers(count: u64) -> u64 {
    let mut random = Random::new(7);
    let exponential = Law::Exponential { mean: 1e6 };
    (0..count).fold(0, |sum: u64, _| sum.wrapping_add(exponential.span(&mut random).0))
}

/// About so many customers of a workload that are measured: `rate` a second.
fn workload(name: &str, rate: f64, count: u64, options: Options) -> u64 {
    let path = format!("{}/benches/workloads/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let length = format!("{}ms", (1e3 * count as f64 / rate) as u64 + 1_000);
    let settings = [("warmup".to_owned(), "0s".to_owned()), ("duration".to_owned(), length)];
    let scenario = Scenario::load(&DiskFiles, &path, &settings, options).unwrap_or_else(|trouble| panic!("{trouble}"));
    let mut simulation: Simulation = Simulation::new(&scenario.plan, 1, 0);
    simulation.run_until(scenario.plan.to).unwrap_or_else(|failure| panic!("{failure:?}"));
    simulation.results().flows.iter().map(|flow| flow.whole.requests).sum()
}
