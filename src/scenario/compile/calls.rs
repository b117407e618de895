//! Calls: the way of an operation through its part's stages, with a handler, a front or a flow inside.

use super::Compiler;
use super::clients;
use super::parts::{Bound, laws};
use super::programs::{Body, Context, Goes, Pending, Work};
use crate::components::blueprint::{CallSpec, OperationSpec, Service};
use crate::engine::program::{NONE, Op, ScopeKind};
use crate::record::results::Cause;
use crate::scenario::ast::{Call, Handler, Step, Verb};
use crate::scenario::model::{OpInstance, PathStep, Target};
use crate::scenario::suggest;
use crate::scenario::tree::{At, Placed};
use crate::units::Law;

/// What stands inside an operation's way.
enum Inside<'a> {
    /// Nothing.
    Nothing,
    /// A handler: work, steps, and the share of runs that break.
    Handler { work: Option<&'a Law>, at: At, steps: &'a [Step], fail: f64 },
    /// The next front of a flow.
    Front { flow: &'a str, next: usize },
}

/// What is being given back at the end of a way, in reverse order.
pub(super) struct Way {
    pub held: Vec<(Held, u32)>,
    pub members: Vec<(u32, u16)>,
    worked: bool,
}

/// What is held on the way, and the scope around it.
pub(super) enum Held {
    Service(u32),
    Member { set: u32, depth: u16 },
}

impl<'a> Compiler<'a> {
    /// A caller and a callee whose attempts are counted.
    pub fn call_index(&mut self, caller: &str, callee: &str) -> u32 {
        let key = (caller.to_owned(), callee.to_owned());
        if let Some(call) = self.calls.get(&key) {
            return *call;
        }
        let call = self.out.calls.len() as u32;
        self.out.calls.push(CallSpec { caller: key.0.clone(), callee: key.1.clone() });
        self.calls.insert(key, call);
        call
    }

    /// A call with its client's policy: the step's own words over those of the component.
    pub fn call(&mut self, call: &'a Call, step: &'a Step, context: &mut Context) {
        let Some((name, _)) = self.target(&call.target) else { return };
        let component = &self.ast.components[name];
        let client = clients::over(&component.client, &step.client);
        let index = self.call_index(&context.caller, name);
        if matches!(step.verb, Verb::Send(_)) {
            // A hand-over to something that is no queue starts it in the background.
            let site = self.site("background");
            let pc = self.emit(Op::Background { body: 0, site }, context);
            let inside = context.clone();
            return self.pending.push(Pending {
                body: Body::Call(call, step),
                goes: Goes::Background(pc),
                context: inside,
            });
        }
        if !clients::is_policy(&client) {
            self.emit(Op::CallBegins { call: index }, context);
            let outer = context.scope;
            context.scope = self.out.program.scope(outer, ScopeKind::Call { call: index });
            self.call_itself(call, step, context);
            self.emit(Op::CallEnds { call: index }, context);
            context.scope = outer;
            return;
        }
        let policy = self.policy(&client, index, &context.caller.clone(), false, context.strict);
        let site = self.site("attempt");
        self.emit(Op::Attempt { policy, site }, context);
        let mut inside = context.clone();
        inside.strict |= self.out.policies[policy as usize].strict;
        self.pending.push(Pending { body: Body::Call(call, step), goes: Goes::Policy(policy), context: inside });
    }

    /// A connection to the callee, if the calling part keeps a pool of them.
    fn pool_of(&mut self, callee: &str, context: &mut Context) -> Option<u32> {
        let part = self.parts.get(context.part.as_ref()?)?;
        let line = *part.pools.get(callee)?;
        let (depth, member) = (context.depth, context.member);
        context.depth += 1;
        Some(self.service(Service { line, depth, member, ..Service::default() }))
    }

    /// The component and operation of a target, or a message.
    fn target(&mut self, target: &Placed<String>) -> Option<(&'a str, Option<String>)> {
        let (name, operation) = match target.value.split_once('.') {
            Some((name, operation)) => (name, Some(operation.to_owned())),
            None => (target.value.as_str(), None),
        };
        match self.ast.components.get_key_value(name) {
            Some((name, _)) => Some((name.as_str(), operation)),
            None => {
                let near = suggest::nearest(name, self.ast.components.keys().map(String::as_str));
                let help = near
                    .map_or_else(|| "add it under `[components]`".to_owned(), |near| format!("there is a `{near}`"));
                self.error(target.at, format!("no component called `{name}`"), help);
                None
            }
        }
    }

