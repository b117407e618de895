//! Do 95 % intervals of steady runs hold the truth in 95 % of runs? A small version of `examples/coverage.rs`.

mod queues;

use archsim::outcome::steady::{Look, Of, Plan, Short, judge};
use archsim::record::Slices;
use archsim::units::{Span, Time};
use queues::{QUEUES, Score, run, until_the_end};

/// Coverage between these for this many runs is what 95 % looks like (four standard errors).
fn check(queue: &str, score: Score, runs: u32) {
    let known = f64::from(score.known);
    let (held, error) = (f64::from(score.held) / known, (0.95 * 0.05 / known).sqrt());
    assert!((held - 0.95).abs() <= 4.0 * error, "{queue}: {:.1} % of {known} intervals hold the truth", held * 100.0);
    assert!(f64::from(score.refused) <= 0.05 * f64::from(runs) + 4.0 * (0.05 * f64::from(runs)).sqrt(), "{score:?}");
}

#[test]
fn intervals_at_half_load_hold_the_truth() {
    let queue = &QUEUES[0];
    let plans = [Of::Mean, Of::Quantile(0.99)].map(|of| until_the_end(queue, of, 200_000.0));
    let mut scores = [Score::default(); 2];
    (1..=60).for_each(|seed| run(queue, seed, &plans, &mut scores));
    scores.into_iter().for_each(|score| check(queue.name, score, 60));
}

#[test]
fn intervals_at_high_load_hold_the_truth() {
    let queue = &QUEUES[1];
    let plans = [Of::Mean, Of::Quantile(0.99)].map(|of| until_the_end(queue, of, 1_000_000.0));
    let mut scores = [Score::default(); 2];
    (1..=16).for_each(|seed| run(queue, seed, &plans, &mut scores));
    scores.into_iter().for_each(|score| check(queue.name, score, 16));
}

#[test]
fn a_run_that_stops_when_its_mean_is_known_is_right_about_it() {
    let queue = &QUEUES[0];
    let plan = Plan { within: 0.05, ..until_the_end(queue, Of::Mean, 2_000_000.0) };
    let mut score = Score::default();
    for seed in 1..=300 {
        let mut scores = [Score::default()];
        run(queue, seed, &[plan], &mut scores);
        score.add(scores[0]);
    }
    check(queue.name, score, 300);
    let requests = score.requests / f64::from(score.known);
    assert!((15_000.0..150_000.0).contains(&requests), "it stopped after {requests} requests");
}

#[test]
fn a_run_of_twenty_relaxation_times_is_refused() {
    // 342 requests a relaxation time at load 0.9.
    let queue = &QUEUES[1];
    let plans = [Of::Mean, Of::Quantile(0.99)].map(|of| until_the_end(queue, of, 20.0 * 342.0));
    let mut scores = [Score::default(); 2];
    (1..=200).for_each(|seed| run(queue, seed, &plans, &mut scores));
    assert_eq!(scores.map(|score| score.refused), [200, 200]);
}

#[test]
fn looks_lie_at_fixed_times_whatever_was_seen() {
    let plan = Plan { of: Of::Mean, within: 0.05, at_most: Time(1 << 30) };
    let looks: Vec<Time> = std::iter::successors(Some(plan.first()), |at| plan.next_look(*at)).collect();
    assert_eq!(looks.len(), 21);
    assert!(looks.windows(2).all(|pair| pair[1].0 == 2 * pair[0].0));
    assert_eq!(looks.last(), Some(&plan.at_most));
}

#[test]
fn a_run_in_which_nothing_happened_says_so() {
    let plan = Plan { of: Of::Mean, within: 0.05, at_most: Time(1_000) };
    let slices = Slices::of_means(Time::ZERO, Span(1));
    assert_eq!(judge(&plan, &slices, Time(1_000), &mut None), Look::TooShort(Short::Few));
    assert_eq!(judge(&plan, &slices, Time(500), &mut None), Look::GoOn(Time(1_000)));
}

#[test]
fn a_latency_that_never_changes_is_known_at_once() {
    let plan = Plan { of: Of::Mean, within: 0.05, at_most: Time(4_096) };
    let mut slices = Slices::of_means(Time::ZERO, Span(1));
    (0..4_096).for_each(|at| slices.record(Time(at), Span(2_000_000_000)));
    let Look::Known(interval) = judge(&plan, &slices, Time(4_096), &mut None) else { panic!("it is known") };
    assert_eq!((interval.value, interval.half_width), (2.0, 0.0));
}
