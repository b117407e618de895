//! Components bound: the stages of their models become lines, shared cores, delays and sets of members.

use std::collections::BTreeMap;

use super::Compiler;
use super::gates::GateUse;
use super::places::Bindings;
use crate::components::blueprint::{LineSpec, PartSpec, PolicyOfChoice, ShareSpec};
use crate::engine::program::NONE;
use crate::queueing::station::StationSpec;
use crate::queueing::waiting::Order;
use crate::scenario::ast::Component;
use crate::scenario::model::{Instance, StageInstance, Value};
use crate::scenario::tree::At;
use crate::units::Law;

/// What a stage has become.
#[derive(Clone, Debug)]
pub(crate) enum Bound {
    /// A line of servers (the first of its set), which chose a member by this set, and its own law and patience.
    Line { line: u32, set: Option<u32>, law: Option<Law>, patience: Option<Law> },
    /// Shared cores.
    Share { share: u32, set: Option<u32> },
    /// A processor of the request's own: its work takes so many billionths of the time.
    Alone { billionths: u64 },
    /// A time.
    Delay(Vec<Law>),
    /// Copies of data.
    Store(u32),
    /// A name that points to regions.
    Name(u32),
    /// Members of which so many must be up.
    Need(u32),
    /// Says no to a share.
    Sieve { share: f64, cause: u8 },
    /// Lets in at once or not at all.
    Gate(GateUse),
    /// Works in turns (the first loop of its set), and what each takes there.
    Loop { index: u32, set: Option<u32>, each: Vec<Law> },
    /// Chooses a member.
    Set(u32),
    /// Keeps things by key, once for each member of this set.
    Cache { cache: u32, set: Option<u32> },
    /// Keeps what is handed over.
    Messages(u32),
    /// Rows that remember their versions, and what a conflict is.
    Rows { rows: u32, cause: u8 },
    /// No limit: nothing happens here.
    Nothing,
}

/// A component bound.
pub(crate) struct Part<'a> {
    pub index: u32,
    pub component: &'a Component,
    pub instance: Instance,
    pub stages: Vec<Bound>,
    /// Connections to callees.
    pub pools: BTreeMap<String, u32>,
    /// A gate at its door, for as long as a fault throttles it.
    pub door: Option<u32>,
    /// Operations by name.
    pub operations: BTreeMap<String, u32>,
    /// The region in which all this is meant just now (`NONE`: in none), and the one in which it is at home.
    pub region: u32,
    pub home: u32,
    /// What is the same in all regions, and what it is in the others.
    pub bound: Bindings,
    pub elsewhere: BTreeMap<u32, Bindings>,
}

impl<'a> Compiler<'a> {
    /// Binds every component.
    pub fn bind_parts(&mut self, instances: &BTreeMap<String, Instance>) {
        if self.names.len() > 8000 {
            let at = self.ast.components.values().next().map(|c| c.at).unwrap_or_default();
            self.error(at, "a scenario holds at most 8,000 names", "split it; `include` puts pieces together");
        }
        self.zones_apart = instances.values().flat_map(|instance| &instance.stages).any(super::fleets::is_zonal);
        for (name, component) in &self.ast.components {
            let Some(instance) = instances.get(name) else { continue };
            if self.too_many_members(name, instance, component.at) {
                continue;
            }
            let index = self.out.parts.len() as u32;
            self.out.parts.push(PartSpec {
                name: name.clone(),
                model: instance.model.clone(),
                rank: self.names.rank(name),
                free: false,
            });
            let mut part = Part {
                index,
                component,
                instance: instance.clone(),
                stages: Vec::new(),
                pools: BTreeMap::new(),
                door: self.door_of(name, index),
                operations: BTreeMap::new(),
                region: NONE,
                home: NONE,
                bound: Bindings::default(),
                elsewhere: BTreeMap::new(),
            };
            self.bind_regions(name, &mut part, instances);
            self.parts.insert(name.clone(), part);
        }
        self.settle_caches();
    }

