//! The end of a run: what was counted becomes results, named and sorted.

use std::collections::BTreeMap;

use super::blueprint::{Blueprint, LineSpec};
use super::tally::{CallTally, FlowTally, OperationTally, Window};
use super::world::{Line, RunWorld, State};
use crate::queueing::committed::Gauges;
use crate::record::results::{
    CallResult, FlowResult, FlowWindow, OperationResult, PartResult, Results, Shown, UseResult, Work,
};
use crate::record::{Gauge, Histogram};
use crate::units::{Span, Time};

impl RunWorld {
    /// What the run has measured up to `to`, to which it has been brought.
    pub fn results(&self, to: Time, events: u64) -> Results {
        // On a copy: gauges are closed, and the run itself may go on.
        let mut state = self.state.clone();
        let plan = &*self.plan;
        if !state.measuring && to >= plan.from {
            // Nothing has happened since the warm-up ended.
            state.begin_measuring(plan);
        }
        state.add_passages(plan);
        let usage = state.metered(plan, to);
        let gauges = state.close(to);
        let parts = (0..plan.parts.len()).map(|index| state.part(plan, &gauges, index as u32, to)).collect();
        let mut calls: Vec<CallResult> = plan
            .calls
            .iter()
            .zip(&state.tally.calls)
            .map(|(spec, tally)| call(&spec.caller, &spec.callee, tally))
            .collect();
        calls.sort_by(|a, b| (&a.caller, &a.callee).cmp(&(&b.caller, &b.callee)));
        Results {
            from: plan.from,
            to,
            events,
            phases: plan.phases.clone(),
            flows: (0..plan.flows.len()).map(|index| state.flow(plan, index as u32, to)).collect(),
            parts,
            calls,
            shown: state.shown(plan, to),
            usage,
            collapsed: state.collapsed.map(|part| plan.parts[part as usize].name.clone()),
        }
    }
}

impl State {
    /// What mechanisms and controllers show besides, by path: each file of them tells its own.
    fn shown(&mut self, plan: &Blueprint, to: Time) -> BTreeMap<String, Shown> {
        let mut all = BTreeMap::new();
        self.show_happenings(plan, to, &mut all);
        self.show_messages(plan, to, &mut all);
        self.show_effects(plan, &mut all);
        self.show_gates(plan, to, &mut all);
        self.show_loops(plan, &mut all);
        self.show_controls(plan, to, &mut all);
        self.show_fleets(plan, to, &mut all);
        self.show_scalers(plan, &mut all);
        self.show_pools(plan, to, &mut all);
        self.show_caches(plan, to, &mut all);
        self.show_partitions(plan, &mut all);
        self.show_rows(plan, &mut all);
        self.show_outages(plan, to, &mut all);
        self.show_roads(plan, &mut all);
        self.show_stores(plan, &mut all);
        self.show_alarms(plan, &mut all);
        self.show_runbooks(plan, &mut all);
        self.show_recovery(plan, to, &mut all);
        all
    }
}

impl RunWorld {
    /// How many wait at each part at `now`, and how many came in there since the measuring began.
    pub fn lines(&self, now: Time) -> Vec<(u64, u64)> {
        let (plan, state) = (&*self.plan, &self.state);
        let waiting = |part: u32| {
            let own = plan.lines.iter().zip(&state.lines).filter(move |(spec, _)| spec.part == part && !spec.pool);
            own.map(|(_, line)| match line {
                Line::Known(known) => known.waiting(now),
                Line::Lived(station) => station.queue.value(),
            })
        };
        let came = |part: u32| {
            let own = plan.operations.iter().zip(&state.tally.operations).filter(move |(spec, _)| spec.part == part);
            own.map(|(_, tally)| tally.books().came_in)
        };
        let waiting = |part| {
            let lines: u64 = waiting(part).sum();
            lines + state.at_gates(plan, part) + state.waiting_at(plan, part) + state.at_loops(plan, part)
        };
        (0..plan.parts.len() as u32).map(|part| (waiting(part), came(part).sum())).collect()
    }
}

