//! A governor: finds out by itself how many may be inside at a time, from how long they stay.
//!
//! Two laws. By halves (`Aimd`): whoever leaves in time while at least half of the limit is in use raises it by 1 / limit,
//! so by one a round; whoever leaves too late, or fails, lowers it to `back_off` of it, but only once in `target`, since those
//! inside have all seen the same jam. By gradient: as many as the limit, and at least `samples`, make a round; after each the
//! limit becomes limit x g + sqrt(limit), where g = tolerance x best / mean, between a half and 1: mean is the mean stay of
//! this round, best the least that any round has had. So it grows while stays are as short as they ever were (within the
//! tolerance), and shrinks in proportion to how much longer they have become; the root is the line that it accepts. It has
//! to begin low: what is jammed from the start has never seen better. Of few samples the least of many means is far below
//! the mean, and the limit stays too low.
//!
//! The limit is kept in whole thousandths. Left out: forgetting a best that cannot be reached any more.

use crate::record::Gauge;
use crate::units::{Span, Time};

/// What a governor is.
#[derive(Clone, Debug, PartialEq)]
pub struct GovernorSpec {
    /// By which law.
    pub law: GovernorLaw,
    /// The limit at the start, at least, and at most.
    pub begins: u32,
    /// See `begins`.
    pub least: u32,
    /// See `begins`.
    pub most: u32,
}

/// How it goes up and down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GovernorLaw {
    /// Up by one a round, down to so many thousandths when one stays longer than the target.
    Aimd {
        /// In time is up to this.
        target: Span,
        /// What is left of the limit.
        back_off: u32,
    },
    /// By how much longer they stay than they need to.
    Gradient {
        /// So many thousandths of the best are as good as the best.
        tolerance: u32,
        /// So many in a round at least.
        samples: u32,
    },
}

/// A limit that moves.
#[derive(Clone, Debug)]
pub struct Governor {
    spec: GovernorSpec,
    /// In thousandths.
    limit: u64,
    lowered: Option<Time>,
    /// The round being counted: how many have left, and their stays; the least mean of a round.
    left: u64,
    stayed: u128,
    best: Option<Span>,
    /// The limit over time.
    pub course: Gauge,
}

const ONE: u64 = 1000;

impl Governor {
    /// At its start.
    pub fn new(spec: &GovernorSpec) -> Governor {
        let limit = u64::from(spec.begins.clamp(spec.least.max(1), spec.most.max(1))) * ONE;
        let mut course = Gauge::default();
        course.set(Time::ZERO, limit / ONE);
        Governor { spec: spec.clone(), limit, lowered: None, left: 0, stayed: 0, best: None, course }
    }

    /// How many may be inside.
    pub fn limit(&self) -> u32 {
        (self.limit / ONE) as u32
    }

    /// Somebody leaves after so long, well or not, while so many (itself included) were inside.
    pub fn leaves(&mut self, now: Time, stayed: Span, well: bool, inside: u32) {
        match self.spec.law {
            GovernorLaw::Aimd { target, back_off } => {
                if !well || stayed > target {
                    if self.lowered.is_none_or(|at| now.since(at) >= target) {
                        self.lowered = Some(now);
                        self.limit = self.limit * u64::from(back_off) / ONE;
                    }
                } else if u64::from(inside) * 2 * ONE >= self.limit {
                    self.limit += ONE * ONE / self.limit;
                }
            }
            GovernorLaw::Gradient { tolerance, samples } => {
                self.left += 1;
                self.stayed += u128::from(stayed.0);
                if self.left * ONE < self.limit || self.left < u64::from(samples) {
                    return;
                }
                let mean = Span((self.stayed / u128::from(self.left)) as u64);
                (self.left, self.stayed) = (0, 0);
                let best = self.best.map_or(mean, |best| best.min(mean));
                self.best = Some(best);
                let good = u128::from(best.0) * u128::from(tolerance) / u128::from(mean.0.max(1));
                let gradient = (good as u64).clamp(ONE / 2, ONE);
                self.limit = self.limit * gradient / ONE + (self.limit * ONE).isqrt();
            }
        }
        self.limit = self.limit.clamp(u64::from(self.spec.least.max(1)) * ONE, u64::from(self.spec.most.max(1)) * ONE);
        self.course.set(now, self.limit / ONE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Span {
        Span(ms * 1_000_000)
    }

    fn governor(law: GovernorLaw) -> Governor {
        Governor::new(&GovernorSpec { law, begins: 10, least: 2, most: 50 })
    }

    #[test]
    fn a_round_in_time_raises_it_by_one_and_a_late_one_lowers_it_once() {
        let mut of = governor(GovernorLaw::Aimd { target: ms(100), back_off: 900 });
        for _ in 0..11 {
            of.leaves(Time::ZERO, ms(80), true, 10);
        }
        assert_eq!(of.limit(), 11);
        for at in [0, 1, 99] {
            of.leaves(Time(ms(at).0), ms(101), true, 10);
        }
        assert_eq!(of.limit(), 9, "nine tenths of eleven, once in 100 ms");
        of.leaves(Time(ms(100).0), ms(10), false, 10);
        assert_eq!(of.limit(), 8, "a failure is as bad as a late answer");
    }

    #[test]
    fn what_is_not_used_is_not_raised_and_bounds_hold() {
        let mut of = governor(GovernorLaw::Aimd { target: ms(100), back_off: 500 });
        (0..1000).for_each(|_| of.leaves(Time(1), ms(1), true, 4));
        assert_eq!(of.limit(), 10);
        (0..100_000).for_each(|_| of.leaves(Time(1), ms(1), true, 50));
        assert_eq!(of.limit(), 50);
        (1..100).for_each(|second| of.leaves(Time(ms(1000 * second).0), ms(500), true, 50));
        assert_eq!(of.limit(), 2);
    }

    #[test]
    fn by_gradient_it_settles_where_the_root_makes_up_for_the_longer_stays() {
        let mut of = governor(GovernorLaw::Gradient { tolerance: 1000, samples: 20 });
        // Twenty are served at a time in 10 ms each; above that the stay grows with the number inside.
        let mut now = Time::ZERO;
        for _ in 0..20_000 {
            let inside = of.limit();
            let stay = Span(ms(10).0 * u64::from(inside.max(20)) / 20);
            now += Span(500_000);
            of.leaves(now, stay, true, inside);
        }
        // L x 20 / L + sqrt(L) = L: 20 + sqrt(L) = L.
        assert!((24..=26).contains(&of.limit()), "{}", of.limit());
    }
}
