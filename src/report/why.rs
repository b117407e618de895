//! Why it went wrong, in sentences: when, where, what. Each holds a limit, a time or a count that was measured.

use serde_json::{Value, json};

use super::json::number;
use super::numbers::{commas, count, duration, moment, percent};
use super::tables::word;
use crate::outcome::Outcome;
use crate::outcome::causes::{Link, Often, Story, What};
use crate::record::results::Cause;
use crate::units::time::SECOND;

/// A line of the account: when, and what.
pub(super) struct Told {
    pub when: String,
    pub says: String,
}

/// The stories of the account, each from its first cause to what was felt.
pub(super) fn stories(outcome: &Outcome) -> Vec<Vec<Told>> {
    let stories = outcome.why.iter().flat_map(|why| &why.account.stories);
    stories.map(|story| story.links.iter().map(told).collect()).collect()
}

/// "in 5 of 5 runs": nothing where there is one run.
pub(super) fn share(why: &Often) -> String {
    match why.of {
        0 | 1 => String::new(),
        of => format!("the same in {} of {of} runs; numbers of run {}", why.same, why.replication + 1),
    }
}

fn told(link: &Link) -> Told {
    let spread = matches!(link.what, What::Failed { spread: true, .. } | What::Late { spread: true, .. });
    let always = matches!(link.what, What::Slow { .. });
    let when = if spread || always { "all along".to_owned() } else { moment(link.at.as_seconds()) };
    Told { when, says: sentence(link) }
}

/// One fact in words.
pub(super) fn sentence(link: &Link) -> String {
    let whose = &link.whose;
    match &link.what {
        What::Happens { says, over } => {
            let named = if says.contains(&format!("`{whose}`")) { String::new() } else { format!(" (`{whose}`)") };
            let over = if *over { format!(", over at {}", moment(link.until.as_seconds())) } else { String::new() };
            format!("{says}{named}{over}")
        }
        What::Misses { before, after } => {
            format!("{whose}: finds {} of what is asked, {} before", percent(*after), percent(*before))
        }
        What::Full { .. } => full(link),
        What::Backlog { waiting, waiting_at, wait_s, came } => {
            let at = moment(waiting_at.as_seconds());
            let (wait, came) = (duration(*wait_s), count(rounded(*came)));
            format!("{whose}: {} waiting at {at}, {wait} each; {came}/s came", many(*waiting))
        }
        What::Throttles { limit_name, limit, count: refused, came } => {
            let refused = many(*refused);
            let came = format!("{}/s came", count(rounded(*came)));
            match (limit_name.as_str(), limit) {
                ("room", _) => format!("{whose}: its queue is full and turns {refused} away ({came})"),
                (name, Some(limit)) => {
                    format!("{whose}: {} of {}/s throttles {refused} ({came})", named(name), many(*limit))
                }
                (name, None) => format!("{whose}: {} throttles {refused} ({came})", named(name)),
            }
        }
        What::Errors { count: errors, of } => {
            format!("{whose}: answers {} of {} with an error", many(*errors), many((*of).max(*errors)))
        }
        What::Again { callee, again, first } => {
            let times = (again + first) as f64 / (*first).max(1) as f64;
            format!(
                "{whose} try {callee} again: {} further attempts, {} times the load",
                many(*again),
                count((times * 10.0).round() / 10.0)
            )
        }
        What::GivesUp { callee, after, count } => {
            let after = duration(after.as_seconds());
            format!("{whose} give up on {callee} after {after}, {} times", many(*count))
        }
        What::Slow { mean_s, p99_s } => {
            let (mean, p99) = (duration(*mean_s), duration(*p99_s));
            format!("{whose}: takes {mean} (p99 {p99}) by itself: no limit was reached for as long")
        }
        What::Failed { .. } => failed(link),
        What::Late { mark, count: over, of, within, quantile, measured_s, .. } => {
            let measure = quantile.map_or("mean".to_owned(), |p| format!("p{}", count_of(p)));
            let (is, promised) = (duration(*measured_s), duration(within.as_seconds()));
            let share = percent(*over as f64 / (*of).max(1) as f64);
            let mark = mark.as_ref().map_or(String::new(), |mark| format!("{mark}."));
            format!("{whose}: {mark}{measure} {is}, promised {promised}: {} ({share}) took longer", many(*over))
        }
    }
}

