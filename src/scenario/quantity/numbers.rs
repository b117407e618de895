//! Pure numbers and what is made of two: counts, ratios, factors, ranges, and a value of any unit.

use super::complaints::{Wants, nearest, shown};
use super::scan::{Decimal, number};
use super::{Complaint, Counts, Unit, duration, money, nanoseconds, rate, size};
use crate::units::Span;

/// A count: "120000", "10k", "12.5M", "2bn".
pub fn count(text: &str) -> Result<f64, Complaint> {
    let (number, suffix) = number(text, Wants::Count)?;
    let power = power_of(suffix).ok_or_else(|| not_counted(text, number, suffix))?;
    finite(number.shifted(power), Wants::Count)
}

/// The power of ten of k, M, bn, or nothing.
pub(super) fn power_of(suffix: &str) -> Option<i32> {
    match suffix {
        "" => Some(0),
        "k" => Some(3),
        "M" => Some(6),
        "bn" => Some(9),
        _ => None,
    }
}

pub(super) fn finite(value: f64, wants: Wants) -> Result<f64, Complaint> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(Complaint::new("no computer holds a number this long", wants.examples()))
    }
}

/// Twelve, or 12.5: the way a message says a number.
fn in_words(number: Decimal) -> String {
    const WORDS: [&str; 13] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    match number.text().parse::<usize>() {
        Ok(small) if small < WORDS.len() => WORDS[small].to_string(),
        _ => shown(number.text()),
    }
}

fn not_counted(text: &str, number: Decimal, suffix: &str) -> Complaint {
    let (digits, words) = (number.text(), in_words(number));
    let instead = |says: String, name: &str, suffix: &str| {
        let right = format!("{digits}{suffix}");
        Complaint::new(says, format!("{words} {name} is \"{}\"", shown(&right))).fix(&right)
    };
    let whole = shown(text);
    match suffix {
        "B" => instead(format!("{whole} is {words} byte{}", if words == "one" { "" } else { "s" }), "billion", "bn"),
        "b" | "BN" | "Bn" | "G" | "billion" => instead(format!("\"{whole}\" is not a count"), "billion", "bn"),
        "K" | "thousand" => instead(format!("\"{whole}\" is not a count"), "thousand", "k"),
        "m" => Complaint::new(
            format!("{whole} is {words} minute{}", if words == "one" { "" } else { "s" }),
            format!("{words} million is \"{}M\"", shown(digits)),
        ),
        "mn" | "mio" | "million" | "MM" => instead(format!("\"{whole}\" is not a count"), "million", "M"),
        "tn" | "T" | "trillion" => {
            let right = format!("{}bn", number.shifted(3));
            Complaint::new(format!("\"{whole}\" is not a count"), format!("write \"{right}\"")).fix(&right)
        }
        "%" => Complaint::new(format!("{whole} is a share"), Wants::Count.examples()),
        other if other.starts_with(['e', 'E']) && other.len() > 1 => scientific(text, other),
        _ if duration(text).is_ok() => Complaint::new(format!("{whole} is a length of time"), Wants::Count.examples()),
        "KB" | "MB" | "GB" => {
            let right = format!(
                "{digits}{}",
                ["k", "M", "bn"][["KB", "MB", "GB"].iter().position(|s| *s == suffix).unwrap_or(0)]
            );
            Complaint::new(format!("{whole} is a size"), format!("a count has no bytes: \"{right}\"")).fix(&right)
        }
        _ if size(text).is_ok() => Complaint::new(format!("{whole} is a size"), Wants::Count.examples()),
        _ if rate(text).is_ok() => Complaint::new(format!("{whole} is a rate"), Wants::Count.examples()),
        word if word.chars().all(char::is_alphabetic) => Complaint::new(
            format!("\"{whole}\" is not a count"),
            format!("a count has no word behind it: \"{}\"", shown(digits)),
        )
        .fix(digits),
        _ => Wants::Count.not(text),
    }
}

/// "1e6": written out, where that is short.
fn scientific(text: &str, exponent: &str) -> Complaint {
    let told = Complaint::new(format!("\"{}\" is not a count", shown(text)), Wants::Count.examples());
    let power = exponent[1..].trim_start_matches('+').parse::<i32>();
    match (power, text.trim().parse::<f64>()) {
        (Ok(0..=15), Ok(value)) => told.fix(&format!("{value}")),
        _ => told,
    }
}

