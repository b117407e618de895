//! Values as they are written in models and in the settings of components: the one door to `scenario::quantity`.

use std::collections::BTreeMap;

use super::unit::Unit;
use super::value::{Kind, NANOS, Value};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::quantity::{self, Complaint, Counts, Per, Wants};
use crate::scenario::tree::{self, At, Node};
use crate::units::Law;

/// What is wrong with a value, said of the thing whose value it is.
pub(crate) fn diagnostic(mut complaint: Complaint, what: &str, at: At) -> Diagnostic {
    if !complaint.says.contains(what) {
        complaint.says = format!("{what}: {}", complaint.says);
    }
    complaint.at(at)
}

/// A value whose kind its form tells.
pub(crate) fn by_form(node: &Node) -> Result<Value, Complaint> {
    match &node.kind {
        tree::Kind::Bool(yes) => Ok(Value::Bool(*yes)),
        tree::Kind::Whole(number) => Ok(Value::Number(*number as f64, Unit::ONE)),
        tree::Kind::Float(number) => Ok(Value::Number(*number, Unit::ONE)),
        tree::Kind::Text(text) => by_text(text),
        tree::Kind::List(_) | tree::Kind::Table(_) => {
            Err(complaint("what it is does not show", "say kind = \"steps\", \"rules\" or \"counts\""))
        }
    }
}

/// A text whose kind its form tells.
pub(crate) fn by_text(text: &str) -> Result<Value, Complaint> {
    if let Some(off) = off(text) {
        return Ok(off);
    }
    let name = text.split('(').next().unwrap_or_default();
    match () {
        () if BACKOFFS.contains(&name) => backoff(text),
        () if text.contains('(') => law(text),
        () if text.contains("..") => range(text),
        () if text.starts_with('$') => price(text),
        () => quantity::any(text).map(|(number, unit)| Value::Number(number, unit_of(unit))),
    }
}

/// Pauses that may grow; `exp` and its kin are laws.
const BACKOFFS: [&str; 7] =
    ["fixed", "exponential", "equal-jitter", "full-jitter", "decorrelated", "as-told", "schedule"];

/// A value of a known kind; `key` is what the file calls it.
pub(crate) fn of_kind(node: &Node, kind: Kind, key: &str) -> Result<Value, Complaint> {
    let text = match (&node.kind, kind) {
        (tree::Kind::Bool(yes), Kind::Bool) => return Ok(Value::Bool(*yes)),
        (tree::Kind::List(list), Kind::Steps) => return steps(list),
        (tree::Kind::List(list), Kind::Rules) => return rules(list),
        (tree::Kind::Table(table), Kind::Counts) => return counts(table),
        (tree::Kind::Text(text), _) => text,
        (tree::Kind::Whole(number), _) => return bare(*number as f64, kind, key),
        (tree::Kind::Float(number), _) => return bare(*number, kind, key),
        _ => return Err(wants(kind)),
    };
    if let Some(off) = off(text) {
        return Ok(off);
    }
    match kind {
        Kind::Count => count(text).or_else(|complaint| ratio(text).map_err(|_| complaint)),
        Kind::Ratio => ratio(text),
        Kind::Duration => duration(text),
        Kind::Law => law(text),
        Kind::Size => quantity::size(text).map(|bytes| Value::Number(bytes, Unit::SIZE)),
        Kind::Rate => rate(text),
        Kind::Limit => count(text).or_else(|_| rate(text)),
        Kind::Range => range(text),
        Kind::Price => price(text),
        Kind::Backoff => backoff(text),
        Kind::Key => Ok(Value::Key(text.clone())),
        Kind::Component => Ok(Value::Component(text.clone())),
        Kind::Region => Ok(Value::Region(text.clone())),
        Kind::Choice => Ok(Value::Word(text.clone())),
        Kind::Bool | Kind::Steps | Kind::Rules | Kind::Counts => Err(wants(kind)),
    }
}

