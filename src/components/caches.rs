//! Caches as requests use them: a look, a fetch when it misses, a fill when the answer is there.
//!
//! A look keeps two cells: the key, and what it has come to. Who finds that its key is being fetched waits at its look and
//! goes on with what the fetch brings, an answer or a failure. A stale answer is given at once, and fetched anew behind it.

use std::collections::BTreeMap;

use super::blueprint::Blueprint;
use super::frames::{Frame, Parent, Waits};
use super::store_specs::{CachePart, Keeps, LookSpec};
use super::world::State;
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::program::{Op, Pc};
use crate::queueing::cache::{Cache, CacheSpec, Counts, Found};
use crate::queueing::fetches::Fetches;
use crate::record::results::{Cause, Counted, Shown};
use crate::units::random::{join, key_of};
use crate::units::time::SECOND;
use crate::units::{Span, Time};

/// Of the second cell of a look: nothing was found, and nobody waits for the fetch.
const MISSED: u64 = 0;
/// It was found. Everything between is a fetch and 1.
const HIT: u64 = u64::MAX;
/// The fetch that it waited for failed, with the cause of the number that lies below.
const FAILED: u64 = u64::MAX - 1;

/// A cache being run.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    cache: Cache,
    fetches: Fetches,
    /// Looks that got what another had fetched.
    coalesced: u64,
    /// Hits and misses where a share of hits is typed in.
    typed: (u64, u64),
    /// Hits and misses of each phase.
    phases: Vec<(u64, u64)>,
}

impl Kept {
    /// All caches of a scenario, each as often as there are members that have one, in a run whose draws begin at `base`.
    pub fn all(plan: &Blueprint, base: u64) -> Vec<Kept> {
        plan.stores.caches.iter().flat_map(|part| Kept::of(plan, part, base)).collect()
    }

    fn of(plan: &Blueprint, part: &CachePart, base: u64) -> Vec<Kept> {
        let name = &plan.parts[part.part as usize].name;
        let stream = join(join(base, key_of(name)), key_of(&format!("{}victim", part.lead)));
        let nothing = CacheSpec::nothing();
        let spec = if let Keeps::Entries { spec, .. } = &part.keeps { spec } else { &nothing };
        let one = |copy: u32| Kept {
            cache: Cache::new(spec, join(stream, u64::from(copy))),
            fetches: Fetches::default(),
            coalesced: 0,
            typed: (0, 0),
            phases: vec![(0, 0); plan.phases.len()],
        };
        (0..part.copies).map(one).collect()
    }

    /// The counting begins.
    pub fn begin(&mut self, now: Time) {
        self.cache.begin(now);
        (self.coalesced, self.typed) = (0, (0, 0));
        self.phases.fill((0, 0));
    }

    /// Looks that found something, and that did not.
    pub fn found(&self) -> (u64, u64) {
        let counts = self.cache.counts();
        (counts.hits + self.typed.0, counts.misses + self.typed.1)
    }

    /// A look was a hit, or was not.
    fn looked(&mut self, plan: &Blueprint, now: Time, hit: bool) {
        for ((_, from, to), (hits, misses)) in plan.phases.iter().zip(&mut self.phases) {
            if (*from..*to).contains(&now) {
                *(if hit { hits } else { misses }) += 1;
            }
        }
    }
}

impl State {
    fn cache_of(&self, plan: &Blueprint, slot: u32, look: &LookSpec) -> usize {
        let first = plan.stores.caches[look.cache as usize].first;
        let copy = if look.member == u16::MAX { 0 } else { self.peek_cell(plan, slot, look.member) as u32 };
        (first + copy) as usize
    }

    fn peek_cell(&self, plan: &Blueprint, slot: u32, depth: u16) -> u64 {
        self.cells[slot as usize * plan.program.cells as usize + depth as usize]
    }

