//! Trying again: attempts, failures that stay, budgets, pauses.
//!
//! Sources: geometric sums; Brooker 2015 (jitter), 2022 (budgets). Attempts fail independently with one probability.

use crate::units::maths::pow;

/// Mean attempts of a request that is tried at most `attempts` times: (1 - p^n) / (1 - p). Exact.
pub fn mean_attempts(fail: f64, attempts: u32) -> f64 {
    if fail >= 1.0 { f64::from(attempts) } else { (1.0 - pow(fail, f64::from(attempts))) / (1.0 - fail) }
}

/// Share of requests that fail for good: p^n. Exact.
pub fn final_failure(fail: f64, attempts: u32) -> f64 {
    pow(fail, f64::from(attempts))
}

/// Calls that reach the end of `layers` callers, each of which makes `attempts`, when the end is dead. Exact.
pub fn layered_calls(layers: u32, attempts: u32) -> f64 {
    pow(f64::from(attempts), f64::from(layers))
}

/// Attempts per call under a budget that earns `fill` retries a call: at most 1 + fill, however ill the service is, and no
/// more than without a budget. A bound in the long run (what was in the bucket at the start comes on top once); the knee is
/// where p / (1 - p) = fill.
pub fn budgeted_attempts(fail: f64, attempts: u32, fill: f64) -> f64 {
    mean_attempts(fail, attempts).min(1.0 + fill)
}

/// Share of calls that succeed under a budget once it is exhausted: (1 - p)(1 + fill), at most 1. An upper bound.
pub fn budgeted_success(fail: f64, fill: f64) -> f64 {
    ((1.0 - fail) * (1.0 + fill)).min(1.0)
}

/// Mean and standard deviation of the sum of `pauses` full-jitter pauses, number k uniform up to min(cap, base factor^k).
/// Exact.
pub fn full_jitter_total(base: f64, factor: f64, cap: f64, pauses: u32) -> (f64, f64) {
    let widths = (0..pauses).map(|k| (base * pow(factor, f64::from(k))).min(cap));
    let (mean, variance) = widths.fold((0.0, 0.0), |(mean, variance), w| (mean + w / 2.0, variance + w * w / 12.0));
    (mean, variance.sqrt())
}

#[cfg(test)]
mod tests {
    use super::super::numeric::assert_close;
    use super::*;

    #[test]
    fn three_retries_against_a_coin() {
        assert_close(mean_attempts(0.3, 4), 1.417, 1e-12);
        assert_close(final_failure(0.3, 4), 0.0081, 1e-12);
        assert_close(layered_calls(3, 3), 27.0, 1e-12);
        assert_close(mean_attempts(1.0, 4), 4.0, 1e-12);
    }

    #[test]
    fn a_budget_caps_the_load() {
        assert_close(budgeted_attempts(0.5, 4, 0.1), 1.1, 1e-12);
        assert_close(budgeted_attempts(0.05, 4, 0.1), 1.052625, 1e-12);
        // Published for a budget of 0.1 a call with five in hand at the start: 0.552 of the calls succeed at p = 0.5.
        assert!((budgeted_success(0.5, 0.104) - 0.552).abs() < 1e-9);
    }

    #[test]
    fn jitter_adds_up() {
        let (mean, sd) = full_jitter_total(0.1, 2.0, 20.0, 7);
        assert_close(mean, 6.35, 1e-12);
        assert_close(sd, 2.13326822817, 1e-11);
    }
}
