//! Spans that are counted together: their sums once, however many histograms they go into.

use super::wide::Wide;

/// Some spans, in nanoseconds, with their sums.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    pub(super) spans: &'a [u64],
    pub(super) min: u64,
    pub(super) max: u64,
    pub(super) sum: u128,
    pub(super) squares: Wide,
}

impl<'a> Row<'a> {
    /// Sums them up.
    pub fn of(spans: &'a [u64]) -> Row<'a> {
        let (mut min, mut max, mut sum) = (u64::MAX, 0, 0u128);
        let (mut squares, mut carries) = (0u128, 0u64);
        for &ns in spans {
            (min, max) = (min.min(ns), max.max(ns));
            sum += u128::from(ns);
            let (more, carry) = squares.overflowing_add(u128::from(ns) * u128::from(ns));
            squares = more;
            carries += u64::from(carry);
        }
        Row { spans, min, max, sum, squares: Wide::new(carries, squares) }
    }

    /// The spans themselves.
    #[inline]
    pub fn spans(&self) -> &'a [u64] {
        self.spans
    }

    /// The longest, or 0 of none.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// All together.
    pub fn sum(&self) -> u128 {
        self.sum
    }
}
