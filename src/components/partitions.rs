//! Stores in partitions: which one a request goes to, how unevenly it is, and the split of one that stays hot.

use std::collections::BTreeMap;

use super::blueprint::Blueprint;
use super::clocks::{Clock, tick};
use super::gates::Gate;
use super::store_specs::PartitionPart;
use super::world::{Line, State};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event};
use crate::queueing::partitions::Partitions;
use crate::record::results::{Counted, Shown};
use crate::units::random::join;
use crate::units::{Random, Time};

/// The partitions of a store being run.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    partitions: Partitions,
    /// Measured requests of each.
    picks: Vec<u64>,
    splits: u64,
    /// Periods of watching so far, and when the last one ended.
    periods: u64,
    since: Time,
    /// What was used and offered at the end of the last period, of each line of each group; what each gate had let through.
    seen: Vec<(u128, u128)>,
    let_through: Vec<u128>,
}

impl Placed {
    /// All partitions of a scenario.
    pub fn all(plan: &Blueprint) -> Vec<Placed> {
        let new = |part: &PartitionPart| Placed {
            partitions: Partitions::new(part.spec),
            picks: vec![0; part.spec.most as usize],
            splits: 0,
            periods: 0,
            since: Time::ZERO,
            seen: vec![(0, 0); part.lines.len() * part.spec.most as usize],
            let_through: vec![0; part.gates.len() * part.spec.most as usize],
        };
        plan.stores.partitions.iter().map(new).collect()
    }
}

impl State {
    /// The partition of a key.
    #[inline]
    pub(super) fn place(&mut self, partitions: u32, key: u64, measured: bool) -> u32 {
        let placed = &mut self.placed[partitions as usize];
        let place = placed.partitions.of(key);
        placed.picks[place as usize] += u64::from(measured);
        place
    }

    /// Partitions at the start of a run: those that there are not yet serve nobody, those that may split are watched.
    pub(crate) fn start_partitions<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>) {
        for (index, part) in plan.stores.partitions.iter().enumerate() {
            for &first in &part.lines {
                for line in first + part.spec.count..first + part.spec.most {
                    if let Line::Lived(station) = &mut self.lines[line as usize] {
                        station.set_servers(Time::ZERO, 0);
                    }
                }
            }
            for &first in &part.gates {
                let unborn = (first + part.spec.count) as usize..(first + part.spec.most) as usize;
                self.gates[unborn].iter_mut().for_each(Gate::sleep);
            }
            self.watch_heat(plan, agenda, index as u32);
        }
    }

    fn watch_heat<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32) {
        let part = &plan.stores.partitions[index as usize];
        let Some(heat) = &part.heat else { return };
        let period = self.placed[index as usize].periods;
        let span = plan.laws[heat.after as usize].span(&mut Random::new(join(self.sites[heat.site as usize], period)));
        let at = agenda.now() + span;
        let key = Event::key(Class::Capacity, plan.parts[part.part as usize].rank, period, index as u16);
        if at < plan.to && at > agenda.now() {
            agenda.schedule(tick(Clock::Heat, index, 0, at, key));
        }
    }

    /// A period of watching is over: whoever was hot all through it splits.
    pub(crate) fn heat<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32) {
        let now = agenda.now();
        let part = &plan.stores.partitions[index as usize];
        let above = part.heat.as_ref().map_or(f64::INFINITY, |heat| heat.above);
        self.placed[index as usize].periods += 1;
        let there = self.placed[index as usize].partitions.count();
        let hot: Vec<u32> = (0..there).filter(|place| self.was_busy(part, index, *place, now) > above).collect();
        for place in hot {
            let Some(new) = self.placed[index as usize].partitions.split(place) else { continue };
            self.placed[index as usize].splits += u64::from(now >= plan.from);
            for &first in &part.lines {
                let servers = plan.lines[(first + new) as usize].station.servers;
                if let Line::Lived(station) = &mut self.lines[(first + new) as usize] {
                    station.set_servers(now, servers);
                }
                self.fill(plan, agenda, first + new);
            }
            for &first in &part.gates {
                let gate = (first + new) as usize;
                self.gates[gate].wake(&plan.gates.gates[gate], now);
            }
        }
        self.placed[index as usize].since = now;
        self.watch_heat(plan, agenda, index);
    }

    /// How busy a partition was since this was asked before: the busiest of its lines and gates.
    fn was_busy(&mut self, part: &PartitionPart, index: u32, place: u32, now: Time) -> f64 {
        let mut busiest = 0.0f64;
        for (group, &first) in part.lines.iter().enumerate() {
            let Line::Lived(station) = &mut self.lines[(first + place) as usize] else { continue };
            station.held.change(now, 0);
            station.offered.change(now, 0);
            let (used, offered) = (station.held.integral(), station.offered.integral());
            let seen = &mut self.placed[index as usize].seen[group * part.spec.most as usize + place as usize];
            // The measuring has begun in between, and gauges with it.
            let before = if seen.1 > offered { (0, 0) } else { *seen };
            *seen = (used, offered);
            let (used, offered) = (used - before.0, offered - before.1);
            if offered > 0 {
                busiest = busiest.max(used as f64 / offered as f64);
            }
        }
        let span = u128::from(now.since(self.placed[index as usize].since).0);
        for (group, &first) in part.gates.iter().enumerate() {
            let gate = &self.gates[(first + place) as usize];
            let offered = gate.offers(span);
            let there = group * part.spec.most as usize + place as usize;
            let seen = std::mem::replace(&mut self.placed[index as usize].let_through[there], gate.through);
            if offered > 0 {
                busiest = busiest.max((gate.through - seen) as f64 / offered as f64);
            }
        }
        busiest
    }

    /// What partitions show.
    pub(crate) fn show_partitions(&self, plan: &Blueprint, all: &mut BTreeMap<String, Shown>) {
        for (part, placed) in plan.stores.partitions.iter().zip(&self.placed) {
            let lead = format!("{}.{}", plan.parts[part.part as usize].name, part.lead);
            let count = placed.partitions.count();
            let (hottest, total) = (placed.picks.iter().max().copied().unwrap_or(0), placed.picks.iter().sum::<u64>());
            let hottest = u128::from(hottest);
            let mut show = |name: &str, shown: Shown| drop(all.insert(format!("{lead}{name}"), shown));
            show("partitions", Shown::Once(Some(f64::from(count)), Counted::Ones));
            show("splits", Shown::Count(placed.splits, Counted::Ones));
            show("hottest", Shown::Ratio(hottest, u128::from(total), Counted::Share));
            show("imbalance", Shown::Ratio(hottest * u128::from(count), u128::from(total), Counted::Share));
        }
    }
}
