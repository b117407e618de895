//! Calls under a client's policy: timeouts, retries, second copies. What attempts share is in `guards`.
//!
//! Each attempt is a frame of its own. A caller that gives up forgets the attempt; the attempt does not know and works
//! on, unless the policy takes it back. A client at the edge of the system remembers: if an attempt that it gave up is
//! still answered after it gave up for good, the request is late, not failed.

use super::blueprint::{Blueprint, HedgeSpec, Jitter, Pause};
use super::frames::{Frame, Parent, Waits};
use super::tally::{Outcome, Sent, Settled};
use super::world::{Kind, State, what};
use crate::engine::agenda::Agenda;
use crate::engine::calendar::Calendar;
use crate::engine::event::{Class, Event, Key};
use crate::engine::lanes::TimerId;
use crate::engine::program::NONE;
use crate::record::results::Cause;
use crate::units::random::join;
use crate::units::{Random, Span, Time};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// An attempt is waited for.
    Asking,
    /// A pause before the next one.
    Pausing,
    /// Given up for good; abandoned attempts may still be answered.
    GivenUp,
    /// The slot is free.
    Over,
}

/// A call being attempted.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    pub(super) frame: u32,
    pub(super) policy: u32,
    pub(super) site: u32,
    tries: u32,
    /// The attempt waited for, and its second copy.
    pub(super) children: [u32; 2],
    timer: Option<TimerId>,
    hedge_at: Time,
    began: Time,
    pause: f64,
    cause: u8,
    /// Abandoned ones of a client that are not over.
    abandoned: u32,
    phase: Phase,
    /// Which life of this slot it is.
    pub(super) life: u32,
}

/// The length of the pause before retry number `k` (0 for the first); `last`: the one before.
fn pause(pause: &Pause, k: u32, last: f64, random: &mut Random) -> f64 {
    match pause {
        Pause::Fixed(law) => law.sample(random),
        Pause::AsTold => 0.0,
        Pause::Schedule(spans) => spans.get(k as usize).or(spans.last()).map_or(0.0, |span| span.0 as f64),
        Pause::Exponential { base, factor, cap, jitter } => {
            let mut full = *base;
            for _ in 0..k {
                full *= factor;
                if full >= *cap {
                    break;
                }
            }
            let full = full.min(*cap);
            match jitter {
                Jitter::None => full,
                Jitter::Equal => full / 2.0 + random.unit() * full / 2.0,
                Jitter::Full => random.unit() * full,
                Jitter::Around(share) => full * (1.0 + share * (2.0 * random.unit() - 1.0)),
            }
        }
        Pause::Decorrelated { base, factor, cap } => {
            let last = if k == 0 { *base } else { last };
            (base + random.unit() * (last * factor - base).max(0.0)).min(*cap)
        }
    }
}

