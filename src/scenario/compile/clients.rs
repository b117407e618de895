//! What a caller does when things go wrong, as a policy.

use super::Compiler;
use crate::components::blueprint::{BreakerSpec, Budget, GuardSpec, HedgeSpec, Jitter, Pause, Policy};
use crate::engine::program::NONE;
use crate::record::results::Cause;
use crate::scenario::ast::{Backoff, Client, Hedge};
use crate::scenario::policies::{self, Named};
use crate::scenario::tree::{At, Placed};
use crate::units::{Law, Span};

/// Does a client do anything but wait and try once?
pub(crate) fn is_policy(client: &Client) -> bool {
    let Client { timeout, retries, retry_budget, hedge, breaker, at_most, policy, .. } = client;
    timeout.is_some()
        || retries.is_some()
        || retry_budget.is_some()
        || hedge.is_some()
        || breaker.is_some()
        || at_most.is_some()
        || policy.is_some()
}

/// A step's own words over those of the component that it calls.
pub(crate) fn over(usual: &Client, own: &Client) -> Client {
    Client {
        timeout: own.timeout.clone().or_else(|| usual.timeout.clone()),
        retries: own.retries.clone().or_else(|| usual.retries.clone()),
        retry_on: own.retry_on.clone().or_else(|| usual.retry_on.clone()),
        backoff: own.backoff.clone().or_else(|| usual.backoff.clone()),
        retry_budget: own.retry_budget.or(usual.retry_budget),
        withdraw: own.withdraw || usual.withdraw,
        hedge: own.hedge.clone().or_else(|| usual.hedge.clone()),
        breaker: own.breaker.or(usual.breaker),
        at_most: own.at_most.clone().or_else(|| usual.at_most.clone()),
        policy: own.policy.clone().or_else(|| usual.policy.clone()),
        deadline: own.deadline || usual.deadline,
    }
}

/// A client whose policy has a name: what is written beside the name wins.
fn filled(client: &Client, at: At, policy: &Named) -> Client {
    Client {
        retries: client.retries.clone().or(Some(Placed::new(policy.retries, at))),
        backoff: client.backoff.clone().or_else(|| Some(policy.backoff.clone())),
        ..client.clone()
    }
}

fn budget(policy: &Named) -> Budget {
    Budget {
        capacity: policy.bucket,
        per_first: 0.0,
        per_answer: policy.answer,
        refunds: policy.refunds,
        cost: policy.takes.error,
        timeout_cost: policy.takes.timeout,
        throttled_cost: policy.takes.throttled,
    }
}

impl<'a> Compiler<'a> {
    /// The policy of a client; its body is written later.
    pub fn policy(&mut self, client: &Client, call: u32, caller: &str, edge: bool, strict: bool) -> u32 {
        let named = client.policy.as_ref().and_then(|name| Some((name.at, policies::named(&name.value)?)));
        if let (Some(name), None) = (&client.policy, named) {
            let help = format!("`policy = \"{}\"`", policies::NAMES.join("\"`, or `policy = \""));
            self.error(name.at, format!("no policy called `{}`", name.value), help);
        }
        // A pause that is written is the pause after everything.
        let throttled = named.filter(|_| client.backoff.is_none()).and_then(|(_, policy)| policy.throttled.as_ref());
        let client = named.map_or_else(|| client.clone(), |(at, policy)| filled(client, at, policy));
        let site = self.site(&format!("{caller}/pause"));
        let guard = self.guard(&client, named.map(|(_, policy)| policy));
        let hedge = client.hedge.as_ref().map(|hedge| match hedge {
            Hedge::After(span) => HedgeSpec::After(*span),
            Hedge::Quantile(p) => HedgeSpec::Quantile(*p),
        });
        let retry_on = self.retry_on(&client);
        // A second copy that comes too late is taken back, so is an attempt of who says `withdraw`, and who knows its
        // deadline may leave the line when its turn comes.
        let strict = strict || client.withdraw || client.deadline || hedge.is_some();
        self.out.policies.push(Policy {
            body: 0,
            call,
            timeout: client.timeout.as_ref().map(|timeout| timeout.value),
            retries: client.retries.as_ref().map_or(0, |retries| retries.value),
            retry_on,
            pause: pause(client.backoff.as_ref()),
            throttled_pause: throttled.map(|backoff| pause(Some(backoff))),
            site,
            withdraw: client.withdraw,
            hedge,
            guard,
            client: edge,
            strict,
            fenced: false,
            foretold: false,
            deadline: client.deadline,
        });
        (self.out.policies.len() - 1) as u32
    }

    fn retry_on(&mut self, client: &Client) -> [bool; 5] {
        let Some(causes) = &client.retry_on else {
            // A "no" stays a "no"; everything else may be better next time.
            return Cause::ALL.map(|cause| cause != Cause::Refused);
        };
        let mut wanted = [false; 5];
        for word in causes {
            match Cause::ALL.iter().find(|cause| cause.word() == word.value) {
                Some(cause) => wanted[*cause as usize] = true,
                None => {
                    let help = Cause::ALL.map(Cause::word).join(", ");
                    self.error(word.at, format!("nothing fails as `{}`", word.value), help);
                }
            }
        }
        wanted
    }

    fn guard(&mut self, client: &Client, named: Option<&Named>) -> u32 {
        let quantile = matches!(client.hedge, Some(Hedge::Quantile(_)));
        let budget = match client.retry_budget {
            Some(budget) => Some(Budget {
                capacity: budget.burst,
                per_first: budget.ratio,
                per_answer: 0.0,
                refunds: false,
                cost: 1.0,
                timeout_cost: 1.0,
                throttled_cost: 1.0,
            }),
            None => named.map(budget),
        };
        if budget.is_none() && client.breaker.is_none() && client.at_most.is_none() && !quantile {
            return NONE;
        }
        self.out.guards.push(GuardSpec {
            at_most: client.at_most.as_ref().map(|most| most.value),
            budget,
            breaker: client.breaker.map(|breaker| BreakerSpec {
                errors: breaker.errors,
                of: breaker.of.clamp(1, 256),
                rest: breaker.rest,
            }),
        });
        (self.out.guards.len() - 1) as u32
    }
}

fn pause(backoff: Option<&Backoff>) -> Pause {
    let exponential = |base: &Span, factor: &f64, cap: &Span, jitter| Pause::Exponential {
        base: base.0 as f64,
        factor: *factor,
        cap: cap.0 as f64,
        jitter,
    };
    match backoff {
        None => Pause::Fixed(Law::Constant(0.0)),
        Some(Backoff::AsTold) => Pause::AsTold,
        Some(Backoff::Fixed(law)) => Pause::Fixed(law.clone()),
        Some(Backoff::Exponential { base, factor, cap, jitter }) => {
            let spread = if *jitter > 0.0 { Jitter::Around(*jitter) } else { Jitter::None };
            exponential(base, factor, cap, spread)
        }
        Some(Backoff::EqualJitter { base, factor, cap }) => exponential(base, factor, cap, Jitter::Equal),
        Some(Backoff::FullJitter { base, factor, cap }) => exponential(base, factor, cap, Jitter::Full),
        Some(Backoff::Decorrelated { base, factor, cap }) => {
            Pause::Decorrelated { base: base.0 as f64, factor: *factor, cap: cap.0 as f64 }
        }
        Some(Backoff::Schedule(spans)) => Pause::Schedule(spans.clone()),
    }
}
