//! Places that are down: who comes in is turned away at once, who was inside is killed; and who was up for how long.

use std::collections::BTreeMap;

use super::blueprint::Blueprint;
use super::clocks::{Clock, tick};
use super::frames::Waits;
use super::incidents::{HitSpec, Incidents, UpBy};
use super::tally::Stay;
use super::world::{Deferred, Line, State};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event};
use crate::engine::program::{NONE, Pc, ScopeKind};
use crate::queueing::station::{Arrival, Started};
use crate::record::Gauge;
use crate::record::results::{Cause, Counted, Shown};
use crate::units::{Span, Time};

/// Hours of a month, as bills count them.
const MONTH: u128 = 730;

/// What is down, and who was up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outages {
    /// The happenings that keep each place, region and member down.
    places: Vec<Vec<u32>>,
    regions: Vec<Vec<u32>>,
    members: Vec<Vec<Vec<u32>>>,
    /// Places that die in this instant.
    dying: Vec<bool>,
    /// Of each happening: the leading copies that it took down.
    took: Vec<Vec<u32>>,
    /// Of each happening: its repair.
    repairs: Vec<Repair>,
    ups: Vec<Up>,
    /// Of each name: does it lead to what is down, and how often did it begin to?
    astray: Vec<(bool, u64)>,
}

/// Whether something is up, over time.
#[derive(Clone, Debug, Default)]
struct Up {
    /// How many of its places (or: 1).
    gauge: Gauge,
    /// How many members are down.
    lack: Gauge,
    whole: bool,
    /// When it changed last.
    changed: Time,
    /// How often it went down, and when first.
    outages: u64,
    first: Option<Time>,
}

/// A repair: when somebody asked for it, how long it takes, and the job of who does it.
#[derive(Clone, Copy, Debug, Default)]
struct Repair {
    asked: Time,
    takes: Span,
    job: u32,
}

impl Outages {
    /// All is well.
    pub fn new(plan: &Incidents, happenings: usize) -> Outages {
        let nobody = |n: usize| vec![Vec::new(); n];
        let mut outages = Outages {
            places: nobody(plan.places.len()),
            regions: nobody(plan.regions.len()),
            members: plan.needs.iter().map(|need| nobody(need.members as usize)).collect(),
            dying: Vec::new(),
            took: nobody(happenings),
            repairs: vec![Repair::default(); happenings],
            ups: Vec::new(),
            astray: vec![(false, 0); plan.names.len()],
        };
        for spec in &plan.ups {
            let mut up = Up { whole: true, ..Up::default() };
            up.gauge.set(Time::ZERO, number_of(&spec.by));
            outages.ups.push(up);
        }
        outages
    }

    /// Is a region dark?
    pub fn dark(&self, region: u32) -> bool {
        region != NONE && !self.regions[region as usize].is_empty()
    }

    /// Is a place down?
    pub fn down(&self, plan: &Incidents, place: u32) -> bool {
        !self.places[place as usize].is_empty() || self.dark(plan.places[place as usize].region)
    }

    /// Does this operation's place die in this instant?
    pub fn kills(&self, place: u32) -> bool {
        self.dying.get(place as usize) == Some(&true)
    }

    /// A place is down by a happening.
    pub fn take(&mut self, place: u32, by: u32) {
        self.places[place as usize].push(by);
    }

    /// It is so no more.
    pub fn give_back(&mut self, place: u32, by: u32) {
        self.places[place as usize].retain(|other| *other != by);
    }

    /// A place is whole again, whatever took it down; a dark region stays dark.
    pub fn heal(&mut self, place: u32) {
        self.places[place as usize].clear();
    }
}

/// How many it is when all of it is up.
fn number_of(by: &UpBy) -> u64 {
    match by {
        UpBy::Places(places) => places.len() as u64,
        UpBy::Store(_) | UpBy::Need(_) => 1,
    }
}

