//! The registry of mechanisms: which settings, verbs, measures and faults each has, read from `models/mechanisms.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::unit::Unit;

/// What a setting of a mechanism is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wants {
    /// A number or law: an expression of a unit.
    Number(Measured),
    /// true or false, or a parameter that is.
    Bool,
    /// One of these words, or a parameter that chooses among them.
    Word(Vec<String>),
    /// A stage of the model.
    Stage,
    /// An operation of the model.
    Op,
    /// A measure, or an expression over measures.
    Measure,
    /// A setting of a stage: `members.wanted`.
    Setting,
    /// A parameter of this kind.
    Parameter(Taken),
    /// `{ attempts, wait }`.
    Retry,
}

/// What a number measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measured {
    /// One time.
    Duration,
    /// A law of times.
    Law,
    /// A whole number of things.
    Count,
    /// A share.
    Ratio,
    /// Bytes.
    Size,
    /// Things or bytes per time.
    Rate,
    /// What the stage's rate is a rate of.
    Amount,
    /// A count or a rate.
    Capacity,
    /// Any number.
    Anything,
}

/// Parameters that are no numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// A key of the scenario.
    Key,
    /// A component of the scenario.
    Component,
    /// A range.
    Range,
    /// Steps of a scaling.
    Steps,
    /// Rules of a window.
    Rules,
    /// A number for each callee.
    Counts,
}

impl Measured {
    /// The units that fit, none if all do (`Amount` depends on the stage).
    pub fn units(self) -> &'static [Unit] {
        match self {
            Measured::Duration | Measured::Law => &[Unit::TIME],
            Measured::Count | Measured::Ratio => &[Unit::ONE],
            Measured::Size => &[Unit::SIZE],
            Measured::Rate => &[Unit::RATE, Unit::FLOW],
            Measured::Capacity => &[Unit::ONE, Unit::RATE, Unit::FLOW],
            Measured::Amount | Measured::Anything => &[],
        }
    }

    /// In the reader's word.
    pub fn word(self) -> &'static str {
        match self {
            Measured::Duration | Measured::Law => "a time",
            Measured::Count => "a count",
            Measured::Ratio => "a ratio",
            Measured::Size => "a size",
            Measured::Rate => "a rate (things or bytes per time)",
            Measured::Amount => "an amount",
            Measured::Capacity => "a capacity (a count, or a rate)",
            Measured::Anything => "a number",
        }
    }
}

/// One mechanism.
#[derive(Clone, Debug)]
pub struct Mechanism {
    /// Its name.
    pub name: String,
    /// What it does, in one sentence.
    pub is: String,
    /// gate, server, set, store, mover, clock.
    pub class: String,
    /// Its settings, and whether each is needed.
    pub settings: BTreeMap<String, (Wants, bool)>,
    /// Settings that may follow measures while the run goes on.
    pub moving: Vec<String>,
    /// The setting whose head-room is reported.
    pub limit: Option<String>,
    /// Verbs; the first is meant when a path names none.
    pub does: Vec<String>,
    /// Measures and the word of their unit.
    pub shows: BTreeMap<String, String>,
    /// Kinds of members whose lives can be metered.
    pub lives: Vec<String>,
    /// What a fault may do to it.
    pub bears: Vec<String>,
    /// Neighbours on a path decide together.
    pub admits: bool,
    /// Chooses a member.
    pub picks: bool,
    /// Refuses unless told otherwise.
    pub says_no: bool,
}

/// All mechanisms.
#[derive(Clone, Debug)]
pub struct Registry {
    mechanisms: BTreeMap<String, Mechanism>,
}

impl Registry {
    /// The built-in one.
    pub fn get() -> &'static Registry {
        static REGISTRY: LazyLock<Registry> =
            LazyLock::new(|| Registry::parse(include_str!("../../../models/mechanisms.toml")));
        &REGISTRY
    }

    /// Reads the built-in text, which is part of the program: a mistake in it is ours, and a test finds it.
    fn parse(text: &str) -> Registry {
        let raw: BTreeMap<String, Raw> = toml::from_str(text).expect("models/mechanisms.toml is a list of mechanisms");
        let mechanisms = raw.into_iter().map(|(name, raw)| (name.clone(), raw.mechanism(name))).collect();
        Registry { mechanisms }
    }

    /// One mechanism.
    pub fn mechanism(&self, name: &str) -> Option<&Mechanism> {
        self.mechanisms.get(name)
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.mechanisms.keys().map(String::as_str)
    }
}

