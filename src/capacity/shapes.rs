//! Which textbook shape a scenario has: who asks, where each request goes, what the parts are.
//!
//! Careful by design: whatever is not understood to the last key makes the whole scenario no textbook, and the estimate
//! silent. A wrong closed form is worse than none.

use std::collections::BTreeMap;

use crate::scenario::ast::{
    Arrivals, AtOnce, Call, Client, Component, Flow, Number, Profile, Scenario, Shape, Starts, Step, Traffic, Verb,
};
use crate::scenario::tree::{At, Kind, Node};
use crate::units::Law;

/// Seconds in a nanosecond: laws of time are in nanoseconds.
const NANO: f64 = 1e-9;

/// A recognised scenario.
#[derive(Clone, Debug)]
pub(super) struct Textbook {
    /// Who asks.
    pub asks: Vec<Ask>,
    /// The parts that are visited.
    pub parts: BTreeMap<String, Part>,
}

/// One traffic and its flow.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    /// Name of the flow.
    pub flow: String,
    /// How requests come.
    pub source: Source,
    /// Where they go.
    pub route: Route,
}

/// How requests come.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// Whoever waits, at so many a second.
    Open { rate: f64, arrivals: Arrivals },
    /// Poisson at a rate that swings: mean, amplitude, period.
    Swinging { mean: f64, amplitude: f64, period: f64 },
    /// Users who wait for answers and think for so long.
    Closed { users: u32, think: f64 },
}

/// Where a request goes.
#[derive(Clone, Debug)]
pub(super) enum Route {
    /// One part after the other.
    Series(Vec<Visit>),
    /// To all of them at once, done when all are.
    Fork(Vec<Visit>),
    /// So many times to one part at once, done when `need` are.
    Fan { times: u32, need: u32, visit: Visit },
}

impl Route {
    /// All visits.
    pub fn visits(&self) -> &[Visit] {
        match self {
            Route::Series(visits) | Route::Fork(visits) => visits,
            Route::Fan { visit, .. } => std::slice::from_ref(visit),
        }
    }
}

/// One call of one part.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    /// The part.
    pub part: String,
    /// Work, in nanoseconds.
    pub work: Law,
    /// Gives up waiting after this, in nanoseconds.
    pub patience: Option<Law>,
    /// Low numbers first.
    pub priority: u8,
}

impl Visit {
    /// Mean of the n-th power of the work, in seconds.
    pub fn moment(&self, n: u32) -> f64 {
        (0..n).fold(self.work.moment(n), |moment, _| moment * NANO)
    }

    /// Mean work if it is exponential.
    pub fn exponential(&self) -> Option<f64> {
        matches!(self.work, Law::Exponential { .. }).then(|| self.moment(1))
    }
}

/// Who is served first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Fifo,
    /// Another order without classes: the same means, other percentiles.
    Other,
    Shared,
    Priority,
    Preempt,
}

/// A part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Part {
    /// Nobody waits.
    Delay,
    /// Servers with a line; `fleet` of them behind a chooser.
    Station { servers: u32, room: Option<u32>, order: Order, fleet: u32, policy: Policy },
}

/// How a fleet is chosen from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    InTurn,
    ByLot,
    Cleverly,
}

/// The textbook in a scenario, if it is one.
pub(super) fn textbook(scenario: &Scenario) -> Option<Textbook> {
    let quiet = scenario.faults.is_empty()
        && scenario.changes.is_empty()
        && scenario.regions.is_empty()
        && scenario.handlers.values().flat_map(BTreeMap::values).all(|handler| {
            handler.from.is_none() && handler.every.is_none() && handler.daily.is_none() && handler.fail == 0.0
        });
    if !quiet || scenario.traffic.is_empty() {
        return None;
    }
    let asks: Option<Vec<Ask>> = scenario.traffic.values().map(|traffic| ask(scenario, traffic)).collect();
    let asks = asks?;
    let mut parts = BTreeMap::new();
    for visit in asks.iter().flat_map(|ask| ask.route.visits()) {
        parts.insert(visit.part.clone(), part(scenario.components.get(&visit.part)?)?);
    }
    Some(Textbook { asks, parts })
}

fn ask(scenario: &Scenario, traffic: &Traffic) -> Option<Ask> {
    let plain = traffic.client == Client::default() && traffic.near.is_empty() && traffic.access.is_none();
    let Starts::Flow(name) = &traffic.starts else { return None };
    let flow = scenario.flows.get(&name.value)?;
    let route = route(scenario, flow)?;
    plain.then_some(Ask { flow: name.value.clone(), source: source(&traffic.shape)?, route })
}

