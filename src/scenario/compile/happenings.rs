//! Faults and changes, as far as generic parts bear them.

use super::Compiler;
use super::parts::Bound;
use crate::components::blueprint::{Effect, Happening};
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
            for what in &fault.what {
                for target in &fault.target {
                    let Some(part) = self.parts.get(&target.value).map(|part| part.index) else {
                        let help = "faults hit parts; places need regions and zones";
                        self.error(target.at, format!("no component called `{}`", target.value), help);
                        continue;
                    };
                    match what.value.as_str() {
                        "errors" => effects.push(Effect::Errors { part, share: self.setting(fault, "share", 1.0) }),
                        "slow" => effects.push(Effect::Slow { part, factor: self.factor(fault) }),
                        "stop" => effects.push(Effect::Stop { part }),
                        other if self.fleet_fault(fault, other, &target.value, &mut effects) => {}
                        other => {
                            let says = format!("the fault `{other}` is not run by this version of archsim");
                            self.error(what.at, says, "generic parts bear `errors`, `slow` and `stop`");
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
            self.out.happenings.push(Happening { name: name.clone(), rank, begins, again, lasts, effects });
        }
        for (name, change) in &self.ast.changes {
            let Some(table) = change.node.table() else { continue };
            let Some(set) = table.get("set").and_then(Node::table) else {
                let help = "`set = { desk.workers = 17 }` changes settings";
                self.error(change.at, format!("what `{name}` does is not run by this version of archsim"), help);
                continue;
            };
            let mut settings = Vec::new();
            flatten("", set, &mut settings);
            let mut effects = Vec::new();
            for (path, at, node) in settings {
                self.setting_change(&path, at, &node, &mut effects);
            }
            let begins = Law::Constant(change.moment.value.0 as f64);
            let rank = self.names.rank(name);
            self.out.happenings.push(Happening {
                name: name.clone(),
                rank,
                begins,
                again: false,
                lasts: None,
                effects,
            });
        }
    }

    pub(super) fn setting(&mut self, fault: &Fault, key: &str, usual: f64) -> f64 {
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
    fn setting_change(&mut self, path: &str, at: At, node: &Node, effects: &mut Vec<Effect>) {
        let (part, setting) = path.split_once('.').unwrap_or((path, ""));
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
        effects
            .flat_map(|effect| match *effect {
                Effect::Slow { part, .. } | Effect::Stop { part } => of_part(part),
                Effect::Servers { line, .. } => vec![line],
                Effect::Errors { .. } | Effect::Cores { .. } | Effect::Fleet { .. } => vec![],
            })
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
