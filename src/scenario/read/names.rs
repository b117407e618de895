//! Every name that is used must be the name of something: the nearest one is offered, with its line.

use std::collections::BTreeMap;

use super::paths::words_of;
use super::reader::Reader;
use super::survey::{Reference, Survey};
use super::tables::Space;
use super::tables_parts::SCENARIO;
use crate::scenario::ast::Scenario;
use crate::scenario::diagnostics::Diagnostic;
use crate::scenario::extend::Removed;
use crate::scenario::suggest::{listed, nearest};
use crate::scenario::tree::At;

/// Measures of everything: paths that begin with none of the scenario's own names.
const OF_EVERYTHING: &[&str] =
    &["requests", "errors", "availability", "collapsed", "month", "bill", "run", "all", "hours", "replications"];

/// Namespaces whose names may begin a path.
const IN_PATHS: &[Space] = &[
    Space::Component,
    Space::Flow,
    Space::Traffic,
    Space::Fault,
    Space::Change,
    Space::Alarm,
    Space::Value,
    Space::Key,
    Space::Routine,
    Space::Runbook,
    Space::Phase,
    Space::Claim,
];

/// The section in which a namespace is defined, and what a thing of it is called.
fn section_of(space: Space) -> (&'static str, &'static str) {
    match space {
        Space::Component | Space::Target | Space::Place => ("components", "component"),
        Space::Flow => ("flows", "flow"),
        Space::Routine => ("routines", "routine"),
        Space::Key | Space::MaybeKey | Space::Attribute => ("keys", "key"),
        Space::Value => ("values", "value"),
        Space::Traffic => ("traffic", "traffic"),
        Space::Region => ("regions", "region"),
        Space::Phase => ("phases", "phase"),
        Space::Alarm => ("alarms", "alarm"),
        Space::Runbook => ("runbooks", "runbook"),
        Space::Change => ("changes", "change"),
        Space::Fault => ("faults", "fault"),
        Space::Claim => ("claims", "claim"),
        Space::Path => ("", "thing"),
        Space::File => ("", "file"),
    }
}

/// Looks all names up.
pub(crate) fn resolve(reader: &mut Reader<'_>, survey: &Survey, scenario: &Scenario, removed: &[Removed]) {
    let mut lookup = Lookup { reader, survey, scenario, removed, still_used: BTreeMap::new() };
    for reference in &survey.references {
        if lookup.reader.is_full() {
            break;
        }
        lookup.look_up(reference);
    }
    lookup.say_still_used();
    lookup.shared_names();
}

struct Lookup<'l, 'r> {
    reader: &'l mut Reader<'r>,
    survey: &'l Survey,
    scenario: &'l Scenario,
    removed: &'l [Removed],
    /// By the number of the removed thing: who still uses it.
    still_used: BTreeMap<usize, Vec<Reference>>,
}

impl Lookup<'_, '_> {
    fn look_up(&mut self, reference: &Reference) {
        let text = reference.text.as_str();
        match reference.space {
            Space::File | Space::MaybeKey => {}
            Space::Target => self.target(reference),
            Space::Attribute => self.attribute(reference),
            Space::Region => self.region(reference),
            Space::Place => self.place(reference),
            Space::Path => self.path(reference),
            Space::Phase => {
                let windows = [Space::Phase, Space::Fault, Space::Change];
                if text != "run" && !windows.iter().any(|space| self.survey.defines(*space, text)) {
                    self.missing(Space::Phase, text, reference);
                }
            }
            space => {
                if !self.survey.defines(space, text) {
                    self.missing(space, text, reference);
                }
            }
        }
    }

    /// Nothing has this name.
    fn missing(&mut self, space: Space, name: &str, reference: &Reference) {
        let (section, word) = section_of(space);
        if let Some(index) = self.removed.iter().position(|gone| gone.section == section && gone.name == name) {
            self.still_used.entry(index).or_default().push(reference.clone());
            return;
        }
        let error = Diagnostic::error(reference.at, format!("no {word} is called `{name}`"));
        let names: Vec<&str> = self.survey.names(space).collect();
        let error = match nearest(name, names.iter().copied()) {
            Some(meant) => {
                let line = self.line_of(space, meant, reference.at);
                let fix = self.reader.sources.piece(reference.at).replacen(name, meant, 1);
                error.help(format!("there is a `{meant}`, {line}")).fix(fix)
            }
            None => match self.elsewhere(space, name) {
                Some(other) => error.help(format!("`{name}` is a {}", section_of(other).1)),
                None if space == Space::Key => {
                    error.help(format!("name it under `[keys]`: `{name} = {{ count = \"100k\" }}`"))
                }
                None if names.is_empty() => error.help(format!("name it under `[{section}]`")),
                None => error.help(format!("there is {}", listed(&names, 12, "and"))),
            },
        };
        self.reader.say(error);
    }

    fn elsewhere(&self, space: Space, name: &str) -> Option<Space> {
        IN_PATHS.iter().copied().find(|other| *other != space && self.survey.defines(*other, name))
    }