/// A ratio: "99.9%", or "0.999".
pub fn ratio(text: &str) -> Result<f64, Complaint> {
    let (number, suffix) = number(text, Wants::Ratio)?;
    match suffix {
        "" => Ok(number.value()),
        "%" => Ok(number.shifted(-2)),
        "percent" | "pct" => {
            let right = format!("{}%", number.text());
            Err(Complaint::new(format!("\"{}\" is not a ratio", shown(text)), format!("write \"{right}\"")).fix(&right))
        }
        "x" => Err(Complaint::new(format!("{} is a factor", shown(text)), Wants::Ratio.examples())),
        _ => Err(Wants::Ratio.not(text)),
    }
}

/// A ratio of at most all: "5%".
pub fn share(text: &str) -> Result<f64, Complaint> {
    let share = ratio(text)?;
    if share <= 1.0 {
        return Ok(share);
    }
    let told = Complaint::new(format!("{} is more than all", shown(text)), "a share lies between 0% and 100%");
    // "5" for 5 %: the only reading that makes sense.
    let percent = format!("{}%", text.trim());
    let meant = share <= 100.0 && !text.contains('%');
    Err(if meant { Complaint { help: format!("write \"{percent}\""), ..told }.fix(&percent) } else { told })
}

/// A factor on what was there: "x1.5".
pub fn factor(text: &str) -> Result<f64, Complaint> {
    let trimmed = text.trim();
    let turned = |right: f64| {
        let right = format!("x{right}");
        Err(Complaint::new(format!("\"{}\" is not a factor", shown(trimmed)), format!("write \"{right}\"")).fix(&right))
    };
    let Some(rest) = trimmed.strip_prefix('x') else {
        return match number(trimmed, Wants::Factor) {
            Ok((number, "x" | "times" | "")) => turned(number.value()),
            Ok((number, "%")) => turned(number.shifted(-2)),
            Ok(_) => Err(Wants::Factor.not(trimmed)),
            Err(told) if trimmed.starts_with(['-', '+']) => Err(Complaint { fix: None, ..told }),
            Err(_) => Err(Wants::Factor.not(trimmed)),
        };
    };
    match number(rest, Wants::Factor).map_err(|told| told.within(trimmed, rest))? {
        (number, "") => Ok(number.value()),
        _ => Err(Wants::Factor.not(trimmed)),
    }
}

/// One of so many: "1/100" is 100.
pub fn one_in(text: &str) -> Result<u64, Complaint> {
    let wrong = || Complaint::new(format!("\"{}\" is no such share", shown(text)), "write it like \"1/100\"");
    let (one, many) = text.split_once('/').ok_or_else(wrong)?;
    let many = many.trim();
    let number = many.parse::<u64>().ok().filter(|n| *n > 0 && many.bytes().all(|b| b.is_ascii_digit()));
    if one.trim() == "1" { number.ok_or_else(wrong) } else { Err(wrong()) }
}

/// A value of any unit, in seconds, bytes, ones, per second or dollars.
pub fn any(text: &str) -> Result<(f64, Unit), Complaint> {
    let text = text.trim();
    if text.starts_with('$') {
        return if text.contains('/') {
            Err(Complaint::new("a measure of money is a sum, not a price", "write it like \"$400\""))
        } else {
            money(text).map(|money| (money.as_dollars(), Unit::Dollars))
        };
    }
    let (number, suffix) = number(text, Wants::Value)?;
    if suffix.contains('/') || suffix.ends_with("bps") {
        let rate = rate(text)?;
        let unit = if rate.of == Counts::Bytes { Unit::BytesPerSecond } else { Unit::PerSecond };
        return Ok((rate.per_second, unit));
    }
    match suffix {
        "%" => Ok((number.shifted(-2), Unit::Share)),
        "x" => Ok((number.value(), Unit::One)),
        "USD" | "dollars" | "$" => Err(money(text).err().unwrap_or_else(|| Wants::Money.not(text))),
        _ if power_of(suffix).is_some() => count(text).map(|count| (count, Unit::One)),
        _ if suffix.ends_with(['B', 'b']) => size(text).map(|bytes| (bytes, Unit::Bytes)),
        _ => match nanoseconds(text) {
            Ok(nanos) => Ok((nanos / 1e9, Unit::Seconds)),
            Err(told) => Err(unit_unknown(suffix).unwrap_or(told)),
        },
    }
}

