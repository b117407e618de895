//! Elastic pools bound: starts, keeping, reuse, and what a member gives to the request that has it.

use super::Compiler;
use super::parts::{Bound, Part, laws, number};
use crate::components::blueprint::{Effect, PolicyOfChoice};
use crate::components::pools::{PoolLevel, PoolPlan};
use crate::engine::program::NONE;
use crate::queueing::pool::{PoolSpec, Reuse, StartRate};
use crate::record::results::Cause;
use crate::scenario::model::{Counting, ExprOp, Instance, StageInstance, Value};
use crate::scenario::tree::At;
use crate::units::Law;

impl<'a> Compiler<'a> {
    pub(super) fn bind_pool(&mut self, name: &str, part: &Part<'_>, stage: &StageInstance, at: At) -> Bound {
        for setting in ["kept_after", "kept_rate"] {
            if stage.settings.get(setting).is_some_and(|value| !value.is_off()) {
                let says = format!("`{setting}` of a pool (of `{name}`) is not run by this version of archsim");
                self.error(at, says, "take it away: what is kept is there from the start");
            }
        }
        let reuse = match stage.settings.get("reuse") {
            Some(Value::Word(word)) if word == "oldest" => Reuse::Oldest,
            Some(Value::Word(word)) if word == "random" => Reuse::Random,
            _ => Reuse::Newest,
        };
        let starts = match stage.settings.get("starts") {
            Some(Value::Stage(gate)) => part.instance.stages.get(*gate).and_then(start_rate),
            _ => None,
        };
        let sites = ["start", "idle", "life"].map(|purpose| self.named_site(format!("{name}/{purpose}")));
        let index = part.instance.stages.iter().position(|other| other.name == stage.name).unwrap_or(0);
        let set = self.new_set(name, 1, PolicyOfChoice::RoundRobin, stage);
        let spec = &mut self.out.sets[set as usize];
        spec.pool = self.out.pools.len() as u32;
        if stage.cause.is_none() {
            spec.cause = Cause::Throttled as u8;
        }
        self.out.pools.push(PoolPlan {
            part: part.index,
            spec: PoolSpec { kept: number(stage, "kept").unwrap_or(0.0) as u32, reuse, starts, stream: 0 },
            start: laws(stage.settings.get("start")),
            idle: laws(stage.settings.get("idle")).into_iter().next().unwrap_or(Law::Constant(f64::INFINITY)),
            life: laws(stage.settings.get("life")).into_iter().next(),
            sites,
            shows: shows(name, &part.instance, index),
            meters: meters(name, &part.instance, index),
        });
        self.ordered.insert(part.index);
        Bound::Set(set)
    }

    /// Each member of a pool has a processor of its own: a request works as fast as one core, or as the part of one.
    pub(super) fn bind_alone(&mut self, stage: &StageInstance) -> Bound {
        let each = number(stage, "each").unwrap_or(1.0);
        let speed = number(stage, "capacity").unwrap_or(1.0).min(each);
        Bound::Alone { billionths: (1e9 / speed.max(1e-6)).round() as u64 }
    }

    /// Is this stage the gate of starts of a pool of the same part?
    pub(super) fn is_gate_of_starts(part: &Part<'_>, stage: &StageInstance) -> bool {
        let stages = &part.instance.stages;
        let index = stages.iter().position(|other| other.name == stage.name);
        stages.iter().any(|pool| {
            let gate = pool.settings.get("starts");
            pool.mechanism == "elastic_pool" && index.is_some_and(|index| gate == Some(&Value::Stage(index)))
        })
    }

    /// Is a set an elastic pool?
    pub(super) fn is_pool(&self, set: Option<u32>) -> bool {
        set.and_then(|set| self.out.sets.get(set as usize)).is_some_and(|set| set.pool != NONE)
    }

    /// What a fault does to a pool; false if it is none that pools bear.
    pub(super) fn pool_fault(&self, kind: &str, target: &str, effects: &mut Vec<Effect>) -> bool {
        let Some(part) = self.parts.get(target) else { return false };
        let Some(fault) = part.instance.faults.get(kind).filter(|fault| fault.does == "clear") else { return false };
        let pools = fault.stages.iter().filter_map(|stage| match part.stages.get(*stage) {
            Some(Bound::Set(set)) => Some(self.out.sets.get(*set as usize)?.pool).filter(|pool| *pool != NONE),
            _ => None,
        });
        let before = effects.len();
        effects.extend(pools.map(|pool| Effect::ClearPool { pool }));
        effects.len() > before
    }
}

/// A limit of starts, as a bucket's settings say it.
fn start_rate(gate: &StageInstance) -> Option<StartRate> {
    let rate = number(gate, "rate")?;
    let burst = number(gate, "burst").unwrap_or_else(|| rate.max(1.0));
    Some(StartRate { rate: (rate * 1e6).round() as u64, burst: (burst as u64).max(1) })
}

fn shows(name: &str, instance: &Instance, pool: usize) -> Vec<(String, PoolLevel)> {
    let mut shows = Vec::new();
    for (series, value) in &instance.series {
        let Value::Dynamic(ops) = value else { continue };
        let [ExprOp::Measure(index, measure)] = ops.as_slice() else { continue };
        let level = match measure.as_str() {
            "busy" => PoolLevel::Busy,
            "idle" => PoolLevel::Idle,
            "kept" => PoolLevel::Kept,
            "kept_busy" => PoolLevel::KeptBusy,
            "starts" => PoolLevel::Starts,
            "cold" => PoolLevel::Cold,
            _ => continue,
        };
        if *index == pool {
            shows.push((format!("{name}.{series}"), level));
        }
    }
    shows
}

/// Paths of what is metered by the members that have a request.
fn meters(name: &str, instance: &Instance, pool: usize) -> Vec<String> {
    let busy = Value::Dynamic(vec![ExprOp::Measure(pool, "busy".to_owned())]);
    let of_busy = |counts: &Counting| matches!(counts, Counting::Integral(value) if *value == busy);
    let meters = instance.meters.iter().filter(|(_, meter)| of_busy(&meter.counts));
    meters.map(|(meter, _)| format!("{name}.usage.{meter}")).collect()
}