    /// A call without its policy.
    pub fn call_itself(&mut self, call: &'a Call, step: &'a Step, context: &mut Context) {
        if self.too_long() {
            return;
        }
        let Some((name, operation)) = self.target(&call.target) else { return };
        let handled = call.work.is_some() || !call.steps.is_empty();
        let handler = if handled { None } else { self.handler_of(name, operation.as_deref()) };
        let inside = match (&handler, handled) {
            (Some((_, handler)), _) => Inside::Handler {
                work: handler.work.as_ref().map(|work| &work.value),
                at: handler.at,
                steps: &handler.steps,
                fail: handler.fail,
            },
            (None, true) => Inside::Handler {
                work: call.work.as_ref().map(|work| &work.value),
                at: step.at,
                steps: &call.steps,
                fail: 0.0,
            },
            (None, false) => Inside::Nothing,
        };
        let Some(op) = self.operation_of(name, operation.as_deref(), &inside, call.target.at) else { return };
        let label = handler.as_ref().map_or_else(|| op.clone(), |(label, _)| (*label).to_owned());
        if handler.is_some() {
            let circle = format!("{name}.{label}");
            if context.stack.contains(&circle) {
                let chain = context.stack.join(" > ");
                let help = "a call must come to an end; break the circle";
                return self.error(call.target.at, format!("`{name}` calls itself: {chain} > {circle}"), help);
            }
            context.stack.push(circle);
        }
        // The connection is held from when the caller has it to the answer; also an attempt that was given up keeps it.
        let (outer, depth) = (context.scope, context.depth);
        let connection = self.pool_of(name, context);
        if let Some(service) = connection {
            self.emit(Op::Acquire { service }, context);
            context.scope = self.out.program.scope(outer, ScopeKind::Held { service });
        }
        self.part_way(name, &op, &label, inside, Some((call, step)), context);
        if let Some(service) = connection {
            self.emit(Op::Release { service }, context);
            (context.scope, context.depth) = (outer, depth);
        }
        if handler.is_some() {
            context.stack.pop();
        }
        if let Some(refused) = &call.refused {
            let chance = self.chance(refused, step.at);
            let site = self.site(&format!("{name}/refused"));
            self.emit(Op::FailSometimes { chance, site, cause: Cause::Refused as u8 }, context);
        }
    }

    /// The handler that a target means.
    fn handler_of(&self, name: &str, operation: Option<&str>) -> Option<(&'a str, &'a Handler)> {
        let handlers = self.ast.handlers.get(name)?;
        let wanted = operation.unwrap_or("");
        handlers.get_key_value(wanted).map(|(label, handler)| (label.as_str(), handler))
    }

    /// The operation of the model that a call takes.
    fn operation_of(&mut self, name: &str, operation: Option<&str>, inside: &Inside<'a>, at: At) -> Option<String> {
        let part = &self.parts[name];
        let handled = !matches!(inside, Inside::Nothing);
        let handlers = self.ast.handlers.get(name);
        if let Some(wanted) = operation
            && !handled
        {
            if part.instance.ops.contains_key(wanted) {
                return Some(wanted.to_owned());
            }
            let model = part.instance.model.clone();
            // Whatever has just one operation is asked by any name: `stripe.charge`, `drivers.ask`.
            if handlers.is_none() && part.instance.ops.len() == 1 {
                return part.instance.ops.keys().next().cloned();
            }
            let ops: Vec<&str> = part.instance.ops.keys().map(String::as_str).collect();
            let known = match handlers {
                Some(handlers) => handlers.keys().map(|label| format!("{name}.{label}")).collect::<Vec<_>>().join(", "),
                None => ops.join(", "),
            };
            self.error(at, format!("`{model}` cannot `{wanted}`"), format!("`{name}` can: {known}"));
            return None;
        }
        if let Some(op) = part.instance.default_op(handled) {
            return Some(op.to_owned());
        }
        if let Some(handlers) = handlers
            && !handled
            && handlers.len() > 1
        {
            let all = handlers.keys().map(|label| format!("{name}.{label}")).collect::<Vec<_>>().join(", ");
            self.error(at, format!("`{name}` has several handlers: which one?"), all);
            return None;
        }
        let ops = part.instance.ops.keys().map(|op| format!("`{name}.{op}`")).collect::<Vec<_>>().join(", ");
        let help = if ops.is_empty() || part.instance.ops.contains_key("run") {
            format!("add `[handlers.{name}]` with `work`, or say `work` in the step")
        } else {
            format!("one of {ops}")
        };
        self.error(at, format!("nothing says what `{name}` does"), help);
        None
    }

