//! What may be asked of a number over time beside its mean and maximum: only what is asked for is computed.

use crate::units::Time;

/// One question with its answer so far.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Watch {
    /// For how long the value was at least `n`.
    AtLeast { n: u64, time: u128 },
    /// The value at a moment: sum over the replications that came so far, and their number.
    Moment { at: Time, sum: u128, seen: u64 },
    /// When it first fell below `n`: sum over the replications in which it did, their number; and whether it did in the
    /// current one.
    FirstBelow { n: u64, after: Time, sum: u128, seen: u64, done: bool },
}

impl Watch {
    pub(super) fn at_least(n: u64) -> Watch {
        Watch::AtLeast { n, time: 0 }
    }

    pub(super) fn moment(at: Time) -> Watch {
        Watch::Moment { at, sum: 0, seen: 0 }
    }

    pub(super) fn first_below(n: u64, after: Time) -> Watch {
        Watch::FirstBelow { n, after, sum: 0, seen: 0, done: false }
    }

    /// The value was held during `[from, to)`.
    pub(super) fn see(&mut self, value: u64, from: Time, to: Time) {
        match self {
            Watch::AtLeast { n, time } if value >= *n => *time += to.since(from).0 as u128,
            Watch::Moment { at, sum, seen } if from <= *at && *at < to => {
                *sum += value as u128;
                *seen += 1;
            }
            Watch::FirstBelow { n, after, sum, seen, done } if !*done && value < *n && to > *after => {
                *sum += from.max(*after).0 as u128;
                *seen += 1;
                *done = true;
            }
            _ => {}
        }
    }

    /// The warm-up is over: a length of time begins anew; a moment or a first time that lay in the warm-up stays.
    pub(super) fn begin(&mut self) {
        if let Watch::AtLeast { time, .. } = self {
            *time = 0;
        }
    }

    /// The run is over: the value that it ends with is the one at its end.
    pub(super) fn close(&mut self, value: u64, end: Time) {
        if let Watch::Moment { at, sum, seen } = self
            && *at == end
        {
            *sum += value as u128;
            *seen += 1;
        }
    }

    pub(super) fn asks_the_same(&self, other: &Watch) -> bool {
        match (self, other) {
            (Watch::AtLeast { n: a, .. }, Watch::AtLeast { n: b, .. }) => a == b,
            (Watch::Moment { at: a, .. }, Watch::Moment { at: b, .. }) => a == b,
            (Watch::FirstBelow { n: a, after: p, .. }, Watch::FirstBelow { n: b, after: q, .. }) => (a, p) == (b, q),
            _ => false,
        }
    }

    /// Adds the answer of another replication to the same question.
    pub(super) fn merge(&mut self, other: &Watch) {
        match (self, other) {
            (Watch::AtLeast { time, .. }, Watch::AtLeast { time: more, .. }) => *time += more,
            (Watch::Moment { sum, seen, .. }, Watch::Moment { sum: more, seen: others, .. }) => {
                *sum += more;
                *seen += others;
            }
            (
                Watch::FirstBelow { sum, seen, done, .. },
                Watch::FirstBelow { sum: more, seen: others, done: either, .. },
            ) => {
                *sum += more;
                *seen += others;
                *done |= either;
            }
            _ => {}
        }
    }

    pub(super) fn time_at_least(&self, asked: u64) -> Option<u128> {
        match self {
            Watch::AtLeast { n, time } if *n == asked => Some(*time),
            _ => None,
        }
    }

    pub(super) fn value_at(&self, asked: Time) -> Option<f64> {
        match self {
            Watch::Moment { at, sum, seen } if *at == asked && *seen > 0 => Some(*sum as f64 / *seen as f64),
            _ => None,
        }
    }

    pub(super) fn fell_below(&self, asked: u64, from: Time) -> Option<f64> {
        match self {
            Watch::FirstBelow { n, after, sum, seen, .. } if (*n, *after) == (asked, from) && *seen > 0 => {
                Some(*sum as f64 / *seen as f64)
            }
            _ => None,
        }
    }
}
