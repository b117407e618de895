//! Handlers that start by themselves by what they take from a store.

use std::collections::{BTreeMap, BTreeSet};

use super::Compiler;
use super::calls::Inside;
use super::handlers::Doing;
use super::messages::limit_of;
use super::names::Names;
use super::parts::{Bound, number};
use super::programs::{Context, Work};
use crate::components::blueprint::{EntrySpec, PolicyOfChoice, SetSpec};
use crate::components::messages::{Most, OnError, StoreKind, TakerSpec};
use crate::engine::program::{NONE, Op};
use crate::queueing::pollers::PollersSpec;
use crate::scenario::ast::{Handler, Number, Step, Verb};
use crate::scenario::model::{ExprOp, StageInstance, TakeInstance, Target, Value};
use crate::scenario::tree::{At, Placed};
use crate::units::{Law, Span};

/// Who hands something over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sender {
    /// A flow.
    Flow(u32),
    /// A taker.
    Taker(u32),
}

/// Who hands over to which store, and which takers name a moment of the flows behind them.
#[derive(Debug, Default)]
pub(crate) struct Behind {
    sends: BTreeSet<(Sender, u32)>,
    names: BTreeMap<String, u32>,
    uses: BTreeSet<(u32, u32)>,
    /// The taker whose program is being written.
    pub taker: u32,
}

impl Behind {
    /// What is executed here hands over to this store.
    pub fn sends(&mut self, context: &Context, store: u32) {
        self.sends.insert((Sender::of(context, self.taker), store));
    }
}

impl<'a> Compiler<'a> {
    /// All handlers that start by themselves.
    pub fn takers(&mut self) {
        let ast = self.ast;
        for (part, handlers) in &ast.handlers {
            for (operation, handler) in handlers {
                if !self.parts.contains_key(part) {
                    continue;
                }
                if let Some(from) = &handler.from {
                    self.taker(part, operation, handler, from);
                }
                if handler.every.is_some() || handler.daily.is_some() {
                    self.by_the_clock(part, operation, handler);
                }
            }
        }
        self.hand_on();
    }

    /// A handler that is started by what it takes.
    fn taker(&mut self, part: &'a str, operation: &'a str, handler: &'a Handler, from: &'a Placed<String>) {
        let Some(source) = self.parts.get(&from.value) else { return };
        let instance = &self.parts[part].instance;
        let Some(kind) = source.instance.kind_for(instance) else {
            return self.takes_nothing(part, from);
        };
        let gives = source
            .instance
            .gives
            .get(&kind)
            .or_else(|| source.instance.gives.values().find(|give| give.also.contains(&kind)));
        let Some(give) = gives.cloned() else { return };
        let Some(Bound::Messages(store)) = give.stage.map(|stage| source.stages[stage].clone()) else {
            let help = format!("its model is `{}`; queues, logs, buffers and topics run", source.instance.model);
            let says = format!("nobody can take from `{}` in this version of archsim", from.value);
            return self.error(from.at, says, help);
        };
        // A topic delivers: the way of its copies is written where something is sent.
        if let StoreKind::Topic { .. } = self.out.messages[store as usize].kind {
            return self.filtered(handler, true, from.at);
        }
        let Some(take) = instance.taken.get(operation).cloned() else { return };
        self.filtered(handler, false, from.at);
        let every = give.wait.as_ref().and_then(Value::number).map_or(Span::ZERO, |s| Span::from_nanos(s * 1e9));
        let entry = self.taker_entry(part, operation, &from.value);
        let taker = self.out.takers.len() as u32;
        self.out.entries[entry as usize].taker = taker;
        let Some(spec) = self.taker_spec(part, store, entry, &take, every, from.at) else { return };
        if matches!(self.out.messages[store as usize].kind, StoreKind::Buffer(_))
            && !self.out.messages[store as usize].takers.is_empty()
        {
            let help = "a batch of a buffer has one taker; a topic behind it has several";
            return self.error(from.at, format!("`{}` hands its batches to two handlers", from.value), help);
        }
        self.out.takers.push(spec);
        self.out.messages[store as usize].takers.push(taker);
        self.behind.taker = taker;
        self.taker_program(part, operation, handler, &take, (entry, taker, store));
    }

    /// A share of things is taken from a topic only: of a queue somebody else would have to take the rest.
    fn filtered(&mut self, handler: &Handler, may: bool, at: At) {
        if handler.filter.is_some() && !may {
            let help = "a topic has a copy for everybody: put the queue behind it, with `filter`";
            self.error(at, "a share of what a queue has cannot be taken and the rest be left", help);
        }
    }

