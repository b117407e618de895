//! Conditions: "< 800ms in spike", ">= 99.9%", "1.5%..3%", "< 1.05 x baseline".

use super::complaints::shown;
use super::names::is_name;
use super::numbers::{any, range};
use super::{Bound, Complaint, Condition, Unit, Window, duration};

const EXAMPLES: &str = r#"write it like "< 800ms", ">= 99.9%", "1.5%..3%" or "= 0 in spike""#;

impl Condition {
    /// What a bare number in the file says: equal to it.
    pub fn equals(value: f64) -> Condition {
        Condition { bound: Bound::Equal(value), unit: Unit::One, window: Window::Whole, text: format!("= {value}") }
    }

    /// What a bare `true` or `false` in the file says.
    pub fn is(value: bool) -> Condition {
        Condition { bound: Bound::Is(value), unit: Unit::Truth, window: Window::Whole, text: value.to_string() }
    }
}

/// A condition, with at most one window.
pub fn condition(text: &str) -> Result<Condition, Complaint> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Complaint::new("a condition is missing here", EXAMPLES));
    }
    let (compare, rest) = comparison(text)?;
    let (value, window) = apart(rest);
    let window = match window {
        Some((word, target)) => self::window(text, word, target)?,
        None => Window::Whole,
    };
    let (bound, unit) = bound(compare, value.trim(), text)?;
    Ok(Condition { bound, unit, window, text: text.to_string() })
}

fn comparison(text: &str) -> Result<(&str, &str), Complaint> {
    for (other, right) in [("=<", "<="), ("=>", ">="), ("≤", "<="), ("≥", ">="), ("==", "="), ("!=", ""), ("<>", "")]
    {
        if let Some(rest) = text.strip_prefix(other) {
            let told = Complaint::new(format!("`{other}` is no comparison here"), "there are < <= = >= >, and a range");
            return Err(if right.is_empty() { told } else { told.fix(&format!("{right}{rest}")) });
        }
    }
    for known in ["<=", ">=", "<", ">", "="] {
        if let Some(rest) = text.strip_prefix(known) {
            return Ok((known, rest.trim()));
        }
    }
    Ok(("", text))
}

/// Splits the window off: word and what follows it.
fn apart(rest: &str) -> (&str, Option<(&str, &str)>) {
    let mut start = 0;
    for word in rest.split_whitespace() {
        // Words are found in their order, so each is searched behind the one before it.
        let at = start + rest[start..].find(word).unwrap_or(0);
        if ["in", "after", "from", "at"].contains(&word) {
            return (&rest[..at], Some((word, rest[at + word.len()..].trim())));
        }
        start = at + word.len();
    }
    (rest, None)
}

fn window(text: &str, word: &str, target: &str) -> Result<Window, Complaint> {
    let words: Vec<&str> = target.split_whitespace().collect();
    if words.iter().any(|word| ["in", "after", "from", "at"].contains(word)) {
        return Err(Complaint::new(format!("\"{}\" has two windows", shown(text)), "write two conditions, in a list"));
    }
    match (word, words.as_slice()) {
        ("at", ["end"]) => Ok(Window::AtEnd),
        ("at", _) => {
            Err(Complaint::new("`at` goes with `end` only", "\"< 5 at end\", or \"after 10m\", \"from 10m to 16m\""))
        }
        ("in", [name]) if is_name(name) => Ok(Window::In(name.to_string())),
        ("after", [name]) if is_name(name) => Ok(Window::AfterName(name.to_string())),
        ("after", [first, ..]) if first.starts_with(|c: char| c.is_ascii_digit()) => {
            duration(target).map(Window::After).map_err(|told| told.within(text, target))
        }
        ("from", _) => from_to(text, target),
        (word, []) => Err(Complaint::new(format!("`{word}` what",), "the name of a phase, a fault or a change")),
        (word, _) => {
            let says = format!("\"{}\" is no name for `{word}`", shown(target));
            Err(Complaint::new(says, "the name of a phase, a fault or a change: small letters, digits, dashes"))
        }
    }
}

