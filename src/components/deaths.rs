//! Members that die with requests inside: whoever is there fails, its cause is `gone`.
//!
//! A request is inside a member while it stands within the scope that its choice opened. What it waits for is let go, what
//! it had begun elsewhere is taken back, and it goes on outside the part: its caller may try again.

use super::blueprint::Blueprint;
use super::frames::Waits;
use super::tally::Stay;
use super::world::State;
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::program::{NONE, ScopeKind};
use crate::record::results::Cause;

impl State {
    /// All who are inside a member of a set fail.
    pub(super) fn kill_inside<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, set: u32, member: u32) {
        let mut inside: Vec<((u16, u64, u16), u32, u32)> = Vec::new();
        for slot in 0..self.frames.items.len() as u32 {
            if self.within(plan, slot, set, member).is_some() {
                let (frame, request) = (&self.frames[slot], &self.requests[self.frames[slot].request]);
                let rank = plan.entries[request.entry as usize].rank;
                inside.push(((rank, request.number, frame.sub), slot, frame.generation));
            }
        }
        // In the order of their numbers, whatever slots they have.
        inside.sort_unstable();
        for (_, slot, generation) in inside {
            // The death of another one may have taken it along.
            if self.frames[slot].generation == generation
                && let Some(scope) = self.within(plan, slot, set, member)
            {
                self.dies(plan, agenda, slot, scope);
            }
        }
    }

    /// The scope in which a frame stays inside a member, if it does.
    fn within(&self, plan: &Blueprint, slot: u32, set: u32, member: u32) -> Option<u32> {
        let frame = &self.frames[slot];
        if !frame.alive || frame.waits == Waits::Told {
            return None;
        }
        let mut scope = plan.program.scope_of[frame.pc as usize];
        while scope != NONE {
            let here = plan.program.scopes[scope as usize];
            if let ScopeKind::Member { set: other, depth } = here.kind {
                let cell = slot as usize * plan.program.cells as usize + depth as usize;
                if other == set && self.cells[cell] == u64::from(member) {
                    return Some(scope);
                }
            }
            scope = here.outer;
        }
        None
    }

    /// A frame fails in a scope that lies outside of where it stands; nothing in between knows another way.
    fn dies<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32, dies_in: u32) {
        // What was begun inside the member is taken back; the stay that dies with it is told by the failure below.
        self.goes_out(plan, agenda, slot, dies_in);
        let frame = &mut self.frames[slot];
        (frame.waits, frame.failing) = (Waits::Nothing, false);
        // Whatever the calendar still holds for it is of another life.
        frame.generation = frame.generation.wrapping_add(1);
        self.fail_from(plan, agenda, slot, dies_in, Cause::Gone as u8, Some(Stay::Killed));
    }
}
