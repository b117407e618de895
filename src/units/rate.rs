//! A rate as a fraction of whole numbers: a third a second is a third, and stays one when a year of it is added up.

/// So many things in so many seconds; in lowest terms when it was read from a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Things ...
    pub things: u64,
    /// ... in so many seconds; never 0.
    pub seconds: u64,
}

impl Rate {
    /// Nothing ever comes.
    pub const ZERO: Rate = Rate { things: 0, seconds: 1 };
    /// Beyond these a rate is no rate of a machine: less than one thing in a million million seconds, or more than a
    /// million thousand million a second. Inside of them numerator and denominator stay below 2^53.
    pub const LEAST: f64 = 1e-12;
    /// See [`Rate::LEAST`].
    pub const MOST: f64 = 1e15;

    /// So many a second.
    pub const fn per_second(things: u64) -> Rate {
        Rate { things, seconds: 1 }
    }

    /// The simplest fraction that rounds to this number a second: 20 a minute, written as 0.333..., is one in three
    /// seconds. None for what lies beyond the bounds.
    ///
    /// A number read from a text and divided by a unit of time is rounded twice, so it lies within two units in its last
    /// place of the fraction that was meant; another fraction as simple as that is much farther away.
    pub fn nearest(per_second: f64) -> Option<Rate> {
        if per_second == 0.0 {
            return Some(Rate::ZERO);
        }
        if !(Rate::LEAST..=Rate::MOST).contains(&per_second) {
            return None;
        }
        let bits = per_second.to_bits();
        let mantissa = u128::from(bits & ((1 << 52) - 1) | 1 << 52);
        let halvings = 1075 - (bits >> 52) as i32;
        // A number of at most 1e15 has at least two binary places left; one of at least 1e-12 needs at most 92.
        let below = 1u128 << halvings;
        let (things, seconds) = simplest((mantissa - 2, below), (mantissa + 2, below));
        Some(Rate { things: things as u64, seconds: seconds as u64 })
    }

    /// The lower of two.
    pub fn min(self, other: Rate) -> Rate {
        let (mine, its) = (u128::from(self.things), u128::from(other.things));
        if its * u128::from(self.seconds) < mine * u128::from(other.seconds) { other } else { self }
    }

    /// As a number a second, for reports.
    pub fn as_f64(self) -> f64 {
        self.things as f64 / self.seconds as f64
    }

    /// Things that come in so many nanoseconds, in thousand-millionths of a thing, rounded down.
    pub fn nanos_in(self, nanos: u128) -> u128 {
        nanos.saturating_mul(u128::from(self.things)) / u128::from(self.seconds)
    }
}

/// The fraction with the smallest denominator between two fractions (both included), the lower one first.
fn simplest(low: (u128, u128), high: (u128, u128)) -> (u128, u128) {
    let whole = low.0 / low.1;
    if low.0.is_multiple_of(low.1) {
        return (whole, 1);
    }
    if whole < high.0 / high.1 {
        return (whole + 1, 1);
    }
    // Both lie between the same two whole numbers: what is left of them, turned over, is a question of the same kind.
    let (n, d) = simplest((high.1, high.0 - whole * high.1), (low.1, low.0 - whole * low.1));
    (whole * n + d, n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_a_minute_is_the_fraction_that_was_meant() {
        for (number, things, seconds) in [
            (20.0 / 60.0, 1, 3),
            (1.0, 1, 1),
            (0.1, 1, 10),
            (1000.0, 1000, 1),
            (1.25e9, 1_250_000_000, 1),
            (100e9 / 86_400.0, 31_250_000, 27),
            (5000.0 / 600.0, 25, 3),
            (0.1 / 60.0, 1, 600),
            (7.0 / 86_400.0, 7, 86_400),
            (12.5e6, 12_500_000, 1),
            (1e15, 1_000_000_000_000_000, 1),
            (1e-12, 1, 1_000_000_000_000),
        ] {
            assert_eq!(Rate::nearest(number), Some(Rate { things, seconds }), "{number}");
        }
        assert_eq!(Rate::nearest(0.0), Some(Rate::ZERO));
        for beyond in [1e16, 1e-13, f64::INFINITY, f64::NAN, -1.0] {
            assert_eq!(Rate::nearest(beyond), None, "{beyond}");
        }
    }

    #[test]
    fn the_fraction_is_the_number_whatever_its_last_digits_are() {
        let mut number = 1.234_567_890_123_4e-12;
        while number < 1e15 {
            let rate = Rate::nearest(number).expect("within the bounds");
            assert!((rate.as_f64() / number - 1.0).abs() < 5e-16, "{number}");
            assert!(rate.things < 1 << 53 && rate.seconds < 1 << 53, "{rate:?}");
            number *= 1.371_742_112_5;
        }
    }
}
