//! Elastic pools in a run: a request takes a member, waits for its start if it is new, and gives it back.

use std::collections::BTreeMap;

use super::blueprint::Blueprint;
use super::tally::Stay;
use super::world::State;
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::program::Pc;
use crate::engine::streams;
use crate::queueing::pool::{Pool, PoolSpec, Took};
use crate::record::results::{Counted, Shown};
use crate::record::{Histogram, Recorder};
use crate::units::time::SECOND;
use crate::units::{Law, Span, Time};

/// An elastic pool, and what is drawn for it.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolPlan {
    /// The part.
    pub part: u32,
    /// How members are kept and reused.
    pub spec: PoolSpec,
    /// Start of a new member: times that add up.
    pub start: Vec<Law>,
    /// How long an idle member stays.
    pub idle: Law,
    /// How old a member may become.
    pub life: Option<Law>,
    /// Sites of these draws.
    pub sites: [u32; 3],
    /// Its numbers under the names that the model gives them.
    pub shows: Vec<(String, PoolLevel)>,
    /// What is metered: paths of the time with a request, of all members, in seconds.
    pub meters: Vec<String>,
}

/// A number of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolLevel {
    /// Members with a request.
    Busy,
    /// Members without one.
    Idle,
    /// Members that are kept.
    Kept,
    /// Share of the kept ones that have a request.
    KeptBusy,
    /// New members.
    Starts,
    /// Share of requests that got a new one.
    Cold,
}

/// A pool and the times of its starts.
#[derive(Clone, Debug)]
pub(crate) struct PoolState {
    pub pool: Pool,
    starts: Recorder,
}

/// The pools at the start of a run.
pub(super) fn pools_of(plan: &Blueprint, seed: u64, replication: u64) -> Vec<PoolState> {
    let of = |it: &PoolPlan| {
        let name = &plan.parts[it.part as usize].name;
        let stream = streams::stream(seed, name, "reuse", replication);
        let spec = PoolSpec { stream, ..it.spec.clone() };
        PoolState { pool: Pool::new(&spec), starts: Recorder::new(Histogram::coarse()) }
    };
    plan.pools.iter().map(of).collect()
}

impl State {
    /// A request comes to a pool: true if it can go on at once.
    pub(super) fn hold_member<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        pc: Pc,
        set: u32,
        depth: u16,
    ) -> bool {
        let (now, index) = (agenda.now(), plan.sets[set as usize].pool as usize);
        let spec = &plan.pools[index];
        let (member, wait) = match self.pools[index].pool.take(now) {
            Took::Warm(member, ready) => (member, ready.since(now)),
            Took::Cold(member) => {
                let mut random = self.random(slot, spec.sites[0]);
                let start = spec.start.iter().fold(Span::ZERO, |sum, law| sum + law.span(&mut random));
                let life = spec.life.as_ref().map(|law| law.span(&mut self.random(slot, spec.sites[2])));
                let dies = life.map_or(Time::NEVER, |life| now + life);
                let state = &mut self.pools[index];
                state.pool.starts(member, now + start, dies);
                if now >= plan.from {
                    state.starts.record(start);
                }
                (member, start)
            }
            Took::Refused => {
                self.frames[slot].pc = pc;
                let (scope, cause) = (plan.program.scope_of[pc as usize], plan.sets[set as usize].cause);
                self.fail_from(plan, agenda, slot, scope, cause, Some(Stay::Refused { by_limit: true }));
                return false;
            }
        };
        *self.cell(plan, slot, depth) = u64::from(member);
        wait == Span::ZERO || self.takes(plan, agenda, slot, wait)
    }

    /// A request gives its member back.
    pub(super) fn goes_back(&mut self, plan: &Blueprint, now: Time, slot: u32, pool: u32, depth: u16) {
        let spec = &plan.pools[pool as usize];
        let idle = spec.idle.span(&mut self.random(slot, spec.sites[1]));
        let member = *self.cell(plan, slot, depth) as u32;
        self.pools[pool as usize].pool.give_back(now, member, idle);
    }

    /// Pools forget what was before the measuring.
    pub(super) fn begin_pools(&mut self, from: Time) {
        self.pools.iter_mut().for_each(|state| state.pool.begin(from));
    }

    /// What pools show.
    pub(crate) fn show_pools(&mut self, plan: &Blueprint, to: Time, all: &mut BTreeMap<String, Shown>) {
        for (spec, state) in plan.pools.iter().zip(&mut self.pools) {
            let pool = &mut state.pool;
            pool.close(to);
            for (path, level) in &spec.shows {
                let shown = match level {
                    PoolLevel::Busy => Shown::Level(pool.busy.clone()),
                    PoolLevel::Idle => Shown::Level(pool.idle.clone()),
                    PoolLevel::Kept => Shown::Level(pool.keeps.clone()),
                    PoolLevel::KeptBusy => {
                        Shown::Ratio(pool.kept_busy.integral(), pool.keeps.integral(), Counted::Share)
                    }
                    PoolLevel::Starts => Shown::Count(pool.cold, Counted::Ones),
                    PoolLevel::Cold => Shown::Ratio(pool.cold.into(), pool.taken.into(), Counted::Share),
                };
                all.insert(path.clone(), shown);
            }
            for path in &spec.meters {
                all.insert(path.clone(), Shown::Ratio(pool.busy.integral(), u128::from(SECOND), Counted::Ones));
            }
            let name = &plan.parts[spec.part as usize].name;
            all.insert(format!("{name}.start"), Shown::Times(state.starts.histogram()));
        }
    }
}
