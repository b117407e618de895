//! Patience: who waits too long for a first turn leaves.

use super::blueprint::Blueprint;
use super::frames::Waits;
use super::tally::Stay;
use super::world::{Kind, Line, State, what};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event};
use crate::record::results::Cause;
use crate::units::Span;

impl State {
    pub(super) fn set_patience<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        line: u32,
        job: u32,
        span: Span,
    ) {
        let Line::Lived(station) = &self.lines[line as usize] else { return };
        let rank = plan.entries[self.requests[self.frames[slot].request].entry as usize].rank;
        let number = station.number(job);
        let key = Event::key(Class::Timer, rank, number, line as u16);
        let at = agenda.now() + span;
        agenda.schedule(Event { at, key, what: what(Kind::Patience, line), slot: job });
    }

    /// Somebody's patience is over: leaves if still waiting for a first turn.
    pub(crate) fn patience<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        line: u32,
        job: u32,
        number: u64,
    ) {
        let Line::Lived(station) = &mut self.lines[line as usize] else { return };
        if !station.waits(job, number) {
            return;
        }
        let who = station.who(job);
        let waited = station.withdraw(agenda.now(), job).unwrap_or(Span::ZERO);
        let frame = &mut self.frames[who];
        (frame.at, frame.waits) = (agenda.now(), Waits::Nothing);
        let scope = plan.program.scope_of[frame.pc as usize];
        let service = self.service_at(plan, who);
        self.waited(plan, who, service, line, agenda.now(), waited);
        let stay = Stay::Withdrawn { abandoned: true };
        self.fail_from(plan, agenda, who, scope, Cause::TimedOut as u8, Some(stay));
    }
}