impl State {
    /// Comes to the door of a place; false if it is down.
    pub(super) fn door<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        pc: Pc,
        place: u32,
    ) -> bool {
        if !self.incidents.outages.down(&plan.incidents, place) {
            return true;
        }
        let stay = Stay::Refused { by_limit: false };
        self.frames[slot].pc = pc;
        self.fail_from(plan, agenda, slot, plan.program.scope_of[pc as usize], Cause::Broken as u8, Some(stay));
        false
    }

    /// Are enough members up? If not, the frame fails.
    pub(super) fn enough<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        pc: Pc,
        need: u32,
    ) -> bool {
        let enough = self.members_up(need) >= plan.incidents.needs[need as usize].need;
        if !enough {
            self.fails(plan, agenda, slot, pc, Cause::Broken as u8);
        }
        enough
    }

    fn members_up(&self, need: u32) -> u32 {
        self.incidents.outages.members[need as usize].iter().filter(|down| down.is_empty()).count() as u32
    }

    /// An outage begins or ends.
    pub(crate) fn outage<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        happening: u32,
        hit: u32,
        on: bool,
    ) {
        self.before_change(plan, agenda);
        let hit = &plan.incidents.hits[hit as usize];
        if on {
            let alive = self.all_up(plan);
            self.take_down(plan, happening, hit);
            let dying: Vec<bool> = alive.iter().zip(self.all_up(plan)).map(|(was, is)| *was && !is).collect();
            if dying.contains(&true) {
                self.incidents.outages.dying = dying;
                self.kill(plan, agenda);
                self.incidents.outages.dying.clear();
            }
        } else {
            self.bring_back(happening, hit);
        }
        self.after_change(plan, agenda);
        if !on {
            self.seek_everywhere(plan, agenda);
        }
    }

    fn all_up(&self, plan: &Blueprint) -> Vec<bool> {
        let places = 0..plan.incidents.places.len() as u32;
        places.map(|place| !self.incidents.outages.down(&plan.incidents, place)).collect()
    }

    fn take_down(&mut self, plan: &Blueprint, happening: u32, hit: &HitSpec) {
        let leaders: Vec<u32> = hit.leaders.iter().filter_map(|store| self.leads_at(plan, *store)).collect();
        let outages = &mut self.incidents.outages;
        for place in hit.places.iter().chain(&leaders) {
            outages.places[*place as usize].push(happening);
        }
        outages.took[happening as usize] = leaders;
        hit.regions.iter().for_each(|region| outages.regions[*region as usize].push(happening));
        for (need, member) in &hit.members {
            outages.members[*need as usize][*member as usize].push(happening);
        }
    }

    fn bring_back(&mut self, happening: u32, hit: &HitSpec) {
        let outages = &mut self.incidents.outages;
        let leaders = std::mem::take(&mut outages.took[happening as usize]);
        let mend = |down: &mut Vec<u32>| down.retain(|by| *by != happening);
        hit.places.iter().chain(&leaders).for_each(|place| mend(&mut outages.places[*place as usize]));
        hit.regions.iter().for_each(|region| mend(&mut outages.regions[*region as usize]));
        for (need, member) in &hit.members {
            mend(&mut outages.members[*need as usize][*member as usize]);
        }
    }

    /// Kills everybody who is inside one place, though others there go on.
    pub(super) fn kill_at<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, place: u32) {
        let mut dying = vec![false; plan.incidents.places.len()];
        dying[place as usize] = true;
        self.incidents.outages.dying = dying;
        self.kill(plan, agenda);
        self.incidents.outages.dying.clear();
    }

    /// Kills everybody who is inside a dying place, in the order of their requests.
    fn kill<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>) {
        let mut victims: Vec<(u16, u64, u16, u32, u32)> = Vec::new();
        for (slot, frame) in self.frames.items.iter().enumerate() {
            if frame.alive && frame.waits != Waits::Told && self.dead_scope(plan, frame.pc).is_some() {
                let request = &self.requests[frame.request];
                let rank = plan.entries[request.entry as usize].rank;
                victims.push((rank, request.number, frame.sub, slot as u32, frame.generation));
            }
        }
        victims.sort_unstable();
        for (.., slot, generation) in victims {
            let frame = self.frames[slot];
            // Whoever worked for one that was killed before is gone already.
            if frame.alive && frame.generation == generation {
                self.kill_frame(plan, agenda, slot);
            }
        }
    }

    /// The outermost scope around an instruction that is a dying place.
    fn dead_scope(&self, plan: &Blueprint, pc: Pc) -> Option<u32> {
        let (mut scope, mut found) = (plan.program.scope_of[pc as usize], None);
        while scope != NONE {
            let here = &plan.program.scopes[scope as usize];
            if let ScopeKind::Part { operation, .. } = here.kind
                && self.incidents.outages.kills(plan.operations[operation as usize].place)
            {
                found = Some(scope);
            }
            scope = here.outer;
        }
        found
    }

    fn kill_frame<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32) {
        let Some(dead) = self.dead_scope(plan, self.frames[slot].pc) else { return };
        let outer = plan.program.scopes[dead as usize].outer;
        self.goes_out(plan, agenda, slot, outer);
        let frame = &mut self.frames[slot];
        (frame.waits, frame.failing) = (Waits::Nothing, false);
        // An event that was to let it go on finds another life.
        frame.generation = frame.generation.wrapping_add(1);
        self.fail_from(plan, agenda, slot, outer, Cause::Gone as u8, None);
    }

    /// Before something comes up or goes down: what rests on it is counted up to now.
    pub(crate) fn before_change<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>) {
        self.count_names(agenda.now());
        self.wake_alarms(plan, agenda);
    }

    /// Counts who was led to what is down, up to now.
    pub(crate) fn count_names(&mut self, now: Time) {
        let incidents = &mut self.incidents;
        for name in &mut incidents.names {
            name.count(now, |region| incidents.outages.dark(region));
        }
    }

    /// Notes which names lead to what is down from now on.
    pub(crate) fn names_lead_astray(&mut self, plan: &Blueprint) {
        let outages = &mut self.incidents.outages;
        for index in 0..plan.incidents.names.len() {
            let astray = outages.dark(self.incidents.names[index].target(0));
            let (was, count) = &mut outages.astray[index];
            *count += u64::from(astray && !*was && self.measuring);
            *was = astray;
        }
    }

    /// After something came up or went down: who leads is cut off or heard again, and who is up is noted.
    pub(crate) fn after_change<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>) {
        let now = agenda.now();
        self.names_lead_astray(plan);
        for store in 0..plan.incidents.stores.len() as u32 {
            self.hear_leader(plan, agenda, store);
        }
        for (index, spec) in plan.incidents.ups.iter().enumerate() {
            let number = self.up_now(plan, &spec.by);
            let lack = match &spec.by {
                UpBy::Need(need) => u64::from(plan.incidents.needs[*need as usize].members - self.members_up(*need)),
                _ => number_of(&spec.by) - number,
            };
            let up = &mut self.incidents.outages.ups[index];
            if up.gauge.value() != number {
                up.changed = now;
            }
            up.gauge.set(now, number);
            up.lack.set(now, lack);
            let whole = number == number_of(&spec.by);
            if up.whole && !whole && now >= plan.from {
                up.outages += 1;
                up.first.get_or_insert(now);
            }
            up.whole = whole;
        }
    }

    fn up_now(&self, plan: &Blueprint, by: &UpBy) -> u64 {
        let outages = &self.incidents.outages;
        match by {
            UpBy::Places(places) => {
                places.iter().filter(|place| !outages.down(&plan.incidents, **place)).count() as u64
            }
            UpBy::Store(store) => u64::from(self.serves_writes(plan, *store)),
            UpBy::Need(need) => u64::from(self.members_up(*need) >= plan.incidents.needs[*need as usize].need),
        }
    }

    /// How long something was up until now, over how long it would have been: for alarms.
    pub(crate) fn up_until(&self, plan: &Blueprint, up: u32, now: Time) -> (u128, u64) {
        let mut gauge = self.incidents.outages.ups[up as usize].gauge.clone();
        gauge.close(now);
        (gauge.integral(), number_of(&plan.incidents.ups[up as usize].by))
    }

    /// Has something been as much up as it is since that moment?
    pub(crate) fn as_up_since(&self, up: u32, moment: Time) -> bool {
        self.incidents.outages.ups[up as usize].changed <= moment
    }

    /// Measuring begins.
    pub(crate) fn begin_outages(&mut self, plan: &Blueprint) {
        for up in &mut self.incidents.outages.ups {
            up.gauge.begin(plan.from);
            up.lack.begin(plan.from);
        }
        let incidents = &mut self.incidents;
        for name in &mut incidents.names {
            name.begin(plan.from, |region| incidents.outages.dark(region));
        }
    }

    /// Who was up for how long.
    pub(crate) fn show_outages(&mut self, plan: &Blueprint, to: Time, all: &mut BTreeMap<String, Shown>) {
        let measured = u128::from(to.since(plan.from).0);
        for (up, spec) in self.incidents.outages.ups.iter_mut().zip(&plan.incidents.ups) {
            let name = &plan.parts[spec.part as usize].name;
            up.gauge.close(to);
            up.lack.close(to);
            let whole = measured * u128::from(number_of(&spec.by));
            // Of a run that ends before the measuring begins, nothing was measured.
            show_up(name, whole.saturating_sub(up.gauge.integral()), whole, all);
            all.insert(format!("{name}.outages"), Shown::Count(up.outages, Counted::Ones));
            let first = up.first.map(|at| at.0 as f64);
            all.insert(format!("{name}.first_down"), Shown::Once(first, Counted::Nanos));
            let hours = first.map(|nanos| nanos / 3_600e9);
            all.insert(format!("{name}.first_down.hours"), Shown::Once(hours, Counted::Ones));
            all.insert(format!("{name}.members_down"), Shown::Level(up.lack.clone()));
        }
        self.count_names(to);
        for (index, (name, spec)) in self.incidents.names.iter().zip(&plan.incidents.names).enumerate() {
            let (astray, all_time) = name.astray(plan.from);
            let part = &plan.parts[spec.part as usize].name;
            show_up(part, astray, all_time, all);
            let (_, times) = self.incidents.outages.astray[index];
            all.insert(format!("{part}.outages"), Shown::Count(times, Counted::Ones));
        }
    }
}