    /// Asks a cache; true if it can go on at once.
    pub(super) fn looks(&mut self, plan: &Blueprint, now: Time, slot: u32, look: u32, to: Pc) -> bool {
        let spec = plan.stores.looks[look as usize];
        let part = &plan.stores.caches[spec.cache as usize];
        let index = self.cache_of(plan, slot, &spec);
        let (Keeps::Entries { .. }, Some(key)) = (&part.keeps, spec.key) else {
            self.typed_look(plan, slot, &spec, index, to);
            return true;
        };
        let key = self.key_at(plan, slot, key);
        *self.cell(plan, slot, spec.depth) = key;
        let kept = &mut self.caches[index];
        let found = kept.cache.look(now, key);
        kept.looked(plan, now, found != Found::Miss);
        let fetch = if part.coalesce || spec.refreshes() { kept.fetches.of(key) } else { None };
        let become_of = match (found, fetch) {
            (Found::Miss, Some(fetch)) if part.coalesce => {
                kept.fetches.join(fetch, slot);
                let frame = &mut self.frames[slot];
                (frame.waits, frame.pc) = (Waits::Fetch(index as u32, fetch), frame.pc - 1);
                return false;
            }
            (Found::Miss, None) if part.coalesce => 1 + u64::from(kept.fetches.begin(key)),
            (Found::Miss, _) => MISSED,
            (Found::Stale, None) if spec.refreshes() => {
                let fetch = kept.fetches.begin(key);
                self.refresh(plan, slot, &spec, fetch);
                HIT
            }
            (Found::Failure(cause), _) => FAILED - u64::from(cause),
            _ => HIT,
        };
        *self.cell(plan, slot, spec.depth + 1) = become_of;
        if found != Found::Miss {
            self.frames[slot].pc = to;
        }
        true
    }

    /// A look where a share of hits is typed in.
    fn typed_look(&mut self, plan: &Blueprint, slot: u32, spec: &LookSpec, index: usize, to: Pc) {
        let Keeps::Nothing { hits } = plan.stores.caches[spec.cache as usize].keeps else { return };
        let hit = self.random(slot, spec.site).chance(hits);
        let (kept, at) = (&mut self.caches[index], self.frames[slot].at);
        *(if hit { &mut kept.typed.0 } else { &mut kept.typed.1 }) += 1;
        kept.looked(plan, at, hit);
        *self.cell(plan, slot, spec.depth + 1) = if hit { HIT } else { MISSED };
        if hit {
            self.frames[slot].pc = to;
        }
    }

    /// Fetches an answer anew, behind the stale one that is being given.
    fn refresh(&mut self, plan: &Blueprint, slot: u32, spec: &LookSpec, fetch: u32) {
        let parent = self.frames[slot];
        let ident = join(parent.ident, self.sites[spec.site as usize]);
        let child = Frame { pc: spec.refresh, ident, parent: Parent::Nobody, waits: Waits::Nothing, ..parent };
        let child = self.new_frame(plan, child);
        self.copy_cells(plan, slot, child);
        *self.cell(plan, child, spec.depth + 1) = 1 + u64::from(fetch);
        self.ready.push(child);
    }

