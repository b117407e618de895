//! Sums by time, at most 2,048 points: when it is full, neighbours merge.
//!
//! A series costs the same however long a run lasts. All series of one run begin with the slot that suits its length
//! ([`Series::slot_for`]), so that they stay aligned and their points can be laid side by side.

use crate::units::time::SECOND;
use crate::units::{Span, Time};

/// Points that a series has at most.
pub const POINTS: usize = 2048;

/// Sums by time.
#[derive(Clone, Debug)]
pub struct Series {
    /// Width of a slot in nanoseconds.
    slot: u64,
    /// From time zero on.
    sums: Vec<u128>,
    /// The slot that was hit last, so that the next hit there needs no division.
    last: usize,
    last_from: u64,
}

impl Default for Series {
    /// Slots of a millisecond, until it grows.
    fn default() -> Series {
        Series::with_slot(Span(SECOND / 1000))
    }
}

impl Series {
    /// Slots of this width to begin with.
    pub fn with_slot(slot: Span) -> Series {
        Series { slot: slot.0.max(1), sums: Vec::new(), last: 0, last_from: 0 }
    }

    /// The shortest round width with which a run of this length fits.
    pub fn slot_for(length: Span) -> Span {
        const MINUTE: u64 = 60 * SECOND;
        const ROUND: [u64; 12] = [
            MINUTE,
            2 * MINUTE,
            5 * MINUTE,
            10 * MINUTE,
            30 * MINUTE,
            60 * MINUTE,
            120 * MINUTE,
            360 * MINUTE,
            720 * MINUTE,
            1440 * MINUTE,
            10_080 * MINUTE,
            43_200 * MINUTE,
        ];
        let parts = (0..11u32).flat_map(|digits| [1, 2, 5].map(|first| first * 10u64.pow(digits)));
        let widths = parts.filter(|ns| *ns <= 30 * SECOND).chain(ROUND);
        Span(widths.into_iter().find(|ns| length.0.div_ceil(*ns) <= POINTS as u64).unwrap_or(SECOND * 86_400 * 365))
    }

    /// Adds an amount at a time.
    #[inline]
    pub fn add(&mut self, at: Time, amount: u64) {
        if at.0.wrapping_sub(self.last_from) >= self.slot || self.last >= self.sums.len() {
            if amount == 0 {
                return;
            }
            self.find(at.0);
        }
        self.sums[self.last] += amount as u128;
    }

    /// Adds many amounts, each at its time between the first and the last; `sum` is all of them together.
    pub fn add_row(&mut self, first: Time, last: Time, sum: u128, amounts: impl Iterator<Item = (Time, u64)>) {
        let (slot, into) = (self.slot, first.0.wrapping_sub(self.last_from));
        if into < slot && last.0 - first.0 < slot - into && self.last < self.sums.len() {
            self.sums[self.last] += sum;
        } else {
            self.add_each(amounts);
        }
    }

    /// Adds many amounts, each at its time: a stretch of them that lies in one slot is summed up first.
    fn add_each(&mut self, amounts: impl Iterator<Item = (Time, u64)>) {
        let mut sum = 0u128;
        for (at, amount) in amounts {
            if at.0.wrapping_sub(self.last_from) >= self.slot || self.last >= self.sums.len() {
                if let Some(there) = self.sums.get_mut(self.last) {
                    *there += std::mem::take(&mut sum);
                }
                if amount == 0 {
                    continue;
                }
                self.find(at.0);
            }
            sum += u128::from(amount);
        }
        if let Some(there) = self.sums.get_mut(self.last) {
            *there += sum;
        }
    }

    /// Makes the slot of `at` the current one.
    fn find(&mut self, at: u64) {
        let mut index = at / self.slot;
        while index >= POINTS as u64 {
            self.widen();
            index = at / self.slot;
        }
        let index = index as usize;
        if index >= self.sums.len() {
            self.sums.resize(index + 1, 0);
        }
        (self.last, self.last_from) = (index, index as u64 * self.slot);
    }

    /// Each two neighbours become one.
    fn widen(&mut self) {
        self.regroup(2);
    }

    /// Each `n` neighbours become one.
    fn regroup(&mut self, n: u64) {
        self.slot = self.slot.saturating_mul(n);
        self.sums = self.sums.chunks(n.min(POINTS as u64) as usize).map(|few| few.iter().sum()).collect();
        (self.last, self.last_from) = (0, 0);
    }

    /// Spreads `n` that were held from `from` to `to`: each slot gets its share of the integral, in nanoseconds.
    pub fn add_over(&mut self, from: Time, to: Time, n: u64) {
        if from >= to || n == 0 {
            return;
        }
        self.find(to.0 - 1);
        let mut at = from.0;
        while at < to.0 {
            let index = (at / self.slot) as usize;
            let next = ((index as u64 + 1).saturating_mul(self.slot)).min(to.0);
            self.sums[index] += (next - at) as u128 * n as u128;
            at = next;
        }
    }

