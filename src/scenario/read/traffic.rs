//! Who asks: rates, users, things that tick, connections, traces, and which flow each of them starts.

use std::collections::BTreeMap;

use super::reader::{Reader, entries, name};
use crate::scenario::ast::{Arrivals, Connect, Flow, Scenario, Shape, Starts, Traffic};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::suggest::plain;
use crate::scenario::tree::{At, Node, Placed, Table};

impl Reader<'_> {
    /// `[traffic]`.
    pub(crate) fn traffics(&mut self, root: &Table, scenario: &mut Scenario) {
        for (name, node) in entries(root, "traffic") {
            let Some(table) = node.table() else { continue };
            if let Some(mut traffic) = self.traffic(name, table) {
                prefixed_flows(&name.value, &mut traffic.shape, &scenario.flows);
                scenario.traffic.insert(name.value.clone(), traffic);
            }
        }
    }

    fn traffic(&mut self, own: &Placed<String>, table: &Table) -> Option<Traffic> {
        let shape = self.shape(own, table)?;
        let starts = self.starts(own, table, &shape);
        Some(Traffic {
            shape,
            starts,
            key: name(table, "key"),
            near: self.near(table),
            access: table.get("access").and_then(|node| self.law_of_time("access", node)),
            client: self.client(table),
            at: own.at,
        })
    }

    fn shape(&mut self, own: &Placed<String>, table: &Table) -> Option<Shape> {
        let written: Vec<&str> =
            ["rate", "users", "trace"].into_iter().filter(|key| table.get(key).is_some()).collect();
        match written[..] {
            [] => {
                let says = format!("how often does `{}` ask?", own.value);
                let help = "`rate = \"200/s\"`, `users = \"10k\"` or `trace = \"requests.csv\"`";
                self.say_missing(Diagnostic::error(own.at, says).help(help));
                None
            }
            ["rate"] => {
                self.not_with(table, "`rate`", &["think", "every", "connect", "journey"]);
                let arrivals = table.get("arrivals").and_then(|node| self.arrivals("arrivals", node));
                let rate = self.rate_profile("rate", table.get("rate")?)?;
                Some(Shape::Open { rate, arrivals: arrivals.unwrap_or(Arrivals::Poisson) })
            }
            ["users"] => {
                self.not_with(table, "`users`", &["arrivals"]);
                self.users(table)
            }
            ["trace"] => {
                self.not_with(table, "a trace", &["arrivals", "think", "every", "connect", "journey", "mix"]);
                let file = name(table, "trace")?;
                let rows = self.trace(&file)?;
                Some(Shape::Trace { file, rows })
            }
            _ => {
                let at = table.key_at(written[1]).unwrap_or(own.at);
                let says = format!("a traffic has `{}` or `{}`, not both", written[0], written[1]);
                self.say(Diagnostic::error(at, says).help("make two traffics"));
                None
            }
        }
    }

    fn not_with(&mut self, table: &Table, shape: &str, keys: &[&str]) {
        for (name, _) in table.entries.iter().filter(|(name, _)| keys.contains(&name.value.as_str())) {
            let says = format!("`{}` says nothing about {shape}", name.value);
            let help = match name.value.as_str() {
                "arrivals" => "it belongs to an open `rate`",
                "mix" => "the lines of the trace name the flow",
                _ => "it belongs to `users`",
            };
            self.say(Diagnostic::error(name.at, says).help(help));
        }
    }

    fn users(&mut self, table: &Table) -> Option<Shape> {
        let mut every = BTreeMap::new();
        for (flow, node) in entries(table, "every") {
            if let Some(law) = self.placed_law(&flow.value, node) {
                every.insert(flow.value.clone(), law);
            }
        }
        Some(Shape::Users {
            users: self.count_profile("users", table.get("users")?)?,
            think: table.get("think").and_then(|node| self.law_of_time("think", node)),
            every,
            connect: table.get("connect").and_then(|node| self.connect(node)).map(Box::new),
        })
    }

    fn connect(&mut self, node: &Node) -> Option<Connect> {
        let table = node.table()?;
        for key in ["to", "for"] {
            if table.get(key).is_none() {
                let says = format!("this connection has no `{key}`");
                let help = "`connect = { to = \"socket\", for = \"exp(40m)\" }`";
                self.say_missing(Diagnostic::error(node.at, says).help(help));
                return None;
            }
        }
        Some(Connect {
            to: name(table, "to")?,
            lasts: self.law_of_time("for", table.get("for")?)?,
            opens: name(table, "opens"),
            closes: name(table, "closes"),
            again: table.get("again").and_then(|node| self.backoff("again", node)),
        })
    }

    fn starts(&mut self, own: &Placed<String>, table: &Table, shape: &Shape) -> Starts {
        let written: Vec<&str> =
            ["flow", "mix", "journey"].into_iter().filter(|key| table.get(key).is_some()).collect();
        if written.len() > 1 {
            let at = table.key_at(written[1]).unwrap_or(own.at);
            let says = format!("a traffic has `{}` or `{}`, not both", written[0], written[1]);
            self.say(Diagnostic::error(at, says).help("make two traffics"));
        }
        match written.first() {
            Some(&"flow") => name(table, "flow").map_or(Starts::Elsewhere, Starts::Flow),
            Some(&"mix") => self.mix(table, own.at),
            Some(&"journey") => Starts::Journey(self.steps_of(table, "journey").unwrap_or_default()),
            _ => match shape {
                Shape::Trace { .. } => Starts::Elsewhere,
                Shape::Users { think: None, every, connect, .. } if !every.is_empty() || connect.is_some() => {
                    Starts::Elsewhere
                }
                _ => Starts::Flow(own.clone()),
            },
        }
    }

    fn mix(&mut self, table: &Table, at: At) -> Starts {
        let mut mix = Vec::new();
        for (flow, node) in entries(table, "mix") {
            if let Some(weight) = self.ratio(&flow.value, node) {
                if weight < 0.0 {
                    self.say(Diagnostic::error(node.at, "a weight cannot be negative").help("weights are 0 or more"));
                }
                mix.push((flow.clone(), weight.max(0.0)));
            }
        }
        let nothing = mix.iter().all(|(_, weight)| *weight == 0.0);
        if nothing && table.get("mix").is_some_and(|node| node.table().is_some()) {
            let at = table.key_at("mix").unwrap_or(at);
            let says = "this mix starts no flow";
            self.say_missing(Diagnostic::error(at, says).help("`mix = { page = 0.9, cart = 0.1 }`"));
        }
        Starts::Mix(mix)
    }

    fn near(&mut self, table: &Table) -> BTreeMap<String, Placed<f64>> {
        let mut near = BTreeMap::new();
        for (region, node) in entries(table, "near") {
            if let Some(share) = self.share(&region.value, node) {
                near.insert(region.value.clone(), Placed::new(share, node.at));
            }
        }
        let sum: f64 = near.values().map(|share| share.value).sum();
        if !near.is_empty() && (sum - 1.0).abs() > 1e-6 {
            let at = table.key_at("near").unwrap_or_default();
            let says = format!("the shares of `near` add up to {}", plain(sum));
            self.say(Diagnostic::error(at, says).help("everybody is near to some region: they add up to 1"));
        }
        near
    }
}

/// A trace of an included piece names flows as the piece does: `ask` of the traffic `shop-callers` is `shop-ask`.
fn prefixed_flows(own: &str, shape: &mut Shape, flows: &BTreeMap<String, Flow>) {
    let Shape::Trace { rows, .. } = shape else { return };
    for row in rows.iter_mut().filter(|row| !flows.contains_key(&row.flow)) {
        let prefixes = own.match_indices('-').map(|(index, _)| &own[..=index]);
        if let Some(found) =
            prefixes.map(|prefix| format!("{prefix}{}", row.flow)).find(|name| flows.contains_key(name))
        {
            row.flow = found;
        }
    }
}