fn from_to(text: &str, target: &str) -> Result<Window, Complaint> {
    let (from, to) = target
        .split_once(" to ")
        .or_else(|| target.split_once(".."))
        .ok_or_else(|| Complaint::new("`from` needs a `to`", "write it like \"< 1% from 10m to 16m\""))?;
    let (from, to) = (from.trim(), to.trim());
    let start = duration(from).map_err(|told| told.within(text, from))?;
    let end = duration(to).map_err(|told| told.within(text, to))?;
    if start < end {
        return Ok(Window::FromTo(start, end));
    }
    Err(Complaint::new(
        format!("the window \"{}\" ends before it begins", shown(target)),
        "write it like \"from 10m to 16m\"",
    ))
}

fn bound(compare: &str, value: &str, text: &str) -> Result<(Bound, Unit), Complaint> {
    if value.is_empty() {
        return Err(Complaint::new(format!("\"{}\" compares with nothing", shown(text)), EXAMPLES));
    }
    if let Some(times) = value.strip_suffix("baseline") {
        let times = times.trim_end();
        let times = times.strip_suffix(['x', '×', '*']).unwrap_or(times).trim();
        let (inner, unit) = if times.is_empty() { bound(compare, "1", text)? } else { bound(compare, times, text)? };
        return match (inner, unit) {
            (Bound::OfBaseline(_) | Bound::Is(_), _) => {
                Err(Complaint::new("the baseline is multiplied once", "write it like \"< 1.05 x baseline\""))
            }
            (inner, Unit::One | Unit::Share) => Ok((Bound::OfBaseline(Box::new(inner)), Unit::One)),
            _ => Err(Complaint::new("the baseline is multiplied by a number", "write it like \"< 1.05 x baseline\"")),
        };
    }
    if let "true" | "false" = value {
        return match compare {
            "" | "=" => Ok((Bound::Is(value == "true"), Unit::Truth)),
            _ => Err(Complaint::new(format!("nothing is `{compare}` {value}"), format!("write \"= {value}\""))),
        };
    }
    if value.contains("..") {
        let ((low, high), unit) = range(value).map_err(|told| told.within(text, value))?;
        return match compare {
            "" | "=" => Ok((Bound::Within(low, high), unit)),
            _ => Err(Complaint::new(format!("a range needs no `{compare}`"), format!("write \"{}\"", shown(value)))
                .fix(text[compare.len()..].trim())),
        };
    }
    let (number, unit) = any(value).map_err(|told| unreadable(told, text, value))?;
    let bound = match compare {
        "<" => Bound::Below(number),
        "<=" => Bound::AtMost(number),
        ">" => Bound::Above(number),
        ">=" => Bound::AtLeast(number),
        _ => Bound::Equal(number),
    };
    Ok((bound, unit))
}

