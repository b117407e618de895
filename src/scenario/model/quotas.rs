//! `[quotas]` of a scenario: limits that the provider raised, named by the service that has them.

use std::collections::BTreeMap;

use super::shape::{Model, Section};
use super::words::{list, meant};
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::tree::{At, Node};

impl Model {
    /// Names under which its quotas are raised, without the prefix of the service.
    fn quotas(&self) -> impl Iterator<Item = &str> {
        let own = self.quantities.iter().filter(|(_, one)| one.section == Section::Quota);
        own.map(|(name, one)| one.short.as_deref().unwrap_or(name))
    }

    /// Those raised limits that are this model's. Models of one service share a prefix, not all of its quotas.
    pub(crate) fn raised(&self, quotas: &BTreeMap<String, Node>) -> BTreeMap<String, (At, Node)> {
        let own = quotas.iter().filter_map(|(path, node)| {
            let (service, name) = path.split_once('.')?;
            let known = service == self.service && self.quotas().any(|quota| quota == name);
            known.then(|| (name.to_string(), (node.at, node.clone())))
        });
        own.collect()
    }
}

/// Raised limits that no part of the scenario has: nothing is ignored in silence.
pub(crate) fn unknown<'m>(quotas: &BTreeMap<String, Node>, models: impl Iterator<Item = &'m Model>) -> Vec<Diagnostic> {
    let known = models.flat_map(|model| model.quotas().map(|name| format!("{}.{name}", model.service)));
    let mut known: Vec<String> = known.collect();
    known.sort();
    known.dedup();
    let foreign = quotas.iter().filter(|(path, _)| !known.contains(path));
    let complaint = |(path, node): (&String, &Node)| {
        let error = Diagnostic::error(node.at, format!("no part here has a quota called `{path}`"));
        match meant(path, known.iter().map(String::as_str)) {
            Some(meant) => error.help(format!("did you mean `{meant}`?")),
            None if known.is_empty() => {
                error.help("no part here has any: take it away, or set the part's own parameter")
            }
            None => error.help(format!("there is: {}", list(known.iter().map(String::as_str)))),
        }
    };
    foreign.map(complaint).collect()
}