/// A suffix that is no unit of anything.
fn unit_unknown(suffix: &str) -> Option<Complaint> {
    const UNITS: [&str; 14] = ["k", "M", "bn", "ns", "us", "ms", "s", "m", "h", "d", "KB", "MB", "GB", "TB"];
    let word = !suffix.is_empty() && suffix.chars().all(char::is_alphabetic);
    let near = nearest(suffix, UNITS);
    (word && near.is_none() && suffix.len() > 3).then(|| {
        let help = "there are k M bn, ns us ms s m h d, B KB MB GB TB PB, %, x, and rates like \"/s\"";
        Complaint::new(format!("no unit is called \"{}\"", shown(suffix)), help)
    })
}

/// A range of one kind of value, low end first: "4..50", "30m..75m", "1.5%..3%".
pub fn range(text: &str) -> Result<((f64, f64), Unit), Complaint> {
    let ((low, from), (high, to)) = ends(text, any, |low, high| low.0 <= high.0 || low.1 != high.1)?;
    if from != to {
        let says = format!("the ends of \"{}\" are of different kinds", shown(text));
        return Err(Complaint::new(says, "write it like \"4..50\" or \"30m..75m\""));
    }
    Ok(((low, high), from))
}

/// "30m..75m".
pub fn range_of_durations(text: &str) -> Result<(Span, Span), Complaint> {
    ends(text, duration, |low, high| low <= high)
}

/// "4..50".
pub fn range_of_counts(text: &str) -> Result<(f64, f64), Complaint> {
    ends(text, count, |low, high| low <= high)
}

/// "0.5..0.9", "20%..90%".
pub fn range_of_ratios(text: &str) -> Result<(f64, f64), Complaint> {
    ends(text, ratio, |low, high| low <= high)
}

/// Both ends of a range, each read by `read`.
pub(super) fn ends<T>(
    text: &str,
    read: impl Fn(&str) -> Result<T, Complaint>,
    in_order: impl Fn(&T, &T) -> bool,
) -> Result<(T, T), Complaint> {
    let text = text.trim();
    let Some((low, high)) = text.split_once("..") else { return Err(no_range(text, read)) };
    let (low, high) = (low.trim(), high.trim());
    if high.starts_with('.') || low.ends_with('.') {
        let right = format!("{}..{}", low.trim_end_matches('.'), high.trim_start_matches('.'));
        return Err(Complaint::new("a range has two points", format!("write \"{}\"", shown(&right))).fix(&right));
    }
    // "5..15ms": the unit was meant for both, if the first end can have it.
    let suffix = high.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').trim_start();
    let bare = !low.is_empty() && low.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let with_unit = format!("{low}{suffix}");
    if bare && !suffix.is_empty() && high.len() > suffix.len() && read(&with_unit).is_ok() && read(high).is_ok() {
        let right = format!("{with_unit}..{high}");
        let says = format!("which unit has {low} in \"{}\"", shown(text));
        return Err(Complaint::new(says, format!("write \"{}\"", shown(&right))).fix(&right));
    }
    let first = read(low).map_err(|told| told.within(text, low))?;
    let last = read(high).map_err(|told| told.within(text, high))?;
    if in_order(&first, &last) {
        return Ok((first, last));
    }
    let right = format!("{high}..{low}");
    let says = format!("the range \"{}\" ends below its beginning", shown(text));
    Err(Complaint::new(says, format!("write \"{}\"", shown(&right))).fix(&right))
}

