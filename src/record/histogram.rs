//! A histogram of spans of time: log-linear buckets, exact count, sum, minimum, maximum and sum of squares.
//!
//! Each octave (the spans between two powers of two) is cut into equal buckets: 1,024 of them in a fine histogram, so
//! that a quantile is within 0.1 %, and 128 in a coarse one (1 %). Spans below two octaves' worth of nanoseconds have a
//! bucket each. An octave gets its memory (8 KB fine, 1 KB coarse) when the first span falls into it; after that a
//! record is a shift, a look into a table of 64 bytes and one checked index.
//!
//! Everything is a sum of whole numbers, so histograms of shards and replications merge to the same in any order.

use super::row::Row;
use super::wide::Wide;
use crate::units::Span;
use std::fmt;

/// Number in the table of octaves for "has no memory yet": its buckets lie beyond the end of the counts.
const NOWHERE: u8 = u8::MAX;
/// Digits of the two precisions.
const FINE: u32 = 10;
const COARSE: u32 = 7;

/// Spans, counted by size.
#[derive(Clone)]
pub struct Histogram {
    /// Binary digits kept of a span: an octave has `1 << digits` buckets.
    digits: u32,
    /// Where the counts of each octave begin, in octaves, in the order in which they were first hit.
    place: [u8; 64],
    counts: Vec<u64>,
    count: u64,
    min: u64,
    max: u64,
    sum: u128,
    squares: Wide,
}

/// The buckets that hold at least one span, smallest first: from, to (not included), how many.
pub type Bucket = (Span, Span, u64);

impl Default for Histogram {
    /// A fine one.
    fn default() -> Histogram {
        Histogram::fine()
    }
}

/// Octave 0 holds what is below `1 << digits`; octave k > 0 the spans whose top bit is `digits + k - 1`.
#[inline(always)]
fn bucket_of(digits: u32, ns: u64) -> (usize, usize) {
    let top_bit = 63 - (ns | (1 << (digits - 1))).leading_zeros();
    let octave = top_bit + 1 - digits;
    let shift = octave.saturating_sub(1);
    (octave as usize, (ns >> shift) as usize & ((1 << digits) - 1))
}

impl Histogram {
    /// Quantiles within 0.1 %: for flows.
    pub fn fine() -> Histogram {
        Histogram::with_digits(FINE)
    }

    /// Quantiles within 1 %, an eighth of the memory: for what is inside a part.
    pub fn coarse() -> Histogram {
        Histogram::with_digits(COARSE)
    }

    fn with_digits(digits: u32) -> Histogram {
        Histogram {
            digits,
            place: [NOWHERE; 64],
            counts: Vec::new(),
            count: 0,
            min: u64::MAX,
            max: 0,
            sum: 0,
            squares: Wide::default(),
        }
    }

    /// Counts one span.
    #[inline]
    pub fn record(&mut self, span: Span) {
        self.record_many(span, 1);
    }

    /// Counts `n` equal spans.
    #[inline]
    pub fn record_many(&mut self, span: Span, n: u64) {
        if n == 0 {
            return;
        }
        self.add_to_bucket(span.0, n);
        self.count += n;
        self.min = self.min.min(span.0);
        self.max = self.max.max(span.0);
        self.sum += span.0 as u128 * n as u128;
        self.squares.add_square(span.0, n);
    }

    /// Counts all spans of a row.
    pub fn record_row(&mut self, row: &Row<'_>) {
        match self.digits {
            FINE => self.count_buckets::<FINE>(row.spans),
            _ => self.count_buckets::<COARSE>(row.spans),
        }
        self.count += row.spans.len() as u64;
        self.min = self.min.min(row.min);
        self.max = self.max.max(row.max);
        self.sum += row.sum;
        self.squares = self.squares.plus(row.squares);
    }

    fn count_buckets<const DIGITS: u32>(&mut self, spans: &[u64]) {
        for &ns in spans {
            let (octave, bucket) = bucket_of(DIGITS, ns);
            let index = ((self.place[octave & 63] as usize) << DIGITS) | bucket;
            match self.counts.get_mut(index) {
                Some(count) => *count += 1,
                None => self.first_of_octave(octave, bucket, 1),
            }
        }
    }

