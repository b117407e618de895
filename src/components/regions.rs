//! Regions: where a user is, where a name leads, and the roads between.
//!
//! A road takes half of its time there and half back. A share of what travels on it may be lost; what is lost is sent
//! again after one second, then after two, four and so on (RFC 6298: the first retransmission timeout is one second, and
//! it doubles). A cut road loses everything, so who is on it goes on at the first try after the cut is over.

use std::collections::BTreeMap;

use super::blueprint::Blueprint;
use super::incidents::{Incidents, Way};
use super::world::{Kind, State};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::Class;
use crate::engine::program::NONE;
use crate::queueing::directory::Directory;
use crate::record::results::{Counted, Shown};
use crate::units::random::{join, key_of};
use crate::units::time::SECOND;
use crate::units::{Random, Span, Time};

/// The greatest number of doublings: beyond it nobody tries again within a run.
const TRIES: u64 = 31;

/// Bit of a cell that marks somebody who tries again.
const ON_ROAD: u64 = 1 << 62;

/// What faults do to roads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roads {
    /// Of each road: happening, share lost, time added to half of the way.
    troubles: Vec<Vec<(u32, f64, Span)>>,
    /// Sent again, in all.
    again: u64,
}

impl Roads {
    /// All open.
    pub fn new(plan: &Incidents) -> Roads {
        Roads { troubles: vec![Vec::new(); plan.roads.len()], again: 0 }
    }

    /// The share that arrives is the product of what each trouble leaves.
    fn lost(&self, road: u32) -> f64 {
        1.0 - self.troubles[road as usize].iter().map(|(_, share, _)| 1.0 - share).product::<f64>()
    }

    /// Does nothing arrive?
    pub fn cut(&self, road: u32) -> bool {
        self.troubles[road as usize].iter().any(|(_, share, _)| *share >= 1.0)
    }

    fn longer(&self, road: u32) -> Span {
        self.troubles[road as usize].iter().fold(Span::ZERO, |sum, (_, _, more)| sum + *more)
    }
}

impl State {
    /// The user behind a request: the number by which names know who comes again, if they do.
    fn client(&self, plan: &Blueprint, slot: u32) -> Option<usize> {
        let request = &self.requests[self.frames[slot].request];
        let source = plan.entries[request.entry as usize].asker;
        let first = *plan.incidents.clients.get(source as usize)?;
        (first != NONE && request.user != NONE).then(|| first as usize + request.user as usize)
    }

    /// A stream of the user behind a request, or of the request where nobody knows the user.
    pub(super) fn of_user(&self, plan: &Blueprint, slot: u32, purpose: &str) -> Random {
        let request = &self.requests[self.frames[slot].request];
        let entry = &plan.entries[request.entry as usize];
        let asker = plan.sources.get(entry.asker as usize).map_or("", |source| source.name.as_str());
        let stream = join(join(self.seed, key_of(purpose)), key_of(asker));
        Random::new(match self.client(plan, slot) {
            Some(_) => join(stream, u64::from(request.user)),
            None => join(join(stream, self.sites[entry.site as usize]), request.number),
        })
    }

    /// The region that a request's user is near to.
    fn near(&self, plan: &Blueprint, slot: u32) -> u32 {
        let request = &self.requests[self.frames[slot].request];
        let asker = plan.entries[request.entry as usize].asker;
        let Some(shares) = plan.incidents.near.get(asker as usize).filter(|shares| !shares.is_empty()) else {
            return 0;
        };
        let sure = shares.iter().position(|share| *share >= 1.0).unwrap_or(0);
        if sure == 0 || shares[sure - 1] <= 0.0 {
            return sure as u32;
        }
        let drawn = self.of_user(plan, slot, "near").unit();
        shares.iter().position(|below| drawn < *below).unwrap_or(shares.len() - 1) as u32
    }

    /// When the answer was heard by which a request goes; none: its user never asks anew.
    fn heard(&mut self, plan: &Blueprint, slot: u32, name: u32, now: Time) -> Option<Time> {
        let spec = &plan.incidents.names[name as usize];
        if spec.stuck > 0.0 && self.of_user(plan, slot, "stuck").chance(spec.stuck) {
            return None;
        }
        let mut random = self.of_user(plan, slot, "age");
        Some(match self.client(plan, slot) {
            Some(client) => {
                let directory = &mut self.incidents.names[name as usize];
                directory.ask(client, now, || spec.age.as_ref().map_or(Span::ZERO, |law| law.span(&mut random)))
            }
            None => now - Span::from_nanos(spec.ttl.0 as f64 * random.unit()),
        })
    }

    /// The region in which a request goes on: where the name leads that it knows, or the one near its user.
    pub(super) fn lead(&mut self, plan: &Blueprint, slot: u32, lead: u32) {
        let spec = &plan.incidents.leads[lead as usize];
        let near = self.near(plan, slot);
        let at = self.frames[slot].at;
        let region = match spec.name {
            None => near,
            Some(name) => match self.heard(plan, slot, name, at) {
                Some(asked) => self.incidents.names[name as usize].told(near, asked),
                None => self.incidents.names[name as usize].at_first(near),
            },
        };
        self.frames[slot].pc = spec.to[region as usize];
    }

