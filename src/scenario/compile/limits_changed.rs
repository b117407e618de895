//! Faults and changes that reach limits: a throttle at a part's door, a quota that is cut, a rate that is set anew.

use super::Compiler;
use super::gates::GateUse;
use super::parts::Bound;
use crate::components::blueprint::Effect;
use crate::components::gate_spec::GateEffect;
use crate::scenario::ast::Fault;
use crate::scenario::model::StageInstance;
use crate::scenario::quantity;
use crate::scenario::tree::{At, Kind, Node, Placed};
use crate::units::Rate;

/// What a fault's `limit` says.
enum Limit {
    PerTime(Rate),
    AtATime(u32),
}

impl<'a> Compiler<'a> {
    /// `throttle` or `quota-cut`.
    pub(super) fn cut(&mut self, what: &str, fault: &Fault, target: &Placed<String>, effects: &mut Vec<Effect>) {
        match what {
            "throttle" => effects.extend(self.throttle(fault, &target.value)),
            _ => self.quota_cut(fault, target, effects),
        }
    }

    /// `throttle`: no more than this comes in at the part's door.
    fn throttle(&mut self, fault: &Fault, part: &str) -> Option<Effect> {
        let (at, limit) = self.fault_limit(fault)?;
        let Limit::PerTime(rate) = limit else {
            self.error(at, "a throttle is so many per time", "`limit = \"20/s\"`");
            return None;
        };
        let gate = self.parts.get(part)?.door?;
        Some(Effect::Gate { gate, effect: GateEffect::Cut(rate) })
    }

    /// `quota-cut`: the part's own limits, of the kind that is said, become this.
    fn quota_cut(&mut self, fault: &Fault, target: &Placed<String>, effects: &mut Vec<Effect>) {
        let Some((_, limit)) = self.fault_limit(fault) else { return };
        let before = effects.len();
        for (bound, mechanism, _) in self.everywhere(&target.value) {
            match (&bound, &limit) {
                (Bound::Gate(gate), Limit::PerTime(rate)) => {
                    let members = gate.gate..gate.gate + self.members(gate.set);
                    effects.extend(members.map(|gate| Effect::Gate { gate, effect: GateEffect::Cut(*rate) }));
                }
                (Bound::Line { line, set, .. }, Limit::AtATime(most)) if mechanism == "slots" => {
                    let held = self.out.lines[*line as usize].station.servers;
                    let members = *line..*line + self.members(*set);
                    effects.extend(members.map(|line| Effect::Servers { line, servers: held.min(*most) }));
                }
                _ => {}
            }
        }
        if effects.len() == before {
            let says = format!("`{}` has no limit of this kind that could be cut", target.value);
            let help = match limit {
                Limit::PerTime(_) => "a limit per time is that of a gate; `throttle` puts one at the door of any part",
                Limit::AtATime(_) => "a limit at a time is that of threads or places; one per time is written \"20/s\"",
            };
            self.error(target.at, says, help);
        }
    }

    fn fault_limit(&mut self, fault: &Fault) -> Option<(At, Limit)> {
        let Some((at, node)) = fault.settings.get("limit") else {
            self.error(
                fault.at,
                "down to which limit?",
                "`limit = \"20/s\"`: so many per time; `limit = 20`: at a time",
            );
            return None;
        };
        let read = match &node.kind {
            Kind::Whole(most) => Some(Limit::AtATime((*most).clamp(0, i64::from(u32::MAX)) as u32)),
            Kind::Text(text) if text.contains('/') => self.told_rate(node.at, text).map(Limit::PerTime),
            Kind::Text(text) => match quantity::count(text) {
                Ok(most) => Some(Limit::AtATime(most.clamp(0.0, f64::from(u32::MAX)) as u32)),
                Err(complaint) => {
                    self.error(node.at, complaint.says, complaint.help);
                    None
                }
            },
            _ => {
                self.error(node.at, "a limit is so many per time, or at a time", "`limit = \"20/s\"`, `limit = 20`");
                None
            }
        };
        read.map(|limit| (*at, limit))
    }

    fn told_rate(&mut self, at: At, text: &str) -> Option<Rate> {
        match quantity::rate(text) {
            Ok(rate) => {
                let told = Rate::nearest(rate.per_second);
                if told.is_none() {
                    let help = "rates run from one in a million million seconds to 1,000,000bn a second";
                    self.error(at, "this rate is beyond all limits", help);
                }
                told
            }
            Err(complaint) => {
                self.error(at, complaint.says, complaint.help);
                None
            }
        }
    }

    /// `gate.rate = "20/s"`; none if the setting is no rate of a gate.
    pub(super) fn rate_change(&mut self, part: &str, setting: &str, node: &Node) -> Option<Vec<Effect>> {
        let fits = |(bound, mechanism, limit): (Bound, String, String)| match bound {
            Bound::Gate(gate) if mechanism == "bucket" && limit == setting => Some(gate),
            _ => None,
        };
        let gates: Vec<GateUse> = self.everywhere(part).into_iter().filter_map(fits).collect();
        if gates.is_empty() {
            return None;
        }
        let Some(text) = node.text() else {
            self.error(node.at, format!("`{part}.{setting}` becomes a rate"), "\"20/s\"");
            return Some(Vec::new());
        };
        let rate = self.told_rate(node.at, text).map(GateEffect::Rate);
        let members = gates.iter().flat_map(|gate| gate.gate..gate.gate + self.members(gate.set));
        Some(members.flat_map(|gate| rate.map(|effect| Effect::Gate { gate, effect })).collect())
    }

    /// What the stages of a part are bound to in all its regions: with their mechanisms and the names of their limits.
    fn everywhere(&self, part: &str) -> Vec<(Bound, String, String)> {
        let Some(part) = self.parts.get(part) else { return Vec::new() };
        let others = part.elsewhere.values().map(|there| (&there.stages, &there.instance));
        let all = others.chain([(&part.stages, &part.instance)]);
        let stages = all.flat_map(|(bound, instance)| bound.iter().zip(&instance.stages));
        let limit = |stage: &StageInstance| stage.limit.as_ref().map_or_else(String::new, |limit| limit.name.clone());
        stages.map(|(bound, stage)| (bound.clone(), stage.mechanism.clone(), limit(stage))).collect()
    }
}
