//! How load changes and how arrivals come: "day(200/s..3000/s, peak=20h)", "mmpp(0.4/s for 50s, 1.4/s for 10s)".

use super::complaints::{Wants, nearest, shown};
use super::numbers::ends;
use super::scan::{Call, call};
use super::{Complaint, Counts, Files, Rate, count, duration, law_of_number, law_of_time, rate};
use crate::scenario::ast::{Arrivals, Profile};
use crate::units::{Law, Span, time::SECOND};

const DAY: Span = Span(86_400 * SECOND);

/// A rate that may change, in things a second: "578/s", "day(200/s..3000/s, peak=20h)".
pub fn profile_of_rate(text: &str) -> Result<Profile, Complaint> {
    profile(text, &things, ["100/s", "60/s", "200/s..3000/s"])
}

/// A number that may change, of users for instance: "120k", "day(2k..30k, peak=20h)".
pub fn profile_of_count(text: &str) -> Result<Profile, Complaint> {
    profile(text, &count, ["100k", "60k", "2k..30k"])
}

/// A rate of things, not of bytes.
fn things(text: &str) -> Result<f64, Complaint> {
    match rate(text)? {
        Rate { per_second, of: Counts::Things } => Ok(per_second),
        Rate { of: Counts::Bytes, .. } => {
            let says = format!("{} is a rate of bytes", shown(text));
            Err(Complaint::new(says, "requests are counted: \"578/s\""))
        }
    }
}

type Value<'a> = &'a dyn Fn(&str) -> Result<f64, Complaint>;

fn profile(text: &str, value: Value, [mean, swing, range]: [&str; 3]) -> Result<Profile, Complaint> {
    let text = text.trim();
    let Some(call) = call(text)? else { return value(text).map(Profile::Constant) };
    match call.name {
        "day" => day(call, value, &format!("day({range}, peak=20h)")),
        "sine" => sine(call, value, &format!("sine({mean}, amplitude={swing}, period=24h)")),
        other => {
            let help = format!(
                "write it like \"day({range}, peak=20h)\", or as points: [[\"0m\", \"{mean}\"], [\"20m\", \"{swing}\"]]"
            );
            let told = Complaint::new(format!("no profile is called `{}`", shown(other)), help);
            match nearest(other, ["day", "sine"]) {
                Some(meant) if !other.is_empty() => Err(told.fix(&text.replacen(other, meant, 1))),
                _ => Err(told),
            }
        }
    }
}

fn day(mut call: Call, value: Value, example: &str) -> Result<Profile, Complaint> {
    let text = call.text;
    let range = call.first("its least and greatest value", example)?;
    let (low, high) = ends(range, value, |low, high| low <= high).map_err(|told| told.within(text, range))?;
    let at = call.need("peak", example)?;
    let peak = duration(at).map_err(|told| told.within(text, at))?;
    call.finish(&["peak"])?;
    if peak < DAY {
        return Ok(Profile::Day { low, high, peak });
    }
    Err(Complaint::new(format!("`peak={}` is not within a day", shown(at)), "a peak in the evening is `peak=20h`"))
}

fn sine(mut call: Call, value: Value, example: &str) -> Result<Profile, Complaint> {
    let text = call.text;
    let within = |piece: &str, told: Complaint| told.within(text, piece);
    let first = call.first("its mean", example)?;
    let mean = value(first).map_err(|told| within(first, told))?;
    let swing = call.need("amplitude", example)?;
    let amplitude = value(swing).map_err(|told| within(swing, told))?;
    let length = call.need("period", example)?;
    let period = duration(length).map_err(|told| within(length, told))?;
    let phase = match call.take("phase") {
        Some(phase) => duration(phase).map_err(|told| within(phase, told))?,
        None => Span::ZERO,
    };
    call.finish(&["amplitude", "period", "phase"])?;
    if period == Span::ZERO {
        return Err(Complaint::new("a period is above 0", format!("write it like \"{example}\"")));
    }
    if amplitude > mean {
        let says = format!("\"{}\" falls below 0", shown(text));
        return Err(Complaint::new(says, "the amplitude is at most the mean"));
    }
    Ok(Profile::Sine { mean, amplitude, period, phase })
}

