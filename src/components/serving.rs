//! Lines of servers and shared cores, as a frame uses them: comes, waits, has its turn, is served, goes on.

use super::blueprint::Blueprint;
use super::frames::Waits;
use super::tally::Stay;
use super::world::{Kind, Line, State, what};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event};
use crate::engine::program::Op;
use crate::queueing::station::{Arrival, Started};
use crate::record::results::Cause;
use crate::units::{Span, Time};

/// Jobs that an unlimited line holds before the run counts as collapsed.
pub(super) const COLLAPSE: u32 = 10_000_000;

impl State {
    /// The line of a service: of the member that was chosen, if there are several.
    #[inline]
    pub(crate) fn line_of(&mut self, plan: &Blueprint, slot: u32, service: u32) -> u32 {
        let spec = &plan.services[service as usize];
        if spec.member == u16::MAX { spec.line } else { spec.line + *self.cell(plan, slot, spec.member) as u32 }
    }

    /// Comes to a line to be served; true if it can go on at once.
    #[inline]
    pub(super) fn serve<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        service: u32,
    ) -> bool {
        let spec = &plan.services[service as usize];
        let work = plan.laws[spec.law as usize].span(&mut self.random(slot, spec.site));
        self.works(slot, work);
        let line = self.line_of(plan, slot, service);
        // Who is early comes before the clock is there.
        let now = agenda.now().max(self.frames[slot].at);
        if spec.controlled && self.keeps_out(plan, line, now) {
            self.frames[slot].pc -= 1;
            self.turned_away(plan, agenda, slot, service);
            return false;
        }
        match &mut self.lines[line as usize] {
            Line::Known(station) => {
                let frame = &mut self.frames[slot];
                let known = if frame.is_fenced() {
                    Some(station.arrive_until(now, work, Time(frame.fence.0 - 1)))
                } else {
                    station.arrive(now, work).map(|served| (served, true))
                };
                let Some((served, in_time)) = known else {
                    frame.pc -= 1;
                    self.turned_away(plan, agenda, slot, service);
                    return false;
                };
                let collapsed = station.backlog() > COLLAPSE;
                frame.at = served.end;
                // Its timeout will find it in line, or being served.
                frame.pc -= u32::from(!in_time);
                let waited = served.start.since(now);
                if waited > Span::ZERO {
                    self.delayed(plan, service, now);
                }
                self.waited(plan, slot, service, line, served.start, waited);
                if collapsed {
                    self.collapse(plan, agenda, line);
                }
                if !in_time {
                    self.will_be_cut(plan, agenda, slot);
                }
                in_time
            }
            Line::Lived(station) => {
                let arrival = station.arrive(now, slot, work, spec.priority);
                self.received(plan, agenda, slot, service, line, arrival);
                false
            }
        }
    }

    /// Comes to a line to keep a server; true if it can go on at once.
    pub(super) fn acquire<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        service: u32,
    ) -> bool {
        let spec = &plan.services[service as usize];
        let line = self.line_of(plan, slot, service);
        if spec.controlled && self.keeps_out(plan, line, agenda.now()) {
            self.frames[slot].pc -= 1;
            self.turned_away(plan, agenda, slot, service);
            return false;
        }
        let Line::Lived(station) = &mut self.lines[line as usize] else {
            unreachable!("a line whose servers are held is lived");
        };
        let arrival = station.arrive(agenda.now(), slot, Span::FOREVER, spec.priority);
        if let Arrival::Started(started) = arrival {
            *self.cell(plan, slot, spec.depth) = u64::from(started.job);
            self.waited(plan, slot, service, line, agenda.now(), Span::ZERO);
            return true;
        }
        self.received(plan, agenda, slot, service, line, arrival);
        false
    }

    fn received<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        service: u32,
        line: u32,
        arrival: Arrival,
    ) {
        // A frame that waits stands at the instruction in which it waits.
        self.frames[slot].pc -= 1;
        match arrival {
            Arrival::Refused => self.turned_away(plan, agenda, slot, service),
            Arrival::Started(started) => self.begins_service(plan, agenda, line, started),
            Arrival::Waiting(job) => {
                self.delayed(plan, service, agenda.now());
                self.frames[slot].waits = Waits::Line(line, job);
                let spec = &plan.services[service as usize];
                if let Some(patience) = spec.patience {
                    let span = plan.laws[patience as usize].span(&mut self.random(slot, spec.patience_site));
                    self.set_patience(plan, agenda, slot, line, job, span);
                }
                if spec.controlled {
                    self.may_be_shed(plan, agenda, slot, line, job);
                }
                if let Line::Lived(station) = &self.lines[line as usize]
                    && station.backlog() > COLLAPSE
                {
                    self.collapse(plan, agenda, line);
                }
            }
        }
    }

    pub(crate) fn collapse<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, line: u32) {
        self.collapsed = Some(plan.lines[line as usize].part);
        agenda.halt = true;
    }

    /// The service that a frame waiting at a line uses.
    pub(crate) fn service_at(&self, plan: &Blueprint, slot: u32) -> u32 {
        match plan.program.ops[self.frames[slot].pc as usize] {
            Op::Serve { service } | Op::Acquire { service } | Op::Share { service } => service,
            other => unreachable!("{other:?} waits at no line"),
        }
    }

    /// The room was full.
    pub(super) fn turned_away<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        service: u32,
    ) {
        let scope = plan.program.scope_of[self.frames[slot].pc as usize];
        let door = plan.services[service as usize].door;
        let stay = door.then_some(Stay::Refused { by_limit: true });
        self.fail_from(plan, agenda, slot, scope, Cause::Throttled as u8, stay);
    }

    /// Somebody's turn has come.
    pub(crate) fn begins_service<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        line: u32,
        started: Started,
    ) {
        let slot = started.who;
        let now = agenda.now();
        let service = self.service_at(plan, slot);
        if let Some(waited) = started.waited {
            self.waited(plan, slot, service, line, now, waited);
            if self.frames[slot].deadline < now {
                return self.too_late(plan, agenda, line, started.job, slot);
            }
        }
        if let Op::Acquire { .. } = plan.program.ops[self.frames[slot].pc as usize] {
            let depth = plan.services[service as usize].depth;
            *self.cell(plan, slot, depth) = u64::from(started.job);
            self.goes_on(slot, now);
            self.ready.push(slot);
            return;
        }
        self.frames[slot].waits = Waits::Line(line, started.job);
        let rank = plan.parts[plan.lines[line as usize].part as usize].rank;
        let key = Event::key(Class::Departure, rank, started.number, line as u16);
        agenda.schedule(Event { at: started.finish, key, what: what(Kind::Depart, line), slot: started.job });
    }

    /// Somebody's turn has come, but its caller has gone: it leaves, and the next one has its turn.
    fn too_late<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, line: u32, job: u32, slot: u32) {
        if let Line::Lived(station) = &mut self.lines[line as usize] {
            station.finish(agenda.now(), job);
        }
        let frame = &mut self.frames[slot];
        (frame.at, frame.waits) = (agenda.now(), Waits::Nothing);
        let scope = plan.program.scope_of[frame.pc as usize];
        let stay = Stay::Withdrawn { abandoned: true };
        self.fail_from(plan, agenda, slot, scope, Cause::TimedOut as u8, Some(stay));
    }

    /// Starts whoever may start at a line.
    pub(crate) fn fill<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, line: u32) {
        loop {
            let Line::Lived(station) = &mut self.lines[line as usize] else { return };
            let Some(started) = station.next(agenda.now()) else { return };
            self.begins_service(plan, agenda, line, started);
        }
    }

    /// A service ends.
    pub(crate) fn depart<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        line: u32,
        job: u32,
        number: u64,
    ) {
        let now = agenda.now();
        let Line::Lived(station) = &mut self.lines[line as usize] else { return };
        if !station.ends(now, job, number) {
            return;
        }
        let who = station.finish(now, job);
        self.fill(plan, agenda, line);
        self.goes_on(who, now);
        self.run(plan, agenda, who, false);
    }

    /// Gives a held server back.
    pub(crate) fn release<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32, service: u32) {
        self.gives_back(plan, agenda, slot, service, true);
    }

    /// Gives a held server back, after things went well or not.
    pub(super) fn gives_back<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        service: u32,
        well: bool,
    ) {
        let line = self.line_of(plan, slot, service);
        let spec = &plan.services[service as usize];
        let job = *self.cell(plan, slot, spec.depth) as u32;
        if spec.controlled {
            self.governs(line, job, well, agenda.now());
        }
        if let Line::Lived(station) = &mut self.lines[line as usize] {
            station.finish(agenda.now(), job);
        }
        self.fill(plan, agenda, line);
    }

    /// Work is done for a request.
    #[inline]
    pub(super) fn works(&mut self, slot: u32, work: Span) {
        let request = &mut self.requests[self.frames[slot].request];
        request.worked = request.worked + work;
    }

    /// Comes to shared cores.
    pub(super) fn share<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32, service: u32) {
        let spec = &plan.services[service as usize];
        let work = plan.laws[spec.law as usize].span(&mut self.random(slot, spec.site));
        self.works(slot, work);
        let index = self.line_of(plan, slot, service);
        let number = self.shares[index as usize].arrive(agenda.now(), slot, work);
        let frame = &mut self.frames[slot];
        frame.waits = Waits::Share(index, number);
        self.rearm(plan, agenda, index);
    }

    /// Sees to it that an event stands at the next end of work at shared cores.
    pub(crate) fn rearm<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32) {
        let share = &mut self.shares[index as usize];
        let end = share.next_end();
        // An event that comes too early asks again; so at most one stands for each earlier end.
        if end < share.asked {
            share.asked = end;
            let rank = plan.parts[plan.shares[index as usize].part as usize].rank;
            let key = Event::key(Class::Departure, rank, share.asks(), index as u16);
            agenda.schedule(Event { at: end, key, what: what(Kind::Shared, index), slot: 0 });
        }
    }

    /// Somebody may be done at shared cores.
    pub(crate) fn shared<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32) {
        let now = agenda.now();
        let share = &mut self.shares[index as usize];
        if share.asked <= now {
            share.asked = Time::NEVER;
        }
        let first = self.ready.len();
        while let Some((who, _)) = self.shares[index as usize].done(now) {
            self.goes_on(who, now);
            self.ready.push(who);
        }
        // The last pushed runs first; in one instant they go on in the order of their numbers.
        self.ready[first..].reverse();
        self.rearm(plan, agenda, index);
    }
}
