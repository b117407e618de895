//! Steps: verbs and what modifies them, as instructions.

use super::Compiler;
use super::clients;
use super::programs::{Body, Context, Goes, Pending, Work};
use crate::components::blueprint::{ChoiceSpec, Comparison, GroupSpec, MarkSpec, NumberSpec, Service, WhenSpec};
use crate::engine::program::{NONE, Op, Pc, ScopeKind};
use crate::record::results::Cause;
use crate::scenario::ast::{AtOnce, Branch, Compare, Number, Step, Verb, When};
use crate::scenario::tree::{At, Placed};
use crate::units::Law;

/// What is undone, from which scope it is led to, and the other ones of keys that it is about.
type Undo<'a> = (u32, &'a [Step], Vec<(u32, u16)>);

impl<'a> Compiler<'a> {
    /// A list: in order, up to the first that fails; what can be undone is, in reverse order, if a later one fails.
    pub fn steps(&mut self, steps: &'a [Step], context: &mut Context) {
        let outer = context.scope;
        let mut undos: Vec<Undo<'a>> = Vec::new();
        for step in steps {
            let (others, depth) = (context.others.len(), context.depth);
            self.step(step, context);
            if let Some(undo) = &step.undo {
                let scope = self.out.program.scope(context.scope, ScopeKind::Undo { to: 0 });
                undos.push((scope, undo, context.others.clone()));
                context.scope = scope;
            } else {
                context.depth = depth;
            }
            context.others.truncate(others);
        }
        context.scope = outer;
        if undos.is_empty() {
            return;
        }
        let over = self.emit(Op::Jump { to: 0 }, context);
        let own = context.others.clone();
        for (scope, undo, others) in undos.into_iter().rev() {
            context.others = others;
            self.out.program.lead(scope);
            context.scope = self.out.program.scopes[scope as usize].outer;
            self.steps(undo, context);
        }
        (context.scope, context.others) = (outer, own);
        self.emit(Op::FailAgain, context);
        self.out.program.land(over);
    }

    /// A step with all that modifies it: chance, when, else, and its client's policy.
    fn step(&mut self, step: &'a Step, context: &mut Context) {
        let mut skips: Vec<Pc> = Vec::new();
        if let Some(chance) = &step.chance {
            let chance = self.chance(chance, step.at);
            let site = self.site("chance");
            skips.push(self.emit(Op::Unless { chance, site, to: 0 }, context));
        }
        if let Some(when) = &step.when {
            let when = self.when(when, context);
            skips.push(self.emit(Op::UnlessWhen { when, to: 0 }, context));
        }
        // Of a `repeat`, each turn has one of its own.
        if let (Some(another), false) = (&step.another, matches!(step.verb, Verb::Repeat { .. })) {
            self.another(another, context);
        }
        match &step.otherwise {
            None => self.guarded(step, context),
            Some(otherwise) => {
                let outer = context.scope;
                let scope = self.out.program.scope(outer, ScopeKind::Else { to: 0 });
                context.scope = scope;
                self.guarded(step, context);
                context.scope = outer;
                let over = self.emit(Op::Jump { to: 0 }, context);
                self.out.program.lead(scope);
                self.steps(otherwise, context);
                self.out.program.land(over);
            }
        }
        for skip in skips {
            self.out.program.land(skip);
        }
    }

    /// A step under its client's policy, if it has one.
    fn guarded(&mut self, step: &'a Step, context: &mut Context) {
        if let Verb::Call(call) | Verb::Send(call) = &step.verb {
            return self.call(call, step, context);
        }
        if !clients::is_policy(&step.client) {
            return self.step_itself(step, context);
        }
        let name = format!("steps of {}", context.caller);
        let call = self.call_index(&context.caller, &name);
        let policy = self.policy(&step.client, call, &context.caller, false, context.strict);
        let site = self.site("attempt");
        self.emit(Op::Attempt { policy, site }, context);
        let mut inside = context.clone();
        inside.strict |= self.out.policies[policy as usize].strict;
        self.pending.push(Pending { body: Body::Step(step), goes: Goes::Policy(policy), context: inside });
    }

