//! Coming into a part and leaving it, and waiting for a turn inside: what is told of each, and counted.

use super::blueprint::Blueprint;
use super::world::{Deferred, State};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::program::{NONE, Op, Pc};
use crate::record::results::Cause;
use crate::units::{Span, Time};

/// How a stay in a part ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stay {
    /// The part ended it, well.
    Done,
    /// The part ended it, with an error.
    Broken,
    /// It was not let in; by a limit?
    Refused { by_limit: bool },
    /// Taken back; while waiting, of its own accord?
    Withdrawn { abandoned: bool },
    /// The member that it was in died.
    Killed,
}

/// Bit of a cell that marks a stay which a fault will turn into an error.
const DOOMED: u64 = 1 << 63;

impl State {
    #[inline]
    pub(super) fn enter(&mut self, plan: &Blueprint, slot: u32, operation: u32, depth: u16, pc: Pc) {
        let at = self.frames[slot].at;
        let spec = &plan.operations[operation as usize];
        if spec.free && self.goes_by(plan, slot, operation, pc) {
            return;
        }
        let part = &mut self.tally.parts[spec.part as usize];
        part.presence.enters(at, plan.from);
        let measured = at >= plan.from;
        if measured {
            part.came.add(at, 1);
        }
        self.tally.operations[operation as usize].enters(measured);
        let errors = self.errors[spec.part as usize];
        let doomed = errors > 0.0 && (errors >= 1.0 || self.random(slot, spec.site).chance(errors));
        *self.cell(plan, slot, depth) = at.0 | if doomed { DOOMED } else { 0 };
    }

    /// Passes a part at once in which there is nothing but a delay; false if it has to be done step by step.
    #[inline]
    fn goes_by(&mut self, plan: &Blueprint, slot: u32, operation: u32, pc: Pc) -> bool {
        let Some(&[Op::Wait { law, site }, Op::Leave { operation: left, .. }]) =
            plan.program.ops.get(pc as usize + 1..pc as usize + 3)
        else {
            return false;
        };
        let part = plan.operations[operation as usize].part as usize;
        let span = plan.laws[law as usize].span(&mut self.random(slot, site));
        let frame = &mut self.frames[slot];
        let (at, end) = (frame.at, frame.at + span);
        let whole = left == operation && end < frame.fence.min(self.horizon) && at >= plan.from;
        if !whole || self.errors[part] > 0.0 {
            return false;
        }
        (frame.at, frame.pc) = (end, pc + 3);
        self.count_delay(operation, part as u32, at, span);
        true
    }

    /// Leaves a part by its own door; false if it turned into a failure.
    #[inline]
    pub(super) fn leave<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        operation: u32,
        depth: u16,
    ) -> bool {
        let doomed = *self.cell(plan, slot, depth) & DOOMED != 0;
        if !doomed {
            self.leaves_part(plan, agenda.now(), slot, operation, depth, Stay::Done);
            return true;
        }
        let pc = self.frames[slot].pc - 1;
        self.fails(plan, agenda, slot, pc, Cause::Broken as u8);
        false
    }

    /// Books somebody's leaving.
    #[inline]
    pub(crate) fn leaves_part(
        &mut self,
        plan: &Blueprint,
        now: Time,
        slot: u32,
        operation: u32,
        depth: u16,
        stay: Stay,
    ) {
        let at = self.frames[slot].at;
        let entered = Time(*self.cell(plan, slot, depth) & !DOOMED);
        let spec = &plan.operations[operation as usize];
        let part = &mut self.tally.parts[spec.part as usize];
        part.presence.leaves(at, now.max(entered), plan.from);
        let done = matches!(stay, Stay::Done | Stay::Broken);
        if done {
            part.last_departure = part.last_departure.max(at);
        }
        if let Some((watched, slices)) = &mut self.watched {
            watched.stay(slices, spec.part, entered, at);
        }
        self.tally.operations[operation as usize].leaves(at >= plan.from, stay, at.since(entered));
    }

    /// Counts a wait for a turn, when the turn comes; what lies beyond the horizon is counted later.
    #[inline]
    pub(crate) fn count_wait(&mut self, plan: &Blueprint, wait: Deferred) {
        if wait.start >= self.horizon {
            return self.deferred.push(wait);
        }
        if wait.start < plan.from {
            return;
        }
        self.tally.operations[wait.operation as usize].wait.record(wait.waited);
        let part = plan.operations[wait.operation as usize].part;
        if let Some((watched, slices)) = &mut self.watched {
            watched.wait(slices, part, wait.start, wait.waited);
        }
        self.tally.parts[part as usize].waited(wait.came, wait.waited);
    }

    /// Somebody's turn has come after so long.
    #[inline]
    pub(crate) fn waited(&mut self, plan: &Blueprint, slot: u32, service: u32, line: u32, start: Time, waited: Span) {
        let request = self.frames[slot].request;
        let request = &mut self.requests[request];
        request.waited = request.waited + waited;
        let operation = plan.services[service as usize].operation;
        if operation != NONE {
            let came = start - waited;
            self.count_wait(plan, Deferred { start, waited, operation, came });
        } else if start >= plan.from {
            self.tally.pool_waits[line as usize].record(waited);
        }
    }

    #[inline]
    pub(super) fn delayed(&mut self, plan: &Blueprint, service: u32, at: Time) {
        let operation = plan.services[service as usize].operation;
        if operation != NONE && at >= plan.from {
            self.tally.operations[operation as usize].work.delayed += 1;
        }
    }
}
