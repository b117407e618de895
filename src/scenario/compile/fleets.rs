//! Fleets bound: how many members there may be, what lies on each, what scales them, what changes or hits them.

use super::Compiler;
use super::calls::{Held, Way};
use super::happenings::flatten;
use super::parts::{Bound, Part, cause_of, laws, number, policy, whole};
use super::programs::Context;
use crate::components::blueprint::{Effect, PolicyOfChoice, SetSpec};
use crate::components::fleets::{FleetDoes, FleetPlan, Level};
use crate::components::scalers::{Reads, ScalerPlan};
use crate::engine::program::{NONE, Op, ScopeKind};
use crate::queueing::fleet::FleetSpec;
use crate::queueing::scaler::{Change, ScalerSpec};
use crate::record::results::Cause;
use crate::scenario::ast::Fault;
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::model::{Counting, ExprOp, Instance, StageInstance, Value};
use crate::scenario::quantity;
use crate::scenario::tree::{At, Kind, Node};
use crate::units::Span;

/// More members are no scenario but a sample of one.
const MOST: f64 = 100_000.0;
/// Millionths.
const ONE: f64 = 1e6;

impl<'a> Compiler<'a> {
    pub(super) fn bind_fleet(&mut self, name: &str, part: &Part<'_>, stage: &StageInstance, at: At) -> Bound {
        let Some(Value::Range(low, high, _)) = stage.settings.get("members") else {
            self.error(at, format!("`{name}` has a fleet without a size"), "`fleet = \"4..4\"`");
            return Bound::Nothing;
        };
        let changed = self.changed_ranges(name, stage);
        let places = changed.iter().fold(*high, |most, (_, above)| most.max(*above));
        if places > MOST {
            let says = format!("the fleet of `{name}` may have {places} members: more than 100,000");
            self.error(at, says, "`sample` simulates a share of them");
            return Bound::Nothing;
        }
        let begins = number(stage, "begins").unwrap_or(*low).clamp(0.0, places);
        let scaled = part.instance.stages.iter().any(|other| other.mechanism == "scaler");
        let moves = low != high && scaled
            || begins != *low && begins != *high
            || !changed.is_empty()
            || self.dies_in_part(name)
            || is_asked(&part.instance)
            || self.zones_apart;
        if low != high && !moves {
            let says = format!("nothing changes the fleet of `{name}`: it stays at {begins}");
            let help = "`scale = { by = \"cpu\" }` lets it follow its load, `[changes]` the clock";
            self.say.say(Diagnostic::warning(at, says).help(help));
        }
        let Some(policy) = self.policy_of(name, part, stage) else { return Bound::Nothing };
        let span = |setting: &str| stage.settings.get(setting).and_then(Value::span).unwrap_or(Span::ZERO);
        // Who is on the way out keeps its place, and a zone may have to do without: room for as many again.
        let drains = span("drain") > Span::ZERO || self.dies_in_part(name);
        let places = if moves && drains { 2.0 * places } else { places };
        let set = self.new_set(name, places as u32, policy, stage);
        self.out.sets[set as usize].fleet = self.out.fleets.len() as u32;
        self.out.fleets.push(FleetPlan {
            part: part.index,
            set,
            spec: FleetSpec {
                least: *low as u32,
                most: *high as u32,
                begins: begins as u32,
                places: places as u32,
                warms: span("warms"),
                drain: span("drain"),
                zones: whole(stage, "zones").unwrap_or(1),
            },
            start: laws(stage.settings.get("start")),
            lines: Vec::new(),
            shares: Vec::new(),
            moves,
            detector: None,
            shows: Vec::new(),
            meters: Vec::new(),
        });
        Bound::Set(set)
    }

    /// How one is chosen; none if that cannot be, and somebody has been told.
    fn policy_of(&mut self, name: &str, part: &Part<'_>, stage: &StageInstance) -> Option<PolicyOfChoice> {
        let Some(Value::Word(word)) = stage.settings.get("policy") else { return Some(PolicyOfChoice::Random) };
        if word != "hash" {
            return Some(policy(word));
        }
        let key = part.component.key.as_ref();
        let index = key.and_then(|key| self.ast.keys.keys().position(|known| *known == key.value));
        if index.is_none() {
            let says = format!("`{name}` chooses a member by the hash of a key: which key?");
            self.error(part.component.at, says, "`key = \"user\"`, and `user = { count = \"1M\" }` under `[keys]`");
        }
        index.map(|index| PolicyOfChoice::Hash { key: index as u32 })
    }

