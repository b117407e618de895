//! The facts of a chain, each with its numbers.

use super::chain::{Case, Seen};
use super::felt::{Broken, Felt};
use super::scheme::Happened;
use super::signs::{Sign, Wrong, by_look};
use super::{Link, What};
use crate::record::course::CallCourse;
use crate::units::time::SECOND;
use crate::units::{Span, Time};

/// Further attempts beside first ones that are worth a word.
const AGAIN: f64 = 0.2;
/// Of all that were hit.
const OF_ALL: f64 = 0.1;
/// A cache that finds so much less.
const LESS: f64 = 0.1;

/// The beginning of what a look saw: it may have been so since the look before.
fn begun(seen: &Seen, look: usize) -> Time {
    Time(look as u64 * seen.course.every.0).max(seen.run.from)
}

pub(super) fn happens(seen: &Seen, one: &Happened) -> Link {
    let trouble = &seen.scheme.happenings[one.happening];
    let over = one.over < seen.run.to;
    Link {
        at: one.at,
        until: if over { one.over } else { seen.run.to },
        whose: trouble.name.clone(),
        what: What::Happens { says: trouble.says.clone(), over },
    }
}

/// A cache on the ways that found less when the sign began than before.
pub(super) fn misses(seen: &Seen, case: &Case, sign: &Sign) -> Option<Link> {
    let share = |part: usize, from: usize, last: usize| {
        let seen = &seen.course.parts[part];
        let (hits, misses) = (seen.hits.between(from, last), seen.misses.between(from, last));
        (hits + misses > 0).then(|| hits as f64 / (hits + misses) as f64)
    };
    let from = sign.from.saturating_sub(3);
    let fell = |part: &usize| {
        let (before, after) = (share(*part, 0, from.checked_sub(1)?)?, share(*part, sign.from, sign.from + 5)?);
        (after < before - LESS).then_some((*part, before, after))
    };
    let (part, before, after) = seen.scheme.on_way(case.flow).iter().find_map(fell)?;
    let at = (from..=sign.from).find(|look| share(part, *look, *look).is_some_and(|now| now < before - LESS));
    let whose = seen.scheme.parts[part].clone();
    let at = begun(seen, at.unwrap_or(sign.from));
    Some(Link { at, until: at, whose, what: What::Misses { before, after } })
}

pub(super) fn sign(seen: &Seen, sign: &Sign) -> Link {
    let course = &seen.course.parts[sign.part];
    let result = &seen.run.parts[sign.part];
    let came = by_look(&result.came, seen.course);
    let every = seen.course.every.0 as f64 / SECOND as f64;
    let rate = |from: usize, last: usize| {
        let few = came.get(from..(last + 1).min(came.len())).unwrap_or_default();
        (!few.is_empty()).then(|| few.iter().sum::<u64>() as f64 / (few.len() as f64 * every))
    };
    let then = rate(sign.from, (sign.from + 9).min(sign.last)).unwrap_or(0.0);
    let limit_name = |name: &str| {
        let used = result.uses.iter().find(|used| used.name == name);
        used.map_or(String::new(), |used| used.limit_name.clone())
    };
    let what = match sign.wrong {
        Wrong::Full(at) => {
            let limit = &course.limits[at];
            let peak = |all: &[u32]| {
                let most = all.iter().copied().max().unwrap_or(0);
                all.iter().position(|n| *n == most).map(|look| (u64::from(most), seen.course.time(look)))
            };
            let members = course.members.as_ref();
            What::Full {
                of: limit.name.clone(),
                limit_name: limit_name(&limit.name),
                limit: limit.limit.at(sign.waiting_at),
                held: limit.held.at(sign.waiting_at),
                full_for: Span(sign.full as u64 * seen.course.every.0),
                waiting: sign.waiting,
                waiting_at: seen.course.time(sign.waiting_at),
                wait_s: sign.wait_s,
                came: then,
                came_before: sign.from.checked_sub(10).and_then(|long| rate(0, long / 2)),
                members: members.and_then(|all| peak(all.all()).map(|(most, at)| (all.at(sign.from), most, at))),
            }
        }
        Wrong::Throttles(at) => What::Throttles {
            limit_name: limit_name(&course.limits[at].name),
            limit: Some(course.limits[at].limit.at(sign.from)).filter(|limit| *limit > 0),
            count: sign.count,
            came: then,
        },
        Wrong::NoRoom => What::Throttles { limit_name: "room".into(), limit: None, count: sign.count, came: then },
        Wrong::Backlog => What::Backlog {
            waiting: sign.waiting,
            waiting_at: seen.course.time(sign.waiting_at),
            wait_s: sign.wait_s,
            came: then,
        },
        Wrong::Errors => {
            let of = came.get(sign.from..=sign.last.min(came.len().saturating_sub(1))).unwrap_or_default();
            What::Errors { count: sign.count, of: of.iter().sum() }
        }
    };
    let whose = seen.scheme.parts[sign.part].clone();
    Link { at: begun(seen, sign.from), until: seen.course.time(sign.last), whose, what }
}

