//! Calls: the way of an operation through its part's stages, with a handler, a front or a flow inside.

use super::Compiler;
use super::caches::Open;
use super::clients;
use super::gates::Asking;
use super::handlers::Doing;
use super::parts::{Bound, laws};
use super::programs::{Body, Context, Goes, Pending};
use crate::components::blueprint::{CallSpec, OperationSpec, Service};
use crate::components::incidents::Way as Road;
use crate::engine::program::{NONE, Op, ScopeKind};
use crate::record::results::Cause;
use crate::scenario::ast::{Call, Handler, Step};
use crate::scenario::model::{OpInstance, PathStep, Target};
use crate::scenario::suggest;
use crate::scenario::tree::{At, Placed};
use crate::units::Law;

/// What stands inside an operation's way.
pub(super) enum Inside<'a> {
    Nothing,
    /// A handler.
    Handler(Doing<'a>),
    /// A handler that is started by what it takes.
    Taker(Doing<'a>, u32),
    /// The next front of a flow.
    Front {
        flow: &'a str,
        next: usize,
    },
}

/// What is being given back at the end of a way, in reverse order.
#[derive(Default)]
pub(crate) struct Way {
    /// Bytes asked and answered, once somebody has asked for them.
    pub words: Vec<(String, u32)>,
    pub held: Vec<(Held, u32)>,
    pub members: Vec<(u32, u16)>,
    pub worked: bool,
    /// Looks into caches that are not over.
    pub looks: Vec<Open>,
    /// A name that says where it goes on inside.
    name: Option<u32>,
    /// A store whose write is acknowledged at the end, and ways to be gone back.
    written: Option<u32>,
    crossed: Vec<u16>,
}

impl Way {
    /// The cell that says which member of a set was chosen.
    pub fn member_of(&self, set: Option<u32>) -> u16 {
        member_of(self, set)
    }
}

/// What is held on the way, and the scope around it.
pub(crate) enum Held {
    Service(u32),
    Member { set: u32, depth: u16 },
    Visit { visit: u32, depth: u16 },
}

impl Held {
    /// How it is given back.
    pub fn given_back(self) -> Op {
        match self {
            Held::Service(service) => Op::Release { service },
            Held::Member { set, depth } => Op::Unpick { set, depth },
            Held::Visit { visit, depth } => Op::Visited { visit, depth },
        }
    }
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
        let Some(beside) = self.goes_beside(call, step, name) else { return };
        if beside {
            // A hand-over to something that is no queue starts it in the background.
            let site = self.site("background");
            let pc = self.emit(Op::Background { body: 0, site }, context);
            let inside = context.clone();
            let body = Body::Call(call, step);
            return self.pending.push(Pending { body, goes: Goes::Background(pc), context: inside });
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
    pub(super) fn target(&mut self, target: &Placed<String>) -> Option<(&'a str, Option<String>)> {
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
            (Some((_, handler)), _) => Inside::Handler(Doing::of(handler)),
            (None, true) => Inside::Handler(Doing::said_by(call, step)),
            (None, false) => Inside::Nothing,
        };
        let handed = (operation.is_none() && handler.is_none()).then(|| self.accepts_by(name)).flatten();
        let op = handed.or_else(|| self.operation_of(name, operation.as_deref(), &inside, call.target.at));
        let Some(op) = op else { return };
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
        let (region, cells) = (context.region, context.depth);
        let crossed = self.goes_to(name, context);
        let looks = self.part_way(name, &op, &label, inside, Some((call, step)), context);
        self.returns(crossed, context);
        (context.region, context.depth) = (region, cells);
        if let Some(service) = connection {
            context.scope = self.fetches(&looks, context.scope);
            self.emit(Op::Release { service }, context);
            (context.scope, context.depth) = (outer, depth);
        }
        if handler.is_some() {
            context.stack.pop();
        }
        self.missed(&looks, call, step, context);
        if let Some(refused) = &call.refused {
            let chance = self.chance(refused, step.at);
            let site = self.site(&format!("{name}/refused"));
            self.emit(Op::FailSometimes { chance, site, cause: Cause::Refused as u8 }, context);
        }
        self.effect(call, name, context);
    }

    /// Where a call that says `idempotent` has done its work: only if it is not, can the work be done twice.
    fn effect(&mut self, call: &Call, name: &str, context: &Context) {
        let Some(idempotent) = call.idempotent else { return };
        let part = self.parts[name].index;
        self.out.effects.parts.insert(part);
        if !idempotent {
            let site = self.site(&format!("{name}/effect"));
            let effect = self.out.effects.calls.len() as u32;
            self.out.effects.calls.push((part, site));
            self.emit(Op::Effect { call: effect }, context);
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
        let (region, outer) = (context.region, context.depth);
        let crossed = self.goes_to(name, context);
        self.part_way(name, &op, "", inside, None, context);
        self.returns(crossed, context);
        (context.region, context.depth) = (region, outer);
    }

    /// The operation in the table of the part.
    pub(super) fn operation(&mut self, name: &str, label: &str) -> u32 {
        let part = &self.parts[name];
        if let Some(operation) = part.operations.get(label) {
            return *operation;
        }
        let (index, place) = (part.index, part.bound.place);
        let site = self.named_site(format!("{name}/{label}/fault"));
        let operation = self.out.operations.len() as u32;
        self.out.operations.push(OperationSpec {
            part: index,
            name: label.to_owned(),
            site,
            place,
            ..Default::default()
        });
        if let Some(part) = self.parts.get_mut(name) {
            part.operations.insert(label.to_owned(), operation);
        }
        operation
    }

    /// Goes to the region in which a part serves: the caller's own where it can be.
    fn goes_to(&mut self, name: &str, context: &mut Context) -> Option<u16> {
        let region = self.served_in(name, context.region);
        if region == NONE || region == context.region {
            return None;
        }
        let from = std::mem::replace(&mut context.region, region);
        self.crosses(Road::Between { from, to: region }, context)
    }

    /// The whole way through a part, where it serves. Says which looks may have missed, if whoever asked has to do
    /// something about it.
    pub(super) fn part_way(
        &mut self,
        name: &'a str,
        op: &str,
        label: &str,
        inside: Inside<'a>,
        step: Option<(&'a Call, &'a Step)>,
        context: &mut Context,
    ) -> Vec<u32> {
        let was = self.move_part(name, self.served_in(name, context.region));
        let looks = self.way_inside(name, op, label, inside, step, context);
        self.move_part(name, was);
        looks
    }

    fn way_inside(
        &mut self,
        name: &'a str,
        op: &str,
        label: &str,
        inside: Inside<'a>,
        step: Option<(&'a Call, &'a Step)>,
        context: &mut Context,
    ) -> Vec<u32> {
        let operation = self.operation(name, label);
        let instance: OpInstance = self.parts[name].instance.ops[op].clone();
        let (outer, depth) = (context.scope, context.depth);
        context.depth += 1;
        self.emit(Op::Enter { operation, depth }, context);
        context.scope = self.out.program.scope(outer, ScopeKind::Part { operation, depth });
        self.door(name, context);
        let mut way = Way::default();
        let mut inside = Some(inside);
        let mut door = self.parts[name].door;
        let asking = Asking { name, operation, op: &instance, step };
        let mut visits = self.visits(op, &asking, &inside, &mut way, context);
        self.begin_visits(&mut visits, None, &mut way, context);
        let mut stops = &instance.path[..];
        while !stops.is_empty() || door.is_some() {
            if door.is_none() {
                self.begin_visits(&mut visits, Some(instance.path.len() - stops.len()), &mut way, context);
            }
            let gates = self.neighbours(name, stops);
            let asking = Asking { name, operation, op: &instance, step };
            if gates > 0 || door.is_some() {
                self.admission(&stops[..gates], door.take(), &asking, &mut inside, &mut way, context);
                stops = &stops[gates..];
                continue;
            }
            if !self.visit(&stops[0], &asking, &inside, &mut way, context) {
                self.path_step(name, operation, &instance, &stops[0], &mut inside, step, &mut way, context);
            }
            stops = &stops[1..];
        }
        self.begin_visits(&mut visits, Some(instance.path.len()), &mut way, context);
        let looks = self.way_ends(&mut way, instance.has_inside(), context);
        context.scope = self.fetches(&looks, context.scope);
        while let Some(crossed) = way.crossed.pop() {
            self.returns(Some(crossed), context);
        }
        self.emit(Op::Leave { operation, depth }, context);
        context.scope = outer;
        context.depth = depth;
        if let Some(store) = way.written {
            self.emit(Op::Acknowledged { store }, context);
        }
        looks
    }

    #[expect(clippy::too_many_arguments, reason = "one stop of a way, with all that the way knows")]
    pub(super) fn path_step(
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
        let (index, verb) = match &path.target {
            Target::Stage { index, verb } => (*index, verb.as_str()),
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
            Bound::Nothing | Bound::Alone { .. } | Bound::Gate(_) | Bound::Loop { .. } => {}
            Bound::Cache { cache, set } => self.cache_step(name, (cache, set), path, step, way, context),
            Bound::Name(known) => way.name = Some(known),
            Bound::Need(need) => drop(self.emit(Op::Enough { need }, context)),
            Bound::Store(store) => {
                way.crossed.extend(self.copies(name, store, verb, context));
                way.written = way.written.or((verb == "write").then_some(store));
            }
            Bound::Messages(store) => self.hand_step(name, store, op, path, step.map(|(call, _)| call), way, context),
            Bound::Rows { rows, cause } => {
                self.row_step(name, (rows, cause), path, step.map(|(call, _)| call), context)
            }
            Bound::Delay(times) => times.iter().for_each(|law| self.wait(law, &format!("{name}/time"), context)),
            Bound::Sieve { share, cause } => self.fail_sometimes(name, share, cause, context),
            Bound::Set(set) => {
                let call = step.map(|(call, _)| call);
                let at = call.map_or(self.parts[name].component.at, |call| call.target.at);
                let key = self.key_of_choice(name, set, self.key_here(name, path, call), at, context);
                self.choose_member(set, key, way, context);
            }
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
                    Some(Inside::Handler(doing)) if is_work && !context.takes => doing.only_work(),
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
                        self.begin_taking(context);
                    }
                }
            }
        }
    }

    /// A share of those who come here fails.
    pub(super) fn fail_sometimes(&mut self, name: &str, share: f64, cause: u8, context: &Context) {
        if share > 0.0 {
            self.out.chances.push(share);
            let chance = (self.out.chances.len() - 1) as u32;
            let site = self.site(&format!("{name}/fail"));
            self.emit(Op::FailSometimes { chance, site, cause }, context);
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
            controlled: self.out.lines[line as usize].control.is_some(),
            ..Service::default()
        }
    }

    /// What stands inside: a handler's work and steps, or the rest of a flow.
    fn inside(&mut self, name: &'a str, op: &OpInstance, inside: Inside<'a>, way: &mut Way, context: &mut Context) {
        match inside {
            Inside::Nothing => {}
            Inside::Front { flow, next } => {
                let outer = context.clone();
                match way.name {
                    None => self.flow_body(flow, next, context),
                    name => self.leads(name, context, &mut |compiler, inside| compiler.flow_body(flow, next, inside)),
                }
                context.depth = outer.depth;
            }
            Inside::Taker(doing, taker) => {
                self.handler_inside(name, op, doing, way, context);
                self.taker_ends(doing.steps, taker, context);
            }
            Inside::Handler(doing) => self.handler_inside(name, op, doing, way, context),
        }
    }
}

pub(super) fn member_of(way: &Way, set: Option<u32>) -> u16 {
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
            controlled: false,
        }
    }
}
