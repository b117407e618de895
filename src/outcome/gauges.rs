//! Measures of numbers that change with time: of those present, of those waiting.

use super::measure::{Made, Recipe};
use super::path::Unit;
use crate::record::results::PartResult;
use crate::record::{Gauge, Results};
use crate::scenario::quantity::Complaint;
use crate::units::time::SECOND;
use crate::units::{Span, Time};

/// Measures without a number of their own.
pub(crate) const NAMES: [&str; 4] = ["mean", "max", "max_at", "at.end"];

/// Which gauge of a part.
pub(crate) type Which = fn(&PartResult) -> &Gauge;

/// How a part's gauge is read.
pub(crate) fn recipe(part: &str, which: Which, names: &[&str]) -> Option<Recipe> {
    let part = part.to_string();
    read(names, move |runs| {
        let parts = runs.iter().flat_map(|run| &run.parts).filter(|known| known.name == part);
        parts.map(|known| which(known).clone()).collect()
    })
}

/// How gauges are read, however they are found.
pub(crate) fn read(names: &[&str], gauges: impl Fn(&[Results]) -> Vec<Gauge> + 'static) -> Option<Recipe> {
    match names {
        ["mean"] => Some(Recipe::pooled(Unit::Count, Made::Requests, move |runs| mean(&gauges(runs)))),
        ["max"] => Some(Recipe::pooled(Unit::Count, Made::Requests, move |runs| {
            gauges(runs).iter().map(Gauge::max).max().map(|max| max as f64)
        })),
        ["max_at"] => Some(Recipe::mean(Unit::Seconds, move |runs| Some(gauges(runs).first()?.max_at().as_seconds()))),
        ["at", "end"] => Some(Recipe::mean(Unit::Count, move |runs| Some(gauges(runs).first()?.value() as f64))),
        ["at", moment] => {
            let at = Time(span(moment)?.0);
            Some(Recipe::mean(Unit::Count, move |runs| gauges(runs).first()?.moment(at)))
        }
        // The share of replications in which so many were there at that moment.
        ["share_ge", n, "at", moment] => {
            let (n, at) = (n.parse::<u64>().ok()?, Time(span(moment)?.0));
            Some(Recipe::mean(Unit::Ratio, move |runs| {
                let there = gauges(runs).first()?.moment(at)?;
                Some(f64::from(u8::from(there >= n as f64)))
            }))
        }
        ["share_ge", n] => {
            let n = n.parse().ok()?;
            Some(Recipe::pooled(Unit::Ratio, Made::Requests, move |runs| at_least(&gauges(runs), n)))
        }
        ["share_lt", n] => {
            let n = n.parse().ok()?;
            Some(Recipe::pooled(Unit::Ratio, Made::Requests, move |runs| Some(1.0 - at_least(&gauges(runs), n)?)))
        }
        ["first_below", n] => {
            let n = n.parse().ok()?;
            Some(Recipe::mean(Unit::Seconds, move |runs| first_below(gauges(runs).first()?, n)))
        }
        _ => None,
    }
}

fn mean(gauges: &[Gauge]) -> Option<f64> {
    let measured: u128 = gauges.iter().map(Gauge::measured).sum();
    let integral: u128 = gauges.iter().map(Gauge::integral).sum();
    (measured > 0).then(|| integral as f64 / measured as f64)
}

fn at_least(gauges: &[Gauge], n: u64) -> Option<f64> {
    let measured: u128 = gauges.iter().map(Gauge::measured).sum();
    let long: Option<u128> = gauges.iter().map(|gauge| gauge.at_least(n)).sum();
    (measured > 0).then(|| long.map(|long| long as f64 / measured as f64)).flatten()
}

fn first_below(gauge: &Gauge, n: u64) -> Option<f64> {
    gauge.first_below(n, Time::ZERO).map(|nanos| nanos / SECOND as f64)
}

/// A moment inside a path: `50s`, `1500ms`, `2h` (a path has no room for more than one unit).
pub(crate) fn span(text: &str) -> Option<Span> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let size = match unit {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => SECOND,
        "m" => 60 * SECOND,
        "h" => 3_600 * SECOND,
        "d" => 86_400 * SECOND,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(size).map(Span)
}

/// A question that the run must be asked before it begins: it is not kept for every gauge.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// `share_ge.N`, and `share_lt.N`: the rest of the time.
    AtLeast(u64),
    /// `at.50s`
    Moment(Time),
    /// `first_below.N`
    FirstBelow(u64),
}

/// The question of a path such as `desk.present.at.50s`: part, `present` or `queue`, and what is asked.
pub fn question(path: &str) -> Option<Result<(String, String, Question), Complaint>> {
    let names = super::path::split(path);
    let [part, which @ ("present" | "queue"), verb, number] = &names.iter().map(String::as_str).collect::<Vec<_>>()[..]
    else {
        return None;
    };
    let asked = match *verb {
        "at" if *number == "end" => return None,
        "at" => span(number).map(|span| Question::Moment(Time(span.0))),
        "share_ge" | "share_lt" => number.parse().ok().map(Question::AtLeast),
        "first_below" => number.parse().ok().map(Question::FirstBelow),
        _ => return None,
    };
    let complaint = || Complaint {
        says: format!("`{number}` in `{path}` is no number that can be asked"),
        label: String::new(),
        help: "write `present.at.50s`, `present.share_ge.140` or `present.first_below.10`".into(),
        fix: None,
    };
    Some(asked.map(|asked| (part.to_string(), which.to_string(), asked)).ok_or_else(complaint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_read_off_their_paths() {
        let asked = question;
        let of = |asked: Question| Some(Ok(("desk".to_string(), "present".to_string(), asked)));
        assert_eq!(asked("desk.present.at.50s"), of(Question::Moment(Time(50 * SECOND))));
        assert_eq!(asked("desk.present.share_ge.140"), of(Question::AtLeast(140)));
        assert_eq!(asked("desk.present.first_below.1"), of(Question::FirstBelow(1)));
        assert_eq!(asked("desk.present.at.end"), None);
        assert_eq!(asked("desk.present.mean"), None);
        let Some(Err(complaint)) = asked("desk.present.at.noon") else { panic!("noon is no span") };
        assert_eq!(complaint.says, "`noon` in `desk.present.at.noon` is no number that can be asked");
    }
}
