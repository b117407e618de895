//! Moments that lie ahead, of which it is asked now and then how many have come.
//!
//! Whoever leaves at a moment that is known is noted, and nobody looks until it matters. Then the few that were noted last
//! are looked through; if many of them still lie ahead they go into a heap, so that a long line, in which almost nobody's
//! moment has come, is not looked through from end to end for everybody who joins it.

use crate::units::Time;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// So many are looked through one by one.
const FEW: usize = 64;

/// Some moments, in no order.
#[derive(Clone, Debug, Default)]
pub struct Moments {
    fresh: Vec<Time>,
    later: BinaryHeap<Reverse<Time>>,
}

impl Moments {
    /// One more.
    #[inline]
    pub fn push(&mut self, at: Time) {
        self.fresh.push(at);
    }

    /// Some more.
    #[inline]
    pub fn extend(&mut self, all: &[Time]) {
        self.fresh.extend_from_slice(all);
    }

    /// How many are noted: those that have come since somebody last looked, too.
    #[inline]
    pub fn count(&self) -> usize {
        self.fresh.len() + self.later.len()
    }

    /// Forgets those that have come by now.
    pub fn forget_until(&mut self, now: Time) {
        self.fresh.retain(|at| *at > now);
        if self.fresh.len() > FEW {
            self.later.extend(self.fresh.drain(..).map(Reverse));
        }
        while self.later.peek().is_some_and(|Reverse(at)| *at <= now) {
            self.later.pop();
        }
    }

    /// All that are noted.
    pub fn iter(&self) -> impl Iterator<Item = Time> + '_ {
        self.fresh.iter().copied().chain(self.later.iter().map(|Reverse(at)| *at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Random;

    #[test]
    fn those_that_have_come_are_forgotten_and_no_others() {
        let (mut moments, mut all, mut random) = (Moments::default(), Vec::new(), Random::new(3));
        for now in 0..3_000u64 {
            for _ in 0..random.below(4) {
                let at = Time(now + random.below(900));
                moments.push(at);
                all.push(at);
            }
            if random.chance(0.1) {
                moments.forget_until(Time(now));
                all.retain(|at| at.0 > now);
                let mut left: Vec<Time> = moments.iter().collect();
                left.sort_unstable();
                all.sort_unstable();
                assert_eq!((left.len(), &left), (moments.count(), &all));
            }
        }
    }
}