impl State {
    /// The measuring ends: gauges of all lines.
    fn close(&mut self, to: Time) -> Vec<Gauges> {
        for share in &mut self.shares {
            share.held.close(to);
            share.beyond.close(to);
            share.offered.close(to);
        }
        let closed = |gauge: &Gauge| {
            let mut gauge = gauge.clone();
            gauge.close(to);
            gauge
        };
        let gauges = self.lines.iter().map(|line| match line {
            Line::Known(known) => known.close(to),
            Line::Lived(station) => {
                Gauges { queue: closed(&station.queue), held: closed(&station.held), offered: closed(&station.offered) }
            }
        });
        gauges.collect()
    }

    fn flow(&self, plan: &Blueprint, index: u32, to: Time) -> FlowResult {
        let tally: &FlowTally = &self.tally.flows[index as usize];
        let mut whole = tally.whole.told();
        whole.carried_in = tally.before.inside();
        whole.in_flight = tally.open;
        let mut phases: Vec<FlowWindow> = tally.phases.iter().map(Window::told).collect();
        for phase in &mut phases {
            let over = phase.ok + phase.late + phase.failed.iter().sum::<u64>();
            phase.in_flight = phase.requests - over;
        }
        let marks = plan.marks.iter().zip(&self.tally.marks).filter(|(spec, _)| spec.flow == index);
        FlowResult {
            name: plan.flows[index as usize].clone(),
            whole,
            phases,
            marks: marks.map(|(spec, histogram)| (spec.name.clone(), histogram.histogram())).collect(),
            good: tally.good.clone(),
            bad: tally.bad.clone(),
            latency_sum: tally.latency_sum.clone(),
            present: gauge_of(tally.present.integral(plan.from, to), to.since(plan.from)),
            pausing: gauge_of(tally.pausing, to.since(plan.from)),
            last_answer: tally.last_answer,
        }
    }

    fn part(&mut self, plan: &Blueprint, gauges: &[Gauges], index: u32, to: Time) -> PartResult {
        let spec = &plan.parts[index as usize];
        let tallies: Vec<(&str, &OperationTally)> = plan
            .operations
            .iter()
            .zip(&self.tally.operations)
            .filter(|(operation, _)| operation.part == index)
            .map(|(operation, tally)| (operation.name.as_str(), tally))
            .collect();
        let (mut latency, mut wait) = (Histogram::coarse(), Histogram::coarse());
        let mut operations = Vec::new();
        let mut work = Work::default();
        for (name, tally) in tallies {
            add_books(&mut work, &tally.books());
            let one = OperationResult {
                name: name.to_owned(),
                work: tally.books(),
                latency: tally.latency.histogram(),
                wait: tally.wait.histogram(),
            };
            latency.merge(&one.latency);
            wait.merge(&one.wait);
            match operations.iter_mut().find(|there: &&mut OperationResult| there.name == one.name) {
                None => operations.push(one),
                // The same operation in another region.
                Some(there) => {
                    add_books(&mut there.work, &one.work);
                    there.latency.merge(&one.latency);
                    there.wait.merge(&one.wait);
                }
            }
        }
        operations.sort_by(|a, b| a.name.cmp(&b.name));
        let mut uses = self.uses(plan, gauges, index, to);
        self.gate_uses(plan, index, to, &mut uses);
        self.message_uses(plan, index, to, &mut uses);
        let mut queue = queue_of(plan, gauges, index);
        self.gate_queue(plan, index, to, &mut queue);
        self.loop_uses(plan, index, to, &mut uses, &mut queue);
        let tally = &self.tally.parts[index as usize];
        PartResult {
            name: spec.name.clone(),
            model: spec.model.clone(),
            work,
            operations,
            wait,
            latency,
            slowdown: Histogram::coarse(),
            present: tally.presence.close(plan.from, to),
            queue: self.backlog_of(plan, index, to).unwrap_or(queue),
            last_departure: tally.last_departure,
            longest_wait_at: tally.longest_wait.1,
            caught_up: self.caught_up_with(plan, index, to).or_else(|| tally.caught_up.and_then(|(_, first)| first)),
            wait_at: tally.wait_at.iter().map(|(at, first)| (*at, first.map(|(_, wait)| wait))).collect(),
            came: tally.came.clone(),
            uses,
        }
    }

