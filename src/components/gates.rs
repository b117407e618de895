//! Gates, as a frame passes them: neighbours together, all or none; who finds too little is refused, dropped, or waits.

use super::blueprint::Blueprint;
use super::clocks::{Clock, tick};
use super::frames::Waits;
use super::gate_spec::{Amount, GateEffect, GateLaw, GateSpec, TakeSpec, thousand_millionths, work_out};
use super::gate_tally::GateTally;
use super::tally::Stay;
use super::world::{Deferred, State};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event};
use crate::engine::program::{NONE, ScopeKind};
use crate::queueing::bucket::{Bucket, BucketSpec};
use crate::queueing::ratchet::Ratchet;
use crate::queueing::waiters::{Waiter, Waiters};
use crate::queueing::window::Window;
use crate::record::results::Cause;
use crate::units::{Rate, Span, Time};

/// A gate of a run.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    pub law: Law,
    /// Its rate, as the last change has left it.
    base: Rate,
    /// Rates that faults hold it to.
    cuts: Vec<Rate>,
    pub line: Waiters,
    pub tally: GateTally,
    /// All that was ever taken.
    pub through: u128,
}

/// What it lets through.
#[derive(Clone, Debug)]
pub(crate) enum Law {
    Open,
    Bucket(Bucket),
    Window(Window),
    Ratchet(Box<Ratchet>),
}

impl Gate {
    pub fn new(spec: &GateSpec) -> Gate {
        let (law, base) = match &spec.law {
            GateLaw::Open => (Law::Open, Rate::ZERO),
            GateLaw::Bucket(bucket) => (Law::Bucket(Bucket::new(bucket)), bucket.rate),
            GateLaw::Window(window) => (Law::Window(Window::new(window)), Rate::ZERO),
            GateLaw::Ratchet(ratchet) => (Law::Ratchet(Box::new(Ratchet::new(ratchet))), ratchet.floor),
        };
        Gate { law, base, cuts: Vec::new(), line: Waiters::default(), tally: GateTally::default(), through: 0 }
    }

    pub fn begin(&mut self, from: Time) {
        self.tally = GateTally::default();
        self.line.queue.begin(from);
        match &mut self.law {
            Law::Open => {}
            Law::Bucket(bucket) => bucket.begin(from),
            Law::Window(window) => window.begin(from),
            Law::Ratchet(ratchet) => ratchet.begin(from),
        }
    }

    /// Belongs to a partition that is not there yet.
    pub fn sleep(&mut self) {
        self.law = Law::Open;
    }

    /// Its partition is there now.
    pub fn wake(&mut self, spec: &GateSpec, now: Time) {
        let mut fresh = Gate::new(spec);
        fresh.begin(now);
        (self.law, self.base) = (fresh.law, fresh.base);
    }

    /// How much it would let through in so many nanoseconds; 0 if nobody can tell.
    pub fn offers(&self, nanos: u128) -> u128 {
        match &self.law {
            Law::Bucket(bucket) => bucket.rate().nanos_in(nanos),
            Law::Open | Law::Window(_) | Law::Ratchet(_) => 0,
        }
    }

    fn lets_in(&mut self, now: Time, key: Option<u64>, cost: u128, measured: bool) {
        match &mut self.law {
            Law::Open => {}
            Law::Bucket(bucket) => bucket.take(now, key, cost),
            Law::Window(window) => window.take(now, key, cost),
            Law::Ratchet(ratchet) => ratchet.take(now, cost),
        }
        self.through += cost;
        if measured {
            self.tally.lets_in(now, cost);
        }
    }

    fn refuses(&mut self, now: Time, measured: bool) {
        if let Law::Window(window) = &mut self.law {
            window.refuse(now);
        }
        if measured {
            self.tally.refuses(now);
        }
    }