fn no_range<T>(text: &str, read: impl Fn(&str) -> Result<T, Complaint>) -> Complaint {
    let told = Complaint::new(format!("\"{}\" is not a range", shown(text)), "write it like \"4..50\" or \"30m..75m\"");
    for between in [" to ", "-", "–", "…", ","] {
        if let Some((low, high)) = text.split_once(between) {
            let (low, high) = (low.trim(), high.trim());
            if read(low).is_ok() && read(high).is_ok() {
                return told.fix(&format!("{low}..{high}"));
            }
        }
    }
    if read(text).is_ok() { told.label("one value").fix(&format!("{text}..{text}")) } else { told }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_thousands_millions_and_billions() {
        let read = [("120000", 120_000.0), ("10k", 1e4), ("12.5M", 12.5e6), ("2bn", 2e9), ("2 bn", 2e9), ("0", 0.0)];
        for (text, value) in read {
            assert_eq!(count(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn two_bytes_are_not_two_billion() {
        let told = count("2B").expect_err("bytes");
        assert_eq!((told.says.as_str(), told.help.as_str()), ("2B is two bytes", "two billion is \"2bn\""));
        assert_eq!(told.fix.as_deref(), Some("\"2bn\""));
        assert_eq!(count("2.5B").expect_err("bytes").says, "2.5B is 2.5 bytes");
    }

    #[test]
    fn other_ways_to_count_are_corrected() {
        let fixes = [
            ("10K", "10k"),
            ("3million", "3M"),
            ("2T", "2000bn"),
            ("1e6", "1000000"),
            ("10,000", "10000"),
            ("1_000k", "1000k"),
            ("+5", "5"),
            (".5k", "0.5k"),
            ("5.k", "5k"),
        ];
        for (wrong, right) in fixes {
            assert_eq!(count(wrong).expect_err(wrong).fix, Some(format!("\"{right}\"")), "{wrong}");
        }
        assert_eq!(count("12m").expect_err("minutes").says, "12m is twelve minutes");
        assert_eq!(count("-3").expect_err("negative").says, "a count cannot be negative");
        for wrong in ["", "k", "5s", "5GB", "5/s", "50%", "NaN", "inf", "1e400", "1e", "five", "5 5", "5\u{0}"] {
            assert!(count(wrong).is_err(), "{wrong}");
        }
        assert!(count(&"9".repeat(5000)).is_err());
    }

    #[test]
    fn ratios_are_the_nearest_doubles() {
        assert_eq!(ratio("99.9%"), Ok(0.999));
        assert_eq!(ratio("0.999"), Ok(0.999));
        assert_eq!(ratio("110 %"), Ok(1.1));
        assert_eq!(share("5").expect_err("more than all").fix.as_deref(), Some("\"5%\""));
        assert!(share("110%").is_err() && ratio("-1%").is_err() && ratio("1.5x").is_err());
    }

    #[test]
    fn factors_begin_with_x() {
        assert_eq!(factor("x1.5"), Ok(1.5));
        assert_eq!(factor("x 2"), Ok(2.0));
        for (wrong, right) in [("1.5x", "x1.5"), ("1.5", "x1.5"), ("150%", "x1.5")] {
            assert_eq!(factor(wrong).expect_err(wrong).fix, Some(format!("\"{right}\"")), "{wrong}");
        }
        assert!(factor("x").is_err() && factor("xx2").is_err() && factor("x-2").is_err());
    }

    #[test]
    fn a_range_has_two_ends_in_order() {
        assert_eq!(range_of_counts("4..50"), Ok((4.0, 50.0)));
        assert_eq!(range_of_durations("30m .. 75m"), Ok((Span::seconds(1_800), Span::seconds(4_500))));
        assert_eq!(range("1.5%..3%"), Ok(((0.015, 0.03), Unit::Share)));
        assert_eq!(range_of_ratios("0.5..0.9"), Ok((0.5, 0.9)));
    }

    #[test]
    fn a_range_written_otherwise_is_corrected() {
        for (wrong, right) in
            [("50..4", "4..50"), ("4-50", "4..50"), ("4 to 50", "4..50"), ("4...50", "4..50"), ("4", "4..4")]
        {
            assert_eq!(range_of_counts(wrong).expect_err(wrong).fix, Some(format!("\"{right}\"")), "{wrong}");
        }
        assert_eq!(range_of_durations("5..15ms").expect_err("unit").fix.as_deref(), Some("\"5ms..15ms\""));
        assert_eq!(range("1..3%").expect_err("unit").fix.as_deref(), Some("\"1%..3%\""));
        assert!(range("1s..3MB").is_err() && range("..").is_err() && range("1..").is_err());
    }

    #[test]
    fn any_value_knows_its_unit() {
        assert_eq!(any("800ms"), Ok((0.8, Unit::Seconds)));
        assert_eq!(any("2.1x"), Ok((2.1, Unit::One)));
        assert_eq!(any("3m"), Ok((180.0, Unit::Seconds)));
        assert_eq!(any("3M"), Ok((3e6, Unit::One)));
        assert_eq!(any("$60k"), Ok((60_000.0, Unit::Dollars)));
        assert_eq!(any("2KB"), Ok((2048.0, Unit::Bytes)));
        assert_eq!(any("40MB/s"), Ok((40.0 * 1_048_576.0, Unit::BytesPerSecond)));
        assert_eq!(any("60/min"), Ok((1.0, Unit::PerSecond)));
        assert!(any("5 parsecs").expect_err("no unit").says.contains("parsecs"));
    }

    #[test]
    fn one_in_a_hundred_is_a_hundred() {
        assert_eq!(one_in("1/100"), Ok(100));
        for wrong in ["2/100", "1/0", "0.01", "1/-5", "1/", "/"] {
            assert!(one_in(wrong).is_err(), "{wrong}");
        }
    }
}