    /// The first nanosecond of a bucket and the bucket's width.
    fn bounds(&self, octave: usize, bucket: usize) -> (u64, u64) {
        match octave {
            0 => (bucket as u64, 1),
            _ => (((1u64 << self.digits) | bucket as u64) << (octave - 1), 1 << (octave - 1)),
        }
    }

    #[cold]
    fn first_of_octave(&mut self, octave: usize, bucket: usize, n: u64) {
        let place = self.counts.len() >> self.digits;
        self.place[octave] = place as u8;
        self.counts.resize((place + 1) << self.digits, 0);
        self.counts[(place << self.digits) | bucket] = n;
    }

    /// Adds all spans of the other, which is at least as fine, and keeps its own precision.
    pub fn add(&mut self, other: &Histogram) {
        debug_assert!(other.digits >= self.digits);
        for (octave, counts) in other.octaves() {
            for (bucket, n) in counts.iter().enumerate().filter(|(_, n)| **n > 0) {
                self.add_to_bucket(other.bounds(octave, bucket).0, *n);
            }
        }
        self.count += other.count;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.sum += other.sum;
        self.squares = self.squares.plus(other.squares);
    }

    /// Adds all spans of the other. Of two precisions the coarser remains: each fine bucket lies in one coarse bucket.
    pub fn merge(&mut self, other: &Histogram) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = other.clone();
            return;
        }
        if other.digits < self.digits {
            let fine = std::mem::replace(self, other.clone());
            return self.merge(&fine);
        }
        self.add(other);
    }

    #[inline(always)]
    fn add_to_bucket(&mut self, ns: u64, n: u64) {
        let (octave, bucket) = bucket_of(self.digits, ns);
        let index = ((self.place[octave & 63] as usize) << self.digits) | bucket;
        match self.counts.get_mut(index) {
            Some(count) => *count += n,
            None => self.first_of_octave(octave, bucket, n),
        }
    }

    /// The octaves that have memory, smallest first, with their counts.
    fn octaves(&self) -> impl Iterator<Item = (usize, &[u64])> {
        (0..64).filter(|octave| self.place[*octave] != NOWHERE).map(|octave| {
            let from = (self.place[octave] as usize) << self.digits;
            (octave, &self.counts[from..from + (1 << self.digits)])
        })
    }

    /// The buckets that are not empty, smallest first.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> {
        self.octaves().flat_map(move |(octave, counts)| {
            counts.iter().enumerate().filter(|(_, n)| **n > 0).map(move |(bucket, n)| {
                let (from, width) = self.bounds(octave, bucket);
                (Span(from), Span(from.saturating_add(width)), *n)
            })
        })
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The shortest.
    pub fn min(&self) -> Option<Span> {
        (self.count > 0).then_some(Span(self.min))
    }

    /// The longest.
    pub fn max(&self) -> Option<Span> {
        (self.count > 0).then_some(Span(self.max))
    }

    /// All together, in nanoseconds.
    pub fn sum(&self) -> u128 {
        self.sum
    }

    /// The mean in nanoseconds: an exact sum over an exact count (0 of none).
    pub fn mean(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum as f64 / self.count as f64 }
    }

    /// The standard deviation in nanoseconds, of these spans as the whole population.
    ///
    /// `n * sum of squares - square of the sum` is computed in whole numbers: in floating point a small deviation beside
    /// a large mean would be lost.
    pub fn sd(&self) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        let spread = self.squares.times(self.count).minus(Wide::product(self.sum, self.sum));
        spread.as_f64().sqrt() / self.count as f64
    }

    /// The smallest span with at least `p` of all spans at or below it (none of none).
    ///
    /// Exact for spans with a bucket each, for the shortest and for the longest; else interpolated inside its bucket.
    pub fn quantile(&self, p: f64) -> Option<Span> {
        if self.count == 0 {
            return None;
        }
        let rank = rank_of(p, self.count);
        if rank == 1 || rank == self.count {
            return Some(Span(if rank == 1 { self.min } else { self.max }));
        }
        let mut below = 0;
        for (from, to, n) in self.buckets() {
            if below + n >= rank {
                return Some(Span(self.inside(from.0, to.0, rank - below, n)));
            }
            below += n;
        }
        Some(Span(self.max))
    }

    /// The `i`-th of `n` spans that lie evenly in a bucket, of which only what is between minimum and maximum is used.
    fn inside(&self, from: u64, to: u64, i: u64, n: u64) -> u64 {
        let (from, last) = (from.max(self.min), (to - 1).min(self.max));
        let width = (last - from) as u128 + 1;
        from + (width * (2 * i as u128 - 1) / (2 * n as u128)) as u64
    }

    /// How many spans are at least this long; inside a bucket its share, rounded to the nearest.
    pub fn count_at_least(&self, span: Span) -> u64 {
        if self.count == 0 || span.0 > self.max {
            return 0;
        }
        if span.0 <= self.min {
            return self.count;
        }
        // Somebody asks at every look at a run: octaves below are left out, those above are one sum each.
        let (own, _) = bucket_of(self.digits, span.0);
        let of_octave = |(octave, counts): (usize, &[u64])| {
            if octave > own {
                return counts.iter().sum();
            }
            let full = counts.iter().enumerate().filter(|(_, n)| **n > 0);
            let share = |(bucket, n): (usize, &u64)| {
                let (from, width) = self.bounds(octave, bucket);
                self.share_at_least(span.0, from, from.saturating_add(width), *n)
            };
            full.map(share).sum::<u64>()
        };
        self.octaves().filter(|(octave, _)| *octave >= own).map(of_octave).sum()
    }

    fn share_at_least(&self, least: u64, from: u64, to: u64, n: u64) -> u64 {
        if least <= from || least >= to {
            return if least <= from { n } else { 0 };
        }
        let (from, last) = (from.max(self.min), (to - 1).min(self.max));
        if least > last {
            return 0;
        }
        let (width, above) = ((last - from) as u128 + 1, (last - least) as u128 + 1);
        ((n as u128 * above * 2 + width) / (2 * width)) as u64
    }
}

