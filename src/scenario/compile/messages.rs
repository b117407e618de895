//! Queues, topics, logs and buffers: stages that keep what is handed over, and the steps that hand it over.

use super::Compiler;
use super::calls::{Inside, Way, member_of};
use super::consumers::Sender;
use super::handlers::Doing;
use super::parts::{Bound, Part, laws, number};
use super::programs::{Body, Context, Goes, Pending};
use crate::components::blueprint::Effect;
use crate::components::messages::{HandSpec, Hands, LimitSpec, StoreKind, StoreSpec};
use crate::engine::program::{NONE, Op, ScopeKind};
use crate::queueing::buffer::BufferSpec;
use crate::queueing::mailbox::MailboxSpec;
use crate::scenario::ast::{Call, Client, Fault, Step, Verb};
use crate::scenario::model::{OpInstance, PathStep, StageInstance, Target, Value};
use crate::scenario::quantity;
use crate::scenario::tree::{At, Kind, Placed};
use crate::units::{Law, Span};

/// Who gets a topic's copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subscriber<'a> {
    /// A part that keeps them.
    Part(&'a str),
    /// A handler: the part, and its operation.
    Handler(&'a str, &'a str),
}

impl<'a> Subscriber<'a> {
    fn part(self) -> &'a str {
        match self {
            Subscriber::Part(part) | Subscriber::Handler(part, _) => part,
        }
    }
}

/// Mechanisms that keep what is handed over.
const KEEPS: [&str; 4] = ["mailbox", "log", "buffer", "dispatcher"];

/// Is this the operation by which a part hands on what it has gathered?
fn handed_on_by(part: &Part<'_>, op: &str) -> bool {
    let by = |stage: &StageInstance| matches!(stage.settings.get("op"), Some(Value::Op(other)) if other == op);
    part.instance.stages.iter().any(by)
}

/// A setting as a limit, if it is one.
pub(super) fn limit_of(stage: &StageInstance, setting: &str) -> Option<LimitSpec> {
    let most = number(stage, setting)?.max(0.0) as u64;
    let info = stage.limit.as_ref().filter(|limit| limit.setting == setting)?;
    let (name, source, adjustable) = (info.name.clone(), info.source.clone(), info.adjustable);
    Some(LimitSpec { name, most, source, adjustable })
}

/// A time of a setting; nothing there or "unlimited": for ever.
fn span(stage: &StageInstance, setting: &str) -> Span {
    number(stage, setting).map_or(Span::FOREVER, |seconds| Span::from_nanos(seconds * 1e9))
}

fn whole(stage: &StageInstance, setting: &str) -> u64 {
    number(stage, setting).map_or(u64::MAX, |n| n as u64)
}

impl<'a> Compiler<'a> {
    /// A stage that keeps what is handed over.
    pub fn bind_store(&mut self, name: &str, part: &Part<'_>, stage: &StageInstance) -> Bound {
        let key = match stage.settings.get("key") {
            Some(Value::Key(key)) => Some(key.clone()),
            _ => part.component.key.as_ref().map(|key| key.value.clone()),
        };
        let key = key.and_then(|key| self.ast.keys.keys().position(|name| *name == key)).map(|key| key as u32);
        let kind = match stage.mechanism.as_str() {
            "mailbox" => self.mailbox(stage, key.is_some(), part.component.at),
            "log" => {
                let lag = laws(stage.settings.get("lag")).into_iter().next().filter(|law| *law != Law::Constant(0.0));
                let shards = match stage.per.map(|per| (&part.stages[per], &part.instance.stages[per])) {
                    Some((Bound::Set(set), _)) => self.members(Some(*set)),
                    Some((_, shards)) => number(shards, "count").unwrap_or(1.0).max(1.0) as u32,
                    None => 1,
                };
                StoreKind::Log { shards, keeps: span(stage, "keeps"), lag: lag.map(|law| self.law(&law)) }
            }
            "buffer" => StoreKind::Buffer(BufferSpec {
                count: whole(stage, "count"),
                bytes: whole(stage, "bytes"),
                age: span(stage, "age"),
            }),
            _ => StoreKind::Topic { dead: NONE },
        };
        let site = self.named_site(format!("{name}/{}", stage.name));
        let store = self.out.messages.len() as u32;
        let several = part.instance.stages.iter().filter(|other| KEEPS.contains(&other.mechanism.as_str())).count() > 1;
        let lead = if several && stage.mechanism == "dispatcher" { stage.name.clone() } else { String::new() };
        self.out.messages.push(StoreSpec {
            part: part.index,
            kind,
            key,
            place: part.bound.place,
            site,
            takers: Vec::new(),
            lead,
            limit: limit_of(stage, "in_flight"),
            asks: Vec::new(),
        });
        self.ordered.insert(part.index);
        Bound::Messages(store)
    }

