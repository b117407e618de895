//! Who is turned away so that the others are served in time: lines that have stood too long, limits that follow stays.
//!
//! A line that has not been empty for an `interval` *stands*: more comes than can be served, and whoever waits to the end of
//! it waits for nothing. Then the longest wait becomes short (`target`), and the newest may go first: who has just come is
//! still wanted. As long as a line is empty now and then, one may wait for a whole interval: a burst is not an overload.
//! (Nichols and Jacobson, Controlling Queue Delay, 2012; as servers use it: Maurer, Fail at Scale, 2015.)

use std::collections::BTreeMap;

use super::blueprint::Blueprint;
use super::clocks::{Clock, tick};
use super::frames::Waits;
use super::world::{Line, State};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event};
use crate::queueing::governor::{Governor, GovernorSpec};
use crate::record::results::Shown;
use crate::units::{Span, Time};

/// How a line keeps itself short, or finds its own limit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ControlSpec {
    /// Nobody comes in while who is first has waited longer than this.
    pub longest: Option<Span>,
    /// A line stands when it has not been empty for the first; then one waits for the second at most.
    pub sheds: Option<(Span, Span)>,
    /// The newest goes first while the line stands.
    pub newest_first: bool,
    /// The limit follows the stays of those inside.
    pub governor: Option<GovernorSpec>,
}

/// The state of a line's control.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    /// Since when somebody has waited all the time.
    standing: Time,
    pub governor: Option<Governor>,
}

/// The controls of all lines that have one.
pub(crate) fn controls_of(plan: &Blueprint) -> BTreeMap<u32, Control> {
    let lines = (0u32..).zip(&plan.lines);
    let of = |control: &ControlSpec| Control {
        standing: Time::ZERO,
        governor: control.governor.as_ref().map(Governor::new),
    };
    lines.filter_map(|(line, spec)| Some((line, of(spec.control.as_ref()?)))).collect()
}

impl State {
    /// Is a line so far behind that nobody is let in?
    pub(super) fn keeps_out(&self, plan: &Blueprint, line: u32, now: Time) -> bool {
        let longest = plan.lines[line as usize].control.as_ref().and_then(|control| control.longest);
        match (&self.lines[line as usize], longest) {
            (Line::Lived(station), Some(longest)) => station.first_came().is_some_and(|came| now.since(came) > longest),
            _ => false,
        }
    }

    /// Somebody has begun to wait at a line that sheds: it is turned away if its turn has not come by then.
    pub(super) fn may_be_shed<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        line: u32,
        job: u32,
    ) {
        let spec = plan.lines[line as usize].control.as_ref();
        let Some((spec, (interval, target))) = spec.and_then(|spec| Some((spec, spec.sheds?))) else { return };
        let now = agenda.now();
        let (Line::Lived(station), Some(control)) = (&mut self.lines[line as usize], self.controls.get_mut(&line))
        else {
            return;
        };
        if station.backlog() == 1 {
            control.standing = now;
        }
        let stands = now.since(control.standing) > interval;
        station.newest_first = stands && spec.newest_first;
        let number = station.number(job);
        let at = now + if stands { target } else { interval };
        let rank = plan.entries[self.requests[self.frames[slot].request].entry as usize].rank;
        // Another key than that of its own patience, which may end in the same instant.
        let key = Event::key(Class::Timer, rank, number, !(line as u16));
        agenda.schedule(tick(Clock::Shed, line, job, at, key));
    }

    /// The longest wait of somebody is over: it is turned away if it still waits.
    pub(super) fn sheds<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        line: u32,
        job: u32,
        number: u32,
    ) {
        let now = agenda.now();
        let Line::Lived(station) = &mut self.lines[line as usize] else { return };
        if !station.waits(job, u64::from(number)) {
            return;
        }
        let who = station.who(job);
        station.withdraw(now, job);
        let frame = &mut self.frames[who];
        (frame.at, frame.waits) = (now, Waits::Nothing);
        let service = self.service_at(plan, who);
        self.turned_away(plan, agenda, who, service);
    }

    /// Somebody leaves a governed line, and perhaps moves its limit.
    pub(super) fn governs(&mut self, line: u32, job: u32, well: bool, now: Time) {
        let governor = self.controls.get_mut(&line).and_then(|control| control.governor.as_mut());
        let (Line::Lived(station), Some(governor)) = (&mut self.lines[line as usize], governor) else { return };
        let before = governor.limit();
        governor.leaves(now, now.since(station.began(job)), well, station.busy());
        if governor.limit() != before {
            station.set_servers(now, governor.limit());
        }
    }

    /// The measuring begins for limits that move.
    pub(super) fn begin_controls(&mut self, from: Time) {
        let governors = self.controls.values_mut().filter_map(|control| control.governor.as_mut());
        governors.for_each(|governor| governor.course.begin(from));
    }

    /// Limits that have moved.
    pub(super) fn show_controls(&self, plan: &Blueprint, to: Time, all: &mut BTreeMap<String, Shown>) {
        for (line, control) in &self.controls {
            let Some(governor) = &control.governor else { continue };
            let mut course = governor.course.clone();
            course.close(to);
            let part = &plan.parts[plan.lines[*line as usize].part as usize].name;
            match all.get_mut(&format!("{part}.limit")) {
                // Of members that each find their own limit: all together.
                Some(Shown::Level(there)) => there.beside(&course),
                _ => drop(all.insert(format!("{part}.limit"), Shown::Level(course))),
            }
        }
    }
}
