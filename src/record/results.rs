//! What one replication measured, whole: integers, histograms and integrals, named and sorted. It merges exactly.
//!
//! The world fills it when a run ends; `outcome` reads it. Everything is counted from the end of the warm-up.

use super::{Gauge, Histogram, Series, Timeline, Usage};
use crate::units::{Span, Time};

/// Why something failed (`validation`: the cause of a failure is that of its last attempt).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Cause {
    /// A limit said no (a full room is a limit).
    Throttled = 0,
    /// The answer is "no": a rule's, a business one.
    Refused = 1,
    /// An error, also of a dead part.
    Broken = 2,
    /// The caller gave up.
    TimedOut = 3,
    /// Its worker died.
    Gone = 4,
}

impl Cause {
    /// All of them, in the order of their numbers.
    pub const ALL: [Cause; 5] = [Cause::Throttled, Cause::Refused, Cause::Broken, Cause::TimedOut, Cause::Gone];

    /// The reader's word.
    pub const fn word(self) -> &'static str {
        match self {
            Cause::Throttled => "throttled",
            Cause::Refused => "refused",
            Cause::Broken => "broken",
            Cause::TimedOut => "timed_out",
            Cause::Gone => "gone",
        }
    }
}

/// One replication.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Results {
    /// End of the warm-up.
    pub from: Time,
    /// End of the run.
    pub to: Time,
    /// Events that the loop handled (speed, not meaning: the only field that ways of not scheduling change).
    pub events: u64,
    /// Names of the phases, and where they lie; windows below are in this order.
    pub phases: Vec<(String, Time, Time)>,
    /// Flows, by name.
    pub flows: Vec<FlowResult>,
    /// Parts, by name.
    pub parts: Vec<PartResult>,
    /// Calls, by caller and callee.
    pub calls: Vec<CallResult>,
    /// What mechanisms, faults and controllers show besides, by whole path: `kept.hits`, `jobs.books.accepted`; what is
    /// also counted in a phase, by `kept.hits in evening`.
    pub shown: std::collections::BTreeMap<String, Shown>,
    /// What is metered, hour by hour.
    pub usage: Usage,
    /// What it was like slice by slice, where somebody asked.
    pub timeline: Option<Box<Timeline>>,
    /// The run ended early because this part's unlimited queue passed its bound.
    pub collapsed: Option<String>,
}

/// What a shown number is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Ones.
    Ones,
    /// Nanoseconds.
    Nanos,
    /// A share or a quotient.
    Share,
    /// Per second.
    PerSecond,
    /// Bytes.
    Bytes,
    /// Dollars.
    Dollars,
}

/// A number of a mechanism's own: what it is decides how replications become one number.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// So many; over replications they add up.
    Count(u64, Counted),
    /// The first over the second; over replications both add up. Nothing of nothing.
    Ratio(u128, u128, Counted),
    /// The greatest that was seen.
    Most(u64, Counted),
    /// A moment, or a number that a replication has or has not; a mean over those that have it, and their spread
    /// (`sd`, `p50`, `p95`, `max`) below its path.
    Once(Option<f64>, Counted),
    /// The same of many replications, which have handed theirs over.
    Each(Vec<f64>, Counted),
    /// Times; `mean`, `p99`, `max` and so on stand below its path.
    Times(Histogram),
    /// A number that changes with time; `mean`, `max` and so on stand below its path.
    Level(Gauge),
}

/// A flow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlowResult {
    /// Its name.
    pub name: String,
    /// The whole measured span.
    pub whole: FlowWindow,
    /// Each phase, by the moment at which a request began.
    pub phases: Vec<FlowWindow>,
    /// Marks, by name: time since the request began, of those who came there.
    pub marks: Vec<(String, Histogram)>,
    /// Answers that were ok, by time (a point counts those that left in it).
    pub good: Series,
    /// Failures by time.
    pub bad: Series,
    /// Sum of latencies (ns) of answers by time of leaving, for drawing and for batch means.
    pub latency_sum: Series,
    /// How many requests were not over (an integral; the client's pauses included).
    pub present: Gauge,
    /// Of these: between two attempts of a call.
    pub pausing: Gauge,
    /// When the last good answer left.
    pub last_answer: Option<Time>,
}

/// A flow's requests that began in one window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlowWindow {
    /// Began here.
    pub requests: u64,
    /// Good answer in time.
    pub ok: u64,
    /// Good answer, but the client had gone.
    pub late: u64,
    /// By cause, in the order of [`Cause::ALL`].
    pub failed: [u64; 5],
    /// Not over when the run ended.
    pub in_flight: u64,
    /// Begun before the window's start and then still inside (whole span only).
    pub carried_in: u64,
    /// Answers that left here, whenever they began.
    pub left: u64,
    /// Of the answered (`ok` and `late`), from the intended start.
    pub latency: Histogram,
    /// Of the answered: time spent waiting for a turn, all parts together.
    pub wait: Histogram,
    /// Of the answered: time from the first to the last attempt of the client (pauses and failed attempts).
    pub attempts_time: Histogram,
    /// Of the answered: latency over the work that was done for it, in thousandths.
    pub slowdown: Histogram,
}