/// A number without a unit, where it may stand.
fn bare(number: f64, kind: Kind, key: &str) -> Result<Value, Complaint> {
    let needs = match kind {
        Kind::Count | Kind::Ratio | Kind::Limit if number >= 0.0 => return Ok(Value::Number(number, Unit::ONE)),
        Kind::Count | Kind::Limit => Wants::Count,
        Kind::Ratio => Wants::Ratio,
        Kind::Duration => Wants::Duration,
        Kind::Law => Wants::Law,
        Kind::Size => Wants::Size,
        Kind::Rate => Wants::Rate,
        Kind::Price => Wants::Money,
        _ => return Err(wants(kind)),
    };
    Err(quantity::bare_number(key, needs, number))
}

/// A range of anything.
pub(crate) fn range(text: &str) -> Result<Value, Complaint> {
    quantity::range(text).map(|((low, high), unit)| Value::Range(low, high, unit_of(unit)))
}

fn unit_of(unit: quantity::Unit) -> Unit {
    match unit {
        quantity::Unit::One | quantity::Unit::Share => Unit::ONE,
        quantity::Unit::Seconds => Unit::TIME,
        quantity::Unit::Bytes => Unit::SIZE,
        quantity::Unit::PerSecond => Unit::RATE,
        quantity::Unit::BytesPerSecond => Unit::FLOW,
        quantity::Unit::Dollars => Unit::MONEY,
        quantity::Unit::Truth => Unit::Any,
    }
}

fn off(text: &str) -> Option<Value> {
    match text {
        "none" => Some(Value::None),
        "unlimited" => Some(Value::Unlimited),
        _ => None,
    }
}

fn complaint(says: &str, help: &str) -> Complaint {
    Complaint { says: says.to_string(), label: String::new(), help: help.to_string(), fix: None }
}

fn wants(kind: Kind) -> Complaint {
    let (what, example) = match kind {
        Kind::Bool => ("true or false", "true or false, without quotes"),
        Kind::Steps => ("a list of steps", "[[\"10%\", 2], [\"20%\", 4]]: so far above, so many more"),
        Kind::Rules => ("a list of rules", "[\"100/1m\", \"3000/1h\"]: so many per window"),
        Kind::Counts => ("a number for each callee", "{ db = 20 }"),
        Kind::Count => ("a count", "20, or \"10k\""),
        Kind::Range => ("a range", "\"2..10\""),
        Kind::Key => ("a key of the scenario", "\"customer\""),
        Kind::Component => ("a component", "\"dead-letters\""),
        Kind::Region => ("a region", "\"us-east-1\""),
        Kind::Backoff => ("a pause that may grow", "\"exponential(1s, cap=20s)\""),
        Kind::Duration => ("a time", "\"30s\""),
        Kind::Law => ("a law of times", "\"30s\", or \"exp(30s)\""),
        _ => ("a text with a unit", "\"4KB\", \"100/s\", \"$0.06/h\""),
    };
    complaint(&format!("it is {what}"), example)
}

fn duration(text: &str) -> Result<Value, Complaint> {
    quantity::duration(text).map(|span| Value::Number(span.as_seconds(), Unit::TIME))
}

/// A law of times; one that does not vary is a time.
fn law(text: &str) -> Result<Value, Complaint> {
    quantity::law_of_time(text, &mut quantity::no_files).map(|law| match law {
        Law::Constant(nanos) => Value::Number(nanos / NANOS, Unit::TIME),
        law => Value::Law(law),
    })
}

fn count(text: &str) -> Result<Value, Complaint> {
    quantity::count(text).map(|number| Value::Number(number, Unit::ONE))
}

fn ratio(text: &str) -> Result<Value, Complaint> {
    quantity::ratio(text).map(|number| Value::Number(number, Unit::ONE))
}

fn rate(text: &str) -> Result<Value, Complaint> {
    quantity::rate(text).map(|rate| match rate.of {
        Counts::Things => Value::Number(rate.per_second, Unit::RATE),
        Counts::Bytes => Value::Number(rate.per_second, Unit::FLOW),
    })
}

