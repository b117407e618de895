//! What is counted while a run goes on: whole numbers by flow, part, operation and call.

use super::blueprint::Blueprint;
pub use super::doors::Stay;
use super::presence::{Presence, Stays};
use crate::record::results::{Cause, FlowWindow, Work};
use crate::record::{Histogram, Recorder, Row, Series};
use crate::units::{Span, Time};

/// What came in and went before the measuring began, and since.
#[derive(Clone, Copy, Debug, Default)]
pub struct Carried {
    /// Came before.
    pub came: u64,
    /// Of these, went before.
    pub went: u64,
}

impl Carried {
    /// Inside when the measuring began.
    pub fn inside(self) -> u64 {
        self.came - self.went
    }
}

/// An operation of a part.
#[derive(Clone, Debug)]
pub struct OperationTally {
    /// Before the measuring.
    pub before: Carried,
    /// Books since then (`carried_in` and `inside` are filled in at the end).
    pub work: Work,
    /// Inside right now, counted at the door both ways.
    pub inside: u64,
    /// Time inside.
    pub latency: Recorder,
    /// Time waited.
    pub wait: Recorder,
}

impl OperationTally {
    /// Nothing yet.
    pub fn empty() -> OperationTally {
        OperationTally {
            before: Carried::default(),
            work: Work::default(),
            inside: 0,
            latency: Recorder::new(Histogram::coarse()),
            wait: Recorder::new(Histogram::coarse()),
        }
    }

    /// Somebody comes in.
    #[inline]
    pub fn enters(&mut self, measured: bool) {
        self.inside += 1;
        if measured {
            self.work.came_in += 1;
        } else {
            self.before.came += 1;
        }
    }

    /// Somebody leaves after so long.
    #[inline]
    pub fn leaves(&mut self, measured: bool, stay: Stay, after: Span) {
        self.inside -= 1;
        if !measured {
            self.before.went += 1;
            return;
        }
        match stay {
            Stay::Done | Stay::Broken => {
                self.work.done += 1;
                self.work.broken += u64::from(stay == Stay::Broken);
                self.latency.record(after);
            }
            Stay::Refused { by_limit } => {
                self.work.refused += 1;
                self.work.throttled += u64::from(by_limit);
                self.work.refused_for += u128::from(after.0);
            }
            Stay::Withdrawn { abandoned } => {
                self.work.withdrawn += 1;
                self.work.abandoned += u64::from(abandoned);
            }
            Stay::Killed => self.work.killed += 1,
        }
    }

    /// A stay without a wait, over and done, measured.
    #[inline]
    pub fn passes(&mut self, after: Span) {
        self.work.came_in += 1;
        self.work.done += 1;
        self.latency.record(after);
    }

    /// A row of stays, each over and done, all measured; the histograms are added up elsewhere.
    pub fn pass(&mut self, waits: &Row<'_>) {
        let n = waits.spans().len() as u64;
        self.work.came_in += n;
        self.work.done += n;
        self.work.delayed += waits.spans().iter().filter(|waited| **waited > 0).count() as u64;
    }

    /// The books as they stand.
    pub fn books(&self) -> Work {
        Work { carried_in: self.before.inside(), inside: self.inside, ..self.work }
    }
}

/// A part.
#[derive(Clone, Debug)]
pub struct PartTally {
    /// Who is inside.
    pub presence: Presence,
    /// Came in by time.
    pub came: Series,
    /// Latest departure of what was done.
    pub last_departure: Time,
    /// The longest wait, and when who waited so long had come.
    pub longest_wait: (Span, Time),
    /// The first arrival from a moment on that did not wait.
    pub caught_up: Option<(Time, Option<Time>)>,
    /// Who was the first to come at or after a watched moment: when, and its wait.
    pub wait_at: Vec<(Time, Option<(Time, Span)>)>,
}

impl PartTally {
    /// Somebody who came at a moment has waited so long.
    #[inline]
    pub fn waited(&mut self, came: Time, waited: Span) {
        let longest = &mut self.longest_wait;
        if waited > longest.0 || (waited == longest.0 && came < longest.1) {
            *longest = (waited, came);
        }
        if let Some((after, first)) = &mut self.caught_up
            && waited == Span::ZERO
            && came >= *after
        {
            *first = Some(first.map_or(came, |first| first.min(came)));
        }
        for (at, first) in &mut self.wait_at {
            if came >= *at && first.is_none_or(|(earlier, _)| came < earlier) {
                *first = Some((came, waited));
            }
        }
    }
}

