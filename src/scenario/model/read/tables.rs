//! Tables of a model: rows in the file, or lines of a CSV file beside it.

use std::collections::BTreeMap;

use super::{Beside, table_of};
use crate::scenario::diagnostics::{Diagnostic, Diagnostics};
use crate::scenario::model::fields::Fields;
use crate::scenario::model::literal;
use crate::scenario::model::shape::Model;
use crate::scenario::model::table::{Row, Rows, csv};
use crate::scenario::model::value::{NANOS, Value};
use crate::scenario::model::words::cure;
use crate::scenario::tree::{Kind, Node, Placed, Table};
use crate::units::Law;

/// The section `[tables]`.
pub(crate) fn section(root: &Table, beside: Beside<'_>, model: &mut Model, say: &mut Diagnostics) {
    let Some(tables) = table_of(root, "tables", say) else { return };
    for (name, node) in &tables.entries {
        let Some(fields) = Fields::of(node, format!("table `{}`", name.value), name.at, say) else { continue };
        let mut rows = match fields.get("rows") {
            Some(_) => in_file(&fields, say),
            None => beside_file(&fields, beside, say),
        };
        rows.by = super::quantities::sources(&fields, say);
        rows.why = fields.words("why", say);
        rows.at = name.at;
        rows.measure_columns();
        fields.finish(say);
        model.tables.insert(name.value.clone(), rows);
    }
}

fn in_file(fields: &Fields<'_>, say: &mut Diagnostics) -> Rows {
    let mut rows = Rows::default();
    let Some(table) = fields.inner("rows", say) else { return rows };
    for (word, node) in &table.entries {
        let Some(columns) = node.table() else {
            say.say(Diagnostic::error(node.at, "a row is a table").help("{ COLUMN = VALUE, .. }"));
            continue;
        };
        let mut values = BTreeMap::new();
        for (column, cell) in &columns.entries {
            match literal::by_form(cell) {
                Ok(value) => drop(values.insert(column.value.clone(), value)),
                Err(complaint) => say.say(literal::diagnostic(complaint, &format!("`{}`", column.value), cell.at)),
            }
        }
        rows.rows.push(Row { words: vec![word.value.clone()], values, ..Row::default() });
    }
    rows
}

/// What a CSV table says of its columns.
struct Columns {
    keys: Vec<(Placed<String>, Placed<String>)>,
    near: Vec<(Placed<String>, Placed<String>)>,
    units: BTreeMap<String, String>,
    /// Words of the file, and ours.
    said: BTreeMap<String, String>,
    values: Vec<(Placed<String>, Placed<String>)>,
    own_sources: bool,
}

fn beside_file(fields: &Fields<'_>, beside: Beside<'_>, say: &mut Diagnostics) -> Rows {
    let columns = Columns {
        keys: pairs(fields, "key", say),
        near: pairs(fields, "near", say),
        units: pairs(fields, "unit", say).into_iter().map(|(column, unit)| (column.value, unit.value)).collect(),
        said: pairs(fields, "say", say).into_iter().map(|(ours, theirs)| (theirs.value, ours.value)).collect(),
        values: pairs(fields, "columns", say),
        own_sources: fields.get("by").and_then(Node::text) == Some("row"),
    };
    let parameters = |pairs: &[(Placed<String>, Placed<String>)]| pairs.iter().map(|(_, one)| one.clone()).collect();
    let mut rows = Rows { keys: parameters(&columns.keys), near: parameters(&columns.near), ..Rows::default() };
    let Some(file) = fields.text("file", say) else {
        say.say(
            Diagnostic::error(fields.at, format!("{} has no rows", fields.what)).help("`rows`, or `file` and `key`"),
        );
        return rows;
    };
    let Some(text) = beside(&file.value) else {
        say.say(Diagnostic::error(file.at, format!("there is no file `{}` beside the model", file.value)));
        return rows;
    };
    let (heading, lines) = csv(&text);
    if missing_columns(&columns, &heading, say) {
        return rows;
    }
    for (number, line) in lines.iter().enumerate() {
        match row(&columns, line) {
            Ok(row) => rows.rows.push(row),
            Err(why) => {
                let says = format!("line {} of `{}`: {why}", number + 2, file.value);
                say.say(Diagnostic::error(file.at, says).help("write quantities as in a scenario: 4GB, 30ms, 100/s"));
            }
        }
    }
    rows
}