    /// A set by which a member is chosen.
    pub(super) fn new_set(&mut self, name: &str, members: u32, policy: PolicyOfChoice, stage: &StageInstance) -> u32 {
        let site = self.named_site(format!("{name}/pick"));
        let cause = stage.cause.map_or(Cause::Broken as u8, |_| cause_of(stage));
        let members = members.max(1);
        let zone_site = if is_zonal(stage) { self.named_site(format!("{name}/zone")) } else { NONE };
        self.out.sets.push(SetSpec {
            members,
            lines: u32::MAX,
            policy,
            site,
            shares: false,
            fleet: NONE,
            pool: NONE,
            cause,
            sticky: is(stage, "sticky"),
            zone_site,
        });
        (self.out.sets.len() - 1) as u32
    }

    /// To what ranges the changes of this file set a fleet.
    fn changed_ranges(&self, name: &str, stage: &StageInstance) -> Vec<(f64, f64)> {
        let path = format!("{}.{}", part_of(name), limit_of(stage));
        let mut ranges = Vec::new();
        let changes = self.ast.changes.values().map(|change| &change.node);
        let actions = self.ast.runbooks.values().flat_map(|runbook| &runbook.steps);
        let mut sets = Vec::new();
        changes.chain(actions).for_each(|action| sets_in(action, &mut sets));
        for set in sets {
            let mut settings = Vec::new();
            flatten("", set, &mut settings);
            let of_it = settings.iter().filter(|(other, ..)| *other == path);
            ranges.extend(of_it.filter_map(|(_, _, node)| range_of(node).ok()));
        }
        ranges
    }

    /// Does a fault take members of this part away?
    fn dies_in_part(&self, name: &str) -> bool {
        let takes = |fault: &Fault| fault.what.iter().any(|what| LOSSES.contains(&what.value.as_str()));
        let aims = |fault: &Fault| fault.target.iter().any(|target| target.value == part_of(name));
        let of_zones = |fault: &Fault| fault.what.iter().any(|what| what.value == "zone-outage");
        self.ast.faults.values().any(|fault| takes(fault) && aims(fault) || of_zones(fault))
    }

    /// The fleets of a region.
    pub(super) fn fleets_in(&mut self, region: u32) -> Vec<u32> {
        let names: Vec<String> = self.parts.keys().cloned().collect();
        let mut fleets = Vec::new();
        for name in names {
            if self.parts[&name].region != region && !self.parts[&name].elsewhere.contains_key(&region) {
                continue;
            }
            let was = self.move_part(&name, region);
            let sets = self.parts[&name].stages.iter().filter_map(|bound| match bound {
                Bound::Set(set) => Some(self.out.sets[*set as usize].fleet).filter(|fleet| *fleet != NONE),
                _ => None,
            });
            fleets.extend(sets);
            self.move_part(&name, was);
        }
        fleets.sort_unstable();
        fleets.dedup();
        fleets
    }

    /// Once all stages of a part are bound: what lies on the members of its fleet, what scales it, what is shown.
    pub(super) fn furnish_fleets(&mut self, name: &str, part: &Part<'_>) {
        for (index, bound) in part.stages.iter().enumerate() {
            let Bound::Set(set) = *bound else { continue };
            let Some(fleet) = self.out.sets.get(set as usize).map(|set| set.fleet).filter(|fleet| *fleet != NONE)
            else {
                continue;
            };
            let (mut lines, mut shares) = (part.pools.values().copied().collect::<Vec<u32>>(), Vec::new());
            for other in &part.stages {
                match *other {
                    Bound::Line { line, set: Some(of), .. } if of == set => lines.push(line),
                    Bound::Share { share, set: Some(of) } if of == set => shares.push(share),
                    _ => {}
                }
            }
            lines.sort_unstable();
            let plan = &mut self.out.fleets[fleet as usize];
            (plan.lines, plan.shares) = (lines, shares);
            plan.shows = shows(name, &part.instance, index);
            plan.meters = meters(name, &part.instance, index);
            self.bind_scalers(name, part, index, fleet);
            self.out.fleets[fleet as usize].detector = self.detector_of(name, part, index);
        }
    }