impl State {
    /// A call under a policy begins.
    pub(crate) fn start_attempt<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        slot: u32,
        policy: u32,
        site: u32,
    ) {
        let now = agenda.now();
        let spec = &plan.policies[policy as usize];
        if spec.guard != NONE {
            self.guards[spec.guard as usize].begins(&plan.guards[spec.guard as usize]);
        }
        let life = self.attempts.next_free().map_or(0, |free| free.life);
        let attempt = self.attempts.add(Attempt {
            frame: slot,
            policy,
            site,
            tries: 0,
            children: [NONE; 2],
            timer: None,
            hedge_at: Time::NEVER,
            began: now,
            pause: 0.0,
            cause: 0,
            abandoned: 0,
            phase: Phase::Asking,
            life,
        });
        self.frames[slot].waits = Waits::Attempt(attempt);
        self.launch(plan, agenda, attempt, Sent::First);
    }

    /// Sends an attempt, unless a guard holds it back.
    fn launch<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, attempt: u32, sent: Sent) {
        let now = agenda.now();
        let it = &self.attempts[attempt];
        let (frame, site, tries, life) = (it.frame, it.site, it.tries, it.life);
        let spec = &plan.policies[it.policy as usize];
        if spec.guard != NONE {
            let guard = &mut self.guards[spec.guard as usize];
            if let Err(cause) = guard.lets_through(&plan.guards[spec.guard as usize], now) {
                self.tally.calls[spec.call as usize].held_back += u64::from(now >= plan.from);
                if sent != Sent::Hedge {
                    self.tries_again(plan, agenda, attempt, cause as u8, now);
                }
                return;
            }
            guard.inside += 1;
        }
        self.tally.calls[spec.call as usize].sent(now >= plan.from, sent);
        let copy = usize::from(sent == Sent::Hedge);
        let turn = u64::from(tries) * 2 + copy as u64;
        let caller = &self.frames[frame];
        let (deadline, fence) = (caller.deadline, caller.fence);
        let child = Frame {
            at: now,
            ident: join(join(caller.ident, self.sites[site as usize]), turn),
            deadline: match spec.timeout {
                Some(timeout) if spec.deadline => deadline.min(now + timeout),
                _ => deadline,
            },
            pc: spec.body,
            request: caller.request,
            parent: Parent::Attempt(attempt),
            waits: Waits::Nothing,
            fence: match spec.timeout {
                _ if spec.strict => Time::ZERO,
                Some(timeout) if spec.fenced => fence.min(now + timeout + Span(1)),
                _ => fence,
            },
            generation: 0,
            sub: 0,
            cause: u8::MAX,
            sibling: NONE,
            alive: true,
            failing: false,
        };
        let child = self.new_frame(plan, child);
        self.copy_cells(plan, frame, child);
        self.does_part_of(plan, frame, child, (site, 0));
        let record = &mut self.attempts[attempt];
        record.children[copy] = child;
        record.phase = Phase::Asking;
        if sent != Sent::Hedge {
            record.began = now;
        }
        if !spec.foretold {
            let key = self.attempt_key(plan, attempt);
            if sent != Sent::Hedge {
                if let Some(timeout) = spec.timeout {
                    let lane = agenda.lane(timeout);
                    let timer = agenda.set_timer(lane, key, what(Kind::Timeout, life), attempt);
                    self.attempts[attempt].timer = timer;
                }
                self.plan_hedge(plan, agenda, attempt, key);
            }
        }
        self.ready.push(child);
    }

    fn plan_hedge<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, attempt: u32, key: Key) {
        let it = self.attempts[attempt];
        let spec = &plan.policies[it.policy as usize];
        let after = match &spec.hedge {
            None => return,
            Some(HedgeSpec::After(span)) => *span,
            // Fewer than a hundred answers say nothing about a tail.
            Some(HedgeSpec::Quantile(p)) => match &self.guards[spec.guard as usize].seen {
                seen if seen.count() >= 100 => seen.quantile(*p).unwrap_or(Span::FOREVER),
                _ => return,
            },
        };
        let at = agenda.now() + after;
        self.attempts[attempt].hedge_at = at;
        agenda.schedule(Event { at, key, what: what(Kind::Hedge, it.life), slot: attempt });
    }

    pub(super) fn attempt_key(&self, plan: &Blueprint, attempt: u32) -> Key {
        let frame = &self.frames[self.attempts[attempt].frame];
        let request = &self.requests[frame.request];
        let rank = plan.entries[request.entry as usize].rank;
        Event::key(Class::Timer, rank, request.number, frame.sub)
    }

    fn same_life(&self, attempt: u32, life: u32) -> bool {
        let it = &self.attempts[attempt];
        it.phase != Phase::Over && it.life & ((1 << 28) - 1) == life
    }

    /// A second copy is due.
    pub(crate) fn hedge<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, attempt: u32, life: u32) {
        if !self.same_life(attempt, life) {
            return;
        }
        let it = self.attempts[attempt];
        if it.phase == Phase::Asking && it.hedge_at == agenda.now() && it.children[1] == NONE {
            self.launch(plan, agenda, attempt, Sent::Hedge);
        }
    }

    /// An attempt's time is over.
    pub(crate) fn timeout<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, attempt: u32, life: u32) {
        if !self.same_life(attempt, life) {
            return;
        }
        let it = self.attempts[attempt];
        let spec = &plan.policies[it.policy as usize];
        self.attempts[attempt].timer = None;
        for copy in 0..2 {
            let child = it.children[copy];
            if child != NONE {
                self.abandons(plan, agenda, attempt, child, spec.withdraw);
                self.attempts[attempt].children[copy] = NONE;
            }
        }
        self.tries_again(plan, agenda, attempt, Cause::TimedOut as u8, agenda.now());
    }

    /// The caller gives an attempt up.
    fn abandons<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        attempt: u32,
        child: u32,
        withdraw: bool,
    ) {
        let spec = &plan.policies[self.attempts[attempt].policy as usize];
        let settled = if withdraw { Settled::Withdrawn } else { Settled::Abandoned };
        self.over_for_caller(plan, agenda.now(), attempt, settled);
        if withdraw {
            self.withdraw(plan, agenda, child);
        } else if spec.client {
            self.attempts[attempt].abandoned += 1;
        } else {
            self.frames[child].parent = Parent::Nobody;
        }
    }

    pub(super) fn over_for_caller(&mut self, plan: &Blueprint, now: Time, attempt: u32, settled: Settled) {
        let it = self.attempts[attempt];
        let spec = &plan.policies[it.policy as usize];
        self.tally.calls[spec.call as usize].settled(now >= plan.from, settled);
        if spec.guard == NONE {
            return;
        }
        let guard = &mut self.guards[spec.guard as usize];
        guard.inside -= 1;
        let rules = &plan.guards[spec.guard as usize];
        match settled {
            Settled::Answered => {
                guard.seen.record(now.since(it.began));
                guard.answered(rules, it.tries, it.cause);
                guard.remember(rules, now, false);
            }
            Settled::Failed | Settled::Abandoned => guard.remember(rules, now, true),
            Settled::Withdrawn => {}
        }
    }

    /// An attempt has ended, well or not.
    pub(crate) fn attempt_answers<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        attempt: u32,
        child: u32,
    ) {
        // Which may lie ahead of the clock.
        let at = self.frames[child].at;
        let cause = self.frames[child].cause;
        let good = cause == u8::MAX;
        let it = self.attempts[attempt];
        let Some(copy) = it.children.iter().position(|&waited_for| waited_for == child) else {
            return self.abandoned_answers(plan, agenda, attempt, child, good);
        };
        if good {
            self.has_seen(plan, child, it.frame);
        }
        self.free_frame(plan, child);
        let settled = if good { Settled::Answered } else { Settled::Failed };
        self.over_for_caller(plan, at, attempt, settled);
        self.attempts[attempt].children[copy] = NONE;
        let other = it.children[1 - copy];
        if !good {
            // A second copy that is still out may do better.
            if other == NONE {
                self.stop_timer(agenda, attempt);
                self.tries_again(plan, agenda, attempt, cause, at);
            }
            return;
        }
        if other != NONE {
            self.over_for_caller(plan, agenda.now(), attempt, Settled::Withdrawn);
            self.withdraw(plan, agenda, other);
        }
        self.stop_timer(agenda, attempt);
        self.attempt_over(plan, attempt);
        self.goes_on(it.frame, at);
        self.ready.push(it.frame);
    }

    fn stop_timer<C: Calendar>(&mut self, agenda: &mut Agenda<C>, attempt: u32) {
        if let Some(timer) = self.attempts[attempt].timer.take() {
            agenda.cancel(timer);
        }
    }

    /// An attempt of a client ends that the client had given up.
    fn abandoned_answers<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        attempt: u32,
        child: u32,
        good: bool,
    ) {
        let now = agenda.now();
        self.free_frame(plan, child);
        self.attempts[attempt].abandoned -= 1;
        let it = self.attempts[attempt];
        if it.phase != Phase::GivenUp {
            return;
        }
        let request = self.frames[it.frame].request;
        if good {
            self.settle(plan, agenda, request, now, Outcome::Late);
        }
        if it.abandoned == 0 {
            self.settle(plan, agenda, request, now, Outcome::Failed(Cause::TimedOut));
            self.attempt_over(plan, attempt);
            self.free_frame(plan, it.frame);
        }
    }

    /// The slot is free; attempts still out belong to nobody.
    fn attempt_over(&mut self, plan: &Blueprint, attempt: u32) {
        let it = &mut self.attempts[attempt];
        it.phase = Phase::Over;
        it.life = it.life.wrapping_add(1);
        let (abandoned, frame) = (it.abandoned, it.frame);
        self.attempts.remove(attempt);
        if abandoned > 0 && plan.policies[self.attempts[attempt].policy as usize].client {
            let request = self.frames[frame].request;
            for other in &mut self.frames.items {
                if other.alive && other.request == request && other.parent == Parent::Attempt(attempt) {
                    other.parent = Parent::Nobody;
                }
            }
        }
    }

    /// After a failure, which may lie ahead of the clock: another attempt, or the end.
    pub(super) fn tries_again<C: Calendar>(
        &mut self,
        plan: &Blueprint,
        agenda: &mut Agenda<C>,
        attempt: u32,
        cause: u8,
        now: Time,
    ) {
        let it = self.attempts[attempt];
        let spec = &plan.policies[it.policy as usize];
        let worth = it.tries < spec.retries && spec.retry_on[cause as usize];
        let allowed = worth
            && (spec.guard == NONE || {
                let paid = self.guards[spec.guard as usize].pays(&plan.guards[spec.guard as usize], cause);
                self.tally.calls[spec.call as usize].held_back += u64::from(!paid && now >= plan.from);
                paid
            });
        if !allowed {
            return self.gives_up(plan, agenda, attempt, cause, now);
        }
        let ident = join(self.frames[it.frame].ident, self.sites[spec.site as usize]);
        let mut random = Random::new(join(ident, u64::from(it.tries)));
        let throttled = spec.throttled_pause.as_ref().filter(|_| cause == Cause::Throttled as u8);
        let usual = throttled.unwrap_or(&spec.pause);
        let told = (*usual == Pause::AsTold).then(|| self.told_pause(plan, it.frame, now));
        let pause = told.unwrap_or_else(|| pause(usual, it.tries, it.pause, &mut random));
        let key = self.attempt_key(plan, attempt);
        let record = &mut self.attempts[attempt];
        (record.tries, record.pause, record.phase, record.cause) = (it.tries + 1, pause, Phase::Pausing, cause);
        record.hedge_at = Time::NEVER;
        let at = now + Span::from_nanos(pause);
        agenda.schedule(Event { at, key, what: what(Kind::Retry, it.life), slot: attempt });
        let entry = self.requests[self.frames[it.frame].request].entry;
        let flow = plan.entries[entry as usize].flow;
        if flow != NONE {
            let measured = at.min(plan.to).since(now.max(plan.from));
            self.tally.flows[flow as usize].pausing += u128::from(measured.0);
        }
    }

    /// A pause is over.
    pub(crate) fn retry<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, attempt: u32, life: u32) {
        if self.same_life(attempt, life) && self.attempts[attempt].phase == Phase::Pausing {
            self.launch(plan, agenda, attempt, Sent::Retry);
        }
    }

    /// No further attempt: the step has failed, or the client has gone.
    fn gives_up<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, attempt: u32, cause: u8, now: Time) {
        let it = self.attempts[attempt];
        let spec = &plan.policies[it.policy as usize];
        if spec.client && it.abandoned > 0 {
            self.attempts[attempt].phase = Phase::GivenUp;
            let request = self.frames[it.frame].request;
            return self.user_goes_on(plan, agenda, request, now);
        }
        self.attempt_over(plan, attempt);
        let frame = &mut self.frames[it.frame];
        (frame.at, frame.waits) = (now, Waits::Nothing);
        let pc = frame.pc;
        self.fails(plan, agenda, it.frame, pc, cause);
    }

    /// The caller itself is taken back: what it waits for is too.
    pub(crate) fn withdraw_attempt<C: Calendar>(&mut self, plan: &Blueprint, agenda: &mut Agenda<C>, attempt: u32) {
        self.stop_timer(agenda, attempt);
        for child in self.attempts[attempt].children {
            if child != NONE {
                self.over_for_caller(plan, agenda.now(), attempt, Settled::Withdrawn);
                self.withdraw(plan, agenda, child);
            }
        }
        self.attempt_over(plan, attempt);
    }
}