    /// How long (ns) who failed has to wait until the answer that led it there has run out; not at all if no name did.
    pub(crate) fn told_pause(&self, plan: &Blueprint, slot: u32, now: Time) -> f64 {
        let entry = self.requests[self.frames[slot].request].entry;
        let Some(&name) = plan.incidents.led_by.get(entry as usize).filter(|name| **name != NONE) else { return 0.0 };
        let spec = &plan.incidents.names[name as usize];
        match self.client(plan, slot) {
            Some(client) => {
                let until = self.incidents.names[name as usize].knows_until(client);
                until.map_or(0.0, |until| until.since(now).0 as f64)
            }
            // One of many: what is left of an answer is as uniform as its age.
            None => spec.ttl.0 as f64 * (1.0 - self.of_user(plan, slot, "age").unit()),
        }
    }

    /// Travels from region to region; true if it goes on at once.
    pub(super) fn cross<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        way: u32,
        depth: u16,
    ) -> bool {
        let regions = plan.incidents.regions.len() as u32;
        let cell = *self.cell(plan, slot, depth);
        // Cells hold moments and jobs before they hold a road; none of them has this bit.
        let tries = if cell >> 62 == 1 { (cell ^ ON_ROAD) >> 32 } else { 0 };
        let before = cell as u32;
        let road = match plan.incidents.ways[way as usize] {
            Way::FromUser { to } => self.near(plan, slot) * regions + to,
            Way::Between { from, to } => from * regions + to,
            Way::ToLeader { store, from } => from * regions + self.led_from(store).unwrap_or(from),
            Way::Back => before / regions + before % regions * regions,
        };
        if tries <= TRIES && self.is_lost(slot, road, tries) {
            self.incidents.roads.again += 1;
            *self.cell(plan, slot, depth) = ON_ROAD | (tries + 1) << 32 | u64::from(before);
            let frame = &mut self.frames[slot];
            frame.pc -= 1;
            frame.at += Span(SECOND << tries.min(TRIES));
            self.schedule(plan, agenda, Class::Timer, Kind::Resume, slot);
            return false;
        }
        *self.cell(plan, slot, depth) = u64::from(road);
        let takes = plan.incidents.roads[road as usize] + self.incidents.roads.longer(road);
        if takes == Span::ZERO {
            return true;
        }
        self.takes(plan, agenda, slot, takes)
    }

    fn is_lost(&self, slot: u32, road: u32, tries: u64) -> bool {
        let share = self.incidents.roads.lost(road);
        let frame = &self.frames[slot];
        let stream = join(join(frame.ident, key_of("road")), u64::from(frame.pc) << 32 | tries);
        share > 0.0 && (share >= 1.0 || Random::new(stream).chance(share))
    }

    /// A fault hits roads, or is over.
    pub(crate) fn trouble<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        happening: u32,
        group: u32,
        trouble: Option<(f64, Span)>,
    ) {
        self.before_change(plan, agenda);
        for road in &plan.incidents.road_groups[group as usize] {
            let troubles = &mut self.incidents.roads.troubles[*road as usize];
            match trouble {
                Some((share, longer)) => troubles.push((happening, share, longer)),
                None => troubles.retain(|(by, ..)| *by != happening),
            }
        }
        self.after_change(plan, agenda);
    }

    /// A name points to a region from now on; none: from a dark region to the first other one that is not.
    pub(crate) fn points(&mut self, plan: &Blueprint, now: Time, name: u32, to: Option<u32>) {
        let Some(to) = to.or_else(|| self.first_up(plan, self.incidents.names[name as usize].target(0))) else {
            return;
        };
        self.count_names(now);
        self.incidents.names[name as usize].point(now, |_| to);
        self.names_lead_astray(plan);
    }

    /// All names that lead to a region lead elsewhere from now on.
    pub(crate) fn drains(&mut self, plan: &Blueprint, now: Time, region: u32) {
        let Some(other) = self.first_up(plan, region) else { return };
        self.count_names(now);
        for name in &mut self.incidents.names {
            name.point(now, |target| if target == region { other } else { target });
        }
        self.names_lead_astray(plan);
    }

    /// The first region, in their order, that is another one and not dark.
    pub(crate) fn first_up(&self, plan: &Blueprint, but: u32) -> Option<u32> {
        let regions = 0..plan.incidents.regions.len() as u32;
        regions.into_iter().find(|region| *region != but && !self.incidents.outages.dark(*region))
    }

    /// What was sent again.
    pub(crate) fn show_roads(&self, plan: &Blueprint, all: &mut BTreeMap<String, Shown>) {
        if !plan.incidents.road_groups.is_empty() {
            all.insert("network.sent_again".into(), Shown::Count(self.incidents.roads.again, Counted::Ones));
        }
    }

    /// The names at their start.
    pub(super) fn names_of(plan: &Incidents) -> Vec<Directory> {
        plan.names.iter().map(|name| Directory::new(name.ttl, name.to.clone())).collect()
    }
}
