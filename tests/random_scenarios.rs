//! The generator of random scenarios gives scenarios that are valid, cheap, and as different as they should be.

mod support;

use std::collections::BTreeSet;

use support::generator::scenario;
use support::runs::{many, results, valid};

#[test]
fn every_random_scenario_is_valid_and_reasonable() {
    for seed in 0..many(1_000) {
        let text = scenario(seed).text();
        let scenario = valid(&text);
        if let Err(why) = scenario.is_reasonable(None, false) {
            panic!("seed {seed}: {why}\n{text}");
        }
    }
}

#[test]
fn random_scenarios_use_every_word_that_they_could() {
    let words = [
        "repeat",
        "parallel",
        "need",
        "choose",
        "when",
        "chance",
        "else",
        "undo",
        "mark",
        "fail",
        "at_once",
        "pack",
        "send",
        "flow =",
        "journey",
        "timeout",
        "retries",
        "withdraw",
        "deadline",
        "hedge",
        "breaker",
        "at_most",
        "retry_budget",
        "full-jitter",
        "equal-jitter",
        "exponential",
        "decorrelated",
        "schedule",
        "fixed",
        "even",
        "bursts",
        "mmpp",
        "renewal",
        "sine",
        "users",
        "think",
        "every",
        "errors",
        "slow",
        "stop",
        "changes",
        "phases",
        "warmup",
        "fifo",
        "lifo",
        "random",
        "priority",
        "preempt",
        "shared",
        "room",
        "patience",
        "cores",
        "threads",
        "pool",
        "fleet",
        "two-choices",
        "keys",
        "routines",
        "through",
        "refused",
        "external",
        "delay",
    ];
    let texts: String = (0..300).map(|seed| scenario(seed).text()).collect();
    let missing: Vec<&str> = words.into_iter().filter(|word| !texts.contains(word)).collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn random_scenarios_reach_from_idle_to_overload_and_end_in_every_way() {
    let (mut idle, mut full) = (0, 0);
    let mut causes = BTreeSet::new();
    for seed in 0..400 {
        let scenario = valid(&scenario(seed).text());
        let run = results(&scenario.plan, seed).expect("it ends");
        let uses = || run.parts.iter().flat_map(|part| &part.uses).filter(|used| used.offered > 0);
        idle += u32::from(uses().all(|used| used.used * 10 < used.offered));
        full += u32::from(uses().any(|used| used.used * 100 > used.offered * 95));
        for flow in &run.flows {
            causes.extend((0..5).filter(|cause| flow.whole.failed[*cause] > 0));
            causes.extend((flow.whole.late > 0).then_some(5));
            causes.extend((flow.whole.in_flight > 0).then_some(6));
        }
    }
    assert!(idle > 20 && full > 20, "{idle} idle, {full} full");
    assert!(causes.len() >= 6, "{causes:?}");
}
