//! What an explanation needs to know of a scenario: who asks whom, what is promised, how long callers wait, what happens.

use std::collections::{BTreeMap, BTreeSet};

use crate::components::Blueprint;
use crate::components::blueprint::{Effect, Happening};
use crate::components::incidents::{Goal, GoalSpec};
use crate::scenario::ast;
use crate::scenario::quantity::{Bound, Window};
use crate::units::time::SECOND;
use crate::units::{Span, Time};

/// A scenario as explanations see it.
#[derive(Clone, Debug, Default)]
pub struct Scheme {
    /// Flows, by name, as in the results.
    pub(super) flows: Vec<FlowScheme>,
    /// Names of parts, as in the results.
    pub(super) parts: Vec<String>,
    /// Whom each part asks, or who takes from it: indices of parts.
    below: Vec<BTreeSet<usize>>,
    /// Queues and logs from which each part takes.
    pub(super) feeds: Vec<BTreeSet<usize>>,
    /// What happens, in the order of the blueprint.
    pub(super) happenings: Vec<Trouble>,
    /// How long a caller waits for a callee.
    pub(super) patience: BTreeMap<(String, String), Span>,
}

/// A flow.
#[derive(Clone, Debug, Default)]
pub(super) struct FlowScheme {
    pub name: String,
    /// Parts that it asks itself.
    asks: BTreeSet<usize>,
    /// Flows that are steps of it.
    inside: BTreeSet<usize>,
    /// Share of requests that may go without a good answer in time.
    pub may_fail: f64,
    /// What it promises about time, in the order in which looks count it.
    pub promises: Vec<Promise>,
}

/// So many answers may be later than this.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Promise {
    /// The mark's number, and the one among those of its flow; none: the answer.
    pub mark: Option<(u32, usize)>,
    pub within: Span,
    /// Share of answers that may take longer.
    pub may_be: f64,
    /// The quantile that is promised; none: the mean, or the greatest.
    pub quantile: Option<f64>,
    pub of: Of,
}

/// What is compared with a promised time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Of {
    /// How many take longer.
    Share,
    /// The mean; that more than half take longer says when.
    Mean,
}

/// Something that happens.
#[derive(Clone, Debug, Default)]
pub(super) struct Trouble {
    pub name: String,
    /// In words: "the pause of `db`".
    pub says: String,
    /// What it happens to; none: anything.
    pub parts: Option<BTreeSet<usize>>,
    /// It takes away what was kept, so others feel it.
    pub forgets: bool,
}

/// What happened, in one replication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happened {
    /// Which happening, in the order of the blueprint.
    pub happening: usize,
    /// From when on.
    pub at: Time,
    /// When it was over; [`Time::NEVER`]: it stayed, or had no length.
    pub over: Time,
}

/// Where nothing else is promised, more than this share of failures is trouble.
const MAY_FAIL: f64 = 0.01;

impl Scheme {
    /// Of a scenario; `words` says what each happening is.
    pub fn of(ast: &ast::Scenario, plan: &Blueprint, words: &[String]) -> Scheme {
        let parts: Vec<String> = plan.parts.iter().map(|part| part.name.clone()).collect();
        let index = |name: &str| parts.iter().position(|part| part == name);
        let mut below = vec![BTreeSet::new(); parts.len()];
        for call in &plan.calls {
            if let (Some(caller), Some(callee)) = (index(&call.caller), index(&call.callee)) {
                below[caller].insert(callee);
            }
        }
        // What a queue holds is as long as who takes from it is slow.
        let mut feeds = vec![BTreeSet::new(); parts.len()];
        for taker in &plan.takers {
            let store = plan.messages[taker.store as usize].part as usize;
            below[store].insert(taker.part as usize);
            feeds[taker.part as usize].insert(store);
        }
        let flow = |(number, name): (usize, &String)| {
            let fronts = ast.flows.get(name).into_iter().flat_map(|flow| &flow.through);
            let own = || plan.calls.iter().filter(|call| call.caller == *name).map(|call| call.callee.as_str());
            let asks = fronts.map(|front| front.value.as_str()).chain(own()).filter_map(index).collect();
            let inside = own().filter_map(|callee| plan.flows.iter().position(|flow| flow == callee)).collect();
            let goals = || plan.incidents.goals.iter().filter(move |goal| goal.flow as usize == number);
            let slo = ast.flows.get(name).map(|flow| flow.slo.as_slice()).unwrap_or_default();
            let promises = slo.iter().flat_map(|objective| promises(plan, number as u32, objective)).collect();
            FlowScheme { name: name.clone(), asks, inside, may_fail: may_fail(ast, name, goals()), promises }
        };
        let flows = plan.flows.iter().enumerate().map(flow).collect();
        let trouble = |(happening, says): (&Happening, &String)| trouble(plan, happening, says);
        let happenings = plan.happenings.iter().zip(words).map(trouble).collect();
        let timeouts = plan.policies.iter().filter_map(|policy| {
            let call = plan.calls.get(policy.call as usize)?;
            Some(((call.caller.clone(), call.callee.clone()), policy.timeout?))
        });
        Scheme { flows, parts, below, feeds, happenings, patience: timeouts.collect() }
    }

    /// Times that flows promise, as looks count them.
    pub fn promised(&self) -> Vec<Vec<(u32, Span)>> {
        let one = |promise: &Promise| (promise.mark.map_or(u32::MAX, |(number, _)| number), promise.within);
        self.flows.iter().map(|flow| flow.promises.iter().map(one).collect()).collect()
    }

