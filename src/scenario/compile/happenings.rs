//! Faults and changes, as far as generic parts bear them.

use super::Compiler;
use super::parts::Bound;
use super::store_faults;
use crate::components::blueprint::{Effect, Happening};
use crate::components::incidents::Does;
use crate::scenario::ast::{Begins, Fault};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::quantity;
use crate::scenario::suggest;
use crate::scenario::tree::{At, Kind, Node};
use crate::units::Law;

impl<'a> Compiler<'a> {
    /// All faults and changes.
    pub fn happenings(&mut self) {
        for (name, fault) in &self.ast.faults {
            let mut effects = Vec::new();
            for (what_at, what) in fault.what.iter().enumerate() {
                for (target_at, target) in fault.target.iter().enumerate() {
                    if let Some(known) = self.effects.remove(&(name.clone(), what_at, target_at)) {
                        effects.extend(known);
                        continue;
                    }
                    if self.pool_fault(&what.value, &target.value, &mut effects) {
                        continue;
                    }
                    if store_faults::KINDS.contains(&what.value.as_str()) {
                        effects.extend(self.store_fault(what, target, fault));
                        continue;
                    }
                    if ["partition", "packet-loss", "distance"].contains(&what.value.as_str()) {
                        continue;
                    }
                    let Some(part) = self.parts.get(&target.value).map(|part| part.index) else {
                        let help = "faults hit parts; places need regions and zones";
                        self.error(target.at, format!("no component called `{}`", target.value), help);
                        continue;
                    };
                    match what.value.as_str() {
                        "errors" => effects.push(Effect::Errors { part, share: self.setting(fault, "share", 1.0) }),
                        "slow" => effects.push(Effect::Slow { part, factor: self.factor(fault) }),
                        "stop" => effects.push(Effect::Stop { part }),
                        "throttle" | "quota-cut" => self.cut(&what.value, fault, target, &mut effects),
                        other if self.fleet_fault(fault, other, &target.value, &mut effects) => {}
                        other if self.message_fault(fault, other, &target.value, &mut effects) => {}
                        other => {
                            let says = format!("the fault `{other}` is not run by this version of archsim");
                            let help = "parts bear outage, stop, slow, errors, throttle, quota-cut, metric-missing; fleets \
                                        instance-loss, spot-reclaim; caches flush, cold, expire; keys hot-key; places \
                                        region-outage, zone-outage, partition, packet-loss, distance; names dns-stuck, \
                                        copies primary-loss, replication-stall";
                            self.error(what.at, says, help);
                        }
                    }
                }
            }
            let (begins, again) = match &fault.begins {
                Begins::At(law) => (law.clone(), false),
                Begins::Every(law) => (law.clone(), true),
            };
            if again && fault.lasts.is_none() {
                self.error(
                    fault.at,
                    format!("`{name}` comes again and again but never ends"),
                    "say how long: `for = \"exp(2h)\"`",
                );
            }
            if again && begins.mean() + fault.lasts.as_ref().map_or(0.0, Law::mean) <= 0.0 {
                let help = "`every` is the time from the end of one to the beginning of the next";
                self.error(fault.at, format!("`{name}` comes again and again in no time"), help);
            }
            let rank = self.names.rank(name);
            let lasts = fault.lasts.clone();
            let crew = self.crew(fault);
            self.watches_recovery(name, fault, self.out.happenings.len() as u32);
            self.out.happenings.push(Happening { name: name.clone(), rank, begins, again, lasts, crew, effects });
        }
        for (name, change) in &self.ast.changes {
            let Some(table) = change.node.table() else { continue };
            let mut effects = Vec::new();
            match table.get("set").and_then(Node::table) {
                Some(set) => {
                    let mut settings = Vec::new();
                    flatten("", set, &mut settings);
                    for (path, at, node) in settings {
                        self.setting_change(&path, at, &node, &mut effects);
                    }
                }
                None => effects = self.change_of_actions(name, table, &change.node),
            }
            let begins = Law::Constant(change.moment.value.0 as f64);
            let rank = self.names.rank(name);
            self.out.happenings.push(Happening {
                name: name.clone(),
                rank,
                begins,
                again: false,
                lasts: None,
                crew: None,
                effects,
            });
        }
    }

    pub(crate) fn setting(&mut self, fault: &Fault, key: &str, usual: f64) -> f64 {
        let Some((_, node)) = fault.settings.get(key) else { return usual };
        match &node.kind {
            Kind::Float(number) => *number,
            Kind::Whole(number) => *number as f64,
            Kind::Text(text) => quantity::ratio(text).unwrap_or_else(|complaint| {
                self.error(node.at, complaint.says, complaint.help);
                usual
            }),
            _ => usual,
        }
    }

