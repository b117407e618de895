//! What is metered: sums by hour and by the flow that caused them, counted as calls are let in.
//!
//! How much a call counts is worked out when a scenario is compiled, as far as it rests on nothing that only the call
//! knows; then counting is an addition. What rests on how long a call was held is counted when it ends, in the hour in
//! which it was let in; what is still held when a run ends counts as long as it has been held.

use super::blueprint::Blueprint;
use super::frames::Waits;
use super::gate_spec::{Sum, work_out};
use super::levels::LevelSpec;
use super::world::State;
use crate::engine::program::{NONE, ScopeKind};
use crate::record::usage::{Count, Usage};
use crate::units::Time;

/// What a scenario meters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metering {
    /// Where cells of time begin, and where the last one ends: hours, and ends of phases.
    pub bounds: Vec<Time>,
    /// Each counter.
    pub counters: Vec<CounterSpec>,
    /// What is counted at one place of a program.
    pub visits: Vec<VisitSpec>,
    /// What is counted over time.
    pub levels: Vec<LevelSpec>,
}

/// A counter.
#[derive(Clone, Debug, PartialEq)]
pub struct CounterSpec {
    /// The part.
    pub part: u32,
    /// Its meter.
    pub meter: String,
    /// The flow that causes it; `NONE`: nobody's.
    pub flow: u32,
}

/// What is counted for a call on its way through a part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VisitSpec {
    /// As soon as it is let in.
    pub at_once: Vec<Tick>,
    /// When it is over.
    pub over: Vec<Tick>,
}

/// So much for a counter.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// The counter.
    pub counter: u32,
    /// How much.
    pub amount: Amount,
}

/// How much a call counts: things in billionths, sizes in bytes, times in nanoseconds.
#[derive(Clone, Debug, PartialEq)]
pub enum Amount {
    /// Always this.
    Always(u128),
    /// Worked out for each call (sizes in bytes, times in nanoseconds), and so many times of it.
    Worked(Vec<Sum>, f64),
}

/// The number of a call that says how long it has been held.
pub const HELD: u32 = NONE;

/// Sums so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    /// The cell that was hit last.
    cell: usize,
    from: Time,
    to: Time,
    /// Of each counter, cell after cell.
    sums: Vec<u128>,
    /// What each number over time had come to when it was counted last.
    last: Vec<u128>,
}

impl Sums {
    /// What has been added to a number over time since this was asked last.
    pub fn since_last(&mut self, level: usize, so_far: u128) -> u128 {
        if self.last.len() <= level {
            self.last.resize(level + 1, 0);
        }
        so_far.saturating_sub(std::mem::replace(&mut self.last[level], so_far))
    }

    #[inline]
    pub fn add(&mut self, spec: &Metering, at: Time, counter: u32, amount: u128) {
        if (at < self.from || at >= self.to) && !self.find(spec, at) {
            return;
        }
        self.sums[self.cell * spec.counters.len() + counter as usize] += amount;
    }

    /// Makes the cell of a moment the current one; false where none is: in the warm-up, after the end.
    #[cold]
    fn find(&mut self, spec: &Metering, at: Time) -> bool {
        let next = spec.bounds.partition_point(|bound| *bound <= at);
        if next == 0 || next == spec.bounds.len() {
            return false;
        }
        (self.cell, self.from, self.to) = (next - 1, spec.bounds[next - 1], spec.bounds[next]);
        let needed = next * spec.counters.len();
        if self.sums.len() < needed {
            self.sums.resize(needed, 0);
        }
        true
    }
}

impl State {
    /// A call has been let in: what is known of it is counted, and the moment noted for the rest.
    pub(crate) fn begins_visit(&mut self, plan: &Blueprint, slot: u32, visit: u32, depth: u16) {
        let at = self.frames[slot].at;
        let spec = &plan.metering.visits[visit as usize];
        if !spec.over.is_empty() {
            *self.cell(plan, slot, depth) = at.0;
        }
        for tick in &spec.at_once {
            let amount = self.amount(plan, slot, &tick.amount, 0);
            self.usage.add(&plan.metering, at, tick.counter, amount);
        }
    }

    /// It is over, well or not: what rests on how long it was held is counted.
    pub(crate) fn ends_visit(&mut self, plan: &Blueprint, slot: u32, visit: u32, depth: u16) {
        let at = self.frames[slot].at;
        self.visited(plan, slot, visit, depth, at);
    }