    /// What a fault or a change does.
    fn takes_effect(&mut self, spec: &GateSpec, now: Time, effect: GateEffect, on: bool) {
        match effect {
            GateEffect::Cut(rate) if on => self.cuts.push(rate),
            GateEffect::Cut(rate) => {
                if let Some(there) = self.cuts.iter().position(|cut| *cut == rate) {
                    self.cuts.remove(there);
                }
            }
            GateEffect::Rate(rate) => self.base = rate,
        }
        let cut = self.cuts.iter().copied().reduce(Rate::min);
        match (&mut self.law, &spec.law) {
            (Law::Bucket(_), GateLaw::Open) if cut.is_none() => self.law = Law::Open,
            (Law::Bucket(bucket), GateLaw::Open) => bucket.set_rate(now, cut.unwrap_or(self.base)),
            (Law::Bucket(bucket), _) => bucket.set_rate(now, cut.map_or(self.base, |cut| cut.min(self.base))),
            (Law::Ratchet(ratchet), _) => ratchet.cut(now, cut),
            (Law::Window(window), GateLaw::Window(spec)) => window.cut(&spec.rules, cut),
            (Law::Open, _) => {
                if let Some(rate) = cut {
                    self.law =
                        Law::Bucket(Bucket::opened(&BucketSpec { rate, burst: None, tick: None, full: true }, now));
                }
            }
            (Law::Window(_), _) => {}
        }
    }
}

impl Law {
    #[inline]
    fn has(&mut self, now: Time, key: Option<u64>, cost: u128) -> bool {
        match self {
            Law::Open => true,
            Law::Bucket(bucket) => bucket.has(now, key, cost),
            Law::Window(window) => window.has(now, key, cost),
            Law::Ratchet(ratchet) => ratchet.has(now, cost),
        }
    }

    fn ready_at(&mut self, now: Time, key: Option<u64>, cost: u128) -> Time {
        match self {
            Law::Open => now,
            Law::Bucket(bucket) => bucket.ready_at(now, key, cost),
            Law::Window(window) => window.ready_at(now, key, cost),
            Law::Ratchet(ratchet) => ratchet.ready_at(now, cost),
        }
    }

    fn fits(&self, cost: u128) -> bool {
        match self {
            Law::Open => true,
            Law::Bucket(bucket) => bucket.fits(cost),
            Law::Window(window) => window.fits(cost),
            Law::Ratchet(ratchet) => ratchet.fits(cost),
        }
    }
}

/// A gate, with what is taken from it.
#[derive(Clone, Copy, Debug)]
struct Asked {
    gate: u32,
    key: Option<u64>,
    cost: u128,
}

impl State {
    #[inline]
    fn asked(&mut self, plan: &Blueprint, slot: u32, take: &TakeSpec) -> Asked {
        let member = if take.member == u16::MAX { 0 } else { *self.cell(plan, slot, take.member) as u32 };
        let cost = match take.amount {
            Amount::Fixed(cost) => cost,
            Amount::Worked(amount) => {
                let sums = &plan.gates.amounts[amount as usize];
                thousand_millionths(work_out(sums, |number| self.number(plan, slot, number)).unwrap_or(0.0))
            }
        };
        let key = plan.stores.refs.get(take.key as usize).map(|&key| self.key_at(plan, slot, key));
        Asked { gate: take.gate + member, key, cost }
    }

