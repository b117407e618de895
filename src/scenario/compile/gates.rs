//! Gates: stages that let in at once or not at all become limits in time; neighbours on a path become one admission.

use super::Compiler;
use super::calls::{Inside, Way, member_of};
use super::parts::{Bound, Part, laws, scope_key, whole};
use super::programs::Context;
use crate::components::gate_spec::{AdmissionSpec, Amount, GateLaw, GateSpec, TakeSpec, WaitSpec, thousand_millionths};
use crate::engine::program::{NONE, Op, Pc, ScopeKind};
use crate::queueing::bucket::{BucketSpec, TOKEN};
use crate::queueing::ratchet::RatchetSpec;
use crate::queueing::window::{Kind, Rule, WindowSpec};
use crate::record::results::Cause;
use crate::scenario::ast::{Call, Step};
use crate::scenario::model::{OpInstance, PathStep, StageInstance, Target, Value};
use crate::scenario::tree::At;
use crate::units::{Rate, Span};

/// How a gate is used by those who come to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GateUse {
    /// The first of its set, and the set.
    pub gate: u32,
    pub set: Option<u32>,
    /// The key that chooses; `NONE`: there is just one.
    key: u32,
    cause: u8,
    waits: bool,
    drops: bool,
}

/// A call as a path sees it.
#[derive(Clone, Copy)]
pub(super) struct Asking<'c, 'a> {
    pub name: &'a str,
    pub operation: u32,
    pub op: &'c OpInstance,
    pub step: Option<(&'a Call, &'a Step)>,
}

impl<'a> Compiler<'a> {
    /// A stage with a limit in time.
    pub fn bind_gate(&mut self, name: &str, part: &Part<'_>, stage: &StageInstance, set: Option<u32>, at: At) -> Bound {
        let Some(law) = self.gate_law(name, stage, at) else { return Bound::Nothing };
        let key = self.gate_key(part, stage);
        let word = |setting: &str| match stage.settings.get(setting) {
            Some(Value::Word(word)) => word.clone(),
            _ => String::new(),
        };
        let when_short = word("when_short");
        let patience = laws(stage.settings.get("patience")).into_iter().next();
        let waits = (when_short == "wait").then(|| WaitSpec {
            room: whole(stage, "room").unwrap_or(u32::MAX),
            patience: patience.map(|law| self.law(&law)),
            site: self.named_site(format!("{name}/{}/patience", stage.name)),
        });
        let limits = part.instance.stages.iter().filter(|stage| stage.limit.is_some()).count();
        let spec = GateSpec {
            part: part.index,
            name: if limits > 1 { stage.name.clone() } else { String::new() },
            law,
            keyed: key != NONE,
            waits,
            limit_name: stage.limit.as_ref().map_or_else(String::new, |limit| limit.name.clone()),
            source: stage.limit.as_ref().map_or_else(String::new, |limit| limit.source.clone()),
            adjustable: stage.limit.as_ref().is_some_and(|limit| limit.adjustable),
        };
        let gate = self.shared_gate(part, stage, &spec, at);
        let gate = gate.unwrap_or_else(|| self.new_gates(spec, self.members(set)));
        self.furnish_partitions(set, gate, true);
        self.ordered.insert(part.index);
        let cause = stage.cause.map_or(Cause::Throttled as u8, |cause| cause as u8);
        Bound::Gate(GateUse { gate, set, key, cause, waits: waits.is_some(), drops: when_short == "drop" })
    }

    fn new_gates(&mut self, spec: GateSpec, members: u32) -> u32 {
        let gate = self.out.gates.gates.len() as u32;
        self.out.gates.gates.extend((0..members).map(|_| spec.clone()));
        gate
    }