    /// The verb alone.
    pub fn step_itself(&mut self, step: &'a Step, context: &mut Context) {
        match &step.verb {
            Verb::Call(call) | Verb::Send(call) => self.call_itself(call, step, context),
            Verb::Run(name) => self.run_routine(name, context),
            Verb::Flow(flow) => {
                let entry = self.inner_entry(&flow.value, context);
                let site = self.site("flow");
                self.emit(Op::SubFlow { entry, site }, context);
            }
            Verb::Work(law) => self.work(law, step.at, context),
            Verb::Wait(law) => self.wait(law, "wait", context),
            Verb::Repeat { times, at_once, pack, need, steps } => {
                let records = *times == Number::Records && context.taker != NONE;
                let times = if records { self.records() } else { self.number(times, context) };
                let at_once = match at_once {
                    AtOnce::All => u32::MAX,
                    AtOnce::Just(n) => (*n).max(1),
                };
                let body = match &step.another {
                    Some(another) => Body::Turn(steps, another),
                    None => Body::Steps(steps),
                };
                let group = self.out.groups.len();
                self.group(vec![body], Some(times), at_once, *pack, *need, context);
                self.out.groups[group].records = records;
            }
            Verb::Parallel { branches, need } => {
                let bodies = branches.iter().map(|branch| Body::Steps(branch)).collect();
                self.group(bodies, None, u32::MAX, 1, *need, context);
            }
            Verb::Choose(branches) => self.choose(branches, context),
            Verb::Mark(name) if context.flow == NONE && context.behind => self.mark_behind(&name.value, context),
            Verb::Mark(name) => {
                let mark = self.mark(context.flow, &name.value);
                if mark != NONE {
                    self.emit(Op::Mark { mark }, context);
                }
            }
            Verb::Fail(_) => drop(self.emit(Op::Fail { cause: Cause::Broken as u8 }, context)),
            Verb::Group(steps) => self.steps(steps, context),
        }
    }

    fn run_routine(&mut self, name: &'a Placed<String>, context: &mut Context) {
        let Some(routine) = self.ast.routines.get(&name.value) else { return };
        let label = format!("routine {}", name.value);
        if context.stack.contains(&label) {
            return self.error(name.at, format!("`{}` runs itself", name.value), "`retries` on a group repeats it");
        }
        context.stack.push(label);
        if let Some(work) = &routine.work {
            self.work(&work.value, work.at, context);
        }
        self.steps(&routine.steps, context);
        context.stack.pop();
    }

    /// Processor time of the part whose handler this is.
    pub fn work(&mut self, law: &Law, at: At, context: &mut Context) {
        let part = context.part.clone().unwrap_or_default();
        if *law == Law::Constant(0.0) {
            return;
        }
        match context.work {
            Work::None => {
                self.error(
                    at,
                    "`work` needs somebody who works: a flow has no processor",
                    "put it into a handler, or say `wait`",
                );
            }
            Work::Time => self.wait(law, &format!("{part}/work"), context),
            Work::Alone { billionths } => {
                self.wait(&law.scaled(billionths as f64 / 1e9), &format!("{part}/work"), context);
            }
            Work::Held(held) => {
                let site = self.site(&format!("{part}/work"));
                let law = self.law(law);
                let spec = Service { law, site, ..self.out.services[held as usize].clone() };
                let service = self.service(spec);
                self.emit(Op::Work { service }, context);
            }
            Work::Share { share, member } => {
                let site = self.site(&format!("{part}/work"));
                let law = self.law(law);
                let service = self.service(Service { line: share, member, law, site, ..Service::default() });
                self.emit(Op::Share { service }, context);
            }
        }
    }

    /// Time that passes.
    pub fn wait(&mut self, law: &Law, purpose: &str, context: &mut Context) {
        let site = self.site(purpose);
        let law = self.law(law);
        self.emit(Op::Wait { law, site }, context);
    }

    fn group(
        &mut self,
        bodies: Vec<Body<'a>>,
        times: Option<u32>,
        at_once: u32,
        pack: u32,
        need: Option<u32>,
        context: &mut Context,
    ) {
        let group = self.out.groups.len() as u32;
        let strict = context.strict || need.is_some();
        self.out.groups.push(GroupSpec {
            bodies: vec![0; bodies.len()],
            times,
            pack,
            at_once,
            need,
            strict,
            records: false,
        });
        let site = self.site("group");
        self.emit(Op::Group { group, site }, context);
        for (place, body) in bodies.into_iter().enumerate() {
            let context = Context { strict, ..context.clone() };
            self.pending.push(Pending { body, goes: Goes::Group(group, place), context });
        }
    }

