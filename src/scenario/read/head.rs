//! The head, values and phases; and what of time does not fit together.

use super::reader::{Reader, entries, name, names, small, text, whole};
use crate::scenario::ast::{Scenario, Until};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::tree::{At, Node, Placed, Table};
use crate::units::Span;

impl Reader<'_> {
    /// The head of a file.
    pub(crate) fn head(&mut self, root: &Table, stem: &str, at: At, scenario: &mut Scenario) {
        scenario.name = text(root, "name").unwrap_or_else(|| stem.to_string());
        scenario.summary = text(root, "summary");
        scenario.source = text(root, "source");
        scenario.regions = names(root, "regions");
        if let Some(region) = name(root, "region") {
            if !scenario.regions.is_empty() {
                let says = "a scenario has `region` or `regions`, not both";
                self.say(
                    Diagnostic::error(region.at, says).help("`regions = [\"home\", \"other\"]`: the first is home"),
                );
            }
            scenario.regions = vec![region];
        }
        scenario.duration = self.placed_span(root, "duration");
        scenario.until = root.get("until").and_then(|node| self.until(node));
        scenario.warmup = self.placed_span(root, "warmup");
        scenario.start = name(root, "start");
        scenario.seed = whole(root, "seed");
        scenario.replications = small(root, "replications");
        scenario.mode = name(root, "mode");
        scenario.sample = self.sample(root);
        scenario.prices = name(root, "prices");
        for (name, node) in entries(root, "values") {
            if let Some(value) = self.value(&name.value, node) {
                scenario.values.insert(name.value.clone(), Placed::new(value, node.at));
            }
        }
        for (name, node) in entries(root, "phases") {
            if let Some(range) = self.time_range(&name.value, node) {
                scenario.phases.insert(name.value.clone(), Placed::new(range, node.at));
            }
        }
        self.check_head(root, at, scenario);
    }

    fn until(&mut self, node: &Node) -> Option<Until> {
        let table = node.table()?;
        for key in ["of", "within", "at_most"] {
            if table.get(key).is_none() {
                let says = format!("this `until` has no `{key}`");
                let help = "`until = { of = \"web.wait.mean\", within = \"5%\", at_most = \"10d\" }`";
                self.say_missing(Diagnostic::error(node.at, says).help(help));
                return None;
            }
        }
        Some(Until {
            of: name(table, "of")?,
            within: self.share("within", table.get("within")?)?,
            at_most: self.placed_span(table, "at_most")?.value,
            at: node.at,
        })
    }

    /// `1/100`.
    fn sample(&mut self, root: &Table) -> Option<Placed<u64>> {
        let node = root.get("sample")?;
        let copies = node.text().and_then(|text| text.strip_prefix("1/")).and_then(|copies| copies.trim().parse().ok());
        match copies {
            Some(copies) if copies >= 1 => Some(Placed::new(copies, node.at)),
            _ => {
                let says = "a sample is one of so many copies";
                self.say(Diagnostic::error(node.at, says).help("write \"1/100\": every hundredth copy"));
                None
            }
        }
    }

    fn check_head(&mut self, root: &Table, at: At, scenario: &Scenario) {
        if root.get("duration").is_none() && root.get("until").is_none() {
            let help = "`duration = \"10m\"`, or `until = { of = .., within = \"5%\", at_most = \"10d\" }`";
            self.say_missing(Diagnostic::error(at, "nothing says how long this scenario runs").help(help));
        }
        if let (Some(_), Some(at)) = (root.get("duration"), root.key_at("until")) {
            let says = "a scenario has `duration` or `until`, not both";
            self.say(Diagnostic::error(at, says).help("a story lasts; a steady run ends when its number is known"));
        }
        let Some(duration) = &scenario.duration else { return };
        if duration.value == Span::ZERO {
            self.say(Diagnostic::error(duration.at, "nothing happens in no time").help("`duration = \"10m\"`"));
        }
        if let Some(warmup) =
            scenario.warmup.as_ref().filter(|warmup| warmup.value >= duration.value && warmup.value > Span::ZERO)
        {
            let says = format!("the warm-up of {} leaves nothing of a run of {}", warmup.value, duration.value);
            self.say(Diagnostic::error(warmup.at, says).help("the warm-up is the first part of the duration"));
        }
        for (name, phase) in &scenario.phases {
            let (from, to) = phase.value;
            if from >= to {
                let says = format!("the phase `{name}` ends before it begins");
                self.say(Diagnostic::error(phase.at, says).help("\"20m..30m\": from, to"));
            } else if to > duration.value {
                let says = format!("the phase `{name}` ends at {to}, and the run at {}", duration.value);
                let error = Diagnostic::error(phase.at, says);
                let texts = (self.sources.piece(phase.at), self.sources.piece(duration.at).trim_matches('"'));
                self.say(match (texts.0.split_once(".."), from < duration.value) {
                    (Some((from, _)), true) => {
                        let fix = format!("{from}..{}\"", texts.1);
                        error.help(format!("a phase is a part of the run: {fix}")).fix(fix)
                    }
                    _ => error.help("a phase is a part of the run"),
                });
            }
        }
    }
}