    /// One for all parts of the same service: the first that names it makes it, the others must agree.
    fn shared_gate(&mut self, part: &Part<'_>, stage: &StageInstance, spec: &GateSpec, at: At) -> Option<u32> {
        let scope = stage.shared.clone()?;
        let key = scope_key(part, stage, &scope);
        if let Some(gate) = self.shared.get(&key).copied() {
            let there = &self.out.gates.gates[gate as usize];
            if there.law != spec.law {
                let other = self.out.parts[there.part as usize].name.clone();
                let says = format!("`{}` shares its limit `{}` with `{other}`, and they differ", key.0, stage.named);
                self.error(at, says, "one limit for all has one number: say the same in both");
            }
            return Some(gate);
        }
        let gate = self.new_gates(spec.clone(), 1);
        self.shared.insert(key, gate);
        Some(gate)
    }

    /// What a stage lets through; none: everything.
    fn gate_law(&mut self, name: &str, stage: &StageInstance, at: At) -> Option<GateLaw> {
        match stage.mechanism.as_str() {
            "bucket" => {
                let rate = self.rate_setting(name, stage, "rate", at)?;
                let tick = stage.settings.get("tick").and_then(Value::span);
                let tick = tick.filter(|tick| *tick > Span::ZERO && *tick != Span::FOREVER);
                let full = !matches!(stage.settings.get("starts"), Some(Value::Word(word)) if word == "empty");
                Some(GateLaw::Bucket(BucketSpec { rate, burst: burst(stage), tick, full }))
            }
            "ratchet" => {
                let floor = self.rate_setting(name, stage, "floor", at)?;
                let factor = stage.settings.get("factor").and_then(Value::number).unwrap_or(1.0);
                let after = stage.settings.get("after").and_then(Value::span).unwrap_or(Span::ZERO);
                let memory = stage.settings.get("memory").and_then(Value::span);
                let ceiling =
                    stage.settings.contains_key("ceiling").then(|| self.rate_setting(name, stage, "ceiling", at));
                let ceiling = ceiling.flatten();
                if after == Span::ZERO || !factor.is_finite() {
                    let says = format!("the capacity of `{name}` follows its peaks at once, or without end");
                    self.error(at, says, "say after how long a peak counts, and how many times: `factor = 2`");
                    return None;
                }
                Some(GateLaw::Ratchet(RatchetSpec { floor, factor, after, memory, ceiling, burst: burst(stage) }))
            }
            _ => self.window_law(name, stage, at),
        }
    }

    fn window_law(&mut self, name: &str, stage: &StageInstance, at: At) -> Option<GateLaw> {
        let Some(Value::Rules(rules)) = stage.settings.get("rules") else { return None };
        if rules.is_empty() || rules.iter().any(|(most, window)| *window == Span::ZERO || !(0.0..=1e15).contains(most))
        {
            let says = format!("`{name}` has a window without a length, or no window at all");
            self.error(at, says, "`rules = [\"100/1m\"]`: so many in so long");
            return None;
        }
        let kind = match stage.settings.get("kind") {
            Some(Value::Word(word)) if word == "sliding" => Kind::Sliding,
            Some(Value::Word(word)) if word == "log" => Kind::Log,
            _ => Kind::Fixed,
        };
        let rule = |(most, window): &(f64, Span)| Rule { most: thousand_millionths(*most), window: *window };
        let rules = rules.iter().map(rule).collect();
        // Of a single window it costs little; of a window for each key it costs the memory of all who were let in.
        let keyed = stage.settings.contains_key("key");
        let watched = !keyed || self.is_asked(&format!("{name}.overshoot"));
        Some(GateLaw::Window(WindowSpec { rules, kind, watched }))
    }

    /// A rate; none if there is no limit, or (said) if it is none that runs.
    fn rate_setting(&mut self, name: &str, stage: &StageInstance, setting: &str, at: At) -> Option<Rate> {
        let per_second = match stage.settings.get(setting)? {
            Value::Number(per_second, _) => *per_second,
            Value::Dynamic(_) => {
                let says = format!(
                    "the `{setting}` of `{name}` follows a measure, which this version of archsim does not run"
                );
                self.error(at, says, "a limit that stays as it is runs");
                return None;
            }
            _ => return None,
        };
        let rate = Rate::nearest(per_second);
        if rate.is_none() {
            let says = format!("the `{setting}` of `{name}` is beyond all limits: {per_second} a second");
            self.error(at, says, "rates run from one in a million million seconds to 1,000,000bn a second");
        }
        rate
    }