    fn line_of(&self, space: Space, name: &str, from: At) -> String {
        match self.survey.definitions.get(&(space, name.to_string())) {
            Some(at) => self.reader.sources.said_from(from, *at),
            None => "elsewhere".to_string(),
        }
    }

    /// `web.browse`: a part, and a handler if the part has several.
    fn target(&mut self, reference: &Reference) {
        let (part, operation) = reference.text.split_once('.').unwrap_or((&reference.text, ""));
        if !self.survey.defines(Space::Component, part) {
            self.missing(Space::Component, part, reference);
            return;
        }
        let Some(handlers) = self.scenario.handlers.get(part) else { return };
        if handlers.contains_key(operation) {
            return;
        }
        let named: Vec<String> =
            handlers.keys().filter(|name| !name.is_empty()).map(|name| format!("{part}.{name}")).collect();
        let error = match operation {
            "" => Diagnostic::error(reference.at, format!("which one? `{part}` has several handlers"))
                .help(listed(&named, 12, "or")),
            _ => {
                let error = Diagnostic::error(reference.at, format!("`{part}` does not handle `{operation}`"));
                match nearest(operation, handlers.keys().map(String::as_str).filter(|name| !name.is_empty())) {
                    Some(meant) => {
                        let fix = self.reader.sources.piece(reference.at).replacen(
                            &format!("{part}.{operation}"),
                            &format!("{part}.{meant}"),
                            1,
                        );
                        error.help(format!("did you mean `{part}.{meant}`?")).fix(fix)
                    }
                    None if named.is_empty() => error.help(format!("it has one handler: ask `{part}`")),
                    None => error.help(format!("it handles {}", listed(&named, 12, "and"))),
                }
            }
        };
        self.reader.say(error);
    }

    /// `author.followers`.
    fn attribute(&mut self, reference: &Reference) {
        let (key, attribute) = reference.text.split_once('.').unwrap_or((&reference.text, ""));
        let Some(found) = self.scenario.keys.get(key) else {
            if !self.survey.defines(Space::Key, key) {
                self.missing(Space::Key, key, reference);
            }
            return;
        };
        if found.attributes.contains_key(attribute) {
            return;
        }
        let names: Vec<&str> = found.attributes.keys().map(String::as_str).collect();
        let error = Diagnostic::error(reference.at, format!("`{key}` has no `{attribute}`"));
        let instead = |meant: &str| self.reader.sources.piece(reference.at).replacen(&reference.text, meant, 1);
        let other = self.scenario.keys.iter().find(|(_, other)| other.attributes.contains_key(attribute));
        self.reader.say(match (nearest(attribute, names.iter().copied()), other) {
            (Some(meant), _) => {
                let fix = instead(&format!("{key}.{meant}"));
                error.help(format!("it has `{meant}`")).fix(fix)
            }
            (None, Some((other, _))) => {
                let fix = instead(&format!("{other}.{attribute}"));
                error.help(format!("a {other} has: did you mean `{other}.{attribute}`?")).fix(fix)
            }
            _ if names.is_empty() => error.help(format!(
                "give every {key} a number: `{attribute} = \"lognormal(200, p99=2000)\"` in `[keys.{key}]`"
            )),
            _ => error.help(format!("it has {}", listed(&names, 12, "and"))),
        });
    }

    fn region(&mut self, reference: &Reference) {
        let name = reference.text.as_str();
        let regions: Vec<&str> = self.scenario.regions.iter().map(|region| region.value.as_str()).collect();
        if regions.contains(&name) || name == "any" {
            return;
        }
        let error = Diagnostic::error(reference.at, format!("this scenario is not in a region `{name}`"));
        self.reader.say(match nearest(name, regions.iter().copied()) {
            Some(meant) => {
                let fix = self.reader.sources.piece(reference.at).replacen(name, meant, 1);
                error.help(format!("it is in {}", listed(&regions, 12, "and"))).fix(fix)
            }
            None if regions.is_empty() => error.help(format!("say so in the head: `region = \"{name}\"`")),
            None => error.help(format!("it is in {}", listed(&regions, 12, "and"))),
        });
    }

