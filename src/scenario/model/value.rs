//! Values of quantities and settings: numbers with units, laws, words, and what is worked out while the run goes on.

use std::collections::BTreeMap;

use super::expr::{One, Two};
use super::unit::Unit;
use crate::scenario::ast::Backoff;
use crate::units::{Law, Money, Span};

/// A value. Numbers are in bytes, seconds and dollars; laws of time are in nanoseconds, as everywhere.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number and its unit.
    Number(f64, Unit),
    /// Money for so many nanoseconds, or so many billionths of a thing: exact, as no quotient of floats would be.
    Price(Money, u128, Unit),
    /// A law of times.
    Law(Law),
    /// Times that are drawn apart and added.
    Sum(Vec<Law>),
    /// One of a mechanism's or parameter's words.
    Word(String),
    /// From, to, and their unit.
    Range(f64, f64, Unit),
    /// true, false.
    Bool(bool),
    /// No limit.
    Unlimited,
    /// Not given.
    None,
    /// A key of the scenario.
    Key(String),
    /// A component of the scenario.
    Component(String),
    /// A region.
    Region(String),
    /// Steps of a scaling: so far above the target, so many more (or, below 1 in size, so much of what there is).
    Steps(Vec<(f64, f64)>),
    /// So many per window of time.
    Rules(Vec<(f64, Span)>),
    /// So many for each callee.
    Counts(BTreeMap<String, f64>),
    /// A pause that may grow.
    Backoff(Backoff),
    /// Attempts (none: no limit) and the pause between them.
    Retry(Option<f64>, Backoff),
    /// A stage, by its number in the instance.
    Stage(usize),
    /// An operation.
    Op(String),
    /// A setting of a stage: the stage's number, and the setting's name.
    Setting(usize, String),
    /// Worked out while the run goes on.
    Dynamic(Vec<ExprOp>),
}

/// A step of an expression that is worked out while the run goes on; postfix.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprOp {
    /// A number and its unit.
    Number(f64, Unit),
    /// What the call knows: `size reply records held init kept fresh_for`, or a neighbour: `source.waiting`.
    Word(String),
    /// A measure or setting of a stage.
    Measure(usize, String),
    /// What a meter has counted.
    Meter(String),
    /// Of the two last ones.
    Two(Two),
    /// Of the last one.
    One(One),
}

/// The kind of a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A number of things.
    Count,
    /// One time.
    Duration,
    /// A law of times.
    Law,
    /// Bytes.
    Size,
    /// Things or bytes per time.
    Rate,
    /// A count or a rate.
    Limit,
    /// A share.
    Ratio,
    /// From, to.
    Range,
    /// Money per time or per thing.
    Price,
    /// Steps of a scaling.
    Steps,
    /// Rules of a window.
    Rules,
    /// A number for each callee.
    Counts,
    /// A key.
    Key,
    /// A component.
    Component,
    /// A region.
    Region,
    /// A pause that may grow.
    Backoff,
    /// true, false.
    Bool,
    /// A choice.
    Choice,
}

impl Kind {
    /// Words of `kind = ".."`.
    pub const WORDS: [(&'static str, Kind); 17] = [
        ("count", Kind::Count),
        ("duration", Kind::Duration),
        ("law", Kind::Law),
        ("size", Kind::Size),
        ("rate", Kind::Rate),
        ("limit", Kind::Limit),
        ("ratio", Kind::Ratio),
        ("range", Kind::Range),
        ("price", Kind::Price),
        ("steps", Kind::Steps),
        ("rules", Kind::Rules),
        ("counts", Kind::Counts),
        ("key", Kind::Key),
        ("component", Kind::Component),
        ("region", Kind::Region),
        ("backoff", Kind::Backoff),
        ("bool", Kind::Bool),
    ];

    /// From its word.
    pub fn from_word(word: &str) -> Option<Kind> {
        Kind::WORDS.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind)
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        Kind::WORDS.iter().find(|(_, kind)| *kind == self).map_or("choice", |(name, _)| name)
    }

    /// The unit, where the kind alone tells it.
    pub fn unit(self) -> Unit {
        match self {
            Kind::Count | Kind::Ratio => Unit::ONE,
            Kind::Duration | Kind::Law => Unit::TIME,
            Kind::Size => Unit::SIZE,
            Kind::Rate => Unit::RATE,
            _ => Unit::Any,
        }
    }
}

impl Value {
    /// Its unit.
    pub fn unit(&self) -> Unit {
        match self {
            Value::Number(_, unit) | Value::Range(_, _, unit) | Value::Price(_, _, unit) => *unit,
            Value::Law(_) | Value::Sum(_) | Value::Backoff(_) => Unit::TIME,
            _ => Unit::Any,
        }
    }

    /// A plain number, without its unit.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Number(number, _) => Some(*number),
            Value::Price(money, per, _) => Some(money.as_dollars() / (*per as f64 / NANOS)),
            Value::Unlimited => Some(f64::INFINITY),
            _ => None,
        }
    }

    /// A time that is always the same, to the nearest nanosecond.
    pub fn span(&self) -> Option<Span> {
        match self {
            Value::Number(seconds, _) => Some(Span::from_nanos(seconds * NANOS)),
            Value::Law(Law::Constant(nanos)) => Some(Span::from_nanos(*nanos)),
            _ => None,
        }
    }

    /// A law of times; a time that is always the same is one too.
    pub fn law(&self) -> Option<Law> {
        match self {
            Value::Number(seconds, _) => Some(Law::Constant(nanos(*seconds))),
            Value::Law(law) => Some(law.clone()),
            _ => None,
        }
    }

    /// Is it off: a claim that needs no source?
    pub fn is_off(&self) -> bool {
        matches!(self, Value::None | Value::Unlimited | Value::Bool(_)) || self.number() == Some(0.0)
    }
}

/// Nanoseconds in a second.
pub(crate) const NANOS: f64 = 1e9;

/// Seconds as whole nanoseconds.
pub(crate) fn nanos(seconds: f64) -> f64 {
    (seconds * NANOS).round()
}