    /// The key of which each has a gate of its own. What is in partitions by its key has one capacity for all of them.
    fn gate_key(&self, part: &Part<'_>, stage: &StageInstance) -> u32 {
        let own = match stage.settings.get("key") {
            Some(Value::Key(key)) => Some(key.as_str()),
            _ => None,
        };
        let parted = part.instance.stages.iter().any(|other| other.mechanism == "partitions");
        let declared = part.instance.quantities.contains_key("key") && stage.mechanism != "ratchet" && !parted;
        let of_part =
            part.component.key.as_ref().filter(|_| declared && stage.per.is_none()).map(|key| key.value.as_str());
        own.or(of_part).map_or(NONE, |key| self.key_index(key))
    }

    fn key_index(&self, key: &str) -> u32 {
        self.ast.keys.keys().position(|name| name == key).map_or(NONE, |index| index as u32)
    }

    /// A gate at the door of a part that a fault will throttle.
    pub fn door_of(&mut self, name: &str, part: u32) -> Option<u32> {
        let throttles = |fault: &&crate::scenario::ast::Fault| {
            fault.what.iter().any(|what| what.value == "throttle") && fault.target.iter().any(|part| part.value == name)
        };
        self.ast.faults.values().find(throttles)?;
        self.ordered.insert(part);
        let (name, limit_name) = ("throttle".to_owned(), "throttle".to_owned());
        let source = "this file".to_owned();
        let (law, keyed, waits, adjustable) = (GateLaw::Open, false, None, false);
        Some(self.new_gates(GateSpec { part, name, law, keyed, waits, limit_name, source, adjustable }, 1))
    }

    /// So many stops from here on are one admission; 0 if no gate stands here.
    pub fn neighbours(&self, name: &str, stops: &[PathStep]) -> usize {
        let part = &self.parts[name];
        let of = |stop: &PathStep| match stop.target {
            Target::Stage { index, .. } => Some((&part.stages[index], &part.instance.stages[index].mechanism)),
            _ => None,
        };
        let (mut found, mut last) = (false, 0);
        for (nth, stop) in stops.iter().enumerate() {
            match of(stop) {
                Some((Bound::Gate(_), _)) => (found, last) = (true, nth + 1),
                Some((Bound::Line { .. }, mechanism)) if mechanism == "slots" => last = nth + 1,
                Some((Bound::Set(_) | Bound::Sieve { .. } | Bound::Nothing, _)) => {}
                _ => break,
            }
        }
        if found { last } else { 0 }
    }

    /// Gates that follow one another: members are chosen first, places that are refused when full come next (they are
    /// given back if a gate says no), then all that refuse together, then those at which one waits, in their order.
    pub(super) fn admission(
        &mut self,
        stops: &[PathStep],
        door: Option<u32>,
        asking: &Asking<'_, 'a>,
        inside: &mut Option<Inside<'a>>,
        way: &mut Way,
        context: &mut Context,
    ) {
        let bound = |compiler: &Self, stop: &PathStep| match stop.target {
            Target::Stage { index, .. } => compiler.parts[asking.name].stages[index].clone(),
            _ => Bound::Nothing,
        };
        let mut takes: Vec<TakeSpec> = door.map(at_the_door).into_iter().collect();
        let (mut refusing, mut behind) = (Vec::new(), Vec::new());
        for stop in stops {
            match bound(self, stop) {
                Bound::Gate(gate) if gate.waits => behind.push(stop),
                Bound::Gate(gate) => refusing.push((gate, stop)),
                Bound::Line { line, .. } if self.out.lines[line as usize].station.room > 0 => behind.push(stop),
                _ => self.path_step(asking.name, asking.operation, asking.op, stop, inside, asking.step, way, context),
            }
        }
        for (gate, stop) in refusing {
            takes.push(self.take(gate, stop, asking, inside, way, context));
        }
        self.admit(takes, context);
        for stop in behind {
            match bound(self, stop) {
                Bound::Gate(gate) => {
                    let takes = vec![self.take(gate, stop, asking, inside, way, context)];
                    let admission = self.new_admission(AdmissionSpec {
                        takes,
                        waits: true,
                        operation: asking.operation,
                        lost: NONE,
                    });
                    self.emit(Op::Admit { admission }, context);
                }
                _ => self.path_step(asking.name, asking.operation, asking.op, stop, inside, asking.step, way, context),
            }
        }
    }