/// Money per time or per thing.
fn price(text: &str) -> Result<Value, Complaint> {
    let price = quantity::money_per(text)?;
    let (per, unit) = match price.per {
        Per::Time(span) => (u128::from(span.0), Unit::TIME),
        Per::Things { count, .. } => ((count * NANOS).round() as u128, Unit::ONE),
    };
    Ok(Value::Price(price.money, per.max(1), Unit::MONEY.over(unit)))
}

fn backoff(text: &str) -> Result<Value, Complaint> {
    quantity::backoff(text).map(Value::Backoff)
}

fn steps(list: &[Node]) -> Result<Value, Complaint> {
    let pair = |node: &Node| match &node.kind {
        tree::Kind::List(pair) if pair.len() == 2 => {
            let above = of_kind(&pair[0], Kind::Ratio, "a step")?.number();
            let more = of_kind(&pair[1], Kind::Count, "a step")?.number();
            above.zip(more).ok_or_else(|| wants(Kind::Steps))
        }
        _ => Err(wants(Kind::Steps)),
    };
    list.iter().map(pair).collect::<Result<_, _>>().map(Value::Steps)
}

/// `"100/1m"`: so many per window.
fn rules(list: &[Node]) -> Result<Value, Complaint> {
    let rule = |node: &Node| {
        let (most, window) = node.text().and_then(|text| text.split_once('/')).ok_or_else(|| wants(Kind::Rules))?;
        Ok((quantity::count(most.trim())?, quantity::duration(window.trim())?))
    };
    list.iter().map(rule).collect::<Result<_, _>>().map(Value::Rules)
}

fn counts(table: &tree::Table) -> Result<Value, Complaint> {
    let mut found = BTreeMap::new();
    for (name, node) in &table.entries {
        let number = of_kind(node, Kind::Count, &name.value)?.number();
        found.insert(name.value.clone(), number.ok_or_else(|| wants(Kind::Counts))?);
    }
    Ok(Value::Counts(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, text: &str) -> Result<Value, String> {
        let node = Node { kind: tree::Kind::Text(text.to_string()), at: At::default() };
        of_kind(&node, kind, "it").map_err(|complaint| complaint.says)
    }

    #[test]
    fn the_form_tells_the_kind() {
        assert_eq!(by_text("30s").ok(), Some(Value::Number(30.0, Unit::TIME)));
        assert_eq!(by_text("8Kbps").ok(), Some(Value::Number(1000.0, Unit::FLOW)));
        assert_eq!(by_text("2..10").ok(), Some(Value::Range(2.0, 10.0, Unit::ONE)));
        let dollar = crate::units::Money::cents(100);
        assert_eq!(by_text("$1/h").ok(), Some(Value::Price(dollar, 3_600_000_000_000, Unit::MONEY.over(Unit::TIME))));
        assert_eq!(by_text("$1/1k calls").ok(), Some(Value::Price(dollar, 1_000_000_000_000, Unit::MONEY)));
        assert_eq!(by_text("$3600/h").ok().and_then(|price| price.number()), Some(1.0));
        assert!(matches!(by_text("exp(5ms)"), Ok(Value::Law(_))));
        assert!(matches!(by_text("exponential(1s, cap=5m)"), Ok(Value::Backoff(_))));
        assert_eq!(by_text("unlimited").ok(), Some(Value::Unlimited));
        assert!(by_text("128 megs").is_err());
    }

    #[test]
    fn a_limit_is_a_count_or_a_rate() {
        assert_eq!(of(Kind::Limit, "100/s"), Ok(Value::Number(100.0, Unit::RATE)));
        assert_eq!(of(Kind::Limit, "100"), Ok(Value::Number(100.0, Unit::ONE)));
    }

    #[test]
    fn a_bare_number_needs_its_unit() {
        let node = Node { kind: tree::Kind::Whole(30), at: At::default() };
        assert_eq!(of_kind(&node, Kind::Duration, "boot").unwrap_err().says, "`boot` needs a unit");
        assert_eq!(of_kind(&node, Kind::Count, "boot").ok(), Some(Value::Number(30.0, Unit::ONE)));
    }
}
