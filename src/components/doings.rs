//! Second effects: what a call does that must not be done twice, and is, when it is tried or delivered again.
//!
//! A doing is the same doing if it differs from another one only by the number of the try or of the delivery that led to
//! it. Each frame that may lead to one carries an identity made of the sites and turns on its way, without those numbers;
//! what was sent carries that of its sending. An effect is there when the callee has done the work, whether or not
//! anybody still waits for the answer. Effects are remembered until their request is over with all that it set off, so
//! memory is bounded by what is open; of a scenario without such calls nothing is kept at all.

use std::collections::{BTreeMap, BTreeSet};

use super::blueprint::Blueprint;
use super::world::State;
use crate::record::results::{Counted, Shown};
use crate::units::random::join;

/// Calls with an effect.
#[derive(Clone, Debug, Default)]
pub struct EffectSpecs {
    /// Those that are not idempotent: the part that is called, and the site that keys it.
    pub calls: Vec<(u32, u32)>,
    /// Parts that are shown: called with `idempotent`, be it true or false.
    pub parts: BTreeSet<u32>,
}

/// What was done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Effects {
    /// By frame: what it does, whichever try or delivery it is.
    doing: Vec<u64>,
    /// By the request that it goes back to.
    done: BTreeSet<(u32, u64)>,
    /// By part.
    twice: BTreeMap<u32, u64>,
}

impl Effects {
    /// A frame does this, if nobody says otherwise.
    pub fn begins(&mut self, slot: u32, doing: u64) {
        let slot = slot as usize;
        if self.doing.len() <= slot {
            self.doing.resize(slot + 1, 0);
        }
        self.doing[slot] = doing;
    }

    /// What a frame does.
    pub fn of(&self, slot: u32) -> u64 {
        self.doing[slot as usize]
    }

    /// A request is over: its effects cannot come again.
    #[inline]
    pub fn forget(&mut self, request: u32) {
        if self.done.is_empty() {
            return;
        }
        while let Some(one) = self.done.range((request, 0)..=(request, u64::MAX)).next().copied() {
            self.done.remove(&one);
        }
    }
}

impl EffectSpecs {
    /// Does any call have an effect that must not come twice?
    pub fn any(&self) -> bool {
        !self.calls.is_empty()
    }
}

impl State {
    /// A frame does the same as the one that made it, from this site on and in this turn.
    #[inline]
    pub(crate) fn does_part_of(&mut self, plan: &Blueprint, from: u32, child: u32, (site, turn): (u32, u64)) {
        if plan.effects.any() {
            let doing = join(join(self.effects.of(from), self.sites[site as usize]), turn);
            self.effects.begins(child, doing);
        }
    }

    /// What is sent from here, whichever try sends it; 0 where nobody asks.
    pub(crate) fn sends_what(&self, plan: &Blueprint, slot: u32, site: u64) -> u64 {
        if plan.effects.any() { join(self.effects.of(slot), site) } else { 0 }
    }

    /// A call has had its effect; for the second time? Goes on in any case.
    pub(crate) fn has_effect(&mut self, plan: &Blueprint, slot: u32, call: u32) -> bool {
        let (part, site) = plan.effects.calls[call as usize];
        let what = join(self.effects.of(slot), self.sites[site as usize]);
        let new = self.effects.done.insert((self.origin(plan, slot), what));
        if !new && self.frames[slot].at >= plan.from {
            *self.effects.twice.entry(part).or_default() += 1;
        }
        true
    }

    /// Tells how many effects came again.
    pub(super) fn show_effects(&self, plan: &Blueprint, all: &mut BTreeMap<String, Shown>) {
        for part in &plan.effects.parts {
            let twice = self.effects.twice.get(part).copied().unwrap_or(0);
            let path = format!("{}.duplicates", plan.parts[*part as usize].name);
            all.insert(path, Shown::Count(twice, Counted::Ones));
        }
    }
}
