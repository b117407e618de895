//! Programs: the bodies of flows, attempts, branches and turns, written one after another.
//!
//! A body that runs in a frame of its own is written when the program that starts it is done: it waits in a list, with
//! what surrounds it, until then.

use super::Compiler;
use super::clients;
use super::handlers::Doing;
use super::messages::Subscriber;
use crate::engine::program::{NONE, Op, Pc};
use crate::scenario::ast::{Call, Client, Step};
use crate::scenario::tree::Placed;
use crate::units::Law;

/// What surrounds a step.
#[derive(Clone)]
pub(crate) struct Context {
    /// Who calls: the flow, or the part (with its operation).
    pub caller: String,
    /// The part whose handler this is, and the service that does its work.
    pub part: Option<String>,
    pub work: Work,
    /// The cell that keeps which member of the part's fleet this is.
    pub member: u16,
    /// The flow and the traffic, for marks and sites.
    pub flow: u32,
    pub entry: String,
    /// The source behind it all.
    pub asker: u32,
    /// The region in which it goes on.
    pub region: u32,
    /// The next free cell.
    pub depth: u16,
    /// Other ones of keys, drawn for what is here: the key, and the cell that keeps it.
    pub others: Vec<(u32, u16)>,
    /// Nothing may run ahead of the clock.
    pub strict: bool,
    /// The calls that led here, to find circles.
    pub stack: Vec<String>,
    /// The innermost scope.
    pub scope: u32,
    /// Whose run this is and what it has taken is at hand, or `NONE`.
    pub taker: u32,
    /// It has not been taken yet.
    pub takes: bool,
    /// What is executed belongs to a run, also where what it has taken is not at hand.
    pub behind: bool,
    /// What is handed over is a topic's copy.
    pub copies: bool,
}

/// Who does the `work` of a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Nobody: a flow has no processor.
    None,
    /// The server that is held: time passes.
    Held(u32),
    /// Shared cores.
    Share { share: u32, member: u16 },
    /// A part without limits: time passes.
    Time,
    /// A processor of its own: so many billionths of the time.
    Alone { billionths: u64 },
}

