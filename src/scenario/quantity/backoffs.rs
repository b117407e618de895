//! Pauses before another attempt: "fixed(1s)", "full-jitter(200ms, cap=5s)", "schedule(3 x 0s, 1m, 2m)".

use super::complaints::{nearest, shown};
use super::scan::{Call, call};
use super::{Complaint, count, duration, factor, law_of_time, no_files, ratio};
use crate::scenario::ast::Backoff;
use crate::units::{Span, maths};

const EXAMPLES: &str = r#"write it like "fixed(1s)", "exponential(2s, cap=20s)" or "full-jitter(200ms, cap=5s)""#;
const NAMES: [&str; 7] = ["fixed", "exponential", "equal-jitter", "full-jitter", "decorrelated", "schedule", "as-told"];

/// Nobody tries more often than that, and a schedule is a list.
const LONGEST_SCHEDULE: usize = 10_000;

/// A backoff. Without `cap=` a pause grows without end; the factor is 2 unless `x=` says otherwise (3 if decorrelated).
pub fn backoff(text: &str) -> Result<Backoff, Complaint> {
    let text = text.trim();
    let Some(mut call) = call(text)? else { return without_brackets(text) };
    match call.name {
        "fixed" => {
            let pause = call.first("its pause", "fixed(1s)")?;
            let law = law_of_time(pause, &mut no_files).map_err(|told| told.within(text, pause))?;
            call.finish(&[])?;
            Ok(Backoff::Fixed(law))
        }
        "as-told" if call.plain.is_empty() => call.finish(&[]).map(|()| Backoff::AsTold),
        "schedule" => {
            let pauses = schedule(&mut call)?;
            call.finish(&[])?;
            Ok(Backoff::Schedule(pauses))
        }
        "exponential" | "equal-jitter" | "full-jitter" | "decorrelated" => growing(call),
        other => Err(unknown(text, other)),
    }
}

fn growing(mut call: Call) -> Result<Backoff, Complaint> {
    let (text, name) = (call.text, call.name);
    let first = call.first("its first pause", &format!("{name}(200ms, cap=5s)"))?;
    let base = duration(first).map_err(|told| told.within(text, first))?;
    let cap = match call.take("cap") {
        None => Span::FOREVER,
        Some(cap) => duration(cap).map_err(|told| told.within(text, cap))?,
    };
    if cap < base {
        let says = format!("the cap of \"{}\" lies below its first pause", shown(text));
        return Err(Complaint::new(says, "a cap is the longest pause"));
    }
    let factor = match call.take("x") {
        None if name == "decorrelated" => 3.0,
        None => 2.0,
        Some(x) => {
            let value = count(x).or_else(|told| factor(x).map_err(|_| told)).map_err(|told| told.within(text, x))?;
            if value < 1.0 {
                let says = format!("pauses that shrink (`x={}`) are no backoff", shown(x));
                return Err(Complaint::new(says, "x is 1 or more"));
            }
            value
        }
    };
    // The others have a jitter of their own.
    let jitter = match if name == "exponential" { call.take("jitter") } else { None } {
        None => None,
        Some(share) => Some(jitter(share).map_err(|told| told.within(text, share))?),
    };
    call.finish(if name == "exponential" { &["cap", "x", "jitter"] } else { &["cap", "x"] })?;
    Ok(match name {
        "exponential" => Backoff::Exponential { base, factor, cap, jitter: jitter.unwrap_or(0.0) },
        "equal-jitter" => Backoff::EqualJitter { base, factor, cap },
        "full-jitter" => Backoff::FullJitter { base, factor, cap },
        _ => Backoff::Decorrelated { base, factor, cap },
    })
}

/// How far a pause is spread to either side, as a share of it.
fn jitter(share: &str) -> Result<f64, Complaint> {
    let value = ratio(share)?;
    if (0.0..=1.0).contains(&value) {
        return Ok(value);
    }
    Err(Complaint::new(
        format!("a jitter of \"{}\"", shown(share)),
        "a share from 0% to 100% of the pause, to either side",
    ))
}

