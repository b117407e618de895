//! Alarms: a number of each period, compared; enough of the last ones breaching start a runbook.
//!
//! Periods lie on multiples of their length from the start of the run, and the verdict falls at the end of a period, before
//! anything else of that instant. What a period measures is the difference of what was counted up to its ends, so one that
//! a fault only touches is averaged (worked systems, section 17). A period that begins before the end of the warm-up is not
//! judged: counting begins anew there.
//!
//! An alarm on what is up sleeps while nothing changes: a verdict like all those that it remembers changes nothing, so the
//! hundred years of a region that is checked every ten seconds are not three hundred million events.

use std::collections::BTreeMap;

use super::blueprint::{Blueprint, Comparison};
use super::clocks::{Clock, tick};
use super::incidents::{AlarmSpec, Missing, Statistic, Watched};
use super::tally::{Outcome, Spent};
use super::world::{Line, State};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event};
use crate::engine::program::NONE;
use crate::record::results::{Cause, Counted, Shown, Work};
use crate::record::{Gauge, Histogram};
use crate::units::Time;
use crate::units::time::SECOND;

/// An alarm being watched.
#[derive(Clone, Debug)]
pub(crate) struct Alarm {
    /// What was counted up to the beginning of the period.
    last: (u128, u128),
    /// Latencies of this period.
    times: Histogram,
    /// The last verdicts, newest in the lowest bit, and how many there were.
    breaches: u64,
    known: u32,
    /// Is it raised?
    raised: bool,
    /// Nothing changes: no verdict stands on the agenda until something does.
    sleeps: bool,
    /// How often it was raised, and when first.
    count: u64,
    first: Option<Time>,
    period: u64,
}

impl Alarm {
    /// Nothing has been seen yet.
    pub fn new() -> Alarm {
        Alarm {
            last: (0, 0),
            times: Histogram::coarse(),
            breaches: 0,
            known: 0,
            raised: false,
            sleeps: false,
            count: 0,
            first: None,
            period: 0,
        }
    }
}

