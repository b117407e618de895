//! One station of an open system: the closed form that fits its arrivals, work, room, patience and order.

use super::constant::ConstantWork;
use super::erlang::{Line, erlang_b, mmc, mmck};
use super::estimate::Truth;
use super::general::{self, Moments};
use super::patience::{self, Impatient};
use super::renewal::{Gaps, gimc};
use super::shapes::{Order, Part, Policy, Visit};
use super::{Means, SHOWN};
use crate::scenario::ast::Arrivals;
use crate::units::Law;

/// What is known of a station, path by path below its name, and of the requests that pass it.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// The law by name.
    pub how: &'static str,
    /// Exact, bound, approximation.
    pub kind: Truth,
    /// Measures of the part: path below its name, value.
    pub part: Vec<(String, f64)>,
    /// Mean time of those who pass it.
    pub response: Option<f64>,
    /// Quantiles of that time, as shown.
    pub quantiles: Vec<(&'static str, f64)>,
    /// Of M/M/1: the rate of its exponential time, and the departures are Poisson again.
    pub drain: Option<f64>,
    /// Departures are Poisson.
    pub poisson: bool,
    /// Served to the end, per second.
    pub throughput: f64,
}

impl Answer {
    fn new(how: &'static str, kind: Truth, throughput: f64) -> Answer {
        let (part, quantiles) = (Vec::new(), Vec::new());
        Answer { how, kind, part, response: None, quantiles, drain: None, poisson: false, throughput }
    }

    fn with(mut self, path: &str, value: f64) -> Answer {
        self.part.push((path.to_string(), value));
        self
    }

    fn means(mut self, means: Means) -> Answer {
        self.response = Some(means.response);
        self.with("busy", means.busy)
            .with("wait.mean", means.wait)
            .with("queue.mean", means.queue)
            .with("present.mean", means.present)
    }

    fn line(how: &'static str, rate: f64, line: Line, fifo: bool) -> Answer {
        let mut answer = Answer::new(how, Truth::Exact, rate).means(line.means).with("delayed", line.delayed);
        if fifo {
            for (name, p) in SHOWN {
                answer = answer.with(&format!("wait.{name}"), line.wait_quantile(p));
            }
            answer.quantiles = SHOWN.iter().map(|(name, p)| (*name, line.response_quantile(*p))).collect();
        }
        answer
    }

    /// The numbers of `fleet` stations that are all like this one.
    fn times(mut self, fleet: f64) -> Answer {
        for (path, value) in &mut self.part {
            if path == "queue.mean" || path == "present.mean" {
                *value *= fleet;
            }
        }
        self.throughput *= fleet;
        self
    }
}

/// A delay: everybody is at work at once; the number present has mean rate x work whatever the laws.
pub(super) fn delay(rate: f64, visit: &Visit) -> Answer {
    let work = visit.moment(1);
    let mut answer = Answer::new("M/G/inf, Little's law", Truth::Exact, rate).with("present.mean", rate * work);
    answer.response = Some(work);
    answer.quantiles = SHOWN.iter().map(|(name, p)| (*name, visit.work.quantile(*p) * 1e-9)).collect();
    answer.poisson = true;
    answer
}

/// The answers for a station that one class of requests visits once, at `rate`.
pub(super) fn station(part: Part, rate: f64, arrivals: &Arrivals, visit: &Visit) -> Vec<Answer> {
    let Part::Station { servers, room, order, fleet, policy } = part else { return vec![delay(rate, visit)] };
    if fleet > 1 {
        let one = Part::Station { servers, room, order, fleet: 1, policy };
        let rate = rate / f64::from(fleet);
        let seen = match (policy, arrivals) {
            (Policy::ByLot, Arrivals::Poisson) => Arrivals::Poisson,
            (Policy::InTurn, Arrivals::Poisson) => Arrivals::Renewal(Law::Erlang { mean: 1.0, k: fleet }),
            _ => return Vec::new(),
        };
        return station(one, rate, &seen, visit).into_iter().map(|answer| answer.times(f64::from(fleet))).collect();
    }
    let fifo = order == Order::Fifo;
    if let Some(patience) = &visit.patience {
        let plain = fifo && room.is_none() && *arrivals == Arrivals::Poisson;
        return visit
            .exponential()
            .filter(|_| plain)
            .and_then(|work| impatient(rate, work, servers, patience))
            .into_iter()
            .collect();
    }
    match (order, room, arrivals) {
        (Order::Shared, None, Arrivals::Poisson) => shared(rate, servers, visit).into_iter().collect(),
        (Order::Fifo | Order::Other, Some(room), Arrivals::Poisson) => {
            lossy(rate, servers, room, visit).into_iter().collect()
        }
        (Order::Fifo | Order::Other, None, Arrivals::Poisson) => poisson(rate, servers, fifo, visit),
        (Order::Fifo, None, _) => renewal(rate, servers, arrivals, visit),
        _ => Vec::new(),
    }
}

fn moments(visit: &Visit) -> Moments {
    Moments { mean: visit.moment(1), second: visit.moment(2), third: visit.moment(3) }
}

