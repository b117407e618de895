//! Event loops, as a frame uses them: comes to the gate, is done in a turn, goes on at its end.

use std::collections::BTreeMap;

use super::blueprint::Blueprint;
use super::clocks::{Clock, tick};
use super::frames::Waits;
use super::tally::Stay;
use super::world::{Deferred, State};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event};
use crate::engine::program::Op;
use crate::queueing::event_loop::{Begun, LoopSpec};
use crate::record::Gauge;
use crate::record::results::{Cause, Counted, Shown, UseResult};
use crate::units::{Span, Time};

/// All of a scenario's loops, and how they are used.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loops {
    /// Loops; those of a set's members are consecutive.
    pub loops: Vec<LoopPlan>,
    /// Visits.
    pub visits: Vec<VisitSpec>,
}

/// A loop of a part.
#[derive(Clone, Debug, PartialEq)]
pub struct LoopPlan {
    /// What it is.
    pub spec: LoopSpec,
    /// The part.
    pub part: u32,
    /// The word for the limit, and where its number is from.
    pub limit_name: String,
    /// "this file", or a source.
    pub source: String,
}

/// A visit to a loop.
#[derive(Clone, Debug, PartialEq)]
pub struct VisitSpec {
    /// The loop (the first of its set).
    pub index: u32,
    /// The cell that keeps which member; `u16::MAX`: there is just one.
    pub member: u16,
    /// The operation whose wait this is.
    pub operation: u32,
    /// Laws of what it takes, added up, each with the site of its draws.
    pub laws: Vec<(u32, u32)>,
}