    /// What a look has come to: goes on elsewhere with an answer, fails if the fetch that it waited for did.
    pub(super) fn after_look<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        (depth, to): (u16, Pc),
    ) -> bool {
        match self.peek_cell(plan, slot, depth + 1) {
            HIT => self.frames[slot].pc = to,
            failed if failed > FAILED - Cause::ALL.len() as u64 => {
                let pc = self.frames[slot].pc - 1;
                self.fails(plan, agenda, slot, pc, (FAILED - failed) as u8);
                return false;
            }
            _ => {}
        }
        true
    }

    /// What comes back is filled in, and those who waited for it go on.
    pub(super) fn fills(&mut self, plan: &Blueprint, now: Time, slot: u32, look: u32) -> bool {
        let spec = plan.stores.looks[look as usize];
        if spec.fill {
            let key = self.peek_cell(plan, slot, spec.depth);
            self.put(plan, now, slot, &spec, key);
        }
        self.fetch_ends(plan, now, slot, &spec, HIT);
        true
    }

    fn put(&mut self, plan: &Blueprint, now: Time, slot: u32, spec: &LookSpec, key: u64) {
        let Keeps::Entries { life, jitter, .. } = plan.stores.caches[spec.cache as usize].keeps else { return };
        let life = match jitter > 0.0 {
            true => Span::from_nanos(life.0 as f64 * (1.0 - jitter * self.random(slot, spec.site).unit())),
            false => life,
        };
        let index = self.cache_of(plan, slot, spec);
        self.caches[index].cache.fill(now, key, life);
    }

    /// Puts something into a cache, or takes it out.
    pub(super) fn keeps(&mut self, plan: &Blueprint, now: Time, slot: u32, look: u32, stays: bool) {
        let spec = plan.stores.looks[look as usize];
        let Some(key) = spec.key else { return };
        let key = self.key_at(plan, slot, key);
        if stays {
            return self.put(plan, now, slot, &spec, key);
        }
        let index = self.cache_of(plan, slot, &spec);
        self.caches[index].cache.drop_key(now, key);
    }

    /// A fetch has failed: so it has for those who waited for it.
    pub(crate) fn fetch_fails(&mut self, plan: &Blueprint, now: Time, slot: u32, look: u32, cause: u8) {
        let spec = plan.stores.looks[look as usize];
        let Keeps::Entries { failures, .. } = plan.stores.caches[spec.cache as usize].keeps else { return };
        let come_to = self.peek_cell(plan, slot, spec.depth + 1);
        if let Some(life) = failures.filter(|_| spec.fill && (come_to == MISSED || fetch_of(come_to).is_some())) {
            let (key, index) = (self.peek_cell(plan, slot, spec.depth), self.cache_of(plan, slot, &spec));
            self.caches[index].cache.fill_failure(now, key, life, cause);
        }
        self.fetch_ends(plan, now, slot, &spec, FAILED - u64::from(cause));
    }

    fn fetch_ends(&mut self, plan: &Blueprint, now: Time, slot: u32, spec: &LookSpec, result: u64) {
        let Some(fetch) = self.fetching(plan, slot, spec) else { return };
        *self.cell(plan, slot, spec.depth + 1) = MISSED;
        let index = self.cache_of(plan, slot, spec);
        let first = self.ready.len();
        let kept = &mut self.caches[index];
        kept.fetches.end(fetch, &mut self.ready);
        kept.coalesced += (self.ready.len() - first) as u64;
        for at in first..self.ready.len() {
            self.tell(plan, now, self.ready[at], result);
        }
        // The last pushed runs first; they go on in the order in which they came.
        self.ready[first..].reverse();
    }

    /// Somebody who waits at a look goes on with what the fetch has brought.
    fn tell(&mut self, plan: &Blueprint, now: Time, slot: u32, result: u64) {
        let pc = self.frames[slot].pc;
        let Op::Look { look, to } = plan.program.ops[pc as usize] else {
            unreachable!("who waits for a fetch stands at a look");
        };
        let depth = plan.stores.looks[look as usize].depth;
        *self.cell(plan, slot, depth + 1) = result;
        // Who fetches itself from now on goes on behind its look.
        let next = if fetch_of(result).is_some() { pc + 1 } else { to };
        let frame = &mut self.frames[slot];
        (frame.at, frame.waits, frame.pc) = (now, Waits::Nothing, next);
    }

    /// The fetch that a frame does for others, if any.
    fn fetching(&self, plan: &Blueprint, slot: u32, spec: &LookSpec) -> Option<u32> {
        fetch_of(self.peek_cell(plan, slot, spec.depth + 1))
    }

    /// Whoever fetches is taken back: the first who waits goes on as if it had missed.
    pub(crate) fn fetch_withdrawn(&mut self, plan: &Blueprint, now: Time, slot: u32, look: u32) {
        let spec = plan.stores.looks[look as usize];
        let Some(fetch) = self.fetching(plan, slot, &spec) else { return };
        let index = self.cache_of(plan, slot, &spec);
        let Some(next) = self.caches[index].fetches.hand_over(fetch) else { return };
        self.tell(plan, now, next, 1 + u64::from(fetch));
        self.ready.push(next);
    }

    /// Somebody who waits for a fetch is taken back.
    pub(crate) fn leaves_fetch(&mut self, cache: u32, fetch: u32, slot: u32) {
        self.caches[cache as usize].fetches.leave(fetch, slot);
    }

    /// The caches of a part.
    fn caches_of<'p>(plan: &'p Blueprint, part: u32) -> impl Iterator<Item = usize> + 'p {
        let own = plan.stores.caches.iter().filter(move |cache| cache.part == part);
        own.flat_map(|cache| cache.first as usize..(cache.first + cache.copies) as usize)
    }

    /// The caches of a part forget everything.
    pub(crate) fn flush(&mut self, plan: &Blueprint, now: Time, part: u32) {
        State::caches_of(plan, part).for_each(|index| self.caches[index].cache.flush(now));
    }

    /// A member is no more: so is what its caches kept.
    pub(crate) fn forget_member(&mut self, plan: &Blueprint, now: Time, set: u32, member: u32) {
        for part in plan.stores.caches.iter().filter(|part| part.set == set) {
            self.caches[(part.first + member) as usize].cache.flush(now);
        }
    }

    /// What they keep of the keys below this is too old.
    pub(crate) fn expire(&mut self, plan: &Blueprint, now: Time, part: u32, keys: u64) {
        State::caches_of(plan, part).for_each(|index| self.caches[index].cache.expire(now, keys));
    }

    /// What the caches show.
    pub(crate) fn show_caches(&self, plan: &Blueprint, to: Time, all: &mut BTreeMap<String, Shown>) {
        let measured = u128::from(to.since(plan.from).0);
        for part in &plan.stores.caches {
            let lead = format!("{}.{}", plan.parts[part.part as usize].name, part.lead);
            let copies = &self.caches[part.first as usize..(part.first + part.copies) as usize];
            let mut show = |name: &str, shown: Shown| drop(all.insert(format!("{lead}{name}"), shown));
            let counts = sum(copies);
            for (name, n) in [
                ("hits", counts.hits),
                ("misses", counts.misses),
                ("looks", counts.hits + counts.misses),
                ("coalesced", copies.iter().map(|kept| kept.coalesced).sum()),
                ("stale", counts.stale),
                ("fills", counts.fills),
                ("replaced", counts.replaced),
                ("evicted", counts.evicted),
                ("expired", counts.expired),
                ("dropped", counts.dropped),
            ] {
                show(name, Shown::Count(n, Counted::Ones));
            }
            let (hits, misses) = (u128::from(counts.hits), u128::from(counts.misses));
            show("hit_ratio", Shown::Ratio(hits, hits + misses, Counted::Share));
            show("misses.rate", Shown::Ratio(misses * u128::from(SECOND), measured, Counted::PerSecond));
            for (phase, (name, ..)) in plan.phases.iter().enumerate() {
                let all = copies.iter().map(|kept| kept.phases[phase]);
                let (hits, misses) = all.fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
                show(&format!("hits in {name}"), Shown::Count(hits, Counted::Ones));
                show(&format!("misses in {name}"), Shown::Count(misses, Counted::Ones));
                let (hits, looks) = (u128::from(hits), u128::from(hits + misses));
                show(&format!("hit_ratio in {name}"), Shown::Ratio(hits, looks, Counted::Share));
            }
            let kept: u64 = copies.iter().map(|kept| kept.cache.kept()).sum();
            show("entries", Shown::Once(Some(kept as f64), Counted::Ones));
            let lived = copies.iter().map(|kept| kept.cache.lived(to)).sum();
            show("entries.mean", Shown::Ratio(lived, measured, Counted::Ones));
        }
    }
}

/// The fetch that a look has begun.
fn fetch_of(become_of: u64) -> Option<u32> {
    let fetch = if become_of > FAILED - Cause::ALL.len() as u64 { 0 } else { become_of };
    fetch.checked_sub(1).map(|fetch| fetch as u32)
}

fn sum(copies: &[Kept]) -> Counts {
    let mut sum = Counts::default();
    for Kept { cache, typed, .. } in copies {
        let one = cache.counts();
        sum.hits += one.hits + typed.0;
        sum.misses += one.misses + typed.1;
        sum.stale += one.stale;
        sum.fills += one.fills;
        sum.replaced += one.replaced;
        sum.evicted += one.evicted;
        sum.expired += one.expired;
        sum.dropped += one.dropped;
    }
    sum
}