    fn takes_nothing(&mut self, part: &str, from: &Placed<String>) {
        let (source, taker) = (&self.parts[&from.value].instance, &self.parts[part].instance);
        let gives: Vec<&str> = source.gives.keys().map(String::as_str).collect();
        let takes: Vec<&str> = taker.takes.keys().map(String::as_str).collect();
        let help = match gives[..] {
            [] => format!("`{}` gives nothing to others", source.model),
            _ => format!("`{}` gives {}; `{}` takes {}", source.model, gives.join(", "), taker.model, takes.join(", ")),
        };
        self.error(from.at, format!("`{part}` cannot take from `{}`", from.value), help);
    }

    /// The program of a handler that starts by itself.
    pub(super) fn taker_entry(&mut self, part: &str, operation: &str, by: &str) -> u32 {
        let name = Names::taker(part, operation, by);
        let site = self.named_site(format!("run/{name}"));
        self.out.entries.push(EntrySpec {
            rank: self.names.rank(&name),
            name,
            flow: NONE,
            start: 0,
            strict: false,
            call: NONE,
            source: NONE,
            asker: NONE,
            site,
            done_mark: NONE,
            taker: NONE,
        });
        (self.out.entries.len() - 1) as u32
    }

    fn taker_spec(
        &mut self,
        part: &str,
        store: u32,
        entry: u32,
        take: &TakeInstance,
        wait: Span,
        at: At,
    ) -> Option<TakerSpec> {
        let Some(mover) = &take.mover else {
            self.error(at, format!("`{part}` waits to be told, and this has to be taken"), "take from a topic instead");
            return None;
        };
        if !self.parts[part].elsewhere.is_empty() {
            let says = format!("`{part}` takes in several regions, which this version of archsim does not run");
            self.error(at, says, "say where it is: `region = \"us-east-1\"`");
        }
        let time = |setting: &str| number(mover, setting).map(|seconds| Span::from_nanos(seconds * 1e9));
        let count = |setting: &str| number(mover, setting).map(|n| n as u32);
        let yes = |setting: &str| matches!(mover.settings.get(setting), Some(Value::Bool(true)));
        let every = match mover.settings.get("every") {
            Some(Value::Dynamic(ops)) if *ops == [ExprOp::Word("source.wait".into())] => wait,
            _ => time("every").unwrap_or(Span::ZERO),
        };
        let on_error = match mover.settings.get("on_error") {
            Some(Value::Word(word)) => match word.as_str() {
                "give_back" => OnError::GiveBack,
                "block" => OnError::Block,
                "skip" => OnError::Skip,
                _ => OnError::Leave,
            },
            _ => OnError::Leave,
        };
        let (per_shard, places) = match self.out.messages[store as usize].kind {
            StoreKind::Log { shards, .. } => {
                let per_shard = count("most").unwrap_or(1).max(1);
                (per_shard, shards.saturating_mul(per_shard))
            }
            _ => (1, 0),
        };
        let most = match (self.growing(mover), count("most")) {
            (Some(growing), _) => growing,
            (None, Some(most)) => Most::Just(most.max(1)),
            (None, None) => self.workers(part, &take.op),
        };
        let batch = count("batch").unwrap_or(1).max(1);
        let batch = self.by_weight(mover, store, at).map_or(batch, |most| batch.min(most));
        Some(TakerSpec {
            part: self.parts[part].index,
            place: self.parts[part].bound.place,
            store,
            entry,
            batch,
            window: time("window").unwrap_or(Span::ZERO),
            most,
            limit: limit_of(mover, "most").filter(|_| places == 0),
            partial: yes("partial"),
            on_error,
            retries: count("retries").unwrap_or(u32::MAX),
            most_age: time("most_age").unwrap_or(Span::FOREVER),
            halves: yes("halves"),
            every,
            per_shard,
            places,
        })
    }

    /// How many pollers there are, if their number follows the backlog.
    fn growing(&self, mover: &StageInstance) -> Option<Most> {
        let rate = number(mover, "grows").filter(|rate| *rate > 0.0)?;
        let count = |setting: &str, usual: u32| number(mover, setting).map_or(usual, |n| n as u32);
        let most = count("most", u32::MAX);
        let begins = count("begins", 1).clamp(1, most);
        let each = Span::from_nanos(1e9 / rate);
        Some(Most::Pollers(PollersSpec { begins, most, rests: count("rests_at", begins).max(1), each }))
    }

    /// A batch may weigh so much: with messages of this size it holds no more than these.
    fn by_weight(&mut self, mover: &StageInstance, store: u32, at: At) -> Option<u32> {
        let bytes = number(mover, "bytes")?;
        let part = &self.parts[&self.out.parts[self.out.messages[store as usize].part as usize].name];
        let op = self.accepts_by(&self.out.parts[part.index as usize].name)?;
        match &part.instance.ops[&op].size {
            Some(Value::Number(size, _)) if *size > 0.0 => Some((bytes / size).max(1.0) as u32),
            None => None,
            Some(_) => {
                let help = "give its messages one size";
                self.error(at, "batches by weight are run for messages that all weigh the same", help);
                None
            }
        }
    }