const ARRIVALS: [&str; 5] = ["poisson", "even", "renewal", "bursts", "mmpp"];
const EXAMPLES: &str = r#"there are "poisson", "even", "renewal(erlang(2s, k=5))", "bursts(mean=50)", "mmpp(0.4/s for 50s, 1.4/s for 10s)""#;

/// How open arrivals come. `bursts(mean=50)` has groups of geometric size, `bursts(5)` always five, `bursts(LAW)` groups of
/// that law; a stay of `mmpp` is exponential unless it is written as a law.
pub fn arrivals(text: &str, files: &mut Files) -> Result<Arrivals, Complaint> {
    let text = text.trim();
    let Some(mut call) = call(text)? else {
        return match text {
            "poisson" => Ok(Arrivals::Poisson),
            "even" => Ok(Arrivals::Even),
            _ => Err(unknown_arrivals(text, text)),
        };
    };
    let arrivals = match call.name {
        "renewal" => Arrivals::Renewal(gaps(&mut call, files)?),
        "bursts" => Arrivals::Bursts(burst(&mut call, files)?),
        "mmpp" => Arrivals::Mmpp(states(&mut call, files)?),
        other => return Err(unknown_arrivals(text, other)),
    };
    call.finish(&[])?;
    Ok(arrivals)
}

fn gaps(call: &mut Call, files: &mut Files) -> Result<Law, Complaint> {
    let text = call.text;
    let law = call.first("the law of the gaps", "renewal(erlang(2s, k=5))")?;
    let gaps = law_of_time(law, files).map_err(|told| told.within(text, law))?;
    let mean = gaps.mean();
    if mean > 0.0 && mean.is_finite() {
        return Ok(gaps);
    }
    Err(Complaint::new("gaps of no time have no rate", "a law with a mean above 0, as in \"renewal(erlang(2s, k=5))\""))
}

fn burst(call: &mut Call, files: &mut Files) -> Result<Law, Complaint> {
    let text = call.text;
    let law = match call.take("mean") {
        Some(mean) => Law::Geometric { mean: count(mean).map_err(|told| told.within(text, mean))? },
        None => {
            let size = call.first("the size of a group", "bursts(mean=50)")?;
            law_of_number(size, files).map_err(|told| told.within(text, size))?
        }
    };
    if law.mean() >= 1.0 {
        return Ok(law);
    }
    Err(Complaint::new("a group has at least one member", "write it like \"bursts(mean=50)\""))
}

fn states(call: &mut Call, files: &mut Files) -> Result<Vec<(Rate, Law)>, Complaint> {
    const EXAMPLE: &str = "write it like \"mmpp(0.4/s for 50s, 1.4/s for 10s)\"";
    let text = call.text;
    let mut states = Vec::new();
    for piece in std::mem::take(&mut call.plain) {
        let Some((many, stay)) = piece.split_once(" for ") else {
            return Err(Complaint::new(format!("\"{}\" does not say for how long", shown(piece)), EXAMPLE));
        };
        let (many, stay) = (many.trim(), stay.trim());
        let per_second = things(many).map_err(|told| told.within(text, many))?;
        let law = match law_of_time(stay, files).map_err(|told| told.within(text, stay))? {
            Law::Constant(mean) if !stay.contains('(') => Law::Exponential { mean },
            law => law,
        };
        let mean = law.mean();
        if mean <= 0.0 || !mean.is_finite() {
            return Err(Complaint::new(format!("\"{}\" lasts no time", shown(piece)), EXAMPLE));
        }
        states.push((Rate { per_second, of: Counts::Things }, law));
    }
    if states.len() < 2 {
        return Err(Complaint::new("rates that change are two or more", EXAMPLE));
    }
    if states.iter().all(|(rate, _)| rate.per_second == 0.0) {
        return Err(Complaint::new("nobody ever comes at these rates", EXAMPLE));
    }
    Ok(states)
}

