//! How often the procedure of steady runs holds the truth, on queues of a few lines: `procedure [SEEDS] [REQUESTS] [NAME]`.
//!
//! Without the engine it is fast enough to try a change of the procedure on; `coverage` asks the whole product.

#[path = "../tests/queues/mod.rs"]
mod queues;

use archsim::outcome::steady::{Of, Plan};
use queues::{QUEUES, Queue, Score, run, until_the_end};
use rayon::prelude::*;

#[expect(clippy::disallowed_methods, reason = "an example reads its own arguments")]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, otherwise: f64| arguments.get(place).and_then(|n| n.parse().ok()).unwrap_or(otherwise);
    let (seeds, requests) = (number(0, 100.0) as u64, number(1, 1e6));
    let wanted = arguments.get(2).cloned().unwrap_or_default();
    println!("{seeds} seeds, {requests} requests each");
    println!("{:18}{:>24}{:>24}{:>24}{:>24}", "queue", "mean", "p99", "mean, within 5 %", "p99, within 10 %");
    for queue in QUEUES.iter().filter(|queue| queue.name.contains(&wanted)) {
        row(queue, seeds, requests);
    }
}

/// Two runs to the end, two that stop by themselves (and may take four times as long).
fn row(queue: &Queue, seeds: u64, requests: f64) {
    let p99 = Of::Quantile(0.99);
    let plans = [
        until_the_end(queue, Of::Mean, requests),
        until_the_end(queue, p99, requests),
        Plan { within: 0.05, ..until_the_end(queue, Of::Mean, 4.0 * requests) },
        Plan { within: 0.10, ..until_the_end(queue, p99, 4.0 * requests) },
    ];
    let one = |seed: u64| {
        let mut scores = [Score::default(); 4];
        run(queue, seed, &plans, &mut scores);
        scores
    };
    let add = |mut all: [Score; 4], one: [Score; 4]| {
        all.iter_mut().zip(one).for_each(|(all, one)| all.add(one));
        all
    };
    let scores = (1..=seeds).into_par_iter().map(one).reduce(Default::default, add);
    let cell = |score: &Score| {
        let held = 100.0 * f64::from(score.held) / f64::from(score.known.max(1));
        let thousands = score.requests / f64::from(score.known.max(1)) / 1e3;
        format!("{held:.1} % ({} no, {thousands:.0} k)", score.refused)
    };
    let cells: Vec<String> = scores.iter().map(|score| format!("{:>24}", cell(score))).collect();
    println!("{:18}{}", queue.name, cells.concat());
}
