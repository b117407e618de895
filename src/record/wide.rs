//! A whole number of 256 bits: sums of squares that stay exact however many replications are merged.

/// `high * 2^128 + low`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wide {
    high: u128,
    low: u128,
}

impl Wide {
    /// `carries * 2^128 + low`.
    pub(crate) const fn new(carries: u64, low: u128) -> Wide {
        Wide { high: carries as u128, low }
    }

    /// The square of a 64-bit number, `times` over, is added. One multiplication where `times` is 1.
    #[inline]
    pub(crate) fn add_square(&mut self, of: u64, times: u64) {
        let square = of as u128 * of as u128;
        if times == 1 {
            self.add_low(square);
        } else {
            *self = self.plus(Wide::product(square, times as u128));
        }
    }

    /// Adds a number of 128 bits.
    #[inline]
    fn add_low(&mut self, amount: u128) {
        let (low, carry) = self.low.overflowing_add(amount);
        self.low = low;
        self.high += carry as u128;
    }

    /// The sum of two.
    pub(crate) fn plus(self, other: Wide) -> Wide {
        let (low, carry) = self.low.overflowing_add(other.low);
        Wide { high: self.high + other.high + carry as u128, low }
    }

    /// The difference; zero where `other` is greater.
    pub(crate) fn minus(self, other: Wide) -> Wide {
        if self <= other {
            return Wide::default();
        }
        let (low, borrow) = self.low.overflowing_sub(other.low);
        Wide { high: self.high - other.high - borrow as u128, low }
    }

    /// The exact product of two numbers of 128 bits, by the four products of their halves.
    pub(crate) fn product(a: u128, b: u128) -> Wide {
        const HALF: u128 = u64::MAX as u128;
        let (a1, a0, b1, b0) = (a >> 64, a & HALF, b >> 64, b & HALF);
        let (outer, inner) = (a1 * b0, a0 * b1);
        let mut whole = Wide { high: a1 * b1 + (outer >> 64) + (inner >> 64), low: a0 * b0 };
        whole.add_low(outer << 64);
        whole.add_low(inner << 64);
        whole
    }

    /// This many times as much.
    pub(crate) fn times(self, n: u64) -> Wide {
        let low = Wide::product(self.low, n as u128);
        Wide { high: low.high + self.high * n as u128, low: low.low }
    }

    /// The nearest double, or the one beside it.
    pub(crate) fn as_f64(self) -> f64 {
        const TWO_TO_128: f64 = (1u128 << 127) as f64 * 2.0;
        self.high as f64 * TWO_TO_128 + self.low as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_carry_over_into_the_upper_half() {
        let whole = Wide::product(u128::MAX, u128::MAX);
        assert_eq!(whole, Wide { high: u128::MAX - 1, low: 1 });
        assert_eq!(Wide::product(1 << 100, 1 << 100), Wide { high: 1 << 72, low: 0 });
    }

    #[test]
    fn sums_of_the_greatest_squares_stay_exact() {
        let (mut one_by_one, mut at_once) = (Wide::default(), Wide::default());
        for _ in 0..1000 {
            one_by_one.add_square(u64::MAX, 1);
        }
        at_once.add_square(u64::MAX, 1000);
        assert_eq!(one_by_one, at_once);
        assert_eq!(at_once, Wide::product(u64::MAX as u128 * u64::MAX as u128, 1000));
        assert_eq!(at_once.minus(one_by_one), Wide::default());
    }

    #[test]
    fn a_difference_borrows_from_the_upper_half() {
        let (a, b) = (Wide { high: 5, low: 0 }, Wide { high: 4, low: 1 });
        assert_eq!(a.minus(b), Wide { high: 0, low: u128::MAX });
        assert_eq!(b.minus(a), Wide::default());
    }
}
