//! Fleets whose members come and go: launches, ends, and what lies on each member (lines, cores, connections).
//!
//! Lines and cores exist once for every place of a fleet. Those of a place without a member in service have no servers, so
//! that what is offered is what is there, and `busy` is a quotient of two integrals over a fleet that changes.

use std::collections::BTreeMap;

use super::blueprint::{Blueprint, SetSpec};
use super::clocks::{Clock, tick};
use super::detectors::DetectorPlan;
use super::tally::Stay;
use super::world::{Line, State};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event};
use crate::engine::program::{NONE, Pc};
use crate::queueing::fleet::{Became, Fleet, FleetSpec, Life};
use crate::record::results::{Counted, Shown};
use crate::units::random::{join, key_of};
use crate::units::{Law, Random, Span, Time};

/// A fleet, and where its members' things are.
#[derive(Clone, Debug, PartialEq)]
pub struct FleetPlan {
    /// The part.
    pub part: u32,
    /// The set by which a member is chosen.
    pub set: u32,
    /// Fewest, most, and so on.
    pub spec: FleetSpec,
    /// From a launch to the first request: times that add up.
    pub start: Vec<Law>,
    /// The first of each group of lines: one for each place.
    pub lines: Vec<u32>,
    /// The first of each group of shared cores.
    pub shares: Vec<u32>,
    /// Members may come and go.
    pub moves: bool,
    /// Asks whether they are well; without it a death is noticed at once.
    pub detector: Option<DetectorPlan>,
    /// Numbers of members under the names that the model gives them.
    pub shows: Vec<(String, Level)>,
    /// What is metered: paths of the time from launch to end, of all members, in seconds.
    pub meters: Vec<String>,
}

/// A number of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Launched and not ended.
    Size,
    /// In service.
    InService,
    /// Launched and not yet in service.
    Starting,
    /// As many as there should be.
    Wanted,
    /// Died.
    Lost,
}

/// What is done to a fleet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FleetDoes {
    /// Between so many and so many are wanted from now on.
    Range(u32, u32),
    /// Each member has so many servers of this group from now on, or so many of these cores.
    Size { cores: bool, first: u32, size: u32 },
    /// So many members die.
    Lose(u32),
    /// Such a share of the members dies.
    LoseShare(f64),
    /// Such a share of the members is replaced, and ends after the notice.
    Reclaim(f64, Span),
    /// All members of a zone die, and nothing is launched there while it lasts.
    Zone(u32),
    /// Its scalers see no datapoints while it lasts.
    Blind,
}

impl FleetDoes {
    /// What it is, in a word.
    pub fn word(self) -> &'static str {
        match self {
            FleetDoes::Range(..) | FleetDoes::Size { .. } => "change",
            FleetDoes::Lose(_) | FleetDoes::LoseShare(_) => "loss of members",
            FleetDoes::Reclaim(..) => "reclaim of members",
            FleetDoes::Zone(_) => "loss of a zone",
            FleetDoes::Blind => "blindness",
        }
    }
}

