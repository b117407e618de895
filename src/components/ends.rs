//! How things end: a body that is over, a failure that walks outwards, an attempt that is taken back.

use super::blueprint::Blueprint;
use super::frames::{Frame, Parent, Request, Waits};
use super::tally::{Outcome, Settled, Spent, Stay};
use super::world::{Kind, Line, State};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::Class;
use crate::engine::program::{NONE, Pc, ScopeKind};
use crate::record::results::Cause;
use crate::units::random::join;
use crate::units::{Span, Time};

impl State {
    /// An instruction has failed.
    pub(crate) fn fails<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        pc: Pc,
        cause: u8,
    ) {
        let frame = &mut self.frames[slot];
        (frame.pc, frame.cause) = (pc, cause);
        let scope = plan.program.scope_of[pc as usize];
        if frame.at > agenda.now() && (scope != NONE || frame.parent != Parent::Request) {
            // What is given back on the way out is given back when the clock is there.
            frame.failing = true;
            return self.schedule(plan, agenda, Class::Departure, Kind::Resume, slot);
        }
        self.fail_from(plan, agenda, slot, scope, cause, None);
    }

    /// Walks outwards from a scope: leaves parts, gives back what is held, until somebody knows another way.
    ///
    /// `first` says how the innermost part is left, if that is no ordinary error.
    pub(crate) fn fail_from<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        scope: u32,
        cause: u8,
        first: Option<Stay>,
    ) {
        let (mut scope, mut first) = (scope, first);
        while scope != NONE {
            let here = plan.program.scopes[scope as usize];
            match here.kind {
                ScopeKind::Part { operation, depth } => {
                    let stay = first.take().unwrap_or(Stay::Broken);
                    self.leaves_part(plan, agenda.now(), slot, operation, depth, stay);
                }
                ScopeKind::Held { service } => self.gives_back(plan, agenda, slot, service, false),
                ScopeKind::Visit { visit, depth } => self.ends_visit(plan, slot, visit, depth),
                ScopeKind::Member { set, depth } => self.leaves_member(plan, agenda, slot, set, depth),
                ScopeKind::Fetch { look } => self.fetch_fails(plan, agenda.now(), slot, look, cause),
                ScopeKind::Call { call } => {
                    let measured = self.frames[slot].at >= plan.from;
                    self.tally.calls[call as usize].settled(measured, Settled::Failed);
                }
                ScopeKind::Else { to } | ScopeKind::Undo { to } => {
                    let frame = &mut self.frames[slot];
                    (frame.pc, frame.cause) = (to, cause);
                    return self.ready.push(slot);
                }
            }
            scope = here.outer;
        }
        self.body_ends(plan, agenda, slot, Some(cause));
    }

    /// A body is over, well or not: whoever waits for it is told.
    pub(crate) fn body_ends<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        failed: Option<u8>,
    ) {
        let frame = &mut self.frames[slot];
        frame.cause = failed.map_or(u8::MAX, |cause| cause);
        let (at, request) = (frame.at, frame.request);
        match frame.parent {
            Parent::Nobody => self.free_frame(plan, slot),
            Parent::Request => {
                let outcome = outcome_of(failed);
                self.settle(plan, agenda, request, at, outcome);
                self.free_frame(plan, slot);
            }
            // What it has taken is over when the clock is there.
            Parent::Run(_) if at > agenda.now() => {
                frame.pc -= 1;
                self.schedule(plan, agenda, Class::Departure, Kind::Resume, slot);
            }
            Parent::Run(run) => {
                self.run_ends(plan, agenda, run, failed.is_some());
                self.free_frame(plan, slot);
            }
            Parent::Group(group) if !self.groups[group].ordered => {
                self.turn_ends(plan, agenda, group, slot, at);
            }
            // Its timeout would come later, and nobody else can tell when it is told.
            Parent::Attempt(attempt) if failed.is_none() && frame.is_fenced() => {
                self.attempt_answers(plan, agenda, attempt, slot);
            }
            Parent::Group(_) | Parent::Attempt(_) => {
                frame.waits = Waits::Told;
                self.schedule(plan, agenda, Class::Answer, Kind::Answer, slot);
            }
            Parent::Step(waiting) => {
                self.settle(plan, agenda, request, at, outcome_of(failed));
                self.free_frame(plan, slot);
                self.goes_on(waiting, at);
                match failed {
                    None => self.ready.push(waiting),
                    Some(cause) => {
                        let pc = self.frames[waiting].pc - 1;
                        self.fails(plan, agenda, waiting, pc, cause);
                    }
                }
            }
        }
    }

    /// The end of a body reaches who waits for it.
    pub(crate) fn answer<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32) {
        match self.frames[slot].parent {
            Parent::Group(group) => self.turn_ends(plan, agenda, group, slot, agenda.now()),
            Parent::Attempt(attempt) => self.attempt_answers(plan, agenda, attempt, slot),
            // Given up in the meantime, and nobody asks any more.
            Parent::Nobody | Parent::Request | Parent::Step(_) | Parent::Run(_) => self.free_frame(plan, slot),
        }
    }

    /// Counts a request's outcome, once, and lets its user go on.
    pub(crate) fn settle<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        request: u32,
        at: Time,
        outcome: Outcome,
    ) {
        let it: Request = self.requests[request];
        if it.settled {
            return;
        }
        self.requests[request].settled = true;
        let entry = &plan.entries[it.entry as usize];
        if entry.flow != NONE {
            let worked = plan.slowdown.then_some(it.worked);
            let spent = Spent { start: it.start, waited: it.waited, worked };
            self.tally.flows[entry.flow as usize].ends(plan, spent, at, outcome);
            if self.incidents.recovery.watches() {
                self.recovery_ends(plan, entry.flow, spent, at, outcome);
            }
            if !self.incidents.alarms.is_empty() {
                self.alarms_hear(plan, entry.flow, spent, at, outcome);
            }
        }
        if entry.call != NONE {
            let settled = if outcome == Outcome::Ok { Settled::Answered } else { Settled::Failed };
            self.tally.calls[entry.call as usize].settled(at >= plan.from, settled);
        }
        if let Some((watched, slices)) = &mut self.watched {
            watched.request(slices, entry.flow, (it.start, at), it.waited, outcome);
        }
        self.user_goes_on(plan, agenda, request, at);
    }

    /// A frame is over.
    pub(crate) fn free_frame(&mut self, plan: &Blueprint, slot: u32) {
        let frame = &mut self.frames[slot];
        debug_assert!(frame.alive, "a frame ends once");
        frame.alive = false;
        frame.generation = frame.generation.wrapping_add(1);
        let (request, at) = (frame.request, frame.at);
        self.frames.remove(slot);
        self.closes(plan, request, at);
    }

    /// A flow as a step of another one, or of a journey: a request of its own.
    pub(crate) fn start_step(&mut self, plan: &Blueprint, slot: u32, entry: u32, site: u32) {
        let outer: Frame = self.frames[slot];
        let user = self.requests[outer.request].user;
        let inner = self.begin_request(plan, entry, outer.at, user, self.requests[outer.request].key);
        self.frames[slot].waits = Waits::Step(inner);
        let ident = join(outer.ident, self.sites[site as usize]);
        let frame = &mut self.frames[inner];
        frame.parent = Parent::Step(slot);
        frame.ident = ident;
        frame.fence = frame.fence.min(outer.fence);
        frame.deadline = outer.deadline;
        self.ready.push(inner);
    }

    /// What a frame waits for forgets it: lines, cores, and all that runs for it.
    pub(super) fn lets_go<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32) {
        let now = agenda.now();
        match self.frames[slot].waits {
            Waits::Told => {}
            // It may have been about to go on in this very instant.
            Waits::Nothing => self.ready.retain(|&other| other != slot),
            Waits::Line(line, job) => {
                let service = self.service_at(plan, slot);
                if let Line::Lived(station) = &mut self.lines[line as usize]
                    && let Some(waited) = station.withdraw(now, job)
                {
                    self.waited(plan, slot, service, line, now, waited);
                }
                self.fill(plan, agenda, line);
            }
            Waits::Loop(index, job) => self.leave_loop(plan, slot, index, job, now),
            Waits::Gate(gate, job) => self.leave_gate(plan, agenda, slot, gate, job),
            Waits::Share(share, number) => {
                self.shares[share as usize].withdraw(now, number);
                self.rearm(plan, agenda, share);
            }
            Waits::Group(group) => self.withdraw_group(plan, agenda, group),
            Waits::Fetch(cache, fetch) => self.leaves_fetch(cache, fetch, slot),
            Waits::Attempt(attempt) => self.withdraw_attempt(plan, agenda, attempt),
            Waits::Step(inner) => {
                let request = self.frames[inner].request;
                self.withdraw(plan, agenda, inner);
                self.settle(plan, agenda, request, now, Outcome::Failed(Cause::TimedOut));
            }
        }
    }

    /// Takes a body back from wherever it is: out of lines, off its servers, with all that runs for it.
    pub(crate) fn withdraw<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32) {
        self.goes_out(plan, agenda, slot, NONE);
        self.free_frame(plan, slot);
    }

    /// Takes a frame out of all that it is in and holds, up to a scope that it stays in.
    pub(crate) fn goes_out<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32, stays_in: u32) {
        let now = agenda.now();
        let frame: Frame = self.frames[slot];
        self.frames[slot].at = now;
        self.lets_go(plan, agenda, slot);
        let mut scope = if frame.waits == Waits::Told { NONE } else { plan.program.scope_of[frame.pc as usize] };
        while scope != stays_in && scope != NONE {
            let here = plan.program.scopes[scope as usize];
            match here.kind {
                ScopeKind::Part { operation, depth } => {
                    let dies = self.incidents.outages.kills(plan.operations[operation as usize].place);
                    let stay = if dies { Stay::Killed } else { Stay::Withdrawn { abandoned: false } };
                    self.leaves_part(plan, now, slot, operation, depth, stay);
                }
                ScopeKind::Held { service } => self.release(plan, agenda, slot, service),
                ScopeKind::Visit { visit, depth } => self.ends_visit(plan, slot, visit, depth),
                ScopeKind::Member { set, depth } => self.leaves_member(plan, agenda, slot, set, depth),
                ScopeKind::Fetch { look } => self.fetch_withdrawn(plan, now, slot, look),
                ScopeKind::Call { call } => {
                    self.tally.calls[call as usize].settled(now >= plan.from, Settled::Withdrawn);
                }
                ScopeKind::Else { .. } | ScopeKind::Undo { .. } => {}
            }
            scope = here.outer;
        }
    }

    /// A request begins: its record and its own frame.
    pub(crate) fn begin_request(&mut self, plan: &Blueprint, entry: u32, at: Time, user: u32, key: u64) -> u32 {
        let spec = &plan.entries[entry as usize];
        let number = self.numbers[entry as usize];
        self.numbers[entry as usize] = number + 1;
        if spec.flow != NONE {
            self.tally.flows[spec.flow as usize].begins(plan, at);
            if self.incidents.recovery.watches() {
                self.recovery_begins(plan, spec.flow, at);
            }
        }
        if spec.call != NONE {
            self.tally.calls[spec.call as usize].sent(at >= plan.from, super::tally::Sent::First);
        }
        self.new_request(plan, entry, number, at, user, key)
    }

    /// The record of a request that begins at `start`, and its own frame; counts nothing.
    pub(crate) fn new_request(
        &mut self,
        plan: &Blueprint,
        entry: u32,
        number: u64,
        at: Time,
        user: u32,
        key: u64,
    ) -> u32 {
        let spec = &plan.entries[entry as usize];
        let request = self.requests.add(Request {
            start: at,
            last: at,
            number,
            waited: Span::ZERO,
            worked: Span::ZERO,
            entry,
            user,
            key,
            open: 0,
            subs: 0,
            settled: false,
            left: false,
        });
        let ident = join(self.sites[spec.site as usize], number);
        let frame = self.new_frame(
            plan,
            Frame {
                at,
                ident,
                deadline: Time::NEVER,
                pc: spec.start,
                request,
                parent: Parent::Request,
                waits: Waits::Nothing,
                generation: 0,
                sub: 0,
                cause: u8::MAX,
                alive: true,
                failing: false,
                fence: if spec.strict { Time::ZERO } else { Time::NEVER },
                sibling: NONE,
            },
        );
        self.has_seen_nothing(plan, frame);
        frame
    }
}

fn outcome_of(failed: Option<u8>) -> Outcome {
    failed.map_or(Outcome::Ok, |cause| Outcome::Failed(Cause::ALL[cause as usize]))
}
