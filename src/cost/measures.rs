//! Money and usage as measures: `month`, `bill."service/key"`, `PART.cost`, `PART.month`, `PART.usage.METER`.

use std::collections::BTreeMap;

use super::bill::Bill;
use super::tariff::Tariff;
use super::usage::Runs;
use crate::outcome::measure::{Extra, Extras};
use crate::outcome::path::Unit;

/// What was used and what it costs: of all replications together, and of each.
///
/// With `[month]`, `cost` and `usage` are the month's; without one they are the run's own, and only `month` and `bill` are
/// of a month like it. Of several replications each stands for its share of the hours, so there is one bill, and its lines
/// add up.
pub fn measures(tariff: &Tariff, runs: &[Runs<'_>]) -> Extras {
    if tariff.is_empty() {
        return Extras::new();
    }
    let each: Vec<_> = runs.iter().map(|runs| of(tariff, std::slice::from_ref(runs))).collect();
    let whole = of(tariff, runs);
    let extra = |(path, (unit, value)): (String, (Unit, f64))| {
        let values = each.iter().filter_map(|one| one.get(&path)).map(|(_, value)| *value).collect();
        (path, Extra { unit, values, whole: Some(value) })
    };
    whole.into_iter().map(extra).collect()
}

fn of(tariff: &Tariff, runs: &[Runs<'_>]) -> BTreeMap<String, (Unit, f64)> {
    let month = tariff.month(runs);
    let bill = Bill::of(tariff, &month, true);
    let (used, cost) = match tariff.assumed {
        true => {
            let used = tariff.run(runs);
            let cost = Bill::of(tariff, &used, false);
            (used, cost)
        }
        false => (month, bill.clone()),
    };
    let mut all = BTreeMap::new();
    all.insert("month".to_owned(), (Unit::Dollars, bill.total().as_dollars()));
    for priced in &tariff.prices {
        let path = format!("bill.\"{}\"", priced.key);
        all.insert(path, (Unit::Dollars, bill.of_key(&priced.key).as_dollars()));
    }
    for (name, parts) in [("month", &bill.parts), ("cost", &cost.parts)] {
        all.extend(parts.iter().map(|(part, money)| (format!("{part}.{name}"), (Unit::Dollars, money.as_dollars()))));
    }
    for (meter, used) in tariff.meters.iter().zip(&used) {
        let (unit, one) = if meter.unit == "GB" { (Unit::Bytes, 1) } else { (Unit::Count, meter.one) };
        all.insert(format!("{}.usage.{}", meter.part, meter.name), (unit, *used as f64 / one as f64));
    }
    all
}
