//! An event loop: works in turns. Who comes during a turn waits at a gate; all who wait are done in the next turn, and
//! answered at its end.
//!
//! Law: a turn takes `turn` + the sum of what those in it take; it begins as soon as somebody waits and a thread is free.
//! So nobody is answered before the last one of its turn is done, and what a turn costs by itself is shared by all in it:
//! the cost of a request falls as load rises. With one thread it is the gated batch queue of one server: busy is
//! rate x (each + turn / batch), and the most it can do is 1 / each a second, whatever a turn costs. A real in-memory store
//! behaves so, and not as M/G/1 (`docs/real-systems.md`). With several threads a free one takes all that waits.
//!
//! Left out: an order within a turn (all leave at its end), and answers that are written one after another.

use std::collections::VecDeque;

use crate::record::Gauge;
use crate::units::{Span, Time};

/// What an event loop is.
#[derive(Clone, Debug, PartialEq)]
pub struct LoopSpec {
    /// What a turn takes by itself.
    pub turn: Span,
    /// How many are done in a turn at most; `u32::MAX`: no limit.
    pub most: u32,
    /// Turns at a time.
    pub threads: u32,
}

/// Somebody who asks.
#[derive(Clone, Copy, Debug)]
struct Asker {
    who: u32,
    came: Time,
    work: Span,
    /// In this thread's turn, or at the gate.
    thread: Option<u32>,
    /// Was taken back while its turn went on: the work is done all the same.
    gone: bool,
}

/// A turn that is going on.
#[derive(Clone, Debug, Default)]
struct Turn {
    askers: Vec<u32>,
    number: u64,
    end: Time,
    on: bool,
}

/// A turn has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Which thread.
    pub thread: u32,
    /// Number of the turn, by which ties are broken.
    pub number: u64,
    /// When it will be over.
    pub end: Time,
}

/// A loop.
#[derive(Clone, Debug)]
pub struct EventLoop {
    spec: LoopSpec,
    askers: Vec<Asker>,
    free: Vec<u32>,
    gate: VecDeque<u32>,
    threads: Vec<Turn>,
    count: u64,
    factor: f64,
    stopped: Option<Time>,
    /// Who has begun with the last turn, and how long each had waited; who had not waited for it after all.
    pub begun: Vec<(u32, Span)>,
    pub left: Vec<(u32, Span)>,
    /// How many wait at the gate.
    pub queue: Gauge,
    /// How many threads are busy.
    pub held: Gauge,
    /// Turns and the requests in them since the measuring began.
    pub turns: u64,
    pub served: u64,
}

impl EventLoop {
    /// An idle loop.
    pub fn new(spec: &LoopSpec) -> EventLoop {
        EventLoop {
            spec: spec.clone(),
            askers: Vec::new(),
            free: Vec::new(),
            gate: VecDeque::new(),
            threads: vec![Turn::default(); spec.threads.max(1) as usize],
            count: 0,
            factor: 1.0,
            stopped: None,
            begun: Vec::new(),
            left: Vec::new(),
            queue: Gauge::default(),
            held: Gauge::default(),
            turns: 0,
            served: 0,
        }
    }

    /// Somebody comes to the gate.
    pub fn arrive(&mut self, now: Time, who: u32, work: Span) -> u32 {
        let asker = Asker { who, came: now, work, thread: None, gone: false };
        let slot = match self.free.pop() {
            Some(slot) => {
                self.askers[slot as usize] = asker;
                slot
            }
            None => {
                self.askers.push(asker);
                (self.askers.len() - 1) as u32
            }
        };
        self.gate.push_back(slot);
        self.queue.change(now, 1);
        slot
    }