/// Pauses one by one; what is repeated at the end stands once, because the last one stays anyway.
fn schedule(call: &mut Call) -> Result<Vec<Span>, Complaint> {
    let (text, items) = (call.text, std::mem::take(&mut call.plain));
    let mut pauses = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let (times, what) = repeated(item).map_err(|told| told.within(text, item))?;
        let is_last = i + 1 == items.len();
        if what.contains('(') {
            let Backoff::Exponential { base, factor, cap, .. } =
                backoff(what).map_err(|told| told.within(text, what))?
            else {
                return Err(Complaint::new(
                    "a schedule has durations and `exponential(..)`",
                    "write it like \"schedule(3 x 0s, 1m, 2m)\"",
                ));
            };
            let Some(times) = times else {
                return Err(Complaint::new("how often does the pause grow", format!("write \"10 x {}\"", shown(what))));
            };
            fits(pauses.len(), times, text)?;
            pauses.extend((0..times).map(|k| grown(base, factor, cap, k as i32)));
        } else {
            let pause = duration(what).map_err(|told| told.within(text, what))?;
            let times = if is_last { times.unwrap_or(1).min(1) } else { times.unwrap_or(1) };
            fits(pauses.len(), times, text)?;
            pauses.extend(std::iter::repeat_n(pause, times));
        }
    }
    if pauses.is_empty() {
        return Err(Complaint::new("the schedule is empty", "write it like \"schedule(3 x 0s, 1m, 2m)\""));
    }
    Ok(pauses)
}

fn fits(there: usize, more: usize, text: &str) -> Result<(), Complaint> {
    if there.saturating_add(more) <= LONGEST_SCHEDULE {
        return Ok(());
    }
    let says = format!("\"{}\" has more than {LONGEST_SCHEDULE} pauses", shown(text));
    Err(Complaint::new(says, "the last pause stays by itself; use `exponential(..)` for one that grows"))
}

/// "3 x 0s" is three times "0s".
fn repeated(item: &str) -> Result<(Option<usize>, &str), Complaint> {
    let end = item.find(|c: char| !(c.is_ascii_digit() || c == ' ')).unwrap_or(item.len());
    let times = item[..end].trim();
    match item[end..].strip_prefix('x') {
        Some(what) if !times.is_empty() => match times.parse::<usize>() {
            Ok(times) if times > 0 => Ok((Some(times), what.trim())),
            _ => Err(Complaint::new(format!("\"{}\" is no number of times", shown(times)), "write it like \"3 x 0s\"")),
        },
        _ => Ok((None, item.trim())),
    }
}

/// base x factor^k, at most the cap.
fn grown(base: Span, factor: f64, cap: Span, k: i32) -> Span {
    if base == Span::ZERO { base } else { Span::from_nanos(base.0 as f64 * maths::power_of_whole(factor, k)).min(cap) }
}

fn without_brackets(text: &str) -> Result<Backoff, Complaint> {
    match text {
        "as-told" => Ok(Backoff::AsTold),
        "none" | "" => Err(Complaint::new("no pause is said by leaving `backoff` away", EXAMPLES)),
        _ if NAMES.contains(&text) => Err(Complaint::new(format!("`{text}` needs its first pause"), EXAMPLES)),
        _ => match duration(text) {
            Ok(_) => {
                let says = format!("\"{}\" does not say how the pause goes on", shown(text));
                Err(Complaint::new(says, format!("write \"fixed({0})\" or \"exponential({0})\"", shown(text)))
                    .fix(&format!("fixed({text})")))
            }
            Err(told) if text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) => Err(told),
            Err(_) => Err(unknown(text, text)),
        },
    }
}

