//! Attempts of which it is known before their timeout whether it comes: nothing else can take them back.
//!
//! Such an attempt runs ahead of the clock. Where it finds that it will not be over in time, it is taken back at once, at
//! the moment of its timeout, which need be no event; nor is its answer one.

use super::blueprint::Blueprint;
use super::frames::Parent;
use super::tally::{Settled, Stay};
use super::world::{Kind, State, what};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::Event;
use crate::engine::program::{NONE, ScopeKind};
use crate::record::results::Cause;
use crate::units::{Span, Time};

/// Whoever is under way in such an attempt is not any more after this time.
pub(super) fn longest_attempt(plan: &Blueprint) -> Span {
    let foretold = plan.policies.iter().filter(|policy| policy.foretold);
    foretold.filter_map(|policy| policy.timeout).max().unwrap_or(Span::ZERO)
}

impl State {
    /// May a frame come into a part ahead of the clock? If nobody comes before it who has not come yet.
    ///
    /// All come so long after an event each, so they come in the order of these events; but not if two of these happen at
    /// one instant, or if somebody is under way for whom that was so.
    #[inline]
    pub(super) fn may_come_early<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &Agenda<C>,
        slot: u32,
        operation: u32,
    ) -> bool {
        let spec = &plan.operations[operation as usize];
        if spec.early == Span::ZERO {
            return false;
        }
        let (at, now, fence) = (self.frames[slot].at, agenda.now(), self.frames[slot].fence);
        // Timeouts come before arrivals of the same instant.
        if at + Span(1) >= fence {
            return false;
        }
        let late = &mut self.late[spec.part as usize];
        let early = at == now + spec.early && now > *late && (self.measuring || at < plan.from) && agenda.is_alone();
        if !early {
            *late = at.max(*late);
        }
        early
    }

    /// An attempt will not be over in time, wherever it is now: it stays there until its timeout.
    pub(super) fn will_be_cut<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32) {
        let frame = &self.frames[slot];
        let Parent::Attempt(attempt) = frame.parent else { return };
        let it = &self.attempts[attempt];
        if !plan.policies[it.policy as usize].foretold {
            return;
        }
        let at = Time(frame.fence.0 - 1);
        if at < self.horizon {
            return self.is_cut(plan, agenda, attempt, slot, at);
        }
        let what = what(Kind::Timeout, it.life);
        agenda.schedule(Event { at, key: self.attempt_key(plan, attempt), what, slot: attempt });
    }

    /// It is taken back at this moment, which may lie ahead of the clock.
    fn is_cut<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, attempt: u32, slot: u32, at: Time) {
        let frame = &mut self.frames[slot];
        frame.at = at;
        let (now, mut scope) = (agenda.now(), plan.program.scope_of[frame.pc as usize]);
        while scope != NONE {
            let here = plan.program.scopes[scope as usize];
            match here.kind {
                ScopeKind::Part { operation, depth } => {
                    self.leaves_part(plan, now, slot, operation, depth, Stay::Withdrawn { abandoned: false });
                }
                ScopeKind::Call { call } => {
                    self.tally.calls[call as usize].settled(at >= plan.from, Settled::Withdrawn);
                }
                ScopeKind::Else { .. } | ScopeKind::Undo { .. } => {}
                other => unreachable!("{other:?} is nothing that is done ahead of the clock"),
            }
            scope = here.outer;
        }
        self.over_for_caller(plan, at, attempt, Settled::Withdrawn);
        self.free_frame(plan, slot);
        self.attempts[attempt].children[0] = NONE;
        self.tries_again(plan, agenda, attempt, Cause::TimedOut as u8, at);
    }
}
