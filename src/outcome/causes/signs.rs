//! Signs of trouble in parts: limits at which somebody waited for long, refusals, errors; with when each began.
//!
//! Waiting at a limit is a sign where it costs what somebody notices: those who wait, over how many come in a second
//! (Little's law), are a fifth of the time that was promised. From the first such look a sign is followed back to where
//! the limit was reached.

use super::felt::Felt;
use crate::record::course::{Course, LimitCourse, PartCourse};
use crate::record::{Results, Series};
use crate::units::Span;
use crate::units::time::SECOND;

/// Share of the promised time from which on waiting is noticed.
const NOTICED: f64 = 0.2;
/// Share of the looks at which it was felt, or of all that it hit, that a sign has to cover.
const COVERS: f64 = 0.3;
/// Of refusals and errors: share of all that were hit.
const OF_ALL: f64 = 0.1;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wrong {
    /// All of a limit was used, and others waited: which limit of the part.
    Full(usize),
    /// A limit by time refused: which limit of the part.
    Throttles(usize),
    /// The room before the part was full.
    NoRoom,
    /// It answered with errors, or with nothing since it was down.
    Errors,
}

/// A sign of trouble.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sign {
    pub part: usize,
    pub wrong: Wrong,
    /// The look at which it began, and the last one.
    pub from: usize,
    pub last: usize,
    /// How many looks it covers, of those at which it was felt.
    pub covers: usize,
    /// Refused, or answered with an error, while it was felt.
    pub count: u64,
    /// Most who waited, and at which look.
    pub waiting: u64,
    pub waiting_at: usize,
    /// How long the wait was then, in seconds: those who waited over those who came in a second.
    pub wait_s: f64,
    /// Looks at which the limit was reached, all together.
    pub full: usize,
}

/// Signs of one part, for what was felt; `promised` is the time that callers expect.
pub(super) fn of_part(run: &Results, course: &Course, part: usize, felt: &Felt, promised: Span) -> Vec<Sign> {
    let seen = &course.parts[part];
    let came = by_look(&run.parts[part].came, course);
    let mut signs: Vec<Sign> =
        (0..seen.limits.len()).filter_map(|limit| full(course, seen, &came, (part, limit), felt, promised)).collect();
    let gates = || seen.limits.iter().enumerate().filter(|(_, limit)| limit.gate);
    signs.extend(
        gates().filter_map(|(at, limit)| {
            counted(course, (part, Wrong::Throttles(at)), felt, |look| limit.refused.at(look))
        }),
    );
    let by_gates = |look: usize| gates().map(|(_, limit)| limit.refused.at(look)).sum::<u64>();
    let room = |look: usize| seen.throttled.at(look).saturating_sub(by_gates(look));
    signs.extend(counted(course, (part, Wrong::NoRoom), felt, room));
    let errors = |look: usize| {
        seen.broken.at(look) + seen.killed.at(look) + seen.refused.at(look).saturating_sub(seen.throttled.at(look))
    };
    signs.extend(counted(course, (part, Wrong::Errors), felt, errors));
    signs
}

/// What came in from look to look.
pub(super) fn by_look(series: &Series, course: &Course) -> Vec<u64> {
    let mut sums = vec![0; course.looks];
    for (from, sum) in series.points() {
        if let Some(there) = sums.get_mut((from.0 / course.every.0.max(1)) as usize) {
            *there += sum as u64;
        }
    }
    sums
}

/// So far before it was felt a sign may lie: the promised time, and two looks.
fn lead(course: &Course, promised: Span) -> usize {
    2 + (promised.0 / course.every.0.max(1)) as usize
}

/// Was the limit reached, and did somebody wait?
fn reached(limit: &LimitCourse, look: usize) -> bool {
    limit.waiting.at(look) > 0 && (limit.shared || limit.gate || limit.held.at(look) >= limit.limit.at(look))
}

fn full(
    course: &Course,
    seen: &PartCourse,
    came: &[u64],
    (part, at): (usize, usize),
    felt: &Felt,
    promised: Span,
) -> Option<Sign> {
    let limit = &seen.limits[at];
    let (first, last) = felt.window();
    let first = first.saturating_sub(lead(course, promised));
    let every = course.every.0 as f64 / SECOND as f64;
    // Those who come in ten looks: a pause in coming is no long wait.
    let rate = |look: usize| {
        let few = &came[look.saturating_sub(9)..(look + 1).min(came.len())];
        few.iter().sum::<u64>() as f64 / (few.len().max(1) as f64 * every)
    };
    let wait = |look: usize| limit.waiting.at(look) as f64 / rate(look).max(1e-9);
    let noticed = NOTICED * promised.0 as f64 / SECOND as f64;
    let severe = |look: &usize| reached(limit, *look) && wait(*look) >= noticed;
    let looks = || first..=last.min(course.looks.saturating_sub(1));
    let begun = looks().find(severe)?;
    let covers = looks().filter(severe).count();
    let felt_at = felt.looks.iter().filter(|felt| **felt).count().max(1);
    if (covers as f64) < COVERS * felt_at as f64 && felt.ends.is_some() {
        return None;
    }
    let from = (0..=begun).rev().take_while(|look| reached(limit, *look)).last().unwrap_or(begun);
    let waiting_at = looks().max_by_key(|look| (limit.waiting.at(*look), std::cmp::Reverse(*look)))?;
    Some(Sign {
        part,
        wrong: Wrong::Full(at),
        from,
        last: looks().rev().find(severe).unwrap_or(begun),
        covers,
        count: 0,
        waiting: limit.waiting.at(waiting_at),
        waiting_at,
        wait_s: wait(waiting_at),
        full: (0..course.looks).filter(|look| reached(limit, *look)).count(),
    })
}

/// A sign that is counted: so many that they are a tenth of all that were hit.
fn counted(course: &Course, (part, wrong): (usize, Wrong), felt: &Felt, count: impl Fn(usize) -> u64) -> Option<Sign> {
    let (first, last) = felt.window();
    let looks = || first.saturating_sub(2)..(last + 1).min(course.looks);
    let sum: u64 = looks().map(&count).sum();
    if sum == 0 || (sum as f64) < OF_ALL * felt.bad as f64 {
        return None;
    }
    let hit = |look: &usize| count(*look) > 0;
    // The beginning of the row of looks that leads into what was felt; a look without any is no end of it.
    let begun = looks().find(hit)?;
    let mut from = begun;
    while let Some(before) = (from.saturating_sub(3)..from).find(hit) {
        from = before;
    }
    Some(Sign {
        part,
        wrong,
        from,
        last: looks().rev().find(hit)?,
        covers: looks().filter(hit).count(),
        count: sum,
        waiting: 0,
        waiting_at: from,
        wait_s: 0.0,
        full: 0,
    })
}
