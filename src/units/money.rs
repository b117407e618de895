//! Money: whole numbers of 1e-12 dollar, rounded once.
//!
//! An amount is `quantity x rate / per`, exactly, and then rounded half up to the cent: 730 h at 0.0225 are 16.425, so 16.43,
//! where binary fractions tend to say 16.42. Rates are decimals of at most twelve places, read without a float.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

/// Money in 1e-12 dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(pub i128);

/// A dollar.
const DOLLAR: i128 = 1_000_000_000_000;
/// A cent.
const CENT: i128 = DOLLAR / 100;

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(0);

    /// As dollars, for reports and conditions.
    pub fn as_dollars(self) -> f64 {
        self.0 as f64 / DOLLAR as f64
    }

    /// So many cents.
    pub const fn cents(cents: i128) -> Money {
        Money(cents * CENT)
    }

    /// Is it nothing?
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// A plain decimal with at most twelve places: "0.0000166667".
    pub fn decimal(text: &str) -> Option<Money> {
        let (whole, places) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(places) || places.len() > 12 || whole.len() > 12 {
            return None;
        }
        let whole: i128 = whole.parse().ok()?;
        let places: i128 = format!("{places:0<12}").parse().ok()?;
        Some(Money(whole * DOLLAR + places))
    }

    /// `of / all` of it, half up to the cent.
    pub fn part(self, of: u128, all: u128) -> Money {
        self.charge(of, all)
    }

    /// What `quantity` of something costs of which `per` cost this much: exactly, then half up to the cent.
    pub fn charge(self, quantity: u128, per: u128) -> Money {
        assert!(self.0 >= 0 && per > 0, "an amount is at least nothing, for something");
        let cents = Ratio::of(quantity, self.0 as u128, per).over(CENT as u128).half_up();
        Money::cents(i128::try_from(cents).unwrap_or(i128::MAX / CENT))
    }
}

impl fmt::Display for Money {
    /// A plain decimal with as many places as it has, two at least: "0.0225", "16.43".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, amount) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let (whole, places) = (amount / DOLLAR as u128, format!("{:012}", amount % DOLLAR as u128));
        let kept = places.trim_end_matches('0').len().max(2);
        write!(f, "{sign}{whole}.{}", &places[..kept])
    }
}

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money(self.0 + other.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        *self = *self + other;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(all: I) -> Money {
        all.fold(Money::ZERO, Add::add)
    }
}

/// `a x b / c`, half up, whatever the product; as much as there is where the result is larger.
pub fn scaled(a: u128, b: u128, c: u128) -> u128 {
    Ratio::of(a, b, c).half_up()
}

/// `high * 2^128 + low`, over a divisor.
struct Ratio {
    high: u128,
    low: u128,
    under: u128,
}

impl Ratio {
    fn of(a: u128, b: u128, under: u128) -> Ratio {
        const HALF: u128 = u64::MAX as u128;
        let (a1, a0, b1, b0) = (a >> 64, a & HALF, b >> 64, b & HALF);
        let (outer, inner) = (a1 * b0, a0 * b1);
        let (low, one) = (a0 * b0).overflowing_add(outer << 64);
        let (low, other) = low.overflowing_add(inner << 64);
        let high = a1 * b1 + (outer >> 64) + (inner >> 64) + u128::from(one) + u128::from(other);
        Ratio { high, low, under }
    }

    /// Over one more divisor. What is beyond all bounds is as much as there is.
    fn over(self, more: u128) -> Ratio {
        match self.under.checked_mul(more) {
            Some(under) => Ratio { under, ..self },
            None => Ratio { high: 0, low: 0, under: 1 },
        }
    }

    fn half_up(self) -> u128 {
        let Ratio { high, low, under } = self;
        if high >= under {
            return u128::MAX;
        }
        // Long division, a bit at a time: done once for each line of a bill.
        let (mut rest, mut quotient) = (high, 0u128);
        for bit in (0..128).rev() {
            let carry = rest >> 127;
            rest = rest << 1 | (low >> bit & 1);
            quotient <<= 1;
            if carry == 1 || rest >= under {
                rest = rest.wrapping_sub(under);
                quotient |= 1;
            }
        }
        let up = rest >= under - rest;
        quotient.saturating_add(u128::from(up))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charge(rate: &str, quantity: u128, per: u128) -> i128 {
        Money::decimal(rate).unwrap().charge(quantity, per).0 / CENT
    }

    #[test]
    fn decimals_are_read_without_a_float() {
        assert_eq!(Money::decimal("0.0225"), Some(Money(22_500_000_000)));
        assert_eq!(Money::decimal("400"), Some(Money(400 * DOLLAR)));
        assert_eq!(Money::decimal("0.0000000025"), Some(Money(2_500)));
        for wrong in ["", ".5", "-1", "1e3", "0.0000000000001", "1,000", "9999999999999"] {
            assert_eq!(Money::decimal(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn half_a_cent_goes_up() {
        assert_eq!(charge("0.0225", 730, 1), 1643);
        assert_eq!(charge("0.0225", 730 * 3_600_000_000_000, 3_600_000_000_000), 1643);
        assert_eq!(charge("0.0225", 729, 1), 1640);
        assert_eq!(charge("0.005", 1, 1), 1);
        assert_eq!(charge("0.004999999999", 1, 1), 0);
        assert_eq!(charge("0.06", 11_040, 3_600), 18);
    }

    #[test]
    fn products_beyond_128_bits_are_exact() {
        // A trillion GB-seconds in bytes and nanoseconds, at ten places.
        let gb_second = (1u128 << 30) * 1_000_000_000;
        assert_eq!(charge("0.0000166667", 1_000_000_000_000 * gb_second, gb_second), 1_666_670_000);
        assert_eq!(scaled(u128::MAX, u128::MAX, u128::MAX), u128::MAX);
        assert_eq!(scaled(u128::MAX, 2, 4), u128::MAX / 2 + 1);
        assert_eq!(scaled(u128::MAX, 2, 1), u128::MAX);
        assert_eq!(scaled(7, 1, 2), 4);
        assert_eq!(scaled(5, 1, 3), 2);
        assert_eq!(scaled(0, 9, 5), 0);
    }

    #[test]
    fn money_is_shown_with_the_places_that_it_has() {
        let shown =
            ["0.0000166667", "0.0225", "16.43", "730", "0.1"].map(|text| Money::decimal(text).unwrap().to_string());
        assert_eq!(shown, ["0.0000166667", "0.0225", "16.43", "730.00", "0.10"]);
        assert_eq!(Money(-1_500_000_000_000).to_string(), "-1.50");
    }

    #[test]
    fn sums_of_money_are_sums_of_whole_numbers() {
        let all = [Money::cents(1643), Money::cents(11_892), Money::cents(91_260), Money::cents(37_448)];
        assert_eq!(all.into_iter().sum::<Money>(), Money::cents(142_243));
        assert_eq!(Money::cents(142_243).as_dollars(), 1422.43);
    }
}
