//! What a frame draws, asks and chooses on its way: branches, numbers, keys.
//!
//! Every draw is keyed by the frame and the place in its program, so none depends on when it is made.

use super::blueprint::{Blueprint, Comparison, NumberSpec};
use super::world::State;
use crate::units::Random;
use crate::units::random::join;

impl State {
    #[inline]
    pub(crate) fn random(&self, slot: u32, site: u32) -> Random {
        Random::new(join(self.frames[slot].ident, self.sites[site as usize]))
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
            NumberSpec::Records => self.records(plan, slot) as f64,
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