    /// A part and all parts that it asks, directly or not.
    pub(super) fn from_part(&self, part: usize) -> BTreeSet<usize> {
        let (mut found, mut open) = (BTreeSet::new(), vec![part]);
        while let Some(next) = open.pop() {
            if found.insert(next) {
                open.extend(self.below.get(next).into_iter().flatten());
            }
        }
        found
    }

    /// All parts on the ways of a flow, and of those that are steps of it.
    pub(super) fn on_way(&self, flow: usize) -> BTreeSet<usize> {
        let (mut found, mut open) = (BTreeSet::new(), vec![flow]);
        let mut parts = BTreeSet::new();
        while let Some(next) = open.pop() {
            if found.insert(next) {
                open.extend(&self.flows[next].inside);
                parts.extend(self.flows[next].asks.iter().flat_map(|part| self.from_part(*part)));
            }
        }
        parts
    }

    /// Does a part ask another one, directly or not?
    pub(super) fn asks(&self, part: usize, other: usize) -> bool {
        part != other && self.from_part(part).contains(&other)
    }

    /// The shortest time for which somebody outside waits for this flow.
    pub(super) fn waits_for(&self, flow: &str) -> Option<Span> {
        self.patience.iter().filter(|((_, callee), _)| callee == flow).map(|(_, span)| *span).min()
    }
}

/// What a flow promises of failures; what it does not is no promise, but still trouble where it is much.
fn may_fail<'a>(ast: &ast::Scenario, flow: &str, goals: impl Iterator<Item = &'a GoalSpec>) -> f64 {
    let promised = ast.flows.get(flow).is_some_and(|flow| !flow.slo.is_empty());
    let share = |goal: &GoalSpec| match goal.of {
        Goal::Success => Some(1.0 - goal.than),
        Goal::Errors | Goal::Late | Goal::Throttled | Goal::Refused => Some(goal.than),
        Goal::Quantile(_) | Goal::Mean | Goal::Greatest => None,
    };
    let least = goals.filter(|_| promised).filter_map(share).reduce(f64::min);
    least.unwrap_or(MAY_FAIL).clamp(0.0, 1.0)
}

/// What an objective promises about time: `p99`, `mean`, `max`, also of a mark (`paid.p95`), over the whole run.
fn promises(plan: &Blueprint, flow: u32, objective: &ast::Expectation) -> Vec<Promise> {
    let path = objective.path.value.as_str();
    let (mark, stat) = path.rsplit_once('.').map_or((None, path), |(mark, stat)| (Some(mark), stat));
    let own = || plan.marks.iter().enumerate().filter(|(_, spec)| spec.flow == flow);
    let mark = match mark {
        None => None,
        Some(name) => match own().enumerate().find(|(_, (_, spec))| spec.name == name) {
            Some((of_flow, (number, _))) => Some((number as u32, of_flow)),
            None => return Vec::new(),
        },
    };
    let quantiles = [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999), ("p9999", 0.9999)];
    let (may_be, quantile, of) = match (quantiles.iter().find(|(name, _)| *name == stat), stat) {
        (Some((_, p)), _) => (1.0 - p, Some(*p), Of::Share),
        (None, "max") => (0.0, None, Of::Share),
        (None, "mean") => (0.5, None, Of::Mean),
        _ => return Vec::new(),
    };
    let within =
        objective.conditions.iter().filter_map(|condition| match (&condition.value.bound, &condition.value.window) {
            (Bound::Below(s) | Bound::AtMost(s), Window::Whole) => Some(Span::from_nanos(s * SECOND as f64)),
            _ => None,
        });
    within.map(|within| Promise { mark, within, may_be, quantile, of }).collect()
}

fn trouble(plan: &Blueprint, happening: &Happening, says: &str) -> Trouble {
    let mut parts = BTreeSet::new();
    let (mut anything, mut forgets) = (happening.effects.is_empty(), false);
    let incidents = &plan.incidents;
    for effect in &happening.effects {
        let part = match *effect {
            Effect::Errors { part, .. }
            | Effect::Slow { part, .. }
            | Effect::Stop { part }
            | Effect::Blind { part } => part,
            Effect::Poison { store, .. } | Effect::Twice { store, .. } => plan.messages[store as usize].part,
            Effect::Gate { gate, .. } => plan.gates.gates[gate as usize].part,
            Effect::Servers { line, .. } => plan.lines[line as usize].part,
            Effect::Cores { share, .. } => plan.shares[share as usize].part,
            Effect::ClearPool { pool } => plan.pools[pool as usize].part,
            Effect::Fleet { fleet, .. } => plan.fleets[fleet as usize].part,
            Effect::Stalled { store } | Effect::LeaderLost { store } => incidents.stores[store as usize].part,
            Effect::Stuck { name } => incidents.names[name as usize].part,
            Effect::Flush { part } | Effect::Expire { part, .. } => {
                forgets = true;
                part
            }
            Effect::Outage { hit } => {
                let hit = &incidents.hits[hit as usize];
                parts.extend(hit.places.iter().map(|place| incidents.places[*place as usize].part as usize));
                parts.extend(hit.leaders.iter().map(|store| incidents.stores[*store as usize].part as usize));
                anything |= !hit.regions.is_empty() || !hit.members.is_empty();
                continue;
            }
            Effect::Road { .. } | Effect::HotKey { .. } | Effect::Start { .. } => {
                anything = true;
                continue;
            }
        };
        parts.insert(part as usize);
    }
    Trouble { name: happening.name.clone(), says: says.to_owned(), parts: (!anything).then_some(parts), forgets }
}