/// What a body consists of.
#[derive(Clone)]
pub(crate) enum Body<'a> {
    /// Steps in order.
    Steps(&'a [Step]),
    /// The same, about another one of a key.
    Turn(&'a [Step], &'a Placed<String>),
    /// What is done to have a store's answer anew.
    Refresh(&'a [Step], u32),
    /// One step, without its client's policy.
    Step(&'a Step),
    /// A call, without its policy; is it sent?
    Call(&'a Call, &'a Step),
    /// A flow: its fronts from this one on, then its steps.
    Flow(&'a str, usize),
    /// A flow, asked and answered over the last mile to its users.
    Far(&'a str, &'a Law),
    /// What is done inside a part, within its limit.
    Doing(&'a str, Doing<'a>),
    /// A topic's copy for a subscriber: all of its attempts, or one.
    Copy(&'a str, Subscriber<'a>),
    CopyOnce(&'a str, Subscriber<'a>),
}

/// Where the address of a body goes.
#[derive(Clone, Copy)]
pub(crate) enum Goes {
    Policy(u32),
    Refresh(u32),
    Group(u32, usize),
    Background(Pc),
    Entry(u32),
}

/// A body to be written.
pub(crate) struct Pending<'a> {
    pub body: Body<'a>,
    pub goes: Goes,
    pub context: Context,
}

/// Instructions above which a scenario is refused: handlers that call handlers multiply.
const MOST: usize = 2_000_000;

impl<'a> Compiler<'a> {
    /// Emits an instruction.
    pub fn emit(&mut self, op: Op, context: &Context) -> Pc {
        self.strict.push(context.strict);
        self.out.program.cells = self.out.program.cells.max(context.depth);
        self.out.program.emit(op, context.scope)
    }

    /// Have the programs become longer than anybody wants? Says so once.
    pub fn too_long(&mut self) -> bool {
        let too_long = self.out.program.ops.len() > MOST;
        if too_long && !self.said_too_long {
            self.said_too_long = true;
            let at = self.ast.flows.values().next().map(|flow| flow.at).unwrap_or_default();
            let help = "handlers that call handlers multiply; call fewer from each other, or fewer levels";
            self.error(at, "the flows of this scenario come to more than two million steps", help);
        }
        too_long
    }

    /// Writes all bodies that wait.
    pub fn write_pending(&mut self) {
        while let Some(pending) = self.pending.pop() {
            if self.too_long() {
                return;
            }
            let start = self.out.program.here();
            let mut context = pending.context;
            context.scope = NONE;
            let caller = context.part.clone();
            let was = caller.as_ref().map(|part| self.move_part(part, self.served_in(part, context.region)));
            match pending.body {
                Body::Steps(steps) => self.steps(steps, &mut context),
                Body::Turn(steps, another) => {
                    self.another(another, &mut context);
                    self.steps(steps, &mut context);
                }
                Body::Refresh(steps, look) => self.refresh(steps, look, &mut context),
                Body::Step(step) => self.step_itself(step, &mut context),
                Body::Call(call, step) => self.call_itself(call, step, &mut context),
                Body::Flow(flow, front) => self.flow_body(flow, front, &mut context),
                Body::Far(flow, mile) => self.over_the_mile(flow, mile, &mut context),
                Body::Doing(name, doing) => self.doing(name, doing, &mut context),
                Body::Copy(topic, subscriber) => self.copy(topic, subscriber, &mut context),
                Body::CopyOnce(topic, subscriber) => self.copy_once(topic, subscriber, &mut context),
            }
            if let Goes::Group(group, _) = pending.goes
                && self.out.groups[group as usize].records
            {
                let pack = self.out.groups[group as usize].pack.max(1);
                self.emit(Op::Judge { pack }, &context);
            }
            self.emit(Op::End, &context);
            if let Some((part, was)) = caller.zip(was) {
                self.move_part(&part, was);
            }
            match pending.goes {
                Goes::Refresh(look) => self.out.stores.looks[look as usize].refresh = start,
                Goes::Policy(policy) => self.out.policies[policy as usize].body = start,
                Goes::Group(group, place) => self.out.groups[group as usize].bodies[place] = start,
                Goes::Background(pc) => {
                    if let Op::Background { body, .. } = &mut self.out.program.ops[pc as usize] {
                        *body = start;
                    }
                }
                Goes::Entry(entry) => self.out.entries[entry as usize].start = start,
            }
        }
    }

    /// The program of an entry: the flow under its client's policy.
    pub fn entry_program(&mut self, entry: u32, flow: &'a str, traffic: &str, client: Option<&'a Client>) {
        self.ordinals.clear();
        let context = Context {
            caller: flow.to_owned(),
            part: None,
            work: Work::None,
            member: u16::MAX,
            flow: self.out.entries[entry as usize].flow,
            entry: self.out.entries[entry as usize].name.clone(),
            asker: self.out.entries[entry as usize].asker,
            region: 0,
            depth: 0,
            others: Vec::new(),
            strict: self.lockstep,
            stack: Vec::new(),
            scope: NONE,
            taker: NONE,
            takes: false,
            behind: false,
            copies: false,
        };
        match client.filter(|client| clients::is_policy(client)) {
            None => self.pending.push(Pending { body: self.from(traffic, flow), goes: Goes::Entry(entry), context }),
            Some(client) => {
                self.out.entries[entry as usize].start = self.out.program.here();
                let call = self.out.entries[entry as usize].call;
                self.out.entries[entry as usize].call = NONE;
                let policy = self.policy(client, call, traffic, true, false);
                let site = self.site("attempt");
                self.emit(Op::Attempt { policy, site }, &context);
                self.emit(Op::End, &context);
                let mut inside = context;
                inside.strict = self.out.policies[policy as usize].strict;
                let body = self.from(traffic, flow);
                self.pending.push(Pending { body, goes: Goes::Policy(policy), context: inside });
            }
        }
        self.write_pending();
    }

    /// A flow as this traffic asks for it.
    pub fn from(&self, traffic: &str, flow: &'a str) -> Body<'a> {
        let mile = self.ast.traffic.get(traffic).and_then(|traffic| traffic.access.as_ref());
        mile.map_or(Body::Flow(flow, 0), |mile| Body::Far(flow, mile))
    }

    /// There and back over the last mile: one draw for both ways, half of it each. An error is told at once.
    fn over_the_mile(&mut self, flow: &'a str, mile: &Law, context: &mut Context) {
        let site = self.site("access");
        let law = self.law(&Law::Times { law: Box::new(mile.clone()), factor: 0.5 });
        self.emit(Op::Wait { law, site }, context);
        self.flow_body(flow, 0, context);
        self.emit(Op::Wait { law, site }, context);
    }

    /// A flow's fronts, outside in, then its steps.
    pub fn flow_body(&mut self, flow: &'a str, front: usize, context: &mut Context) {
        let Some(spec) = self.ast.flows.get(flow) else { return };
        if front == 0 && self.name_of(spec).is_none() {
            return self.leads(None, context, &mut |compiler, inside| compiler.fronts(flow, 0, inside));
        }
        self.fronts(flow, front, context);
    }

    fn fronts(&mut self, flow: &'a str, front: usize, context: &mut Context) {
        let Some(spec) = self.ast.flows.get(flow) else { return };
        let Some(through) = spec.through.get(front) else {
            return self.steps(&spec.steps, context);
        };
        self.front(flow, front, through, context);
    }
}
