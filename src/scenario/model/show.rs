//! Values in a reader's words: "4 GB", "p50 15 ms", "1,000/s".

use super::unit::Unit;
use super::value::Value;
use crate::scenario::ast::Backoff;
use crate::units::Law;

/// A value with its unit (`unit` helps where the value itself does not tell it).
pub(crate) fn value(value: &Value, unit: Unit) -> String {
    match value {
        Value::Number(number, own) => number_of(*number, if *own == Unit::Any { unit } else { *own }),
        Value::Price(_, _, own) => number_of(value.number().unwrap_or(0.0), *own),
        Value::Law(law) => law_of(law),
        Value::Sum(laws) => laws.iter().map(law_of).collect::<Vec<_>>().join(" + "),
        Value::Word(word) | Value::Key(word) | Value::Component(word) | Value::Region(word) | Value::Op(word) => {
            word.clone()
        }
        Value::Range(least, most, unit) => format!("{} to {}", number_of(*least, *unit), number_of(*most, *unit)),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_string(),
        Value::Unlimited => "no limit".to_string(),
        Value::None => "none".to_string(),
        Value::Steps(steps) => {
            let step =
                |(above, more): &(f64, f64)| format!("{} more from {} % above", plain(*more), plain(above * 100.0));
            steps.iter().map(step).collect::<Vec<_>>().join(", ")
        }
        Value::Rules(rules) => {
            let rule = |(most, window): &(f64, crate::units::Span)| {
                format!("{} in {}", plain(*most), time(window.as_seconds()))
            };
            rules.iter().map(rule).collect::<Vec<_>>().join(", ")
        }
        Value::Counts(counts) => {
            counts.iter().map(|(name, number)| format!("{name} {}", plain(*number))).collect::<Vec<_>>().join(", ")
        }
        Value::Backoff(backoff) | Value::Retry(_, backoff) => backoff_of(backoff),
        Value::Stage(_) | Value::Setting(..) | Value::Dynamic(_) => "worked out while it runs".to_string(),
    }
}

/// A number of a unit.
pub(crate) fn number_of(number: f64, unit: Unit) -> String {
    match unit {
        Unit::TIME => time(number),
        Unit::SIZE => size(number),
        Unit::RATE => per_time(number, &plain),
        Unit::FLOW => per_time(number, &size),
        Unit::MONEY => format!("${}", plain(number)),
        unit if unit == Unit::MONEY.over(Unit::TIME) => format!("${}/h", plain(number * 3600.0)),
        unit if unit == Unit::MONEY.over(Unit::ONE) => format!("${} each", plain(number)),
        _ => plain(number),
    }
}

/// Slow rates read better per minute, hour or day.
fn per_time(number: f64, say: &dyn Fn(f64) -> String) -> String {
    if number == 0.0 || number.abs() >= 0.999 {
        return format!("{}/s", say(number));
    }
    let spans = [("min", 60.0), ("h", 3600.0), ("day", 86_400.0)];
    let fitting = spans.into_iter().find(|(_, length)| (number * length).abs() >= 0.999).unwrap_or(("day", 86_400.0));
    format!("{}/{}", say(number * fitting.1), fitting.0)
}

