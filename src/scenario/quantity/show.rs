//! Values back as people write them, for reports: short, with the unit that reads best.

use super::{Counts, Money, Rate, Unit};
use crate::units::{Span, time::SECOND};

/// Three significant digits, without zeros at the end; whole where the number has three or more before the point.
fn short(value: f64) -> String {
    let places = match value.abs() {
        v if v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        _ => 2,
    };
    trimmed(&format!("{value:.places$}"))
}

fn trimmed(digits: &str) -> String {
    if digits.contains('.') {
        digits.trim_end_matches('0').trim_end_matches('.').to_string()
    } else {
        digits.to_string()
    }
}

/// 11204 is "11,204".
fn grouped(whole: &str) -> String {
    let mut out = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Not a number, or more than any: said in words, so that no report holds `NaN`.
fn unusual(value: f64) -> Option<String> {
    match value {
        v if v.is_nan() => Some("none".to_string()),
        f64::INFINITY => Some("unlimited".to_string()),
        f64::NEG_INFINITY => Some("-unlimited".to_string()),
        _ => None,
    }
}

fn signed(value: f64, show: impl Fn(f64) -> String) -> String {
    unusual(value).unwrap_or_else(|| if value < 0.0 { format!("-{}", show(-value)) } else { show(value.abs()) })
}

/// The largest of these units that the value reaches, after rounding.
fn with_unit(value: f64, units: &[(f64, &str)]) -> String {
    let (size, unit) =
        units.iter().find(|(size, _)| value >= size * 0.999_5).or(units.last()).copied().unwrap_or((1.0, ""));
    format!("{}{unit}", short(value / size))
}

/// A count: "8,212", "120k", "12.5M", "2bn"; fractions of small ones: "0.25".
pub fn show_count(count: f64) -> String {
    signed(count, |count| match count {
        c if c < 99.95 => short(c),
        c if c < 99_999.5 => grouped(&format!("{c:.0}")),
        c => with_unit(c, &[(1e9, "bn"), (1e6, "M"), (1e3, "k")]),
    })
}

/// A duration in seconds: "250ms", "1.5s", "1m30s", "2h5m".
pub fn show_duration(seconds: f64) -> String {
    signed(seconds, |seconds| match seconds {
        0.0 => "0s".to_string(),
        s if s < 59.95 => with_unit(s, &[(1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns")]),
        s if s > 1e14 => "for ever".to_string(),
        s => two_units(s),
    })
}

/// The two largest units of a minute or more.
fn two_units(seconds: f64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let whole = seconds.round() as u64;
    let first = UNITS.iter().position(|(size, _)| whole >= *size).unwrap_or(3);
    let (size, unit) = UNITS[first];
    let Some((small, small_unit)) = UNITS.get(first + 1) else { return format!("{whole}{unit}") };
    let parts = (seconds / *small as f64).round() as u64;
    let (many, few) = (parts / (size / small), parts % (size / small));
    if few == 0 { format!("{many}{unit}") } else { format!("{many}{unit}{few}{small_unit}") }
}

/// A span: as [`show_duration`].
pub fn show_span(span: Span) -> String {
    if span == Span::FOREVER { "for ever".to_string() } else { show_duration(span.as_seconds()) }
}

/// A span to the last nanosecond, in the format's own grammar: what [`super::duration`] reads back unchanged.
pub fn exact_duration(span: Span) -> String {
    const LONG: [(u64, &str); 3] = [(86_400 * SECOND, "d"), (3_600 * SECOND, "h"), (60 * SECOND, "m")];
    let (mut out, mut left) = (String::new(), span.0);
    for (size, unit) in LONG {
        if left >= size {
            out += &format!("{}{unit}", left / size);
            left %= size;
        }
    }
    if left == 0 && !out.is_empty() {
        return out;
    }
    let below = [(SECOND, "s", 9), (1_000_000, "ms", 6), (1_000, "us", 3), (1, "ns", 0)];
    let (size, unit, places) = below.into_iter().find(|(size, ..)| left >= *size).unwrap_or((SECOND, "s", 9));
    let digits = if places == 0 { left.to_string() } else { format!("{}.{:0places$}", left / size, left % size) };
    out + &trimmed(&digits) + unit
}

/// A size in bytes: "512MB", "1.5KB".
pub fn show_size(bytes: f64) -> String {
    const K: f64 = 1024.0;
    signed(bytes, |bytes| {
        let units =
            [(K * K * K * K * K, "PB"), (K * K * K * K, "TB"), (K * K * K, "GB"), (K * K, "MB"), (K, "KB"), (1.0, "B")];
        with_unit(bytes, &units)
    })
}

/// A rate: "578/s", "12.5M/s", "40MB/s"; rare things per minute, hour or day: "20/min".
pub fn show_rate(rate: Rate) -> String {
    if rate.of == Counts::Bytes {
        return format!("{}/s", show_size(rate.per_second));
    }
    signed(rate.per_second, |per_second| {
        let times = [(1.0, "s"), (60.0, "min"), (3_600.0, "h"), (86_400.0, "day")];
        let reached = times.into_iter().find(|(seconds, _)| per_second * seconds >= 0.999_5);
        match reached {
            None if per_second == 0.0 => "0/s".to_string(),
            None => format!("{}/day", significant(per_second * 86_400.0)),
            Some((seconds, name)) => format!("{}/{name}", show_count(per_second * seconds)),
        }
    })
}

/// Two significant digits of something small.
fn significant(value: f64) -> String {
    let mut places = 2;
    let mut digits = format!("{value:.places$}");
    while places < 18 && digits.bytes().filter(|b| (b'1'..=b'9').contains(b)).count() < 2 {
        places += 1;
        digits = format!("{value:.places$}");
    }
    trimmed(&digits)
}

/// Money, in cents from a cent on: "$11,204.50"; prices below it with their digits: "$0.0000002".
pub fn show_money(money: Money) -> String {
    const CENT: u128 = 10_000_000_000;
    let (sign, amount) = (if money.0 < 0 { "-" } else { "" }, money.0.unsigned_abs());
    if amount > 0 && amount < CENT {
        return format!("{sign}$0.{}", format!("{amount:012}").trim_end_matches('0'));
    }
    let cents = amount / CENT + u128::from(amount % CENT >= CENT / 2);
    format!("{sign}${}.{:02}", grouped(&(cents / 100).to_string()), cents % 100)
}

/// A ratio as a percentage, with as many nines as it has: "99.9%", "99.999%", "0.02%".
pub fn show_ratio(ratio: f64) -> String {
    signed(ratio, |ratio| {
        let percent = ratio * 100.0;
        // What is close to nothing or to all is told by its distance from it.
        let edge = percent.min((100.0 - percent).abs());
        let places = match edge {
            e if e == 0.0 || percent >= 100.5 => 0,
            e if e >= 9.95 => 1,
            e if e >= 0.095 => 2,
            e if e >= 0.009_5 => 3,
            e if e >= 0.000_95 => 4,
            _ => 6,
        };
        format!("{}%", trimmed(&format!("{percent:.places$}")))
    })
}

/// A factor: "x1.5".
pub fn show_factor(factor: f64) -> String {
    format!("x{}", signed(factor, short))
}

/// A value in its unit, as conditions have it.
pub fn show_quantity(value: f64, unit: Unit) -> String {
    match unit {
        Unit::One => show_count(value),
        Unit::Share => show_ratio(value),
        Unit::Seconds => show_duration(value),
        Unit::Bytes => show_size(value),
        Unit::PerSecond => show_rate(Rate { per_second: value, of: Counts::Things }),
        Unit::BytesPerSecond => show_rate(Rate { per_second: value, of: Counts::Bytes }),
        // A double holds the cents of any bill; `as` saturates beyond.
        Unit::Dollars => unusual(value).unwrap_or_else(|| show_money(Money((value * 1e12) as i128))),
        Unit::Truth => (value != 0.0).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{duration, money};
    use super::*;

    #[test]
    fn counts_are_short() {
        let shown = [
            (0.0, "0"),
            (0.25, "0.25"),
            (12.34, "12.3"),
            (8212.0, "8,212"),
            (99_999.9, "100k"),
            (120_000.0, "120k"),
            (12.5e6, "12.5M"),
            (999_999.0, "1M"),
            (2e9, "2bn"),
            (-5.0, "-5"),
            (f64::NAN, "none"),
            (f64::INFINITY, "unlimited"),
        ];
        for (count, text) in shown {
            assert_eq!(show_count(count), text);
        }
    }

    #[test]
    fn durations_have_the_unit_that_reads_best() {
        let shown = [
            (0.0, "0s"),
            (0.25, "250ms"),
            (1.5, "1.5s"),
            (59.99, "1m"),
            (90.0, "1m30s"),
            (7_500.0, "2h5m"),
            (3599.7, "1h"),
            (1.0e-7, "100ns"),
            (0.999_9, "1s"),
            (86_400.0 * 3.5, "3d12h"),
        ];
        for (seconds, text) in shown {
            assert_eq!(show_duration(seconds), text, "{seconds}");
        }
        assert_eq!(show_span(Span::FOREVER), "for ever");
    }

    #[test]
    fn exact_durations_are_read_back_unchanged() {
        for nanos in
            [0, 1, 999, 1_000, 1_234_567, 250_000_000, 1_500_000_000, 90_000_000_000, 86_461_000_000_001, u64::MAX - 1]
        {
            let text = exact_duration(Span(nanos));
            assert_eq!(duration(&text), Ok(Span(nanos)), "{text}");
        }
        assert_eq!(exact_duration(Span::seconds(90)), "1m30s");
        assert_eq!(exact_duration(Span(1_500_000_000)), "1.5s");
    }

    #[test]
    fn sizes_and_rates_are_short() {
        assert_eq!(show_size(536_870_912.0), "512MB");
        assert_eq!(show_size(1536.0), "1.5KB");
        assert_eq!(show_size(0.0), "0B");
        let things = |per_second| show_rate(Rate { per_second, of: Counts::Things });
        assert_eq!(
            [578.0, 12.5e6, 0.0, 1.0 / 3.0, 1.0 / 7_200.0].map(things),
            ["578/s", "12.5M/s", "0/s", "20/min", "12/day"]
        );
        assert_eq!(things(0.001 / 86_400.0), "0.001/day");
        assert_eq!(show_rate(Rate { per_second: 41_943_040.0, of: Counts::Bytes }), "40MB/s");
    }

    #[test]
    fn money_has_cents_and_prices_their_digits() {
        let shown = [
            ("$11204.5", "$11,204.50"),
            ("$0", "$0.00"),
            ("$0.005", "$0.005"),
            ("$0.0000002", "$0.0000002"),
            ("$0.999", "$1.00"),
            ("$12", "$12.00"),
        ];
        for (written, text) in shown {
            assert_eq!(money(written).map(show_money), Ok(text.to_string()));
        }
        assert_eq!(show_money(Money(-1_500_000_000_000)), "-$1.50");
    }

    #[test]
    fn ratios_keep_their_nines() {
        let shown = [
            (0.999, "99.9%"),
            (0.99999, "99.999%"),
            (1.0, "100%"),
            (0.0, "0%"),
            (0.0002, "0.02%"),
            (0.5, "50%"),
            (1.1, "110%"),
            (0.123_45, "12.3%"),
        ];
        for (ratio, text) in shown {
            assert_eq!(show_ratio(ratio), text);
        }
        assert_eq!(show_factor(1.5), "x1.5");
    }
}
