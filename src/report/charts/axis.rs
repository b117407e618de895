//! Scales and their ticks: round numbers, few of them, written as people write them.

use crate::units::maths::{exp, ln, log10};

/// What is counted along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// A second.
    Rate,
    /// Seconds.
    Time,
    /// A share of one.
    Share,
    /// Ones.
    Ones,
}

/// From numbers to a height between 0 (bottom) and 1 (top).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// From 0 to the top.
    Even { top: f64 },
    /// Equal factors are equally far apart.
    Log { bottom: f64, top: f64 },
}

impl Scale {
    /// Even, from 0 to at least this, ending at a tick or a little above it.
    pub fn even(most: f64) -> Scale {
        Scale::Even { top: if most > 0.0 && most.is_finite() { most * 1.06 } else { 1.0 } }
    }

    /// With room above for a number at the highest point.
    pub fn roomy(self) -> Scale {
        match self {
            Scale::Even { top } => Scale::Even { top: top * 1.14 },
            Scale::Log { bottom, top } => Scale::Log { bottom, top: top * 1.5 },
        }
    }

    /// By factors, if these numbers differ much; else even.
    pub fn fitting(values: impl Iterator<Item = f64> + Clone) -> Scale {
        let some = || values.clone().filter(|value| value.is_finite() && *value > 0.0);
        let (least, most) = (some().fold(f64::INFINITY, f64::min), some().fold(0.0, f64::max));
        match most / least {
            far if far > 25.0 && least > 0.0 => Scale::Log { bottom: least * 0.8, top: most * 1.35 },
            _ => Scale::even(most),
        }
    }

    /// How high a number stands; what does not fit stands at the edge.
    pub fn height(&self, value: f64) -> f64 {
        let height = match *self {
            Scale::Even { top } => value / top,
            Scale::Log { bottom, top } => ln(value.max(bottom) / bottom) / ln(top / bottom),
        };
        height.clamp(0.0, 1.0)
    }

    /// Is it too large for the scale?
    pub fn is_beyond(&self, value: f64) -> bool {
        let (Scale::Even { top } | Scale::Log { top, .. }) = *self;
        value > top
    }

    /// Round numbers on it.
    pub fn ticks(&self) -> Vec<f64> {
        match *self {
            Scale::Even { top } => {
                let step = round_step(top / 4.0);
                (0..12).map(|i| f64::from(i) * step).filter(|tick| *tick <= top).collect()
            }
            Scale::Log { bottom, top } => {
                let decades = log10(top / bottom);
                let firsts: &[f64] = match decades {
                    few if few < 2.2 => &[1.0, 2.0, 5.0],
                    some if some < 3.5 => &[1.0, 3.0],
                    _ => &[1.0],
                };
                let from = log10(bottom).floor() as i32;
                let every = if decades > 6.0 { 2 } else { 1 };
                let powers = (0..24).filter(|i| i % every == 0).map(|i| power_of_ten(from + i));
                let all = powers.flat_map(|power| firsts.iter().map(move |first| first * power));
                all.filter(|tick| (bottom..=top).contains(tick)).map(rounded).collect()
            }
        }
    }
}

/// What its first twelve digits say: three tenths are 0.3.
fn rounded(tick: f64) -> f64 {
    format!("{tick:.11e}").parse().unwrap_or(tick)
}

/// Exact where a power of ten has an exact value or a shortest decimal.
fn power_of_ten(power: i32) -> f64 {
    format!("1e{power}").parse().unwrap_or_else(|_| exp(f64::from(power) * ln(10.0)))
}

/// 1, 2, 2.5 or 5 times a power of ten: the smallest that is not below.
fn round_step(least: f64) -> f64 {
    if least <= 0.0 || !least.is_finite() {
        return 1.0;
    }
    let power = power_of_ten(log10(least).floor() as i32);
    [1.0, 2.0, 2.5, 5.0, 10.0].map(|first| first * power).into_iter().find(|step| *step >= least).unwrap_or(least)
}

/// A number of an axis.
pub fn label(value: f64, counted: Counted) -> String {
    match counted {
        Counted::Rate if value == 0.0 => "0".to_owned(),
        Counted::Rate => format!("{}/s", thousands(value)),
        Counted::Ones => thousands(value),
        Counted::Share => format!("{}%", digits(value * 100.0)),
        Counted::Time => time(value),
    }
}

