//! Hand-made results and scenarios: small enough to be checked with a pencil.

use archsim::record::results::{CallResult, FlowResult, FlowWindow, OperationResult, PartResult, UseResult, Work};
use archsim::record::{Gauge, Histogram, Results};
use archsim::scenario::ast::{Expectation, Scenario};
use archsim::scenario::quantity::{Bound, Condition, Unit, Window};
use archsim::scenario::tree::{At, Placed};
use archsim::units::{Span, Time};

/// Nanoseconds in a second.
pub const SECOND: u64 = 1_000_000_000;

/// Times of so many milliseconds.
pub fn millis(spans: &[u64]) -> Histogram {
    let mut times = Histogram::fine();
    spans.iter().for_each(|ms| times.record(Span(ms * 1_000_000)));
    times
}

/// Requests answered after so many seconds, the last `late` of them too late, and failures by cause.
pub fn flow(seconds: &[u64], late: u64, failed: [u64; 5]) -> FlowWindow {
    let answers = seconds.len() as u64;
    FlowWindow {
        requests: answers + failed.iter().sum::<u64>(),
        ok: answers - late,
        late,
        failed,
        left: answers,
        latency: millis(&seconds.iter().map(|s| s * 1000).collect::<Vec<_>>()),
        ..Default::default()
    }
}

/// Worked system 1.
pub fn retry() -> Results {
    let mut whole = flow(&[1, 1, 1, 1], 1, [0, 0, 1, 0, 0]);
    whole.latency = millis(&[100, 1_100, 1_300, 4_000]);
    let call = CallResult {
        caller: "callers".into(),
        callee: "ask".into(),
        first: 5,
        retries: 6,
        answered: 3,
        failed: 5,
        abandoned_running: 3,
        ..Default::default()
    };
    let mut came = archsim::record::Series::with_slot(Span::seconds(1));
    (0..11).for_each(|i| came.add(Time(i * i * 900_000_000), 1));
    let api = PartResult {
        name: "api".into(),
        model: "server".into(),
        work: Work { came_in: 11, done: 11, broken: 2, ..Default::default() },
        came,
        uses: vec![UseResult {
            used: 100 * SECOND as u128,
            offered: 1000 * SECOND as u128,
            limit_name: "servers".into(),
            limit: Some(10),
            source: "this file".into(),
            held: held(100 * SECOND, 3),
            ..Default::default()
        }],
        ..Default::default()
    };
    let marks = vec![("seen".to_string(), millis(&[50, 60, 70]))];
    Results {
        from: Time(0),
        to: Time(100 * SECOND),
        events: 44,
        flows: vec![FlowResult { name: "ask".into(), whole, marks, ..Default::default() }],
        parts: vec![api],
        calls: vec![call],
        ..Default::default()
    }
}

/// A number that was `n` for the first second, and nothing then.
fn held(end: u64, n: u64) -> Gauge {
    let mut gauge = Gauge::default();
    gauge.set(Time(0), n);
    gauge.set(Time(SECOND), 0);
    gauge.close(Time(end));
    gauge
}

/// A compute unit: four requests, the last gone at `last` seconds, of a run of `length`.
pub fn desk(last: u64, length: u64) -> Results {
    let latency = millis(&[4_000, 5_000, 6_000, 7_000]);
    let work = Work { came_in: 4, done: 4, delayed: 2, ..Default::default() };
    let uses = [("", 4, 10), ("threads", 12, 20), ("pool.db", 4, 10)];
    let one = |(name, used, offered): (&str, u128, u128)| UseResult {
        name: name.into(),
        used,
        offered,
        wait: millis(&[0, 1_000, 2_000, 0]),
        ..Default::default()
    };
    let mut slowdown = Histogram::fine();
    [2_000, 3_000].iter().for_each(|thousandths| slowdown.record(Span(*thousandths)));
    let browse = OperationResult { name: "browse".into(), work, latency: latency.clone(), wait: Histogram::fine() };
    let app = PartResult {
        name: "app".into(),
        model: "server".into(),
        work,
        operations: vec![browse],
        latency: latency.clone(),
        slowdown,
        present: held(length * SECOND, 4),
        last_departure: Time(last * SECOND),
        uses: uses.map(one).to_vec(),
        ..Default::default()
    };
    let whole = FlowWindow { requests: 4, ok: 4, left: 4, latency, ..Default::default() };
    Results {
        to: Time(length * SECOND),
        flows: vec![FlowResult { name: "ask".into(), whole, ..Default::default() }],
        parts: vec![app],
        ..Default::default()
    }
}

/// 30 a second for 100 s at a server of 10 a second.
pub fn overload() -> Results {
    let mut queue = Gauge::default();
    (1..=100).for_each(|second| queue.set(Time(second * SECOND), 20 * second));
    queue.close(Time(100 * SECOND + 1));
    let own = UseResult { used: 100, offered: 100, ..Default::default() };
    let desk = PartResult {
        name: "desk".into(),
        model: "server".into(),
        work: Work { came_in: 3000, done: 1000, inside: 2000, ..Default::default() },
        queue,
        uses: vec![own],
        ..Default::default()
    };
    Results { to: Time(100 * SECOND), parts: vec![desk], ..Default::default() }
}

/// A scenario of this name and nothing else.
pub fn scenario(name: &str) -> Scenario {
    Scenario { name: name.into(), ..Default::default() }
}

/// A condition over the whole run.
pub fn condition(bound: Bound, text: &str) -> Condition {
    Condition { bound, unit: Unit::One, window: Window::Whole, text: text.into() }
}

/// A path and its one condition.
pub fn expectation(path: &str, condition: Condition) -> Expectation {
    Expectation {
        path: Placed::new(path.into(), At::default()),
        conditions: vec![Placed::new(condition, At::default())],
    }
}