    fn factor(&mut self, fault: &Fault) -> f64 {
        let factor = match fault.settings.get("factor").map(|(_, node)| (&node.kind, node.at)) {
            Some((Kind::Float(number), _)) => *number,
            Some((Kind::Whole(number), _)) => *number as f64,
            Some((Kind::Text(text), at)) => quantity::factor(text).unwrap_or_else(|complaint| {
                self.error(at, complaint.says, complaint.help);
                1.0
            }),
            _ => {
                self.error(fault.at, "how slow?", "`factor = 10`: everything takes ten times as long");
                1.0
            }
        };
        if !(factor > 0.0 && factor.is_finite()) {
            self.error(fault.at, "`factor` is more than 0", "`factor = 10`: everything takes ten times as long");
            return 1.0;
        }
        factor
    }

    /// `desk.workers = 17`.
    pub(super) fn setting_change(&mut self, path: &str, at: At, node: &Node, effects: &mut Vec<Effect>) {
        let (part, setting) = path.split_once('.').unwrap_or((path, ""));
        if let Some(changed) = self.rate_change(part, setting, node) {
            return effects.extend(changed);
        }
        if self.fleet_change(part, setting, node, effects) {
            return;
        }
        let Some(bound) = self.parts.get(part) else {
            return self.error(at, format!("no component called `{part}`"), "`set = { desk.workers = 17 }`");
        };
        let Kind::Whole(count) = node.kind else {
            return self.error(node.at, format!("`{path}` becomes a whole number"), "`set = { desk.workers = 17 }`");
        };
        let count = count.clamp(0, i64::from(u32::MAX)) as u32;
        let found = bound.stages.iter().zip(&bound.instance.stages).find_map(|(bound, stage)| {
            let limit = stage.limit.as_ref().map_or("", |limit| limit.name.as_str());
            match bound {
                Bound::Line { line, .. } if limit == setting => Some(Effect::Servers { line: *line, servers: count }),
                Bound::Share { share, .. } if limit == setting => Some(Effect::Cores { share: *share, cores: count }),
                _ => None,
            }
        });
        match found {
            Some(effect) => effects.push(effect),
            None => {
                let stages = bound.instance.stages.iter();
                let limits: Vec<&str> = stages.filter_map(|stage| Some(stage.limit.as_ref()?.name.as_str())).collect();
                let error = Diagnostic::error(at, format!("`{part}` has no `{setting}` that changes"));
                let told = match suggest::nearest(setting, limits.iter().copied()) {
                    Some(meant) => error.help(format!("did you mean `{part}.{meant}`?")).fix(meant),
                    None => error.help(format!("while it runs these can change: {}", limits.join(", "))),
                };
                self.say.say(told);
            }
        }
    }

    /// Parts that answer with errors for some time.
    pub fn faulty_parts(&self) -> Vec<u32> {
        let effects = self.out.happenings.iter().flat_map(|happening| &happening.effects);
        effects.filter_map(|effect| if let Effect::Errors { part, .. } = *effect { Some(part) } else { None }).collect()
    }

    /// Lines whose servers, speed or work change while the run goes on.
    pub fn changed_lines(&self) -> Vec<u32> {
        let of_part = |part: u32| {
            let lines = self.out.lines.iter().enumerate();
            lines.filter(move |(_, spec)| spec.part == part).map(|(index, _)| index as u32).collect::<Vec<_>>()
        };
        let effects = self.out.happenings.iter().flat_map(|happening| &happening.effects);
        let crews = self.out.happenings.iter().filter_map(|happening| Some(happening.crew?.0));
        let listed = self.out.incidents.lists.iter().flatten().flat_map(|action| match &action.does {
            Does::Set(effects) => effects.as_slice(),
            _ => &[],
        });
        effects
            .chain(listed)
            .flat_map(|effect| match *effect {
                Effect::Slow { part, .. } | Effect::Stop { part } => of_part(part),
                Effect::Servers { line, .. } => vec![line],
                Effect::Errors { .. }
                | Effect::Cores { .. }
                | Effect::Gate { .. }
                | Effect::ClearPool { .. }
                | Effect::Fleet { .. }
                | Effect::Flush { .. }
                | Effect::Expire { .. }
                | Effect::HotKey { .. }
                | Effect::Poison { .. }
                | Effect::Twice { .. }
                | Effect::Outage { .. }
                | Effect::Road { .. }
                | Effect::Blind { .. }
                | Effect::Stuck { .. }
                | Effect::Stalled { .. }
                | Effect::LeaderLost { .. }
                | Effect::Start { .. } => vec![],
            })
            .chain(crews)
            .collect()
    }
}

/// Nested tables as dotted paths, with the place of their last word.
pub(super) fn flatten(prefix: &str, table: &crate::scenario::tree::Table, out: &mut Vec<(String, At, Node)>) {
    for (key, node) in &table.entries {
        let path = if prefix.is_empty() { key.value.clone() } else { format!("{prefix}.{}", key.value) };
        match node.table() {
            Some(inner) => flatten(&path, inner, out),
            None => out.push((path, key.at, node.clone())),
        }
    }
}