impl State {
    /// Puts the first verdict of each alarm on the agenda.
    pub(crate) fn start_alarms<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>) {
        for index in 0..plan.incidents.alarms.len() as u32 {
            self.next_verdict(plan, agenda, index);
        }
    }

    fn next_verdict<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32) {
        let spec = &plan.incidents.alarms[index as usize];
        let alarm = &mut self.incidents.alarms[index as usize];
        alarm.period += 1;
        let at = alarm.period.checked_mul(spec.period.0).map_or(Time::NEVER, Time);
        let key = Event::key(Class::Capacity, spec.rank, alarm.period, 3);
        if at < plan.to {
            agenda.schedule(tick(Clock::Verdict, index, 0, at, key));
        }
    }

    /// A period of an alarm is over.
    pub(crate) fn verdict<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32) {
        let now = agenda.now();
        let spec = &plan.incidents.alarms[index as usize];
        let seen = self.seen(plan, now, index).filter(|_| !self.incidents.blind(spec.part));
        if now < plan.from + spec.period {
            return self.next_verdict(plan, agenda, index);
        }
        let breaches = match (seen, spec.missing) {
            (Some(number), _) => Some(compares(number, spec.compare, spec.than)),
            (None, Missing::Ignore) => None,
            (None, Missing::Fine) => Some(false),
            (None, Missing::Breaching) => Some(true),
        };
        let Some(breaches) = breaches else { return self.next_verdict(plan, agenda, index) };
        let alarm = &mut self.incidents.alarms[index as usize];
        alarm.breaches = alarm.breaches << 1 | u64::from(breaches);
        alarm.known = (alarm.known + 1).min(spec.of);
        let recent = if spec.of >= 64 { u64::MAX } else { (1 << spec.of) - 1 };
        let raised = (alarm.breaches & recent).count_ones() >= spec.periods;
        let rises = raised && !alarm.raised;
        alarm.raised = raised;
        let all_alike = [0, recent].contains(&(alarm.breaches & recent)) && alarm.known == spec.of;
        match spec.watched {
            Watched::Up(up) if all_alike && self.as_up_since(up, now - spec.period) => {
                self.incidents.alarms[index as usize].sleeps = true;
            }
            _ => self.next_verdict(plan, agenda, index),
        }
        let alarm = &mut self.incidents.alarms[index as usize];
        if rises {
            alarm.count += 1;
            alarm.first.get_or_insert(now);
            self.detected(now);
            if let Some(runbook) = spec.then {
                self.start_runbook(plan, agenda, runbook);
            }
        }
    }

    /// Something is about to change: alarms that sleep go on with the period that it falls in.
    pub(crate) fn wake_alarms<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>) {
        let now = agenda.now();
        for (index, spec) in plan.incidents.alarms.iter().enumerate() {
            if !self.incidents.alarms[index].sleeps {
                continue;
            }
            let begun = now.0 / spec.period.0;
            let counted = self.counted(plan, spec, Time(begun * spec.period.0));
            let alarm = &mut self.incidents.alarms[index];
            (alarm.sleeps, alarm.last, alarm.period) = (false, counted, begun);
            self.next_verdict(plan, agenda, index as u32);
        }
    }

    /// The number of the period that ends now.
    fn seen(&mut self, plan: &Blueprint, now: Time, index: u32) -> Option<f64> {
        let spec = &plan.incidents.alarms[index as usize];
        if let Watched::Latency(_) = spec.watched {
            let times = std::mem::replace(&mut self.incidents.alarms[index as usize].times, Histogram::coarse());
            return of_times(&times, spec.statistic);
        }
        let counted = self.counted(plan, spec, now);
        let last = std::mem::replace(&mut self.incidents.alarms[index as usize].last, counted);
        let over = counted.0.saturating_sub(last.0) as f64;
        let under = counted.1.saturating_sub(last.1) as f64;
        if spec.statistic == Statistic::Sum {
            return Some(over / SECOND as f64);
        }
        let mean = (under > 0.0).then(|| over / under)?;
        // Of what is only ever up or down the least and the greatest follow from the mean.
        Some(match spec.statistic {
            Statistic::Least => mean.floor(),
            Statistic::Greatest => mean.ceil(),
            _ => mean,
        })
    }

    /// What was counted since the measuring began, times a second in nanoseconds; and what it is to be divided by.
    fn counted(&self, plan: &Blueprint, spec: &AlarmSpec, now: Time) -> (u128, u128) {
        let time = u128::from(now.0);
        match spec.watched {
            Watched::Up(up) => {
                let (nanos, whole) = self.up_until(plan, up, now);
                (nanos, time * u128::from(whole))
            }
            Watched::Busy(part) => self.used(plan, part, now),
            Watched::Present(part) => (self.tally.parts[part as usize].presence.integral(plan.from, now), time),
            Watched::Waiting(part) => (self.queued(plan, part, now), time),
            Watched::Connections(part) => (self.connected(plan, part, now), time),
            Watched::Came(part) => (self.booked(plan, part, |work| work.came_in), time),
            Watched::Broken(part) => self.of_came(plan, part, |work| work.broken),
            Watched::Refused(part) => self.of_came(plan, part, |work| work.refused),
            Watched::Throttled(part) => self.of_came(plan, part, |work| work.throttled),
            Watched::Ended(flow) => (self.ended(flow, |_| true), time),
            Watched::Success(flow) => {
                let ok = self.tally.flows[flow as usize].whole.books.ok;
                (seconds(ok), self.ended(flow, |_| true))
            }
            Watched::Limited(flow) => {
                (self.failed(flow, |cause| cause == Cause::Throttled), self.ended(flow, |_| true))
            }
            Watched::Errors(flow) => {
                let errors = self.failed(flow, |cause| !matches!(cause, Cause::Throttled | Cause::Refused));
                (errors, self.ended(flow, |_| true))
            }
            Watched::Latency(_) => (0, 0),
        }
    }

    fn failed(&self, flow: u32, which: fn(Cause) -> bool) -> u128 {
        let failed = self.tally.flows[flow as usize].whole.books.failed;
        seconds(Cause::ALL.iter().filter(|cause| which(**cause)).map(|cause| failed[*cause as usize]).sum())
    }

    /// All requests of a flow that ended.
    fn ended(&self, flow: u32, which: fn(Cause) -> bool) -> u128 {
        let books = &self.tally.flows[flow as usize].whole.books;
        seconds(books.ok + books.late) + self.failed(flow, which)
    }

    fn booked(&self, plan: &Blueprint, part: u32, of: fn(&Work) -> u64) -> u128 {
        let own = plan.operations.iter().zip(&self.tally.operations).filter(|(spec, _)| spec.part == part);
        seconds(own.map(|(_, tally)| of(&tally.work)).sum())
    }

    fn of_came(&self, plan: &Blueprint, part: u32, of: fn(&Work) -> u64) -> (u128, u128) {
        (self.booked(plan, part, of), self.booked(plan, part, |work| work.came_in))
    }

    /// Time of busy servers or cores, and of those there were.
    fn used(&self, plan: &Blueprint, part: u32, now: Time) -> (u128, u128) {
        let (mut used, mut offered) = (0, 0);
        for (spec, line) in plan.lines.iter().zip(&self.lines).filter(|(spec, _)| spec.part == part) {
            if let (true, Line::Lived(station)) = (spec.name.is_empty(), line) {
                used += until(&station.held, now);
                offered += until(&station.offered, now);
            }
        }
        for (_, share) in plan.shares.iter().zip(&self.shares).filter(|(spec, _)| spec.part == part) {
            used += share.clone().given(now);
            offered += until(&share.offered, now);
        }
        (used, offered)
    }

    fn queued(&self, plan: &Blueprint, part: u32, now: Time) -> u128 {
        let own = plan.lines.iter().zip(&self.lines).filter(|(spec, _)| spec.part == part && !spec.pool);
        own.map(|(_, line)| if let Line::Lived(station) = line { until(&station.queue, now) } else { 0 }).sum()
    }

    fn connected(&self, plan: &Blueprint, part: u32, now: Time) -> u128 {
        let pool = format!("pool.{}", plan.parts[part as usize].name);
        let own = plan.lines.iter().zip(&self.lines).filter(|(spec, _)| spec.pool && spec.name == pool);
        own.map(|(_, line)| if let Line::Lived(station) = line { until(&station.held, now) } else { 0 }).sum()
    }

    /// A request is over: alarms on latency hear of it.
    pub(crate) fn alarms_hear(&mut self, plan: &Blueprint, flow: u32, spent: Spent, at: Time, outcome: Outcome) {
        if matches!(outcome, Outcome::Failed(_)) {
            return;
        }
        for (alarm, spec) in self.incidents.alarms.iter_mut().zip(&plan.incidents.alarms) {
            if spec.watched == Watched::Latency(flow) {
                alarm.times.record(at.since(spent.start));
            }
        }
    }

    /// How often each alarm was raised.
    pub(crate) fn show_alarms(&self, plan: &Blueprint, all: &mut BTreeMap<String, Shown>) {
        for (alarm, spec) in self.incidents.alarms.iter().zip(&plan.incidents.alarms) {
            all.insert(format!("{}.raised", spec.name), Shown::Count(alarm.count, Counted::Ones));
            let first = alarm.first.map(|at| at.0 as f64);
            all.insert(format!("{}.raised_at", spec.name), Shown::Once(first, Counted::Nanos));
        }
    }
}

