//! Times by slice of a run: how many were how long in each, to draw quantiles over time.
//!
//! A slice has 32 buckets for each octave (3 % wide; inside a bucket a quantile is interpolated). While a run goes on a
//! slice is a row of counts, so that recording is one index; afterwards only the buckets that were hit are kept. Whole
//! numbers, so slices of several replications merge to the same in any order.

use super::histogram::rank_of;
use crate::units::{Span, Time};

/// Binary digits kept of a span.
const DIGITS: u32 = 5;
/// Buckets of all octaves of 64 bits.
const BUCKETS: usize = (64 - DIGITS as usize + 1) << DIGITS;

/// Counts by slice and size, while a run goes on.
#[derive(Clone, Debug)]
pub struct Spreading {
    slot: u64,
    slices: Vec<Option<Box<[u32; BUCKETS]>>>,
}

impl Spreading {
    /// Slices of this width from time zero on.
    pub fn new(slot: Span) -> Spreading {
        Spreading { slot: slot.0.max(1), slices: Vec::new() }
    }

    /// Something was over at `at` and had taken so long.
    #[inline]
    pub fn record(&mut self, at: Time, span: Span) {
        let index = (at.0 / self.slot) as usize;
        if let Some(Some(slice)) = self.slices.get_mut(index) {
            let count = &mut slice[bucket_of(span.0)];
            *count = count.saturating_add(1);
        } else {
            self.first_of_slice(index, span);
        }
    }

    #[cold]
    fn first_of_slice(&mut self, index: usize, span: Span) {
        if index >= self.slices.len() {
            self.slices.resize(index + 1, None);
        }
        let mut slice = Box::new([0; BUCKETS]);
        slice[bucket_of(span.0)] = 1;
        self.slices[index] = Some(slice);
    }

    /// What was counted.
    pub fn told(&self) -> Spread {
        let hit = |slice: &Option<Box<[u32; BUCKETS]>>| {
            let counts = slice.iter().flat_map(|counts| counts.iter().enumerate());
            Sizes(counts.filter(|(_, n)| **n > 0).map(|(bucket, n)| (bucket as u16, u64::from(*n))).collect())
        };
        Spread(self.slices.iter().map(hit).collect())
    }
}

/// Times by slice: one entry for each slice from time zero to the last in which something was recorded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spread(pub Vec<Sizes>);

impl Spread {
    /// Adds those of another replication.
    pub fn merge(&mut self, other: &Spread) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), Sizes::default());
        }
        self.0.iter_mut().zip(&other.0).for_each(|(ours, theirs)| ours.merge(theirs));
    }
}

/// How many were how long: buckets that were hit, smallest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sizes(Vec<(u16, u64)>);

impl Sizes {
    /// Adds others.
    pub fn merge(&mut self, other: &Sizes) {
        let mut all: Vec<(u16, u64)> = Vec::with_capacity(self.0.len().max(other.0.len()));
        let (mut ours, mut theirs) = (self.0.iter().peekable(), other.0.iter().peekable());
        loop {
            let next = match (ours.peek(), theirs.peek()) {
                (Some(a), Some(b)) if a.0 > b.0 => theirs.next(),
                (Some(_), _) => ours.next(),
                (None, _) => theirs.next(),
            };
            let Some(&(bucket, n)) = next else { break };
            match all.last_mut() {
                Some((last, sum)) if *last == bucket => *sum += n,
                _ => all.push((bucket, n)),
            }
        }
        self.0 = all;
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|(_, n)| n).sum()
    }

    /// The span with a share of `p` of all at or below it, as if those of a bucket lay evenly in it; none of none.
    pub fn quantile(&self, p: f64) -> Option<Span> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        let rank = rank_of(p, count);
        let mut below = 0;
        for &(bucket, n) in &self.0 {
            if below + n >= rank {
                let (from, width) = bounds(bucket);
                let into = u128::from(width) * (2 * u128::from(rank - below) - 1) / (2 * u128::from(n));
                return Some(Span(from + into as u64));
            }
            below += n;
        }
        None
    }
}

#[inline(always)]
fn bucket_of(ns: u64) -> usize {
    let top_bit = 63 - (ns | (1 << (DIGITS - 1))).leading_zeros();
    let octave = top_bit + 1 - DIGITS;
    let inside = (ns >> octave.saturating_sub(1)) as usize & ((1 << DIGITS) - 1);
    (octave as usize) << DIGITS | inside
}

/// The first nanosecond of a bucket, and its width.
fn bounds(bucket: u16) -> (u64, u64) {
    let (octave, inside) = (bucket >> DIGITS, u64::from(bucket) & ((1 << DIGITS) - 1));
    match octave {
        0 => (inside, 1),
        _ => (((1 << DIGITS) | inside) << (octave - 1), 1 << (octave - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Histogram;
    use crate::units::Random;

    #[test]
    fn every_span_lies_in_its_bucket() {
        let mut random = Random::new(1);
        for _ in 0..100_000 {
            let ns = random.bits() >> random.below(64);
            let (from, width) = bounds(bucket_of(ns) as u16);
            assert!(from <= ns && ns - from < width, "{ns} in {from} + {width}");
        }
        assert!(bucket_of(u64::MAX) < BUCKETS);
    }

    #[test]
    fn quantiles_are_within_a_bucket_of_the_exact_ones() {
        let (mut spreading, mut exact) = (Spreading::new(Span(100)), Histogram::fine());
        let mut random = Random::new(2);
        for _ in 0..5000 {
            let span = Span(1000 + random.below(1_000_000));
            spreading.record(Time(250), span);
            exact.record(span);
        }
        let spread = spreading.told();
        assert_eq!((spread.0.len(), spread.0[0].count(), spread.0[2].count()), (3, 0, 5000));
        for p in [0.01, 0.5, 0.9, 0.99] {
            let quantiles = [spread.0[2].quantile(p), exact.quantile(p)].map(|q| q.expect("some").0 as f64);
            assert!((quantiles[0] / quantiles[1] - 1.0).abs() < 1.0 / 32.0, "{p}: {quantiles:?}");
        }
        assert_eq!(spread.0[0].quantile(0.5), None);
    }

    #[test]
    fn slices_of_replications_merge_in_any_order() {
        let run = |seed: u64, until: u64| {
            let (mut spreading, mut random) = (Spreading::new(Span(10)), Random::new(seed));
            (0..until).for_each(|at| spreading.record(Time(at), Span(random.below(99))));
            spreading.told()
        };
        let (a, b) = (run(1, 40), run(2, 77));
        let (mut left, mut right) = (a.clone(), b.clone());
        left.merge(&b);
        right.merge(&a);
        assert_eq!(left, right);
        assert_eq!(left.0.iter().map(Sizes::count).sum::<u64>(), 117);
    }
}