impl PartTally {
    /// A row of stays, each over and done, all measured; who is inside has been told already.
    pub fn pass(&mut self, came: &[Time], last: Time, waits: &Row<'_>, stays: &Row<'_>) {
        self.presence.add(came.len() as u64, stays.sum());
        let ends = came.first().zip(came.last());
        let (first, end) = ends.map_or((Time::ZERO, Time::ZERO), |(first, end)| (*first, *end));
        self.came.add_row(first, end, came.len() as u128, came.iter().map(|at| (*at, 1)));
        self.last_departure = self.last_departure.max(last);
        if self.caught_up.is_some() || !self.wait_at.is_empty() || waits.max() >= self.longest_wait.0.0 {
            came.iter().zip(waits.spans()).for_each(|(came, waited)| self.waited(*came, Span(*waited)));
        }
    }
}

/// A caller's attempts at a callee.
#[derive(Clone, Copy, Debug, Default)]
pub struct CallTally {
    /// Before the measuring.
    pub before: Carried,
    /// See [`crate::record::results::CallResult`].
    pub first: u64,
    pub retries: u64,
    pub hedges: u64,
    pub answered: u64,
    pub failed: u64,
    pub withdrawn: u64,
    pub abandoned_running: u64,
    pub held_back: u64,
    /// Waited for right now.
    pub in_flight: u64,
}

/// How an attempt comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The first one.
    First,
    /// After a failure.
    Retry,
    /// Beside another.
    Hedge,
}

/// How an attempt ends, for its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// With a good answer.
    Answered,
    /// With a failure.
    Failed,
    /// Given up and taken back.
    Withdrawn,
    /// Given up and left running.
    Abandoned,
}

impl CallTally {
    /// An attempt is made.
    #[inline(always)]
    pub fn sent(&mut self, measured: bool, sent: Sent) {
        self.in_flight += 1;
        if !measured {
            self.before.came += 1;
            return;
        }
        match sent {
            Sent::First => self.first += 1,
            Sent::Retry => self.retries += 1,
            Sent::Hedge => self.hedges += 1,
        }
    }

    /// `n` first attempts are made and answered, all measured.
    pub fn pass(&mut self, n: u64) {
        self.first += n;
        self.answered += n;
    }

    /// An attempt is over for its caller.
    #[inline(always)]
    pub fn settled(&mut self, measured: bool, settled: Settled) {
        self.in_flight -= 1;
        if !measured {
            self.before.went += 1;
            return;
        }
        match settled {
            Settled::Answered => self.answered += 1,
            Settled::Failed => self.failed += 1,
            Settled::Withdrawn => self.withdrawn += 1,
            Settled::Abandoned => self.abandoned_running += 1,
        }
    }
}

/// A flow's requests that began in one window, being counted.
#[derive(Clone, Debug)]
pub struct Window {
    /// Their books (histograms are filled in at the end).
    pub books: FlowWindow,
    /// Of the answered, from the intended start.
    pub latency: Recorder,
    /// Of the answered: time spent waiting for a turn.
    pub wait: Recorder,
}

impl Window {
    fn new() -> Window {
        let fine = || Recorder::new(Histogram::fine());
        Window { books: FlowWindow::default(), latency: fine(), wait: fine() }
    }

    /// As a result.
    pub fn told(&self) -> FlowWindow {
        FlowWindow { latency: self.latency.histogram(), wait: self.wait.histogram(), ..self.books.clone() }
    }
}

/// A flow.
#[derive(Clone, Debug)]
pub struct FlowTally {
    /// Before the measuring.
    pub before: Carried,
    /// Began since and not settled.
    pub open: u64,
    /// The whole measured span.
    pub whole: Window,
    /// Each phase, in the order of the blueprint.
    pub phases: Vec<Window>,
    /// Good answers, failures, sums of latencies by time.
    pub good: Series,
    pub bad: Series,
    pub latency_sum: Series,
    /// Who is not over, as sums of moments.
    pub present: Stays,
    /// Time between two attempts of a call.
    pub pausing: u128,
    /// When the last good answer left.
    pub last_answer: Option<Time>,
}

/// What a request has spent, when it is over.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    /// Its intended start.
    pub start: Time,
    /// Waits for turns, all parts together.
    pub waited: Span,
    /// Work that was done for it, if somebody asks.
    pub worked: Option<Span>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A good answer in time.
    Ok,
    /// A good answer for nobody.
    Late,
    /// No good answer.
    Failed(Cause),
}

/// All that is counted.
#[derive(Clone, Debug)]
pub struct Tally {
    /// By flow.
    pub flows: Vec<FlowTally>,
    /// By part.
    pub parts: Vec<PartTally>,
    /// By operation.
    pub operations: Vec<OperationTally>,
    /// By caller and callee.
    pub calls: Vec<CallTally>,
    /// By mark.
    pub marks: Vec<Recorder>,
    /// Wait for each line that is a pool.
    pub pool_waits: Vec<Recorder>,
}

