//! The course of one metric in equal slices of simulated time, for batch means: at most 1,024, pairs merge when full.
//!
//! Batch means need the mean (or a quantile) of each of some equal stretches of a run whose number is decided afterwards.
//! Slices are fine enough to be regrouped, and few enough that a run of any length costs the same memory.

use super::Histogram;
use crate::units::{Span, Time};

/// Slices that are kept at most.
pub const SLICES: usize = 1024;

/// What one slice of time, or a batch of them, holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slice {
    /// How many were recorded.
    pub count: u64,
    /// Their sum in nanoseconds, or the integral of a number.
    pub sum: u128,
    /// Where a quantile is asked for.
    pub histogram: Option<Histogram>,
}

impl Slice {
    fn merge(&mut self, other: &Slice) {
        self.count += other.count;
        self.sum += other.sum;
        if let Some(theirs) = &other.histogram {
            self.histogram.get_or_insert_with(Histogram::coarse).merge(theirs);
        }
    }
}

/// A stretch of the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Its start.
    pub from: Time,
    /// Its end, not included.
    pub to: Time,
    /// What was recorded in it.
    pub held: Slice,
}

impl Batch {
    /// Mean of what was recorded, in nanoseconds; none if there was nothing.
    pub fn mean(&self) -> Option<f64> {
        (self.held.count > 0).then(|| self.held.sum as f64 / self.held.count as f64)
    }

    /// Mean over time of a number that was added as an integral.
    pub fn level(&self) -> f64 {
        self.held.sum as f64 / self.to.since(self.from).0.max(1) as f64
    }

    /// A quantile, where slices keep histograms.
    pub fn quantile(&self, p: f64) -> Option<Span> {
        self.held.histogram.as_ref()?.quantile(p)
    }
}

/// The course of one metric.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slices {
    from: Time,
    length: u64,
    with_histograms: bool,
    slices: Vec<Slice>,
}

impl Slices {
    /// Slices of this length from the end of the warm-up on, for means.
    pub fn of_means(from: Time, length: Span) -> Slices {
        Slices { from, length: length.0.max(1), with_histograms: false, slices: Vec::new() }
    }

    /// The same with a coarse histogram in each, for quantiles.
    pub fn of_quantiles(from: Time, length: Span) -> Slices {
        Slices { with_histograms: true, ..Slices::of_means(from, length) }
    }

    /// Length of a slice.
    pub fn length(&self) -> Span {
        Span(self.length.max(1))
    }

    /// Records a span at a time; what lies before the start is not measured.
    #[inline]
    pub fn record(&mut self, at: Time, span: Span) {
        let with_histograms = self.with_histograms;
        let Some(slice) = self.slice_at(at) else { return };
        slice.count += 1;
        slice.sum += span.0 as u128;
        if with_histograms {
            slice.histogram.get_or_insert_with(Histogram::coarse).record(span);
        }
    }

    /// Adds the integral of `n` held from `from` to `to`: one observation, counted where it ends.
    pub fn add_integral(&mut self, from: Time, to: Time, n: u64) {
        let mut at = from.max(self.from);
        if at >= to {
            return;
        }
        if let Some(last) = self.slice_at(Time(to.0 - 1)) {
            last.count += 1;
        }
        while at < to {
            let index = (at.0 - self.from.0) / self.length;
            let next = Time(self.from.0.saturating_add((index + 1).saturating_mul(self.length))).min(to);
            self.slices[index as usize].sum += next.since(at).0 as u128 * n as u128;
            at = next;
        }
    }

    /// The slice of a time, made if need be.
    fn slice_at(&mut self, at: Time) -> Option<&mut Slice> {
        let offset = at.0.checked_sub(self.from.0)?;
        self.length = self.length.max(1);
        while offset / self.length >= SLICES as u64 {
            self.widen();
        }
        let index = (offset / self.length) as usize;
        if index >= self.slices.len() {
            self.slices.resize(index + 1, Slice::default());
        }
        Some(&mut self.slices[index])
    }

    /// Each two neighbours become one.
    fn widen(&mut self) {
        self.length = self.length.saturating_mul(2);
        self.slices = self.slices.chunks(2).map(|pair| union(pair.iter())).collect();
    }