/// "0.999" is p99.9.
fn count_of(p: f64) -> String {
    let text = format!("{:.4}", p * 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn full(link: &Link) -> String {
    let What::Full { of, limit_name, limit, held, full_for, waiting, waiting_at, wait_s, came, came_before, members } =
        &link.what
    else {
        return String::new();
    };
    let whose = &link.whose;
    let used =
        if held >= limit { format!("all {}", many(*limit)) } else { format!("{} of {}", many(*held), many(*limit)) };
    let what = match of.strip_prefix("pool.") {
        Some(callee) => format!("{used} connections to {callee} in use"),
        None => format!("{used} {} busy", if limit_name.is_empty() { "servers" } else { limit_name }),
    };
    let fleet = members.map_or(String::new(), |(then, most, at)| match most > then {
        true => format!(" of {then} members ({most} at {})", moment(at.as_seconds())),
        false => format!(" of {then} members"),
    });
    let wait = format!(
        "{} waiting at {}, {} each",
        many(*waiting),
        moment(waiting_at.as_seconds()),
        duration((wait_s * 1000.0).round() / 1000.0)
    );
    let came = match came_before {
        Some(before) if *came >= 1.1 * before => {
            format!("; {}/s came, {}/s before", count(rounded(*came)), count(rounded(*before)))
        }
        _ => format!("; {}/s came", count(rounded(*came))),
    };
    let long = duration(full_for.0 as f64 / SECOND as f64);
    format!("{whose}: {what}{fleet} for {long} in all, {wait}{came}")
}

/// What failed, by cause, the commonest first.
fn failed(link: &Link) -> String {
    let What::Failed { count: all, of, causes, late, may_be, .. } = &link.what else { return String::new() };
    let mut causes: Vec<(u64, &str)> = Cause::ALL.iter().map(|cause| (causes[*cause as usize], word(*cause))).collect();
    causes.push((*late, "answered too late"));
    causes.retain(|(n, _)| *n > 0);
    causes.sort_by(|a, b| b.0.cmp(&a.0));
    let by = causes.iter().map(|(n, word)| format!("{} {word}", many(*n))).collect::<Vec<_>>().join(", ");
    let share = percent(*all as f64 / (*of).max(1) as f64);
    format!(
        "{}: {} of {} requests ({share}, promised at most {}) got no good answer in time: {by}",
        link.whose,
        many(*all),
        many(*of),
        percent(*may_be)
    )
}

fn named(limit: &str) -> String {
    if limit.is_empty() { "its limit".to_owned() } else { format!("its limit `{limit}`") }
}

fn many(n: u64) -> String {
    commas(n as f64)
}

/// Rates are read to three digits.
fn rounded(rate: f64) -> f64 {
    if rate >= 100.0 { rate.round() } else { rate }
}

/// The account for programs.
pub(super) fn json(outcome: &Outcome) -> Value {
    let Some(why) = &outcome.why else { return Value::Null };
    json!({
        "same": why.same,
        "of": why.of,
        "replication": why.replication,
        "stories": why.account.stories.iter().map(story).collect::<Vec<_>>(),
    })
}

fn story(story: &Story) -> Value {
    json!({ "hit": story.hit, "links": story.links.iter().map(link).collect::<Vec<_>>() })
}

fn link(link: &Link) -> Value {
    json!({
        "at_s": number(Some(link.at.as_seconds())),
        "until_s": number(Some(link.until.as_seconds())),
        "whose": link.whose,
        "kind": link.kind(),
        "says": sentence(link),
        "numbers": numbers(&link.what),
    })
}

/// What stands in a sentence, as numbers.
fn numbers(what: &What) -> Value {
    let real = |value: f64| number(Some(value));
    match what {
        What::Happens { says, over } => json!({ "what": says, "over": over }),
        What::Misses { before, after } => json!({ "hits_before": real(*before), "hits": real(*after) }),
        What::Full {
            of,
            limit_name,
            limit,
            held,
            full_for,
            waiting,
            waiting_at,
            wait_s,
            came,
            came_before,
            members,
        } => json!({
            "of": of,
            "name": limit_name,
            "limit": limit,
            "held": held,
            "full_s": real(full_for.as_seconds()),
            "waiting": waiting,
            "waiting_at_s": real(waiting_at.as_seconds()),
            "wait_s": real(*wait_s),
            "came": real(*came),
            "came_before": number(*came_before),
            "members": members.map(|(then, most, at)| json!({ "then": then, "most": most, "most_at_s": real(at.as_seconds()) })),
        }),
        What::Backlog { waiting, waiting_at, wait_s, came } => json!({
            "waiting": waiting,
            "waiting_at_s": real(waiting_at.as_seconds()),
            "wait_s": real(*wait_s),
            "came": real(*came),
        }),
        What::Throttles { limit_name, limit, count, came } => {
            json!({ "name": limit_name, "limit": limit, "refused": count, "came": real(*came) })
        }
        What::Errors { count, of } => json!({ "errors": count, "of": of }),
        What::Again { callee, again, first } => json!({ "callee": callee, "again": again, "first": first }),
        What::GivesUp { callee, after, count } => {
            json!({ "callee": callee, "after_s": real(after.as_seconds()), "times": count })
        }
        What::Slow { mean_s, p99_s } => json!({ "mean_s": real(*mean_s), "p99_s": real(*p99_s) }),
        What::Failed { count, of, causes, late, may_be, spread } => {
            let by = Cause::ALL.iter().map(|cause| (cause.word().to_owned(), json!(causes[*cause as usize])));
            let by: serde_json::Map<String, Value> = by.chain([("late".to_owned(), json!(late))]).collect();
            json!({ "failed": count, "of": of, "by": by, "may_be": real(*may_be), "spread": spread })
        }
        What::Late { mark, count, of, within, quantile, measured_s, spread } => json!({
            "mark": mark,
            "longer": count,
            "of": of,
            "within_s": real(within.as_seconds()),
            "quantile": number(*quantile),
            "measured_s": real(*measured_s),
            "spread": spread,
        }),
    }
}