fn unknown(text: &str, name: &str) -> Complaint {
    let told = Complaint::new(format!("no backoff is called `{}`", shown(name)), EXAMPLES);
    let meant = match name {
        "jitter" | "full" | "full_jitter" => Some("full-jitter"),
        "equal" | "equal_jitter" => Some("equal-jitter"),
        "exp" | "expo" => Some("exponential"),
        "constant" => Some("fixed"),
        "decorrelated-jitter" => Some("decorrelated"),
        "retry-after" => Some("as-told"),
        _ => nearest(name, NAMES),
    };
    match meant {
        Some(meant) if text.contains('(') && !name.is_empty() => told.fix(&text.replacen(name, meant, 1)),
        Some("as-told") => told.fix("as-told"),
        _ => told,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Law;

    const S: fn(u64) -> Span = Span::seconds;

    #[test]
    fn every_backoff_of_the_format_is_read() {
        let ms = |n: u64| Span(n * 1_000_000);
        let read = [
            ("fixed(1s)", Backoff::Fixed(Law::Constant(1e9))),
            ("fixed(uniform(1s..2s))", Backoff::Fixed(Law::Uniform { low: 1e9, high: 2e9 })),
            ("exponential(2s, cap=20s)", Backoff::Exponential { base: S(2), factor: 2.0, cap: S(20), jitter: 0.0 }),
            (
                "exponential(100ms, cap=1s, jitter=50%)",
                Backoff::Exponential { base: Span(100_000_000), factor: 2.0, cap: S(1), jitter: 0.5 },
            ),
            ("exponential(2s, x=3)", Backoff::Exponential { base: S(2), factor: 3.0, cap: Span::FOREVER, jitter: 0.0 }),
            ("equal-jitter(1s)", Backoff::EqualJitter { base: S(1), factor: 2.0, cap: Span::FOREVER }),
            ("full-jitter(200ms, cap=5s)", Backoff::FullJitter { base: ms(200), factor: 2.0, cap: S(5) }),
            ("decorrelated(5ms, cap=2s)", Backoff::Decorrelated { base: ms(5), factor: 3.0, cap: S(2) }),
            ("as-told", Backoff::AsTold),
            ("schedule(3 x 0s, 1m, 2m)", Backoff::Schedule(vec![S(0), S(0), S(0), S(60), S(120)])),
        ];
        for (text, right) in read {
            assert_eq!(backoff(text), Ok(right), "{text}");
        }
    }

    #[test]
    fn a_schedule_may_grow_in_its_middle_and_stays_at_its_last_pause() {
        let read = backoff("schedule(3 x 0s, 2 x 1s, 10 x exponential(1s, cap=20s), 100000 x 20s)");
        let Ok(Backoff::Schedule(pauses)) = read else { panic!("{read:?}") };
        let seconds: Vec<u64> = pauses.iter().map(|pause| pause.0 / 1_000_000_000).collect();
        assert_eq!(seconds, [0, 0, 0, 1, 1, 1, 2, 4, 8, 16, 20, 20, 20, 20, 20, 20]);
    }

    #[test]
    fn a_wrong_backoff_hears_what_there_is() {
        for (wrong, right) in
            [("2s", "fixed(2s)"), ("full_jitter(1s)", "full-jitter(1s)"), ("exponental(1s)", "exponential(1s)")]
        {
            assert_eq!(backoff(wrong).expect_err(wrong).fix, Some(format!("\"{right}\"")), "{wrong}");
        }
        let wrong = [
            "",
            "none",
            "fixed",
            "fixed()",
            "fixed(1s, 2s)",
            "exponential(5s, cap=1s)",
            "exponential(1s, x=0.5)",
            "exponential(1s, cup=5s)",
            "exponential(1s, jitter=150%)",
            "full-jitter(1s, jitter=10%)",
            "schedule()",
            "schedule(0 x 1s)",
            "schedule(99999 x 1s, 2s)",
            "schedule(exponential(1s))",
            "schedule(fixed(1s))",
            "as-told(5s)",
            "fixed(empirical(x.csv))",
            "5",
        ];
        for wrong in wrong {
            assert!(backoff(wrong).is_err(), "{wrong}");
        }
    }
}
