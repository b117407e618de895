//! What requests are about: which one of a key, drawn once and then the same for all who ask.
//!
//! A key is a function of the request and of what has been drawn for the place, so nothing has to be kept for it. While a
//! key is hot it gets a share of the draws of all requests that begin in that time.

use super::blueprint::{Blueprint, Effect};
use super::store_specs::{KeyRef, PickSpec};
use super::world::State;
use crate::engine::program::NONE;
use crate::units::random::{join, key_of};
use crate::units::{Random, Time};

/// A stretch of time in which one of a key gets a share of the draws.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hot {
    from: Time,
    to: Time,
    share: f64,
}

/// What is known of each key while a run goes on.
#[derive(Clone, Debug)]
pub(crate) struct KeyState {
    /// Where its draws begin.
    stream: u64,
    /// Where it is drawn to what it belongs.
    owners: u64,
    hot: Vec<Hot>,
}

impl KeyState {
    /// All keys, at the start of a run whose draws begin at `base`.
    pub fn all(plan: &Blueprint, base: u64) -> Vec<KeyState> {
        let state = |name: &str| {
            let stream = join(base, key_of(name));
            KeyState { stream, owners: join(stream, key_of("of")), hot: Vec::new() }
        };
        plan.keys.iter().map(|key| state(&key.name)).collect()
    }
}

impl State {
    /// Which one of a key is meant at a place.
    pub(super) fn key_at(&self, plan: &Blueprint, slot: u32, at: KeyRef) -> u64 {
        if at.cell == u16::MAX {
            return self.key_of(plan, slot, at.key);
        }
        let cells = plan.program.cells as usize;
        let value = self.cells[slot as usize * cells + at.cell as usize];
        self.climb(plan, self.origin(plan, slot), at.from, value, at.key).unwrap_or(value)
    }

    /// Which one of a key this frame is about: of a run, that with which was sent what it works on.
    pub(super) fn key_of(&self, plan: &Blueprint, slot: u32, key: u32) -> u64 {
        let origin = self.origin(plan, slot);
        match self.sent_with(plan, slot) {
            Some(with) => self.key_sent(plan, origin, with, key),
            None => self.key_of_request(plan, origin, key),
        }
    }

    /// Which one of a key is meant by who was sent with another one of some key: that one, or what it belongs to; else the
    /// one of the request.
    pub(super) fn key_sent(&self, plan: &Blueprint, asks: u32, with: (u32, u64), key: u32) -> u64 {
        let (from, value) = with;
        let other = if from == NONE { None } else { self.climb(plan, asks, from, value, key) };
        other.unwrap_or_else(|| self.key_of_request(plan, asks, key))
    }

    /// Which one of a key a request is about.
    pub(super) fn key_of_request(&self, plan: &Blueprint, asks: u32, key: u32) -> u64 {
        let spec = &plan.keys[key as usize];
        let request = &self.requests[asks];
        let entry = &plan.entries[request.entry as usize];
        // Also of a flow within another one: who asks there asks here.
        let own = plan.sources.get(entry.asker as usize).and_then(|source| source.key);
        if let Some(own) = own {
            let user = (request.user != NONE).then(|| u64::from(request.user) % plan.keys[own as usize].count.max(1));
            // A line of a trace says which; else it is the user's.
            let told = request.key.checked_sub(1).or(user);
            if let Some(value) = told.and_then(|told| self.climb(plan, asks, own, told, key)) {
                return value;
            }
        }
        if let Some(child) = spec.follows {
            let value = self.key_of_request(plan, asks, child);
            return self.climb(plan, asks, child, value, key).unwrap_or(value);
        }
        let stream = join(self.keys[key as usize].stream, request.number);
        // Keyed by the name of the entry: its number changes with what stands beside it.
        let stream = join(stream, self.sites[entry.site as usize]);
        if spec.fresh { stream } else { self.draw_key(plan, asks, key, &mut Random::new(stream)) }
    }

    /// To which one of `to` the one of `key` belongs, for ever; none if such do not belong to such.
    fn climb(&self, plan: &Blueprint, asks: u32, key: u32, value: u64, to: u32) -> Option<u64> {
        let (mut key, mut value) = (key, value);
        while key != to {
            let owner = plan.keys[key as usize].of?;
            let mut random = Random::new(join(self.keys[key as usize].owners, value));
            value = self.draw_key(plan, asks, owner, &mut random);
            key = owner;
        }
        Some(value)
    }

    /// Another one of a key.
    pub(super) fn another(&self, plan: &Blueprint, slot: u32, key: u32, site: u32) -> u64 {
        let mut random = self.random(slot, site);
        if plan.keys[key as usize].fresh {
            return random.bits();
        }
        self.draw_key(plan, self.origin(plan, slot), key, &mut random)
    }

    fn draw_key(&self, plan: &Blueprint, asks: u32, key: u32, random: &mut Random) -> u64 {
        let spec = &plan.keys[key as usize];
        let hot = &self.keys[key as usize].hot;
        if !hot.is_empty() {
            let began = self.requests[asks].start;
            for hot in hot.iter().filter(|hot| hot.from <= began && began < hot.to) {
                if random.chance(hot.share) {
                    return 0;
                }
            }
        }
        match &spec.pick {
            PickSpec::Uniform => random.below(spec.count.max(1)),
            PickSpec::Zipf(law) => law.draw(random),
            PickSpec::Hot { keys, share } => {
                if random.chance(*share) || *keys >= spec.count {
                    random.below((*keys).max(1))
                } else {
                    keys + random.below(spec.count - keys)
                }
            }
        }
    }

    /// One of a key gets a share of the draws, or does no longer.
    pub(super) fn hot_key(&mut self, now: Time, effect: &Effect, on: bool) {
        let Effect::HotKey { key, share } = *effect else { return };
        let hot = &mut self.keys[key as usize].hot;
        if on {
            return hot.push(Hot { from: now, to: Time::NEVER, share });
        }
        if let Some(ending) = hot.iter_mut().find(|hot| hot.to == Time::NEVER && hot.share == share) {
            ending.to = now;
        }
    }
}