/// The share of time in which it was up, and the time in which it was not, of a month.
fn show_up(name: &str, down: u128, whole: u128, all: &mut BTreeMap<String, Shown>) {
    all.insert(format!("{name}.up"), Shown::Ratio(whole - down, whole, Counted::Share));
    for (unit, many) in [("minutes", 60), ("seconds", 3_600)] {
        let path = format!("{name}.down.{unit}_a_month");
        all.insert(path, Shown::Ratio(down * MONTH * many, whole, Counted::Ones));
    }
}

impl State {
    /// Something is broken for a time that begins now, or when somebody of its crew is free.
    pub(crate) fn calls_crew<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        happening: u32,
        span: Span,
    ) {
        let now = agenda.now();
        self.incidents.outages.repairs[happening as usize] = Repair { asked: now, takes: span, job: NONE };
        let Some((line, operation)) = plan.happenings[happening as usize].crew else {
            return self.repair(plan, agenda, happening);
        };
        let part = &mut self.tally.parts[plan.operations[operation as usize].part as usize];
        part.presence.enters(now, plan.from);
        if now >= plan.from {
            part.came.add(now, 1);
        }
        self.tally.operations[operation as usize].enters(now >= plan.from);
        let Line::Lived(station) = &mut self.lines[line as usize] else {
            unreachable!("who repairs has a line whose turns are lived");
        };
        if let Arrival::Started(started) = station.arrive(now, happening, Span::FOREVER, 0) {
            self.begins_repair(plan, agenda, operation, &started);
        }
    }

    fn begins_repair<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        operation: u32,
        started: &Started,
    ) {
        let now = agenda.now();
        let repair = &mut self.incidents.outages.repairs[started.who as usize];
        repair.job = started.job;
        let came = repair.asked;
        let waited = now.since(came);
        if now >= plan.from {
            self.tally.operations[operation as usize].work.delayed += u64::from(waited > Span::ZERO);
        }
        self.count_wait(plan, Deferred { start: now, waited, operation, came });
        self.repair(plan, agenda, started.who);
    }

    fn repair<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, happening: u32) {
        let span = self.incidents.outages.repairs[happening as usize].takes;
        let spec = &plan.happenings[happening as usize];
        let count = self.happened[happening as usize] - 1;
        // At one instant what ends does so before anything begins.
        let key = Event::key(Class::Capacity, spec.rank, count, 0);
        agenda.schedule(tick(Clock::End, happening, 0, agenda.now() + span, key));
    }

    /// Somebody of a crew is free again, and goes on with what has waited longest.
    pub(crate) fn frees_crew<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, happening: u32) {
        let Some((line, operation)) = plan.happenings[happening as usize].crew else { return };
        let now = agenda.now();
        let repair = self.incidents.outages.repairs[happening as usize];
        let part = &mut self.tally.parts[plan.operations[operation as usize].part as usize];
        part.presence.leaves(now, now, plan.from);
        part.last_departure = now;
        self.tally.operations[operation as usize].leaves(now >= plan.from, Stay::Done, now.since(repair.asked));
        let Line::Lived(station) = &mut self.lines[line as usize] else { return };
        station.finish(now, repair.job);
        if let Some(started) = station.next(now) {
            self.begins_repair(plan, agenda, operation, &started);
        }
    }
}