    fn mailbox(&mut self, stage: &StageInstance, keyed: bool, at: At) -> StoreKind {
        let hidden = span(stage, "hidden");
        if hidden == Span::ZERO {
            let help = "`visibility = \"30s\"`: at least as long as a run takes";
            self.error(at, "messages that are never out of sight are taken again and again", help);
        }
        let often = |setting| number(stage, setting).map_or(u32::MAX, |n| n as u32);
        let short = |setting| number(stage, setting).map_or(Span::ZERO, |s| Span::from_nanos(s * 1e9));
        let ordered = match stage.settings.get("ordered") {
            Some(Value::Bool(yes)) => *yes,
            _ => stage.settings.contains_key("key") && keyed,
        };
        let spec = MailboxSpec {
            keeps: span(stage, "keeps"),
            most_takes: often("most_takes").max(1),
            in_flight: whole(stage, "in_flight"),
            ordered,
            dedup: short("dedup"),
            held_back: short("held_back"),
        };
        StoreKind::Mailbox { spec, hidden, dead: NONE, twice: number(stage, "twice").unwrap_or(0.0) }
    }

    /// Dead letters go to stores that may be bound later than the one that they come from.
    pub fn link_stores(&mut self) {
        let ast = self.ast;
        let mut found: Vec<(u32, String, At)> = Vec::new();
        for part in self.parts.values() {
            for (bound, stage) in part.stages.iter().zip(&part.instance.stages) {
                if let (Bound::Messages(store), Some(Value::Component(dead))) = (bound, stage.settings.get("dead")) {
                    found.push((*store, dead.clone(), part.component.at));
                }
            }
        }
        for (store, dead, at) in found {
            let to = self.messages_of(&dead);
            match (to, &mut self.out.messages[store as usize].kind) {
                (Some(to), StoreKind::Mailbox { dead, .. } | StoreKind::Topic { dead }) => *dead = to,
                _ => {
                    let help = format!("`{dead}` keeps no messages; a `queue` does");
                    self.error(at, format!("dead letters cannot go to `{dead}`"), help);
                }
            }
        }
        for (name, component) in &ast.components {
            if let Some(from) = &component.from {
                self.subscription(name, from);
            }
        }
    }

    /// The store of a part, unless it is a topic, which keeps nothing.
    pub(super) fn messages_of(&self, part: &str) -> Option<u32> {
        let bound = self.parts.get(part)?.stages.iter();
        let mut stores = bound.filter_map(|bound| if let Bound::Messages(store) = bound { Some(*store) } else { None });
        stores.find(|store| !matches!(self.out.messages[*store as usize].kind, StoreKind::Topic { .. }))
    }

    /// A part that takes from another gets copies of what a topic has.
    fn subscription(&mut self, name: &str, from: &Placed<String>) {
        let Some(source) = self.parts.get(&from.value) else { return };
        if source.instance.gives.contains_key("events") && self.parts[name].instance.takes.contains_key("events") {
            return;
        }
        let gives: Vec<&str> = source.instance.gives.keys().map(String::as_str).collect();
        let says = format!("`{name}` cannot take from `{}`", from.value);
        let help = match gives[..] {
            ["events"] => format!("`{}` is no part that events are delivered to", self.parts[name].instance.model),
            [] => format!("`{}` gives nothing to others", source.instance.model),
            _ => format!("a handler with `from = \"{}\"` takes from it", from.value),
        };
        self.error(from.at, says, help);
    }

