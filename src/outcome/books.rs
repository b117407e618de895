//! Books that must balance at the end of every run, as whole numbers: requests, attempts, work, Little's law, order.
//!
//! A breach is an error of the simulator, never of a file: it is reported with the seed that shows it again.

use std::fmt;

use super::calls::attempts;
use crate::record::results::{CallResult, Cause, FlowResult, FlowWindow, PartResult, Shown, Work};
use crate::record::{Histogram, Results};

/// An equation that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// In words, with the name of the flow, part or call.
    pub equation: String,
    /// What stands on its left.
    pub left: u128,
    /// What stands on its right.
    pub right: u128,
    /// The seed that shows it again.
    pub seed: u64,
    /// Which replication, from 0.
    pub replication: usize,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Breach { equation, left, right, seed, replication } = self;
        write!(f, "internal error: {equation}: {left} against {right} (seed {seed}, replication {replication})")
    }
}

/// All equations of one replication.
pub fn audit_one(run: &Results, seed: u64, replication: usize) -> Vec<Breach> {
    let mut ledger = Ledger { seed, replication, breaches: Vec::new() };
    run.flows.iter().for_each(|flow| ledger.flow(flow));
    run.calls.iter().for_each(|call| ledger.call(call));
    run.parts.iter().for_each(|part| ledger.part(part, run));
    ledger.breaches
}

/// All equations over all replications.
pub fn audit(runs: &[Results], seed: u64) -> Vec<Breach> {
    runs.iter().enumerate().flat_map(|(replication, run)| audit_one(run, seed, replication)).collect()
}

struct Ledger {
    seed: u64,
    replication: usize,
    breaches: Vec<Breach>,
}

impl Ledger {
    fn breach(&mut self, equation: String, left: u128, right: u128) {
        let (seed, replication) = (self.seed, self.replication);
        self.breaches.push(Breach { equation, left, right, seed, replication });
    }

    /// The text is only made where it is needed: this runs at the end of every run.
    fn equal(&mut self, left: impl Into<u128>, right: impl Into<u128>, equation: impl Fn() -> String) {
        let (left, right) = (left.into(), right.into());
        if left != right {
            self.breach(equation(), left, right);
        }
    }

    fn at_most(&mut self, left: impl Into<u128>, right: impl Into<u128>, equation: impl Fn() -> String) {
        let (left, right) = (left.into(), right.into());
        if left > right {
            self.breach(equation(), left, right);
        }
    }

    fn flow(&mut self, flow: &FlowResult) {
        let name = &flow.name;
        self.window(&flow.whole, &|| format!("flow `{name}`"));
        for (number, phase) in flow.phases.iter().enumerate() {
            self.window(phase, &|| format!("flow `{name}`, phase {number}"));
            self.at_most(phase.requests, flow.whole.requests, || {
                format!("flow `{name}`: requests of a phase <= of all")
            });
        }
        for (mark, times) in &flow.marks {
            self.order(times, &|| format!("flow `{name}`, mark `{mark}`"));
        }
    }

    fn window(&mut self, window: &FlowWindow, whose: &dyn Fn() -> String) {
        let failed: u64 = Cause::ALL.iter().map(|cause| window.failed[*cause as usize]).sum();
        let ends = [window.ok, window.late, failed, window.in_flight].map(u128::from);
        self.equal(window.requests, ends.iter().sum::<u128>(), || {
            format!("{}: requests = ok + late + failed + in_flight", whose())
        });
        self.equal(window.latency.count(), window.ok as u128 + window.late as u128, || {
            format!("{}: latencies = ok + late", whose())
        });
        self.order(&window.latency, &|| format!("{}, latency", whose()));
        self.order(&window.wait, &|| format!("{}, wait", whose()));
    }

    fn call(&mut self, call: &CallResult) {
        let ends = [call.answered, call.failed, call.withdrawn, call.abandoned_running, call.in_flight];
        let ends: u128 = ends.map(u128::from).iter().sum();
        self.equal(call.carried_in as u128 + attempts(call) as u128, ends, || {
            let whose = format!("calls of `{}` by `{}`", call.callee, call.caller);
            format!("{whose}: carried_in + attempts = answered + failed + withdrawn + abandoned_running + in_flight")
        });
    }