impl State {
    /// Fleets and their scalers at the start of a run.
    pub(crate) fn start_fleets<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>) {
        for (fleet, spec) in plan.fleets.iter().enumerate() {
            for place in 0..spec.spec.places {
                if self.fleets[fleet].life(place) == Life::Absent {
                    self.equip(plan, Time::ZERO, fleet as u32, place, false);
                }
            }
        }
        self.start_scalers(plan, agenda);
        self.start_detectors(plan, agenda);
    }

    /// What lies on a member gets its servers, or loses them.
    fn equip(&mut self, plan: &Blueprint, now: Time, fleet: u32, place: u32, there: bool) {
        let spec = &plan.fleets[fleet as usize];
        for &first in &spec.lines {
            let usual = plan.lines[first as usize].station.servers;
            let size = self.sizes.get(&(false, first)).copied().unwrap_or(usual);
            if let Line::Lived(station) = &mut self.lines[(first + place) as usize] {
                station.set_servers(now, if there { size } else { 0 });
            }
        }
        for &first in &spec.shares {
            let size = self.sizes.get(&(true, first)).copied().unwrap_or(plan.shares[first as usize].cores);
            self.shares[(first + place) as usize].set_cores(now, if there { size } else { 0 });
        }
    }

    /// Launches what is wanted and lets go what is too much.
    pub(crate) fn resize<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, fleet: u32) {
        let now = agenda.now();
        loop {
            if let Some(number) = self.fleets[fleet as usize].to_launch() {
                let start = self.start_of(plan, fleet, number);
                let Some((place, _)) = self.fleets[fleet as usize].launch(now, start) else { return };
                self.member_moves(plan, agenda, fleet, place);
            } else if let Some(place) = self.fleets[fleet as usize].to_go() {
                self.steps_down(plan, now, fleet, place);
                self.fleets[fleet as usize].let_go(now, place);
                self.member_moves(plan, agenda, fleet, place);
            } else {
                return;
            }
        }
    }

    /// How long the start of a launch takes: keyed by its number.
    fn start_of(&self, plan: &Blueprint, fleet: u32, number: u64) -> Span {
        let spec = &plan.fleets[fleet as usize];
        let stream = join(join(self.seed, key_of(&plan.parts[spec.part as usize].name)), key_of("launch"));
        let mut random = Random::new(join(stream, number));
        spec.start.iter().fold(Span::ZERO, |sum, law| sum + law.span(&mut random))
    }

    /// Whatever is due for a member now happens, and what comes next is put on the agenda.
    pub(crate) fn member_moves<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        fleet: u32,
        place: u32,
    ) {
        let now = agenda.now();
        let spec = &plan.fleets[fleet as usize];
        loop {
            match self.fleets[fleet as usize].step(now, place) {
                None => break,
                Some(Became::InService) => {
                    self.equip(plan, now, fleet, place, true);
                    match self.is_trusted(now, fleet, place) {
                        true => self.takes_part(plan, fleet, place),
                        false => self.fleets[fleet as usize].avoid(place, true),
                    }
                    self.seek_of_part(plan, agenda, spec.part);
                }
                Some(Became::Counted) => self.counts(plan, now, fleet, place, true),
                Some(Became::Gone) => self.clear_place(plan, agenda, fleet, place),
            }
        }
        let due = self.fleets[fleet as usize].due(place);
        if due < Time::NEVER && self.fleets[fleet as usize].life(place) != Life::Absent {
            let drains = self.fleets[fleet as usize].life(place) == Life::Drains;
            // Who finishes in the last instant has finished.
            let class = if drains { Class::Timer } else { Class::Capacity };
            let key = Event::key(class, plan.parts[spec.part as usize].rank, u64::from(place), fleet as u16);
            agenda.schedule(tick(Clock::Member, fleet, place, due, key));
        }
    }

    /// A member is given requests from now on: it has its turn among the others.
    pub(super) fn takes_part(&mut self, plan: &Blueprint, fleet: u32, place: u32) {
        let it = &mut self.fleets[fleet as usize];
        it.avoid(place, false);
        let at = it.takers().partition_point(|&taker| taker < place) as u64;
        let turn = &mut self.turns[plan.fleets[fleet as usize].set as usize];
        *turn += u64::from(at < *turn);
    }

    /// A member is given nobody from now on, and goes on with what it has.
    pub(super) fn stands_aside(&mut self, plan: &Blueprint, fleet: u32, place: u32) {
        let it = &mut self.fleets[fleet as usize];
        let at = it.takers().partition_point(|&taker| taker < place);
        let turn = &mut self.turns[plan.fleets[fleet as usize].set as usize];
        *turn -= u64::from(it.takers().get(at) == Some(&place) && (at as u64) < *turn);
        it.avoid(place, true);
    }

    /// A member's moment has come, if it is still the one that was planned.
    pub(crate) fn member_ticks<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        fleet: u32,
        place: u32,
    ) {
        if self.fleets[fleet as usize].due(place) == agenda.now() {
            self.member_moves(plan, agenda, fleet, place);
            self.resize(plan, agenda, fleet);
        }
    }

    /// A member takes nobody from now on and is counted no more: its turn and its readings end.
    pub(super) fn steps_down(&mut self, plan: &Blueprint, now: Time, fleet: u32, place: u32) {
        let there = &self.fleets[fleet as usize];
        let (counted, takers) = (there.counts(place), there.takers());
        let at = takers.partition_point(|&taker| taker < place);
        let turn = &mut self.turns[plan.fleets[fleet as usize].set as usize];
        *turn -= u64::from(takers.get(at) == Some(&place) && (at as u64) < *turn);
        if counted {
            self.counts(plan, now, fleet, place, false);
        }
    }

    /// A member is no more: who was inside is gone, and nothing is left of what lay on it.
    pub(super) fn clear_place<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        fleet: u32,
        place: u32,
    ) {
        self.equip(plan, agenda.now(), fleet, place, false);
        if self.fleets[fleet as usize].life(place) == Life::Absent {
            self.forgets(agenda.now(), fleet, place);
        }
        self.forget_member(plan, agenda.now(), plan.fleets[fleet as usize].set, place);
        if self.fleets[fleet as usize].inside(place) > 0 {
            self.kill_inside(plan, agenda, plan.fleets[fleet as usize].set, place);
        }
    }

    /// Members die, at once and without notice.
    pub(crate) fn members_die<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        fleet: u32,
        places: &[u32],
    ) {
        for &place in places {
            let now = agenda.now();
            if self.detectors[fleet as usize].is_none() {
                self.steps_down(plan, now, fleet, place);
                self.fleets[fleet as usize].dies(now, place);
            } else {
                if self.fleets[fleet as usize].counts(place) {
                    self.counts(plan, now, fleet, place, false);
                }
                self.fleets[fleet as usize].dies_unseen(now, place);
            }
            self.clear_place(plan, agenda, fleet, place);
        }
        self.resize(plan, agenda, fleet);
    }

    /// Some of the members that are there, drawn by lot, in the order of their places.
    fn some_members(&self, plan: &Blueprint, fleet: u32, count: usize) -> Vec<u32> {
        let there = &self.fleets[fleet as usize];
        let mut places: Vec<u32> = there.present().collect();
        let name = &plan.parts[plan.fleets[fleet as usize].part as usize].name;
        let stream = join(join(self.seed, key_of(name)), key_of("lost"));
        let mut random = Random::new(join(stream, self.struck[fleet as usize]));
        let count = count.min(places.len());
        for chosen in 0..count {
            let other = chosen + random.below((places.len() - chosen) as u64) as usize;
            places.swap(chosen, other);
        }
        places.truncate(count);
        places.sort_unstable();
        places
    }

    /// What a happening does to a fleet, when it begins and when it ends.
    pub(crate) fn fleet_effect<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        fleet: u32,
        does: FleetDoes,
        on: bool,
    ) {
        let now = agenda.now();
        let share_of = |share: f64, there: &Fleet| (share * there.present().count() as f64 + 0.5) as usize;
        match does {
            FleetDoes::Zone(zone) => {
                self.fleets[fleet as usize].shut(zone, on);
                let there = &self.fleets[fleet as usize];
                let places: Vec<u32> = there.present().filter(|&place| on && there.zone(place) == zone).collect();
                self.members_die(plan, agenda, fleet, &places);
            }
            FleetDoes::Blind => self.blind(plan, fleet, on),
            _ if !on => {}
            FleetDoes::Range(least, most) => {
                self.fleets[fleet as usize].set_range(now, least, most);
                self.resize(plan, agenda, fleet);
            }
            FleetDoes::Size { cores, first, size } => self.set_size(plan, agenda, fleet, (cores, first), size),
            FleetDoes::Lose(count) => {
                let places = self.some_members(plan, fleet, count as usize);
                self.struck[fleet as usize] += 1;
                self.members_die(plan, agenda, fleet, &places);
            }
            FleetDoes::LoseShare(share) => {
                let places = self.some_members(plan, fleet, share_of(share, &self.fleets[fleet as usize]));
                self.struck[fleet as usize] += 1;
                self.members_die(plan, agenda, fleet, &places);
            }
            FleetDoes::Reclaim(share, notice) => {
                let places = self.some_members(plan, fleet, share_of(share, &self.fleets[fleet as usize]));
                self.struck[fleet as usize] += 1;
                for place in places {
                    if self.fleets[fleet as usize].life(place) != Life::Drains {
                        self.steps_down(plan, now, fleet, place);
                        self.fleets[fleet as usize].let_go_within(now, place, notice);
                        self.member_moves(plan, agenda, fleet, place);
                    }
                }
                self.resize(plan, agenda, fleet);
            }
        }
    }

    /// Each member has so many servers or cores from now on.
    fn set_size<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        fleet: u32,
        group: (bool, u32),
        size: u32,
    ) {
        self.sizes.insert(group, size);
        let there = &self.fleets[fleet as usize];
        let serves = |place: &u32| matches!(there.life(*place), Life::Warms | Life::Serves | Life::Drains);
        for place in there.present().filter(serves).collect::<Vec<u32>>() {
            self.equip(plan, agenda.now(), fleet, place, true);
            for &first in &plan.fleets[fleet as usize].lines {
                self.fill(plan, agenda, first + place);
            }
            for &first in &plan.fleets[fleet as usize].shares {
                self.rearm(plan, agenda, first + place);
            }
        }
    }

    /// No member takes anybody: the request is not let in.
    pub(super) fn nobody_serves<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        pc: Pc,
        set: u32,
    ) {
        self.frames[slot].pc = pc;
        let (scope, cause) = (plan.program.scope_of[pc as usize], plan.sets[set as usize].cause);
        self.fail_from(plan, agenda, slot, scope, cause, Some(Stay::Refused { by_limit: false }));
    }

    /// A request leaves its member.
    pub(crate) fn leaves_member<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        set: u32,
        depth: u16,
    ) {
        let SetSpec { fleet, pool, .. } = plan.sets[set as usize];
        if pool != NONE {
            return self.goes_back(plan, agenda.now(), slot, pool, depth);
        }
        let place = *self.cell(plan, slot, depth) as u32;
        if fleet != NONE && self.fleets[fleet as usize].leaves(agenda.now(), place) {
            // It has finished: its end is an event of its own, so that nothing is taken away below who is leaving.
            let rank = plan.parts[plan.fleets[fleet as usize].part as usize].rank;
            let key = Event::key(Class::Timer, rank, u64::from(place), fleet as u16);
            agenda.schedule(tick(Clock::Member, fleet, place, agenda.now(), key));
        }
    }

    /// Numbers of members, and what they are billed for.
    pub(crate) fn show_fleets(&mut self, plan: &Blueprint, to: Time, all: &mut BTreeMap<String, Shown>) {
        self.show_detectors(plan, to, all);
        for (spec, fleet) in plan.fleets.iter().zip(&mut self.fleets) {
            fleet.close(to);
            for (path, level) in &spec.shows {
                let shown = match level {
                    Level::Size => Shown::Level(fleet.billed.clone()),
                    Level::InService => Shown::Level(fleet.serving.clone()),
                    Level::Starting => Shown::Level(fleet.starting.clone()),
                    Level::Wanted => Shown::Level(fleet.asked.clone()),
                    Level::Lost => Shown::Count(fleet.lost, Counted::Ones),
                };
                add(all, path, shown);
            }
            for path in &spec.meters {
                let billed = fleet.billed.integral();
                add(all, path, Shown::Ratio(billed, u128::from(crate::units::time::SECOND), Counted::Ones));
            }
        }
    }
}

/// A number of a part that is in several regions adds up over them; the greatest level is that of any one of them.
pub(super) fn add(all: &mut BTreeMap<String, Shown>, path: &str, shown: Shown) {
    match (all.get_mut(path), shown) {
        (Some(Shown::Level(there)), Shown::Level(one)) => there.beside(&one),
        (Some(Shown::Count(there, _)), Shown::Count(one, _)) => *there += one,
        (Some(Shown::Ratio(there, _, _)), Shown::Ratio(one, ..)) => *there += one,
        (Some(Shown::Once(there, _)), Shown::Once(one, _)) => {
            *there = there.iter().copied().chain(one).reduce(f64::min);
        }
        (_, shown) => drop(all.insert(path.to_owned(), shown)),
    }
}