/// `0`, `250 us`, `40 ms`, `1.5 s`, `10 min`, `2 h`.
pub fn time(seconds: f64) -> String {
    const UNITS: [(f64, &str); 7] =
        [(86_400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns")];
    if seconds == 0.0 {
        return "0".to_owned();
    }
    // 90 s rather than 1.5 min, 100 min rather than 1.7 h.
    let fits = |(size, _): &&(f64, &str)| seconds >= if *size >= 60.0 { 2.0 * size } else { 0.9995 * size };
    let (size, unit) = UNITS.iter().find(fits).unwrap_or(&UNITS[6]);
    format!("{} {unit}", digits(seconds / size))
}

/// `950`, `1.2k`, `60M`.
pub fn thousands(value: f64) -> String {
    match value {
        large if large >= 999.5e6 => format!("{}G", digits(value / 1e9)),
        large if large >= 999.5e3 => format!("{}M", digits(value / 1e6)),
        large if large >= 999.5 => format!("{}k", digits(value / 1e3)),
        _ => digits(value),
    }
}

/// Three digits, without zeros at the end.
fn digits(value: f64) -> String {
    let places = match value.abs() {
        large if large >= 99.95 => 0,
        some if some >= 9.995 => 1,
        _ => 2,
    };
    let text = format!("{value:.places$}");
    if places > 0 { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Ticks of the time between two moments (in seconds), each with its label: at most so many.
pub fn time_ticks(from: f64, to: f64, most: usize) -> Vec<(f64, String)> {
    const STEPS: [(f64, f64, &str); 27] = [
        (1.0, 1.0, "s"),
        (2.0, 1.0, "s"),
        (5.0, 1.0, "s"),
        (10.0, 1.0, "s"),
        (20.0, 1.0, "s"),
        (30.0, 1.0, "s"),
        (60.0, 60.0, "min"),
        (120.0, 60.0, "min"),
        (300.0, 60.0, "min"),
        (600.0, 60.0, "min"),
        (900.0, 60.0, "min"),
        (1800.0, 60.0, "min"),
        (3600.0, 3600.0, "h"),
        (7200.0, 3600.0, "h"),
        (10_800.0, 3600.0, "h"),
        (21_600.0, 3600.0, "h"),
        (43_200.0, 3600.0, "h"),
        (86_400.0, 86_400.0, "d"),
        (172_800.0, 86_400.0, "d"),
        (432_000.0, 86_400.0, "d"),
        (864_000.0, 86_400.0, "d"),
        (2_592_000.0, 86_400.0, "d"),
        (5_184_000.0, 86_400.0, "d"),
        (15_552_000.0, 86_400.0, "d"),
        (31_536_000.0, 31_536_000.0, "y"),
        (157_680_000.0, 31_536_000.0, "y"),
        (1_576_800_000.0, 31_536_000.0, "y"),
    ];
    let length = to - from;
    if length <= 0.0 {
        return vec![(from, time(from))];
    }
    let many = most.max(1) as f64;
    if length < many {
        // Below a second between two ticks: decimal steps.
        let step = round_step(length / many);
        let first = (from / step).ceil();
        let ticks = (0..=most).map(|i| (first + i as f64) * step);
        return ticks.filter(|tick| *tick <= to).map(|tick| (tick, time(tick))).collect();
    }
    let (step, unit, word) = *STEPS.iter().find(|(step, ..)| length / step <= many).unwrap_or(&STEPS[STEPS.len() - 1]);
    let first = (from / step).ceil();
    let ticks = (0..=most).map(|i| (first + i as f64) * step);
    let said = |tick: f64| if tick == 0.0 { "0".to_owned() } else { format!("{} {word}", whole(tick / unit)) };
    ticks.filter(|tick| *tick <= to).map(|tick| (tick, said(tick))).collect()
}

fn whole(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_people_say_them() {
        let said = [0.0, 2.5e-4, 0.04, 0.3, 1.5, 90.0, 600.0, 7200.0].map(time);
        assert_eq!(said, ["0", "250 us", "40 ms", "300 ms", "1.5 s", "90 s", "10 min", "2 h"]);
        assert_eq!([0.5, 950.0, 1234.0, 60e6].map(thousands), ["0.5", "950", "1.23k", "60M"]);
    }

    #[test]
    fn time_has_few_round_ticks_at_any_length() {
        let ticks = |to: f64| time_ticks(0.0, to, 10).into_iter().map(|(_, said)| said).collect::<Vec<_>>().join(" ");
        assert_eq!(ticks(900.0), "0 2 min 4 min 6 min 8 min 10 min 12 min 14 min");
        assert_eq!(ticks(1800.0), "0 5 min 10 min 15 min 20 min 25 min 30 min");
        assert_eq!(ticks(5400.0), "0 10 min 20 min 30 min 40 min 50 min 60 min 70 min 80 min 90 min");
        assert_eq!(ticks(86_400.0), "0 3 h 6 h 9 h 12 h 15 h 18 h 21 h 24 h");
        assert_eq!(ticks(0.004), "0 500 us 1 ms 1.5 ms 2 ms 2.5 ms 3 ms 3.5 ms 4 ms");
        for power in -9..10 {
            let ticks = time_ticks(0.0, 3.3 * power_of_ten(power), 10);
            assert!((2..=11).contains(&ticks.len()), "{power}: {ticks:?}");
        }
        assert_eq!(time_ticks(5.0, 5.0, 10), [(5.0, "5 s".to_owned())]);
    }

    #[test]
    fn ticks_are_round_and_on_the_scale() {
        assert_eq!(Scale::even(180.0).ticks(), [0.0, 50.0, 100.0, 150.0]);
        assert_eq!(Scale::even(0.0).ticks(), [0.0, 0.25, 0.5, 0.75, 1.0]);
        let log = Scale::fitting([0.002, 0.3, 9.0].into_iter());
        assert_eq!(log.ticks(), [0.01, 0.1, 1.0, 10.0]);
        let log = Scale::fitting([0.02, 9.0].into_iter());
        assert_eq!(log.ticks(), [0.03, 0.1, 0.3, 1.0, 3.0, 10.0]);
        assert!(log.height(0.002) < log.height(0.2) && log.height(99.0) == 1.0 && log.height(0.0) == 0.0);
        assert_eq!(Scale::fitting([0.0, 0.5, 1.0].into_iter()), Scale::even(1.0));
    }
}