    pub(super) fn bind_stage(&mut self, name: &str, part: &Part<'_>, stage: &StageInstance, at: At) -> Bound {
        let set = stage.per.and_then(|member_of| match part.stages.get(member_of) {
            Some(Bound::Set(set)) => Some(*set),
            _ => None,
        });
        match stage.mechanism.as_str() {
            "station" => self.bind_line(name, part, stage, set, ("", "servers")),
            "slots" if whole(stage, "limit").is_none() => Bound::Nothing,
            "slots" => self.bind_line(name, part, stage, set, ("threads", "limit")),
            // Held by the calls from inside: `bind_pools`.
            "connections" => Bound::Nothing,
            "share" if self.is_pool(set) => self.bind_alone(stage),
            "bucket" if Compiler::is_gate_of_starts(part, stage) => Bound::Nothing,
            "elastic_pool" => self.bind_pool(name, part, stage, at),
            "share" => self.bind_share(part.index, stage, set),
            "delay" => Bound::Delay(laws(stage.settings.get("time"))),
            "sieve" => Bound::Sieve { share: number(stage, "share").unwrap_or(0.0), cause: cause_of(stage) },
            "event_loop" => self.bind_loop(part.index, stage, set),
            "bucket" | "window" | "ratchet" => self.bind_gate(name, part, stage, set, at),
            "fleet" => self.bind_fleet(name, part, stage, at),
            // Works by its own clock: `furnish_fleets`.
            "scaler" | "detector" => Bound::Nothing,
            "balancer" => self.bind_balancer(name, part, stage),
            "cache" => self.bind_cache(part, stage, set, at),
            // Without a key a log chooses the shard itself, at random.
            "partitions" if self.key_name(part, stage).is_none() && only_logs(&part.instance.stages, stage) => {
                Bound::Nothing
            }
            "partitions" => self.bind_partitions(name, part, stage, at),
            "replicas" => self.bind_replicas(name, part, stage),
            "backups" => self.bind_backups(part, stage),
            "directory" => self.bind_directory(part, stage),
            "quorum" => self.bind_quorum(part, stage),
            "versions" => self.bind_rows(part, stage),
            "mailbox" | "log" | "buffer" | "dispatcher" => self.bind_store(name, part, stage),
            other => {
                let says =
                    format!("`{name}` needs the mechanism `{other}`, which this version of archsim does not run");
                self.error(
                    at,
                    says,
                    format!(
                        "its model is `{}`; parts of `server`, `delay`, `people` and `external` run",
                        part.instance.model
                    ),
                );
                Bound::Delay(vec![])
            }
        }
    }

    pub(crate) fn members(&self, set: Option<u32>) -> u32 {
        set.map_or(1, |set| self.out.sets[set as usize].members)
    }

    /// Servers or places: what they are called, and the setting that says how many.
    fn bind_line(
        &mut self,
        part_name: &str,
        part: &Part<'_>,
        stage: &StageInstance,
        set: Option<u32>,
        (name, count): (&str, &str),
    ) -> Bound {
        let (line, control) = (self.out.lines.len() as u32, self.control_of(part_name, stage, part.component.at));
        let part = part.index;
        let spec = LineSpec {
            station: StationSpec {
                servers: whole(stage, count).unwrap_or(1),
                order: order(stage),
                room: if refuses_when_full(stage) { 0 } else { whole(stage, "room").unwrap_or(u32::MAX) },
                stream: 0,
            },
            committed: false,
            part,
            name: name.to_owned(),
            limit_name: stage.limit.as_ref().map_or_else(|| count.to_owned(), |limit| limit.name.clone()),
            source: stage.limit.as_ref().map_or_else(String::new, |limit| limit.source.clone()),
            pool: false,
            control,
        };
        for _ in 0..self.members(set) {
            self.out.lines.push(spec.clone());
        }
        self.join_set(set, line, false);
        self.furnish_partitions(set, line, false);
        self.ordered.insert(part);
        Bound::Line { line, set, law: law(stage, "time"), patience: law(stage, "patience") }
    }

    fn bind_share(&mut self, part: u32, stage: &StageInstance, set: Option<u32>) -> Bound {
        let share = self.out.shares.len() as u32;
        let spec = ShareSpec {
            cores: whole(stage, "capacity").unwrap_or(1),
            part,
            source: stage.limit.as_ref().map_or_else(String::new, |limit| limit.source.clone()),
        };
        for _ in 0..self.members(set) {
            self.out.shares.push(spec.clone());
        }
        self.join_set(set, share, true);
        self.ordered.insert(part);
        Bound::Share { share, set }
    }

    /// The first line (or share) of a set's members is the one by which loads are compared.
    fn join_set(&mut self, set: Option<u32>, first: u32, shares: bool) {
        if let Some(set) = set
            && self.out.sets[set as usize].lines == u32::MAX
        {
            let set = &mut self.out.sets[set as usize];
            (set.lines, set.shares) = (first, shares);
        }
    }

    fn bind_balancer(&mut self, name: &str, part: &Part<'_>, stage: &StageInstance) -> Bound {
        let members = stage
            .per
            .and_then(|fleet| part.stages.get(fleet))
            .and_then(
                |bound| if let Bound::Set(set) = bound { Some(self.out.sets[*set as usize].members) } else { None },
            )
            .unwrap_or(1);
        let word = match stage.settings.get("policy") {
            Some(Value::Word(word)) => word.as_str(),
            _ => "random",
        };
        Bound::Set(self.new_set(name, members, policy(word), stage))
    }

