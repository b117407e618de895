//! The bill: one line for each price and tier, rounded once; the month is the sum of its lines.

use std::collections::BTreeMap;

use super::book::{FINE, Price};
use super::tariff::Tariff;
use crate::units::Money;
use crate::units::money::scaled;

/// A line: so many of one price in one tier.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// `service/key`.
    pub key: String,
    /// From how many a month on this tier holds, and to how many (none: no end), in units.
    pub tier: (f64, Option<f64>),
    /// So many in it, in units.
    pub quantity: f64,
    /// The unit.
    pub unit: String,
    /// What one costs.
    pub each: Money,
    /// What all cost.
    pub usd: Money,
    /// Lowest and highest, of a price that floats.
    pub range: Option<(Money, Money)>,
    /// Where the price is from, of when, and how sure.
    pub source: super::Source,
}

/// What was used, priced.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bill {
    /// By key, then tier.
    pub lines: Vec<Line>,
    /// What was at no charge, by key, in units.
    pub free: BTreeMap<String, f64>,
    /// Each part's share, to the cent; they add up to the sum.
    pub parts: BTreeMap<String, Money>,
}

/// The lines of one price for a month's quantity, of which the first `free` are at no charge.
pub fn lines(key: &str, price: &Price, one: u128, quantity: u128, free: u128) -> Vec<Line> {
    let units = |counted: u128| counted as f64 / one as f64;
    let in_tier = |(from, to, usd): (u128, Option<u128>, Money)| {
        let begin = from.max(free);
        let end = to.map_or(quantity, |to| to.min(quantity));
        let part = end.checked_sub(begin).filter(|part| *part > 0)?;
        Some(Line {
            key: key.to_owned(),
            tier: (units(from), to.map(units)),
            quantity: units(part),
            unit: price.per.clone(),
            each: usd,
            usd: usd.charge(part, one),
            range: price.range.map(|(low, high)| (low.charge(part, one), high.charge(part, one))),
            source: price.source.clone(),
        })
    };
    price.tiers_in(one).filter_map(in_tier).collect()
}

impl Bill {
    /// Prices what was used, of each meter of the tariff; `allowances`: what is free a month is free.
    pub fn of(tariff: &Tariff, used: &[u128], allowances: bool) -> Bill {
        let mut bill = Bill::default();
        let all: Vec<u128> = (0..tariff.prices.len()).map(|price| quantity(tariff, used, price)).collect();
        let free = if allowances { free(tariff, &all) } else { vec![0; all.len()] };
        for (index, priced) in tariff.prices.iter().enumerate() {
            let own = lines(&priced.key, &priced.price, priced.one, all[index], free[index]);
            let sum: Money = own.iter().map(|line| line.usd).sum();
            bill.share(tariff, used, index, sum);
            if free[index] > 0 {
                bill.free.insert(priced.key.clone(), free[index] as f64 / priced.one as f64);
            }
            bill.lines.extend(own);
        }
        bill
    }

    /// The sum of all lines.
    pub fn total(&self) -> Money {
        self.lines.iter().map(|line| line.usd).sum()
    }

    /// The sum of the lines of a price.
    pub fn of_key(&self, key: &str) -> Money {
        self.lines.iter().filter(|line| line.key == key).map(|line| line.usd).sum()
    }

    /// Splits what a price cost among the parts that used it, in the order of their names, so that all of it is split.
    fn share(&mut self, tariff: &Tariff, used: &[u128], price: usize, sum: Money) {
        let users = || tariff.meters.iter().zip(used).filter(|(meter, _)| meter.price == Some(price));
        let all: u128 = users().map(|(_, used)| used).sum();
        let (mut so_far, mut told) = (0u128, Money::ZERO);
        for (meter, used) in users() {
            so_far += used;
            let until = if all == 0 { Money::ZERO } else { sum.part(so_far, all) };
            *self.parts.entry(meter.part.clone()).or_default() += Money(until.0 - told.0);
            told = until;
        }
    }
}

fn quantity(tariff: &Tariff, used: &[u128], price: usize) -> u128 {
    tariff.meters.iter().zip(used).filter(|(meter, _)| meter.price == Some(price)).map(|(_, used)| used).sum()
}

/// How many of each price are free: an allowance is used up in the order of its prices.
fn free(tariff: &Tariff, all: &[u128]) -> Vec<u128> {
    let mut free = vec![0; all.len()];
    for allowance in &tariff.allowances {
        let mut left = allowance.amount;
        for key in &allowance.of {
            let Some(index) = tariff.prices.iter().position(|priced| priced.key == *key) else { continue };
            let one = tariff.prices[index].one;
            let here = scaled(left, one, FINE).min(all[index] - free[index]);
            free[index] += here;
            left = left.saturating_sub(scaled(here, FINE, one));
        }
    }
    free
}
