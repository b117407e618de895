//! What a frame draws, asks and chooses on its way: members, branches, numbers, keys.
//!
//! Every draw is keyed by the frame and the place in its program, so none depends on when it is made.

use super::blueprint::{Blueprint, Comparison, NumberSpec, PolicyOfChoice as Policy};
use super::world::{Line, State};
use crate::units::random::join;
use crate::units::{Random, Time};

impl State {
    #[inline]
    pub(crate) fn random(&self, slot: u32, site: u32) -> Random {
        Random::new(join(self.frames[slot].ident, self.sites[site as usize]))
    }

    /// Chooses a member of a set.
    pub(super) fn pick(&mut self, plan: &Blueprint, now: Time, slot: u32, set: u32) -> u32 {
        let spec = &plan.sets[set as usize];
        let members = u64::from(spec.members);
        match spec.policy {
            Policy::RoundRobin => {
                let turn = self.turns[set as usize];
                self.turns[set as usize] = turn + 1;
                (turn % members) as u32
            }
            Policy::Random => self.random(slot, spec.site).below(members) as u32,
            Policy::TwoChoices => {
                let mut random = self.random(slot, spec.site);
                let one = random.below(members) as u32;
                let other = (u64::from(one) + 1 + random.below((members - 1).max(1))) % members;
                let other = other as u32;
                if self.open_at(plan, now, set, other) < self.open_at(plan, now, set, one) { other } else { one }
            }
            Policy::Least => {
                let mut random = self.random(slot, spec.site);
                let least = (0..spec.members).map(|m| self.open_at(plan, now, set, m)).min().unwrap_or(0);
                let ties = (0..spec.members).filter(|&m| self.open_at(plan, now, set, m) == least).count();
                let chosen = random.below(ties as u64) as usize;
                (0..spec.members).filter(|&m| self.open_at(plan, now, set, m) == least).nth(chosen).unwrap_or(0)
            }
        }
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

    pub(super) fn choose(&mut self, plan: &Blueprint, slot: u32, table: u32, site: u32) {
        let drawn = self.random(slot, site).unit();
        let mut below = 0.0;
        for branch in &plan.choices[table as usize] {
            let by_chance = branch.chance.is_none_or(|chance| {
                below += chance;
                drawn < below
            });
            if by_chance && branch.when.is_none_or(|when| self.holds(plan, slot, when)) {
                self.frames[slot].pc = branch.to;
                return;
            }
        }
    }

    pub(super) fn holds(&self, plan: &Blueprint, slot: u32, when: u32) -> bool {
        let when = &plan.whens[when as usize];
        let left = self.number(plan, slot, when.number);
        match when.compare {
            Comparison::Less => left < when.than,
            Comparison::AtMost => left <= when.than,
            Comparison::Equal => left == when.than,
            Comparison::AtLeast => left >= when.than,
            Comparison::More => left > when.than,
        }
    }

    /// A number as this frame sees it.
    pub(crate) fn number(&self, plan: &Blueprint, slot: u32, number: u32) -> f64 {
        match plan.numbers[number as usize] {
            NumberSpec::Just(number) => number,
            NumberSpec::Law { law, site } => plan.laws[law as usize].sample(&mut self.random(slot, site)),
            NumberSpec::Attribute { key, attribute } => {
                let id = self.key_at(plan, slot, key);
                let (name, law) = &plan.keys[key.key as usize].attributes[attribute as usize];
                let stream = join(join(self.seed, crate::units::random::key_of(name)), id);
                law.sample(&mut Random::new(stream))
            }
        }
    }
}