impl Tally {
    /// Nothing yet.
    pub fn new(plan: &Blueprint) -> Tally {
        let series = || Series::with_slot(plan.slot);
        let flow = |_: &String| FlowTally {
            before: Carried::default(),
            open: 0,
            whole: Window::new(),
            phases: plan.phases.iter().map(|_| Window::new()).collect(),
            good: series(),
            bad: series(),
            latency_sum: series(),
            present: Stays::default(),
            pausing: 0,
            last_answer: None,
        };
        Tally {
            flows: plan.flows.iter().map(flow).collect(),
            parts: plan
                .parts
                .iter()
                .map(|part| PartTally {
                    presence: Presence::new(!part.free),
                    came: series(),
                    last_departure: Time::ZERO,
                    longest_wait: (Span::ZERO, Time::ZERO),
                    caught_up: None,
                    wait_at: Vec::new(),
                })
                .collect(),
            operations: plan.operations.iter().map(|_| OperationTally::empty()).collect(),
            calls: plan.calls.iter().map(|_| CallTally::default()).collect(),
            marks: plan.marks.iter().map(|_| Recorder::new(Histogram::fine())).collect(),
            pool_waits: plan.lines.iter().map(|_| Recorder::new(Histogram::coarse())).collect(),
        }
    }
}

impl FlowTally {
    /// A request begins.
    #[inline]
    pub fn begins(&mut self, plan: &Blueprint, at: Time) {
        self.present.enters(at, plan.from);
        if at < plan.from {
            self.before.came += 1;
            return;
        }
        self.open += 1;
        self.whole.books.requests += 1;
        for (window, (_, from, to)) in self.phases.iter_mut().zip(&plan.phases) {
            if *from <= at && at < *to {
                window.books.requests += 1;
            }
        }
    }

    /// A request is over: `start` is its intended start, `at` the moment of the outcome.
    #[inline]
    pub fn ends(&mut self, plan: &Blueprint, spent: Spent, at: Time, outcome: Outcome) {
        let start = spent.start;
        let answered = !matches!(outcome, Outcome::Failed(_));
        self.present.leaves(at, plan.from);
        if outcome == Outcome::Ok {
            self.last_answer = self.last_answer.max(Some(at));
        }
        if at >= plan.from {
            let latency = at.since(start);
            if answered {
                self.whole.books.left += 1;
                self.good.add(at, u64::from(outcome == Outcome::Ok));
                self.latency_sum.add(at, latency.0);
            } else {
                self.bad.add(at, 1);
            }
            for (window, (_, from, to)) in self.phases.iter_mut().zip(&plan.phases) {
                window.books.left += u64::from(answered && *from <= at && at < *to);
            }
        }
        if start < plan.from {
            self.before.went += u64::from(at < plan.from);
            return;
        }
        self.open -= 1;
        count(&mut self.whole, spent, at, outcome);
        for (window, (_, from, to)) in self.phases.iter_mut().zip(&plan.phases) {
            if *from <= start && start < *to {
                count(window, spent, at, outcome);
            }
        }
    }
}

impl FlowTally {
    /// A row of requests, each over with a good answer, all measured; the whole span's histograms are added up elsewhere.
    pub fn pass(&mut self, plan: &Blueprint, came: &[Time], gone: (&[Time], Time), waits: &Row<'_>, stays: &Row<'_>) {
        let n = came.len() as u64;
        self.present.add(n, stays.sum());
        self.last_answer = self.last_answer.max(Some(gone.1));
        let books = &mut self.whole.books;
        books.requests += n;
        books.ok += n;
        books.left += n;
        let first = came.first().copied().unwrap_or_default();
        let (gone, last) = gone;
        self.good.add_row(first, last, u128::from(n), gone.iter().map(|at| (*at, 1)));
        let latencies = gone.iter().copied().zip(stays.spans().iter().copied());
        self.latency_sum.add_row(first, last, stays.sum(), latencies);
        for (window, (_, from, to)) in self.phases.iter_mut().zip(&plan.phases) {
            for (i, came) in came.iter().enumerate() {
                window.books.left += u64::from(*from <= gone[i] && gone[i] < *to);
                if *from <= *came && *came < *to {
                    window.books.requests += 1;
                    let spent = Spent { start: *came, waited: Span(waits.spans()[i]), worked: None };
                    count(window, spent, gone[i], Outcome::Ok);
                }
            }
        }
    }
}

#[inline]
pub(super) fn count(window: &mut Window, spent: Spent, at: Time, outcome: Outcome) {
    match outcome {
        Outcome::Failed(cause) => {
            window.books.failed[cause as usize] += 1;
            return;
        }
        Outcome::Ok => window.books.ok += 1,
        Outcome::Late => window.books.late += 1,
    }
    let latency = at.since(spent.start);
    window.latency.record(latency);
    window.wait.record(spent.waited);
    if let Some(worked) = spent.worked.filter(|worked| *worked > Span::ZERO) {
        let thousandths = (u128::from(latency.0) * 1000 + u128::from(worked.0) / 2) / u128::from(worked.0);
        window.books.slowdown.record(Span(thousandths.min(u128::from(u64::MAX)) as u64));
    }
}
