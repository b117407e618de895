//! The greatest value of a count, told only when it may be a new one.
//!
//! A value counts if it was held for some time ([`super::Gauge`] says the same), so what a count rises to is a candidate
//! until the clock goes on. Whoever keeps the count may keep a bound of it instead, and counts exactly only when that bound
//! passes [`Peak::bound`]: a maximum is rare, so nobody has to know the count at every moment.

use super::Gauge;
use crate::units::{Span, Time};

/// The greatest value so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peak {
    max: u64,
    max_at: Time,
    /// What the count rose to, and when: it counts once that instant is over.
    risen: u64,
    risen_at: Time,
    bound: u64,
}

impl Peak {
    /// A count that is not above this changes nothing.
    #[inline]
    pub fn bound(&self) -> u64 {
        self.bound
    }

    /// The count is `n`, more than the bound, after something at `at`.
    pub fn rises(&mut self, at: Time, n: u64) {
        self.confirm(at);
        (self.risen, self.risen_at) = (n, at);
        self.bound = self.max.max(n);
    }

    /// The count falls by one at `at`: what it had risen to in this very instant was never held.
    #[inline]
    pub fn falls(&mut self, at: Time) {
        if at == self.risen_at && self.risen > 0 {
            self.risen -= 1;
            self.bound = self.max.max(self.risen);
        }
    }

    /// The measuring begins with a count of `n`.
    pub fn begin(&mut self, at: Time, n: u64) {
        *self = Peak { max: 0, max_at: at, risen: n, risen_at: at, bound: n };
    }

    /// The measuring ends: the greatest value and when it was first reached.
    pub fn until(mut self, end: Time) -> (u64, Time) {
        self.confirm(end);
        (self.max, self.max_at)
    }

    fn confirm(&mut self, now: Time) {
        if self.risen_at < now && self.risen > self.max {
            (self.max, self.max_at) = (self.risen, self.risen_at);
        }
    }
}

/// What is known of a count from sums instead of from its course.
#[derive(Clone, Copy, Debug, Default)]
pub struct Summed {
    /// The count at the end.
    pub value: u64,
    /// Its integral.
    pub integral: u128,
    /// Its greatest value.
    pub peak: Peak,
    /// Start and end of the measuring.
    pub start: Time,
    pub end: Time,
}

impl Summed {
    /// As a closed gauge; `at_least`: for how long it was at least so much, where somebody asked.
    pub fn gauge(&self, at_least: impl Iterator<Item = (u64, u128)>) -> Gauge {
        let measured: Span = self.end.since(self.start);
        let (max, max_at) = self.peak.until(self.end);
        let mut gauge = Gauge::closed(self.value, self.end, max, max_at);
        gauge.set_integral(self.integral, measured);
        at_least.for_each(|(n, time)| gauge.was_at_least(n, time));
        gauge
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_for_no_time_is_no_peak() {
        let mut peak = Peak::default();
        peak.rises(Time(5), 3);
        peak.falls(Time(5));
        assert_eq!(peak.bound(), 2);
        peak.rises(Time(9), 4);
        assert_eq!(peak.until(Time(9)), (2, Time(5)));
        assert_eq!(peak.until(Time(10)), (4, Time(9)));
    }

    #[test]
    fn the_count_at_the_end_of_the_warm_up_is_the_first_candidate() {
        let mut peak = Peak::default();
        peak.rises(Time(5), 9);
        peak.begin(Time(20), 4);
        peak.falls(Time(20));
        peak.falls(Time(30));
        assert_eq!(peak.until(Time(40)), (3, Time(20)));
    }
}