    /// A turn begins if somebody waits and a thread is free; ask again until none does. Who is no longer `wanted` by
    /// anybody is left out of it.
    pub fn begin(&mut self, now: Time, wanted: impl Fn(u32) -> bool) -> Option<Begun> {
        self.begun.clear();
        if self.stopped.is_some() {
            return None;
        }
        let thread = self.threads.iter().position(|turn| !turn.on)?;
        let mut work = self.spec.turn;
        while self.threads[thread].askers.len() < self.spec.most as usize {
            let Some(slot) = self.gate.pop_front() else { break };
            self.queue.change(now, -1);
            let asker = &mut self.askers[slot as usize];
            let waited = now.since(asker.came);
            if waited > Span::ZERO && !wanted(asker.who) {
                self.left.push((asker.who, waited));
                self.free.push(slot);
                continue;
            }
            asker.thread = Some(thread as u32);
            work = work + asker.work;
            self.begun.push((asker.who, waited));
            self.threads[thread].askers.push(slot);
        }
        if self.threads[thread].askers.is_empty() {
            return None;
        }
        if self.factor != 1.0 {
            work = Span::from_nanos(work.0 as f64 * self.factor);
        }
        let (number, end) = (self.count, now + work);
        self.count += 1;
        self.turns += 1;
        self.served += self.begun.len() as u64;
        self.held.change(now, 1);
        let turn = &mut self.threads[thread];
        (turn.number, turn.end, turn.on) = (number, end, true);
        Some(Begun { thread: thread as u32, number, end })
    }

    /// Is this the end of this thread's turn, or an end that was called off?
    pub fn ends(&self, now: Time, thread: u32, number: u32) -> bool {
        let turn = self.threads.get(thread as usize);
        self.stopped.is_none() && turn.is_some_and(|turn| turn.on && turn.end == now && turn.number as u32 == number)
    }

    /// A turn is over: says who is answered, in the order in which they came.
    pub fn finish(&mut self, now: Time, thread: u32, answered: &mut Vec<u32>) {
        let turn = &mut self.threads[thread as usize];
        turn.on = false;
        self.held.change(now, -1);
        for slot in turn.askers.drain(..) {
            let asker = &self.askers[slot as usize];
            if !asker.gone {
                answered.push(asker.who);
            }
            self.free.push(slot);
        }
    }

    /// Somebody is taken back; says how long it waited if its turn had not come. A turn that goes on is not shortened.
    pub fn withdraw(&mut self, now: Time, slot: u32) -> Option<Span> {
        let asker = &mut self.askers[slot as usize];
        if asker.thread.is_some() {
            asker.gone = true;
            return None;
        }
        let waited = now.since(asker.came);
        self.gate.retain(|other| *other != slot);
        self.queue.change(now, -1);
        self.free.push(slot);
        Some(waited)
    }

    /// How many threads there are.
    pub fn threads(&self) -> u32 {
        self.threads.len() as u32
    }

    /// Is no thread free?
    pub fn is_busy(&self) -> bool {
        self.stopped.is_some() || self.threads.iter().all(|turn| turn.on)
    }

    /// Turns that begin from now on take so many times as long.
    pub fn set_factor(&mut self, factor: f64) {
        self.factor = factor;
    }

    /// Does nothing until [`EventLoop::go_on`]; turns stay where they are.
    pub fn stop(&mut self, now: Time) {
        self.stopped = self.stopped.or(Some(now));
    }

    /// Goes on: turns end as much later as it stood still.
    pub fn go_on(&mut self, now: Time) -> Vec<Begun> {
        let Some(since) = self.stopped.take() else { return Vec::new() };
        let mut moved = Vec::new();
        for (thread, turn) in self.threads.iter_mut().enumerate().filter(|(_, turn)| turn.on) {
            turn.end = now + turn.end.since(since);
            moved.push(Begun { thread: thread as u32, number: turn.number, end: turn.end });
        }
        moved
    }

