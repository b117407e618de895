//! Durations: "250ms", "1m30s"; and times of day: "02:00".

use super::Complaint;
use super::complaints::{BARE, Wants, nearest, shown};
use super::scan::{Decimal, number};
use super::show::exact_duration;
use crate::units::Span;

/// A unit of time: its nanoseconds, as a whole number times a power of ten.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TimeUnit {
    times: u32,
    power: i32,
}

impl TimeUnit {
    pub fn nanos(self) -> u128 {
        u128::from(self.times) * 10u128.pow(self.power.unsigned_abs())
    }

    fn of(self, number: Decimal) -> f64 {
        number.shifted(self.power) * f64::from(self.times)
    }
}

/// The unit of this name: the short names of the format, and `min`, `hour`, `day`, which rates have too.
pub(super) fn time_unit(name: &str) -> Option<TimeUnit> {
    let (times, power) = match name {
        "ns" => (1, 0),
        "us" => (1, 3),
        "ms" => (1, 6),
        "s" => (1, 9),
        "m" | "min" => (60, 9),
        "h" | "hour" => (3_600, 9),
        "d" | "day" => (86_400, 9),
        _ => return None,
    };
    Some(TimeUnit { times, power })
}

/// The unit that was meant by another word for it.
fn meant(word: &str) -> Option<&'static str> {
    Some(match word.to_lowercase().as_str() {
        "nsec" | "nanosecond" | "nanoseconds" | "nanos" => "ns",
        "µs" | "μs" | "usec" | "microsecond" | "microseconds" | "micros" => "us",
        "msec" | "msecs" | "millisecond" | "milliseconds" | "millis" | "ms" => "ms",
        "sec" | "secs" | "second" | "seconds" | "s" => "s",
        "mins" | "minute" | "minutes" | "min" => "m",
        "hr" | "hrs" | "hours" | "h" => "h",
        "days" | "d" => "d",
        _ => return None,
    })
}

/// A duration in whole nanoseconds: ns us ms s m h d, also several of them ("1m30s").
pub fn duration(text: &str) -> Result<Span, Complaint> {
    let mut sum: u128 = 0;
    for (number, unit) in pieces(text)? {
        let nanos = number.units(unit.nanos());
        sum = nanos.and_then(|nanos| sum.checked_add(nanos)).unwrap_or(u128::MAX);
    }
    match u64::try_from(sum) {
        Ok(u64::MAX) | Err(_) => Err(too_long(text)),
        Ok(0) if text.contains(|c: char| ('1'..='9').contains(&c)) => {
            let says = format!("\"{}\" is shorter than a nanosecond", shown(text));
            Err(Complaint::new(says, "a nanosecond is the finest time that there is here").fix("1ns"))
        }
        Ok(nanos) => Ok(Span(nanos)),
    }
}

/// A duration in nanoseconds that need not be whole: what laws are made of.
pub fn nanoseconds(text: &str) -> Result<f64, Complaint> {
    let sum = pieces(text)?.into_iter().map(|(number, unit)| unit.of(number)).sum::<f64>();
    if sum < Span::FOREVER.0 as f64 { Ok(sum) } else { Err(too_long(text)) }
}

fn too_long(text: &str) -> Complaint {
    let says = format!("\"{}\" is longer than 584 years", shown(text));
    Complaint::new(says, "no simulated time reaches that far; leave a limit away if there is none")
}

fn pieces(text: &str) -> Result<Vec<(Decimal<'_>, TimeUnit)>, Complaint> {
    let text = text.trim();
    let mut pieces: Vec<(Decimal, TimeUnit)> = Vec::new();
    let mut left = text;
    loop {
        let (number, rest) = number(left, Wants::Duration).map_err(|told| told.within(text, left))?;
        let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        let unit = time_unit(word).ok_or_else(|| no_unit(text, number, rest, word))?;
        if pieces.last().is_some_and(|(_, last)| last.nanos() <= unit.nanos()) {
            let says = format!("the parts of \"{}\" do not go from long to short", shown(text));
            return Err(Complaint::new(says, "write it like \"1m30s\""));
        }
        pieces.push((number, unit));
        left = behind.trim_start();
        if left.is_empty() {
            return Ok(pieces);
        }
        if !left.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return Err(Wants::Duration.not(text));
        }
    }
}