    /// What can break: a region, a zone, a part, a flow, a key, or the rest of the world.
    fn place(&mut self, reference: &Reference) {
        let name = reference.text.as_str();
        let things = [Space::Component, Space::Key, Space::Flow, Space::Traffic];
        let thing = name.split('.').next().unwrap_or(name);
        let regions: Vec<String> = self.scenario.regions.iter().map(|region| region.value.clone()).collect();
        if name == "rest"
            || regions.iter().any(|region| region == name)
            || things.iter().any(|space| self.survey.defines(*space, thing))
        {
            return;
        }
        let letters = self.zone_letters();
        if let Some(letter) = regions.iter().find_map(|region| name.strip_prefix(region.as_str())) {
            if !letters.iter().any(|known| known == letter) {
                let says = format!("there is no zone `{name}`");
                self.reader.say(
                    Diagnostic::error(reference.at, says).help(format!("zones are {}", listed(&letters, 12, "and"))),
                );
            }
            return;
        }
        let error = Diagnostic::error(reference.at, format!("there is no place and no part `{name}`"));
        let parts = self.survey.names(Space::Component).map(str::to_string);
        let known: Vec<String> =
            parts.chain(self.survey.names(Space::Key).map(str::to_string)).chain(regions).collect();
        match nearest(name, known.iter().map(String::as_str)) {
            Some(meant) => {
                let fix = self.reader.sources.piece(reference.at).replacen(name, meant, 1);
                self.reader.say(error.help(format!("did you mean `{meant}`?")).fix(fix));
            }
            None => self.missing(Space::Component, name, reference),
        }
    }

    /// The letters of the zones: three unless a part has more.
    fn zone_letters(&self) -> Vec<String> {
        let written = self.scenario.components.values().filter_map(|part| part.settings.get("zones"));
        let most = written.filter_map(|(_, node)| node.number()).fold(3.0, f64::max);
        ('a'..='z').take(most.min(26.0) as usize).map(String::from).collect()
    }

    /// The first word of a path names something.
    fn path(&mut self, reference: &Reference) {
        let words = words_of(&reference.text);
        let first = words.first().map_or("", String::as_str);
        let known = |name: &str| {
            IN_PATHS.iter().any(|space| self.survey.defines(*space, name))
                || OF_EVERYTHING.contains(&name)
                || SCENARIO.key(name).is_some()
        };
        if known(first) {
            return;
        }
        if self.removed.iter().any(|gone| gone.name == first) {
            let gone = self.removed.iter().position(|gone| gone.name == first);
            if let Some(index) = gone {
                self.still_used.entry(index).or_default().push(reference.clone());
            }
            return;
        }
        let error =
            Diagnostic::error(reference.at, format!("`{}` leads nowhere: nothing is called `{first}`", reference.text));
        let names = IN_PATHS.iter().flat_map(|space| self.survey.names(*space)).chain(OF_EVERYTHING.iter().copied());
        self.reader.say(match nearest(first, names) {
            Some(meant) => {
                let fix = self.reader.sources.piece(reference.at).replacen(first, meant, 1);
                error.help(format!("did you mean `{meant}`?")).fix(fix)
            }
            None => {
                error.help("a path begins with the name of a part, flow, traffic, fault, change, alarm, key or value")
            }
        });
    }

    fn say_still_used(&mut self) {
        for (index, users) in std::mem::take(&mut self.still_used) {
            let gone = &self.removed[index];
            let mut shown: Vec<String> = Vec::new();
            for user in &users {
                let owner = if user.owner.is_empty() { user.text.clone() } else { user.owner.clone() };
                let said = format!("`{owner}` ({})", self.reader.sources.said_from(gone.at, user.at));
                if !shown.contains(&said) {
                    shown.push(said);
                }
            }
            let more = shown.len().saturating_sub(6);
            shown.truncate(6);
            let list = match shown.split_last() {
                Some((last, rest)) if !rest.is_empty() && more == 0 => format!("{} and {last}", rest.join(", ")),
                _ if more > 0 => format!("{} and {more} more", shown.join(", ")),
                _ => shown.join(""),
            };
            let says = format!("`{}` is still used by {list}", gone.name);
            self.reader
                .say(Diagnostic::error(gone.at, says).label("taken away here").help("change those too, or keep it"));
        }
    }

    /// A flow and a component cannot share a name: their measures would.
    fn shared_names(&mut self) {
        let pairs = [
            (Space::Flow, Space::Component, true),
            (Space::Fault, Space::Component, false),
            (Space::Fault, Space::Flow, false),
        ];
        let pairs = pairs.into_iter().chain([
            (Space::Change, Space::Component, false),
            (Space::Change, Space::Flow, false),
            (Space::Change, Space::Fault, false),
        ]);
        for (one, other, forbidden) in pairs {
            for name in self.survey.names(one) {
                let Some(first) = self.survey.definitions.get(&(other, name.to_string())) else { continue };
                let Some(at) = self.survey.definitions.get(&(one, name.to_string())) else { continue };
                let (_, one_word) = section_of(one);
                let (_, other_word) = section_of(other);
                let there = self.reader.sources.said_from(*at, *first);
                let diagnostic = match forbidden {
                    true => Diagnostic::error(
                        *at,
                        format!("two things are called `{name}`: a {one_word} and a {other_word} ({there})"),
                    )
                    .help(format!(
                        "their measures would share a path: rename one of them (a traffic and its {one_word} may share)"
                    )),
                    false => Diagnostic::warning(
                        *at,
                        format!("a {one_word} and a {other_word} ({there}) are both called `{name}`"),
                    )
                    .help(format!("in a path it means the {other_word}")),
                };
                self.reader.say(diagnostic);
            }
        }
    }
}
