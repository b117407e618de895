//! Following a run for pictures: who is where is read at the end of each slice, from integrals that are kept anyway.
//!
//! Reading writes nothing that the run can see, so a run that is followed is the same to the last bit.

use std::collections::BTreeMap;

use super::blueprint::Blueprint;
use super::doors::Stay;
use super::gates::Law;
use super::happenings;
use super::world::{Line, RunWorld, State};
use crate::queueing::bucket::TOKEN;
use crate::record::timeline::{Following, Level, LevelTimeline, PartTimeline};
use crate::record::{Series, Timeline};
use crate::units::{Span, Time};

/// Faults and changes that are marked at most: more of them make no picture.
const MARKS: usize = 64;

/// A level of a part, by part, name and kind.
type Key = (u32, String, Level);

/// What was read at the ends of the slices so far.
#[derive(Clone, Debug)]
pub(crate) struct Levels {
    slot: Span,
    /// Slices read.
    read: usize,
    /// Of each level: what had been reached at the last reading, and what each slice added.
    levels: BTreeMap<Key, (u128, Vec<u128>)>,
}

impl Levels {
    fn add(&mut self, reached: BTreeMap<(u32, &str, Level), u128>) {
        for ((part, name, level), now) in reached {
            let (before, sums) = self.levels.entry((part, name.to_owned(), level)).or_default();
            sums.resize(self.read, 0);
            sums.push(now.saturating_sub(*before));
            *before = now;
        }
        self.read += 1;
    }
}

/// Who left a part: done, not let in, not let in by a limit.
#[derive(Clone, Debug)]
pub struct Leaving {
    /// See [`crate::record::timeline::PartTimeline`].
    pub left: Series,
    pub refused: Series,
    pub throttled: Series,
}

impl Leaving {
    /// Nobody yet.
    pub fn new(slot: Span) -> Leaving {
        let series = || Series::with_slot(slot);
        Leaving { left: series(), refused: series(), throttled: series() }
    }

    /// Somebody leaves.
    #[inline]
    pub fn leaves(&mut self, at: Time, stay: Stay) {
        match stay {
            Stay::Done | Stay::Broken => self.left.add(at, 1),
            Stay::Refused { by_limit: true } => self.throttled.add(at, 1),
            Stay::Refused { by_limit: false } => self.refused.add(at, 1),
            Stay::Withdrawn { .. } | Stay::Killed => {}
        }
    }
}

impl RunWorld {
    /// Follows the course of the run from its start, in slices of this width.
    pub fn follow(&mut self, slot: Span) {
        let state = &mut self.state;
        state.levels = Some(Box::new(Levels { slot, read: 0, levels: BTreeMap::new() }));
        state.tally.flows.iter_mut().for_each(|flow| flow.following = Some(Box::new(Following::new(slot))));
        state.tally.parts.iter_mut().for_each(|part| part.leaving = Some(Box::new(Leaving::new(slot))));
    }

    /// A slice is over: everything before `now` has happened.
    pub fn slice_ends(&mut self, now: Time) {
        self.state.read_levels(&self.plan, now);
    }
}

impl State {
    fn read_levels(&mut self, plan: &Blueprint, now: Time) {
        let Some(mut levels) = self.levels.take() else { return };
        levels.add(if self.measuring { self.levels(plan, now) } else { BTreeMap::new() });
        self.levels = Some(levels);
    }

    /// The course up to `to`; on a copy of the state.
    pub(super) fn timeline(&mut self, plan: &Blueprint, to: Time) -> Option<Box<Timeline>> {
        let slot = self.levels.as_ref()?.slot;
        if self.levels.as_ref()?.read < to.0.div_ceil(slot.0) as usize {
            self.read_levels(plan, to);
        }
        let tally = &self.tally;
        let flows = tally.flows.iter().filter_map(|flow| Some(flow.following.as_ref()?.told(slot, &flow.good)));
        let parts = tally.parts.iter().filter_map(|part| {
            let Leaving { left, refused, throttled } = (**part.leaving.as_ref()?).clone();
            let came = part.came.widened_to(slot);
            Some(PartTimeline { came, left, refused, throttled, levels: Vec::new() })
        });
        let (flows, mut parts): (Vec<_>, Vec<PartTimeline>) = (flows.collect(), parts.collect());
        for ((part, name, level), (_, sums)) in self.levels.take()?.levels {
            parts[part as usize].levels.push(LevelTimeline { name, level, sums });
        }
        let marks = happenings::marks(plan, self.seed, MARKS);
        Some(Box::new(Timeline { slot, from: plan.from, to, runs: 1, marks, flows, parts }))
    }

