//! How often a cache has the answer: Che's approximation of LRU, and lifetimes exactly.
//!
//! Sources: Che, Tung, Wang 2002; Fricker, Robert, Roberts 2012. Lookups are independent of one another.

use crate::units::maths::{exp_m1, pow};

/// Shares of `count` keys of which number i is asked for in proportion to i^-exponent.
pub fn zipf(count: u32, exponent: f64) -> Vec<f64> {
    let weights: Vec<f64> = (1..=count).map(|i| pow(f64::from(i), -exponent)).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|w| w / sum).collect()
}

/// Share of hits of an LRU cache that holds `room` of these keys. An approximation (Che): each key stays for the same time t
/// after its last use, with t such that `room` keys are in on average; good to about 1e-4 for large caches.
pub fn che_lru(shares: &[f64], room: f64) -> f64 {
    let asked = shares.iter().filter(|p| **p > 0.0).count() as f64;
    if room >= asked {
        return 1.0;
    }
    if room <= 0.0 {
        return 0.0;
    }
    // The number of keys inside rises with t and bends down, so Newton's steps from the left never overshoot.
    let mut time = room;
    for _ in 0..100 {
        let (missing, slope) = shares.iter().fold((room, 0.0), |(missing, slope), p| {
            let kept = -exp_m1(-p * time);
            (missing - kept, slope + p * (1.0 - kept))
        });
        time += missing / slope;
        if missing < 1e-12 * room {
            break;
        }
    }
    shares.iter().map(|p| -p * exp_m1(-p * time)).sum()
}

/// Share of hits of a cache without limit that keeps an answer for `ttl` after it was fetched, under Poisson lookups: per key
/// rate T / (1 + rate T). Exact.
pub fn lifetime(shares: &[f64], rate: f64, ttl: f64) -> f64 {
    shares.iter().map(|p| p * (p * rate * ttl) / (1.0 + p * rate * ttl)).sum()
}

/// The same if every hit renews the life: per key 1 - exp(-rate T). Exact.
pub fn lifetime_renewed(shares: &[f64], rate: f64, ttl: f64) -> f64 {
    shares.iter().map(|p| -p * exp_m1(-p * rate * ttl)).sum()
}

#[cfg(test)]
mod tests {
    use super::super::numeric::assert_close;
    use super::*;

    #[test]
    fn large_caches_meet_che() {
        assert_close(che_lru(&zipf(100_000, 0.8), 5000.0), 0.369174418601, 1e-9);
        assert_close(che_lru(&zipf(10_000, 1.0), 1000.0), 0.67560179351, 1e-9);
    }

    #[test]
    fn a_cache_for_all_keys_always_hits() {
        assert_eq!(che_lru(&zipf(8, 1.0), 8.0), 1.0);
        assert_eq!(che_lru(&zipf(8, 1.0), 0.0), 0.0);
    }

    #[test]
    fn lifetimes_are_exact() {
        let shares = zipf(10_000, 0.9);
        assert_close(lifetime(&shares, 1000.0, 60.0), 0.888065378306, 1e-10);
        assert_close(lifetime_renewed(&shares, 1000.0, 60.0), 0.960318389466, 1e-10);
    }
}