fn source(shape: &Shape) -> Option<Source> {
    match shape {
        Shape::Open { rate: Profile::Constant(rate), arrivals } => {
            Some(Source::Open { rate: *rate, arrivals: arrivals.clone() })
        }
        Shape::Open { rate: Profile::Sine { mean, amplitude, period, phase: _ }, arrivals: Arrivals::Poisson } => {
            Some(Source::Swinging { mean: *mean, amplitude: *amplitude, period: period.as_seconds() })
        }
        Shape::Users { users: Profile::Constant(users), think, every, connect: None } if every.is_empty() => {
            let think = think.as_ref().map_or(0.0, |law| law.moment(1) * NANO);
            (users.fract() == 0.0 && *users <= 100_000.0).then_some(Source::Closed { users: *users as u32, think })
        }
        _ => None,
    }
}

fn route(scenario: &Scenario, flow: &Flow) -> Option<Route> {
    if !flow.through.is_empty() || flow.cache.is_some() {
        return None;
    }
    if let [step] = flow.steps.as_slice()
        && is_plain(step)
    {
        match &step.verb {
            Verb::Parallel { branches, need: None } => {
                let visits = branches.iter().map(|branch| match branch.as_slice() {
                    [only] => visit(scenario, only),
                    _ => None,
                });
                return visits.collect::<Option<Vec<Visit>>>().map(Route::Fork);
            }
            Verb::Repeat { times: Number::Just(times), at_once: AtOnce::All, pack: 0 | 1, need, steps } => {
                let [only] = steps.as_slice() else { return None };
                let times = (times.fract() == 0.0 && (1.0..1e6).contains(times)).then_some(*times as u32)?;
                let need = need.unwrap_or(times);
                let fits = (1..=times).contains(&need);
                return visit(scenario, only).filter(|_| fits).map(|visit| Route::Fan { times, need, visit });
            }
            _ => {}
        }
    }
    flow.steps.iter().map(|step| visit(scenario, step)).collect::<Option<Vec<Visit>>>().map(Route::Series)
}

/// Always done, once, without a habit of the client's.
fn is_plain(step: &Step) -> bool {
    step.chance.is_none()
        && step.when.is_none()
        && step.otherwise.is_none()
        && step.another.is_none()
        && step.client == Client::default()
}

fn visit(scenario: &Scenario, step: &Step) -> Option<Visit> {
    let Verb::Call(call) = &step.verb else { return None };
    if !is_plain(step) || call.miss.is_some() || call.refused.is_some() || !call.steps.is_empty() {
        return None;
    }
    Some(Visit {
        part: call.target.value.clone(),
        work: work(scenario, call)?,
        patience: call.patience.clone(),
        priority: call.priority.unwrap_or(0),
    })
}

/// The work of a call, its own or that of the part's only handler.
fn work(scenario: &Scenario, call: &Call) -> Option<Law> {
    if let Some(work) = &call.work {
        return Some(work.value.clone());
    }
    let handler = scenario.handlers.get(&call.target.value)?.get("")?;
    let plain = handler.steps.is_empty() && handler.timeout.is_none();
    handler.work.as_ref().filter(|_| plain).map(|work| work.value.clone())
}

fn part(component: &Component) -> Option<Part> {
    let alone = component.on.is_none()
        && component.from.is_none()
        && component.client == Client::default()
        && component.in_region.is_empty();
    match component.model.value.as_str() {
        "delay" if alone && component.settings.is_empty() => Some(Part::Delay),
        "server" if alone => station(&component.settings),
        _ => None,
    }
}

fn station(settings: &BTreeMap<String, (At, Node)>) -> Option<Part> {
    let known = ["workers", "cores", "room", "order", "fleet", "policy"];
    if settings.keys().any(|key| !known.contains(&key.as_str())) {
        return None;
    }
    let number = |key: &str, default: u32| settings.get(key).map_or(Some(default), |(_, node)| whole(node));
    let word = |key: &str| settings.get(key).map(|(_, node)| node.text());
    let cores = settings.contains_key("cores");
    let order = match word("order") {
        None if cores => Order::Shared,
        None | Some(Some("fifo")) => Order::Fifo,
        Some(Some("lifo" | "random")) => Order::Other,
        Some(Some("shared")) => Order::Shared,
        Some(Some("priority")) => Order::Priority,
        Some(Some("preempt")) => Order::Preempt,
        Some(_) => return None,
    };
    let policy = match word("policy") {
        Some(Some("round-robin")) => Policy::InTurn,
        Some(Some("random")) => Policy::ByLot,
        _ => Policy::Cleverly,
    };
    let room = if settings.contains_key("room") { Some(number("room", 0)?) } else { None };
    let servers = number(if cores { "cores" } else { "workers" }, 1)?;
    let fleet = number("fleet", 1)?;
    (servers > 0 && fleet > 0).then_some(Part::Station { servers, room, order, fleet, policy })
}

fn whole(node: &Node) -> Option<u32> {
    match &node.kind {
        Kind::Whole(n) => u32::try_from(*n).ok(),
        Kind::Text(text) => text.parse().ok(),
        _ => None,
    }
}
