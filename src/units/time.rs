//! Simulated time: instants and spans as whole nanoseconds, with checked arithmetic and a value for "never".

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// A length of time in whole nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(pub u64);

/// An instant: nanoseconds since the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

/// Nanoseconds in a second.
pub const SECOND: u64 = 1_000_000_000;

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);
    /// Longer than any run: a limit that is never reached.
    pub const FOREVER: Span = Span(u64::MAX);

    /// So many whole seconds.
    pub const fn seconds(s: u64) -> Span {
        Span(s * SECOND)
    }

    /// Rounds a number of nanoseconds to the nearest whole one; what does not fit is [`Span::FOREVER`].
    ///
    /// Truncation would be a bias of half a nanosecond: 0.5 % at a mean service of 100 ns (case `mm1-nanoseconds`).
    #[inline]
    pub fn from_nanos(ns: f64) -> Span {
        debug_assert!(!ns.is_nan());
        // `as` saturates: negative becomes 0, too large becomes the greatest value. Adding a half and truncating is
        // exact below 2^52 ns (52 days); above that a double has no half nanoseconds left.
        Span((ns + 0.5) as u64)
    }

    /// As seconds, for reports and laws (never for deciding an order).
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / SECOND as f64
    }

    /// As milliseconds, for reports.
    pub fn as_millis(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl Time {
    /// The start of every run.
    pub const ZERO: Time = Time(0);
    /// Later than every event.
    pub const NEVER: Time = Time(u64::MAX);

    /// The span since `earlier`, or none if this is not later.
    #[inline]
    pub fn since(self, earlier: Time) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// So many seconds after the start, for reports.
    pub fn as_seconds(self) -> f64 {
        Span(self.0).as_seconds()
    }
}

impl Add<Span> for Time {
    type Output = Time;
    /// Saturates at [`Time::NEVER`]: what would happen later than that does not happen.
    #[inline]
    fn add(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for Time {
    #[inline]
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Sub<Span> for Time {
    type Output = Time;
    #[inline]
    fn sub(self, span: Span) -> Time {
        Time(self.0.saturating_sub(span.0))
    }
}

impl Add for Span {
    type Output = Span;
    #[inline]
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for Span {
    /// With the largest unit that leaves a short number: `250ms`, `1.5s`, `2h`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Span::FOREVER {
            return f.write_str("for ever");
        }
        const UNITS: [(u64, &str); 7] = [
            (86_400 * SECOND, "d"),
            (3_600 * SECOND, "h"),
            (60 * SECOND, "min"),
            (SECOND, "s"),
            (1_000_000, "ms"),
            (1_000, "us"),
            (1, "ns"),
        ];
        let (size, unit) = UNITS.into_iter().find(|(size, _)| self.0 >= *size).unwrap_or((1, "ns"));
        let digits = format!("{:.3}", self.0 as f64 / size as f64);
        write!(f, "{}{unit}", digits.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Time::NEVER { f.write_str("never") } else { Span(self.0).fmt(f) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nanoseconds_are_rounded_to_the_nearest() {
        assert_eq!(Span::from_nanos(0.49), Span(0));
        assert_eq!(Span::from_nanos(0.5), Span(1));
        assert_eq!(Span::from_nanos(99.7), Span(100));
        assert_eq!(Span::from_nanos(-3.0), Span(0));
        assert_eq!(Span::from_nanos(f64::INFINITY), Span::FOREVER);
    }

    #[test]
    fn never_stays_never() {
        assert_eq!(Time(5) + Span::FOREVER, Time::NEVER);
        assert_eq!(Time::NEVER + Span(1), Time::NEVER);
    }

    #[test]
    fn spans_read_as_people_write_them() {
        assert_eq!(Span(250_000_000).to_string(), "250ms");
        assert_eq!(Span(1_500_000_000).to_string(), "1.5s");
        assert_eq!(Span(0).to_string(), "0ns");
        assert_eq!(Span::FOREVER.to_string(), "for ever");
    }
}