    fn visited(&mut self, plan: &Blueprint, slot: u32, visit: u32, depth: u16, at: Time) {
        let begun = Time(*self.cell(plan, slot, depth));
        for tick in &plan.metering.visits[visit as usize].over {
            let amount = self.amount(plan, slot, &tick.amount, at.since(begun).0);
            self.usage.add(&plan.metering, begun, tick.counter, amount);
        }
    }

    fn amount(&self, plan: &Blueprint, slot: u32, amount: &Amount, held: u64) -> u128 {
        match amount {
            Amount::Always(amount) => *amount,
            Amount::Worked(sums, times) => {
                let worked = work_out(sums, |number| match number {
                    HELD => held as f64,
                    number => self.number(plan, slot, number).round(),
                });
                whole(worked.unwrap_or(0.0) * times)
            }
        }
    }

    /// What is still held counts as long as it has been held.
    fn count_held(&mut self, plan: &Blueprint, to: Time) {
        if plan.metering.visits.iter().all(|visit| visit.over.is_empty()) {
            return;
        }
        for slot in 0..self.frames.items.len() as u32 {
            let frame = self.frames[slot];
            let mut scope = match frame.alive && frame.waits != Waits::Told {
                true => plan.program.scope_of[frame.pc as usize],
                false => NONE,
            };
            while scope != NONE {
                let here = plan.program.scopes[scope as usize];
                if let ScopeKind::Visit { visit, depth } = here.kind {
                    self.visited(plan, slot, visit, depth, to);
                }
                scope = here.outer;
            }
        }
    }

    /// All that was metered up to a moment.
    pub(crate) fn metered(&mut self, plan: &Blueprint, to: Time) -> Usage {
        let spec = &plan.metering;
        if spec.bounds.is_empty() {
            return Usage::default();
        }
        self.count_held(plan, to);
        self.count_levels(plan, to);
        let mut bounds: Vec<Time> = spec.bounds.iter().copied().filter(|bound| *bound < to).collect();
        bounds.push(to.max(plan.from));
        let (cells, all) = (bounds.len() - 1, spec.counters.len());
        let sum = |cell: usize, counter: usize| self.usage.sums.get(cell * all + counter).copied().unwrap_or(0);
        let count = |(index, counter): (usize, &CounterSpec)| Count {
            part: plan.parts[counter.part as usize].name.clone(),
            meter: counter.meter.clone(),
            flow: plan.flows.get(counter.flow as usize).cloned().unwrap_or_default(),
            cells: (0..cells).map(|cell| sum(cell, index)).collect(),
        };
        Usage { counts: spec.counters.iter().enumerate().map(count).collect(), bounds }
    }
}

/// To the nearest whole number, and never below nothing.
pub fn whole(number: f64) -> u128 {
    if number.is_nan() { 0 } else { number.max(0.0).round() as u128 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(bounds: &[u64]) -> Metering {
        let counter = |meter: &str| CounterSpec { part: 0, meter: meter.into(), flow: NONE };
        Metering {
            bounds: bounds.iter().copied().map(Time).collect(),
            counters: vec![counter("a"), counter("b")],
            visits: vec![],
            levels: vec![],
        }
    }

    #[test]
    fn amounts_go_to_the_cell_of_their_moment() {
        let spec = spec(&[10, 20, 30, 50]);
        let mut sums = Sums::default();
        for (at, counter, amount) in [(10, 0, 1), (19, 0, 2), (20, 1, 4), (49, 0, 8), (12, 1, 16)] {
            sums.add(&spec, Time(at), counter, amount);
        }
        assert_eq!(sums.sums, [3, 16, 0, 4, 8, 0]);
    }

    #[test]
    fn what_lies_outside_of_the_measured_span_is_not_counted() {
        let spec = spec(&[10, 20]);
        let mut sums = Sums::default();
        for at in [0, 9, 20, 21] {
            sums.add(&spec, Time(at), 0, 1);
        }
        assert!(sums.sums.iter().all(|sum| *sum == 0));
    }

    #[test]
    fn amounts_are_never_below_nothing() {
        assert_eq!((whole(-3.0), whole(f64::NAN), whole(2.5)), (0, 0, 3));
    }
}
