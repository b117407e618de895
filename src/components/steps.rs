//! The interpreter: a frame executes its program until it has to wait for something.
//!
//! A frame has a time of its own. What nobody else can see (a delay, a mark, the end of a service that was known on
//! arrival) moves that time ahead of the clock without an event; what others can see (coming into a part, taking a
//! server, giving one back) happens in the order of the calendar, so a frame whose time lies ahead comes back for it.

use super::blueprint::Blueprint;
use super::frames::{Frame, Parent, Waits};
use super::tally::{Sent, Settled};
use super::world::{Kind, Line, State};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::Class;
use crate::engine::program::{NONE, Op, Pc};
use crate::record::results::Cause;
use crate::units::random::join;
use crate::units::{Span, Time};

impl State {
    /// A new frame for a request.
    #[inline]
    pub(crate) fn new_frame(&mut self, plan: &Blueprint, frame: Frame) -> u32 {
        let request = &mut self.requests[frame.request];
        request.open += 1;
        let sub = request.subs;
        request.subs = request.subs.wrapping_add(1);
        let mut frame = frame;
        frame.generation = self.frames.next_free().map_or(0, |free| free.generation);
        (frame.sub, frame.alive) = (sub, true);
        let slot = self.frames.add(frame);
        let cells = (slot as usize + 1) * plan.program.cells as usize;
        if self.cells.len() < cells {
            self.cells.resize(cells, 0);
        }
        if plan.effects.any() {
            self.effects.begins(slot, self.frames[slot].ident);
        }
        slot
    }

    #[inline]
    pub(crate) fn cell(&mut self, plan: &Blueprint, slot: u32, depth: u16) -> &mut u64 {
        &mut self.cells[slot as usize * plan.program.cells as usize + depth as usize]
    }