    /// A front of a flow: stays open until the answer passes back.
    pub fn front(&mut self, flow: &'a str, front: usize, through: &'a Placed<String>, context: &mut Context) {
        let Some((name, _)) = self.target(through) else { return };
        let inside = Inside::Front { flow, next: front + 1 };
        let part = &self.parts[name];
        let Some(op) = part.instance.ops.iter().find(|(_, op)| op.has_inside()).map(|(op, _)| op.clone()) else {
            let help = "a front lets the answer pass back through itself; call it as a step instead";
            return self.error(through.at, format!("`{name}` cannot stand in `through`"), help);
        };
        self.part_way(name, &op, "", inside, None, context);
    }

    /// The operation in the table of the part.
    fn operation(&mut self, name: &str, label: &str) -> u32 {
        let part = &self.parts[name];
        if let Some(operation) = part.operations.get(label) {
            return *operation;
        }
        let index = part.index;
        let site = self.named_site(format!("{name}/{label}/fault"));
        let operation = self.out.operations.len() as u32;
        self.out.operations.push(OperationSpec { part: index, name: label.to_owned(), free: false, site });
        if let Some(part) = self.parts.get_mut(name) {
            part.operations.insert(label.to_owned(), operation);
        }
        operation
    }

    /// The whole way through a part.
    fn part_way(
        &mut self,
        name: &'a str,
        op: &str,
        label: &str,
        inside: Inside<'a>,
        step: Option<(&'a Call, &'a Step)>,
        context: &mut Context,
    ) {
        let operation = self.operation(name, label);
        let instance: OpInstance = self.parts[name].instance.ops[op].clone();
        let (outer, depth) = (context.scope, context.depth);
        context.depth += 1;
        self.emit(Op::Enter { operation, depth }, context);
        context.scope = self.out.program.scope(outer, ScopeKind::Part { operation, depth });
        let mut way = Way { held: Vec::new(), members: Vec::new(), worked: false };
        let mut inside = Some(inside);
        for path in &instance.path {
            self.path_step(name, operation, &instance, path, &mut inside, step, &mut way, context);
        }
        while let Some((held, scope)) = way.held.pop() {
            let back = match held {
                Held::Service(service) => Op::Release { service },
                Held::Member { set, depth } => Op::Unpick { set, depth },
            };
            self.emit(back, context);
            context.scope = scope;
        }
        self.emit(Op::Leave { operation, depth }, context);
        context.scope = outer;
        context.depth = depth;
    }

    #[expect(clippy::too_many_arguments, reason = "one stop of a way, with all that the way knows")]
    fn path_step(
        &mut self,
        name: &'a str,
        operation: u32,
        op: &OpInstance,
        path: &PathStep,
        inside: &mut Option<Inside<'a>>,
        step: Option<(&'a Call, &'a Step)>,
        way: &mut Way,
        context: &mut Context,
    ) {
        let index = match &path.target {
            Target::Stage { index, .. } => *index,
            Target::Inside => {
                if let Some(inside) = inside.take() {
                    self.inside(name, op, inside, way, context);
                }
                return;
            }
            Target::Host(_) => return,
        };
        let bound = self.parts[name].stages[index].clone();
        let own = laws(path.time.as_ref()).into_iter().next();
        match bound {
            Bound::Nothing => {}
            Bound::Delay(times) => {
                for law in &times {
                    self.wait(law, &format!("{name}/time"), context);
                }
            }
            Bound::Sieve { share, cause } => {
                if share > 0.0 {
                    self.out.chances.push(share);
                    let chance = (self.out.chances.len() - 1) as u32;
                    let site = self.site(&format!("{name}/fail"));
                    self.emit(Op::FailSometimes { chance, site, cause }, context);
                }
            }
            Bound::Set(set) => self.choose_member(set, way, context),
            Bound::Share { share, set } => {
                let law = own.or_else(|| op.work.is_none().then_some(Law::Constant(0.0)));
                if let Some(law) = law {
                    let site = self.site(&format!("{name}/work"));
                    let law = self.law(&law);
                    let member = member_of(way, set);
                    let service = self.service(Service { line: share, member, law, site, ..Service::default() });
                    self.emit(Op::Share { service }, context);
                }
            }
            Bound::Line { line, set, law, patience } => {
                let spec = self.line_service(name, operation, line, member_of(way, set), patience, step, context);
                let is_work = op.work == Some(index);
                let simple = match inside.as_ref() {
                    Some(Inside::Handler { work, steps, fail, .. }) if is_work => {
                        (steps.is_empty() && *fail == 0.0).then(|| work.cloned().unwrap_or(Law::Constant(0.0)))
                    }
                    _ => None,
                };
                let held = path.time.is_none() && law.is_none() && simple.is_none();
                match own.or(simple).or(law).filter(|_| !held) {
                    Some(law) => {
                        let site = self.site(&format!("{name}/work"));
                        let law = self.law(&law);
                        let service = self.service(Service { law, site, ..spec });
                        self.emit(Op::Serve { service }, context);
                        way.worked |= is_work;
                    }
                    None => {
                        let depth = context.depth;
                        context.depth += 1;
                        let service = self.service(Service { depth, ..spec });
                        self.emit(Op::Acquire { service }, context);
                        way.held.push((Held::Service(service), context.scope));
                        context.scope = self.out.program.scope(context.scope, ScopeKind::Held { service });
                    }
                }
            }
        }
    }