fn pairs(fields: &Fields<'_>, key: &'static str, say: &mut Diagnostics) -> Vec<(Placed<String>, Placed<String>)> {
    let Some(table) = fields.inner(key, say) else { return Vec::new() };
    let pair = |(name, node): &(Placed<String>, Node)| match &node.kind {
        Kind::Text(text) => Some((name.clone(), Placed::new(text.clone(), node.at))),
        _ => None,
    };
    table.entries.iter().filter_map(pair).collect()
}

fn missing_columns(columns: &Columns, heading: &[String], say: &mut Diagnostics) -> bool {
    let mut wanted: Vec<Placed<String>> =
        columns.keys.iter().chain(&columns.near).map(|(name, _)| name.clone()).collect();
    for (_, column) in &columns.values {
        match quantiles(&column.value) {
            Some(list) => wanted.extend(list.into_iter().map(|(_, name)| Placed::new(name, column.at))),
            None => wanted.push(column.clone()),
        }
    }
    let mut missing = false;
    for name in wanted.iter().filter(|name| !heading.contains(&name.value)) {
        let help = cure(&name.value, heading.iter().map(String::as_str));
        say.say(Diagnostic::error(name.at, format!("the file has no column `{}`", name.value)).help(help));
        missing = true;
    }
    missing
}

/// `quantiles(50%: p50_ms, 99%: p99_ms)`: probabilities and columns.
fn quantiles(text: &str) -> Option<Vec<(f64, String)>> {
    let inner = text.strip_prefix("quantiles(")?.strip_suffix(')')?;
    let point = |part: &str| {
        let (percent, column) = part.split_once(':')?;
        let percent: f64 = percent.trim().strip_suffix('%')?.parse().ok()?;
        Some((percent / 100.0, column.trim().to_string()))
    };
    inner.split(',').map(point).collect()
}

fn row(columns: &Columns, line: &BTreeMap<String, String>) -> Result<Row, String> {
    let word = |theirs: &str| columns.said.get(theirs).cloned().unwrap_or_else(|| theirs.to_string());
    let mut row = Row {
        words: columns.keys.iter().map(|(column, _)| word(cell(line, &column.value))).collect(),
        by: columns.own_sources.then(|| cell(line, "by").to_string()),
        ..Row::default()
    };
    for (column, _) in &columns.near {
        let value = value(columns, &column.value, line)?;
        row.numbers.push(value.number().ok_or_else(|| format!("`{}` is no number", column.value))?);
    }
    for (name, column) in &columns.values {
        let value = match quantiles(&column.value) {
            Some(points) => measured(columns, &points, line)?,
            None => value(columns, &column.value, line)?,
        };
        row.values.insert(name.value.clone(), value);
    }
    Ok(row)
}

fn cell<'a>(line: &'a BTreeMap<String, String>, column: &str) -> &'a str {
    line.get(column).map_or("", String::as_str)
}

/// A cell as a quantity: with the unit of its column, which may stand at the end of the column's name.
fn value(columns: &Columns, column: &str, line: &BTreeMap<String, String>) -> Result<Value, String> {
    let cell = cell(line, column);
    let suffix = ["ms", "us", "s"].into_iter().find(|unit| column.ends_with(&format!("_{unit}")));
    let unit = columns.units.get(column).map(String::as_str).or(suffix).unwrap_or("");
    literal::by_text(&format!("{cell}{unit}")).map_err(|complaint| format!("`{column}`: {}", complaint.says))
}

fn measured(columns: &Columns, points: &[(f64, String)], line: &BTreeMap<String, String>) -> Result<Value, String> {
    let mut known = Vec::new();
    for (share, column) in points {
        let seconds = value(columns, column, line)?.number().ok_or_else(|| format!("`{column}` is no time"))?;
        known.push((*share, seconds * NANOS));
    }
    if !known.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1) {
        return Err("quantiles must rise".to_string());
    }
    Ok(Value::Law(Law::Quantiles(known)))
}
