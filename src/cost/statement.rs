//! All that a report says of money: the bill of the month, what it is made of, and what was assumed.

use std::collections::BTreeMap;

use super::bill::Bill;
use super::tariff::Tariff;
use super::usage::{Runs, Won};

/// A month's bill with what it rests on.
#[derive(Clone, Debug, Default)]
pub struct Statement {
    /// The lines.
    pub bill: Bill,
    /// Name, hours and load of what stands for hours of the month.
    pub hours: Vec<(String, f64, Option<f64>)>,
    /// Nothing says what the month is made of: the run was taken for all of it.
    pub assumed: bool,
    /// What each part used of each of its meters.
    pub usage: BTreeMap<String, Vec<Used>>,
    /// Files beside the scenario that were used as price books.
    pub beside: Vec<String>,
}

/// What was used of a meter: in the month, or (without one) in the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Used {
    /// The meter.
    pub meter: String,
    /// So many ...
    pub quantity: f64,
    /// ... of these.
    pub unit: String,
    /// Which of several dimensions was the largest, and for how many hours of the month.
    pub won: Won,
}

impl Statement {
    /// Of all replications together; none where nothing has a price.
    pub fn of(tariff: &Tariff, runs: &[Runs<'_>]) -> Option<Statement> {
        if tariff.is_empty() {
            return None;
        }
        let month = tariff.month(runs);
        let used = if tariff.assumed { tariff.run(runs) } else { month.clone() };
        let mut usage: BTreeMap<String, Vec<Used>> = BTreeMap::new();
        for (meter, used) in tariff.meters.iter().zip(used) {
            usage.entry(meter.part.clone()).or_default().push(Used {
                meter: meter.name.clone(),
                quantity: used as f64 / meter.one as f64,
                unit: meter.unit.clone(),
                won: tariff.won(meter, runs),
            });
        }
        let stretch =
            |one: &crate::scenario::month::Stretch| (one.name.clone(), one.hours.as_seconds() / 3600.0, one.load);
        Some(Statement {
            bill: Bill::of(tariff, &month, true),
            hours: tariff.stretches.iter().map(stretch).collect(),
            assumed: tariff.assumed,
            usage,
            beside: tariff.beside.clone(),
        })
    }
}