/// `ceil(p * n)`, between 1 and n; a product that misses a whole number only by rounding is that number.
///
/// In doubles 0.07 x 100 is a little more than 7; its ceiling would take the eighth of a hundred.
pub(crate) fn rank_of(p: f64, n: u64) -> u64 {
    debug_assert!(!p.is_nan());
    let exact = p * n as f64;
    let nearest = (exact + 0.5).floor();
    let rank = if (exact - nearest).abs() <= exact * 4.0 * f64::EPSILON { nearest } else { exact.ceil() };
    (rank as u64).clamp(1, n)
}

/// Equal counts, wherever the octaves lie: their order in memory is the order of first hits, which is no result.
impl PartialEq for Histogram {
    fn eq(&self, other: &Histogram) -> bool {
        (self.digits, self.count, self.min, self.max) == (other.digits, other.count, other.min, other.max)
            && (self.sum, self.squares) == (other.sum, other.squares)
            && self.octaves().eq(other.octaves())
    }
}

impl fmt::Debug for Histogram {
    /// What a failed comparison should show: not ten thousand counts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Histogram")
            .field("count", &self.count)
            .field("min", &self.min())
            .field("p50", &self.quantile(0.5))
            .field("p99", &self.quantile(0.99))
            .field("max", &self.max())
            .field("sum", &self.sum)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(mut empty: Histogram, spans: &[u64]) -> Histogram {
        spans.iter().for_each(|ns| empty.record(Span(*ns)));
        empty
    }

    /// Spans of all sizes: as many of 3 ns as of an hour.
    fn spans() -> impl Strategy<Value = Vec<u64>> {
        proptest::collection::vec((0u32..64, any::<u64>()).prop_map(|(shift, bits)| bits >> shift), 1..200)
    }

    /// Quantiles against the sorted spans, which say exactly which one it is.
    fn check_quantiles(empty: Histogram, spans: &[u64], bound: f64) {
        let histogram = of(empty, spans);
        let mut sorted = spans.to_vec();
        sorted.sort_unstable();
        for hundredth in 0..=100u64 {
            let rank = (hundredth * sorted.len() as u64).div_ceil(100).max(1);
            let exact = sorted[rank as usize - 1];
            let found = histogram.quantile(hundredth as f64 / 100.0).unwrap().0;
            let error = found.abs_diff(exact) as f64;
            assert!(error <= bound * exact as f64, "p{hundredth} of {}: {found}, not {exact}", sorted.len());
        }
        assert_eq!(histogram.min(), Some(Span(sorted[0])));
        assert_eq!(histogram.max(), Some(Span(sorted[sorted.len() - 1])));
        assert_eq!(histogram.sum(), sorted.iter().map(|ns| *ns as u128).sum());
    }

