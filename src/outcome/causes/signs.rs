//! Signs of trouble in parts: limits at which somebody waited for long, refusals, errors; with when each began.
//!
//! Waiting at a limit is a sign where it costs what somebody notices: those who wait, over how many come in a second
//! (Little's law), are a fifth of the time that was promised. From the first such look a sign is followed back to where
//! the limit was reached.

use std::collections::BTreeSet;

use super::felt::Felt;
use crate::record::course::Course;
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
    /// What it keeps for others to take grew long.
    Backlog,
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

/// Signs of one part, for what was felt; `feeds` are the queues that it takes from, `promised` is what callers expect.
pub(super) fn of_part(
    run: &Results,
    course: &Course,
    (part, feeds): (usize, &BTreeSet<usize>),
    felt: &Felt,
    promised: Span,
) -> Vec<Sign> {
    let seen = &course.parts[part];
    let stage = Stage { course, came: by_look(&run.parts[part].came, course), part, felt, promised };
    let mut signs: Vec<Sign> = Vec::new();
    for (at, limit) in seen.limits.iter().enumerate() {
        // Who takes no more than it can do leaves the rest where it lies.
        let left = |look: usize| {
            let busy = !limit.name.starts_with("pool.") && limit.held.at(look) >= limit.limit.at(look);
            if busy { feeds.iter().map(|store| course.parts[*store].waiting.at(look)).sum() } else { 0 }
        };
        signs.extend(stage.waited(Wrong::Full(at), |look| limit.waiting.at(look) + left(look)));
    }
    if seen.limits.is_empty() {
        signs.extend(stage.waited(Wrong::Backlog, |look| seen.waiting.at(look)));
    }
    let gates = || seen.limits.iter().enumerate().filter(|(_, limit)| limit.gate);
    signs.extend(gates().filter_map(|(at, limit)| stage.counted(Wrong::Throttles(at), |look| limit.refused.at(look))));
    let by_gates = |look: usize| gates().map(|(_, limit)| limit.refused.at(look)).sum::<u64>();
    let room = |look: usize| seen.throttled.at(look).saturating_sub(by_gates(look));
    signs.extend(stage.counted(Wrong::NoRoom, room));
    let errors = |look: usize| {
        seen.broken.at(look) + seen.killed.at(look) + seen.refused.at(look).saturating_sub(seen.throttled.at(look))
    };
    signs.extend(stage.counted(Wrong::Errors, errors));
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

/// A part while something was felt.
struct Stage<'a> {
    course: &'a Course,
    came: Vec<u64>,
    part: usize,
    felt: &'a Felt,
    promised: Span,
}

impl Stage<'_> {
    /// Those who came a second, in ten looks: a pause in coming is no long wait.
    fn rate(&self, look: usize) -> f64 {
        let few = self.came.get(look.saturating_sub(9)..(look + 1).min(self.came.len())).unwrap_or_default();
        let long = few.len().max(1) as f64 * self.course.every.0 as f64 / SECOND as f64;
        few.iter().sum::<u64>() as f64 / long
    }

    /// Looks at which it was felt, and before: the promised time, and two looks.
    fn looks(&self, lead: Span) -> std::ops::Range<usize> {
        let (first, last) = self.felt.window();
        let lead = 2 + (lead.0 / self.course.every.0.max(1)) as usize;
        first.saturating_sub(lead)..(last + 1).min(self.course.looks)
    }

    /// A sign that somebody waited for long. Nobody waits while there is more of a limit, unless it stands still or is
    /// another member's: so that somebody waits says that it was reached.
    fn waited(&self, wrong: Wrong, waiting: impl Fn(usize) -> u64) -> Option<Sign> {
        let wait = |look: usize| waiting(look) as f64 / self.rate(look).max(1e-9);
        let noticed = NOTICED * self.promised.0 as f64 / SECOND as f64;
        let severe = |look: &usize| waiting(*look) > 0 && wait(*look) >= noticed;
        let begun = self.looks(self.promised).find(severe)?;
        let covers = self.looks(self.promised).filter(severe).count();
        let felt_at = self.felt.looks.iter().filter(|felt| **felt).count().max(1);
        if (covers as f64) < COVERS * felt_at as f64 && self.felt.ends.is_some() {
            return None;
        }
        let reached = |look: &usize| waiting(*look) > 0;
        let worst = self.looks(self.promised).max_by_key(|look| (waiting(*look), std::cmp::Reverse(*look)))?;
        Some(Sign {
            part: self.part,
            wrong,
            from: (0..=begun).rev().take_while(reached).last().unwrap_or(begun),
            last: self.looks(self.promised).rev().find(severe)?,
            count: 0,
            waiting: waiting(worst),
            waiting_at: worst,
            wait_s: wait(worst),
            full: (0..self.course.looks).filter(reached).count(),
        })
    }

    /// A sign that is counted: so many that they are a tenth of all that were hit.
    fn counted(&self, wrong: Wrong, count: impl Fn(usize) -> u64) -> Option<Sign> {
        let looks = || self.looks(Span::ZERO);
        let sum: u64 = looks().map(&count).sum();
        if sum == 0 || (sum as f64) < OF_ALL * self.felt.bad as f64 {
            return None;
        }
        let hit = |look: &usize| count(*look) > 0;
        // The beginning of the row of looks that leads into what was felt; a look or two without any are no end of it.
        let mut from = looks().find(hit)?;
        while let Some(before) = (from.saturating_sub(3)..from).find(hit) {
            from = before;
        }
        Some(Sign {
            part: self.part,
            wrong,
            from,
            last: looks().rev().find(hit)?,
            count: sum,
            waiting: 0,
            waiting_at: from,
            wait_s: 0.0,
            full: 0,
        })
    }
}
