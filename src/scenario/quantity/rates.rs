//! Sizes and rates: "512MB", "578/s", "40MB/s", "10Gbps".

use super::complaints::{BARE, Wants, shown};
use super::numbers::{finite, power_of};
use super::scan::{Decimal, number};
use super::times::time_unit;
use super::{Complaint, Counts, Rate, count, nanoseconds};

const LETTERS: [char; 5] = ['K', 'M', 'G', 'T', 'P'];

/// Bytes of a unit of size: powers of 1,024, as clouds count; `KiB` is the same.
pub(super) fn bytes_of(unit: &str) -> Option<f64> {
    if unit == "B" {
        return Some(1.0);
    }
    let letter = unit.strip_suffix("iB").or_else(|| unit.strip_suffix('B'))?;
    let power = LETTERS.iter().position(|known| letter == known.to_string())?;
    Some((1u64 << (10 * (power + 1))) as f64)
}

/// A size in bytes: B, KB, MB, GB, TB, PB.
pub fn size(text: &str) -> Result<f64, Complaint> {
    let (number, suffix) = number(text, Wants::Size)?;
    match bytes_of(suffix) {
        Some(bytes) => finite(number.value() * bytes, Wants::Size),
        None => Err(no_size(text, number, suffix)),
    }
}

fn no_size(text: &str, number: Decimal, suffix: &str) -> Complaint {
    let digits = number.text();
    let told = Complaint::new(format!("\"{}\" is not a size", shown(text)), Wants::Size.examples());
    if suffix.is_empty() {
        let short = shown(digits);
        let told = Complaint::new("a size needs a unit", format!("write \"{short}KB\" or \"{short}MB\"")).label(BARE);
        return if number.value() == 0.0 { told.fix("0B") } else { told };
    }
    let upper = suffix.to_uppercase().replace("BYTES", "B").replace("BYTE", "B").replace("IB", "B");
    let bits = suffix.len() == 2 && suffix.ends_with('b') && suffix.starts_with(LETTERS);
    match upper.as_str() {
        _ if bits => Complaint::new(
            format!("{} is a number of bits", shown(text)),
            format!("sizes are in bytes: \"{}{upper}\"; a bandwidth is \"{0}{suffix}ps\"", shown(digits)),
        ),
        "BIT" | "BITS" => told,
        "K" | "M" | "G" | "T" | "P" => fixed(told, digits, &format!("{upper}B")),
        _ if bytes_of(&upper).is_some() => fixed(told, digits, &upper),
        _ => told,
    }
}

fn fixed(told: Complaint, digits: &str, unit: &str) -> Complaint {
    let right = format!("{digits}{unit}");
    Complaint { help: format!("write \"{}\"", shown(&right)), ..told }.fix(&right)
}

/// A rate: "578/s", "12.5M/s", "100bn/day", "40MB/s", "5000/10m", "10Gbps".
pub fn rate(text: &str) -> Result<Rate, Complaint> {
    let text = text.trim();
    if text.starts_with('$') {
        return Err(Complaint::new(format!("\"{}\" is a price, not a rate", shown(text)), Wants::Rate.examples()));
    }
    let Some((many, time)) = text.split_once('/') else { return bandwidth(text) };
    let (many, time) = (many.trim(), time.trim());
    let (amount, of) = amount(many).map_err(|told| told.within(text, many))?;
    let seconds = per(time).map_err(|told| told.within(text, time))?;
    Ok(Rate { per_second: finite(amount / seconds, Wants::Rate)?, of })
}

/// What is counted: things or bytes.
fn amount(many: &str) -> Result<(f64, Counts), Complaint> {
    let (_, suffix) = number(many, Wants::Rate)?;
    if power_of(suffix).is_some() {
        return count(many).map(|things| (things, Counts::Things));
    }
    if suffix.len() == 2 && suffix.ends_with('b') && suffix.starts_with(LETTERS) {
        let says = format!("{} is a number of bits", shown(many));
        return Err(Complaint::new(
            says,
            format!("a bandwidth is \"{}ps\", bytes are `{}`", shown(many), suffix.to_uppercase()),
        ));
    }
    if bytes_of(&suffix.to_uppercase()).is_some() {
        return size(many).map(|bytes| (bytes, Counts::Bytes));
    }
    let things = suffix.len() > 1 && suffix.chars().all(|c| c.is_alphabetic());
    if things && time_unit(suffix).is_none() && !["million", "billion", "thousand"].contains(&suffix) {
        // "500 requests/s": the word says nothing that the place does not say.
        let bare = many[..many.len() - suffix.len()].trim_end();
        return Err(
            Complaint::new(format!("a rate names no `{}`", shown(suffix)), "the place says what is counted").fix(bare)
        );
    }
    count(many).map(|things| (things, Counts::Things))
}

/// Seconds of what stands behind the stroke: "s", "day", "10m".
fn per(time: &str) -> Result<f64, Complaint> {
    let seconds = match time_unit(time) {
        Some(unit) => unit.nanos() as f64 / 1e9,
        None if time.starts_with(|c: char| c.is_ascii_digit()) => nanoseconds(time)? / 1e9,
        None => return Err(no_time(time)),
    };
    if seconds > 0.0 { Ok(seconds) } else { Err(Complaint::new("a rate needs a time above 0", Wants::Rate.examples())) }
}