/// The part in which requests spend most time without waiting, where answers are late and no limit is the reason.
pub(super) fn slow(seen: &Seen, case: &Case) -> Option<Link> {
    case.felt.iter().find(|felt| matches!(felt.broken, Broken::Late(_)))?;
    let parts = seen.scheme.on_way(case.flow).into_iter().map(|part| &seen.run.parts[part]);
    // Who asks others is as slow as they are: the part that asks nobody is where the time goes.
    let alone = parts.filter(|part| {
        let index = seen.scheme.parts.iter().position(|name| *name == part.name);
        index.is_some_and(|index| seen.scheme.from_part(index).len() == 1)
    });
    let slowest = alone.max_by(|a, b| a.latency.mean().total_cmp(&b.latency.mean()))?;
    let p99 = slowest.latency.quantile(0.99)?;
    let what = What::Slow { mean_s: slowest.latency.mean() / SECOND as f64, p99_s: p99.as_seconds() };
    Some(Link { at: seen.run.from, until: seen.run.to, whose: slowest.name.clone(), what })
}

/// The longest window in which any of it was felt.
fn window(case: &Case) -> (usize, usize) {
    let windows = case.felt.iter().map(Felt::window);
    windows.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or((0, 0))
}

/// Calls of the flow itself, and of parts that the chain names.
fn calls<'a>(seen: &'a Seen, case: &Case, told: &'a [Link]) -> impl Iterator<Item = &'a CallCourse> {
    let flow = seen.scheme.flows[case.flow].name.clone();
    seen.course.calls.iter().filter(move |call| {
        call.callee == flow || call.caller == flow || told.iter().any(|link| link.whose == call.callee)
    })
}

/// Callers that ask again and again.
pub(super) fn again(seen: &Seen, case: &Case, told: &[Link]) -> Option<Link> {
    let (from, last) = window(case);
    let sums = |call: &CallCourse| (call.again.between(from, last), call.first.between(from, last));
    let call = calls(seen, case, told).max_by_key(|call| sums(call).0)?;
    let (again, first) = sums(call);
    if again < 10 || (again as f64) < AGAIN * first as f64 {
        return None;
    }
    let many =
        |look: &usize| call.again.at(*look) >= 3 && call.again.at(*look) as f64 >= AGAIN * call.first.at(*look) as f64;
    let at = (from.saturating_sub(10)..=last).find(many).unwrap_or(from);
    let what = What::Again { callee: call.callee.clone(), again, first };
    Some(Link { at: begun(seen, at), until: seen.course.time(last), whose: call.caller.clone(), what })
}

/// Callers that wait no longer.
pub(super) fn gives_up(seen: &Seen, case: &Case, told: &[Link]) -> Option<Link> {
    let (from, last) = window(case);
    let from = from.saturating_sub(2 + (case.promised.0 / seen.course.every.0.max(1)) as usize);
    let hit = case.felt.iter().filter(|felt| felt.broken == Broken::Failed).map(|felt| felt.bad).max()?;
    let sum = |call: &CallCourse| call.given_up.between(from, last);
    let known = |call: &&CallCourse| seen.scheme.patience.contains_key(&(call.caller.clone(), call.callee.clone()));
    let call = calls(seen, case, told).filter(known).max_by_key(|call| sum(call))?;
    let after = *seen.scheme.patience.get(&(call.caller.clone(), call.callee.clone()))?;
    let count = sum(call);
    if count == 0 || (count as f64) < OF_ALL * hit as f64 {
        return None;
    }
    let at = (from..=last).find(|look| call.given_up.at(*look) > 0)?;
    let what = What::GivesUp { callee: call.callee.clone(), after, count };
    Some(Link { at: begun(seen, at), until: seen.course.time(last), whose: call.caller.clone(), what })
}

pub(super) fn felt(seen: &Seen, felt: &Felt) -> Link {
    let whole = &seen.run.flows[felt.flow].whole;
    let (from, last) = felt.window();
    let spread = felt.ends.is_none();
    let what = match felt.broken {
        Broken::Failed => What::Failed {
            count: felt.bad,
            of: felt.of,
            causes: whole.failed,
            late: whole.late,
            may_be: felt.may_be,
            spread,
        },
        Broken::Late(promise) => {
            let promise = &seen.scheme.flows[felt.flow].promises[promise];
            let result = &seen.run.flows[felt.flow];
            let times = promise.times(result).unwrap_or(&whole.latency);
            let measured = promise.quantile.and_then(|p| times.quantile(p)).map(Span::as_seconds);
            let mark = promise.mark.and_then(|(_, of_flow)| result.marks.get(of_flow)).map(|(name, _)| name.clone());
            What::Late {
                mark,
                count: felt.bad,
                of: felt.of,
                within: promise.within,
                quantile: promise.quantile,
                measured_s: measured.unwrap_or(times.mean() / SECOND as f64),
                spread,
            }
        }
    };
    let whose = seen.scheme.flows[felt.flow].name.clone();
    Link { at: begun(seen, from), until: seen.course.time(last), whose, what }
}
