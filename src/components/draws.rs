//! What a frame draws, asks and chooses on its way: branches, numbers, keys.
//!
//! Every draw is keyed by the frame and the place in its program, so none depends on when it is made.

use super::blueprint::{Blueprint, Comparison, NumberSpec, PickSpec};
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
            NumberSpec::Law { law, site } => plan.laws[law as usize].sample(&mut self.random(slot, site)),
            NumberSpec::Attribute { key, attribute } => {
                let id = self.key_of(plan, slot, key);
                let (name, law) = &plan.keys[key as usize].attributes[attribute as usize];
                let stream = join(join(self.seed, crate::units::random::key_of(name)), id);
                law.sample(&mut Random::new(stream))
            }
        }
    }

    /// Which one of a key this frame's request is about: a function of the request, so nothing has to be kept.
    pub(super) fn key_of(&self, plan: &Blueprint, slot: u32, key: u32) -> u64 {
        let spec = &plan.keys[key as usize];
        let request = &self.requests[self.frames[slot].request];
        // Also of a flow within another one: who asks there asks here.
        let source = plan.sources.get(plan.entries[request.entry as usize].asker as usize);
        if source.is_some_and(|source| source.key == Some(key)) {
            return if request.key != 0 { request.key } else { u64::from(request.user) };
        }
        if spec.fresh {
            return request.number;
        }
        let stream = join(join(self.seed, crate::units::random::key_of(&spec.name)), request.number);
        // Keyed by the name of the entry: its number changes with what stands beside it.
        let entry = &plan.entries[request.entry as usize];
        let mut random = Random::new(join(stream, self.sites[entry.site as usize]));
        match spec.pick {
            PickSpec::Uniform => random.below(spec.count.max(1)),
            PickSpec::Zipf(exponent) => crate::units::zipf::zipf(spec.count.max(1), exponent, &mut random),
            PickSpec::Hot { keys, share } => {
                if random.chance(share) || keys >= spec.count {
                    random.below(keys.max(1))
                } else {
                    keys + random.below(spec.count - keys)
                }
            }
        }
    }
}