    fn choose(&mut self, branches: &'a [Branch], context: &mut Context) {
        let table = self.out.choices.len() as u32;
        self.out.choices.push(Vec::new());
        let site = self.site("choose");
        self.emit(Op::Choose { table, site }, context);
        let mut overs = vec![self.emit(Op::Jump { to: 0 }, context)];
        let mut choices = Vec::new();
        for branch in branches {
            let chance = branch.chance.as_ref().map(|chance| self.plain(chance, branch.at));
            let when = branch.when.as_ref().map(|when| self.when(when, context));
            choices.push(ChoiceSpec { chance, when, to: self.out.program.here() });
            self.steps(&branch.steps, context);
            overs.push(self.emit(Op::Jump { to: 0 }, context));
        }
        self.out.choices[table as usize] = choices;
        for over in overs {
            self.out.program.land(over);
        }
    }

    /// A named moment of a flow; `NONE` in a journey, which is no request.
    pub fn mark(&mut self, flow: u32, name: &str) -> u32 {
        if flow == NONE {
            return NONE;
        }
        let key = (flow, name.to_owned());
        if let Some(mark) = self.marks.get(&key) {
            return *mark;
        }
        let mark = self.out.marks.len() as u32;
        self.out.marks.push(MarkSpec { flow, name: name.to_owned() });
        self.marks.insert(key, mark);
        mark
    }

    /// A law in the table.
    pub fn law(&mut self, law: &Law) -> u32 {
        if let Some(there) = self.out.laws.iter().position(|other| other == law) {
            return there as u32;
        }
        self.out.laws.push(law.clone());
        (self.out.laws.len() - 1) as u32
    }

    /// A service in the table.
    pub fn service(&mut self, service: Service) -> u32 {
        self.out.services.push(service);
        (self.out.services.len() - 1) as u32
    }

    /// A chance in the table.
    pub fn chance(&mut self, chance: &Number, at: At) -> u32 {
        let chance = self.plain(chance, at);
        self.out.chances.push(chance);
        (self.out.chances.len() - 1) as u32
    }

    /// A number that is known before the run.
    pub fn plain(&mut self, number: &Number, at: At) -> f64 {
        match number {
            Number::Just(number) => *number,
            Number::Value(name) => self.ast.values.get(&name.value).map_or(0.0, |value| value.value),
            Number::Law(Law::Constant(number)) => *number,
            Number::Law(_) | Number::Attribute(_) | Number::Records => {
                self.error(at, "a chance is a number between 0 and 1", "write 0.05, or name one of `[values]`");
                0.0
            }
        }
    }

    /// A number in the table.
    pub fn number(&mut self, number: &Number, context: &Context) -> u32 {
        let spec = match number {
            Number::Just(number) => NumberSpec::Just(*number),
            Number::Value(name) => NumberSpec::Just(self.ast.values.get(&name.value).map_or(0.0, |value| value.value)),
            Number::Law(law) => {
                let site = self.site("number");
                NumberSpec::Law { law: self.law(law), site }
            }
            Number::Attribute(path) => self.attribute(path, context),
            Number::Records => NumberSpec::Just(1.0),
        };
        self.out.numbers.push(spec);
        (self.out.numbers.len() - 1) as u32
    }

    /// As many as were taken.
    fn records(&mut self) -> u32 {
        self.out.numbers.push(NumberSpec::Records);
        (self.out.numbers.len() - 1) as u32
    }

    fn attribute(&mut self, path: &Placed<String>, context: &Context) -> NumberSpec {
        let (key, attribute) = path.value.split_once('.').unwrap_or((&path.value, ""));
        let found = self.ast.keys.keys().position(|name| name == key).and_then(|index| {
            let place = self.out.keys[index].attributes.iter().position(|(name, _)| name == attribute)?;
            Some((index as u32, place as u32))
        });
        let Some((key, attribute)) = found else {
            let help = "an attribute is written `key.attribute`, and the key's entry under `[keys]` has it";
            self.error(path.at, format!("no key has `{}`", path.value), help);
            return NumberSpec::Just(0.0);
        };
        NumberSpec::Attribute { key: self.key_ref(key, path.at, context), attribute }
    }

    fn when(&mut self, when: &When, context: &Context) -> u32 {
        let number = self.number(&Number::Attribute(when.attribute.clone()), context);
        let than = self.plain(&when.than, when.attribute.at);
        let compare = match when.compare {
            Compare::Less => Comparison::Less,
            Compare::AtMost => Comparison::AtMost,
            Compare::Equal => Comparison::Equal,
            Compare::AtLeast => Comparison::AtLeast,
            Compare::More => Comparison::More,
        };
        self.out.whens.push(WhenSpec { number, compare, than });
        (self.out.whens.len() - 1) as u32
    }
}