fn no_time(time: &str) -> Complaint {
    let told = Complaint::new(format!("no rate is per \"{}\"", shown(time)), "rates are per s, min, h or day");
    match time.to_lowercase().as_str() {
        "" => Complaint::new("a rate needs a time", "\"/s\", or \"/min\""),
        "sec" | "second" | "seconds" | "secs" => told.fix("s"),
        "minute" | "minutes" | "mins" => told.fix("min"),
        "hr" | "hours" => told.fix("h"),
        "days" => told.fix("day"),
        "month" | "year" | "week" | "mo" => Complaint { help: "spread it over days: \"/day\"".into(), ..told },
        _ => told,
    }
}

/// A rate without a stroke: decimal bits a second ("10Gbps"), or a mistake.
fn bandwidth(text: &str) -> Result<Rate, Complaint> {
    let (number, suffix) = number(text, Wants::Rate)?;
    let power = match suffix {
        "bps" => Some(0),
        "kbps" | "Kbps" => Some(3),
        "Mbps" => Some(6),
        "Gbps" => Some(9),
        "Tbps" => Some(12),
        _ => None,
    };
    if let Some(power) = power {
        let per_second = finite(number.shifted(power) / 8.0, Wants::Rate)?;
        return Ok(Rate { per_second, of: Counts::Bytes });
    }
    let digits = number.text();
    let told = Complaint::new(format!("\"{}\" is not a rate", shown(text)), Wants::Rate.examples());
    match suffix.to_lowercase().as_str() {
        _ if bytes_of(suffix.trim_end_matches("ps")).is_some() && suffix.ends_with("ps") => {
            Err(fixed(told, digits, &format!("{}/s", suffix.trim_end_matches("ps"))))
        }
        "rps" | "qps" | "tps" | "req/s" | "per second" | "hz" => Err(fixed(told, digits, "/s")),
        "rpm" | "per minute" => Err(fixed(told, digits, "/min")),
        "mbps" | "gbps" => Err(told),
        _ if power_of(suffix).is_none() && bytes_of(suffix).is_none() => Err(told),
        _ => {
            let short = shown(text);
            Err(Complaint::new("a rate needs a time", format!("\"{short}/s\", or \"{short}/min\"")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_powers_of_1024() {
        let read =
            [("1B", 1.0), ("2KB", 2048.0), ("1.5KiB", 1536.0), ("512MB", 536_870_912.0), ("1GB", 1_073_741_824.0)];
        for (text, bytes) in read {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        assert_eq!(size("1PB"), Ok((1u64 << 50) as f64));
    }

    #[test]
    fn sizes_written_otherwise_are_corrected() {
        for (wrong, right) in [("512mb", "512MB"), ("512M", "512MB"), ("4 kB", "4KB"), ("3 bytes", "3B"), ("0", "0B")] {
            assert_eq!(size(wrong).expect_err(wrong).fix, Some(format!("\"{right}\"")), "{wrong}");
        }
        assert!(size("10Gb").expect_err("bits").says.contains("bits"));
        assert_eq!(size("512").expect_err("bare").says, "a size needs a unit");
        for wrong in ["", "-1MB", "1EB", "1MBB", "5s", "x"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn rates_count_things_or_bytes() {
        let things = |per_second| Ok(Rate { per_second, of: Counts::Things });
        let bytes = |per_second| Ok(Rate { per_second, of: Counts::Bytes });
        assert_eq!(rate("578/s"), things(578.0));
        assert_eq!(rate("12.5M/s"), things(12.5e6));
        assert_eq!(rate("100bn/day"), things(100e9 / 86_400.0));
        assert_eq!(rate("20 / min"), things(20.0 / 60.0));
        assert_eq!(rate("5000/10m"), things(5000.0 / 600.0));
        assert_eq!(rate("40MB/s"), bytes(40.0 * 1_048_576.0));
        assert_eq!(rate("10Gbps"), bytes(1.25e9));
    }

    #[test]
    fn a_rate_without_a_time_hears_so() {
        let told = rate("578").expect_err("no time");
        assert_eq!((told.says.as_str(), told.help.as_str()), ("a rate needs a time", "\"578/s\", or \"578/min\""));
        assert_eq!(rate("40MB").expect_err("no time").help, "\"40MB/s\", or \"40MB/min\"");
    }

    #[test]
    fn rates_written_otherwise_are_corrected() {
        let fixes = [
            ("578rps", "578/s"),
            ("5/sec", "5/s"),
            ("40MBps", "40MB/s"),
            ("500 requests/s", "500/s"),
            ("2B/x", ""),
            ("10K/s", "10k/s"),
        ];
        for (wrong, right) in fixes {
            let fix = (!right.is_empty()).then(|| format!("\"{right}\""));
            assert_eq!(rate(wrong).expect_err(wrong).fix, fix, "{wrong}");
        }
        for wrong in ["", "/", "/s", "5/", "5/0s", "-5/s", "$5/h", "5/s/s", "5%/s", "10Gb/s", "5/month", "NaN/s"] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
    }
}