fn poisson(rate: f64, servers: u32, fifo: bool, visit: &Visit) -> Vec<Answer> {
    let work = moments(visit);
    if visit.exponential().is_some() {
        let Some(line) = mmc(rate, 1.0 / work.mean, servers) else { return Vec::new() };
        let mut answer = Answer::line("M/M/c, Erlang C", rate, line, fifo);
        answer.poisson = true;
        answer.drain = (servers == 1 && fifo).then_some(line.drain);
        return vec![answer];
    }
    if visit.work.is_constant() && fifo {
        return ConstantWork::new(rate, work.mean, servers)
            .map(|desk| constant(rate, work.mean, &desk))
            .into_iter()
            .collect();
    }
    if servers == 1 {
        let Some(means) = general::mg1(rate, work) else { return Vec::new() };
        let answer = Answer::new("M/G/1, Pollaczek-Khinchine", Truth::Exact, rate).means(means);
        let variance = general::mg1_wait_variance(rate, work).filter(|variance| fifo && variance.is_finite());
        return vec![variance.map_or(answer.clone(), |variance| {
            answer.with("wait.variance", variance).with("wait.sd", variance.sqrt())
        })];
    }
    allen_cunneen(rate, 1.0, servers, work).into_iter().collect()
}

fn allen_cunneen(rate: f64, gap_scv: f64, servers: u32, work: Moments) -> Option<Answer> {
    let wait = general::allen_cunneen(rate, gap_scv, work.mean, work.scv(), servers).filter(|wait| wait.is_finite())?;
    let means = Means::from_wait(rate, work.mean, servers, wait);
    Some(Answer::new("G/G/c, Allen-Cunneen", Truth::Approximation, rate).means(means))
}

fn constant(rate: f64, work: f64, desk: &ConstantWork) -> Answer {
    let mut answer = Answer::new("M/D/c, Crommelin and Franx", Truth::Exact, rate).means(desk.means);
    answer = answer.with("delayed", desk.delayed());
    let waits = desk.wait_quantiles(&SHOWN.map(|(_, p)| p));
    for ((name, _), wait) in SHOWN.iter().zip(waits) {
        answer = answer.with(&format!("wait.{name}"), wait);
        answer.quantiles.push((name, wait + work));
    }
    answer
}

fn shared(rate: f64, servers: u32, visit: &Visit) -> Option<Answer> {
    if servers > 1 {
        visit.exponential()?;
    }
    let means = general::shared(rate, visit.moment(1), servers)?;
    let mut answer = Answer::new("processor sharing", Truth::Exact, rate);
    answer.response = Some(means.response);
    Some(answer.with("busy", means.busy).with("present.mean", means.present))
}

fn lossy(rate: f64, servers: u32, room: u32, visit: &Visit) -> Option<Answer> {
    let work = visit.moment(1);
    if visit.exponential().is_some() {
        let desk = mmck(rate, 1.0 / work, servers, room);
        return Some(
            Answer::new("M/M/c/K", Truth::Exact, desk.throughput).means(desk.means).with("refused", desk.refused),
        );
    }
    if room > 0 {
        return None;
    }
    let refused = erlang_b(servers, rate * work);
    let throughput = rate * (1.0 - refused);
    let means = Means::from_wait(throughput, work, servers, 0.0);
    Some(Answer::new("M/G/c/c, Erlang B", Truth::Exact, throughput).means(means).with("refused", refused))
}

fn impatient(rate: f64, work: f64, servers: u32, law: &Law) -> Option<Answer> {
    let patience = law.moment(1) * 1e-9;
    let (how, desk): (_, Impatient) = match law {
        Law::Exponential { .. } => ("Erlang A", patience::exponential(rate, 1.0 / work, servers, patience)),
        _ if law.is_constant() => ("M/M/n+D", patience::fixed(rate, 1.0 / work, servers, patience)),
        _ => return None,
    };
    let answer = Answer::new(how, Truth::Exact, desk.throughput).with("abandoned", desk.abandoned);
    let answer = answer.with("delayed", desk.delayed).with("wait.mean", desk.wait).with("busy", desk.busy);
    Some(answer.with("queue.mean", desk.queue))
}

fn renewal(rate: f64, servers: u32, arrivals: &Arrivals, visit: &Visit) -> Vec<Answer> {
    let work = moments(visit);
    let gaps = match arrivals {
        Arrivals::Even => Gaps::Even,
        Arrivals::Renewal(Law::Erlang { k, .. }) => Gaps::Erlang(*k),
        Arrivals::Bursts(law) => return grouped(rate, servers, law, visit).into_iter().collect(),
        _ => return Vec::new(),
    };
    if let Some(mean) = visit.exponential() {
        let line = gimc(gaps, rate, 1.0 / mean, servers);
        return line.map(|line| Answer::line("GI/M/c", rate, line, true)).into_iter().collect();
    }
    let mut answers: Vec<Answer> = allen_cunneen(rate, gaps.scv(), servers, work).into_iter().collect();
    if let Some(bound) = general::kingman_bound(rate, gaps.scv() / (rate * rate), work).filter(|_| servers == 1) {
        answers.push(Answer::new("Kingman", Truth::Bound, rate).with("wait.mean.bound", bound));
    }
    answers
}

fn grouped(rate: f64, servers: u32, group: &Law, visit: &Visit) -> Option<Answer> {
    let group = group.constant().filter(|_| servers == 1)?;
    let means = general::groups_of(group, rate, 1.0 / visit.exponential()?)?;
    Some(Answer::new("M[X]/M/1", Truth::Exact, rate).means(means))
}
