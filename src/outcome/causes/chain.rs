//! Chains: which signs explain which along the calls, what happened to the deepest ones, and what was felt at the end.

use std::collections::BTreeSet;

use super::felt::{self, Felt};
use super::links;
use super::scheme::{Happened, Scheme};
use super::signs::{self, Sign, Wrong};
use super::{Account, Link, Story};
use crate::record::Results;
use crate::record::course::Course;
use crate::units::{Span, Time};

/// Stories that are told.
const MOST: usize = 3;
/// Looks by which an effect may seem to come before its cause.
pub(super) const SLACK: usize = 2;
/// So long what was forgotten may be missed.
const MISSED: Span = Span::seconds(300);

/// One replication, as it was seen.
pub(super) struct Seen<'a> {
    pub scheme: &'a Scheme,
    pub run: &'a Results,
    pub course: &'a Course,
    pub happened: &'a [Happened],
}

/// A flow that did not keep what it promises, with the signs on its ways.
pub(super) struct Case {
    pub flow: usize,
    pub felt: Vec<Felt>,
    pub signs: Vec<Sign>,
    pub promised: Span,
}

/// The whole account.
pub(super) fn account(seen: &Seen) -> Account {
    let all = felt::all(seen.scheme, seen.run, seen.course);
    let mut stories: Vec<Story> = Vec::new();
    for flow in 0..seen.scheme.flows.len() {
        let own = all.iter().filter(|felt| felt.flow == flow).cloned().collect();
        for together in together(own) {
            tell(seen, &Case::of(seen, flow, together)).into_iter().for_each(|story| join(&mut stories, story));
        }
    }
    let began = |story: &Story| story.links.first().map(|link| link.at);
    stories.sort_by(|a, b| b.hit.cmp(&a.hit).then_with(|| began(a).cmp(&began(b))));
    stories.truncate(MOST);
    Account { stories }
}

/// What was felt at the same time belongs together.
fn together(mut own: Vec<Felt>) -> Vec<Vec<Felt>> {
    own.sort_by_key(Felt::window);
    let mut cases: Vec<Vec<Felt>> = Vec::new();
    for felt in own {
        let (from, _) = felt.window();
        match cases.last_mut() {
            Some(case) if case.iter().any(|other| from <= other.window().1) => case.push(felt),
            _ => cases.push(vec![felt]),
        }
    }
    cases
}

/// A story with the same first cause, of another flow or another time, is the same story.
fn join(stories: &mut Vec<Story>, next: Story) {
    let first = |story: &Story| story.links.first().filter(|link| !link.is_felt()).map(Link::name);
    let Some(known) = stories.iter_mut().find(|known| first(known).is_some() && first(known) == first(&next)) else {
        return stories.push(next);
    };
    known.hit += next.hit;
    for link in next.links {
        if let Some(other) = known.links.iter_mut().find(|other| other.name() == link.name()) {
            other.again(&link);
        } else {
            // Causes of one flow stand before what any flow felt.
            let felt = known.links.iter().position(Link::is_felt).unwrap_or(known.links.len());
            let place = if link.is_felt() { known.links.len() } else { felt };
            known.links.insert(place, link);
        }
    }
}

impl Case {
    fn of(seen: &Seen, flow: usize, felt: Vec<Felt>) -> Case {
        let scheme = seen.scheme;
        let spec = &scheme.flows[flow];
        let promised = spec.promises.iter().map(|promise| promise.within).min();
        let promised = promised.or_else(|| scheme.waits_for(&spec.name)).unwrap_or(Span::seconds(1));
        let mut signs: Vec<Sign> = Vec::new();
        for one in &felt {
            let (begun, _) = one.window();
            for part in scheme.on_way(flow) {
                let own = signs::of_part(seen.run, seen.course, (part, &scheme.feeds[part]), one, promised);
                let own = own.into_iter().filter(|sign| one.ends.is_none() || sign.from <= begun + SLACK);
                for sign in own {
                    if !signs.iter().any(|known| (known.part, known.wrong) == (sign.part, sign.wrong)) {
                        signs.push(sign);
                    }
                }
            }
        }
        signs.sort_by_key(|sign| (sign.from, sign.part, sign.wrong));
        let mut case = Case { flow, felt, signs, promised };
        case.forget_echoes(scheme);
        case
    }

    /// Errors that only pass on what is wrong below, or what a limit of the same part says, are no cause.
    fn forget_echoes(&mut self, scheme: &Scheme) {
        let echo = |sign: &Sign| {
            let other = |other: &Sign| {
                let same = other.part == sign.part && other.wrong != Wrong::Errors;
                same || scheme.asks(sign.part, other.part)
            };
            sign.wrong == Wrong::Errors && self.signs.iter().any(other)
        };
        let kept = self.signs.iter().filter(|sign| !echo(sign)).cloned().collect();
        self.signs = kept;
    }

    /// Does the second sign explain the first one?
    fn explains(&self, seen: &Seen, sign: &Sign, by: &Sign) -> bool {
        if by.from > sign.from + SLACK {
            return false;
        }
        let limit = |of: &Sign, at: usize| &seen.course.parts[of.part].limits[at];
        let pool = |at: usize| limit(sign, at).name.strip_prefix("pool.").map(String::from);
        if by.part == sign.part {
            return match (sign.wrong, by.wrong) {
                (Wrong::NoRoom, Wrong::Full(_)) => true,
                // Who has a thread, or holds a worker, waits with it for what is inside.
                (Wrong::Full(outer), Wrong::Full(inner)) => rank(limit(sign, outer)) > rank(limit(by, inner)),
                _ => false,
            };
        }
        match sign.wrong {
            Wrong::Full(at) if limit(sign, at).shared => false,
            Wrong::Full(at) => {
                match pool(at).and_then(|callee| seen.course.parts.iter().position(|p| p.name == callee)) {
                    Some(callee) => seen.scheme.from_part(callee).contains(&by.part),
                    None => seen.scheme.asks(sign.part, by.part),
                }
            }
            Wrong::NoRoom | Wrong::Backlog => seen.scheme.asks(sign.part, by.part),
            Wrong::Throttles(_) | Wrong::Errors => false,
        }
    }

