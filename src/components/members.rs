//! Sets of members, and how a request chooses one: in turn, by lot, by who has the fewest inside, by its key.

use super::blueprint::Blueprint;
use super::world::{Line, State};
use crate::queueing::rendezvous::of_key;
use crate::units::Time;
use crate::units::random::join;

/// A set of members of which one is chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct SetSpec {
    /// How many.
    pub members: u32,
    /// First line of the members' lines (consecutive), or first share.
    pub lines: u32,
    /// How one is chosen.
    pub policy: PolicyOfChoice,
    /// Site of its draws.
    pub site: u32,
    /// Are the members shares instead of lines?
    pub shares: bool,
    /// The fleet of the members, or `NONE`.
    pub fleet: u32,
    /// The elastic pool of the members, or `NONE`.
    pub pool: u32,
    /// Cause of a failure where no member takes anybody.
    pub cause: u8,
}

/// How a member is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyOfChoice {
    /// In turn.
    RoundRobin,
    /// Any.
    Random,
    /// Who has the fewest inside; ties at random.
    Least,
    /// The better of two drawn at random.
    TwoChoices,
    /// The member to which the key belongs; when members come and go, no other key moves.
    Hash { key: u32 },
    /// The partition to which the key belongs.
    Partition { partitions: u32 },
}

impl State {
    /// Chooses a member of a set, of those that take requests; none if there are none.
    pub(super) fn pick(&mut self, plan: &Blueprint, now: Time, slot: u32, (set, key): (u32, u32)) -> Option<u32> {
        let spec = &plan.sets[set as usize];
        let key = plan.stores.refs.get(key as usize).map_or(0, |&key| self.key_at(plan, slot, key));
        if let PolicyOfChoice::Partition { partitions } = spec.policy {
            return Some(self.place(partitions, key, now >= plan.from));
        }
        let Some(fleet) = self.fleets.get_mut(spec.fleet as usize) else {
            return self.pick_of(plan, now, slot, (set, key), spec.members, |place| place);
        };
        let takers = fleet.lend_takers();
        let picked = self.pick_of(plan, now, slot, (set, key), takers.len() as u32, |place| takers[place as usize]);
        let fleet = &mut self.fleets[spec.fleet as usize];
        fleet.take_back(takers);
        if plan.fleets[spec.fleet as usize].moves {
            picked.iter().for_each(|&member| fleet.enters(member));
        }
        picked
    }

    /// Chooses one of so many; `at` says which member stands at a place of the list.
    fn pick_of(
        &mut self,
        plan: &Blueprint,
        now: Time,
        slot: u32,
        (set, key): (u32, u64),
        there: u32,
        at: impl Fn(u32) -> u32,
    ) -> Option<u32> {
        let spec = &plan.sets[set as usize];
        let members = u64::from(there);
        if there == 0 {
            return None;
        }
        let open = |place: u32| self.open_at(plan, now, set, at(place));
        let place = match spec.policy {
            PolicyOfChoice::RoundRobin => {
                let place = self.turns[set as usize] % members;
                self.turns[set as usize] = place + 1;
                place as u32
            }
            PolicyOfChoice::Random => self.random(slot, spec.site).below(members) as u32,
            PolicyOfChoice::TwoChoices => {
                let mut random = self.random(slot, spec.site);
                let one = random.below(members) as u32;
                let other = (u64::from(one) + 1 + random.below((members - 1).max(1))) % members;
                let other = other as u32;
                if open(other) < open(one) { other } else { one }
            }
            PolicyOfChoice::Least => {
                let mut random = self.random(slot, spec.site);
                let least = (0..there).map(open).min().unwrap_or(0);
                let ties = (0..there).filter(|&m| open(m) == least).count();
                let chosen = random.below(ties as u64) as usize;
                (0..there).filter(|&m| open(m) == least).nth(chosen).unwrap_or(0)
            }
            PolicyOfChoice::Hash { .. } => of_key(join(self.sites[spec.site as usize], key), there, &at)?,
            PolicyOfChoice::Partition { .. } => 0,
        };
        Some(at(place))
    }

    /// How many are at a member of a set.
    fn open_at(&self, plan: &Blueprint, now: Time, set: u32, member: u32) -> u32 {
        let spec = &plan.sets[set as usize];
        if spec.shares {
            return self.shares[(spec.lines + member) as usize].present();
        }
        match &self.lines[(spec.lines + member) as usize] {
            Line::Lived(station) => station.busy() + station.backlog(),
            Line::Known(known) => known.inside(now),
        }
    }
}