    /// The operation by which a part accepts what is handed over, if it keeps it for others.
    pub fn accepts_by(&self, name: &str) -> Option<String> {
        let part = self.parts.get(name)?;
        let keeps = |step: &PathStep| match &step.target {
            Target::Stage { index, verb } => {
                matches!(part.stages[*index], Bound::Messages(_)) && ["put", "append", "add"].contains(&verb.as_str())
            }
            _ => false,
        };
        let usual = part.instance.takes.get("events").filter(|op| part.instance.ops[*op].path.iter().any(keeps));
        let mut ops = part.instance.ops.iter().filter(|(name, _)| !handed_on_by(part, name));
        usual.or_else(|| ops.find(|(_, op)| op.path.iter().any(keeps)).map(|(name, _)| name)).cloned()
    }

    /// Does what a step starts go on beside it? What is handed over does not: its receipt is waited for. None: nobody can
    /// wait for what becomes of a message, and that has been said.
    pub fn goes_beside(&mut self, call: &Call, step: &Step, name: &str) -> Option<bool> {
        let sends = matches!(step.verb, Verb::Send(_));
        if self.accepts_by(name).is_none() {
            return Some(sends);
        }
        let named = call.target.value.contains('.');
        if sends || named || self.parts[name].instance.gives.contains_key("batches") {
            return Some(false);
        }
        let says = format!("`{name}` keeps messages: nobody can wait for its answer");
        self.error(call.target.at, says, format!("`{{ send = \"{name}\" }}` hands it over and goes on"));
        None
    }

    /// What is done with a store at a stop of a way.
    #[expect(clippy::too_many_arguments, reason = "the stop, and all that the way knows by then")]
    pub fn hand_step(
        &mut self,
        name: &'a str,
        store: u32,
        op: &OpInstance,
        path: &PathStep,
        call: Option<&'a Call>,
        way: &Way,
        context: &mut Context,
    ) {
        let Target::Stage { verb, index } = &path.target else { return };
        if !["put", "append", "add"].contains(&verb.as_str()) {
            let at = call.map_or(op.at, |call| call.target.at);
            let help = format!("a handler with `from = \"{name}\"` takes what is there");
            return self.error(at, format!("no step takes from `{name}`"), help);
        }
        self.behind.sends(context, store);
        if let StoreKind::Topic { .. } = self.out.messages[store as usize].kind {
            return self.tells_all(name, store, context);
        }
        let what = if context.copies { Hands::Copy } else { Hands::Over };
        let mut spec = self.hand_spec(what, store, name);
        let at = call.map_or(op.at, |call| call.target.at);
        spec.key = self.key_here(name, path, call).map(|key| self.key_ref(key, at, context));
        let part = &self.parts[name];
        if let Some(Bound::Set(set)) = part.instance.stages[*index].per.map(|per| &part.stages[per]) {
            spec.member = member_of(way, Some(*set));
        }
        spec.with = context.others.last().copied();
        if matches!(&self.out.messages[store as usize].kind, StoreKind::Buffer(_)) {
            let own = op.size.as_ref().and_then(|size| match size {
                Value::Number(bytes, _) => Some(Law::Constant(*bytes)),
                Value::Law(law) => Some(law.clone()),
                _ => None,
            });
            if let Some(law) = call.and_then(|call| call.size.clone()).or(own) {
                spec.size = self.law(&law);
                spec.size_site = self.site(&format!("{name}/size"));
            }
        }
        self.hand(spec, context);
    }

    fn hand_spec(&mut self, what: Hands, store: u32, name: &str) -> HandSpec {
        let site = self.site(&format!("{name}/message"));
        HandSpec { what, store, site, key: None, with: None, member: u16::MAX, size: NONE, size_site: 0 }
    }