fn unknown_arrivals(text: &str, name: &str) -> Complaint {
    if text.is_empty() {
        return Complaint::new("how do they arrive", EXAMPLES);
    }
    if ["renewal", "bursts", "mmpp"].contains(&text) {
        return Complaint::new(format!("`{text}` needs its numbers"), EXAMPLES);
    }
    if ["poisson", "even"].contains(&name) {
        return Complaint::new(format!("`{name}` has no arguments"), "the rate says how many").fix(name);
    }
    let told = Complaint::new(format!("no arrivals are called `{}`", shown(name)), EXAMPLES);
    match (name, nearest(name, ARRIVALS)) {
        ("exp" | "random" | "exponential", _) if !text.contains('(') => told.fix("poisson"),
        ("constant" | "regular" | "uniform" | "deterministic", _) if !text.contains('(') => told.fix("even"),
        (_, Some(meant)) if !name.is_empty() => told.fix(&text.replacen(name, meant, 1)),
        _ => {
            if rate(text).is_ok() {
                Complaint::new(Wants::Rate.name().to_string() + " is no way to arrive", EXAMPLES)
            } else {
                told
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::no_files;
    use super::*;

    fn read(text: &str) -> Result<Arrivals, Complaint> {
        arrivals(text, &mut no_files)
    }

    #[test]
    fn profiles_are_curves_of_rates_or_counts() {
        let hours = |h: u64| Span::seconds(h * 3_600);
        assert_eq!(profile_of_rate("578/s"), Ok(Profile::Constant(578.0)));
        let day = Profile::Day { low: 200.0, high: 3000.0, peak: hours(20) };
        assert_eq!(profile_of_rate("day(200/s..3000/s, peak=20h)"), Ok(day));
        let sine = Profile::Sine { mean: 100.0, amplitude: 60.0, period: hours(24), phase: hours(6) };
        assert_eq!(profile_of_rate("sine(100/s, amplitude=60/s, period=24h, phase=6h)"), Ok(sine));
        assert_eq!(profile_of_count("day(2k..30k, peak=9h)"), Ok(Profile::Day { low: 2e3, high: 3e4, peak: hours(9) }));
        for wrong in [
            "",
            "40MB/s",
            "day(200/s)",
            "day(5/s..2/s, peak=1h)",
            "day(2/s..5/s, peak=25h)",
            "sine(1/s, amplitude=2/s, period=1h)",
            "sine(2/s, amplitude=1/s, period=0s)",
            "week(1/s..2/s)",
            "578",
        ] {
            assert!(profile_of_rate(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            profile_of_rate("day(200..3000/s, peak=20h)").expect_err("unit").fix.as_deref(),
            Some("\"day(200/s..3000/s, peak=20h)\"")
        );
    }

    #[test]
    fn every_way_to_arrive_is_read() {
        assert_eq!(read("poisson"), Ok(Arrivals::Poisson));
        assert_eq!(read("even"), Ok(Arrivals::Even));
        assert_eq!(read("renewal(erlang(2s, k=5))"), Ok(Arrivals::Renewal(Law::Erlang { mean: 2e9, k: 5 })));
        assert_eq!(read("bursts(mean=50)"), Ok(Arrivals::Bursts(Law::Geometric { mean: 50.0 })));
        assert_eq!(read("bursts(5)"), Ok(Arrivals::Bursts(Law::Constant(5.0))));
        let state = |per_second, mean| (Rate { per_second, of: Counts::Things }, Law::Exponential { mean });
        let states = vec![state(0.4, 50e9), state(1.4, 10e9)];
        assert_eq!(read("mmpp(0.4/s for 50s, 1.4/s for 10s)"), Ok(Arrivals::Mmpp(states)));
    }

    #[test]
    fn wrong_arrivals_hear_what_there_is() {
        assert_eq!(read("possion").expect_err("name").fix.as_deref(), Some("\"poisson\""));
        assert_eq!(read("poisson(5/s)").expect_err("argument").fix.as_deref(), Some("\"poisson\""));
        for wrong in [
            "",
            "5/s",
            "renewal",
            "renewal()",
            "renewal(0s)",
            "bursts(mean=0.5)",
            "mmpp(1/s for 5s)",
            "mmpp(1/s, 2/s)",
            "mmpp(0/s for 1s, 0/s for 1s)",
            "mmpp(1/s for 0s, 2/s for 1s)",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