/// Thousands with commas, at most four decimals.
pub(crate) fn plain(number: f64) -> String {
    let text = format!("{number:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.trim_start_matches('-');
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if whole.starts_with('-') { "-" } else { "" };
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{point}{rest}")
}

/// A time in its largest fitting unit.
pub(crate) fn time(seconds: f64) -> String {
    const UNITS: [(&str, f64); 6] =
        [("d", 86_400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3), ("us", 1e-6)];
    scaled(seconds, &UNITS, ("s", 1.0))
}

/// A size in powers of 1,024.
pub(crate) fn size(bytes: f64) -> String {
    const UNITS: [(&str, f64); 5] =
        [("TB", 1_099_511_627_776.0), ("GB", 1_073_741_824.0), ("MB", 1_048_576.0), ("KB", 1024.0), ("B", 1.0)];
    scaled(bytes, &UNITS, ("B", 1.0))
}

/// The largest unit in which the number is at least one and has few decimals.
fn scaled(number: f64, units: &[(&str, f64)], zero: (&str, f64)) -> String {
    let few = |number: f64| (number * 100.0 - (number * 100.0).round()).abs() < 1e-6;
    let at_least_one = |(_, length): &&(&str, f64)| number.abs() / length >= 0.9995;
    let exact = units.iter().filter(at_least_one).find(|(_, length)| few(number / length));
    let (unit, length) = exact.or_else(|| units.iter().find(at_least_one)).copied().unwrap_or(zero);
    format!("{} {unit}", plain((number / length * 1e4).round() / 1e4))
}

fn law_of(law: &Law) -> String {
    let time = |nanos: f64| time(nanos / 1e9);
    match law {
        Law::Constant(nanos) => time(*nanos),
        Law::Exponential { mean } => format!("exponential, mean {}", time(*mean)),
        Law::Uniform { low, high } => format!("{} to {}", time(*low), time(*high)),
        Law::Quantiles(points) => {
            let point = |(share, nanos): &(f64, f64)| format!("p{} {}", plain(share * 100.0), time(*nanos));
            points.iter().map(point).collect::<Vec<_>>().join(", ")
        }
        Law::Mix(parts) => {
            let part = |(share, law): &(f64, Law)| format!("{} % {}", plain(share * 100.0), law_of(law));
            parts.iter().map(part).collect::<Vec<_>>().join(", ")
        }
        Law::AtMost { law, max } => format!("{}, at most {}", law_of(law), time(*max)),
        other => middle(other),
    }
}

/// Other laws are told by their median and 99th percentile, or by their mean.
fn middle(law: &Law) -> String {
    match law {
        Law::Lognormal { mu, sigma } => {
            let quantile = |z: f64| time(crate::units::maths::exp(mu + sigma * z) / 1e9);
            format!("p50 {}, p99 {}", quantile(0.0), quantile(Z99))
        }
        Law::Normal { mean, .. } | Law::Erlang { mean, .. } | Law::Gamma { mean, .. } | Law::Pareto { mean, .. } => {
            format!("mean {}", time(mean / 1e9))
        }
        Law::BoundedPareto { low, high, .. } => format!("{} to {}, heavy tail", time(low / 1e9), time(high / 1e9)),
        _ => "as measured".to_string(),
    }
}

/// The 99th percentile of the standard normal law.
const Z99: f64 = 2.326_347_874_040_841;

fn backoff_of(backoff: &Backoff) -> String {
    let seconds = |span: &crate::units::Span| time(span.as_seconds());
    match backoff {
        Backoff::Fixed(law) => law_of(law),
        Backoff::Exponential { base, cap, jitter: 0.0, .. } => {
            format!("{} and growing, at most {}", seconds(base), seconds(cap))
        }
        Backoff::Exponential { base, cap, .. }
        | Backoff::EqualJitter { base, cap, .. }
        | Backoff::FullJitter { base, cap, .. }
        | Backoff::Decorrelated { base, cap, .. } => {
            format!("{} and growing with jitter, at most {}", seconds(base), seconds(cap))
        }
        Backoff::AsTold => "as the callee says".to_string(),
        Backoff::Schedule(list) if list.len() > 4 => {
            let first: Vec<String> = list.iter().take(3).map(seconds).collect();
            format!("{} .. ({} pauses)", first.join(", "), list.len())
        }
        Backoff::Schedule(list) => list.iter().map(seconds).collect::<Vec<_>>().join(", then "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_aloud() {
        assert_eq!(number_of(1000.0, Unit::RATE), "1,000/s");
        assert_eq!(number_of(5.0, Unit::RATE.over(Unit::ONE)), "5/s");
        assert_eq!(number_of(5.0 / 60.0, Unit::RATE), "5/min");
        assert_eq!(number_of(0.04, Unit::TIME), "40 ms");
        assert_eq!(number_of(90.0, Unit::TIME), "1.5 min");
        assert_eq!(number_of(10_240.0 * 1_048_576.0, Unit::SIZE), "10 GB");
        assert_eq!(number_of(0.06 / 3600.0, Unit::MONEY.over(Unit::TIME)), "$0.06/h");
        assert_eq!(number_of(0.0, Unit::TIME), "0 s");
        assert_eq!(plain(-1_234_567.25), "-1,234,567.25");
    }
}