    fn bind_scalers(&mut self, name: &str, part: &Part<'_>, fleet_stage: usize, fleet: u32) {
        let scalers = part.instance.stages.iter().filter(|stage| stage.mechanism == "scaler");
        for stage in scalers {
            if stage.settings.get("moves") != Some(&Value::Setting(fleet_stage, "wanted".to_owned())) {
                continue;
            }
            for setting in ["lag", "acts", "warmup"] {
                if stage.settings.get(setting).is_some_and(|value| !value.is_off()) {
                    let says = format!("`{setting}` of a scaler (of `{name}`) is not run by this version of archsim");
                    self.error(part.component.at, says, "take it away; `boot` and `warmup` of the members run");
                }
            }
            let Some(reads) = self.reads(part, stage, fleet_stage) else {
                let says = format!("`{name}` is scaled by a measure that this version of archsim does not read");
                self.error(part.component.at, says, "the busy share of cores or servers, or requests of a member");
                continue;
            };
            if let Some(spec) = self.scaler_spec(name, part, stage) {
                self.out.scalers.push(ScalerPlan { fleet, reads, spec, name: format!("{name}.scale") });
            }
        }
    }

    /// What of a member a scaler reads.
    fn reads(&self, part: &Part<'_>, stage: &StageInstance, fleet_stage: usize) -> Option<Reads> {
        let Some(Value::Dynamic(ops)) = stage.settings.get("reads") else { return None };
        let [ExprOp::Measure(index, measure)] = ops.as_slice() else { return None };
        match (part.stages.get(*index)?, measure.as_str()) {
            (Bound::Share { share, set: Some(_) }, "busy") => Some(Reads::Cores(*share)),
            (Bound::Line { line, set: Some(_), .. }, "busy") => Some(Reads::Servers(*line)),
            (Bound::Set(_), "per_member") if *index == fleet_stage => Some(Reads::Requests),
            _ => None,
        }
    }

    fn scaler_spec(&mut self, name: &str, part: &Part<'_>, stage: &StageInstance) -> Option<ScalerSpec> {
        let span = |setting: &str| stage.settings.get(setting).and_then(Value::span).unwrap_or(Span::ZERO);
        let ratio = |setting: &str, usual: f64| number(stage, setting).unwrap_or(usual);
        let period = span("period");
        if period == Span::ZERO {
            self.error(part.component.at, format!("`{name}` is measured every 0 s"), "`scale = { period = \"60s\" }`");
            return None;
        }
        let steps = match stage.settings.get("steps") {
            Some(Value::Steps(steps)) => steps.iter().map(|(over, by)| (millionths(*over), change(*by))).collect(),
            _ => Vec::new(),
        };
        Some(ScalerSpec {
            period,
            target: millionths(ratio("target", 0.0)).unsigned_abs(),
            steps,
            out_points: whole(stage, "out_points").unwrap_or(1),
            in_points: whole(stage, "in_points").unwrap_or(1),
            in_below: millionths(ratio("in_below", 1.0)).unsigned_abs(),
            out_cooldown: span("out_cooldown"),
            in_cooldown: span("in_cooldown"),
            season: span("season").0.div_ceil(period.0).min(u64::from(u32::MAX)) as u32,
            ahead: span("ahead").0.div_ceil(period.0).min(u64::from(u32::MAX)) as u32,
            gently: !matches!(stage.settings.get("gently"), Some(Value::Bool(false))),
        })
    }