    proptest! {
        #[test]
        fn quantiles_are_the_sorted_ones_within_the_bound(spans in spans()) {
            check_quantiles(Histogram::fine(), &spans, 0.001);
            check_quantiles(Histogram::coarse(), &spans, 0.01);
        }

        #[test]
        fn small_spans_have_exact_quantiles(spans in proptest::collection::vec(0u64..2048, 1..300)) {
            check_quantiles(Histogram::fine(), &spans, 0.0);
        }

        #[test]
        fn merging_in_any_order_gives_the_same(a in spans(), b in spans(), c in spans()) {
            let all = [a.clone(), b.clone(), c.clone()].concat();
            let (a, b, c) = (of(Histogram::fine(), &a), of(Histogram::fine(), &b), of(Histogram::fine(), &c));
            let (mut left, mut right) = (a.clone(), c.clone());
            left.merge(&b);
            left.merge(&c);
            right.merge(&a);
            right.merge(&b);
            prop_assert_eq!(&left, &right);
            prop_assert_eq!(left, of(Histogram::fine(), &all));
        }

        #[test]
        fn a_fine_one_merges_into_a_coarse_one_bucket_by_bucket(a in spans(), b in spans()) {
            let (fine, coarse) = (of(Histogram::fine(), &a), of(Histogram::coarse(), &b));
            let (mut left, mut right) = (fine.clone(), coarse.clone());
            left.merge(&coarse);
            right.merge(&fine);
            prop_assert_eq!(&left, &right);
            prop_assert_eq!(left, of(Histogram::coarse(), &[a, b].concat()));
        }

        #[test]
        fn counts_at_least_agree_with_the_spans(spans in proptest::collection::vec(0u64..2048, 1..100)) {
            let histogram = of(Histogram::fine(), &spans);
            for least in [0, 1, 7, 1000, 2048] {
                let exact = spans.iter().filter(|ns| **ns >= least).count() as u64;
                prop_assert_eq!(histogram.count_at_least(Span(least)), exact);
            }
        }
    }

    #[test]
    fn the_rank_is_not_moved_by_the_rounding_of_a_product() {
        for n in 1..=2000u64 {
            for thousandth in 1..=1000u64 {
                let exact = (thousandth * n).div_ceil(1000);
                assert_eq!(rank_of(thousandth as f64 / 1000.0, n), exact, "{thousandth} of {n}");
            }
        }
        assert_eq!(rank_of(0.0, 10), 1);
        assert_eq!(rank_of(0.901, 10), 10);
    }

    #[test]
    fn the_deviation_survives_a_large_mean() {
        let hour = 3_600_000_000_000;
        let histogram = of(Histogram::fine(), &[hour - 1, hour + 1, hour - 1, hour + 1]);
        assert_eq!(histogram.sd(), 1.0);
        assert_eq!(histogram.mean(), hour as f64);
        assert_eq!(of(Histogram::fine(), &[5]).sd(), 0.0);
        assert_eq!(of(Histogram::fine(), &[u64::MAX, 0]).sd(), u64::MAX as f64 / 2.0);
    }

    #[test]
    fn many_equal_spans_are_the_same_as_one_by_one() {
        let (mut at_once, mut one_by_one) = (Histogram::coarse(), Histogram::coarse());
        at_once.record_many(Span(7_000_000), 30);
        at_once.record_many(Span(9), 0);
        (0..30).for_each(|_| one_by_one.record(Span(7_000_000)));
        assert_eq!(at_once, one_by_one);
    }

    #[test]
    fn an_empty_one_answers_nothing() {
        let histogram = Histogram::fine();
        assert_eq!((histogram.quantile(0.5), histogram.min(), histogram.max()), (None, None, None));
        assert_eq!((histogram.mean(), histogram.sd(), histogram.count_at_least(Span(0))), (0.0, 0.0, 0));
        let mut filled = of(Histogram::coarse(), &[1, 2]);
        let before = filled.clone();
        filled.merge(&histogram);
        assert_eq!(filled, before);
    }

    #[test]
    fn memory_comes_by_octaves_that_are_hit() {
        let mut histogram = Histogram::fine();
        (0..100_000u64).for_each(|i| histogram.record(Span(if i % 2 == 0 { 0 } else { 10_000_000 })));
        assert_eq!(histogram.counts.len(), 2 * 1024);
    }
}