    /// One run for each worker of an operation, where nobody says how many.
    fn workers(&self, part: &str, op: &str) -> Most {
        let members = |set: &Option<u32>| match set {
            None => (1, NONE),
            Some(set) => (self.out.sets[*set as usize].members, self.out.sets[*set as usize].fleet),
        };
        let part = &self.parts[part];
        let Some(op) = part.instance.ops.get(op) else { return Most::Just(u32::MAX) };
        let mut cores = None;
        for step in &op.path {
            let Target::Stage { index, .. } = &step.target else { continue };
            match &part.stages[*index] {
                Bound::Line { line, set, .. } => {
                    let (members, fleet) = members(set);
                    return Most::Lines { first: *line, members, fleet };
                }
                Bound::Share { share, set } => {
                    let (members, fleet) = members(set);
                    cores = Some(Most::Shares { first: *share, members, fleet });
                }
                _ => {}
            }
        }
        cores.unwrap_or(Most::Just(u32::MAX))
    }

    /// The least room of a line in which a run waits for its worker: then it takes when it has one; without such a line
    /// it takes and then begins.
    fn room_for_runs(&self, part: &str, op: &str) -> Option<u32> {
        let part = &self.parts[part];
        let path = part.instance.ops.get(op).map(|op| op.path.as_slice()).unwrap_or_default();
        let before = path.iter().take_while(|step| step.target != Target::Inside);
        let lines = before.filter_map(|step| match &step.target {
            Target::Stage { index, .. } => match &part.stages[*index] {
                Bound::Line { line, .. } => Some(self.out.lines[*line as usize].station.room),
                _ => None,
            },
            _ => None,
        });
        lines.min()
    }

    fn taker_program(
        &mut self,
        part: &'a str,
        operation: &'a str,
        handler: &'a Handler,
        take: &TakeInstance,
        (entry, taker, store): (u32, u32, u32),
    ) {
        let mut context = self.own_context(part, entry);
        (context.taker, context.takes, context.behind, context.depth) = (taker, true, true, 2);
        self.out.entries[entry as usize].start = self.out.program.here();
        // Who only polls takes first; then the part may refuse the call, and what was taken is out of sight for its time.
        let calls = matches!(self.out.takers[taker as usize].most, Most::Just(_) | Most::Pollers(_));
        let polled = !matches!(self.out.messages[store as usize].kind, StoreKind::Mailbox { .. });
        match self.room_for_runs(part, &take.op) {
            Some(room) if calls && room < u32::MAX => self.begin_taking(&mut context),
            Some(room) if !polled && room < u32::MAX => {
                let help = "take `room` away: what does not fit stays in the queue";
                self.error(
                    handler.at,
                    format!("the workers of `{part}` take for themselves: nobody is sent away"),
                    help,
                );
            }
            Some(_) if !polled => {}
            _ => self.begin_taking(&mut context),
        }
        if !self.parts[part].instance.ops.contains_key(&take.op) {
            let says = format!("`{part}` has no operation `{}` with these settings", take.op);
            return self.error(handler.at, says, "its model takes by that operation");
        }
        self.part_way(part, &take.op, operation, Inside::Taker(Doing::of(handler), taker), None, &mut context);
        self.emit(Op::End, &context);
        self.write_pending();
    }

    pub(super) fn own_context(&mut self, part: &str, entry: u32) -> Context {
        self.ordinals.clear();
        Context {
            caller: part.to_owned(),
            part: None,
            work: Work::None,
            member: u16::MAX,
            flow: NONE,
            entry: self.out.entries[entry as usize].name.clone(),
            asker: self.out.entries[entry as usize].asker,
            depth: 0,
            strict: self.lockstep,
            stack: Vec::new(),
            scope: NONE,
            taker: NONE,
            takes: false,
            behind: false,
            copies: false,
            others: Vec::new(),
            region: self.parts.get(part).map_or(NONE, |part| part.home),
        }
    }

    /// Takes what is there, by the operation that the store gives for it, if this is a run that has not.
    pub fn begin_taking(&mut self, context: &mut Context) {
        if !std::mem::take(&mut context.takes) {
            return;
        }
        let taker = context.taker;
        self.emit(Op::Take { taker }, context);
        self.store_call("take", taker, context);
    }

    /// The end of a run: what breaks it, and what it takes to say that it is done.
    pub fn taker_ends(&mut self, steps: &[Step], taker: u32, context: &mut Context) {
        if !self.repeats_records(steps, 0) {
            self.emit(Op::Judge { pack: 0 }, context);
        }
        self.store_call("done", taker, context);
    }

