//! The month's bill, for people and for programs: lines that add up, what they rest on, and what was assumed.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::json::{Sections, number};
use super::numbers::{commas, percent};
use super::table::{Table, wrap};
use super::terminal::WIDTH;
use crate::cost::{Line, Statement, Used};
use crate::units::Money;

/// Lines that are shown; the others stand in the JSON.
const SHOWN: usize = 12;
/// Parts that are named on a screen.
const DEAREST: usize = 4;

/// The bill in a terminal: nothing where nothing has a price.
pub fn lines(statement: Option<&Statement>) -> Vec<String> {
    let Some(statement) = statement else { return Vec::new() };
    let bill = &statement.bill;
    let mut all = vec![format!("month {}  {}", dollars(bill.total()), hours(statement))];
    let mut dearest: Vec<&Line> = bill.lines.iter().collect();
    dearest.sort_by(|a, b| b.usd.cmp(&a.usd).then_with(|| a.key.cmp(&b.key)));
    let mut table = Table::new(&["<price", "quantity", "<unit", "each", "<of the month", "cost", "<status", "<as of"]);
    for line in dearest.iter().take(SHOWN) {
        table.row(vec![
            line.key.clone(),
            quantity(line.quantity),
            line.unit.clone(),
            format!("${}", line.each),
            tier(line),
            range(line),
            line.source.status.clone(),
            line.source.as_of.clone(),
        ]);
    }
    if !table.is_empty() {
        all.extend(table.lines());
    }
    if let Some(more) = dearest.len().checked_sub(SHOWN + 1) {
        let rest: Money = dearest.iter().skip(SHOWN).map(|line| line.usd).sum();
        all.push(format!("and {} more lines, {} together", more + 1, dollars(rest)));
    }
    all.extend(notes(statement).iter().flat_map(|note| wrap(note, WIDTH, "  ")));
    all
}

/// The bill on a screen: its sum and the dearest parts. Every line of it stands in the whole report.
pub fn short(statement: Option<&Statement>, wide: usize) -> Vec<String> {
    let Some(statement) = statement else { return Vec::new() };
    let bill = &statement.bill;
    let mut parts: Vec<(&String, &Money)> = bill.parts.iter().filter(|(_, money)| !money.is_zero()).collect();
    parts.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let share = |money: &Money| percent(money.as_dollars() / bill.total().as_dollars());
    let dearest: Vec<String> = parts
        .iter()
        .take(DEAREST)
        .map(|(part, money)| format!("{part} {} ({})", dollars(**money), share(money)))
        .collect();
    let rest: Money = parts.iter().skip(DEAREST).map(|(_, money)| **money).sum();
    let rest = match parts.len().saturating_sub(DEAREST) {
        0 => String::new(),
        more => format!(", {more} more parts {}", dollars(rest)),
    };
    let mut all =
        wrap(&format!("month      {}: {}{rest}", dollars(bill.total()), dearest.join(", ")), wide, "           ");
    all.extend(wrap(
        &format!("           {}; {} lines: --all", hours(statement), bill.lines.len()),
        wide,
        "           ",
    ));
    all.extend(
        notes(statement)
            .iter()
            .filter(|note| !note.starts_with("free"))
            .flat_map(|note| wrap(&format!("           {note}"), wide, "           ")),
    );
    all
}

