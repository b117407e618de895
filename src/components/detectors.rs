//! Health checks at work: members that die unseen, are found out, and are replaced; newcomers that have to answer first.

use std::collections::BTreeMap;

use super::blueprint::Blueprint;
use super::clocks::{Clock, tick};
use super::fleets::add;
use super::world::{INDEX, Line, State};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event};
use crate::queueing::detector::{Detector, DetectorSpec};
use crate::queueing::fleet::Life;
use crate::record::results::{Counted, Shown};
use crate::units::{Span, Time};

/// A detector of a fleet.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectorPlan {
    /// Periods and rows.
    pub spec: DetectorSpec,
    /// A member whose first in line has waited for longer answers too late; none: it answers as long as it lives.
    pub patience: Option<Span>,
    /// Who lives and does not answer is replaced, with those inside; else it is given nobody until it answers again.
    pub replaces: bool,
    /// Where nobody is thought to be well, everybody is given requests.
    pub open: bool,
    /// How many are thought to be well, and how often an opinion changed, under the names that the model gives them.
    pub shows: Vec<(String, Opinions)>,
}

/// A number of a detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opinions {
    /// Members that are thought to be well.
    Healthy,
    /// How often an opinion changed.
    Flips,
}

/// The detectors of all fleets that have one.
pub(super) fn detectors_of(plan: &Blueprint) -> Vec<Option<Detector>> {
    let of = |fleet: &super::fleets::FleetPlan| {
        let detector = fleet.detector.as_ref()?;
        Some(Detector::new(&detector.spec, fleet.spec.places, fleet.spec.begins))
    };
    plan.fleets.iter().map(of).collect()
}

impl State {
    /// The first question of each detector, where members come and go.
    pub(super) fn start_detectors<C: Calendar>(&self, plan: &Blueprint, agenda: &mut Agenda<C>) {
        let asked = plan.fleets.iter().enumerate().filter(|(_, fleet)| fleet.moves && fleet.detector.is_some());
        asked.for_each(|(fleet, _)| self.plan_probe(plan, agenda, fleet as u32, 1));
    }

    fn plan_probe<C: Calendar>(&self, plan: &Blueprint, agenda: &mut Agenda<C>, fleet: u32, number: u64) {
        let spec = &plan.fleets[fleet as usize];
        let Some(detector) = &spec.detector else { return };
        let at = Time(detector.spec.every.0.saturating_mul(number));
        let rank = plan.parts[spec.part as usize].rank;
        // Before the ends of periods of the same instant, whose numbers are smaller than this.
        let key = Event::key(Class::Timer, rank, u64::from(u32::MAX), fleet as u16);
        if at < plan.to {
            agenda.schedule(tick(Clock::Probe, fleet, number as u32 & INDEX, at, key));
        }
    }

    /// All members in service are asked.
    pub(super) fn probes<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, fleet: u32) {
        let now = agenda.now();
        let there: Vec<u32> = self.fleets[fleet as usize].present().collect();
        for place in there {
            let life = self.fleets[fleet as usize].life(place);
            if matches!(life, Life::Starts | Life::Drains | Life::Absent) {
                continue;
            }
            let answers = life != Life::Dead && self.answers_in_time(plan, now, fleet, place);
            let Some(detector) = &mut self.detectors[fleet as usize] else { return };
            match detector.hears(now, place, answers) {
                None => {}
                Some(true) => self.takes_part(plan, fleet, place),
                Some(false) => self.is_unwell(plan, agenda, fleet, place),
            }
        }
        self.resize(plan, agenda, fleet);
        if let Some(detector) = &plan.fleets[fleet as usize].detector {
            self.plan_probe(plan, agenda, fleet, now.0 / detector.spec.every.0 + 1);
        }
    }

    /// Would a member that lives answer in time? A question stands in line like any request.
    fn answers_in_time(&self, plan: &Blueprint, now: Time, fleet: u32, place: u32) -> bool {
        let its = &plan.fleets[fleet as usize];
        let Some(patience) = its.detector.as_ref().and_then(|detector| detector.patience) else { return true };
        let lines = its.lines.iter().filter(|first| !plan.lines[**first as usize].pool);
        let late = |first: &u32| match &self.lines[(first + place) as usize] {
            Line::Lived(station) => {
                station.is_stopped() || station.first_came().is_some_and(|came| now.since(came) > patience)
            }
            Line::Known(_) => false,
        };
        !lines.into_iter().any(late)
            && !its.shares.iter().any(|first| self.shares[(first + place) as usize].is_stopped())
    }

    /// A member does not answer: it is replaced, or given nobody until it answers again.
    fn is_unwell<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, fleet: u32, place: u32) {
        let now = agenda.now();
        let replaces = plan.fleets[fleet as usize].detector.as_ref().is_none_or(|detector| detector.replaces);
        let dead = self.fleets[fleet as usize].life(place) == Life::Dead;
        if dead || replaces {
            self.steps_down(plan, now, fleet, place);
        }
        if dead {
            self.fleets[fleet as usize].is_found_dead(now, place);
            self.forgets(now, fleet, place);
        } else if replaces {
            self.fleets[fleet as usize].dies(now, place);
            self.clear_place(plan, agenda, fleet, place);
        } else {
            self.stands_aside(plan, fleet, place);
        }
    }

    /// A member is in service: is it given requests at once?
    pub(super) fn is_trusted(&mut self, now: Time, fleet: u32, place: u32) -> bool {
        self.detectors[fleet as usize].as_mut().is_none_or(|detector| detector.comes(now, place))
    }

    /// Whoever is at this place next starts anew.
    pub(super) fn forgets(&mut self, now: Time, fleet: u32, place: u32) {
        if let Some(detector) = &mut self.detectors[fleet as usize] {
            detector.goes(now, place);
        }
    }

    /// Detectors forget what was before the measuring.
    pub(super) fn begin_detectors(&mut self, from: Time) {
        self.detectors.iter_mut().flatten().for_each(|detector| detector.begin(from));
    }

    /// What detectors show.
    pub(super) fn show_detectors(&mut self, plan: &Blueprint, to: Time, all: &mut BTreeMap<String, Shown>) {
        for (fleet, detector) in plan.fleets.iter().zip(&mut self.detectors) {
            let (Some(spec), Some(detector)) = (&fleet.detector, detector) else { continue };
            detector.healthy.close(to);
            for (path, opinions) in &spec.shows {
                let shown = match opinions {
                    Opinions::Healthy => Shown::Level(detector.healthy.clone()),
                    Opinions::Flips => Shown::Count(detector.flips, Counted::Ones),
                };
                add(all, path, shown);
            }
        }
    }
}