    /// Goes on after an event: walks outwards if it has failed, executes otherwise.
    pub(crate) fn resume<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32) {
        let frame = &mut self.frames[slot];
        if frame.failing {
            frame.failing = false;
            let (pc, cause) = (frame.pc, frame.cause);
            self.fail_from(plan, agenda, slot, plan.program.scope_of[pc as usize], cause, None);
        } else {
            self.run(plan, agenda, slot, false);
        }
    }

    /// What a frame waited for has come: it goes on behind the instruction in which it waited.
    #[inline]
    pub(crate) fn goes_on(&mut self, slot: u32, at: Time) {
        let frame = &mut self.frames[slot];
        (frame.at, frame.waits, frame.pc) = (at, Waits::Nothing, frame.pc + 1);
    }

    /// Comes back to the instruction that it has just taken when the clock has reached the frame's own time.
    #[inline]
    fn come_back<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        class: Class,
        kind: Kind,
    ) {
        let frame = &mut self.frames[slot];
        frame.pc -= 1;
        // Timeouts come before arrivals of the same instant.
        let cut = class == Class::Arrival && frame.is_fenced() && frame.at.0 + 1 == frame.fence.0;
        self.schedule(plan, agenda, class, kind, slot);
        if cut {
            self.will_be_cut(plan, agenda, slot);
        }
    }

    /// Counts the calls that begin and end here, and steps over the next instruction: says which one that is.
    #[inline(always)]
    fn count_calls(&mut self, plan: &Blueprint, slot: u32) -> Pc {
        let frame = &mut self.frames[slot];
        let (mut pc, measured) = (frame.pc, frame.at >= plan.from);
        loop {
            match plan.program.ops[pc as usize] {
                Op::CallBegins { call } => self.tally.calls[call as usize].sent(measured, Sent::First),
                Op::CallEnds { call } => self.tally.calls[call as usize].settled(measured, Settled::Answered),
                _ => break,
            }
            pc += 1;
        }
        self.frames[slot].pc = pc + 1;
        pc
    }

    /// Executes until the frame has to wait. `came_in`: the event being handled is its coming into a part.
    pub(crate) fn run<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32, came_in: bool) {
        let (mut came_in, mut early) = (came_in, false);
        loop {
            let frame = &mut self.frames[slot];
            let ahead = frame.at > agenda.now();
            if frame.at >= self.horizon {
                return self.schedule(plan, agenda, Class::Departure, Kind::Resume, slot);
            }
            let pc = self.count_calls(plan, slot);
            let goes_on = match plan.program.ops[pc as usize] {
                // Who has waited since it came, comes in when that time has come.
                Op::Enter { operation, .. }
                    if (ahead || !came_in)
                        && !plan.operations[operation as usize].free
                        && !self.may_come_early(plan, agenda, slot, operation) =>
                {
                    return self.come_back(plan, agenda, slot, Class::Arrival, Kind::ComeIn);
                }
                op if ahead && !early && op.comes_in() => {
                    return self.come_back(plan, agenda, slot, Class::Arrival, Kind::ComeIn);
                }
                op if ahead && op.is_in_order() => {
                    return self.come_back(plan, agenda, slot, Class::Departure, Kind::Resume);
                }
                Op::Enter { operation, depth } => {
                    (came_in, early) = (false, ahead && !plan.operations[operation as usize].free);
                    self.enter(plan, slot, operation, depth, pc);
                    true
                }
                Op::Leave { operation, depth } => self.leave(plan, agenda, slot, operation, depth),
                Op::Serve { service } => {
                    (came_in, early) = (false, false);
                    self.serve(plan, agenda, slot, service)
                }
                Op::Acquire { service } => {
                    came_in = false;
                    self.acquire(plan, agenda, slot, service)
                }
                Op::Release { service } => {
                    self.release(plan, agenda, slot, service);
                    true
                }
                Op::Admit { admission } => {
                    came_in = false;
                    self.admit(plan, agenda, slot, admission)
                }
                Op::Work { service } => self.work(plan, agenda, slot, service),
                Op::Wait { law, site } => {
                    let span = plan.laws[law as usize].span(&mut self.random(slot, site));
                    self.takes(plan, agenda, slot, span)
                }
                Op::Hand { hand } => {
                    came_in = false;
                    self.hands(plan, agenda, slot, hand)
                }
                Op::End => return self.body_ends(plan, agenda, slot, None),
                op => self.turns(plan, slot, op) || self.leads_elsewhere(plan, agenda, slot, pc, op),
            };
            if !goes_on {
                return;
            }
        }
    }

    /// An instruction that only decides what is next; false if it is none.
    fn turns(&mut self, plan: &Blueprint, slot: u32, op: Op) -> bool {
        match op {
            Op::Jump { to } => self.frames[slot].pc = to,
            Op::Unless { chance, site, to } => {
                if !self.random(slot, site).chance(plan.chances[chance as usize]) {
                    self.frames[slot].pc = to;
                }
            }
            Op::UnlessWhen { when, to } => {
                if !self.holds(plan, slot, when) {
                    self.frames[slot].pc = to;
                }
            }
            Op::Choose { table, site } => self.choose(plan, slot, table, site),
            Op::Visit { visit, depth } => self.begins_visit(plan, slot, visit, depth),
            Op::Visited { visit, depth } => self.ends_visit(plan, slot, visit, depth),
            Op::Another { key, site, depth } => *self.cell(plan, slot, depth) = self.another(plan, slot, key, site),
            Op::Lead { lead } => self.lead(plan, slot, lead),
            Op::Acknowledged { store } => self.acknowledged(plan, store, self.frames[slot].at),
            Op::Mark { mark } => {
                let frame = &self.frames[slot];
                let (at, start) = (frame.at, self.requests[frame.request].start);
                if start >= plan.from {
                    self.tally.marks[mark as usize].record(at.since(start));
                }
            }
            Op::MarkBehind { marks } => {
                let (at, origin) = (self.frames[slot].at, &self.requests[self.origin(plan, slot)]);
                let flow = plan.entries[origin.entry as usize].flow;
                let mark = plan.marks_behind[marks as usize].iter().find(|(behind, _)| *behind == flow);
                if let Some((_, mark)) = mark.filter(|_| origin.start >= plan.from) {
                    self.tally.marks[*mark as usize].record(at.since(origin.start));
                }
            }
            _ => return false,
        }
        true
    }

    /// An instruction after which the frame may fail or wait for others; false if it does.
    fn leads_elsewhere<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        pc: Pc,
        op: Op,
    ) -> bool {
        match op {
            Op::Pick { set, depth, .. } if plan.sets[set as usize].pool != NONE => {
                return self.hold_member(plan, agenda, slot, pc, set, depth);
            }
            Op::Pick { set, key, depth } => {
                let Some(member) = self.pick(plan, agenda.now(), slot, (set, key)) else {
                    self.nobody_serves(plan, agenda, slot, pc, set);
                    return false;
                };
                *self.cell(plan, slot, depth) = u64::from(member);
                return true;
            }
            Op::Unpick { set, depth } => {
                self.leaves_member(plan, agenda, slot, set, depth);
                return true;
            }
            Op::Look { look, to } => return self.looks(plan, agenda.now(), slot, look, to),
            Op::AfterLook { depth, to } => return self.after_look(plan, agenda, slot, (depth, to)),
            Op::Fill { look } => return self.fills(plan, agenda.now(), slot, look),
            Op::Keep { look } | Op::Drop { look } => {
                self.keeps(plan, agenda.now(), slot, look, matches!(op, Op::Keep { .. }));
                return true;
            }
            Op::Row { row } => return self.uses_row(plan, agenda, slot, row),
            Op::Background { body, site } => return self.goes_beside(plan, slot, body, site),
            Op::FailSometimes { chance, site, cause } => {
                if !self.random(slot, site).chance(plan.chances[chance as usize]) {
                    return true;
                }
                self.fails(plan, agenda, slot, pc, cause);
            }
            Op::Effect { call } => return self.has_effect(plan, slot, call),
            Op::Take { taker } => return self.takes_what_is_there(plan, agenda, slot, taker),
            Op::Judge { pack } => {
                if !self.breaks(plan, slot, pack) {
                    return true;
                }
                self.fails(plan, agenda, slot, pc, Cause::Broken as u8);
            }
            Op::Fail { cause } => self.fails(plan, agenda, slot, pc, cause),
            Op::FailAgain => self.fails(plan, agenda, slot, pc, self.frames[slot].cause),
            Op::Door { place } => return self.door(plan, agenda, slot, pc, place),
            Op::Cross { way, depth } => return self.cross(plan, agenda, slot, way, depth),
            Op::Head { store } => return self.head(plan, agenda, slot, pc, store),
            Op::Enough { need } => return self.enough(plan, agenda, slot, pc, need),
            // What waits stands at its instruction.
            op => {
                self.frames[slot].pc = pc;
                match op {
                    Op::Share { service } => self.share(plan, agenda, slot, service),
                    Op::Group { group, site } => self.start_group(plan, agenda, slot, group, site),
                    Op::Attempt { policy, site } => self.start_attempt(plan, agenda, slot, policy, site),
                    Op::SubFlow { entry, site } => self.start_step(plan, slot, entry, site),
                    Op::Turn { visit } => self.comes_to_loop(plan, agenda, slot, visit),
                    Op::Lost => {}
                    other => unreachable!("{other:?} is executed where it is met"),
                }
            }
        }
        false
    }

    /// Starts a body that nobody waits for.
    fn goes_beside(&mut self, plan: &Blueprint, slot: u32, body: Pc, site: u32) -> bool {
        let parent = self.frames[slot];
        let ident = join(parent.ident, self.sites[site as usize]);
        let child = Frame { pc: body, ident, parent: Parent::Nobody, waits: Waits::Nothing, ..parent };
        let child = self.new_frame(plan, child);
        self.copy_cells(plan, slot, child);
        self.does_part_of(plan, slot, child, (site, 0));
        self.ready.push(child);
        true
    }

    /// Works on a server that it holds; true if it can go on at once.
    #[inline]
    fn work<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32, service: u32) -> bool {
        let spec = &plan.services[service as usize];
        let work = plan.laws[spec.law as usize].span(&mut self.random(slot, spec.site));
        self.works(slot, work);
        let line = self.line_of(plan, slot, service);
        let work = match &self.lines[line as usize] {
            Line::Lived(station) if station.factor() != 1.0 => Span::from_nanos(work.0 as f64 * station.factor()),
            _ => work,
        };
        self.takes(plan, agenda, slot, work)
    }

    /// Time passes for a frame; true if it can go on at once.
    #[inline]
    pub(super) fn takes<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        span: Span,
    ) -> bool {
        let frame = &mut self.frames[slot];
        frame.at += span;
        if frame.at < frame.fence {
            return true;
        }
        // Behind the fence lies nothing: the timeout will find it here.
        if frame.fence == Time::ZERO {
            self.schedule(plan, agenda, Class::Departure, Kind::Resume, slot);
        } else {
            self.will_be_cut(plan, agenda, slot);
        }
        false
    }
}