impl State {
    /// Comes to the gate of a loop.
    pub(super) fn comes_to_loop<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        visit: u32,
    ) {
        let spec = &plan.loops.visits[visit as usize];
        let draws = spec.laws.iter().map(|(law, site)| plan.laws[*law as usize].span(&mut self.random(slot, *site)));
        let work = draws.fold(Span::ZERO, |sum, span| sum + span);
        self.works(slot, work);
        let member = if spec.member == u16::MAX { 0 } else { *self.cell(plan, slot, spec.member) as u32 };
        let index = spec.index + member;
        let now = agenda.now();
        let of = &mut self.loops[index as usize];
        let job = of.arrive(now, slot, work);
        let collapsed = of.queue.value() > u64::from(super::serving::COLLAPSE);
        if of.is_busy() && now >= plan.from {
            self.tally.operations[spec.operation as usize].work.delayed += 1;
        }
        self.frames[slot].waits = Waits::Loop(index, job);
        if collapsed {
            self.collapsed = Some(plan.loops.loops[index as usize].part);
            agenda.halt = true;
        }
        self.turns_begin(plan, agenda, index);
    }

    /// Turns begin as long as somebody waits and a thread is free.
    fn turns_begin<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32) {
        let now = agenda.now();
        loop {
            let frames = &self.frames;
            let begun = self.loops[index as usize].begin(now, |who| frames[who].deadline >= now);
            let waits = std::mem::take(&mut self.loops[index as usize].begun);
            for (who, waited) in &waits {
                self.waited_for_turn(plan, *who, *waited, now);
            }
            self.loops[index as usize].begun = waits;
            while let Some((who, waited)) = self.loops[index as usize].left.pop() {
                self.waited_for_turn(plan, who, waited, now);
                let frame = &mut self.frames[who];
                (frame.at, frame.waits) = (now, Waits::Nothing);
                let scope = plan.program.scope_of[frame.pc as usize];
                let stay = Stay::Withdrawn { abandoned: true };
                self.fail_from(plan, agenda, who, scope, Cause::TimedOut as u8, Some(stay));
            }
            let Some(begun) = begun else { return };
            self.turn_will_end(plan, agenda, index, begun);
        }
    }

    fn turn_will_end<C: Calendar>(&self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32, begun: Begun) {
        let rank = plan.parts[plan.loops.loops[index as usize].part as usize].rank;
        let key = Event::key(Class::Departure, rank, begun.number, index as u16);
        agenda.schedule(tick(Clock::Turn, index, begun.thread, begun.end, key));
    }

    fn waited_for_turn(&mut self, plan: &Blueprint, slot: u32, waited: Span, now: Time) {
        let frame = &self.frames[slot];
        let request = &mut self.requests[frame.request];
        request.waited = request.waited + waited;
        if let Op::Turn { visit } = plan.program.ops[frame.pc as usize] {
            let operation = plan.loops.visits[visit as usize].operation;
            self.count_wait(plan, Deferred { start: now, waited, operation, came: now - waited });
        }
    }

    /// A turn is over, unless its end was called off: all who were in it go on, and the next one begins.
    pub(super) fn turn_ends_at<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        index: u32,
        thread: u32,
        number: u32,
    ) {
        let now = agenda.now();
        let of = &mut self.loops[index as usize];
        if !of.ends(now, thread, number) {
            return;
        }
        let first = self.ready.len();
        of.finish(now, thread, &mut self.ready);
        for place in first..self.ready.len() {
            self.goes_on(self.ready[place], now);
        }
        // The last pushed runs first; in one instant they go on in their order.
        self.ready[first..].reverse();
        self.turns_begin(plan, agenda, index);
    }

    /// Leaves a loop before its turn is over.
    pub(super) fn leave_loop(&mut self, plan: &Blueprint, slot: u32, index: u32, job: u32, now: Time) {
        if let Some(waited) = self.loops[index as usize].withdraw(now, job) {
            self.waited_for_turn(plan, slot, waited, now);
        }
    }

    /// Loops of a part take so many times as long.
    pub(super) fn slow_loops(&mut self, plan: &Blueprint, part: u32, factor: f64) {
        for (_, of) in plan.loops.loops.iter().zip(&mut self.loops).filter(|(spec, _)| spec.part == part) {
            of.set_factor(factor);
        }
    }

    /// Loops of a part stand still, or go on.
    pub(super) fn stop_loops<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, part: u32, on: bool) {
        let now = agenda.now();
        for index in 0..plan.loops.loops.len() as u32 {
            if plan.loops.loops[index as usize].part != part {
                continue;
            }
            if on {
                self.loops[index as usize].stop(now);
                continue;
            }
            for begun in self.loops[index as usize].go_on(now) {
                self.turn_will_end(plan, agenda, index, begun);
            }
            self.turns_begin(plan, agenda, index);
        }
    }

    /// How many wait at the gates of a part's loops now.
    pub(super) fn at_loops(&self, plan: &Blueprint, part: u32) -> u64 {
        let own = plan.loops.loops.iter().zip(&self.loops).filter(|(spec, _)| spec.part == part);
        own.map(|(_, of)| of.queue.value()).sum()
    }

    /// The loops of a part, as limits, and who waited for them.
    pub(super) fn loop_uses(
        &self,
        plan: &Blueprint,
        part: u32,
        to: Time,
        uses: &mut Vec<UseResult>,
        queue: &mut Gauge,
    ) {
        let own = plan.loops.loops.iter().zip(&self.loops).filter(|(spec, _)| spec.part == part);
        for (spec, of) in own {
            let (mut line, mut held) = (of.queue.clone(), of.held.clone());
            line.close(to);
            held.close(to);
            let threads = u64::from(of.threads());
            let one = UseResult {
                used: held.integral(),
                offered: u128::from(threads) * u128::from(to.since(plan.from).0),
                limit_name: spec.limit_name.clone(),
                limit: Some(threads),
                source: spec.source.clone(),
                exceeded: line.span_at_least(1).unwrap_or_default(),
                held,
                ..UseResult::default()
            };
            if queue.measured() == 0 {
                *queue = line
            } else {
                queue.beside(&line)
            }
            match uses.iter_mut().find(|there| there.name == one.name) {
                None => uses.push(one),
                Some(there) => super::finish::add_use(there, &one),
            }
        }
    }

    /// Turns, and how many are done in one.
    pub(super) fn show_loops(&self, plan: &Blueprint, all: &mut BTreeMap<String, Shown>) {
        let mut of_part: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
        for (spec, of) in plan.loops.loops.iter().zip(&self.loops) {
            let (turns, served) = of_part.entry(spec.part).or_default();
            (*turns, *served) = (*turns + of.turns, *served + of.served);
        }
        for (part, (turns, served)) in of_part {
            let name = &plan.parts[part as usize].name;
            all.insert(format!("{name}.turns"), Shown::Count(turns, Counted::Ones));
            let batch = Shown::Ratio(u128::from(served), u128::from(turns), Counted::Ones);
            all.insert(format!("{name}.batch.mean"), batch);
        }
    }
}
