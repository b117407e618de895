//! The keys of what happens meanwhile and of what must hold: alarms, runbooks, changes, faults, month, claims, known.

use super::tables::Kind::*;
use super::tables::{Construct, Key, Quantity as Q, Space, key, key_of};
use super::tables_parts::{CONDITIONS, DURATION, LAW_OF_TIME, RATIO};

/// `until = { of = "web.wait.mean", within = "5%", at_most = "10d" }`.
pub(crate) static UNTIL: Construct = Construct {
    what: "an `until`",
    keys: &[
        key("of", Name(Space::Path), "The measure that must be known."),
        key("within", RATIO, "Half the width of its interval, as a share of it."),
        key("at_most", DURATION, "The longest run."),
    ],
    shared: &[],
    rest: None,
};

/// `[alarms.NAME]`.
pub(crate) static ALARM: Construct = Construct {
    what: "an alarm",
    keys: &[
        key("when", Watch, "Path and condition: \"db.connections < 1\"."),
        key(
            "statistic",
            Word(&["mean", "min", "max", "sum", "p50", "p90", "p95", "p99"]),
            "What of a period counts; mean unless written.",
        ),
        key("average", DURATION, "Length of a period; 60s unless written."),
        key("periods", Whole, "So many in a row; 1 unless written."),
        key("of", Whole, "So many periods are looked at: `periods` of these."),
        key(
            "missing",
            Word(&["ignore", "ok", "breaching"]),
            "What a period without values means; ignore unless written.",
        ),
        key("then", Name(Space::Runbook), "The runbook that is started."),
    ],
    shared: &[],
    rest: None,
};

/// `[runbooks.NAME]`.
pub(crate) static RUNBOOK: Construct = Construct {
    what: "a runbook",
    keys: &[
        key("runs_in", Name(Space::Region), "The region that it needs."),
        key("timeout", DURATION, "Its limit."),
        key("steps", Actions, "Actions in order."),
    ],
    shared: &[],
    rest: None,
};

/// What an action does: exactly one of these.
pub(crate) const ACTIONS: &[&str] =
    &["set", "promote", "restore", "point", "drain", "replay", "flush", "deploy", "ask", "notify", "wait", "parallel"];

/// What may take time of its own, and fail.
const CAN_FAIL: &[&str] = &["set", "promote", "restore", "point", "drain", "replay", "flush"];

const ACTION_KEYS: &[Key] = &[
    key_of(&["set"], "set", Paths(&Any), "Changes settings: `{ web.fleet = \"8..24\" }`."),
    key_of(&["set"], "in", Name(Space::Region), "Only in this region."),
    key_of(&["promote"], "promote", Name(Space::Component), "Makes a copy the one that is written."),
    key_of(&["restore"], "restore", Name(Space::Component), "Brings data back."),
    key_of(&["restore"], "from", Text, "From where: \"backup\"."),
    key_of(&["point"], "point", Name(Space::Component), "Moves users; lifetimes run out client by client."),
    key_of(&["promote", "point", "replay"], "to", Name(Space::Place), "Where to."),
    key_of(&["drain"], "drain", Name(Space::Place), "Moves users away from here."),
    key_of(&["replay"], "replay", Name(Space::Component), "Sends what lies in a queue again."),
    key_of(&["replay"], "rate", Quantity(Q::Rate), "How fast."),
    key_of(&["flush"], "flush", Name(Space::Component), "Empties a cache."),
    key_of(&["deploy"], "deploy", Name(Space::Component), "Brings a new version."),
    key_of(&["deploy"], "version", Table(&VERSION), "What is different in it."),
    key_of(&["deploy"], "shift", Text, "How traffic moves: \"canary(10%, 5m)\", \"all-at-once\", \"rolling(25%)\" ..."),
    key_of(&["deploy"], "rollback_on", OneOrMore(&Name(Space::Alarm)), "The alarm that takes it back."),
    key_of(&["deploy"], "before", DURATION, "How long the hook before it takes."),
    key_of(&["deploy"], "after", DURATION, "How long the hook after it takes."),
    key_of(&["ask"], "ask", Name(Space::Component), "Waits for a person's answer."),
    key_of(&["notify"], "notify", Name(Space::Component), "Tells somebody, and does not wait."),
    key_of(&["wait"], "wait", LAW_OF_TIME, "Waits."),
    key_of(CAN_FAIL, "takes", LAW_OF_TIME, "How long it takes before it is done."),
    key_of(CAN_FAIL, "fail", RATIO, "Chance that it fails, and the runbook with it."),
    key_of(&["parallel"], "parallel", Actions, "Actions at once."),
    key("finish", Flag, "false: goes on without waiting for the end of the action."),
];

/// An action of a runbook.
pub(crate) static ACTION: Construct = Construct { what: "an action", keys: ACTION_KEYS, shared: &[], rest: None };