    /// All of these, or none of them.
    fn admit(&mut self, takes: Vec<TakeSpec>, context: &mut Context) {
        if takes.is_empty() {
            return;
        }
        let drops = takes.iter().any(|take| take.drops);
        let lost = if drops { self.lost(context) } else { NONE };
        let admission = self.new_admission(AdmissionSpec { takes, waits: false, operation: NONE, lost });
        self.emit(Op::Admit { admission }, context);
    }

    /// Where who is dropped stands: outside of the part, which it has left.
    fn lost(&mut self, context: &mut Context) -> Pc {
        let over = self.emit(Op::Jump { to: 0 }, context);
        let inner = context.scope;
        let mut scope = inner;
        while scope != NONE {
            let here = self.out.program.scopes[scope as usize];
            scope = here.outer;
            if matches!(here.kind, ScopeKind::Part { .. }) {
                break;
            }
        }
        context.scope = scope;
        let lost = self.emit(Op::Lost, context);
        context.scope = inner;
        self.out.program.land(over);
        lost
    }

    fn new_admission(&mut self, admission: AdmissionSpec) -> u32 {
        self.out.gates.admissions.push(admission);
        (self.out.gates.admissions.len() - 1) as u32
    }

    fn take(
        &mut self,
        gate: GateUse,
        stop: &PathStep,
        asking: &Asking<'_, 'a>,
        inside: &Option<Inside<'a>>,
        way: &mut Way,
        context: &Context,
    ) -> TakeSpec {
        let member = member_of(way, gate.set);
        let said = asking.step.and_then(|(call, _)| Some(call.key.as_ref()?.value.as_str())).or(stop.key.as_deref());
        let key = match said {
            Some(key) if gate.key != NONE => self.key_index(key),
            _ => gate.key,
        };
        let at = asking.step.map_or(self.parts[asking.name].component.at, |(call, _)| call.target.at);
        let key = if key == NONE { NONE } else { self.reference_to(key, at, context) };
        let amount = match &stop.take {
            None => Amount::Fixed(TOKEN),
            Some(Value::Number(amount, _)) => Amount::Fixed(thousand_millionths(*amount)),
            Some(Value::Dynamic(ops)) => self.worked(ops, asking, inside, way),
            Some(_) => Amount::Fixed(TOKEN),
        };
        TakeSpec { gate: gate.gate, member, key, amount, cause: gate.cause, drops: gate.drops }
    }

    /// Is this path looked at by anybody?
    fn is_asked(&self, path: &str) -> bool {
        self.paths().iter().any(|asked| asked == path)
    }
}

/// What a fault lets in at the door of a part.
fn at_the_door(gate: u32) -> TakeSpec {
    let (amount, cause) = (Amount::Fixed(TOKEN), Cause::Throttled as u8);
    TakeSpec { gate, member: u16::MAX, key: NONE, amount, cause, drops: false }
}

fn burst(stage: &StageInstance) -> Option<u128> {
    match stage.settings.get("burst")? {
        Value::Number(tokens, _) => Some(thousand_millionths(*tokens)),
        Value::Unlimited => Some(u128::MAX),
        _ => None,
    }
}