    /// How a line is used at this place.
    #[expect(clippy::too_many_arguments, reason = "all that a place in a line depends on")]
    fn line_service(
        &mut self,
        name: &str,
        operation: u32,
        line: u32,
        member: u16,
        own: Option<Law>,
        step: Option<(&'a Call, &'a Step)>,
        _context: &Context,
    ) -> Service {
        let call = step.map(|(call, _)| call);
        let patience = call.and_then(|call| call.patience.clone()).or(own);
        let (patience, patience_site) = match patience {
            None => (None, 0),
            Some(law) => (Some(self.law(&law)), self.site(&format!("{name}/patience"))),
        };
        Service {
            line,
            member,
            operation,
            priority: call.and_then(|call| call.priority).unwrap_or(0),
            patience,
            patience_site,
            door: true,
            ..Service::default()
        }
    }

    /// What stands inside: a handler's work and steps, or the rest of a flow.
    fn inside(&mut self, name: &'a str, op: &OpInstance, inside: Inside<'a>, way: &mut Way, context: &mut Context) {
        match inside {
            Inside::Nothing => {}
            Inside::Front { flow, next } => {
                let outer = context.clone();
                self.flow_body(flow, next, context);
                context.depth = outer.depth;
            }
            Inside::Handler { work, at, steps, fail } => {
                let outer = context.clone();
                context.part = Some(name.to_owned());
                context.caller = name.to_owned();
                context.work = self.worker(name, op, way);
                context.member = way.members.last().map_or(u16::MAX, |(_, depth)| *depth);
                if let Some(work) = work
                    && !way.worked
                {
                    self.work(work, at, context);
                }
                self.steps(steps, context);
                if fail > 0.0 {
                    self.out.chances.push(fail);
                    let chance = (self.out.chances.len() - 1) as u32;
                    let site = self.site(&format!("{name}/fail"));
                    self.emit(Op::FailSometimes { chance, site, cause: Cause::Broken as u8 }, context);
                }
                (context.part, context.caller, context.work) = (outer.part, outer.caller, outer.work);
                (context.depth, context.member) = (outer.depth, outer.member);
            }
        }
    }

    /// Who does the work of a handler of this part.
    fn worker(&self, name: &str, op: &OpInstance, way: &Way) -> Work {
        let Some(index) = op.work else { return Work::Time };
        match &self.parts[name].stages[index] {
            Bound::Share { share, set } => Work::Share { share: *share, member: member_of(way, *set) },
            Bound::Line { line, .. } => way
                .held
                .iter()
                .filter_map(|(held, _)| if let Held::Service(service) = held { Some(*service) } else { None })
                .find(|service| self.out.services[*service as usize].line == *line)
                .map_or(Work::Time, Work::Held),
            _ => Work::Time,
        }
    }
}

fn member_of(way: &Way, set: Option<u32>) -> u16 {
    set.and_then(|set| way.members.iter().rev().find(|(other, _)| *other == set)).map_or(u16::MAX, |(_, depth)| *depth)
}

impl Default for Service {
    fn default() -> Service {
        Service {
            line: 0,
            member: u16::MAX,
            operation: NONE,
            law: 0,
            site: 0,
            priority: 0,
            patience: None,
            patience_site: 0,
            depth: 0,
            door: false,
        }
    }
}