impl super::incident_state::Happened {
    /// The numbers of a part do not arrive, or do again.
    pub fn blinds(&mut self, part: u32, on: bool) {
        match self.blind.iter().position(|other| *other == part) {
            Some(place) if !on => drop(self.blind.swap_remove(place)),
            _ if on => self.blind.push(part),
            _ => {}
        }
    }

    /// Do the numbers of a part not arrive?
    fn blind(&self, part: u32) -> bool {
        part != NONE && self.blind.contains(&part)
    }
}

/// So many, times a second in nanoseconds.
fn seconds(n: u64) -> u128 {
    u128::from(n) * u128::from(SECOND)
}

fn until(gauge: &Gauge, now: Time) -> u128 {
    let mut gauge = gauge.clone();
    gauge.close(now);
    gauge.integral()
}

fn of_times(times: &Histogram, statistic: Statistic) -> Option<f64> {
    if times.count() == 0 {
        return None;
    }
    let nanos = match statistic {
        Statistic::Mean => times.mean(),
        Statistic::Sum => times.sum() as f64,
        Statistic::Least => times.min()?.0 as f64,
        Statistic::Greatest => times.max()?.0 as f64,
        Statistic::Quantile(p) => times.quantile(p)?.0 as f64,
    };
    Some(nanos / 1e9)
}

/// Does a number compare so with a bound?
pub(super) fn compares(number: f64, compare: Comparison, than: f64) -> bool {
    match compare {
        Comparison::Less => number < than,
        Comparison::AtMost => number <= than,
        Comparison::Equal => number == than,
        Comparison::AtLeast => number >= than,
        Comparison::More => number > than,
    }
}