    /// A setting of a fleet, or of what lies on its members, that a change sets; false if it is none of these.
    pub(super) fn fleet_change(&mut self, part: &str, setting: &str, node: &Node, effects: &mut Vec<Effect>) -> bool {
        let Some(bound) = self.parts.get(part) else { return false };
        let mut stages = bound.stages.iter().zip(&bound.instance.stages);
        let Some((stage, _)) = stages.find(|(_, stage)| limit_of(stage) == setting) else { return false };
        let fleet_of = |set: u32| self.out.sets[set as usize].fleet;
        let (fleet, group) = match *stage {
            Bound::Set(set) if fleet_of(set) != NONE => (fleet_of(set), None),
            Bound::Line { line, set: Some(set), .. } if fleet_of(set) != NONE => (fleet_of(set), Some((false, line))),
            Bound::Share { share, set: Some(set) } if fleet_of(set) != NONE => (fleet_of(set), Some((true, share))),
            _ => return false,
        };
        let does = match (group, &node.kind) {
            (None, _) => match range_of(node) {
                Ok((low, high)) => FleetDoes::Range(low as u32, high as u32),
                Err((says, help)) => {
                    self.error(node.at, says, help);
                    return true;
                }
            },
            (Some((cores, first)), Kind::Whole(size)) => {
                FleetDoes::Size { cores, first, size: (*size).clamp(0, i64::from(u32::MAX)) as u32 }
            }
            (Some(_), _) => return false,
        };
        effects.push(Effect::Fleet { fleet, does });
        true
    }

    /// What a fault does to a fleet; false if it is none that fleets bear.
    pub(super) fn fleet_fault(&mut self, fault: &Fault, kind: &str, target: &str, effects: &mut Vec<Effect>) -> bool {
        let Some(part) = self.parts.get(target) else { return false };
        let (found, stages) = match part.instance.faults.get(kind) {
            Some(found) => (found.does.clone(), found.stages.clone()),
            None => return false,
        };
        let fleet_of = |bound: &Bound| match bound {
            Bound::Set(set) => Some(self.out.sets[*set as usize].fleet).filter(|fleet| *fleet != NONE),
            _ => None,
        };
        let fleet = match found.as_str() {
            "blind" => part.stages.iter().find_map(fleet_of),
            "lose" | "reclaim" => stages.iter().find_map(|stage| fleet_of(part.stages.get(*stage)?)),
            _ => return false,
        };
        let Some(fleet) = fleet else {
            let help = "`fleet = \"4..4\"` makes it one of several";
            self.error(fault.at, format!("`{target}` has no members that could be lost"), help);
            return true;
        };
        if found != "blind" && fault.lasts.is_some() {
            let help = "take `for` away; how long a new member takes is the `boot` of the part";
            self.error(fault.at, format!("`{kind}` has no end: what is lost is replaced"), help);
        }
        let share = self.setting(fault, "share", -1.0);
        let count = self.setting(fault, "count", 1.0);
        let does = match found.as_str() {
            "blind" => FleetDoes::Blind,
            "reclaim" => FleetDoes::Reclaim(share.abs().min(1.0), self.notice(target, &stages)),
            _ if share >= 0.0 => FleetDoes::LoseShare(share),
            _ => FleetDoes::Lose(count.clamp(0.0, MOST) as u32),
        };
        effects.push(Effect::Fleet { fleet, does });
        true
    }

    /// How long before their end members are told of it.
    fn notice(&self, target: &str, stages: &[usize]) -> Span {
        let part = &self.parts[target];
        let notice = |stage: &usize| part.instance.stages.get(*stage)?.settings.get("notice")?.span();
        stages.iter().find_map(notice).unwrap_or(Span::ZERO)
    }

    /// Where members come and go, whoever is inside may be taken along: nothing may run ahead of the clock.
    pub(super) fn mind_the_dying(&mut self) {
        if !self.out.fleets.iter().any(|fleet| fleet.moves) {
            return;
        }
        self.strict.fill(true);
        self.out.entries.iter_mut().for_each(|entry| entry.strict = true);
        self.out.policies.iter_mut().for_each(|policy| policy.strict = true);
        self.out.groups.iter_mut().for_each(|group| group.strict = true);
    }

    /// A member is chosen; where members come and go, it is left again at the end of the way.
    pub(super) fn choose_member(&mut self, set: u32, key: u32, way: &mut Way, context: &mut Context) {
        let depth = context.depth;
        context.depth += 1;
        let chosen = self.member_for(set, context);
        self.emit(Op::Pick { set: chosen, key, depth }, context);
        way.members.push((set, depth));
        if self.set_moves(set) {
            way.held.push((Held::Member { set, depth }, context.scope));
            context.scope = self.out.program.scope(context.scope, ScopeKind::Member { set, depth });
        }
    }