    /// For each sign those that explain it.
    fn explained(&self, seen: &Seen) -> Vec<Vec<usize>> {
        let by = |sign: &Sign| (0..self.signs.len()).filter(|j| self.explains(seen, sign, &self.signs[*j])).collect();
        self.signs.iter().map(by).collect()
    }
}

/// Limits of one part from the inside out: connections, workers or cores, threads.
fn rank(limit: &crate::record::course::LimitCourse) -> u8 {
    match limit.name.as_str() {
        name if name.starts_with("pool.") => 0,
        // Whoever waits for a connection has no core.
        "" if limit.shared => 0,
        "" => 1,
        _ => 2,
    }
}

/// Signs from which another one follows, directly or not.
fn roots_of(sign: usize, explained: &[Vec<usize>]) -> BTreeSet<usize> {
    let (mut seen, mut roots, mut open) = (BTreeSet::new(), BTreeSet::new(), vec![sign]);
    while let Some(next) = open.pop() {
        if !seen.insert(next) {
            continue;
        }
        match explained[next].as_slice() {
            [] => drop(roots.insert(next)),
            by => open.extend(by),
        }
    }
    roots
}

/// How many steps lie between a sign and what explains it.
fn depth(sign: usize, explained: &[Vec<usize>], at_most: usize) -> usize {
    let below = || explained[sign].iter().map(|by| 1 + depth(*by, explained, at_most - 1));
    if at_most == 0 { 0 } else { below().max().unwrap_or(0) }
}

fn tell(seen: &Seen, case: &Case) -> Vec<Story> {
    let explained = case.explained(seen);
    let mut roots: Vec<(usize, Vec<usize>)> = Vec::new();
    for sign in 0..case.signs.len() {
        // Of several the one that began first; signs are sorted by that. A circle of signs begins with its first.
        let root = roots_of(sign, &explained).into_iter().next().unwrap_or(0);
        match roots.iter_mut().find(|(known, _)| *known == root) {
            Some((_, follow)) => follow.push(sign),
            None => roots.push((root, vec![sign])),
        }
    }
    if roots.is_empty() {
        return vec![without_signs(seen, case)];
    }
    let story = |(root, mut follow): (usize, Vec<usize>)| {
        follow.sort_by_key(|sign| (depth(*sign, &explained, 8), case.signs[*sign].from, *sign));
        let fault = happened(seen, case, Some(&case.signs[root]));
        let mut told: Vec<Link> = fault.iter().map(|fault| links::happens(seen, fault)).collect();
        told.extend(links::misses(seen, case, &case.signs[root]));
        told.extend(follow.iter().map(|sign| links::sign(seen, &case.signs[*sign])));
        finish(seen, case, told)
    };
    roots.into_iter().map(story).collect()
}

/// No part shows a sign: something was done to one, or it is slow by itself, or nothing is known.
fn without_signs(seen: &Seen, case: &Case) -> Story {
    let fault = happened(seen, case, None);
    let mut told: Vec<Link> = fault.iter().map(|fault| links::happens(seen, fault)).collect();
    if told.is_empty() {
        told.extend(links::slow(seen, case));
    }
    finish(seen, case, told)
}

fn finish(seen: &Seen, case: &Case, mut told: Vec<Link>) -> Story {
    told.extend(links::again(seen, case, &told));
    told.extend(links::gives_up(seen, case, &told));
    let mut felt: Vec<Link> = case.felt.iter().map(|felt| links::felt(seen, felt)).collect();
    felt.sort_by_key(|link| link.at);
    told.extend(felt);
    let hit = case.felt.iter().map(|felt| felt.bad).max().unwrap_or(0);
    Story { links: told, hit }
}

/// What was done to a part before its sign began, or to any part of the ways before it was felt: the last such thing.
fn happened<'a>(seen: &'a Seen, case: &Case, sign: Option<&Sign>) -> Option<&'a Happened> {
    let (course, scheme) = (seen.course, seen.scheme);
    let first = case.felt.iter().filter_map(|felt| felt.ends).map(|(from, _)| from).min();
    let begun = sign.map(|sign| sign.from).or(first)?;
    let (begun, slack) = (course.time(begun), Span(SLACK as u64 * course.every.0));
    let ways = scheme.on_way(case.flow);
    let reach = match sign {
        None => ways.clone(),
        Some(sign) => scheme.from_part(sign.part),
    };
    let fits = |one: &&Happened| {
        let trouble = &scheme.happenings[one.happening];
        let where_felt = match &trouble.parts {
            None => true,
            Some(parts) if trouble.forgets => parts.iter().any(|part| ways.contains(part)),
            Some(parts) => parts.iter().any(|part| reach.contains(part)),
        };
        let over = if trouble.forgets { one.at + MISSED } else { one.over };
        let on = one.at <= begun + slack && (over == Time::NEVER || begun <= over + slack);
        where_felt && on
    };
    seen.happened.iter().filter(fits).max_by_key(|one| (one.at, std::cmp::Reverse(one.happening)))
}