/// A mechanism as the file says it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    is: String,
    class: String,
    #[serde(default)]
    needs: BTreeMap<String, String>,
    #[serde(default)]
    may: BTreeMap<String, String>,
    #[serde(default)]
    moving: Vec<String>,
    limit: Option<String>,
    does: Vec<String>,
    shows: BTreeMap<String, String>,
    #[serde(default)]
    lives: Vec<String>,
    bears: Vec<String>,
    #[serde(default)]
    admits: bool,
    #[serde(default)]
    picks: bool,
    #[serde(default)]
    says_no: bool,
}

impl Raw {
    fn mechanism(self, name: String) -> Mechanism {
        let needed = self.needs.iter().map(|(key, kind)| (key.clone(), (wants(kind), true)));
        let settings = needed.chain(self.may.iter().map(|(key, kind)| (key.clone(), (wants(kind), false)))).collect();
        Mechanism {
            name,
            is: self.is,
            class: self.class,
            settings,
            moving: self.moving,
            limit: self.limit,
            does: self.does,
            shows: self.shows,
            lives: self.lives,
            bears: self.bears,
            admits: self.admits,
            picks: self.picks,
            says_no: self.says_no,
        }
    }
}

/// The kind of a setting, from its word in the file.
fn wants(kind: &str) -> Wants {
    if let Some(words) = kind.strip_prefix("word:") {
        return Wants::Word(words.split('|').map(str::to_string).collect());
    }
    match kind {
        "duration" => Wants::Number(Measured::Duration),
        "law" => Wants::Number(Measured::Law),
        "count" => Wants::Number(Measured::Count),
        "ratio" => Wants::Number(Measured::Ratio),
        "size" => Wants::Number(Measured::Size),
        "rate" => Wants::Number(Measured::Rate),
        "amount" => Wants::Number(Measured::Amount),
        "capacity" => Wants::Number(Measured::Capacity),
        "any" => Wants::Number(Measured::Anything),
        "bool" => Wants::Bool,
        "stage" => Wants::Stage,
        "op" => Wants::Op,
        "measure" => Wants::Measure,
        "setting" => Wants::Setting,
        "key" => Wants::Parameter(Taken::Key),
        "component" => Wants::Parameter(Taken::Component),
        "range" => Wants::Parameter(Taken::Range),
        "steps" => Wants::Parameter(Taken::Steps),
        "rules" => Wants::Parameter(Taken::Rules),
        "counts" => Wants::Parameter(Taken::Counts),
        "retry" => Wants::Retry,
        other => unreachable!("models/mechanisms.toml: no kind of setting is called {other:?}"),
    }
}

/// The unit of a measure: `rate` is the stage's own rate, `each` a rate of things.
pub fn unit_of_measure(word: &str, rate: Option<Unit>) -> Unit {
    match word {
        "count" | "ratio" => Unit::ONE,
        "rate" => rate.unwrap_or(Unit::Any),
        "amount" => rate.map_or(Unit::Any, |rate| rate.times(Unit::TIME)),
        "each" => Unit::RATE,
        "duration" => Unit::TIME,
        "size" => Unit::SIZE,
        "capacity" => Unit::ONE,
        _ => Unit::Any,
    }
}

/// Does it decide who comes in, or where to: a gate, or a set of members?
pub(crate) fn lets_in(mechanism: &str) -> bool {
    Registry::get().mechanism(mechanism).is_some_and(|known| matches!(known.class.as_str(), "gate" | "set"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mechanism_of_the_file_is_sound() {
        let registry = Registry::get();
        assert_eq!(registry.names().count(), 30);
        for name in registry.names() {
            let mechanism = registry.mechanism(name).unwrap();
            for key in mechanism.moving.iter().chain(&mechanism.limit) {
                assert!(mechanism.settings.contains_key(key), "{name} has no setting {key}");
            }
            let classes = ["gate", "server", "set", "store", "mover", "clock"];
            assert!(classes.contains(&mechanism.class.as_str()), "{name}: {}", mechanism.class);
        }
    }

    #[test]
    fn a_mechanism_says_what_it_needs() {
        let bucket = Registry::get().mechanism("bucket").unwrap();
        assert_eq!(bucket.settings["rate"], (Wants::Number(Measured::Rate), true));
        assert!(!bucket.settings["burst"].1);
    }
}
