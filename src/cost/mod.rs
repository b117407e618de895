//! What things cost: prices that a scenario names itself, times what its parts used.
//!
//! Money is whole picodollars and time is whole nanoseconds, so an amount is one division, and it is rounded once, half up,
//! to the cent: a line is one price of one part. Price books and months are not here.

use std::collections::BTreeMap;

use crate::outcome::measure::Extras;
use crate::outcome::path::Unit;
use crate::record::Results;
use crate::record::results::Shown;
use crate::scenario::model::{Counting, Instance, Price, Value};
use crate::units::time::SECOND;

/// Prices per hour, day, month (730 hours) and second are all whole numbers of picodollars per year of 8,760 hours.
const YEAR: u128 = 8_760 * 3_600;
/// Picodollars in a dollar, and in a cent.
const DOLLAR: f64 = 1e12;
const CENT: u128 = 10_000_000_000;

/// What a part is charged for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Charged {
    /// A time of use that the run shows at this path.
    Shown(String),
    /// The whole run.
    Run,
}

/// A price of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    part: String,
    charged: Charged,
    per_year: u128,
}

/// The prices of all parts that have one.
pub fn rates(instances: &BTreeMap<String, Instance>) -> Vec<Rate> {
    let of_part = |(name, instance): (&String, &Instance)| {
        let rates = instance.meters.iter().filter_map(|(meter, it)| {
            let Some(Price::Own(per_second)) = it.price else { return None };
            let charged = match &it.counts {
                Counting::Lives(_, kind) if kind == "all" => Charged::Shown(format!("{name}.usage.{meter}")),
                Counting::Integral(Value::Number(1.0, _)) => Charged::Run,
                _ => return None,
            };
            let per_year = (per_second * YEAR as f64 * DOLLAR).round().max(0.0) as u128;
            (per_year > 0).then(|| Rate { part: name.clone(), charged, per_year })
        });
        rates.collect::<Vec<Rate>>()
    };
    instances.iter().flat_map(of_part).collect()
}

impl Rate {
    /// Nanoseconds that one replication is charged for.
    fn used(&self, run: &Results) -> u128 {
        match &self.charged {
            Charged::Run => u128::from(run.to.since(run.from).0),
            Charged::Shown(path) => match run.shown.get(path) {
                Some(Shown::Ratio(nanos, ..)) => *nanos,
                _ => 0,
            },
        }
    }

    /// A line in cents.
    fn cents(&self, nanos: u128) -> u128 {
        let whole = YEAR * u128::from(SECOND) * CENT;
        match self.per_year.checked_mul(nanos).and_then(|exact| exact.checked_mul(2)) {
            Some(twice) => (twice + whole) / (2 * whole),
            None => (self.per_year as f64 / whole as f64 * nanos as f64 + 0.5) as u128,
        }
    }
}

/// `PART.cost` of each replication, in dollars.
pub fn of(rates: &[Rate], runs: &[Results]) -> Extras {
    let mut costs: BTreeMap<String, Vec<u128>> = BTreeMap::new();
    for rate in rates {
        let sums = costs.entry(format!("{}.cost", rate.part)).or_insert_with(|| vec![0; runs.len()]);
        sums.iter_mut().zip(runs).for_each(|(sum, run)| *sum += rate.cents(rate.used(run)));
    }
    let dollars = |cents: Vec<u128>| cents.into_iter().map(|cents| cents as f64 / 100.0).collect();
    costs.into_iter().map(|(path, cents)| (path, (Unit::Dollars, dollars(cents)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: f64 = 3_600.0;

    fn rate(per_hour: f64) -> Rate {
        let per_year = (per_hour / HOUR * YEAR as f64 * DOLLAR).round() as u128;
        Rate { part: "web".into(), charged: Charged::Run, per_year }
    }

    fn cents(per_hour: f64, seconds: u128) -> u128 {
        rate(per_hour).cents(seconds * u128::from(SECOND))
    }

    #[test]
    fn a_line_is_rounded_half_up_once() {
        assert_eq!(cents(0.06, 11_040), 18, "18.4 cents");
        assert_eq!(cents(0.0225, 730 * 3_600), 1_643, "16.425 dollars, of which binary fractions make 16.42");
        assert_eq!(cents(0.01, 1_799), 0);
        assert_eq!(cents(0.01, 1_800), 1, "half a cent");
    }

    #[test]
    fn a_bill_of_a_large_fleet_for_a_year_is_still_exact() {
        assert_eq!(cents(0.10, 10_000 * 8_760 * 3_600), 876_000_000);
    }
}