/// What is no value: often a word that was meant as a window, or a comparison in words.
fn unreadable(told: Complaint, text: &str, value: &str) -> Complaint {
    let worded = [
        ("under ", "<"),
        ("below ", "<"),
        ("less than ", "<"),
        ("at most ", "<="),
        ("over ", ">"),
        ("above ", ">"),
        ("more than ", ">"),
        ("at least ", ">="),
    ];
    for (words, compare) in worded {
        if let Some(rest) = value.strip_prefix(words) {
            let says = format!("`{}` is written `{compare}`", words.trim());
            return Complaint::new(says, EXAMPLES).fix(&format!("{compare} {rest}"));
        }
    }
    if !value.starts_with(|c: char| c.is_ascii_digit() || "+-.$".contains(c)) {
        return Complaint::new(format!("\"{}\" is not a condition", shown(text)), EXAMPLES);
    }
    told.within(text, value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;

    fn read(text: &str) -> (Bound, Unit, Window) {
        let condition = condition(text).unwrap_or_else(|told| panic!("{text}: {told:?}"));
        assert_eq!(condition.text, text);
        (condition.bound, condition.unit, condition.window)
    }

    #[test]
    fn bounds_are_in_base_units() {
        let whole = |bound, unit| (bound, unit, Window::Whole);
        assert_eq!(read("< 800ms"), whole(Bound::Below(0.8), Unit::Seconds));
        assert_eq!(read(">= 99.9%"), whole(Bound::AtLeast(0.999), Unit::Share));
        assert_eq!(read("= 0"), whole(Bound::Equal(0.0), Unit::One));
        assert_eq!(read("0"), whole(Bound::Equal(0.0), Unit::One));
        assert_eq!(read("= 1x"), whole(Bound::Equal(1.0), Unit::One));
        assert_eq!(read("1.5%..3%"), whole(Bound::Within(0.015, 0.03), Unit::Share));
        assert_eq!(read("< $60k"), whole(Bound::Below(60_000.0), Unit::Dollars));
        assert_eq!(read("<=2KB"), whole(Bound::AtMost(2048.0), Unit::Bytes));
        assert_eq!(read("> 5k/s"), whole(Bound::Above(5e3), Unit::PerSecond));
        assert_eq!(read("true"), whole(Bound::Is(true), Unit::Truth));
        assert_eq!(Condition::equals(0.0).bound, Bound::Equal(0.0));
        assert_eq!(Condition::is(true), condition("true").expect("read"));
    }

    #[test]
    fn a_condition_looks_at_one_window() {
        assert_eq!(read("< 0.1% in spike").2, Window::In("spike".into()));
        assert_eq!(read("= 0 after region").2, Window::AfterName("region".into()));
        assert_eq!(read("< 2s after 120m").2, Window::After(Span::seconds(7_200)));
        assert_eq!(read("< 2s after 1h 30m").2, Window::After(Span::seconds(5_400)));
        assert_eq!(read("< 1% from 10m to 16m").2, Window::FromTo(Span::seconds(600), Span::seconds(960)));
        assert_eq!(read("< 5 at end").2, Window::AtEnd);
        assert_eq!(read("true in spike"), (Bound::Is(true), Unit::Truth, Window::In("spike".into())));
    }

    #[test]
    fn a_condition_may_compare_with_the_baseline() {
        let baseline = |bound| Bound::OfBaseline(Box::new(bound));
        assert_eq!(read("< 1.05 x baseline").0, baseline(Bound::Below(1.05)));
        assert_eq!(read("<= baseline").0, baseline(Bound::AtMost(1.0)));
        assert_eq!(read("0.95..1.05 x baseline in spike").0, baseline(Bound::Within(0.95, 1.05)));
        assert_eq!(read("< 110% x baseline").0, baseline(Bound::Below(1.1)));
    }

    #[test]
    fn conditions_written_otherwise_are_corrected() {
        let fixes = [
            ("=< 5s", "<= 5s"),
            ("≥ 99%", ">= 99%"),
            ("== 0", "= 0"),
            ("< 1..3", "1..3"),
            ("under 5s", "< 5s"),
            ("< 5sec in spike", "< 5s in spike"),
        ];
        for (wrong, right) in fixes {
            assert_eq!(condition(wrong).expect_err(wrong).fix, Some(format!("\"{right}\"")), "{wrong}");
        }
        let wrong = [
            "",
            "<",
            "in spike",
            "< in spike",
            "!= 5",
            "< -5",
            "< true",
            "fast",
            "< 5 in",
            "< 5 at start",
            "< 5 in a after b",
            "< 5 from 2m",
            "< 5 from 3m to 2m",
            "< 5s x baseline",
            "< baseline baseline",
            "= true x baseline",
            "< NaN",
            "3..1",
            "1s..3%",
            "< 5 in 5m",
            "< $5/h",
            "< 5 after 5 parsecs",
        ];
        for wrong in wrong {
            assert!(condition(wrong).is_err(), "{wrong}");
        }
    }
}
