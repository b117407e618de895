//! Changes of a count that are known before they happen, in order of time.
//!
//! A first-come-first-served station knows at arrival when somebody will leave. Such moments come nearly in order, so they
//! stand in a ring and a new one walks back a few places; one that would walk far goes into a tree beside it.

use crate::units::Time;
use std::collections::{BTreeMap, VecDeque};

/// How far a new change may walk back in the ring.
const WALK: usize = 16;

/// Changes to come; those of one instant are one change.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ahead {
    ring: VecDeque<(Time, i64)>,
    far: BTreeMap<Time, i64>,
}

impl Ahead {
    /// The count will change by so much at that time.
    #[inline]
    pub(super) fn expect(&mut self, at: Time, by: i64) {
        match self.ring.back_mut() {
            Some(last) if last.0 == at => last.1 += by,
            Some(last) if last.0 > at => self.expect_before_the_last(at, by),
            _ => self.ring.push_back((at, by)),
        }
    }

    fn expect_before_the_last(&mut self, at: Time, by: i64) {
        for back in 2..=WALK.min(self.ring.len()) {
            let place = self.ring.len() - back;
            let there = &mut self.ring[place];
            if there.0 == at {
                there.1 += by;
                return;
            }
            if there.0 < at {
                return self.ring.insert(place + 1, (at, by));
            }
        }
        if self.ring.len() < WALK {
            self.ring.push_front((at, by));
        } else {
            *self.far.entry(at).or_default() += by;
        }
    }

    /// The next change at or before `now`, taken out.
    #[inline]
    pub(super) fn next(&mut self, now: Time) -> Option<(Time, i64)> {
        let near = self.ring.front().map(|(at, _)| *at);
        if !self.far.is_empty() {
            let far = *self.far.first_key_value()?.0;
            if near.is_none_or(|near| far < near) {
                return if far <= now { self.far.pop_first() } else { None };
            }
        }
        if near? <= now { self.ring.pop_front() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Random;

    #[test]
    fn changes_come_out_in_order_of_time_however_they_were_told() {
        let (mut ahead, mut random, mut told) = (Ahead::default(), Random::new(5), 0);
        let mut sums = BTreeMap::new();
        for now in 0..2000u64 {
            let at = now + random.below(if now % 3 == 0 { 500 } else { 8 });
            ahead.expect(Time(at), 1 + (now % 5) as i64);
            *sums.entry(Time(at)).or_insert(0) += 1 + (now % 5) as i64;
            let mut last = Time::ZERO;
            while let Some((at, by)) = ahead.next(Time(now)) {
                assert!(at >= last && at <= Time(now));
                last = at;
                told += 1;
                *sums.get_mut(&at).unwrap() -= by;
            }
            assert!(sums.range(..=Time(now)).all(|(_, open)| *open == 0));
        }
        assert!(told > 1000);
    }
}
