//! What a caller does when things go wrong: on a step, a traffic, a component.

use super::reader::{Reader, flag, names, small};
use super::tables::Quantity;
use crate::scenario::ast::{Breaker, Client, Hedge, RetryBudget};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::tree::{Node, Table};

/// Retries that are kept in hand where nothing is written.
const BURST: f64 = 10.0;

impl Reader<'_> {
    /// The client's words of a table.
    pub(crate) fn client(&mut self, table: &Table) -> Client {
        Client {
            timeout: self.placed_span(table, "timeout"),
            retries: small(table, "retries"),
            retry_on: table.get("retry_on").map(|_| names(table, "retry_on")),
            backoff: table.get("backoff").and_then(|node| self.backoff("backoff", node)),
            retry_budget: table.get("retry_budget").and_then(|node| self.retry_budget(node)),
            withdraw: flag(table, "withdraw").unwrap_or(false),
            deadline: flag(table, "deadline").unwrap_or(false),
            hedge: table.get("hedge").and_then(|node| self.hedge(node)),
            breaker: table.get("breaker").and_then(|node| self.breaker(node)),
            at_most: small(table, "at_most"),
            policy: names(table, "policy").into_iter().next(),
        }
    }

    fn retry_budget(&mut self, node: &Node) -> Option<RetryBudget> {
        let Some(table) = node.table() else {
            return Some(RetryBudget { ratio: self.ratio("retry_budget", node)?, burst: BURST });
        };
        let ratio = match table.get("ratio") {
            Some(node) => self.ratio("ratio", node)?,
            None => {
                let says = "this retry budget has no `ratio`";
                self.say_missing(Diagnostic::error(node.at, says).help("`{ ratio = \"20%\", burst = 10 }`"));
                return None;
            }
        };
        let burst = table.get("burst").and_then(|node| self.count("burst", node));
        Some(RetryBudget { ratio, burst: burst.unwrap_or(BURST) })
    }

    fn hedge(&mut self, node: &Node) -> Option<Hedge> {
        let quantile = node.text().and_then(|text| text.strip_prefix('p')).filter(|digits| {
            digits.len() >= 2 && digits.len() <= 6 && digits.bytes().all(|byte| byte.is_ascii_digit())
        });
        match quantile {
            Some(digits) => format!("0.{digits}").parse().ok().map(Hedge::Quantile),
            None => self.of_quantity("hedge", node, Quantity::Hedge, super::values::duration).map(Hedge::After),
        }
    }

    fn breaker(&mut self, node: &Node) -> Option<Breaker> {
        let table = node.table()?;
        for key in ["errors", "of", "rest"] {
            if table.get(key).is_none() {
                let says = format!("this circuit breaker has no `{key}`");
                let help = "`{ errors = \"50%\", of = 20, rest = \"30s\" }`";
                self.say_missing(Diagnostic::error(node.at, says).help(help));
                return None;
            }
        }
        Some(Breaker {
            errors: self.share("errors", table.get("errors")?)?,
            of: small(table, "of")?.value,
            rest: self.placed_span(table, "rest")?.value,
        })
    }
}
