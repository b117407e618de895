//! The report of `verify`: which known numbers came out, as JSON and for people.

use serde_json::{Value, json};

use super::json::{FORMAT, number, print};
use super::numbers::{NONE, count, show};
use super::table::Table;
use crate::outcome::known::Row;

/// A case and its numbers.
pub type Case = (String, Vec<Row>);

/// How many agree, how many do not.
pub fn totals(cases: &[Case]) -> (usize, usize) {
    let rows = || cases.iter().flat_map(|(_, rows)| rows);
    (rows().filter(|row| row.pass).count(), rows().filter(|row| !row.pass).count())
}

/// As JSON, values in base units.
pub fn json(seed: u64, cases: &[Case]) -> String {
    let (passed, failed) = totals(cases);
    let case = |(id, rows): &Case| json!({ "id": id, "metrics": rows.iter().map(metric).collect::<Vec<_>>() });
    print(&json!({
        "format": FORMAT,
        "seed": seed,
        "cases": cases.iter().map(case).collect::<Vec<_>>(),
        "passed": passed,
        "failed": failed,
    }))
}

fn metric(row: &Row) -> Value {
    json!({
        "name": row.name,
        "path": row.path,
        "by": row.by.word(),
        "value": number(Some(row.value)),
        "measured": number(row.measured),
        "n": row.n,
        "sigma": number(row.sigma),
        "z": number(row.z),
        "pass": row.pass,
    })
}

/// For people: what failed with its reason, then one line for each case.
pub fn text(cases: &[Case]) -> String {
    let (passed, failed) = totals(cases);
    let verdict = match failed {
        0 => format!("✓ {} of {} known numbers came out\n", count(passed as f64), count(passed as f64)),
        _ => format!("✗ {failed} of {} known numbers did not come out\n", count((passed + failed) as f64)),
    };
    let mut table = Table::new(&["<case", "<metric", "<by", "known", "measured", "n", "z", "<"]);
    for (id, rows) in cases {
        rows.iter().for_each(|row| table.row(cells(id, row)));
    }
    let failures = cases.iter().flat_map(|(id, rows)| {
        rows.iter().filter(|row| !row.pass).map(move |row| format!("  {id}: {}: {}\n", row.name, row.why))
    });
    format!("{verdict}{}\n{}\n", failures.collect::<String>(), table.lines().join("\n"))
}

fn cells(id: &str, row: &Row) -> Vec<String> {
    let shown = |value: Option<f64>| match row.unit {
        Some(unit) => show(value, unit),
        None => value.map_or(NONE.into(), count),
    };
    vec![
        id.to_string(),
        row.name.clone(),
        if row.by == crate::outcome::known::By::Estimate { "solved" } else { "run" }.into(),
        shown(Some(row.value)),
        shown(row.measured),
        row.n.map_or(NONE.into(), |n| count(n as f64)),
        row.z.map_or(NONE.into(), |z| format!("{z:+.2}")),
        if row.pass { "✓" } else { "✗" }.into(),
    ]
}
