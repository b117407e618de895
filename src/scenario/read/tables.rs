//! What a table of keys is: the one source of the reader's checks, of "did you mean", of the schema and of `include`.

/// One key of a construct.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    /// As it is written.
    pub(crate) name: &'static str,
    /// What stands behind it.
    pub(crate) kind: Kind,
    /// Verbs or kinds with which it may stand; empty: with all.
    pub(crate) of: &'static [&'static str],
    /// One line for people.
    pub(crate) doc: &'static str,
}

/// A table with known keys.
#[derive(Debug)]
pub(crate) struct Construct {
    /// In a sentence: "a flow".
    pub(crate) what: &'static str,
    /// Its keys, in the order in which they are shown.
    pub(crate) keys: &'static [Key],
    /// Further keys, which other constructs have too.
    pub(crate) shared: &'static [Key],
    /// What may stand under any other name; none: nothing.
    pub(crate) rest: Option<Kind>,
}

/// Namespaces. What is defined in one is referred to by the same word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Space {
    /// A part.
    Component,
    /// A part, and an operation if one is named: `web.browse`.
    Target,
    /// A flow.
    Flow,
    /// A routine.
    Routine,
    /// An entry of `[keys]`.
    Key,
    /// A key, if one has this name: a model may mean something else by it.
    MaybeKey,
    /// `key.attribute`.
    Attribute,
    /// An entry of `[values]`.
    Value,
    /// A traffic.
    Traffic,
    /// A region of the scenario.
    Region,
    /// A range of time.
    Phase,
    /// An alarm.
    Alarm,
    /// A runbook.
    Runbook,
    /// A change.
    Change,
    /// A fault.
    Fault,
    /// A claim.
    Claim,
    /// A place or a thing that can break.
    Place,
    /// A measure or a setting: its first word names something.
    Path,
    /// A file beside the one that names it.
    File,
}

/// Kinds of quantities (section 1 of the format).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantity {
    /// "250ms"
    Duration,
    /// "10m", or a law: a moment that is drawn
    Moment,
    /// 120000, "10k"
    Count,
    /// "578/s"
    Rate,
    /// 0.999, "99.9%"
    Ratio,
    /// "20m..30m"
    TimeRange,
    /// a law of time
    LawOfTime,
    /// a law of numbers
    LawOfNumber,
    /// a law of sizes
    LawOfSize,
    /// a rate that may change
    RateProfile,
    /// a count that may change
    CountProfile,
    /// "zipf(1.1)"
    Pick,
    /// "full-jitter(200ms, cap=5s)"
    Backoff,
    /// "poisson"
    Arrivals,
    /// "< 800ms in spike"
    Condition,
    /// "1/100"
    Sample,
    /// "p95" or a duration
    Hedge,
    /// a number with any unit
    Known,
}

/// What stands behind a key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// true or false.
    Flag,
    /// 0, 1, 2, ...
    Whole,
    /// One of these.
    Word(&'static [&'static str]),
    /// A text with a unit, or a number.
    Quantity(Quantity),
    /// The name of something.
    Name(Space),
    /// A number, a law, `key.attribute`, the name of a value, "records".
    Number,
    /// `key.attribute < number`.
    When,
    /// `path condition`, of an alarm.
    Watch,
    /// How many turns at once: a number or "all".
    AtOnce,
    /// A list of steps.
    Steps,
    /// A list of branches, each a step or a list of steps.
    Branches,
    /// A list of actions of a runbook.
    Actions,
    /// A list of these.
    List(&'static Kind),
    /// One, or a list of several.
    OneOrMore(&'static Kind),
    /// A table with known keys.
    Table(&'static Construct),
    /// `NAME = ...`, where the name comes to be.
    Defines(Space, &'static Kind),
    /// `NAME = ...`, where the name is nobody else's business.
    Named(&'static Kind),
    /// `NAME = ...`, where the name must exist.
    Each(Space, &'static Kind),
    /// Dotted `path = ...`, where the first word of a path names something.
    Paths(&'static Kind),
    /// Dotted `path = ...`, where it is a word of its own.
    Dotted(&'static Kind),
    /// `[handlers.PART]` and `[handlers.PART.OPERATION]`.
    Handlers,
    /// A list of tables `[[known]]`.
    KnownList,
    /// By what is written: the first that fits.
    Either(&'static [Kind]),
    /// The model or the engine looks at it.
    Any,
}

impl Construct {
    /// All keys, in the order in which they are shown.
    pub(crate) fn all(&self) -> impl Iterator<Item = &'static Key> + use<> {
        self.keys.iter().chain(self.shared)
    }

    /// The key of this name.
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.all().find(|key| key.name == name)
    }
}

/// A key of a construct, written short.
pub(crate) const fn key(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, of: &[], doc }
}

/// A key that stands only with some verbs or kinds.
pub(crate) const fn key_of(of: &'static [&'static str], name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, of, doc }
}