    /// Adds the slices of another shard group of the same run: same start, lengths that differ by a power of two.
    pub fn merge(&mut self, other: &Slices) {
        if self.slices.is_empty() {
            *self = other.clone();
            return;
        }
        if other.slices.is_empty() {
            return;
        }
        debug_assert_eq!(self.from, other.from);
        let mut other = other.clone();
        while self.length != other.length {
            if self.length < other.length { self.widen() } else { other.widen() }
        }
        self.slices.resize(self.slices.len().max(other.slices.len()), Slice::default());
        for (ours, theirs) in self.slices.iter_mut().zip(&other.slices) {
            ours.merge(theirs);
        }
    }

    /// The slices that lie wholly before `end`, regrouped into `k` equal batches.
    ///
    /// What does not fill a further slice in each batch is left out at the beginning, where the run is farthest from its
    /// steady state. Fewer batches, of one slice each, if there are fewer slices than `k`.
    pub fn batches(&self, k: usize, end: Time) -> Vec<Batch> {
        let complete = (end.since(self.from).0 / self.length.max(1)).min(SLICES as u64) as usize;
        let k = k.min(complete);
        if k == 0 {
            return Vec::new();
        }
        let (each, first) = (complete / k, complete % k);
        let moment = |index: usize| Time(self.from.0.saturating_add(index as u64 * self.length));
        (0..k)
            .map(|i| (first + i * each, first + (i + 1) * each))
            .map(|(a, b)| Batch { from: moment(a), to: moment(b), held: union(self.slices.iter().take(b).skip(a)) })
            .collect()
    }
}

/// All of these in one.
fn union<'a>(slices: impl Iterator<Item = &'a Slice>) -> Slice {
    slices.fold(Slice::default(), |mut all, slice| {
        all.merge(slice);
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_regroup_into_equal_batches() {
        let mut slices = Slices::of_quantiles(Time(100), Span(10));
        for at in 0..400u64 {
            slices.record(Time(at), Span(at));
        }
        let batches = slices.batches(7, Time(395));
        assert_eq!(batches.len(), 7);
        assert!(batches.iter().all(|batch| batch.held.count == 40 && batch.to.since(batch.from) == Span(40)));
        assert_eq!((batches[0].from, batches[6].to), (Time(110), Time(390)));
        assert_eq!(batches[0].mean(), Some(129.5));
        assert_eq!(batches[0].quantile(0.5), Some(Span(129)));
    }

    #[test]
    fn pairs_merge_when_all_slices_are_used() {
        let mut slices = Slices::of_means(Time(0), Span(1));
        (0..5000u64).for_each(|at| slices.record(Time(at), Span(1)));
        assert_eq!(slices.length(), Span(8));
        let batches = slices.batches(5, Time(5000));
        assert_eq!(batches.iter().map(|batch| batch.held.count).collect::<Vec<_>>(), [1000; 5]);
    }

    #[test]
    fn integrals_are_cut_at_slices() {
        let mut slices = Slices::of_means(Time(10), Span(10));
        slices.add_integral(Time(0), Time(25), 4);
        slices.add_integral(Time(25), Time(40), 2);
        let levels: Vec<f64> = slices.batches(3, Time(40)).iter().map(Batch::level).collect();
        assert_eq!(levels, [4.0, 3.0, 2.0]);
    }

    #[test]
    fn empty_batches_have_no_mean_but_exist() {
        let mut slices = Slices::of_means(Time(0), Span(10));
        slices.record(Time(5), Span(3));
        let batches = slices.batches(4, Time(40));
        assert_eq!(batches.iter().map(Batch::mean).collect::<Vec<_>>(), [Some(3.0), None, None, None]);
        assert_eq!(slices.batches(4, Time(5)), []);
        assert_eq!(slices.batches(4, Time(25)).len(), 2);
    }

    #[test]
    fn shard_groups_merge_in_any_order() {
        let run = |step: u64, until: u64| {
            let mut slices = Slices::of_quantiles(Time(0), Span(1));
            (0..until).step_by(step as usize).for_each(|at| slices.record(Time(at), Span(at * 1000)));
            slices
        };
        let (mut left, mut right) = (run(3, 900), run(7, 3000));
        left.merge(&run(7, 3000));
        right.merge(&run(3, 900));
        assert_eq!(left, right);
        assert_eq!(left.length(), Span(4));
    }
}
