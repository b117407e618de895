//! Quantities as people write them: "250ms", "12.5M/s", "lognormal(18ms, p99=70ms)".
//!
//! One function for each kind of value of the format's section 1: text in, value or [`Complaint`] out. The reader adds
//! the place.

mod backoffs;
mod complaints;
mod conditions;
mod curves;
mod law_words;
mod laws;
mod money;
mod names;
mod numbers;
mod picks;
mod rates;
mod scan;
mod show;
mod times;

#[cfg(test)]
mod any_text;

pub use crate::units::Money;
pub use backoffs::backoff;
pub use complaints::{Wants, bare_number, nearest};
pub use conditions::condition;
pub use curves::{arrivals, profile_of_count, profile_of_rate};
pub use laws::{Files, law_of_number, law_of_size, law_of_time, no_files};
pub use money::{MoneyPer, Per, dollars, money, money_per};
pub use names::{RESERVED, name};
pub use numbers::{
    any, count, factor, one_in, range, range_of_counts, range_of_durations, range_of_ratios, ratio, share,
};
pub use picks::pick;
pub use rates::{rate, size};
pub use show::{
    exact_duration, show_count, show_duration, show_factor, show_money, show_quantity, show_rate, show_ratio,
    show_size, show_span,
};
pub use times::{duration, nanoseconds, time_of_day};

use crate::units::Span;

/// What is wrong with a text, and what would be right.
#[derive(Clone, Debug, PartialEq)]
pub struct Complaint {
    /// The cause: "a rate needs a time".
    pub says: String,
    /// Beside the underlined piece: "a bare number".
    pub label: String,
    /// The cure: `"578/s", or "578/min"`.
    pub help: String,
    /// A text that may stand instead of the whole value, where there is one (with quotes if it is a string).
    pub fix: Option<String>,
}

/// What a rate counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// Things.
    Things,
    /// Bytes (a bandwidth in bits is converted).
    Bytes,
}

/// So many things or bytes a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Per second.
    pub per_second: f64,
    /// Of what.
    pub of: Counts,
}

/// What a number is in, where a text may hold any of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// A pure number: a count, a weight, `1x`.
    #[default]
    One,
    /// A pure number written as a percentage.
    Share,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// Things a second.
    PerSecond,
    /// Bytes a second.
    BytesPerSecond,
    /// Dollars.
    Dollars,
    /// true or false.
    Truth,
}

/// How a key is picked.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "the line over a variant names its fields")]
pub enum Pick {
    /// Each as likely as the others.
    #[default]
    Uniform,
    /// Number i with probability proportional to i^-exponent.
    Zipf(f64),
    /// `keys` of them (a number if >= 1, a share if below) get `share` of the requests.
    Hot { keys: f64, share: f64 },
}

/// Comparison of a condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Bound {
    /// < value
    Below(f64),
    /// <= value
    AtMost(f64),
    /// > value
    Above(f64),
    /// >= value
    AtLeast(f64),
    /// = value, or a bare number
    Equal(f64),
    /// low..high
    Within(f64, f64),
    /// true / false
    Is(bool),
    /// `< 1.05 x baseline`
    OfBaseline(Box<Bound>),
}

/// When a condition looks.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Window {
    /// The whole measured span.
    #[default]
    Whole,
    /// `in PHASE-OR-FAULT`
    In(String),
    /// `after NAME`
    AfterName(String),
    /// `after TIME`
    After(Span),
    /// `from 10m to 16m`
    FromTo(Span, Span),
    /// `at end`
    AtEnd,
}

/// "< 800ms in spike": what must hold, and when. Durations are in seconds, sizes in bytes, rates per second, money in
/// dollars, ratios in ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What must hold.
    pub bound: Bound,
    /// What the numbers of the bound were written in (of a comparison with the baseline: pure numbers).
    pub unit: Unit,
    /// When it is looked at.
    pub window: Window,
    /// As written, for reports.
    pub text: String,
}
