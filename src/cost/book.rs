//! A price book: what a provider asks in a region, by service and key, with tiers, allowances and sources.

use std::collections::BTreeMap;

use crate::units::Money;
use crate::units::money::scaled;

/// Where prices are from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Its name.
    pub title: String,
    /// When it was true.
    pub as_of: String,
    /// verified, measured, derived, assumed.
    pub status: String,
}

/// What one of something costs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Price {
    /// One of what: the word of the meter's unit.
    pub per: String,
    /// From how many on (in 1e-12 of the unit), and what one costs there; the first is from 0, they rise.
    pub tiers: Vec<(u128, Money)>,
    /// Of a price that floats: lowest and highest.
    pub range: Option<(Money, Money)>,
    /// Where it is from.
    pub source: Source,
}

/// So many a month at no charge, for several prices in the order in which they use it up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Allowance {
    /// So many, in 1e-12 of the unit.
    pub amount: u128,
    /// Keys of the prices.
    pub of: Vec<String>,
    /// Where it is from.
    pub source: Source,
}

/// A book.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// `aws/us-east-1`.
    pub name: String,
    /// The file beside the scenario, if it is not the built-in one.
    pub beside: Option<String>,
    /// When it was true.
    pub as_of: String,
    /// Prices by `service/key`.
    pub prices: BTreeMap<String, Price>,
    /// What is free.
    pub allowances: BTreeMap<String, Allowance>,
}

/// Parts of one in a unit of a book.
pub(crate) const FINE: u128 = 1_000_000_000_000;

impl Price {
    /// The tiers in what is counted, of which `one` make a unit: from, to (none: no end), and what one unit costs.
    pub(crate) fn tiers_in(&self, one: u128) -> impl Iterator<Item = (u128, Option<u128>, Money)> {
        let ends = self.tiers.iter().skip(1).map(|(from, _)| Some(*from)).chain([None]);
        let counted = move |fine: u128| scaled(fine, one, FINE);
        self.tiers.iter().zip(ends).map(move |((from, usd), to)| (counted(*from), to.map(counted), *usd))
    }
}