    /// Passes neighbouring gates together: all let in, or nothing is taken. True if it goes on.
    pub(super) fn admit<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        admission: u32,
    ) -> bool {
        let spec = &plan.gates.admissions[admission as usize];
        if spec.waits {
            return self.wait_to_pass(plan, agenda, slot, admission);
        }
        let now = agenda.now();
        let measured = now >= plan.from;
        for take in &spec.takes {
            let Asked { gate, key, cost } = self.asked(plan, slot, take);
            let gate = &mut self.gates[gate as usize];
            if gate.law.has(now, key, cost) {
                // Alone it is let in at once; neighbours are asked first.
                if spec.takes.len() == 1 {
                    gate.lets_in(now, key, cost, measured);
                }
                continue;
            }
            gate.refuses(now, measured);
            self.frames[slot].pc -= 1;
            if take.drops {
                self.dropped(plan, agenda, slot, admission)
            } else {
                self.not_let_in(plan, agenda, slot, take.cause)
            }
            return false;
        }
        if spec.takes.len() > 1 {
            for take in &spec.takes {
                let Asked { gate, key, cost } = self.asked(plan, slot, take);
                self.gates[gate as usize].lets_in(now, key, cost, measured);
            }
        }
        true
    }

    fn not_let_in<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32, cause: u8) {
        let scope = plan.program.scope_of[self.frames[slot].pc as usize];
        self.fail_from(plan, agenda, slot, scope, cause, Some(Stay::Refused { by_limit: true }));
    }

    /// Leaves the part without a word: its caller learns nothing, and goes on waiting until its own time is over.
    fn dropped<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, slot: u32, admission: u32) {
        let mut scope = plan.program.scope_of[self.frames[slot].pc as usize];
        while scope != NONE {
            let here = plan.program.scopes[scope as usize];
            if let ScopeKind::Part { operation, depth } = here.kind {
                self.goes_out(plan, agenda, slot, scope);
                self.leaves_part(plan, agenda.now(), slot, operation, depth, Stay::Refused { by_limit: true });
                break;
            }
            scope = here.outer;
        }
        let frame = &mut self.frames[slot];
        (frame.pc, frame.waits) = (plan.gates.admissions[admission as usize].lost, Waits::Nothing);
    }

    /// Passes a gate at which one waits; true if it goes on at once.
    fn wait_to_pass<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        admission: u32,
    ) -> bool {
        let spec = &plan.gates.admissions[admission as usize];
        let take = &spec.takes[0];
        let Asked { gate: index, key, cost } = self.asked(plan, slot, take);
        let now = agenda.now();
        let gate = &mut self.gates[index as usize];
        if gate.line.first(key).is_none() && gate.law.has(now, key, cost) {
            gate.lets_in(now, key, cost, now >= plan.from);
            self.waited_to_pass(plan, slot, index, spec.operation, Span::ZERO, now);
            return true;
        }
        self.frames[slot].pc -= 1;
        let waits = plan.gates.gates[index as usize].waits;
        if gate.line.len(key) >= waits.map_or(0, |waits| waits.room) || !gate.law.fits(cost) {
            gate.refuses(now, now >= plan.from);
            self.not_let_in(plan, agenda, slot, take.cause);
            return false;
        }
        let job = gate.line.join(now, slot, key, cost);
        let Waiter { number, .. } = gate.line.get(job);
        let waiting = gate.line.queue.value();
        self.frames[slot].waits = Waits::Gate(index, job);
        if spec.operation != NONE && now >= plan.from {
            self.tally.operations[spec.operation as usize].work.delayed += 1;
        }
        if let Some((law, site)) = waits.and_then(|waits| Some((waits.patience?, waits.site))) {
            let span = plan.laws[law as usize].span(&mut self.random(slot, site));
            let rank = plan.entries[self.requests[self.frames[slot].request].entry as usize].rank;
            let key = Event::key(Class::Timer, rank, number, index as u16);
            agenda.schedule(tick(Clock::Impatient, index, job, now + span, key));
        }
        self.arm_gate(plan, agenda, index, key);
        if waiting > u64::from(super::serving::COLLAPSE) {
            self.collapsed = Some(plan.gates.gates[index as usize].part);
            agenda.halt = true;
        }
        false
    }

    /// Sees to it that an event stands at the moment at which the first who waits may go on.
    fn arm_gate<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, index: u32, key: Option<u64>) {
        let gate = &mut self.gates[index as usize];
        let Some(job) = gate.line.first(key) else { return };
        let Waiter { cost, number, .. } = gate.line.get(job);
        let due = gate.law.ready_at(agenda.now(), key, cost);
        gate.line.set_due(job, due);
        let rank = plan.parts[plan.gates.gates[index as usize].part as usize].rank;
        let key = Event::key(Class::Departure, rank, number, index as u16);
        agenda.schedule(tick(Clock::Pass, index, job, due, key));
    }

    /// The moment of the first who waits has come, unless it was called off.
    pub(super) fn passes<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        index: u32,
        job: u32,
        number: u32,
    ) {
        let now = agenda.now();
        if !self.gates[index as usize].line.is_due(job, number, now) {
            return;
        }
        let key = self.gates[index as usize].line.get(job).key;
        let begun = self.ready.len();
        while let Some(job) = self.gates[index as usize].line.first(key) {
            let gate = &mut self.gates[index as usize];
            let Waiter { who, cost, .. } = gate.line.get(job);
            let gone = self.frames[who].deadline < now;
            if !gone {
                if !gate.law.has(now, key, cost) {
                    break;
                }
                gate.lets_in(now, key, cost, now >= plan.from);
            }
            let waited = gate.line.leave(now, job);
            self.leaves_line(plan, who, index, waited, now);
            if gone {
                self.leaves_unserved(plan, agenda, who);
            } else {
                self.goes_on(who, now);
                self.ready.push(who);
            }
        }
        // The last pushed runs first; in one instant they go on in their order.
        self.ready[begun..].reverse();
        self.arm_gate(plan, agenda, index, key);
    }

    /// Somebody's patience is over: leaves if it still waits.
    pub(super) fn loses_patience<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        index: u32,
        job: u32,
        number: u32,
    ) {
        if !self.gates[index as usize].line.waits(job, number) {
            return;
        }
        let who = self.gates[index as usize].line.get(job).who;
        self.leave_gate(plan, agenda, who, index, job);
        self.leaves_unserved(plan, agenda, who);
    }

    fn leaves_unserved<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, who: u32) {
        let frame = &mut self.frames[who];
        (frame.at, frame.waits) = (agenda.now(), Waits::Nothing);
        let scope = plan.program.scope_of[frame.pc as usize];
        let stay = Stay::Withdrawn { abandoned: true };
        self.fail_from(plan, agenda, who, scope, Cause::TimedOut as u8, Some(stay));
    }

    /// Leaves a gate's line without having passed.
    pub(super) fn leave_gate<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        index: u32,
        job: u32,
    ) {
        let now = agenda.now();
        let line = &mut self.gates[index as usize].line;
        let key = line.get(job).key;
        let was_first = line.first(key) == Some(job);
        let waited = line.leave(now, job);
        self.leaves_line(plan, slot, index, waited, now);
        if was_first {
            self.arm_gate(plan, agenda, index, key);
        }
    }

    fn leaves_line(&mut self, plan: &Blueprint, slot: u32, index: u32, waited: Span, now: Time) {
        let operation = match plan.program.ops[self.frames[slot].pc as usize] {
            crate::engine::program::Op::Admit { admission } => plan.gates.admissions[admission as usize].operation,
            _ => NONE,
        };
        self.waited_to_pass(plan, slot, index, operation, waited, now);
    }

    /// Counts a wait at a gate, when it is over.
    fn waited_to_pass(&mut self, plan: &Blueprint, slot: u32, gate: u32, operation: u32, waited: Span, now: Time) {
        let request = &mut self.requests[self.frames[slot].request];
        request.waited = request.waited + waited;
        if now >= plan.from {
            self.gates[gate as usize].tally.wait.record(waited);
        }
        if operation != NONE {
            self.count_wait(plan, Deferred { start: now, waited, operation, came: now - waited });
        }
    }

    /// A fault or a change reaches a gate, or ends.
    pub(super) fn gate_effect<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        index: u32,
        effect: GateEffect,
        on: bool,
    ) {
        let spec = &plan.gates.gates[index as usize];
        let gate = &mut self.gates[index as usize];
        gate.takes_effect(spec, agenda.now(), effect, on);
        for key in gate.line.keys() {
            self.arm_gate(plan, agenda, index, key);
        }
    }
}