/// `version = { fail = "8%", work = "x1.5" }`: own values of what is deployed.
pub(crate) static VERSION: Construct = Construct {
    what: "a version",
    keys: &[
        key("fail", Any, "Share of its runs that break."),
        key("work", Any, "Its processor time, or \"x1.5\" of what was there."),
    ],
    shared: &[],
    rest: Some(Any),
};

/// `[changes.NAME]`: a moment, and an action or a list of them.
pub(crate) static CHANGE: Construct = Construct {
    what: "a change",
    keys: &[key("at", DURATION, "When."), key("steps", Actions, "Several actions, in order.")],
    shared: ACTION_KEYS,
    rest: None,
};

/// What breaks, and at what it is aimed.
pub(crate) const PLACE_FAULTS: &[&str] =
    &["zone-outage", "region-outage", "partition", "packet-loss", "distance", "dns-stuck"];
/// Kinds that are aimed at a part.
pub(crate) const PART_FAULTS: &[&str] = &[
    "outage",
    "stop",
    "slow",
    "errors",
    "throttle",
    "instance-loss",
    "spot-reclaim",
    "node-loss",
    "primary-loss",
    "cold",
    "disk-full",
    "connection-leak",
    "credentials-expired",
    "replication-stall",
    "disconnect",
    "quota-cut",
    "metric-missing",
];
/// Kinds that are aimed at data.
pub(crate) const DATA_FAULTS: &[&str] = &["hot-key", "poison", "duplicates", "expire", "flush"];

const SHARED_BY: &[&str] =
    &["packet-loss", "errors", "instance-loss", "spot-reclaim", "disconnect", "hot-key", "duplicates"];

/// `[faults.NAME]`.
pub(crate) static FAULT: Construct = Construct {
    what: "a fault",
    keys: &[
        key("what", OneOrMore(&Text), "What breaks, one kind or several: \"outage\", \"zone-outage\", \"hot-key\" ..."),
        key("target", OneOrMore(&Name(Space::Place)), "At what it is aimed: a zone, a region, a part, a key."),
        key("at", Quantity(Q::Moment), "When: a time, or a law."),
        key("every", LAW_OF_TIME, "Again and again, after this much time in order."),
        key("for", LAW_OF_TIME, "For how long; for good unless written."),
        key("slo", Dotted(&CONDITIONS), "How fast it must be over: `{ rto = \"15m\", rpo = \"5m\" }`."),
        key("alone", Flag, "true: it has a run of its own."),
        key(
            "crew",
            Name(Space::Component),
            "Who repairs: `for` is worked by one of them, and what they cannot do yet waits.",
        ),
        key_of(SHARED_BY, "share", RATIO, "How much of it."),
        key_of(&["distance"], "add", LAW_OF_TIME, "Added to every way."),
        key_of(&["slow"], "factor", Quantity(Q::Ratio), "So many times slower."),
        key_of(&["throttle", "quota-cut"], "limit", Any, "What is left."),
        key_of(&["instance-loss", "poison"], "count", Quantity(Q::Count), "So many."),
        key_of(&["connection-leak"], "rate", Quantity(Q::Rate), "So many connections a second."),
        key_of(&["expire"], "keys", Quantity(Q::Count), "So many keys, the hottest first."),
    ],
    shared: &[],
    rest: None,
};

/// An entry of `[month]` that is simulated again.
pub(crate) static MONTH: Construct = Construct {
    what: "a kind of hours",
    keys: &[
        key("hours", Quantity(Q::Count), "How many hours of the month."),
        key("times", Quantity(Q::Count), "How often in the month, instead of `hours`."),
        key("like", Text, "A phase, or \"run\"."),
        key("load", RATIO, "Share of all traffic; 1 unless written."),
    ],
    shared: &[],
    rest: None,
};

/// `[claims.NAME]`.
pub(crate) static CLAIM: Construct = Construct {
    what: "a claim",
    keys: &[
        key("says", Text, "The document's words."),
        key("where", Text, "The line."),
        key("expect", Paths(&CONDITIONS), "What that means: path = condition."),
    ],
    shared: &[],
    rest: None,
};

/// `path = { value, .. }` in `[[known]]`.
pub(crate) static KNOWN_NUMBER: Construct = Construct {
    what: "a known number",
    keys: &[
        key("value", Quantity(Q::Known), "The number."),
        key("name", Text, "The metric's own name; the path unless written."),
        key("sigma", Quantity(Q::Known), "Deviation of one observation."),
        key("n_ref", Quantity(Q::Count), "Number of observations of the reference."),
        key("ref_err", Quantity(Q::Known), "How wrong the reference may be."),
        key("abs_tol", Quantity(Q::Known), "Absolute tolerance instead."),
        key("by", Word(&["estimate", "run"]), "Who must answer; a run unless written."),
        key("in", Name(Space::Phase), "Looked at in this phase."),
        key("n", Name(Space::Path), "What is counted as an observation."),
    ],
    shared: &[],
    rest: None,
};