    /// The time of an operation by which somebody takes from a store, or says that it is done.
    fn store_call(&mut self, verb: &str, taker: u32, context: &mut Context) {
        let store = &self.out.messages[self.out.takers.get(taker as usize).map_or(0, |spec| spec.store as usize)];
        let name = self.out.parts[store.part as usize].name.clone();
        let part = &self.parts[&name];
        let give = part.instance.gives.values().find(|give| give.stage.is_some() && give.ops.contains_key(verb));
        let Some(op) = give.and_then(|give| part.instance.ops.get(&give.ops[verb])) else { return };
        let mut times: Vec<Law> = Vec::new();
        let mut other = None;
        for step in &op.path {
            let Target::Stage { index, .. } = &step.target else { continue };
            match &part.stages[*index] {
                Bound::Delay(laws) => times.extend(laws.iter().cloned()),
                Bound::Messages(_) | Bound::Set(_) | Bound::Nothing => {}
                _ => other = Some(part.instance.stages[*index].mechanism.clone()),
            }
        }
        if let Some(mechanism) = other {
            let at = part.component.at;
            let says =
                format!("taking from `{name}` passes a `{mechanism}`, which this version of archsim does not run");
            self.error(at, says, "choose settings under which its model has none there");
        }
        for law in times.iter().filter(|law| **law != Law::Constant(0.0)) {
            self.wait(law, &format!("{name}/{verb}"), context);
        }
    }

    /// Does a list of steps turn by turn work on what was taken?
    fn repeats_records(&self, steps: &[Step], depth: u32) -> bool {
        steps.iter().any(|step| match &step.verb {
            Verb::Repeat { times: Number::Records, .. } => true,
            Verb::Repeat { steps, .. } | Verb::Group(steps) => self.repeats_records(steps, depth),
            Verb::Parallel { branches, .. } => branches.iter().any(|steps| self.repeats_records(steps, depth)),
            Verb::Choose(branches) => branches.iter().any(|branch| self.repeats_records(&branch.steps, depth)),
            Verb::Run(name) if depth < 32 => {
                self.ast.routines.get(&name.value).is_some_and(|one| self.repeats_records(&one.steps, depth + 1))
            }
            _ => false,
        })
    }

    /// The set by which a member is chosen: of the same members a taker is one that is free, whatever the policy of calls.
    pub fn member_for(&mut self, set: u32, context: &Context) -> u32 {
        if !context.takes {
            return set;
        }
        let spec = SetSpec { policy: PolicyOfChoice::Least, sticky: false, ..self.out.sets[set as usize].clone() };
        if let Some(there) = self.out.sets.iter().position(|other| *other == spec) {
            return there as u32;
        }
        self.out.sets.push(spec);
        (self.out.sets.len() - 1) as u32
    }

    /// Names a moment of the flow behind what is worked on.
    pub fn mark_behind(&mut self, name: &str, context: &Context) {
        let next = self.behind.names.len() as u32;
        let marks = *self.behind.names.entry(name.to_owned()).or_insert(next);
        self.behind.uses.insert((self.behind.taker, marks));
        self.emit(Op::MarkBehind { marks }, context);
    }

    /// Which flows lead to which takers, and so whose moments these name.
    pub fn marks_behind(&mut self) {
        self.out.marks_behind = vec![Vec::new(); self.behind.names.len()];
        let mut all: Vec<(u32, u32)> = Vec::new();
        for flow in 0..self.out.flows.len() as u32 {
            let reached = self.reached(flow);
            let marks = self.behind.uses.iter().filter(|(taker, _)| reached.contains(taker));
            all.extend(marks.map(|(_, mark)| (*mark, flow)));
        }
        all.sort_unstable();
        all.dedup();
        let names: BTreeMap<u32, String> = self.behind.names.iter().map(|(name, mark)| (*mark, name.clone())).collect();
        for (marks, flow) in all {
            let mark = self.mark(flow, &names[&marks]);
            self.out.marks_behind[marks as usize].push((flow, mark));
        }
    }

    /// The takers that a flow leads to, by whatever way.
    fn reached(&self, flow: u32) -> BTreeSet<u32> {
        let mut reached = BTreeSet::new();
        let mut open = vec![Sender::Flow(flow)];
        while let Some(sender) = open.pop() {
            let mut stores: Vec<u32> =
                self.behind.sends.iter().filter(|(from, _)| *from == sender).map(|(_, store)| *store).collect();
            let mut seen = BTreeSet::new();
            while let Some(store) = stores.pop() {
                if !seen.insert(store) {
                    continue;
                }
                let spec = &self.out.messages[store as usize];
                if let StoreKind::Mailbox { dead, .. } | StoreKind::Topic { dead } = spec.kind {
                    stores.extend((dead != NONE).then_some(dead));
                }
                for taker in &spec.takers {
                    if reached.insert(*taker) {
                        open.push(Sender::Taker(*taker));
                    }
                }
            }
        }
        reached
    }
}
