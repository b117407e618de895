//! A histogram with a short row before it: spans are noted one after another and counted together.
//!
//! Counting a span touches its bucket, and each bucket is somewhere else in memory; sixty-four at once wait for memory
//! together, and sums, extremes and squares stay in registers meanwhile. The histogram is the same to the bit.

use super::{Histogram, Row};
use crate::units::Span;

/// Spans in the row.
const ROW: usize = 64;

/// A histogram being filled.
#[derive(Clone, Debug)]
pub struct Recorder {
    row: [u64; ROW],
    noted: usize,
    histogram: Histogram,
}

impl Recorder {
    /// Goes on where this histogram ends.
    pub fn new(histogram: Histogram) -> Recorder {
        Recorder { row: [0; ROW], noted: 0, histogram }
    }

    /// Counts one span.
    #[inline]
    pub fn record(&mut self, span: Span) {
        let place = self.noted % ROW;
        self.row[place] = span.0;
        self.noted = place + 1;
        if self.noted == ROW {
            self.empty_the_row();
        }
    }

    #[inline(never)]
    fn empty_the_row(&mut self) {
        self.histogram.record_row(&Row::of(&self.row[..self.noted]));
        self.noted = 0;
    }

    /// Counts a row of spans.
    pub fn record_row(&mut self, row: &Row<'_>) {
        self.histogram.record_row(row);
    }

    /// Counts `n` equal spans.
    pub fn record_many(&mut self, span: Span, n: u64) {
        self.histogram.record_many(span, n);
    }

    /// Adds all spans of a histogram that is at least as fine.
    pub fn add(&mut self, other: &Histogram) {
        self.histogram.add(other);
    }

    /// How many spans so far.
    pub fn count(&self) -> u64 {
        self.histogram.count() + self.noted as u64
    }

    /// How many spans so far are longer than this.
    pub fn count_over(&self, span: Span) -> u64 {
        let noted = self.row[..self.noted].iter().filter(|ns| **ns > span.0).count() as u64;
        noted + self.histogram.count_at_least(Span(span.0.saturating_add(1)))
    }

    /// All that was recorded.
    pub fn histogram(&self) -> Histogram {
        let mut all = self.histogram.clone();
        all.record_row(&Row::of(&self.row[..self.noted]));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Random;

    #[test]
    fn a_row_changes_nothing() {
        let (mut recorder, mut plain) = (Recorder::new(Histogram::coarse()), Histogram::coarse());
        let mut random = Random::new(3);
        for _ in 0..1000 {
            let span = Span(random.bits() >> random.below(64));
            recorder.record(span);
            plain.record(span);
            assert_eq!(recorder.histogram(), plain);
        }
    }
}
