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
use crate::units::Time;

impl State {
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