    /// The measuring begins.
    pub fn begin_measuring(&mut self, now: Time) {
        self.queue.begin(now);
        self.held.begin(now);
        (self.turns, self.served) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const US: u64 = 1000;

    fn event_loop(most: u32, threads: u32) -> EventLoop {
        EventLoop::new(&LoopSpec { turn: Span(50 * US), most, threads })
    }

    fn begin(of: &mut EventLoop, at: u64) -> Option<(u64, usize)> {
        of.begin(Time(at * US), |_| true).map(|begun| (begun.end.0 / US, of.begun.len()))
    }

    fn finish(of: &mut EventLoop, at: u64) -> Vec<u32> {
        let mut answered = Vec::new();
        of.finish(Time(at * US), 0, &mut answered);
        answered
    }

    #[test]
    fn who_comes_during_a_turn_is_answered_at_the_end_of_the_next() {
        let mut of = event_loop(u32::MAX, 1);
        of.arrive(Time(0), 1, Span(10 * US));
        assert_eq!(begin(&mut of, 0), Some((60, 1)), "alone: 50 + 10");
        of.arrive(Time(5 * US), 2, Span(10 * US));
        of.arrive(Time(59 * US), 3, Span(20 * US));
        assert_eq!(begin(&mut of, 59), None, "the gate is closed");
        assert_eq!(finish(&mut of, 60), [1]);
        assert_eq!(begin(&mut of, 60), Some((140, 2)), "together: 50 + 10 + 20");
        assert_eq!(of.begun, [(2, Span(55 * US)), (3, Span(US))]);
        assert_eq!(finish(&mut of, 140), [2, 3], "nobody before the last one is done");
        assert_eq!(begin(&mut of, 140), None);
        assert_eq!((of.turns, of.served), (2, 3));
    }

    #[test]
    fn a_turn_takes_so_many_at_most_and_the_others_wait_for_the_one_after() {
        let mut of = event_loop(2, 1);
        for who in 0..5 {
            of.arrive(Time(0), who, Span(US));
        }
        assert_eq!(begin(&mut of, 0), Some((52, 2)));
        assert_eq!(finish(&mut of, 52), [0, 1]);
        assert_eq!((begin(&mut of, 52), of.queue.value()), (Some((104, 2)), 1));
    }

    #[test]
    fn another_thread_takes_what_waits() {
        let mut of = event_loop(u32::MAX, 2);
        of.arrive(Time(0), 1, Span(US));
        assert_eq!(begin(&mut of, 0), Some((51, 1)));
        of.arrive(Time(US), 2, Span(US));
        assert_eq!(begin(&mut of, 1), Some((52, 1)));
        of.arrive(Time(2 * US), 3, Span(US));
        assert!(begin(&mut of, 2).is_none() && of.is_busy());
    }

    #[test]
    fn who_is_taken_back_at_the_gate_is_not_done_and_in_a_turn_is_done_for_nobody() {
        let mut of = event_loop(u32::MAX, 1);
        let first = of.arrive(Time(0), 1, Span(10 * US));
        begin(&mut of, 0);
        let second = of.arrive(Time(0), 2, Span(10 * US));
        assert_eq!(of.withdraw(Time(20 * US), first), None);
        assert_eq!(of.withdraw(Time(20 * US), second), Some(Span(20 * US)));
        assert!(of.ends(Time(60 * US), 0, 0), "the turn goes on to its end");
        assert!(finish(&mut of, 60).is_empty());
        assert_eq!(begin(&mut of, 60), None);
    }

    #[test]
    fn who_is_wanted_by_nobody_is_left_out() {
        let mut of = event_loop(u32::MAX, 1);
        of.arrive(Time(0), 1, Span(10 * US));
        begin(&mut of, 0);
        of.arrive(Time(0), 2, Span(10 * US));
        of.arrive(Time(0), 3, Span(10 * US));
        finish(&mut of, 60);
        let begun = of.begin(Time(60 * US), |who| who != 2).expect("somebody waits");
        assert_eq!((begun.end, of.left.as_slice()), (Time(120 * US), [(2, Span(60 * US))].as_slice()));
    }

    #[test]
    fn a_pause_moves_the_end_of_a_turn() {
        let mut of = event_loop(u32::MAX, 1);
        of.arrive(Time(0), 1, Span(10 * US));
        begin(&mut of, 0);
        of.stop(Time(20 * US));
        assert!(!of.ends(Time(60 * US), 0, 0));
        assert_eq!(of.go_on(Time(100 * US)), [Begun { thread: 0, number: 0, end: Time(140 * US) }]);
        assert!(of.ends(Time(140 * US), 0, 0));
        finish(&mut of, 140);
        of.set_factor(3.0);
        of.arrive(Time(140 * US), 2, Span(10 * US));
        assert_eq!(begin(&mut of, 140), Some((320, 1)));
    }
}
