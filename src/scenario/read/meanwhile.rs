//! Alarms, runbooks, changes, faults, the month.

use super::paths::leaves;
use super::reader::{Reader, entries, flag, name, names, others, small, text};
use super::tables_meanwhile::{DATA_FAULTS, PART_FAULTS, PLACE_FAULTS};
use crate::scenario::ast::{Alarm, Begins, Change, Fault, Runbook, Scenario};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::suggest::{nearest, plain};
use crate::scenario::tree::{At, Node, Placed, Table};
use crate::units::Span;

/// An alarm's period where none is written.
const PERIOD: Span = Span::seconds(60);

/// Hours of a month, as bills count them.
const MONTH: f64 = 730.0;

/// Keys of every fault; all others belong to its kind.
const OF_FAULT: &[&str] = &["what", "target", "at", "every", "for", "slo", "alone"];

impl Reader<'_> {
    /// What happens meanwhile.
    pub(crate) fn meanwhile(&mut self, root: &Table, scenario: &mut Scenario) {
        for (name, node) in entries(root, "alarms") {
            if let Some(alarm) = node.table().and_then(|table| self.alarm(name, table)) {
                scenario.alarms.insert(name.value.clone(), alarm);
            }
        }
        for (own, node) in entries(root, "runbooks") {
            let Some(table) = node.table() else { continue };
            let steps = table.get("steps").and_then(Node::list).unwrap_or(&[]).to_vec();
            self.actions(&steps);
            if table.get("steps").is_none() {
                let says = format!("the runbook `{}` does nothing", own.value);
                self.say_missing(
                    Diagnostic::error(own.at, says).help("`steps = [{ promote = \"db\", to = \"...\" }]`"),
                );
            }
            let timeout = self.placed_span(table, "timeout").map(|timeout| timeout.value);
            let runbook = Runbook { steps, timeout, runs_in: name(table, "runs_in"), at: own.at };
            scenario.runbooks.insert(own.value.clone(), runbook);
        }
        for (name, node) in entries(root, "changes") {
            if let Some(change) = self.change(name, node) {
                scenario.changes.insert(name.value.clone(), change);
            }
        }
        for (name, node) in entries(root, "faults") {
            if let Some(fault) = node.table().and_then(|table| self.fault(name, table)) {
                scenario.faults.insert(name.value.clone(), fault);
            }
        }
        scenario.month = entries(root, "month").iter().map(|(name, node)| (name.clone(), node.clone())).collect();
        self.month(root);
    }

    fn alarm(&mut self, own: &Placed<String>, table: &Table) -> Option<Alarm> {
        let Some(when) = name(table, "when") else {
            if table.get("when").is_none() {
                let says = format!("what does the alarm `{}` watch?", own.value);
                self.say_missing(Diagnostic::error(own.at, says).help("`when = \"db.connections < 1\"`"));
            }
            return None;
        };
        self.watch(&when);
        let periods = small(table, "periods").map_or(1, |periods| periods.value);
        let of = small(table, "of");
        if let Some(of) = of.as_ref().filter(|of| of.value < periods) {
            let says = format!("{periods} of {} periods can never be", of.value);
            self.say(Diagnostic::error(of.at, says).help("`of` is at least `periods`"));
        }
        Some(Alarm {
            when,
            statistic: text(table, "statistic").unwrap_or_else(|| "mean".to_string()),
            average: self.placed_span(table, "average").map_or(PERIOD, |average| average.value),
            periods: periods.max(1),
            of: of.map(|of| of.value),
            missing: text(table, "missing").unwrap_or_else(|| "ignore".to_string()),
            then: name(table, "then"),
            at: own.at,
        })
    }

    /// The condition behind the path of an alarm.
    fn watch(&mut self, when: &Placed<String>) {
        let condition = when.value.trim().split_once(char::is_whitespace).map(|(_, condition)| condition.trim());
        let node = Node { kind: crate::scenario::tree::Kind::Text(condition.unwrap_or("").to_string()), at: when.at };
        match condition {
            Some(condition) if !condition.is_empty() => {
                self.condition("when", &node);
            }
            _ => {
                let says = "an alarm watches a path and a condition";
                self.say(Diagnostic::error(when.at, says).help("\"db.connections < 1\""));
            }
        }
    }

    /// Quantities in actions; their names are looked up with all others.
    fn actions(&mut self, list: &[Node]) {
        for table in list.iter().filter_map(Node::table) {
            self.action(table);
        }
    }

    fn action(&mut self, table: &Table) {
        if let Some(node) = table.get("wait") {
            self.law_of_time("wait", node);
        }
        if let Some(node) = table.get("takes") {
            self.law_of_time("takes", node);
        }
        if let Some(node) = table.get("rate") {
            self.rate("rate", node);
        }
        for key in ["before", "after"] {
            self.placed_span(table, key);
        }
        for key in ["parallel", "steps"] {
            self.actions(table.get(key).and_then(Node::list).unwrap_or(&[]));
        }
        for (verb, help) in [("promote", "us-west-2"), ("point", "us-west-2"), ("replay", "QUEUE")] {
            if let Some(at) = table.key_at(verb).filter(|_| table.get("to").is_none()) {
                let says = format!("`{verb}` where to?");
                self.say_missing(Diagnostic::error(at, says).help(format!("`to = \"{help}\"`")));
            }
        }
    }

    fn change(&mut self, own: &Placed<String>, node: &Node) -> Option<Change> {
        let table = node.table()?;
        self.action(table);
        let Some(moment) = self.placed_span(table, "at") else {
            if table.get("at").is_none() {
                let says = format!("when does the change `{}` happen?", own.value);
                self.say_missing(Diagnostic::error(own.at, says).help("`at = \"20m\"`"));
            }
            return None;
        };
        Some(Change { moment, node: node.clone(), at: own.at })
    }

    fn fault(&mut self, own: &Placed<String>, table: &Table) -> Option<Fault> {
        let what = names(table, "what");
        for kind in &what {
            self.kind_of_fault(kind);
        }
        for (key, help) in [("what", "`what = \"outage\"`"), ("target", "`target = \"db\"`")] {
            if table.get(key).is_none() {
                let says = format!("the fault `{}` has no `{key}`", own.value);
                self.say_missing(Diagnostic::error(own.at, says).help(help));
            }
        }
        self.fault_numbers(table);
        let begins = self.begins(own, table)?;
        let slo = table.get("slo").and_then(Node::table);
        Some(Fault {
            what,
            target: names(table, "target"),
            begins,
            lasts: table.get("for").and_then(|node| self.law_of_time("for", node)),
            settings: others(table, OF_FAULT),
            slo: slo.map(|slo| self.objectives(&leaves(slo, &|_| false))).unwrap_or_default(),
            alone: flag(table, "alone").unwrap_or(false),
            at: own.at,
        })
    }

    fn kind_of_fault(&mut self, kind: &Placed<String>) {
        let known = || PLACE_FAULTS.iter().chain(PART_FAULTS).chain(DATA_FAULTS).copied();
        if known().any(|known| known == kind.value) {
            return;
        }
        let error = Diagnostic::error(kind.at, format!("no fault is called \"{}\"", kind.value));
        self.say(match nearest(&kind.value, known()) {
            Some(meant) => error.help(format!("did you mean \"{meant}\"?")).fix(format!("\"{meant}\"")),
            None => error.help(format!(
                "of places: {}; of parts: {}; of data: {}",
                PLACE_FAULTS.join(", "),
                PART_FAULTS.join(", "),
                DATA_FAULTS.join(", ")
            )),
        });
    }

    fn fault_numbers(&mut self, table: &Table) {
        if let Some(node) = table.get("share") {
            self.share("share", node);
        }
        if let Some(node) = table.get("factor") {
            self.ratio("factor", node);
        }
        for key in ["keys", "count"] {
            if let Some(node) = table.get(key) {
                self.count(key, node);
            }
        }
        if let Some(node) = table.get("rate") {
            self.rate("rate", node);
        }
        if let Some(node) = table.get("add") {
            self.law_of_time("add", node);
        }
    }

    fn begins(&mut self, own: &Placed<String>, table: &Table) -> Option<Begins> {
        match (table.get("at"), table.get("every")) {
            (Some(node), None) => self.law_of_time("at", node).map(Begins::At),
            (None, Some(node)) => self.law_of_time("every", node).map(Begins::Every),
            (Some(_), Some(_)) => {
                let at = table.key_at("every").unwrap_or(own.at);
                let says = "a fault begins `at` a time or `every` so often, not both";
                self.say(Diagnostic::error(at, says).help("make two faults"));
                None
            }
            (None, None) => {
                let says = format!("when does the fault `{}` begin?", own.value);
                self.say_missing(Diagnostic::error(own.at, says).help("`at = \"20m\"`, or `every = \"exp(1000h)\"`"));
                None
            }
        }
    }

    /// Hours add up to a month. What comes so many `times` has a length that the reader knows of phases only.
    fn month(&mut self, root: &Table) {
        let month = entries(root, "month");
        let (mut hours, mut all_known) = (0.0, !month.is_empty());
        for (own, node) in month {
            match self.hours(root, own, node) {
                Some(more) => hours += more,
                None => all_known = false,
            }
        }
        if !all_known || (hours - MONTH).abs() < 1e-6 {
            return;
        }
        let at = root.key_at("month").unwrap_or_default();
        let (difference, word) = match hours < MONTH {
            true => (MONTH - hours, "missing"),
            false => (hours - MONTH, "too many"),
        };
        let says = format!("a month has 730 hours, and these are {}", plain(hours));
        self.say(Diagnostic::error(at, says).help(format!("{} are {word}", plain(difference))));
    }

    fn hours(&mut self, root: &Table, own: &Placed<String>, node: &Node) -> Option<f64> {
        let Some(table) = node.table() else {
            self.month_phase(root, &own.value, own.at);
            return self.span(&own.value, node).map(|span| span.as_seconds() / 3600.0);
        };
        let like = name(table, "like");
        if let Some(like) = &like {
            self.month_phase(root, &like.value, like.at);
        }
        if let Some(node) = table.get("load") {
            self.ratio("load", node);
        }
        match (table.get("hours"), table.get("times")) {
            (Some(node), None) => self.count("hours", node),
            (None, Some(node)) => {
                let times = self.count("times", node)?;
                let phase = entries(root, "phases")
                    .iter()
                    .find(|(name, _)| Some(&name.value) == like.as_ref().map(|l| &l.value))?;
                let (from, to) = super::values::time_range(phase.1.text()?).ok()?;
                Some(times * (to.0.saturating_sub(from.0) as f64) / Span::seconds(3600).0 as f64)
            }
            _ => {
                let says = format!("how many hours has `{}`?", own.value);
                self.say_missing(Diagnostic::error(own.at, says).help("`hours = 610`, or `times = 30`"));
                None
            }
        }
    }

    /// A phase, or the whole run.
    fn month_phase(&mut self, root: &Table, phase: &str, at: At) {
        let phases: Vec<&str> = entries(root, "phases").iter().map(|(name, _)| name.value.as_str()).collect();
        if phase == "run" || phases.contains(&phase) {
            return;
        }
        let error = Diagnostic::error(at, format!("no phase is called `{phase}`"));
        self.say_missing(match nearest(phase, phases.iter().copied()) {
            Some(meant) => error.help(format!("did you mean `{meant}`?")),
            None => error.help("name it under `[phases]`, or say `like = \"run\"`"),
        });
    }
}