    fn uses(&mut self, plan: &Blueprint, gauges: &[Gauges], part: u32, to: Time) -> Vec<UseResult> {
        let mut uses: Vec<UseResult> = Vec::new();
        for (index, spec) in plan.lines.iter().enumerate().filter(|(_, spec)| spec.part == part) {
            let servers = match &self.lines[index] {
                Line::Lived(station) => station.servers(),
                Line::Known(known) => known.servers(),
            };
            let mut one = line_use(spec, &gauges[index], servers, self.tally.pool_waits[index].histogram());
            one.hottest = plan.stores.is_partition(index as u32, false).then_some((one.used, one.offered));
            match uses.iter_mut().find(|there| there.name == one.name) {
                None => uses.push(one),
                Some(there) => add_use(there, &one),
            }
        }
        for (index, spec) in plan.shares.iter().enumerate().filter(|(_, spec)| spec.part == part) {
            let share = &mut self.shares[index];
            let one = UseResult {
                name: String::new(),
                used: share.given(to),
                offered: share.offered.integral(),
                limit_name: "cores".to_owned(),
                limit: Some(u64::from(share.cores())),
                source: spec.source.clone(),
                held: share.held.clone(),
                exceeded: share.beyond.span_at_least(1).unwrap_or_default(),
                ..UseResult::default()
            };
            match uses.iter_mut().find(|there| there.name.is_empty()) {
                None => uses.insert(0, one),
                Some(there) => add_use(there, &one),
            }
        }
        uses
    }
}

fn gauge_of(integral: u128, measured: Span) -> Gauge {
    let mut gauge = Gauge::default();
    gauge.set_integral(integral, measured);
    gauge
}

/// Who waits at the part's own door.
fn queue_of(plan: &Blueprint, gauges: &[Gauges], part: u32) -> Gauge {
    let mut doors = plan.lines.iter().zip(gauges).filter(|(spec, _)| spec.part == part && !spec.pool);
    let Some((_, first)) = doors.next() else { return Gauge::default() };
    let mut queue = first.queue.clone();
    doors.for_each(|(_, line)| queue.beside(&line.queue));
    queue
}

fn line_use(spec: &LineSpec, gauges: &Gauges, servers: u32, wait: Histogram) -> UseResult {
    UseResult {
        name: spec.name.clone(),
        used: gauges.held.integral(),
        offered: gauges.offered.integral(),
        saves: false,
        limit_name: spec.limit_name.clone(),
        limit: Some(u64::from(servers)),
        source: spec.source.clone(),
        adjustable: false,
        hottest: None,
        held: gauges.held.clone(),
        wait,
        exceeded: gauges.queue.span_at_least(1).unwrap_or_default(),
    }
}

pub(super) fn add_use(there: &mut UseResult, one: &UseResult) {
    there.used += one.used;
    there.offered += one.offered;
    there.hottest = busier(there.hottest, one.hottest);
    // The limit of a member, as its peak is that of one member.
    there.limit = there.limit.max(one.limit);
    there.held.beside(&one.held);
    there.wait.merge(&one.wait);
    there.exceeded = there.exceeded.max(one.exceeded);
}

/// The busier of two, by quotient; what offers nothing is not busy.
fn busier(one: Option<(u128, u128)>, other: Option<(u128, u128)>) -> Option<(u128, u128)> {
    match (one, other) {
        (Some(a), Some(b)) => {
            let busy = |(used, offered): (u128, u128)| if offered > 0 { used as f64 / offered as f64 } else { 0.0 };
            Some(if busy(b) > busy(a) { b } else { a })
        }
        (one, other) => one.or(other),
    }
}

fn add_books(sum: &mut Work, one: &Work) {
    sum.carried_in += one.carried_in;
    sum.came_in += one.came_in;
    sum.done += one.done;
    sum.refused += one.refused;
    sum.throttled += one.throttled;
    sum.refused_for += one.refused_for;
    sum.withdrawn += one.withdrawn;
    sum.abandoned += one.abandoned;
    sum.killed += one.killed;
    sum.inside += one.inside;
    sum.delayed += one.delayed;
    sum.broken += one.broken;
}

fn call(caller: &str, callee: &str, tally: &CallTally) -> CallResult {
    CallResult {
        caller: caller.to_owned(),
        callee: callee.to_owned(),
        first: tally.first,
        retries: tally.retries,
        hedges: tally.hedges,
        answered: tally.answered,
        failed: tally.failed,
        withdrawn: tally.withdrawn,
        abandoned_running: tally.abandoned_running,
        in_flight: tally.in_flight,
        carried_in: tally.before.inside(),
        held_back: tally.held_back,
    }
}
