//! What all attempts of one caller at one callee share: a bulkhead, a breaker, a budget of retries.
//!
//! Tokens are kept in whole millionths. A retry pays before it is sent, by what went wrong before it; what earns tokens is
//! the policy's: each call its share, a good answer at the first attempt, or what the retry cost that was answered well.

use super::blueprint::{Budget, GuardSpec};
use crate::record::Histogram;
use crate::record::results::Cause;
use crate::units::Time;

/// Whole millionths of tokens, so that ten additions of a tenth are one.
const TOKEN: u64 = 1_000_000;

/// What all attempts of one caller at one callee share.
#[derive(Clone, Debug)]
pub struct Guard {
    /// Attempts that are out.
    pub(super) inside: u32,
    tokens: u64,
    /// The last results, newest in the lowest bit of the first word; how many are known.
    results: [u64; 4],
    known: u32,
    /// Until when the breaker is open; after that one attempt may try.
    open_until: Option<Time>,
    trying: bool,
    /// Latencies seen, for a second copy after a quantile of them.
    pub(super) seen: Histogram,
}

impl Guard {
    /// Nothing has happened yet; the budget is full.
    pub fn new(spec: &GuardSpec) -> Guard {
        let tokens = spec.budget.as_ref().map_or(0, |budget| millionths(budget.capacity));
        Guard {
            inside: 0,
            tokens,
            results: [0; 4],
            known: 0,
            open_until: None,
            trying: false,
            seen: Histogram::coarse(),
        }
    }

    /// May an attempt be sent now?
    pub(super) fn lets_through(&mut self, spec: &GuardSpec, now: Time) -> Result<(), Cause> {
        if spec.at_most.is_some_and(|most| self.inside >= most) {
            return Err(Cause::Throttled);
        }
        match self.open_until {
            Some(until) if now < until || self.trying => Err(Cause::Broken),
            Some(_) => {
                self.trying = true;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Remembers how an attempt ended, and opens the breaker if too many failed.
    pub(super) fn remember(&mut self, spec: &GuardSpec, now: Time, failed: bool) {
        let Some(breaker) = &spec.breaker else { return };
        if self.open_until.is_some() {
            if std::mem::take(&mut self.trying) {
                self.open_until = failed.then(|| now + breaker.rest);
                (self.results, self.known) = ([0; 4], 0);
            }
            return;
        }
        let mut carry = u64::from(failed);
        for word in &mut self.results {
            (*word, carry) = (*word << 1 | carry, *word >> 63);
        }
        self.known = (self.known + 1).min(breaker.of);
        let failures: u32 = (0..breaker.of).map(|i| (self.results[i as usize / 64] >> (i % 64) & 1) as u32).sum();
        if self.known == breaker.of && f64::from(failures) >= breaker.errors * f64::from(breaker.of) {
            self.open_until = Some(now + breaker.rest);
        }
    }

    /// A call begins: its share of a retry is earned.
    pub(super) fn begins(&mut self, spec: &GuardSpec) {
        if let Some(budget) = &spec.budget {
            self.earns(budget, budget.per_first);
        }
    }

    /// A good answer, after so many retries, the last one because of this cause.
    pub(super) fn answered(&mut self, spec: &GuardSpec, retries: u32, cause: u8) {
        match &spec.budget {
            Some(budget) if retries == 0 => self.earns(budget, budget.per_answer),
            Some(budget) if budget.refunds => self.earns(budget, cost(budget, cause)),
            _ => {}
        }
    }

    fn earns(&mut self, budget: &Budget, tokens: f64) {
        self.tokens = self.tokens.saturating_add(millionths(tokens)).min(millionths(budget.capacity));
    }

    /// Takes what a retry costs, if it is there.
    pub(super) fn pays(&mut self, spec: &GuardSpec, cause: u8) -> bool {
        let Some(budget) = &spec.budget else { return true };
        let left = self.tokens.checked_sub(millionths(cost(budget, cause)));
        self.tokens = left.unwrap_or(self.tokens);
        left.is_some()
    }
}

fn cost(budget: &Budget, cause: u8) -> f64 {
    match cause {
        _ if cause == Cause::TimedOut as u8 => budget.timeout_cost,
        _ if cause == Cause::Throttled as u8 => budget.throttled_cost,
        _ => budget.cost,
    }
}

fn millionths(tokens: f64) -> u64 {
    (tokens * TOKEN as f64 + 0.5) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUCKET: Budget = Budget {
        capacity: 30.0,
        per_first: 0.0,
        per_answer: 1.0,
        refunds: true,
        cost: 5.0,
        timeout_cost: 10.0,
        throttled_cost: 3.0,
    };

    fn guard(budget: Budget) -> (Guard, GuardSpec) {
        let spec = GuardSpec { budget: Some(budget), ..GuardSpec::default() };
        (Guard::new(&spec), spec)
    }

    #[test]
    fn a_retry_pays_by_what_went_wrong_and_is_not_sent_on_credit() {
        let (mut guard, spec) = guard(BUCKET);
        let causes = [Cause::TimedOut, Cause::TimedOut, Cause::Broken, Cause::Throttled, Cause::Throttled];
        assert_eq!(causes.map(|cause| guard.pays(&spec, cause as u8)), [true, true, true, true, false]);
        assert_eq!(guard.tokens, 2 * TOKEN);
    }

    #[test]
    fn a_retry_that_is_answered_gives_back_what_it_cost_and_no_more() {
        let (mut guard, spec) = guard(BUCKET);
        assert!(guard.pays(&spec, Cause::Broken as u8) && guard.pays(&spec, Cause::TimedOut as u8));
        guard.answered(&spec, 2, Cause::TimedOut as u8);
        assert_eq!(guard.tokens, 25 * TOKEN);
        (0..9).for_each(|_| guard.answered(&spec, 0, Cause::Broken as u8));
        assert_eq!(guard.tokens, 30 * TOKEN, "a bucket that is full stays full");
    }

    #[test]
    fn a_share_of_every_call_is_one_retry_in_so_many_calls() {
        let tenth = Budget { capacity: 1.0, per_first: 0.1, per_answer: 0.0, refunds: false, cost: 1.0, ..BUCKET };
        let (mut guard, spec) = guard(tenth);
        let mut sent = 0;
        for _ in 0..100 {
            guard.begins(&spec);
            sent += u32::from(guard.pays(&spec, Cause::Broken as u8));
            guard.answered(&spec, 1, Cause::Broken as u8);
        }
        assert_eq!(sent, 10, "the one in hand, and one for each ten of the 99 calls after it");
    }

    #[test]
    fn tokens_beyond_counting_are_a_full_bucket() {
        let (mut guard, spec) = guard(Budget { capacity: 1e300, per_first: 1e300, ..BUCKET });
        (0..3).for_each(|_| guard.begins(&spec));
        assert!(guard.pays(&spec, Cause::Broken as u8));
    }
}
