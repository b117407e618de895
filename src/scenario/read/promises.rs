//! What must hold, what was claimed, what is known, what may be turned, what was assumed.

use std::collections::BTreeMap;

use super::paths::{Leaf, leaves};
use super::reader::{Reader, entries, name, text};
use crate::scenario::ast::{Claim, Expectation, Known, KnownNumber, Scenario};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::quantity::{Bound, Condition, Unit, Window};
use crate::scenario::tree::{At, Kind, Node, Placed, Table};

impl Reader<'_> {
    /// `[assumed]`, `[quotas]`, `[network]`, `[expect]`, `[tune]`, `[claims]`, `[[known]]`.
    pub(crate) fn promises(&mut self, root: &Table, scenario: &mut Scenario) {
        let dotted =
            |key: &str| root.get(key).and_then(Node::table).map_or(Vec::new(), |table| leaves(table, &|_| false));
        let raw = |key: &str| -> BTreeMap<String, Node> {
            dotted(key).into_iter().map(|leaf| (leaf.path.value, leaf.node.clone())).collect()
        };
        for leaf in dotted("assumed") {
            if let Some(why) = leaf.node.text() {
                // The reason stands at the path: that is what a report points to.
                scenario.assumed.insert(leaf.path.value, Placed::new(why.to_string(), leaf.path.at));
            }
        }
        scenario.quotas = raw("quotas");
        scenario.network = raw("network");
        scenario.tune = raw("tune");
        for (path, node) in &scenario.network {
            self.span(path, node);
        }
        scenario.expect = self.expectations(&dotted("expect"));
        for (own, node) in entries(root, "claims") {
            if let Some(table) = node.table() {
                let claim = self.claim(own, table);
                scenario.claims.insert(own.value.clone(), claim);
            }
        }
        scenario.known = self.known(root);
    }

    fn claim(&mut self, own: &Placed<String>, table: &Table) -> Claim {
        let expect = table.get("expect").and_then(Node::table).map_or(Vec::new(), |table| leaves(table, &|_| false));
        if expect.is_empty() {
            let says = format!("nothing says how `{}` is checked", own.value);
            self.say_missing(Diagnostic::error(own.at, says).help("`expect = { errors = \"< 0.1%\" }`"));
        }
        Claim {
            says: text(table, "says").unwrap_or_default(),
            place: text(table, "where"),
            expect: self.expectations(&expect),
            at: own.at,
        }
    }

    /// Path and conditions; a list of conditions: all hold.
    fn expectations(&mut self, found: &[Leaf<'_>]) -> Vec<Expectation> {
        let mut all = Vec::new();
        for leaf in found {
            let nodes = leaf.node.list().unwrap_or(std::slice::from_ref(leaf.node));
            let mut conditions = Vec::new();
            for node in nodes {
                if let Some(condition) = self.condition(&leaf.path.value, node) {
                    conditions.push(Placed::new(condition, node.at));
                }
            }
            if conditions.len() == nodes.len() && !nodes.is_empty() {
                all.push(Expectation { path: leaf.path.clone(), conditions });
            }
        }
        all
    }

    /// As [`Reader::expectations`], but a bare value is a bound: `p99 = "800ms"` is at most, `success = "99.9%"` at
    /// least.
    pub(crate) fn objectives(&mut self, found: &[Leaf<'_>]) -> Vec<Expectation> {
        let mut all = Vec::new();
        for leaf in found {
            let nodes = leaf.node.list().unwrap_or(std::slice::from_ref(leaf.node));
            let mut conditions = Vec::new();
            for node in nodes {
                if let Some(condition) = self.objective(leaf, node) {
                    conditions.push(Placed::new(condition, node.at));
                }
            }
            if !conditions.is_empty() {
                all.push(Expectation { path: leaf.path.clone(), conditions });
            }
        }
        all
    }

    fn objective(&mut self, leaf: &Leaf<'_>, node: &Node) -> Option<Condition> {
        let measure = leaf.words.last().copied().unwrap_or("");
        let text = match &node.kind {
            Kind::Text(text) => text.trim().to_string(),
            _ if is_latency(measure) => {
                self.needs_unit(measure, node);
                return None;
            }
            _ => return self.condition(measure, node).map(|condition| bounded(condition, measure)),
        };
        let written = Node { kind: Kind::Text(text.clone()), at: node.at };
        if text.starts_with(['<', '>', '=']) || text.contains("..") {
            return self.condition(measure, &written);
        }
        if is_latency(measure) {
            // Told apart so that a wrong unit is a wrong duration, not a wrong condition.
            let (first, rest) = text.split_once(' ').unwrap_or((&text, ""));
            let duration = Node { kind: Kind::Text(first.to_string()), at: node.at };
            let limit = self.span(measure, &duration)?;
            if rest.is_empty() {
                let bound = Bound::AtMost(limit.as_seconds());
                return Some(Condition { bound, unit: Unit::Seconds, window: Window::Whole, text });
            }
        }
        self.condition(measure, &written).map(|condition| bounded(condition, measure))
    }

    fn known(&mut self, root: &Table) -> Vec<Known> {
        let mut all = Vec::new();
        for node in root.get("known").and_then(Node::list).unwrap_or(&[]) {
            let Some(table) = node.table() else { continue };
            let how = text(table, "how").or_else(|| text(table, "source"));
            if how.is_none() {
                let says = "where are these numbers from?";
                self.say_missing(Diagnostic::error(node.at, says).help("`how = \"Erlang C\"`"));
            }
            let strict = |table: &Table| table.get("value").is_some_and(|node| node.table().is_none());
            let mut numbers = Vec::new();
            for leaf in leaves(table, &strict) {
                if !matches!(leaf.path.value.as_str(), "how" | "source") {
                    self.known_numbers(&leaf.path, leaf.node, &mut numbers);
                }
            }
            all.push(Known { how: how.unwrap_or_default(), numbers, at: node.at });
        }
        all
    }

    fn known_numbers(&mut self, path: &Placed<String>, node: &Node, numbers: &mut Vec<KnownNumber>) {
        match &node.kind {
            Kind::List(list) => list.iter().for_each(|one| self.known_numbers(path, one, numbers)),
            Kind::Table(table) => numbers.extend(self.strict_number(path, table, node.at)),
            _ => numbers.extend(self.base_number(&path.value, node).map(|value| bare(path, value))),
        }
    }

    fn strict_number(&mut self, path: &Placed<String>, table: &Table, at: At) -> Option<KnownNumber> {
        let mut number = |key: &str| table.get(key).and_then(|node| self.base_number(key, node));
        let value = number("value")?;
        let sigma = number("sigma");
        let ref_err = number("ref_err").unwrap_or(0.0);
        let abs_tol = number("abs_tol");
        let n_ref = table.get("n_ref").and_then(|node| self.count("n_ref", node));
        if let (Some(_), Some(_)) = (sigma, abs_tol) {
            let says = "either `sigma` or `abs_tol` says how near is near enough";
            self.say(Diagnostic::error(table.key_at("abs_tol").unwrap_or(at), says).help("take one of the two away"));
        }
        Some(KnownNumber {
            name: text(table, "name"),
            sigma,
            n_ref,
            ref_err,
            abs_tol,
            by_estimate: text(table, "by").is_some_and(|by| by == "estimate"),
            in_phase: name(table, "in"),
            n: name(table, "n"),
            ..bare(path, value)
        })
    }
}

fn bare(path: &Placed<String>, value: f64) -> KnownNumber {
    KnownNumber {
        path: path.clone(),
        name: None,
        value,
        sigma: None,
        n_ref: None,
        ref_err: 0.0,
        abs_tol: None,
        by_estimate: false,
        in_phase: None,
        n: None,
    }
}

/// Is a measure a time?
pub(crate) fn is_latency(measure: &str) -> bool {
    let percentile = measure
        .strip_prefix('p')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
    percentile || matches!(measure, "mean" | "min" | "max" | "sd" | "rto" | "rpo" | "felt_outage")
}

/// A bare value in an objective: good is more of some things, less of others.
fn bounded(condition: Condition, measure: &str) -> Condition {
    let more_is_good = matches!(measure, "success" | "share" | "rate" | "hit_ratio" | "availability" | "ok");
    let bound = match condition.bound {
        Bound::Equal(value) if more_is_good => Bound::AtLeast(value),
        Bound::Equal(value) => Bound::AtMost(value),
        bound => bound,
    };
    Condition { bound, ..condition }
}