    fn part(&mut self, part: &PartResult, run: &Results) {
        let whose = || format!("part `{}`", part.name);
        self.work(&part.work, &whose);
        for operation in &part.operations {
            let whose = || format!("part `{}`, operation `{}`", part.name, operation.name);
            self.work(&operation.work, &whose);
            self.order(&operation.latency, &|| format!("{}, latency", whose()));
            self.order(&operation.wait, &|| format!("{}, wait", whose()));
        }
        if !part.operations.is_empty() {
            self.sums(part);
        }
        self.order(&part.latency, &|| format!("{}, latency", whose()));
        self.order(&part.wait, &|| format!("{}, wait", whose()));
        self.little(part, run);
        self.messages(part, run);
        for used in part.uses.iter().filter(|used| used.offered > 0 && !used.saves) {
            self.at_most(used.used, used.offered, || format!("{}, `{}`: used <= offered", whose(), used.name));
        }
    }

    fn work(&mut self, work: &Work, whose: &dyn Fn() -> String) {
        let came = work.carried_in as u128 + work.came_in as u128;
        let went = [work.done, work.refused, work.withdrawn, work.killed, work.inside].map(u128::from);
        self.equal(came, went.iter().sum::<u128>(), || {
            format!("{}: carried_in + came_in = done + refused + withdrawn + killed + inside", whose())
        });
        self.at_most(work.throttled, work.refused, || format!("{}: throttled <= refused", whose()));
        self.at_most(work.abandoned, work.withdrawn, || format!("{}: abandoned <= withdrawn", whose()));
        self.at_most(work.broken, work.done, || format!("{}: broken <= done", whose()));
    }

    /// A part's books are the sums of its operations'.
    fn sums(&mut self, part: &PartResult) {
        for (book, count) in super::parts::BOOKS {
            let sum: u128 = part.operations.iter().map(|operation| count(&operation.work) as u128).sum();
            self.equal(count(&part.work), sum, || format!("part `{}`: {book} = sum over operations", part.name));
        }
    }

    /// The integral of those present is the sum of their stays; exact where every stay lies in the span and was timed.
    fn little(&mut self, part: &PartResult, run: &Results) {
        let span = run.to.since(run.from).0 as u128;
        if part.present.measured() != span {
            return;
        }
        let work = &part.work;
        let all_timed = work.carried_in + work.withdrawn + work.killed + work.inside == 0;
        if all_timed && part.latency.count() == work.done && part.present.measured() > 0 {
            self.equal(part.present.integral(), part.latency.sum() + work.refused_for, || {
                format!("part `{}`: integral of those present = sum of their stays (Little)", part.name)
            });
        }
        // What waits at a part that keeps messages is messages, and those present are requests.
        if !run.shown.contains_key(&format!("{}.backlog", part.name)) {
            self.at_most(part.queue.integral(), part.present.integral(), || {
                format!("part `{}`: those waiting <= those present", part.name)
            });
        }
    }

    /// Messages and deliveries of a part that keeps them.
    fn messages(&mut self, part: &PartResult, run: &Results) {
        let book = |name: &str| match run.shown.get(&format!("{}.books.{name}", part.name)) {
            Some(Shown::Count(n, _)) => u128::from(*n),
            _ => 0,
        };
        let sum = |names: &[&str]| names.iter().map(|name| book(name)).sum::<u128>();
        if !run.shown.contains_key(&format!("{}.backlog", part.name)) {
            return;
        }
        let came = sum(&["carried_over", "accepted", "copied", "moved_in"]);
        let went = sum(&["consumed", "dead_lettered", "expired", "lost", "moved_out", "waiting", "invisible"]);
        self.equal(came, went, || {
            let name = &part.name;
            format!(
                "part `{name}`: carried_over + accepted + copied + moved_in = consumed + dead_lettered + expired + lost + \
                 moved_out + waiting + invisible"
            )
        });
        let delivered = sum(&["carried_in_hand", "first", "redelivered"]);
        self.equal(delivered, sum(&["consumed", "returned", "invisible"]), || {
            let name = &part.name;
            format!("part `{name}`: carried_in_hand + first + redelivered = consumed + returned + invisible")
        });
    }

    /// min <= p50 <= ... <= max, and the mean between them.
    fn order(&mut self, times: &Histogram, whose: &dyn Fn() -> String) {
        let (Some(min), Some(max)) = (times.min(), times.max()) else { return };
        let count = times.count() as u128;
        let within = min.0 as u128 * count <= times.sum() && times.sum() <= max.0 as u128 * count;
        if !within {
            self.breach(format!("{}: min <= mean <= max", whose()), times.sum(), max.0 as u128 * count);
        }
        let mut below = min;
        for (name, p) in super::stats::PERCENTILES {
            let Some(quantile) = times.quantile(p) else { continue };
            self.at_most(below.0, quantile.0, || format!("{}: rising up to {name}", whose()));
            below = quantile;
        }
        self.at_most(below.0, max.0, || format!("{}: p9999 <= max", whose()));
    }
}
