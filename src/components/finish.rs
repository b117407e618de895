//! The end of a run: what was counted becomes results, named and sorted.

use super::blueprint::{Blueprint, LineSpec};
use super::tally::{CallTally, FlowTally, OperationTally};
use super::world::{Line, RunWorld, State};
use crate::record::results::{CallResult, FlowResult, OperationResult, PartResult, Results, UseResult, Work};
use crate::record::{Gauge, Histogram};
use crate::units::Time;

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
        state.close(to);
        let parts = (0..plan.parts.len()).map(|index| state.part(plan, index as u32, to)).collect();
        let mut calls: Vec<CallResult> =
            plan.calls.iter().zip(&state.tally.calls).map(|(spec, tally)| call(&spec.caller, &spec.callee, tally)).collect();
        calls.sort_by(|a, b| (&a.caller, &a.callee).cmp(&(&b.caller, &b.callee)));
        Results {
            from: plan.from,
            to,
            events,
            phases: plan.phases.clone(),
            flows: (0..plan.flows.len()).map(|index| state.flow(plan, index as u32)).collect(),
            parts,
            calls,
            collapsed: state.collapsed.map(|part| plan.parts[part as usize].name.clone()),
        }
    }
}

impl State {
    fn close(&mut self, to: Time) {
        let last = Time(to.0.saturating_sub(1));
        for line in &mut self.lines {
            let gauges = match line {
                Line::Lived(station) => [&mut station.queue, &mut station.held, &mut station.offered],
                Line::Known(known) => {
                    known.observe(last);
                    [&mut known.queue, &mut known.held, &mut known.offered]
                }
            };
            gauges.map(|gauge| gauge.close(to));
        }
        for share in &mut self.shares {
            share.held.close(to);
            share.offered.close(to);
        }
        for part in &mut self.tally.parts {
            part.presence.observe(last);
            part.presence.gauge.close(to);
        }
    }

    fn flow(&self, plan: &Blueprint, index: u32) -> FlowResult {
        let tally: &FlowTally = &self.tally.flows[index as usize];
        let mut whole = tally.whole.clone();
        whole.carried_in = tally.before.inside();
        whole.in_flight = tally.open;
        let mut phases = tally.phases.clone();
        for phase in &mut phases {
            let over = phase.ok + phase.late + phase.failed.iter().sum::<u64>();
            phase.in_flight = phase.requests - over;
        }
        let marks = plan.marks.iter().zip(&self.tally.marks).filter(|(spec, _)| spec.flow == index);
        FlowResult {
            name: plan.flows[index as usize].clone(),
            whole,
            phases,
            marks: marks.map(|(spec, histogram)| (spec.name.clone(), histogram.clone())).collect(),
            good: tally.good.clone(),
            bad: tally.bad.clone(),
            latency_sum: tally.latency_sum.clone(),
        }
    }

    fn part(&mut self, plan: &Blueprint, index: u32, to: Time) -> PartResult {
        let spec = &plan.parts[index as usize];
        let tallies: Vec<(&str, &OperationTally)> = plan
            .operations
            .iter()
            .zip(&self.tally.operations)
            .filter(|(operation, _)| operation.part == index)
            .map(|(operation, tally)| (operation.name.as_str(), tally))
            .collect();
        let mut whole = OperationTally::empty();
        let mut operations = Vec::new();
        let mut work = Work::default();
        for (name, tally) in tallies {
            add_books(&mut work, &tally.books());
            for (sum, one) in [
                (&mut whole.latency, &tally.latency),
                (&mut whole.wait, &tally.wait),
                (&mut whole.slowdown, &tally.slowdown),
            ] {
                sum.merge(one);
            }
            operations.push(OperationResult {
                name: name.to_owned(),
                work: tally.books(),
                latency: tally.latency.clone(),
                wait: tally.wait.clone(),
            });
        }
        operations.sort_by(|a, b| a.name.cmp(&b.name));
        let uses = self.uses(plan, index, to);
        let tally = &self.tally.parts[index as usize];
        let mut present = tally.presence.gauge.clone();
        present.set_integral(tally.presence.integral(plan.from, to), to.since(plan.from));
        PartResult {
            name: spec.name.clone(),
            model: spec.model.clone(),
            work,
            operations,
            wait: whole.wait,
            latency: whole.latency,
            slowdown: whole.slowdown,
            present,
            queue: self.queue_of(plan, index),
            last_departure: tally.last_departure,
            longest_wait_at: tally.longest_wait.1,
            caught_up: tally.caught_up.and_then(|(_, first)| first),
            came: tally.came.clone(),
            uses,
        }
    }

    /// Who waits at the part's own door.
    fn queue_of(&self, plan: &Blueprint, part: u32) -> Gauge {
        let mut doors = plan.lines.iter().zip(&self.lines).filter(|(spec, _)| spec.part == part && !spec.pool);
        let Some((_, first)) = doors.next() else { return Gauge::default() };
        let mut queue = queue(first).clone();
        doors.for_each(|(_, line)| queue.beside(self::queue(line)));
        queue
    }

    fn uses(&mut self, plan: &Blueprint, part: u32, to: Time) -> Vec<UseResult> {
        let mut uses: Vec<UseResult> = Vec::new();
        for (index, spec) in plan.lines.iter().enumerate().filter(|(_, spec)| spec.part == part) {
            let one = line_use(spec, &self.lines[index], &self.tally.pool_waits[index]);
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

fn queue(line: &Line) -> &Gauge {
    match line {
        Line::Lived(station) => &station.queue,
        Line::Known(known) => &known.queue,
    }
}

fn line_use(spec: &LineSpec, line: &Line, waits: &Histogram) -> UseResult {
    let (held, offered, queue, servers) = match line {
        Line::Lived(station) => (&station.held, &station.offered, &station.queue, station.servers()),
        Line::Known(known) => (&known.held, &known.offered, &known.queue, known.servers()),
    };
    UseResult {
        name: spec.name.clone(),
        used: held.integral(),
        offered: offered.integral(),
        limit_name: spec.limit_name.clone(),
        limit: Some(u64::from(servers)),
        source: spec.source.clone(),
        adjustable: false,
        held: held.clone(),
        wait: waits.clone(),
        exceeded: queue.span_at_least(1).unwrap_or_default(),
    }
}

fn add_use(there: &mut UseResult, one: &UseResult) {
    there.used += one.used;
    there.offered += one.offered;
    there.limit = there.limit.zip(one.limit).map(|(a, b)| a + b);
    there.held.beside(&one.held);
    there.wait.merge(&one.wait);
    there.exceeded = there.exceeded.max(one.exceeded);
}

fn add_books(sum: &mut Work, one: &Work) {
    sum.carried_in += one.carried_in;
    sum.came_in += one.came_in;
    sum.done += one.done;
    sum.refused += one.refused;
    sum.throttled += one.throttled;
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