    pub(super) fn bind_pools(&mut self, name: &str, part: &mut Part<'_>) {
        let limits = part.instance.stages.iter().find(|stage| stage.mechanism == "connections");
        let Some(Value::Counts(pools)) = limits.and_then(|stage| stage.settings.get("limits")) else { return };
        for (callee, count) in pools.clone() {
            if !self.ast.components.contains_key(&callee) {
                let near = crate::scenario::suggest::nearest(&callee, self.ast.components.keys().map(String::as_str));
                let help = near
                    .map_or_else(|| "name a component that it calls".to_owned(), |n| format!("did you mean `{n}`?"));
                self.error(
                    part.component.at,
                    format!("`{name}` has a pool for `{callee}`, which is no component"),
                    help,
                );
                continue;
            }
            let line = self.out.lines.len() as u32;
            let members = part.stages.iter().find_map(|bound| match bound {
                Bound::Set(set) => Some(self.members(Some(*set))),
                _ => None,
            });
            for _ in 0..members.unwrap_or(1) {
                self.out.lines.push(LineSpec {
                    station: StationSpec { servers: count as u32, order: Order::Fifo, room: u32::MAX, stream: 0 },
                    committed: false,
                    part: part.index,
                    name: format!("pool.{callee}"),
                    limit_name: "connections".to_owned(),
                    source: "this file".to_owned(),
                    pool: true,
                    control: None,
                });
            }
            part.pools.insert(callee, line);
        }
    }
}

/// The stages by number, each behind the one of whose members it is one.
pub(super) fn members_last(stages: &[StageInstance]) -> Vec<usize> {
    let depth = |index: usize| {
        let outer = |at: &usize| stages[*at].per;
        // A model whose stages stand in a circle was refused when it was read; the bound is for safety alone.
        std::iter::successors(Some(index), outer).take(stages.len() + 1).count()
    };
    let mut order: Vec<usize> = (0..stages.len()).collect();
    order.sort_by_key(|index| depth(*index));
    order
}

/// A whole number of a setting, none if there is no limit.
pub(crate) fn whole(stage: &StageInstance, setting: &str) -> Option<u32> {
    match stage.settings.get(setting) {
        Some(Value::Number(n, _)) => Some((*n + 0.5).clamp(0.0, f64::from(u32::MAX - 1)) as u32),
        _ => None,
    }
}

/// Is there nothing but logs in each member of a stage?
fn only_logs(stages: &[StageInstance], stage: &StageInstance) -> bool {
    let index = stages.iter().position(|one| one.name == stage.name);
    let mut inside = stages.iter().filter(|one| one.per.is_some() && one.per == index).peekable();
    inside.peek().is_some() && inside.all(|one| one.mechanism == "log")
}

pub(crate) fn number(stage: &StageInstance, setting: &str) -> Option<f64> {
    match stage.settings.get(setting) {
        Some(Value::Number(n, _)) => Some(*n),
        _ => None,
    }
}

pub(crate) fn law(stage: &StageInstance, setting: &str) -> Option<Law> {
    laws(stage.settings.get(setting)).into_iter().next()
}

/// The laws of a value of time (seconds become nanoseconds).
pub(crate) fn laws(value: Option<&Value>) -> Vec<Law> {
    match value {
        Some(Value::Law(law)) => vec![law.clone()],
        Some(Value::Sum(laws)) => laws.clone(),
        Some(Value::Number(seconds, _)) => vec![Law::Constant(seconds * 1e9)],
        _ => vec![],
    }
}

fn refuses_when_full(stage: &StageInstance) -> bool {
    matches!(stage.settings.get("when_full"), Some(Value::Word(word)) if word == "refuse")
}

fn order(stage: &StageInstance) -> Order {
    match stage.settings.get("order") {
        Some(Value::Word(word)) => match word.as_str() {
            "lifo" => Order::Lifo,
            "random" => Order::Random,
            "priority" => Order::Priority,
            "preempt" => Order::Preempt,
            _ => Order::Fifo,
        },
        _ => Order::Fifo,
    }
}

pub(crate) fn policy(word: &str) -> PolicyOfChoice {
    match word {
        "round-robin" => PolicyOfChoice::RoundRobin,
        "least" => PolicyOfChoice::Least,
        "two-choices" => PolicyOfChoice::TwoChoices,
        _ => PolicyOfChoice::Random,
    }
}

pub(crate) fn cause_of(stage: &StageInstance) -> u8 {
    stage.cause.map_or(crate::record::results::Cause::Refused as u8, |cause| cause as u8)
}