    /// Integrals since the measuring began.
    fn levels<'a>(&self, plan: &'a Blueprint, now: Time) -> BTreeMap<(u32, &'a str, Level), u128> {
        let mut all = BTreeMap::new();
        let mut add =
            |part: u32, name: &'a str, level: Level, sum: u128| *all.entry((part, name, level)).or_default() += sum;
        for (spec, line) in plan.lines.iter().zip(&self.lines) {
            let (used, there, waiting) = match line {
                Line::Lived(station) => {
                    (station.held.so_far(now), station.offered.so_far(now), station.queue.so_far(now))
                }
                Line::Known(known) => {
                    let gauges = known.close(now);
                    (gauges.held.integral(), gauges.offered.integral(), gauges.queue.integral())
                }
            };
            add(spec.part, &spec.name, Level::Used, used);
            add(spec.part, &spec.name, Level::There, there);
            if !spec.pool {
                add(spec.part, "", Level::Waiting, waiting);
            }
        }
        for (spec, share) in plan.shares.iter().zip(&self.shares) {
            add(spec.part, "", Level::Used, share.given_so_far(now));
            add(spec.part, "", Level::There, share.offered.so_far(now));
            add(spec.part, "", Level::Waiting, share.beyond.so_far(now));
        }
        for (spec, of) in plan.loops.loops.iter().zip(&self.loops) {
            add(spec.part, "", Level::Used, of.held.so_far(now));
            add(spec.part, "", Level::There, u128::from(of.threads()) * u128::from(now.since(plan.from).0));
            add(spec.part, "", Level::Waiting, of.queue.so_far(now));
        }
        self.levels_of_gates(plan, now, &mut add);
        for (spec, store) in plan.messages.iter().zip(&self.messages.all) {
            add(spec.part, "", Level::Waiting, store.waiting.so_far(now));
        }
        for (spec, fleet) in plan.fleets.iter().zip(&self.fleets) {
            add(spec.part, "", Level::Members, fleet.billed.so_far(now));
            add(spec.part, "", Level::Serving, fleet.serving.so_far(now));
            add(spec.part, "", Level::Wanted, fleet.asked.so_far(now));
        }
        for (spec, state) in plan.pools.iter().zip(&self.pools) {
            add(spec.part, "", Level::Busy, state.pool.busy.so_far(now));
        }
        all
    }

    /// Limits in time: what was let through and what would have been, in thousand-millionths, which over nanoseconds is a
    /// rate a second.
    fn levels_of_gates<'a>(&self, plan: &'a Blueprint, now: Time, add: &mut impl FnMut(u32, &'a str, Level, u128)) {
        let span = u128::from(now.since(plan.from).0);
        for (spec, gate) in plan.gates.gates.iter().zip(&self.gates) {
            let rate = match &gate.law {
                Law::Open => continue,
                _ if spec.keyed => None,
                Law::Bucket(bucket) => Some(bucket.offered(now)),
                Law::Ratchet(ratchet) => Some(ratchet.capacity.so_far(now)),
                Law::Window(window) => {
                    let (_, rule) = window.tightest();
                    Some((rule.most / TOKEN).saturating_mul(span) / u128::from(rule.window.0.max(1)) * TOKEN)
                }
            };
            add(spec.part, &spec.name, Level::Through, gate.tally.taken());
            rate.into_iter().for_each(|rate| add(spec.part, &spec.name, Level::Rate, rate));
            if spec.waits.is_some() {
                add(spec.part, "", Level::Waiting, gate.line.queue.so_far(now));
            }
        }
    }
}
