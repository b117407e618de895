//! Collapse in words and as JSON: how often, and what the goodput was in those that collapsed and those that came back.

use serde_json::{Value, json};

use super::json::number;
use super::numbers::{count, duration, percent};
use crate::outcome::Outcome;
use crate::outcome::collapse::{Collapse, ENOUGH, Rates, State, Why};

/// The section of a report; nothing where nothing triggered and nothing collapsed.
pub(super) fn lines(outcome: &Outcome) -> Vec<String> {
    let collapse = &outcome.collapse;
    if !collapse.triggered() && collapse.collapsed() == 0 {
        return Vec::new();
    }
    let mut lines = vec![format!("collapse   {}", headline(collapse, is_steady(outcome)))];
    for state in collapse.states() {
        lines.push(format!("           {}: {}", word(&state), sentence(&state, collapse.same_moment())));
    }
    if collapse.fates.iter().any(|fate| fate.rates.as_ref().is_some_and(|rates| rates.early)) {
        lines.push(
            "           the story ends less than five minutes after the last trigger: a longer one may come back"
                .into(),
        );
    }
    lines
}

fn is_steady(outcome: &Outcome) -> bool {
    !outcome.steady.is_empty() || !outcome.too_short.is_empty()
}

fn word(state: &State) -> &'static str {
    match (state.collapsed, &state.rates) {
        (true, _) => "collapsed",
        (false, Some(_)) => "came back",
        (false, None) => "did not",
    }
}

fn headline(collapse: &Collapse, steady: bool) -> String {
    let (yes, all) = (collapse.collapsed(), collapse.fates.len());
    match (collapse.probability(), all) {
        _ if steady => "there is no steady state".into(),
        (Some((share, (low, high))), _) => {
            format!("{yes} of {all} runs: {} ({} .. {})", percent(share), percent(low), percent(high))
        }
        (None, 1) => {
            let said = if yes == 1 { "this run collapsed" } else { "this run did not collapse" };
            format!("{said}; one run cannot tell how likely that is: write `replications = {ENOUGH}`")
        }
        (None, _) => format!("{yes} of {all} runs; from {ENOUGH} on there is a probability"),
    }
}

/// "goodput 41.0/s before, 3.1/s after the pause of `db` at 10min, still 3.0/s at the end (41.2/s without it)"
fn sentence(state: &State, same_moment: bool) -> String {
    let goodput = state.rates.as_ref().map(|rates| goodput(state.collapsed, rates, same_moment));
    let why = match &state.why {
        Some(Why::Bound(part)) => Some(format!("the unlimited queue of `{part}` passed its bound")),
        Some(Why::Backlog { part, before, at_end }) => Some(format!(
            "the queue of `{part}` still grew, from {} to {} in the last tenth",
            show(before),
            show(at_end)
        )),
        Some(Why::Goodput(Some(flow))) => Some(format!("`{flow}` had fewer than half of its good answers")),
        Some(Why::Goodput(None)) | None => None,
    };
    let said: Vec<String> = goodput.into_iter().chain(why).collect();
    if said.is_empty() { format!("{} of them", state.runs) } else { said.join("; ") }
}

fn show(waiting: &u64) -> String {
    count(*waiting as f64)
}

fn goodput(collapsed: bool, rates: &Rates, same_moment: bool) -> String {
    let a_second = |rate: Option<f64>| rate.map(|rate| format!("{}/s", count(rate)));
    let at = if same_moment { format!(" at {}", duration(rates.trigger.at.as_seconds())) } else { String::new() };
    let still = if collapsed { "still " } else { "" };
    let said = [
        a_second(rates.before).map(|rate| format!("{rate} before")),
        a_second(rates.after).map(|rate| format!("{rate} after {}{at}", rates.trigger.what)),
        a_second(rates.at_end).map(|rate| format!("{still}{rate} at the end")),
    ];
    let without = a_second(rates.without).map_or(String::new(), |rate| format!(" ({rate} without it)"));
    format!("goodput {}{without}", said.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// The same for programs.
pub(super) fn json(outcome: &Outcome) -> Value {
    let collapse = &outcome.collapse;
    if collapse.fates.is_empty() {
        return Value::Null;
    }
    let interval = collapse.probability().map(|(_, (low, high))| json!([number(Some(low)), number(Some(high))]));
    json!({
        "runs": collapse.fates.len(),
        "collapsed": collapse.collapsed(),
        "interval": interval,
        "states": collapse.states().iter().map(state).collect::<Vec<_>>(),
    })
}

fn state(state: &State) -> Value {
    let rates = state.rates.as_ref();
    let rate = |of: fn(&Rates) -> Option<f64>| number(rates.and_then(of));
    json!({
        "collapsed": state.collapsed,
        "runs": state.runs,
        "why": state.why.as_ref().map(why),
        "trigger": rates.map(|rates| rates.trigger.what.clone()),
        "trigger_at_s": number(rates.map(|rates| rates.trigger.at.as_seconds())),
        "goodput_before": rate(|rates| rates.before),
        "goodput_after": rate(|rates| rates.after),
        "goodput_at_end": rate(|rates| rates.at_end),
        "goodput_without": rate(|rates| rates.without),
        "early": rates.is_some_and(|rates| rates.early),
    })
}

fn why(why: &Why) -> Value {
    match why {
        Why::Bound(part) => json!({ "bound": part }),
        Why::Goodput(flow) => json!({ "goodput": flow.as_deref().unwrap_or("all") }),
        Why::Backlog { part, before, at_end } => json!({ "backlog": part, "before": before, "at_end": at_end }),
    }
}
