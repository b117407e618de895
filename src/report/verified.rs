//! The report of `verify`: which known numbers came out, as JSON and for people.

use serde_json::{Value, json};

use super::json::{FORMAT, number, print};
use super::numbers::{NONE, count, show};
use super::table::Table;
use crate::outcome::known::Row;

/// A case: its numbers, or why there are none.
pub type Case = (String, Result<Vec<Row>, String>);

/// How many agree, how many do not. A case without numbers is one that does not.
pub fn totals(cases: &[Case]) -> (usize, usize) {
    let passed = |row: &&Row| row.pass;
    let of_case = |(_, rows): &Case| match rows {
        Ok(rows) => (rows.iter().filter(passed).count(), rows.iter().filter(|row| !row.pass).count()),
        Err(_) => (0, 1),
    };
    cases.iter().map(of_case).fold((0, 0), |sum, case| (sum.0 + case.0, sum.1 + case.1))
}

/// As JSON, values in base units.
pub fn json(seed: u64, cases: &[Case]) -> String {
    let (passed, failed) = totals(cases);
    print(&json!({
        "format": FORMAT,
        "seed": seed,
        "cases": cases.iter().map(case).collect::<Vec<_>>(),
        "passed": passed,
        "failed": failed,
    }))
}

fn case((id, rows): &Case) -> Value {
    match rows {
        Ok(rows) => json!({ "id": id, "metrics": rows.iter().map(metric).collect::<Vec<_>>() }),
        Err(why) => json!({ "id": id, "metrics": [], "error": why.trim_end() }),
    }
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

/// For people: what failed with its reason, then one line for each number.
pub fn text(seed: u64, cases: &[Case]) -> String {
    let (passed, failed) = totals(cases);
    let verdict = match failed {
        0 => format!("✓ {} of {} known numbers came out (seed {seed})\n", count(passed as f64), count(passed as f64)),
        _ => {
            format!("✗ {failed} of {} known numbers did not come out (seed {seed})\n", count((passed + failed) as f64))
        }
    };
    let mut table = Table::new(&["<case", "<metric", "<by", "known", "measured", "n", "z", "<"]);
    for (id, rows) in cases {
        rows.iter().flatten().for_each(|row| table.row(cells(id, row)));
    }
    let table = if table.is_empty() { String::new() } else { format!("\n{}\n", table.lines().join("\n")) };
    format!("{verdict}{}{table}", cases.iter().map(failures).collect::<String>())
}

/// Why numbers of a case did not come out, or why it has none.
fn failures((id, rows): &Case) -> String {
    match rows {
        Ok(rows) => {
            let failed = rows.iter().filter(|row| !row.pass);
            failed.map(|row| format!("  {id}: {}: {}\n", row.name, row.why)).collect()
        }
        Err(why) => format!("  {id}: it cannot be run, so nothing of it is known\n{}\n", indented(why)),
    }
}

fn indented(text: &str) -> String {
    let line = |line: &str| if line.is_empty() { String::new() } else { format!("    {line}") };
    text.trim_end().lines().map(line).collect::<Vec<_>>().join("\n")
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
