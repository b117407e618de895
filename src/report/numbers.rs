//! Numbers as people read them: `2.31s`, `0.41%`, `10,412`, `$11,204`; and as programs read them: nine digits.

use crate::outcome::path::Unit;

/// What stands where there is no number.
pub const NONE: &str = "-";

/// A number in its unit, in as many characters as it is worth.
pub fn show(value: Option<f64>, unit: Unit) -> String {
    match value.filter(|value| value.is_finite()) {
        None => NONE.into(),
        Some(value) => match unit {
            Unit::Seconds => duration(value),
            Unit::Count => count(value),
            Unit::Ratio => percent(value),
            Unit::PerSecond => format!("{}/s", count(value)),
            Unit::Bytes => bytes(value),
            Unit::Dollars => dollars(value),
            Unit::Bool => if value == 0.0 { "false" } else { "true" }.into(),
        },
    }
}

/// Three digits and the unit that leaves a short number.
pub fn duration(seconds: f64) -> String {
    if seconds == 0.0 {
        return "0s".into();
    }
    const UNITS: [(f64, &str); 5] = [(3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "us")];
    // Minutes from ten on, hours from ten on: 90 s is read more easily than 1.5 min.
    let fits = |(size, _): &(f64, &str)| seconds.abs() >= if *size >= 60.0 { 10.0 * size } else { 0.9995 * size };
    match UNITS.iter().find(|unit| fits(unit)) {
        Some((size, unit)) => format!("{}{unit}", digits(seconds / size)),
        None => format!("{}ns", digits(seconds * 1e9)),
    }
}

/// A moment of a run: `12.4s`, `31m10s`, `2h05m00s`.
pub fn moment(seconds: f64) -> String {
    let whole = (seconds + 0.5).floor().max(0.0);
    let (h, m, s) = (whole as u64 / 3600, whole as u64 % 3600 / 60, whole as u64 % 60);
    match (h, m) {
        _ if seconds < 59.95 => {
            if seconds.fract() == 0.0 {
                format!("{seconds:.0}s")
            } else {
                format!("{seconds:.1}s")
            }
        }
        (0, m) => format!("{m}m{s:02}s"),
        (h, m) => format!("{h}h{m:02}m{s:02}s"),
    }
}

/// Whole numbers with commas; others with three digits.
pub fn count(value: f64) -> String {
    if value.abs() >= 999.5 || value.fract() == 0.0 { commas(value) } else { digits(value) }
}

/// A share, with more digits where it is small.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent.abs() {
        0.0 => "0%".into(),
        small if small < 0.005 => format!("{}%", digits(percent)),
        small if small < 10.0 => format!("{percent:.2}%"),
        // 99.97 % must not be printed as 100 %.
        large if (99.0..100.0).contains(&large) => format!("{}%", floor_to_thousandths(percent)),
        _ => format!("{percent:.0}%"),
    }
}

fn floor_to_thousandths(percent: f64) -> String {
    let text = format!("{:.3}", (percent * 1000.0 + 1e-6).floor() / 1000.0);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// Powers of 1,024.
pub fn bytes(value: f64) -> String {
    const UNITS: [&str; 6] = ["B", "KB", "MB", "GB", "TB", "PB"];
    let (mut value, mut unit) = (value, 0);
    while value.abs() >= 1024.0 && unit + 1 < UNITS.len() {
        (value, unit) = (value / 1024.0, unit + 1);
    }
    format!("{}{}", count(value), UNITS[unit])
}

/// Cents where they matter.
pub fn dollars(value: f64) -> String {
    if value.abs() >= 1000.0 { format!("${}", commas(value)) } else { format!("${value:.2}") }
}

/// Three digits that count.
fn digits(value: f64) -> String {
    match value.abs() {
        small if small < 1e-3 && small > 0.0 => format!("{value:.2e}"),
        small if small < 0.9995 => format!("{value:.3}"),
        small if small < 9.995 => format!("{value:.2}"),
        small if small < 99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// 10,412
pub fn commas(value: f64) -> String {
    let whole = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0.0 && whole != "0" { format!("-{text}") } else { text }
}

/// Nine significant digits: the same bytes wherever a double's last bits differ.
pub fn rounded(value: f64) -> Option<f64> {
    if !value.is_finite() {
        return None;
    }
    format!("{value:.8e}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits_and_the_unit_that_fits() {
        let shown = [0.0, 4e-9, 2.5e-6, 0.0412, 0.9999, 2.314, 90.0, 720.0, 40_000.0].map(duration);
        assert_eq!(shown, ["0s", "4.00ns", "2.50us", "41.2ms", "1.00s", "2.31s", "90.0s", "12.0min", "11.1h"]);
    }

    #[test]
    fn a_share_that_is_not_all_is_never_printed_as_all() {
        let shown = [0.0, 0.00001, 0.0041, 0.68, 0.9999, 0.999999, 1.0].map(percent);
        assert_eq!(shown, ["0%", "0.001%", "0.41%", "68%", "99.99%", "99.999%", "100%"]);
    }

    #[test]
    fn a_moment_reads_like_a_clock() {
        let shown = [0.0, 12.44, 59.97, 1870.0, 3600.0, 7505.2].map(moment);
        assert_eq!(shown, ["0s", "12.4s", "1m00s", "31m10s", "1h00m00s", "2h05m05s"]);
    }

    #[test]
    fn large_numbers_have_commas() {
        assert_eq!([10_412.0, 999.0, 1_000_000.4, 0.5].map(count), ["10,412", "999", "1,000,000", "0.500"]);
        assert_eq!(dollars(11_204.3), "$11,204");
        assert_eq!(bytes(4096.0), "4KB");
    }

    #[test]
    fn nothing_is_a_dash() {
        assert_eq!(show(None, Unit::Seconds), "-");
        assert_eq!(show(Some(f64::NAN), Unit::Ratio), "-");
        assert_eq!(rounded(f64::NAN), None);
        assert_eq!(rounded(0.1 + 0.2), Some(0.3));
    }
}