fn no_unit(text: &str, number: Decimal, rest: &str, word: &str) -> Complaint {
    let digits = number.text();
    if rest.is_empty() {
        let told = if number.value() == 0.0 {
            Complaint::new("a duration needs a unit", "write \"0s\"").fix("0s")
        } else {
            let short = format!("write \"{0}ms\" or \"{1}s\"", shown(digits), number.shifted(-3));
            Complaint::new("a duration needs a unit", short)
        };
        return told.label(BARE).within(text, text);
    }
    if word.is_empty() {
        return Wants::Duration.not(text);
    }
    let says = format!("no unit of time is called \"{}\"", shown(word));
    let known = ["ns", "us", "ms", "s", "m", "h", "d"];
    match (word, meant(word).or_else(|| nearest(word, known))) {
        ("M", _) => Complaint::new("M is a million", "minutes are `m`, in lower case"),
        ("w" | "week" | "weeks", _) => Complaint::new(says, "a week is \"7d\""),
        (_, Some(unit)) if meant(word).is_some() => {
            Complaint::new(says, format!("write \"{}{unit}\"", shown(digits))).fix(&text.replacen(word, unit, 1))
        }
        _ => Complaint::new(says, "there are ns us ms s m h d"),
    }
}

/// A time of day, as time since midnight: "02:00", "14:30:05".
pub fn time_of_day(text: &str) -> Result<Span, Complaint> {
    let wrong = || {
        let told =
            Complaint::new(format!("\"{}\" is no time of day", shown(text)), "write it like \"02:00\" or \"14:30\"");
        match duration(text) {
            Ok(span) => told.label(format!("{} is a length of time", exact_duration(span))),
            Err(_) => told,
        }
    };
    let pieces: Vec<&str> = text.trim().split(':').collect();
    if !(2..=3).contains(&pieces.len()) {
        return Err(wrong());
    }
    let mut seconds = 0;
    for (i, piece) in pieces.iter().enumerate() {
        let limit = if i == 0 { 24 } else { 60 };
        let digits = piece.len() == 2 && piece.bytes().all(|b| b.is_ascii_digit());
        let part = piece.parse::<u64>().ok().filter(|part| digits && *part < limit).ok_or_else(wrong)?;
        seconds += part * [3_600, 60, 1][i];
    }
    Ok(Span::seconds(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_exactly() {
        let nanos = |text| duration(text).map(|span| span.0);
        assert_eq!(nanos("250ms"), Ok(250_000_000));
        assert_eq!(nanos("1m30s"), Ok(90_000_000_000));
        assert_eq!(nanos(" 1 h 30 m "), Ok(5_400_000_000_000));
        assert_eq!(nanos("0.1s"), Ok(100_000_000));
        assert_eq!(nanos("14d"), Ok(14 * 86_400_000_000_000));
        assert_eq!(nanos("2min"), Ok(120_000_000_000));
        assert_eq!(nanos("0s"), Ok(0));
        assert_eq!(nanoseconds("0.4ns"), Ok(0.4));
    }

    #[test]
    fn a_duration_without_a_unit_hears_which_there_are() {
        let told = duration("800").expect_err("bare");
        assert_eq!(
            (told.says.as_str(), told.help.as_str()),
            ("a duration needs a unit", "write \"800ms\" or \"0.8s\"")
        );
        assert_eq!(duration("0").expect_err("bare").fix.as_deref(), Some("\"0s\""));
    }

    #[test]
    fn other_words_for_a_unit_are_corrected() {
        for (wrong, right) in
            [("5sec", "5s"), ("3 minutes", "3 m"), ("7µs", "7us"), ("1h30mins", "1h30m"), ("2HRS", "2h")]
        {
            assert_eq!(duration(wrong).expect_err(wrong).fix, Some(format!("\"{right}\"")), "{wrong}");
        }
        assert!(duration("5M").expect_err("million").says.contains("million"));
        assert!(duration("1w").expect_err("week").help.contains("7d"));
    }

    #[test]
    fn no_duration_is_negative_or_endless() {
        assert_eq!(duration("-5s").expect_err("negative").says, "a duration cannot be negative");
        assert!(duration("600000d").expect_err("long").says.contains("584 years"));
        assert!(duration("0.4ns").expect_err("short").says.contains("nanosecond"));
        for wrong in ["", "s", "5s5s", "1s2h", "5ss", "5s,", "1.2.3s", "NaN", "infs", "5..6s", "5\u{301}s", "٣s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_time_of_day_has_hours_and_minutes() {
        assert_eq!(time_of_day("02:00"), Ok(Span::seconds(7_200)));
        assert_eq!(time_of_day("23:59:59"), Ok(Span::seconds(86_399)));
        for wrong in ["24:00", "2:00", "02", "2h", "02:60", "aa:bb", "02:00:00:00"] {
            assert!(time_of_day(wrong).is_err(), "{wrong}");
        }
    }
}
