//! Branches and turns: bodies that run in frames of their own while their frame waits.

use super::blueprint::Blueprint;
use super::frames::{Frame, Parent, Waits};
use super::world::State;
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::program::NONE;
use crate::units::Time;
use crate::units::random::join;

/// A group being run.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    frame: u32,
    spec: u32,
    site: u32,
    total: u32,
    launched: u32,
    running: u32,
    succeeded: u32,
    failed: u32,
    /// The latest end so far.
    latest: Time,
    /// The first of the causes in the order of their numbers.
    cause: u8,
    /// The branches, linked through their frames (kept only where they may be taken back).
    first: u32,
    /// The order in which branches end matters.
    pub ordered: bool,
}

impl State {
    /// A frame comes to a group.
    pub(crate) fn start_group<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        group: u32,
        site: u32,
    ) {
        let spec = &plan.groups[group as usize];
        let total = match spec.times {
            None => spec.bodies.len() as u32,
            Some(times) => {
                let turns = self.number(plan, slot, times).max(0.0) + 0.5;
                (turns.min(f64::from(u32::MAX / 2)) as u32).div_ceil(spec.pack.max(1))
            }
        };
        let at = self.frames[slot].at;
        if total == 0 {
            self.goes_on(slot, at);
            return self.ready.push(slot);
        }
        let strict = self.frames[slot].fence == Time::ZERO || spec.strict;
        let ordered = spec.need.is_some() || strict || (spec.at_once > 1 && spec.at_once < total);
        let run = self.groups.add(Group {
            frame: slot,
            spec: group,
            site,
            total,
            launched: 0,
            running: 0,
            succeeded: 0,
            failed: 0,
            latest: at,
            cause: u8::MAX,
            first: NONE,
            ordered,
        });
        self.frames[slot].waits = Waits::Group(run);
        if spec.need.is_some_and(|need| need > total) {
            return self.group_ends(plan, agenda, run, Some(crate::record::results::Cause::Broken as u8));
        }
        let first = self.ready.len();
        for _ in 0..spec.at_once.min(total) {
            self.launch_turn(plan, run, at);
        }
        // The last pushed runs first; branches begin in their order, as they do when they come back later.
        self.ready[first..].reverse();
    }

    fn launch_turn(&mut self, plan: &Blueprint, run: u32, at: Time) {
        let it = &mut self.groups[run];
        let turn = it.launched;
        it.launched += 1;
        it.running += 1;
        let (slot, spec, site, ordered, first) =
            (it.frame, &plan.groups[it.spec as usize], it.site, it.ordered, it.first);
        let caller: Frame = self.frames[slot];
        let about = if spec.records { self.about(plan, slot, turn * spec.pack.max(1)) } else { None };
        let keyed = about.map_or(caller.ident, |about| about.ident);
        let body = if spec.times.is_some() { spec.bodies[0] } else { spec.bodies[turn as usize] };
        let child = self.new_frame(
            plan,
            Frame {
                at,
                ident: join(join(keyed, self.sites[site as usize]), about.map_or(u64::from(turn), |about| about.takes)),
                pc: body,
                parent: Parent::Group(run),
                waits: Waits::Nothing,
                fence: if spec.strict { Time::ZERO } else { caller.fence },
                failing: false,
                sibling: if ordered { first } else { NONE },
                ..caller
            },
        );
        // Cells are the frame's own; what the caller holds it gives back itself.
        if ordered {
            self.groups[run].first = child;
        }
        self.copy_cells(plan, slot, child);
        // Another delivery of the same piece is no other doing.
        let turn = if about.is_some() { 0 } else { u64::from(turn) };
        if let Some(about) = about {
            self.is_about(plan, child, about.run, about.index);
            self.does_part_of(plan, child, child, (site, turn));
        } else {
            self.does_part_of(plan, slot, child, (site, turn));
        }
        self.ready.push(child);
    }

    /// A branch sees which members its caller has chosen.
    pub(crate) fn copy_cells(&mut self, plan: &Blueprint, from: u32, to: u32) {
        let width = plan.program.cells as usize;
        let (from, to) = (from as usize * width, to as usize * width);
        self.cells.copy_within(from..from + width, to);
    }

    /// A branch is over.
    pub(crate) fn turn_ends<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        run: u32,
        child: u32,
        at: Time,
    ) {
        let mut cause = self.frames[child].cause;
        let spec = &plan.groups[self.groups[run].spec as usize];
        if cause != u8::MAX && spec.records && self.fails_alone(plan, child, spec.pack) {
            cause = u8::MAX;
            if self.keeps_order(plan, child) {
                self.groups[run].launched = self.groups[run].total;
            }
        }
        if self.groups[run].ordered {
            self.unlink(run, child);
        }
        self.free_frame(plan, child);
        let it = &mut self.groups[run];
        it.running -= 1;
        it.latest = it.latest.max(at);
        if cause == u8::MAX {
            it.succeeded += 1;
        } else {
            it.failed += 1;
            it.cause = it.cause.min(cause);
        }
        let it = *it;
        let spec = &plan.groups[it.spec as usize];
        if let Some(need) = spec.need {
            if it.succeeded >= need {
                return self.group_ends(plan, agenda, run, None);
            }
            if it.total - it.failed < need {
                return self.group_ends(plan, agenda, run, Some(it.cause));
            }
        }
        // One after another: it ends at the first turn that fails.
        let goes_on = it.failed == 0 || spec.need.is_some() || spec.at_once > 1;
        if it.launched < it.total && goes_on {
            return self.launch_turn(plan, run, at);
        }
        if it.running == 0 {
            let failed = (it.failed > 0 && spec.need.is_none()).then_some(it.cause);
            self.group_ends(plan, agenda, run, failed);
        }
    }

    fn unlink(&mut self, run: u32, child: u32) {
        let mut at = self.groups[run].first;
        let behind = self.frames[child].sibling;
        if at == child {
            self.groups[run].first = behind;
            return;
        }
        while at != NONE {
            let next = self.frames[at].sibling;
            if next == child {
                self.frames[at].sibling = behind;
                return;
            }
            at = next;
        }
    }

    /// The group is over: branches still out are taken back, its frame goes on or fails.
    fn group_ends<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, run: u32, failed: Option<u8>) {
        let it = self.groups[run];
        self.withdraw_branches(plan, agenda, run);
        self.groups.remove(run);
        let slot = it.frame;
        match failed {
            None => {
                self.goes_on(slot, it.latest);
                self.ready.push(slot);
            }
            Some(cause) => {
                let frame = &mut self.frames[slot];
                (frame.at, frame.waits) = (it.latest, Waits::Nothing);
                let pc = frame.pc;
                self.fails(plan, agenda, slot, pc, cause);
            }
        }
    }

    fn withdraw_branches<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, run: u32) {
        let mut child = std::mem::replace(&mut self.groups[run].first, NONE);
        while child != NONE {
            let next = self.frames[child].sibling;
            self.withdraw(plan, agenda, child);
            child = next;
        }
    }

    /// The group's frame is taken back, and so are its branches.
    pub(crate) fn withdraw_group<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, run: u32) {
        self.withdraw_branches(plan, agenda, run);
        self.groups.remove(run);
    }
}