    fn hand(&mut self, spec: HandSpec, context: &Context) {
        self.out.hands.push(spec);
        let hand = (self.out.hands.len() - 1) as u32;
        self.emit(Op::Hand { hand }, context);
    }

    /// Who gets copies of a topic, in the order of their names, and which share of them.
    fn subscribers(&self, topic: &str) -> Vec<(Subscriber<'a>, f64)> {
        let takes = |from: &Option<Placed<String>>| from.as_ref().is_some_and(|from| from.value == topic);
        let parts = self.ast.components.iter().filter(|(_, part)| takes(&part.from));
        let parts = parts.map(|(name, part)| (Subscriber::Part(name.as_str()), part.filter));
        let handlers = self.ast.handlers.iter().flat_map(|(part, all)| all.iter().map(move |one| (part, one)));
        let handlers = handlers.filter(|(_, (_, handler))| takes(&handler.from));
        let handlers = handlers.map(|(part, (operation, handler))| {
            (Subscriber::Handler(part.as_str(), operation.as_str()), handler.filter)
        });
        let mut all: Vec<(Subscriber<'a>, f64)> =
            parts.chain(handlers).map(|(one, filter)| (one, filter.unwrap_or(1.0))).collect();
        all.sort_by_key(|(one, _)| (one.part(), *one));
        all
    }

    /// A topic hears of something: each subscriber gets a copy, by itself.
    fn tells_all(&mut self, topic: &'a str, store: u32, context: &mut Context) {
        let label = format!("topic {topic}");
        if context.stack.contains(&label) {
            let at = self.ast.components[topic].at;
            let help = "what a topic gets from another must not come back to it";
            return self.error(at, format!("`{topic}` gets its own events: {}", context.stack.join(" > ")), help);
        }
        let spec = self.hand_spec(Hands::Told, store, topic);
        self.hand(spec, context);
        for (subscriber, share) in self.subscribers(topic) {
            let skip = (share < 1.0).then(|| {
                self.out.chances.push(share);
                let chance = (self.out.chances.len() - 1) as u32;
                let site = self.site(&format!("{topic}/filter/{}", subscriber.part()));
                self.emit(Op::Unless { chance, site, to: 0 }, context)
            });
            let site = self.site(&format!("{topic}/copy/{}", subscriber.part()));
            let pc = self.emit(Op::Background { body: 0, site }, context);
            let mut inside = context.clone();
            inside.stack.push(label.clone());
            (inside.taker, inside.takes, inside.copies, inside.part) = (NONE, false, true, None);
            inside.caller = topic.to_owned();
            self.pending.push(Pending {
                body: Body::Copy(topic, subscriber),
                goes: Goes::Background(pc),
                context: inside,
            });
            skip.into_iter().for_each(|skip| self.out.program.land(skip));
        }
    }

    /// The stage of a topic: its store, and the retries and the time of a delivery.
    fn dispatcher(&self, topic: &str) -> Option<(u32, StageInstance)> {
        let part = &self.parts[topic];
        part.stages.iter().zip(&part.instance.stages).find_map(|(bound, stage)| match bound {
            Bound::Messages(store) if stage.mechanism == "dispatcher" => Some((*store, stage.clone())),
            _ => None,
        })
    }

    /// A copy on its way to a subscriber, with all its attempts; what nobody takes is dead, or lost.
    pub fn copy(&mut self, topic: &'a str, subscriber: Subscriber<'a>, context: &mut Context) {
        let Some((store, stage)) = self.dispatcher(topic) else { return };
        let spec = self.hand_spec(Hands::Copies, store, topic);
        self.hand(spec, context);
        for law in laws(stage.settings.get("time")).iter().filter(|law| **law != Law::Constant(0.0)) {
            self.wait(law, &format!("{topic}/delivery"), context);
        }
        let outer = context.scope;
        let scope = self.out.program.scope(outer, ScopeKind::Else { to: 0 });
        context.scope = scope;
        let call = self.call_index(topic, subscriber.part());
        let again = retries(&stage, self.ast.components[topic].at);
        match again.filter(|client| client.retries.as_ref().is_some_and(|retries| retries.value > 0)) {
            Some(client) => {
                let policy = self.policy(&client, call, topic, false, context.strict);
                let site = self.site("attempt");
                self.emit(Op::Attempt { policy, site }, context);
                let inside = context.clone();
                let body = Body::CopyOnce(topic, subscriber);
                self.pending.push(Pending { body, goes: Goes::Policy(policy), context: inside });
            }
            None => {
                self.emit(Op::CallBegins { call }, context);
                context.scope = self.out.program.scope(scope, ScopeKind::Call { call });
                self.copy_once(topic, subscriber, context);
                self.emit(Op::CallEnds { call }, context);
            }
        }
        context.scope = outer;
        let spec = self.hand_spec(Hands::Delivered, store, topic);
        self.hand(spec, context);
        let over = self.emit(Op::Jump { to: 0 }, context);
        self.out.program.lead(scope);
        let spec = self.hand_spec(Hands::Undelivered, store, topic);
        self.hand(spec, context);
        self.out.program.land(over);
    }

    /// One attempt to deliver a copy.
    pub fn copy_once(&mut self, topic: &'a str, subscriber: Subscriber<'a>, context: &mut Context) {
        let name = subscriber.part();
        let Some(op) = self.parts[name].instance.takes.get("events").cloned() else {
            let at = self.ast.components[name].at;
            return self.error(
                at,
                format!("`{name}` cannot take from `{topic}`"),
                "events are delivered to it by no operation",
            );
        };
        let handler = match subscriber {
            Subscriber::Part(_) => {
                self.part_way(name, &op, &op, Inside::Nothing, None, context);
                return;
            }
            Subscriber::Handler(_, operation) => &self.ast.handlers[name][operation],
        };
        let label = if let Subscriber::Handler(_, operation) = subscriber { operation } else { "" };
        let inside = Inside::Handler(Doing::of(handler));
        // What the handler sends is no copy.
        context.copies = false;
        self.part_way(name, &op, label, inside, None, context);
    }

    /// A fault that a store bears; false if it is none.
    pub fn message_fault(&mut self, fault: &Fault, what: &str, part: &str, effects: &mut Vec<Effect>) -> bool {
        let bound = &self.parts[part];
        let Some(bears) = bound.instance.faults.get(what).cloned() else { return false };
        let mut stores = bears.stages.iter().filter_map(|stage| match bound.stages[*stage] {
            Bound::Messages(store) => Some(store),
            _ => None,
        });
        let Some(store) = stores.next() else { return false };
        match bears.does.as_str() {
            "poison" => {
                let count = self.number_of(fault, "count").unwrap_or(1.0).max(0.0) as u64;
                effects.push(Effect::Poison { store, count });
            }
            "double" => effects.push(Effect::Twice { store, share: self.setting(fault, "share", 1.0) }),
            _ => return false,
        }
        true
    }

    fn number_of(&mut self, fault: &Fault, key: &str) -> Option<f64> {
        let (_, node) = fault.settings.get(key)?;
        match &node.kind {
            Kind::Whole(number) => Some(*number as f64),
            Kind::Float(number) => Some(*number),
            Kind::Text(text) => match quantity::count(text) {
                Ok(number) => Some(number),
                Err(complaint) => {
                    self.error(node.at, complaint.says, complaint.help);
                    None
                }
            },
            _ => None,
        }
    }
}

/// The attempts of a delivery, as a client's policy.
fn retries(stage: &StageInstance, at: At) -> Option<Client> {
    let Some(Value::Retry(attempts, wait)) = stage.settings.get("on_error") else { return None };
    let retries = attempts.map_or(u32::MAX, |attempts| (attempts - 1.0).max(0.0) as u32);
    Some(Client { retries: Some(Placed::new(retries, at)), backoff: Some(wait.clone()), ..Client::default() })
}

impl Sender {
    /// Who executes this.
    pub fn of(context: &Context, taker: u32) -> Sender {
        if context.behind { Sender::Taker(taker) } else { Sender::Flow(context.flow) }
    }
}