    /// Adds another series; slots of two widths become the narrowest into which both fit whole.
    pub fn merge(&mut self, other: &Series) {
        if other.sums.is_empty() {
            return;
        }
        if self.sums.is_empty() {
            *self = other.clone();
            return;
        }
        let common = common_multiple(self.slot, other.slot);
        self.regroup(common / self.slot);
        let mut other = other.clone();
        other.regroup(common / other.slot);
        self.sums.resize(self.sums.len().max(other.sums.len()), 0);
        for (ours, theirs) in self.sums.iter_mut().zip(&other.sums) {
            *ours += theirs;
        }
    }

    /// The same with slots of at least this width, for laying it beside others.
    pub fn widened_to(&self, slot: Span) -> Series {
        let mut wide = self.clone();
        wide.regroup(common_multiple(self.slot, slot.0.max(1)) / self.slot);
        wide
    }

    /// Width of a slot.
    pub fn slot(&self) -> Span {
        Span(self.slot)
    }

    /// Start of each slot and its sum, from time zero to the last slot that was hit.
    pub fn points(&self) -> impl ExactSizeIterator<Item = (Time, u128)> {
        self.sums.iter().enumerate().map(|(i, sum)| (Time(i as u64 * self.slot), *sum))
    }

    /// All together.
    pub fn total(&self) -> u128 {
        self.sums.iter().sum()
    }

    /// Was nothing added?
    pub fn is_empty(&self) -> bool {
        self.sums.is_empty()
    }
}

/// Equal points; which slot was hit last is no result.
impl PartialEq for Series {
    fn eq(&self, other: &Series) -> bool {
        self.slot == other.slot && self.sums == other.sums
    }
}

/// The least common multiple, or the greatest number where that is larger.
fn common_multiple(a: u64, b: u64) -> u64 {
    let (mut divisor, mut rest) = (a, b);
    while rest > 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    (a / divisor).checked_mul(b).unwrap_or(u64::MAX / a * a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn neighbours_merge_when_it_is_full() {
        let mut series = Series::with_slot(Span(1));
        (0..2048).for_each(|at| series.add(Time(at), 1));
        assert_eq!((series.slot(), series.points().len()), (Span(1), 2048));
        series.add(Time(2048), 5);
        assert_eq!((series.slot(), series.points().len()), (Span(2), 1025));
        assert_eq!(series.points().next(), Some((Time(0), 2)));
        assert_eq!(series.points().last(), Some((Time(2048), 5)));
        series.add(Time(1_000_000), 1);
        assert!(series.points().len() <= POINTS);
        assert_eq!(series.total(), 2054);
    }

    #[test]
    fn an_integral_is_spread_over_its_slots() {
        let mut series = Series::with_slot(Span(10));
        series.add_over(Time(5), Time(27), 3);
        series.add_over(Time(27), Time(27), 3);
        assert_eq!(series.points().collect::<Vec<_>>(), [(Time(0), 15), (Time(10), 30), (Time(20), 21)]);
    }

    #[test]
    fn slots_are_round_and_few() {
        let widths =
            [1, 7, 100, 3600, 5400, 86_400, 31_536_000].map(|s| Series::slot_for(Span::seconds(s)).to_string());
        assert_eq!(widths, ["500us", "5ms", "50ms", "2s", "5s", "1min", "6h"]);
        assert_eq!(Series::slot_for(Span(1)), Span(1));
        assert!(Series::slot_for(Span::FOREVER).0.saturating_mul(POINTS as u64) == u64::MAX);
    }

    #[test]
    fn slots_that_do_not_divide_each_other_meet_in_a_common_one() {
        let (mut twos, mut threes) = (Series::with_slot(Span(2)), Series::with_slot(Span(3)));
        twos.add(Time(7), 1);
        threes.add(Time(7), 1);
        let mut other = threes.clone();
        other.merge(&twos);
        twos.merge(&threes);
        assert_eq!(twos, other);
        assert_eq!(twos.points().collect::<Vec<_>>(), [(Time(0), 0), (Time(6), 2)]);
    }

    proptest! {
        #[test]
        fn merging_in_any_order_gives_the_same(
            a in proptest::collection::vec((0u64..100_000, 0u64..9), 0..50),
            b in proptest::collection::vec((0u64..3_000, 0u64..9), 0..50),
            c in proptest::collection::vec((0u64..3_000_000, 0u64..9), 0..50),
        ) {
            let of = |adds: &[(u64, u64)]| {
                let mut series = Series::with_slot(Span(1));
                adds.iter().for_each(|(at, n)| series.add(Time(*at), *n));
                series
            };
            let (mut left, mut right, whole) = (of(&a), of(&c), of(&[a.clone(), b.clone(), c.clone()].concat()));
            left.merge(&of(&b));
            left.merge(&of(&c));
            right.merge(&of(&b));
            right.merge(&of(&a));
            prop_assert_eq!(&left, &right);
            prop_assert_eq!(left, whole);
        }
    }
}
