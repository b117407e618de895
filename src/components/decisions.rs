//! What a program decides by: numbers that are drawn or belong to keys, comparisons, branches.

use super::store_specs::KeyRef;
use crate::engine::program::Pc;

/// A number that may be drawn or belong to a key.
#[derive(Clone, Debug, PartialEq)]
pub enum NumberSpec {
    /// Always this.
    Just(f64),
    /// Drawn each time.
    Law { law: u32, site: u32 },
    /// An attribute of the key that the request is about.
    Attribute { key: KeyRef, attribute: u32 },
    /// So many things as were taken.
    Records,
}

/// A comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct WhenSpec {
    /// Left.
    pub number: u32,
    /// How.
    pub compare: Comparison,
    /// Right.
    pub than: f64,
}

/// How two numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// <
    Less,
    /// <=
    AtMost,
    /// =
    Equal,
    /// >=
    AtLeast,
    /// >
    More,
}

/// A branch of `choose`.
#[derive(Clone, Debug, PartialEq)]
pub struct ChoiceSpec {
    /// With this probability (of the one draw that decides).
    pub chance: Option<f64>,
    /// If this holds.
    pub when: Option<u32>,
    /// Then here.
    pub to: Pc,
}
