//! Streams of random numbers, named by what they are for: adding a part moves no draw of another one.

use crate::units::random::{join, key_of};

/// The key of the stream of a part for one purpose in one replication, to be given to [`crate::units::Random::new`].
///
/// Draws of a request join further numbers to it: `join(stream, request)`, then step and attempt.
pub fn stream(seed: u64, component: &str, purpose: &str, replication: u64) -> u64 {
    join(join(join(seed, key_of(component)), key_of(purpose)), replication)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Random;
    use std::collections::BTreeSet;

    #[test]
    fn every_name_purpose_and_replication_has_a_stream_of_its_own() {
        let mut keys = BTreeSet::new();
        for seed in 0..4 {
            for part in ["web", "db", "bew", ""] {
                for purpose in ["service", "arrivals", "web"] {
                    keys.extend((0..50).map(|replication| stream(seed, part, purpose, replication)));
                }
            }
        }
        assert_eq!(keys.len(), 4 * 4 * 3 * 50);
    }

    #[test]
    fn replications_are_not_correlated() {
        // Sum of products of centred uniforms: mean 0, variance n / 144.
        let n = 20_000;
        let (mut a, mut b) = (Random::new(stream(1, "web", "service", 0)), Random::new(stream(1, "web", "service", 1)));
        let sum: f64 = (0..n).map(|_| (a.unit() - 0.5) * (b.unit() - 0.5)).sum();
        let z = sum / (n as f64 / 144.0).sqrt();
        assert!(z.abs() <= 4.0, "z = {z}");
    }
}
