//! Requests that travel together, side by side: what is known of each of them, a row for each thing that is known.

use crate::units::{Span, Time};

/// Requests in a row.
pub(super) const ROW: usize = 64;

/// Some requests, side by side.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub n: usize,
    pub at: [Time; ROW],
    pub start: [Time; ROW],
    pub waited: [Span; ROW],
    pub number: [u64; ROW],
    /// Keys of their draws.
    pub ident: [u64; ROW],
    /// How long each stays in the delay that it is in.
    pub span: [Span; ROW],
}

impl Default for Column {
    fn default() -> Column {
        Column {
            n: 0,
            at: [Time::ZERO; ROW],
            start: [Time::ZERO; ROW],
            waited: [Span::ZERO; ROW],
            number: [0; ROW],
            ident: [0; ROW],
            span: [Span::ZERO; ROW],
        }
    }
}

impl Column {
    /// The earliest and the latest moment.
    #[inline]
    pub fn bounds(&self) -> Option<(Time, Time)> {
        let at = &self.at[..self.n];
        let (first, last) = at.iter().fold((Time::NEVER, Time::ZERO), |(a, b), at| (a.min(*at), b.max(*at)));
        (!at.is_empty()).then_some((first, last))
    }

    /// One of its own is kept, behind those that have been kept so far.
    #[inline]
    pub fn keep(&mut self, i: usize) {
        let n = self.n;
        (self.at[n], self.start[n], self.span[n]) = (self.at[i], self.start[i], self.span[i]);
        (self.waited[n], self.number[n], self.ident[n]) = (self.waited[i], self.number[i], self.ident[i]);
        self.n = n + 1;
    }

    /// Becomes those of another column who have taken a branch.
    #[inline]
    pub fn take_from(&mut self, other: &Column, chosen: &[u8; ROW], branch: u8) {
        let (mut who, mut n) = ([0u8; ROW], 0);
        for (i, taken) in chosen[..other.n].iter().enumerate() {
            who[n % ROW] = i as u8;
            n += usize::from(*taken == branch);
        }
        for (to, i) in who[..n].iter().map(|i| usize::from(*i) % ROW).enumerate() {
            (self.at[to], self.start[to], self.ident[to]) = (other.at[i], other.start[i], other.ident[i]);
            (self.waited[to], self.number[to]) = (other.waited[i], other.number[i]);
        }
        self.n = n;
    }
}
