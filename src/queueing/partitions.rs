//! Which partition a key belongs to, and how a partition that stays hot splits.
//!
//! A key has a point h between 0 and 2^64: its hash, or its place among all keys in their order. Of n partitions it belongs
//! to number floor(h n / 2^64); by the remainder, to number key mod n. A split hands the upper half of a partition's points
//! to a new one, so a key that is hot by itself stays hot, wherever it goes. Left out: partitions that merge again.

use crate::units::random::join;

/// By what keys are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Evenly, whatever they are; two tables need not agree.
    Hash {
        /// What is hashed with them.
        salt: u64,
    },
    /// The remainder of their numbers.
    Modulo,
    /// Neighbours are together.
    Range {
        /// How many keys there are.
        keys: u64,
    },
}

/// How many partitions there are, and may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionsSpec {
    /// By what.
    pub by: By,
    /// At the start, one at least.
    pub count: u32,
    /// At most.
    pub most: u32,
}

/// Partitions of a store.
#[derive(Clone, Debug)]
pub struct Partitions {
    spec: PartitionsSpec,
    count: u32,
    /// Where each partition's points begin, in order, and its number; empty as long as none has split.
    bounds: Vec<(u64, u32)>,
}

impl Partitions {
    /// All alike.
    pub fn new(spec: PartitionsSpec) -> Partitions {
        Partitions { spec, count: spec.count.max(1), bounds: Vec::new() }
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The partition of a key.
    #[inline]
    pub fn of(&self, key: u64) -> u32 {
        let point = match self.spec.by {
            By::Modulo => return (key % u64::from(self.count)) as u32,
            By::Hash { salt } => join(salt, key),
            By::Range { keys } => {
                (u128::from(key.min(keys.max(1) - 1)) << 64).div_euclid(u128::from(keys.max(1))) as u64
            }
        };
        if self.bounds.is_empty() {
            return ((u128::from(point) * u128::from(self.count)) >> 64) as u32;
        }
        let above = self.bounds.partition_point(|(from, _)| *from <= point);
        self.bounds[above - 1].1
    }

    /// A partition hands half of its points to a new one; none if there may be no more, or there is nothing to halve.
    pub fn split(&mut self, partition: u32) -> Option<u32> {
        if self.count >= self.spec.most || self.spec.by == By::Modulo {
            return None;
        }
        if self.bounds.is_empty() {
            let count = u128::from(self.count);
            // The first point of number i is the least h with floor(h n / 2^64) = i.
            self.bounds = (0..self.count).map(|i| ((u128::from(i) << 64).div_ceil(count) as u64, i)).collect();
        }
        let at = self.bounds.iter().position(|(_, number)| *number == partition)?;
        let from = u128::from(self.bounds[at].0);
        let to = self.bounds.get(at + 1).map_or(1 << 64, |next| u128::from(next.0));
        if to - from < 2 {
            return None;
        }
        let new = self.count;
        self.bounds.insert(at + 1, ((from + (to - from) / 2) as u64, new));
        self.count += 1;
        Some(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partitions(by: By, count: u32, most: u32) -> Partitions {
        Partitions::new(PartitionsSpec { by, count, most })
    }

    #[test]
    fn a_hash_spreads_keys_evenly() {
        let table = partitions(By::Hash { salt: 3 }, 16, 16);
        let mut counts = [0u32; 16];
        (0..160_000).for_each(|key| counts[table.of(key) as usize] += 1);
        let sd = (160_000.0f64 * (1.0 / 16.0) * (15.0 / 16.0)).sqrt();
        assert!(counts.iter().all(|n| (f64::from(*n) - 10_000.0).abs() < 4.0 * sd), "{counts:?}");
    }

    #[test]
    fn remainders_and_ranges_are_what_they_say() {
        let modulo = partitions(By::Modulo, 4, 4);
        assert_eq!((0..8).map(|key| modulo.of(key)).collect::<Vec<u32>>(), [0, 1, 2, 3, 0, 1, 2, 3]);
        let range = partitions(By::Range { keys: 10 }, 4, 4);
        assert_eq!((0..12).map(|key| range.of(key)).collect::<Vec<u32>>(), [0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 3, 3]);
    }

    #[test]
    fn a_split_moves_half_of_one_partition_and_no_key_of_another() {
        let mut table = partitions(By::Hash { salt: 0 }, 3, 5);
        let before: Vec<u32> = (0..30_000).map(|key| table.of(key)).collect();
        assert_eq!(table.split(1), Some(3));
        let after: Vec<u32> = (0..30_000).map(|key| table.of(key)).collect();
        let moved = before.iter().zip(&after).filter(|(from, to)| from != to).count() as f64;
        assert!(before.iter().zip(&after).all(|(from, to)| from == to || (*from, *to) == (1, 3)));
        let sd = (10_000.0f64 * 0.25).sqrt();
        let was = before.iter().filter(|partition| **partition == 1).count() as f64;
        assert!((moved - was / 2.0).abs() < 4.0 * sd, "{moved} of {was}");
        assert_eq!((table.split(3), table.split(0), table.count()), (Some(4), None, 5));
    }

    #[test]
    fn splits_agree_with_the_formula_before_the_first_one() {
        let mut table = partitions(By::Range { keys: 7_919 }, 13, 14);
        let before: Vec<u32> = (0..7_919).map(|key| table.of(key)).collect();
        table.split(12);
        let after = (0..7_919).map(|key| table.of(key));
        assert!(before.iter().zip(after).all(|(from, to)| *from == to || (*from, to) == (12, 13)));
    }

    #[test]
    fn a_remainder_cannot_be_halved() {
        assert_eq!(partitions(By::Modulo, 4, 8).split(1), None);
    }
}