/// `130 h busy, 600 h quiet`
fn hours(statement: &Statement) -> String {
    if statement.assumed {
        return "if all of its 730 hours are like this run (assumed: `[month]` says what a month is made of)"
            .to_owned();
    }
    let one = |(name, hours, load): &(String, f64, Option<f64>)| {
        let load = load.map_or(String::new(), |load| format!(" at {load} times the load"));
        format!("{} h {name}{load}", quantity(*hours))
    };
    statement.hours.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn notes(statement: &Statement) -> Vec<String> {
    let bill = &statement.bill;
    let mut notes = Vec::new();
    if !bill.free.is_empty() {
        let one = |(key, free): (&String, &f64)| format!("{} of {key}", quantity(*free));
        notes.push(format!("free: {}", bill.free.iter().map(one).collect::<Vec<_>>().join(", ")));
    }
    let unsure: Money = bill.lines.iter().filter(|line| line.source.status == "assumed").map(|line| line.usd).sum();
    if !unsure.is_zero() {
        notes.push(format!("{} of it rests on prices that are assumed", dollars(unsure)));
    }
    for file in &statement.beside {
        notes.push(format!("prices of {file}, which lies beside the scenario, instead of the built-in ones"));
    }
    notes
}

fn tier(line: &Line) -> String {
    match line.tier {
        (0.0, None) => String::new(),
        (from, None) => format!("over {}", quantity(from)),
        (from, Some(to)) => format!("{} to {}", quantity(from), quantity(to)),
    }
}

fn range(line: &Line) -> String {
    match line.range {
        None => dollars(line.usd),
        Some((low, high)) => format!("{} ({} to {})", dollars(line.usd), dollars(low), dollars(high)),
    }
}

/// To the cent, with commas.
fn dollars(money: Money) -> String {
    let cents = money.0 / Money::cents(1).0;
    let sign = if cents < 0 { "-" } else { "" };
    let (whole, rest) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
    format!("{sign}${}.{rest:02}", commas(whole as f64))
}

/// Whole numbers whole, others to four places.
fn quantity(value: f64) -> String {
    if value.fract() == 0.0 {
        return commas(value);
    }
    let text = format!("{value:.4}");
    let (whole, places) = text.split_once('.').unwrap_or((&text, ""));
    let whole: f64 = whole.parse().unwrap_or(0.0);
    format!("{}.{}", commas(whole), places.trim_end_matches('0')).trim_end_matches('.').to_owned()
}

/// What the JSON says of money.
pub fn sections(statement: Option<&Statement>) -> Sections {
    let Some(statement) = statement else { return Sections::default() };
    let usage = |(part, all): (&String, &Vec<Used>)| {
        let meters = all.iter().map(|used| (used.meter.clone(), used_of(used)));
        (part.clone(), Value::Object(meters.collect()))
    };
    Sections { cost: Some(cost(statement)), usage: statement.usage.iter().map(usage).collect(), ..Sections::default() }
}

fn cost(statement: &Statement) -> Value {
    let bill = &statement.bill;
    let money = |money: &Money| number(Some(money.as_dollars()));
    let named = |all: &BTreeMap<String, Money>| all.iter().map(|(name, usd)| (name.clone(), money(usd))).collect();
    let hours = |(name, hours, load): &(String, f64, Option<f64>)| json!({ "name": name, "hours": number(Some(*hours)), "load": number(*load) });
    let free = bill.free.iter().map(|(key, free)| (key.clone(), number(Some(*free))));
    json!({
        "month": money(&bill.total()),
        "assumed": statement.assumed,
        "hours": statement.hours.iter().map(hours).collect::<Vec<_>>(),
        "lines": bill.lines.iter().map(line_of).collect::<Vec<_>>(),
        "free": free.collect::<Map<_, _>>(),
        "components": Value::Object(named(&bill.parts)),
        "beside": statement.beside,
    })
}

fn line_of(line: &Line) -> Value {
    let money = |money: Money| number(Some(money.as_dollars()));
    json!({
        "price": line.key,
        "from": number(Some(line.tier.0)),
        "to": number(line.tier.1),
        "quantity": number(Some(line.quantity)),
        "unit": line.unit,
        "each": line.each.to_string(),
        "usd": money(line.usd),
        "range": line.range.map(|(low, high)| json!([money(low), money(high)])),
        "source": { "title": line.source.title, "as_of": line.source.as_of, "status": line.source.status },
    })
}

fn used_of(used: &Used) -> Value {
    let mut told = json!({ "quantity": number(Some(used.quantity)), "unit": used.unit });
    if !used.won.is_empty() {
        let won = used.won.iter().map(|(name, hours)| (name.clone(), number(Some(*hours))));
        told["hours_largest"] = Value::Object(won.collect());
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_and_money_read_like_a_bill() {
        assert_eq!(quantity(14_645.599_365_234_375), "14,645.5994");
        assert_eq!([730.0, 0.5, 1_000_000.0].map(quantity), ["730", "0.5", "1,000,000"]);
        assert_eq!(dollars(Money::cents(142_243)), "$1,422.43");
        assert_eq!(dollars(Money::cents(5)), "$0.05");
    }

    #[test]
    fn nothing_is_said_where_nothing_has_a_price() {
        assert!(lines(None).is_empty());
        assert_eq!(sections(None).cost, None);
    }
}