    /// Does a member of this set come and go?
    fn set_moves(&self, set: u32) -> bool {
        let fleet = self.out.sets.get(set as usize).map_or(NONE, |set| set.fleet);
        self.is_pool(Some(set)) || self.out.fleets.get(fleet as usize).is_some_and(|fleet| fleet.moves)
    }

    /// Lines of members that come and go.
    pub(super) fn lines_that_move(&self) -> Vec<u32> {
        let moving = self.out.fleets.iter().filter(|fleet| fleet.moves);
        let lines = moving.flat_map(|fleet| fleet.lines.iter().flat_map(|&first| first..first + fleet.spec.places));
        lines.collect()
    }
}

/// The part of a name that may end with a region.
fn part_of(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// Every `set` of an action, and of those inside it.
fn sets_in<'n>(action: &'n Node, sets: &mut Vec<&'n crate::scenario::tree::Table>) {
    let Some(table) = action.table() else {
        return action.list().unwrap_or(&[]).iter().for_each(|inner| sets_in(inner, sets));
    };
    sets.extend(table.get("set").and_then(Node::table));
    for inner in ["steps", "parallel"].iter().filter_map(|key| table.get(key)) {
        sets_in(inner, sets);
    }
}

/// Faults that take members away.
const LOSSES: [&str; 3] = ["instance-loss", "spot-reclaim", "zone-outage"];

fn limit_of(stage: &StageInstance) -> &str {
    stage.limit.as_ref().map_or("", |limit| limit.name.as_str())
}

/// "4..50", or a number of members.
fn range_of(node: &Node) -> Result<(f64, f64), (String, String)> {
    match &node.kind {
        Kind::Whole(members) if *members >= 0 => Ok((*members as f64, *members as f64)),
        Kind::Text(text) => quantity::range_of_counts(text).map_err(|told| (told.says, told.help)),
        _ => Err(("a fleet has a range of members".into(), "`set = { web.fleet = \"4..50\" }`".into())),
    }
}

fn millionths(value: f64) -> i64 {
    (value * ONE).round() as i64
}

fn change(by: f64) -> Change {
    if by.abs() >= 1.0 { Change::Members(by.round() as i64) } else { Change::Share(millionths(by)) }
}

/// Is somebody watching who may find members unwell that live?
fn is_asked(instance: &Instance) -> bool {
    let asks = |stage: &StageInstance| stage.mechanism == "detector" && stage.settings.contains_key("patience");
    instance.stages.iter().any(asks)
}

/// Does a set send to one zone first?
pub(super) fn is_zonal(stage: &StageInstance) -> bool {
    matches!(stage.settings.get("across_zones"), Some(Value::Bool(false)))
}

fn is(stage: &StageInstance, setting: &str) -> bool {
    matches!(stage.settings.get(setting), Some(Value::Bool(true)))
}

/// Numbers of members under the names of the model's series.
fn shows(name: &str, instance: &Instance, fleet: usize) -> Vec<(String, Level)> {
    let mut shows = Vec::new();
    for (series, value) in &instance.series {
        let Value::Dynamic(ops) = value else { continue };
        let [ExprOp::Measure(index, measure)] = ops.as_slice() else { continue };
        let level = match measure.as_str() {
            "size" => Level::Size,
            "in_service" => Level::InService,
            "starting" => Level::Starting,
            "wanted" => Level::Wanted,
            "lost" => Level::Lost,
            _ => continue,
        };
        if *index == fleet {
            shows.push((format!("{name}.{series}"), level));
        }
    }
    shows
}

/// Paths of what is metered by the lives of all members.
fn meters(name: &str, instance: &Instance, fleet: usize) -> Vec<String> {
    let of_all = |counts: &Counting| matches!(counts, Counting::Lives(stage, kind) if *stage == fleet && kind == "all");
    let meters = instance.meters.iter().filter(|(_, meter)| of_all(&meter.counts));
    meters.map(|(meter, _)| format!("{name}.usage.{meter}")).collect()
}
