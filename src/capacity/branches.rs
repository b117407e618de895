//! Several at once: fan-out, quorums, forks with queues, second copies.
//!
//! Sources: David and Nagaraja, Order Statistics (2003); Flatto and Hahn 1984; Nelson and Tantawi 1988; Dean and Barroso 2013.

use super::numeric::{integral, root};
use crate::units::maths::{exp, exp_m1, ln, ln_gamma, pow};

/// Mean of the k-th of n independent exponential times with this mean: mean (1/n + ... + 1/(n - k + 1)). Exact.
pub fn exponential_mean(n: u32, k: u32, mean: f64) -> f64 {
    (n - k + 1..=n).map(|i| mean / f64::from(i)).sum()
}

/// P(at least k of n are done), each with chance `done`.
fn enough(n: u32, k: u32, done: f64) -> f64 {
    if done <= 0.0 || done >= 1.0 {
        return if done > 0.0 || k == 0 { 1.0 } else { 0.0 };
    }
    let count = f64::from(n);
    (k..=n)
        .map(f64::from)
        .map(|j| {
            let choose = ln_gamma(count + 1.0) - ln_gamma(j + 1.0) - ln_gamma(count - j + 1.0);
            exp(choose + j * ln(done) + (count - j) * ln(1.0 - done))
        })
        .sum()
}

/// Quantile of the k-th of n independent exponential times. Exact; the greatest of all in closed form.
pub fn exponential_quantile(n: u32, k: u32, mean: f64, p: f64) -> f64 {
    let done = if k == n { pow(p, 1.0 / f64::from(n)) } else { root(0.0, 1.0, |done| enough(n, k, done) - p) };
    -mean * ln(1.0 - done)
}

/// Share of requests that meet a slow leaf when they ask n, each slow with this chance: 1 - (1 - q)^n. Exact.
pub fn share_with_a_slow_one(n: u32, slow: f64) -> f64 {
    1.0 - pow(1.0 - slow, f64::from(n))
}

/// Fork-join of two M/M/1 stations with equal work, Poisson requests: mean = (12 - rho) / 8 / (mu - rate). Exact.
pub fn fork_join_two(rate: f64, work: f64) -> Option<f64> {
    let busy = rate * work;
    (busy < 1.0).then(|| (12.0 - busy) / 8.0 * work / (1.0 - busy))
}

/// P(answer later than t) if a second copy is sent after `delay` and the first answer counts, the copies independent with
/// this tail. Exact.
pub fn hedged_tail(tail: impl Fn(f64) -> f64, delay: f64, t: f64) -> f64 {
    if t < delay { tail(t) } else { tail(t) * tail(t - delay) }
}

/// Mean of the hedged answer, as the area under its tail, numerically to about 1e-9: `far` is a time that practically no
/// answer exceeds.
pub fn hedged_mean(tail: impl Fn(f64) -> f64, delay: f64, far: f64) -> f64 {
    // The tail bends at the delay; nearby it is steep, far away flat: pieces grow by halves of the way.
    let area = |low: f64, high: f64| {
        let (mut from, mut sum) = (low, 0.0);
        let mut width = (high - low) / 4096.0;
        while from < high {
            let to = (from + width).min(high);
            sum += integral(from, to, 2, |t| hedged_tail(&tail, delay, t));
            from = to;
            width *= 1.1;
        }
        sum
    };
    area(0.0, delay) + area(delay, far)
}

/// Mean work of the first answer of n copies sent at once, exponential with this mean each: the least of n. Exact.
pub fn first_of(n: u32, mean: f64) -> f64 {
    mean / f64::from(n)
}

/// P(at least one of n is there), each with this availability. Exact.
pub fn any_of(n: u32, availability: f64) -> f64 {
    -exp_m1(f64::from(n) * ln(1.0 - availability))
}

#[cfg(test)]
mod tests {
    use super::super::numeric::assert_close;
    use super::*;
    use statrs::distribution::{ContinuousCDF, LogNormal};

    #[test]
    fn the_slowest_of_many_leaves() {
        assert_close(exponential_mean(10, 10, 0.01), 0.0292896825397, 1e-11);
        assert_close(exponential_mean(100, 100, 0.01), 0.0518737751764, 1e-11);
        assert_close(exponential_quantile(100, 100, 0.01, 0.99), 0.0920536966402, 1e-10);
        assert_close(share_with_a_slow_one(100, 0.01), 0.633967658727, 1e-10);
        assert_close(share_with_a_slow_one(2000, 0.0001), 0.181277434734, 1e-10);
    }

    #[test]
    fn two_of_three_do_not_wait_for_the_slowest() {
        assert_close(exponential_mean(3, 2, 0.004), 0.00333333333333, 1e-11);
        for (p, known) in [(0.5, 0.00277258872224), (0.9, 0.00652264403703), (0.999, 0.0159880902426)] {
            assert_close(exponential_quantile(3, 2, 0.004, p), known, 1e-9);
        }
    }

    #[test]
    fn a_fork_of_two_is_known_exactly() {
        assert_close(fork_join_two(0.8, 1.0).expect("stable"), 7.0, 1e-12);
        assert_eq!(fork_join_two(1.0, 1.0), None);
    }

    #[test]
    fn a_second_copy_cuts_the_tail() {
        let law = LogNormal::new(ln(0.005), 1.0).expect("a law");
        let tail = |t: f64| if t > 0.0 { law.sf(t) } else { 1.0 };
        let delay = 0.0259012580112;
        assert_close(hedged_mean(tail, delay, 2.0), 0.00764947278228, 1e-7);
        assert_close(hedged_tail(tail, delay, 0.0333329071622), 0.01, 1e-7);
        assert_close(hedged_tail(tail, delay, 0.0465647369211), 0.001, 1e-7);
        assert_close(hedged_tail(tail, delay, 0.0180111223964), 0.1, 1e-7);
    }

    #[test]
    fn copies_help_each_other() {
        assert_close(first_of(4, 0.02), 0.005, 1e-15);
        assert_close(any_of(3, 0.99), 0.999999, 1e-12);
    }
}
