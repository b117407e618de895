//! Keys, components, handlers, routines, flows.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::leaves;
use super::reader::{Reader, entries, flag, name, names, others};
use super::tables_parts::{HANDLER, KEY};
use crate::scenario::ast::{Client, Component, Flow, Handler, Key, Scenario};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::quantity::Pick;
use crate::scenario::suggest::nearest;
use crate::scenario::tree::{At, Node, Placed, Table};

/// How a handler takes what starts it: bound by the model.
const TAKES: &[&str] = &["batch", "window", "pollers", "partial", "retries"];

/// A chain of `like` longer than this is a mistake.
const LONGEST_LIKE: usize = 32;

/// Keys of every component that the reader takes; all others are left to the model.
const TAKEN: &[&str] =
    &["model", "like", "on", "from", "filter", "key", "client", "region", "regions", "writer", "in", "facts"];

impl Reader<'_> {
    /// What the scenario is made of.
    pub(crate) fn parts(&mut self, root: &Table, scenario: &mut Scenario) {
        for (name, node) in entries(root, "keys") {
            if let Some(table) = node.table() {
                let key = self.key(name, table);
                scenario.keys.insert(name.value.clone(), key);
            }
        }
        scenario.components = self.components(root);
        for (part, node) in entries(root, "handlers") {
            if let Some(table) = node.table() {
                let handlers = self.handlers(part, table);
                scenario.handlers.insert(part.value.clone(), handlers);
            }
        }
        for (name, node) in entries(root, "routines") {
            if let Some(table) = node.table() {
                let routine = self.handler(table, name.at);
                scenario.routines.insert(name.value.clone(), routine);
            }
        }
        for (name, node) in entries(root, "flows") {
            if let Some(table) = node.table() {
                let flow = self.flow(name, table);
                scenario.flows.insert(name.value.clone(), flow);
            }
        }
    }

    fn key(&mut self, name: &Placed<String>, table: &Table) -> Key {
        let fresh = flag(table, "fresh").unwrap_or(false);
        let count = table.get("count").and_then(|node| self.count("count", node));
        if table.get("fresh").is_none() && table.get("count").is_none() {
            self.no_count(name, table);
        }
        if let (true, Some(node)) = (fresh, table.get("count")) {
            let says = "every request makes a new one: there is no count";
            self.say(Diagnostic::error(node.at, says).help("take `count` or `fresh` away"));
        }
        let mut attributes = BTreeMap::new();
        for (attribute, node) in table.entries.iter().filter(|(name, _)| KEY.key(&name.value).is_none()) {
            if let Some(law) = self.placed_law_of_number(&attribute.value, node) {
                attributes.insert(attribute.value.clone(), law);
            }
        }
        Key {
            count,
            pick: table.get("pick").and_then(|node| self.pick("pick", node)).unwrap_or(Pick::Uniform),
            of: super::reader::name(table, "of"),
            fresh,
            roams: table.get("roams").and_then(|node| self.ratio("roams", node)).unwrap_or(0.0),
            attributes,
            at: name.at,
        }
    }

    /// Any other word is an attribute: a key mistyped is one too, and is told here.
    fn no_count(&mut self, name: &Placed<String>, table: &Table) {
        let says = format!("how many `{}` are there?", name.value);
        let meant = table.entries.iter().find(|(word, _)| nearest(&word.value, ["count", "fresh"]).is_some());
        self.say_missing(match meant.and_then(|(word, _)| Some((word, nearest(&word.value, ["count", "fresh"])?))) {
            Some((word, meant)) if KEY.key(&word.value).is_none() => Diagnostic::error(word.at, says)
                .label("an attribute")
                .help(format!("did you mean `{meant}`?"))
                .fix(meant),
            _ => Diagnostic::error(name.at, says)
                .help("`count = \"100k\"`, or `fresh = true` if every request makes a new one"),
        });
    }

    fn components(&mut self, root: &Table) -> BTreeMap<String, Component> {
        let tables: BTreeMap<&str, (At, &Table)> = entries(root, "components")
            .iter()
            .filter_map(|(name, node)| Some((name.value.as_str(), (name.at, node.table()?))))
            .collect();
        let mut components = BTreeMap::new();
        for (name, (at, _)) in &tables {
            if let Some(whole) = self.with_likes(name, *at, &tables)
                && let Some(component) = self.component(name, *at, &whole)
            {
                components.insert(name.to_string(), component);
            }
        }
        components
    }

    /// A component's table over those of its `like`s.
    fn with_likes(&mut self, name: &str, at: At, tables: &BTreeMap<&str, (At, &Table)>) -> Option<Table> {
        let mut chain = vec![name];
        let mut seen = BTreeSet::from([name]);
        while let Some(like) = tables.get(chain[chain.len() - 1]).and_then(|(_, table)| table.get("like")) {
            let Some((next, _)) = like.text().and_then(|text| tables.get_key_value(text)) else { break };
            chain.push(next);
            if !seen.insert(next) {
                let says = format!("`{name}` is like itself: {}", chain.join(", like "));
                self.say(Diagnostic::error(at, says).help("one of them needs a `model`"));
                return None;
            }
            if chain.len() > LONGEST_LIKE {
                let says = format!("`{name}` is like another that is like another, more than {LONGEST_LIKE} times");
                self.say(Diagnostic::error(at, says).help("let it be like the one that has the model"));
                return None;
            }
        }
        let mut whole = Table::default();
        for (_, table) in chain.iter().rev().filter_map(|name| tables.get(name)) {
            whole = crate::scenario::extend::over(&whole, table);
        }
        Some(whole)
    }

    fn component(&mut self, own: &str, at: At, table: &Table) -> Option<Component> {
        let Some(model) = name(table, "model") else {
            // What `like` names is not there: that has been told.
            if table.get("model").is_none() && table.get("like").is_none() {
                let says = format!("`{own}` has no model");
                let help = "`model = \"provider/service\"`, a plain mechanism (\"server\", \"queue\" ...), or `like = \"NAME\"`";
                self.say_missing(Diagnostic::error(at, says).help(help));
            }
            return None;
        };
        let settings = others(table, TAKEN);
        let client = table.get("client").and_then(Node::table);
        let mut regions = names(table, "regions");
        regions.extend(name(table, "region"));
        Some(Component {
            model,
            settings,
            facts: table.get("facts").and_then(Node::table).map(|facts| others(facts, &[])).unwrap_or_default(),
            on: name(table, "on"),
            from: name(table, "from"),
            filter: table.get("filter").and_then(|node| self.share("filter", node)),
            key: name(table, "key"),
            client: client.map_or_else(Client::default, |table| self.client(table)),
            regions,
            writer: name(table, "writer"),
            in_region: entries(table, "in")
                .iter()
                .filter_map(|(region, node)| Some((region.value.clone(), others(node.table()?, &[]))))
                .collect(),
            at,
        })
    }

    fn handlers(&mut self, part: &Placed<String>, table: &Table) -> BTreeMap<String, Handler> {
        let mut handlers = BTreeMap::new();
        let (operations, own): (Vec<_>, Vec<_>) =
            table.entries.iter().cloned().partition(|(_, node)| node.table().is_some());
        if !own.is_empty() || operations.is_empty() {
            handlers.insert(String::new(), self.handler(&Table { entries: own }, part.at));
        }
        for (operation, node) in operations {
            if let Some(table) = node.table() {
                handlers.insert(operation.value.clone(), self.handler(table, operation.at));
            }
        }
        handlers
    }

    fn handler(&mut self, table: &Table, at: At) -> Handler {
        let takes =
            TAKES.iter().filter_map(|key| Some((key.to_string(), (table.key_at(key)?, table.get(key)?.clone()))));
        let takes: BTreeMap<String, (At, Node)> = takes.collect();
        self.check_takes(table);
        Handler {
            work: table.get("work").and_then(|node| self.placed_law("work", node)),
            steps: self.steps_of(table, "steps").unwrap_or_default(),
            fail: table.get("fail").and_then(|node| self.share("fail", node)).unwrap_or(0.0),
            timeout: self.placed_span(table, "timeout").map(|timeout| timeout.value),
            from: name(table, "from"),
            filter: table.get("filter").and_then(|node| self.share("filter", node)),
            takes,
            every: table.get("every").and_then(|node| self.placed_law("every", node)),
            daily: name(table, "at"),
            at,
        }
    }

    /// How a handler takes is bound by the model; that its numbers are numbers is said here, and that something is taken.
    fn check_takes(&mut self, table: &Table) {
        if let Some(node) = table.get("batch") {
            self.count("batch", node);
        }
        self.placed_span(table, "window");
        if table.get("from").is_some() {
            return;
        }
        let takes = |name: &str| TAKES.contains(&name) || name == "filter";
        for (name, _) in table.entries.iter().filter(|(name, _)| takes(&name.value)) {
            let says = format!("`{}` says how a handler takes, and this one takes from nothing", name.value);
            self.say_missing(Diagnostic::error(name.at, says).help("`from = \"QUEUE\"`, or take it away"));
        }
    }

    fn flow(&mut self, name: &Placed<String>, table: &Table) -> Flow {
        let steps = self.steps_of(table, "steps").unwrap_or_default();
        let through = names(table, "through");
        if steps.is_empty() && through.is_empty() && table.get("steps").is_none_or(|node| node.list().is_some()) {
            let says = format!("the flow `{}` asks nobody", name.value);
            self.say_missing(Diagnostic::error(name.at, says).help("`steps = [\"PART.OPERATION\"]`"));
        }
        let slo = table.get("slo").and_then(Node::table);
        Flow {
            through,
            steps,
            reply: table.get("reply").and_then(|node| self.law_of_size("reply", node)),
            size: table.get("size").and_then(|node| self.law_of_size("size", node)),
            cache: table.get("cache").and_then(|node| self.flow_cache(node)),
            slo: slo.map(|slo| self.objectives(&leaves(slo, &|_| false))).unwrap_or_default(),
            at: name.at,
        }
    }

    fn flow_cache(&mut self, node: &Node) -> Option<(crate::units::Span, Option<Placed<String>>)> {
        let table = node.table()?;
        let Some(kept) = self.placed_span(table, "for") else {
            if table.get("for").is_none() {
                let says = "for how long may the answer be kept?";
                self.say_missing(Diagnostic::error(node.at, says).help("`cache = { for = \"1h\" }`"));
            }
            return None;
        };
        Some((kept.value, name(table, "key")))
    }
}

/// Keys of every component, and of a handler: what a path below a part may name.
pub(crate) fn handler_has(key: &str) -> bool {
    HANDLER.key(key).is_some()
}