/// The books of work, per part and operation: carried_in + came_in = done + refused + withdrawn + killed + inside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Inside at the end of the warm-up.
    pub carried_in: u64,
    /// Came in since.
    pub came_in: u64,
    /// Ended by the part, with whatever answer.
    pub done: u64,
    /// Not let in: full, throttled, dead.
    pub refused: u64,
    /// Of these: by a limit (a full room is a limit).
    pub throttled: u64,
    /// How long the refused were inside until they were told, all together, in nanoseconds.
    pub refused_for: u128,
    /// Taken back by the caller, or gave up waiting.
    pub withdrawn: u64,
    /// Of these: gave up while waiting for their turn (patience).
    pub abandoned: u64,
    /// Died with the part.
    pub killed: u64,
    /// Still there at the end.
    pub inside: u64,
    /// Did not start at once (those that gave up included).
    pub delayed: u64,
    /// Done, with an error.
    pub broken: u64,
}

/// A part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartResult {
    /// Its name.
    pub name: String,
    /// Its model.
    pub model: String,
    /// All operations together.
    pub work: Work,
    /// Each operation, by name.
    pub operations: Vec<OperationResult>,
    /// Wait for a turn, of everybody who was let in (0 for those who did not wait; those who gave up included).
    pub wait: Histogram,
    /// Time inside, of those done.
    pub latency: Histogram,
    /// Latency over work, of those done, in thousandths (so that it merges exactly).
    pub slowdown: Histogram,
    /// How many were inside (waiting and in service).
    pub present: Gauge,
    /// How many waited.
    pub queue: Gauge,
    /// Latest departure of what was done.
    pub last_departure: Time,
    /// When who waited longest had come.
    pub longest_wait_at: Time,
    /// The first arrival, from a watched moment on, that did not wait.
    pub caught_up: Option<Time>,
    /// For each watched moment: the wait of who was the first to come at or after it.
    pub wait_at: Vec<(Time, Option<Span>)>,
    /// Came in by time.
    pub came: Series,
    /// How full each limited thing was: "" is the part's own `busy`; "threads", "pool.db" beside it.
    pub uses: Vec<UseResult>,
}

/// One operation of a part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OperationResult {
    /// "" where a part has just one.
    pub name: String,
    /// Its books.
    pub work: Work,
    /// Time inside, of those done.
    pub latency: Histogram,
    /// Wait for a turn.
    pub wait: Histogram,
}

/// A limited thing: servers, cores, threads, connections, tokens.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UseResult {
    /// "" (servers or cores), "threads", "pool.CALLEE".
    pub name: String,
    /// Integral of what was used, in unit-nanoseconds.
    pub used: u128,
    /// Integral of what was there; 0: unlimited.
    pub offered: u128,
    /// Of partitions: the same two of the hottest one.
    pub hottest: Option<(u128, u128)>,
    /// What was not used may be saved, so that more can be used than was there meanwhile.
    pub saves: bool,
    /// Name of the quantity that sets the limit ("workers"), the limit at the end of the run, and its source.
    pub limit_name: String,
    /// The limit (none: unlimited).
    pub limit: Option<u64>,
    /// Where the limit's number is from ("this file", a source).
    pub source: String,
    /// Can it be raised by asking (a quota)?
    pub adjustable: bool,
    /// How many were used: greatest number and when first reached, and time at the limit.
    pub held: Gauge,
    /// Wait for one of these (threads, connections; of a part's own servers it is the part's wait).
    pub wait: Histogram,
    /// Time during which somebody waited for one or was refused one.
    pub exceeded: Span,
}

/// A caller's attempts at a callee: attempts = first + retries + hedges
/// = answered + failed + withdrawn + abandoned_running + in_flight.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallResult {
    /// Traffic, flow or handler.
    pub caller: String,
    /// Flow or part.
    pub callee: String,
    /// First attempts.
    pub first: u64,
    /// Further ones after a failure.
    pub retries: u64,
    /// Second copies.
    pub hedges: u64,
    /// Answered while they were waited for.
    pub answered: u64,
    /// Failed while they were waited for.
    pub failed: u64,
    /// Given up and taken back.
    pub withdrawn: u64,
    /// Given up, left running.
    pub abandoned_running: u64,
    /// Still waited for at the end.
    pub in_flight: u64,
    /// Waited for at the end of the warm-up.
    pub carried_in: u64,
    /// Not sent: breaker open, bulkhead full, no retry token.
    pub held_back: u64,
}
