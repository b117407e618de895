//! Sets of members, and how a request chooses one: in turn, by lot, by who has the fewest inside, by its key.

use super::blueprint::Blueprint;
use super::world::{Line, State};
use crate::engine::program::{NONE, ScopeKind};
use crate::queueing::fleet::Life;
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
    /// Who came once comes to the same member for as long as that takes requests.
    pub sticky: bool,
    /// Members of the caller's zone come first; who comes from none goes to any zone: the site of that draw. `NONE`: all
    /// zones are alike.
    pub zone_site: u32,
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
        let its = &plan.fleets[spec.fleet as usize];
        let mut takers = fleet.lend_takers();
        // Where nobody is known to be well, everybody is asked.
        let open = takers.is_empty() && its.detector.as_ref().is_some_and(|detector| detector.open);
        if open {
            fleet.everybody(&mut takers);
        }
        let known = spec.sticky.then(|| self.sticks.get(&(set, key)).copied()).flatten();
        let picked = match known.filter(|member| takers.binary_search(member).is_ok()) {
            Some(member) => Some(member),
            None if spec.zone_site != NONE => self.pick_near(plan, now, slot, (set, key), &takers),
            None => self.pick_of(plan, now, slot, (set, key), takers.len() as u32, |place| takers[place as usize]),
        };
        if spec.sticky
            && let Some(member) = picked
        {
            self.sticks.insert((set, key), member);
        }
        if open {
            takers.clear();
        }
        let fleet = &mut self.fleets[spec.fleet as usize];
        fleet.take_back(takers);
        if !its.moves {
            return picked;
        }
        // Who is sent to a member of which nobody knows yet that it is dead is not let in.
        let picked = picked.filter(|&member| fleet.life(member) != Life::Dead);
        picked.inspect(|&member| fleet.enters(member))
    }

    /// Chooses among those of the caller's zone, or of a zone drawn evenly; among all where nobody is there.
    fn pick_near(
        &mut self,
        plan: &Blueprint,
        now: Time,
        slot: u32,
        (set, key): (u32, u64),
        takers: &[u32],
    ) -> Option<u32> {
        let spec = &plan.sets[set as usize];
        let zones = plan.fleets[spec.fleet as usize].spec.zones.max(1);
        let there = |zone: u32| takers.iter().any(|member| member % zones == zone);
        let zone = self.zone_of_caller(plan, slot, set, zones).filter(|zone| there(*zone)).or_else(|| {
            let some = (0..zones).filter(|zone| there(*zone)).count().max(1) as u64;
            let chosen = self.random(slot, spec.zone_site).below(some) as usize;
            (0..zones).filter(|zone| there(*zone)).nth(chosen)
        })?;
        let mut near = std::mem::take(&mut self.near_by);
        near.clear();
        near.extend(takers.iter().filter(|member| *member % zones == zone));
        // Each zone has a turn of its own.
        let turn = self.zone_turns.get(&(set, zone)).copied().unwrap_or(0);
        let usual = std::mem::replace(&mut self.turns[set as usize], turn);
        let picked = self.pick_of(plan, now, slot, (set, key), near.len() as u32, |place| near[place as usize]);
        let turn = std::mem::replace(&mut self.turns[set as usize], usual);
        self.zone_turns.insert((set, zone), turn);
        self.near_by = near;
        picked
    }

    /// The zone of the member inside which a frame stands, if it does.
    fn zone_of_caller(&self, plan: &Blueprint, slot: u32, set: u32, zones: u32) -> Option<u32> {
        let mut scope = plan.program.scope_of[self.frames[slot].pc as usize];
        while scope != NONE {
            let here = plan.program.scopes[scope as usize];
            if let ScopeKind::Member { set: other, depth } = here.kind
                && other != set
                && plan.sets[other as usize].fleet != NONE
            {
                let cell = slot as usize * plan.program.cells as usize + depth as usize;
                return Some(self.cells[cell] as u32 % zones);
            }
            scope = here.outer;
        }
        None
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
