//! The keys of a step, and of what a caller does when things go wrong.

use super::tables::Kind::*;
use super::tables::{Construct, Key, Quantity as Q, Space, key, key_of};
use super::tables_parts::{DURATION, LAW_OF_TIME, RATIO};
use crate::scenario::policies;

/// The verbs, in the order in which they are listed for people.
pub(crate) const VERBS: &[&str] =
    &["call", "send", "run", "flow", "work", "wait", "repeat", "parallel", "choose", "mark", "fail"];

/// What a step without a verb is.
pub(crate) const GROUP: &str = "group";

/// What goes wrong with an attempt, for `retry_on`.
pub(crate) const CAUSES: &[&str] = &["broken", "gone", "throttled", "timed_out", "refused"];

const CALL: &[&str] = &["call"];
const CALL_SEND: &[&str] = &["call", "send"];
const REPEAT: &[&str] = &["repeat"];

/// What a caller does when things go wrong: the same words on a step, a traffic and a component's `client`.
pub(crate) static CLIENT_WORDS: &[Key] = &[
    key("timeout", DURATION, "Gives an attempt up after this."),
    key("retries", Whole, "Further attempts."),
    key(
        "retry_on",
        OneOrMore(&Word(CAUSES)),
        "Causes that are worth another attempt; all but `refused` unless written.",
    ),
    key("backoff", Quantity(Q::Backoff), "Pause before the next attempt."),
    key("retry_budget", Either(&[RATIO, Table(&RETRY_BUDGET)]), "At most this share of retries per first attempt."),
    key("withdraw", Flag, "Takes an abandoned attempt back."),
    key("deadline", Flag, "What is called knows when its caller will have gone, and does not begin after that."),
    key("hedge", Quantity(Q::Hedge), "A second copy after this long, or after this quantile: \"p95\"."),
    key("breaker", Table(&BREAKER), "Circuit breaker."),
    key("at_most", Whole, "So many at a time."),
    key(
        "policy",
        Word(policies::NAMES),
        "A policy by its name: retries, pauses, a bucket of tokens for them. What is written beside it wins.",
    ),
];

/// A step as a table.
pub(crate) static STEP: Construct = Construct {
    what: "a step",
    keys: &[
        key_of(CALL, "call", Name(Space::Target), "Asks a part and waits: `\"db.read\"`."),
        key_of(&["send"], "send", Name(Space::Target), "Hands over and waits for the receipt only."),
        key_of(&["run"], "run", Name(Space::Routine), "A routine, here."),
        key_of(&["flow"], "flow", Name(Space::Flow), "A whole flow, from the client's side."),
        key_of(&["work", "call"], "work", LAW_OF_TIME, "Processor time here; of a `call`: an unnamed handler's."),
        key_of(&["wait"], "wait", LAW_OF_TIME, "Time without processor."),
        key_of(REPEAT, "repeat", Number, "`steps` so many times: a number, a law, `key.attribute`, \"records\"."),
        key_of(&["parallel"], "parallel", Branches, "Branches at once."),
        key_of(&["choose"], "choose", Branches, "The first whose `chance` or `when` applies."),
        key_of(&["mark"], "mark", Text, "Names this moment."),
        key_of(&["fail"], "fail", Text, "Fails, with this reason."),
        key_of(&["group", "repeat", "call"], "steps", Steps, "What is done, in order."),
        key_of(REPEAT, "at_once", AtOnce, "So many turns at once, or \"all\"; 1 unless written."),
        key_of(REPEAT, "pack", Whole, "So many turns travel in one call; 1 unless written."),
        key_of(&["repeat", "parallel"], "need", Whole, "Enough when so many succeeded."),
        key_of(CALL, "miss", Steps, "When a cache says no; what comes back is filled in."),
        key_of(CALL, "fill", Flag, "false: what comes back is not filled in."),
        key_of(CALL, "refused", Number, "Share of answers that are \"no\"."),
        key_of(CALL_SEND, "key", Name(Space::Key), "Other than the component's own."),
        key_of(CALL_SEND, "size", Quantity(Q::LawOfSize), "Bytes asked."),
        key_of(CALL, "reply", Quantity(Q::LawOfSize), "Bytes answered."),
        key_of(CALL_SEND, "priority", Whole, "Low numbers first."),
        key_of(CALL_SEND, "region", Name(Space::Region), "The region that is asked."),
        key_of(CALL_SEND, "idempotent", Flag, "false: a second effect is a duplicate."),
        key_of(CALL, "patience", LAW_OF_TIME, "Gives up only while waiting for its turn."),
        key("chance", Number, "Done with this chance only."),
        key("when", When, "Done only if this holds: `author.followers < 10k`."),
        key("else", Steps, "Instead, when the step has failed for good; `[]` ignores the failure."),
        key("undo", Steps, "Undone if a later step of this list fails."),
        key("another", Name(Space::Key), "With another one of this key."),
        key("note", Text, "A comment that reports show."),
    ],
    shared: CLIENT_WORDS,
    rest: None,
};

/// `retry_budget = { ratio = "20%", burst = 10 }`.
pub(crate) static RETRY_BUDGET: Construct = Construct {
    what: "a retry budget",
    keys: &[
        key("ratio", RATIO, "Added per first attempt."),
        key("burst", Quantity(Q::Count), "Kept at most, and there at the start; 10 unless written."),
    ],
    shared: &[],
    rest: None,
};

/// `breaker = { errors = "50%", of = 20, rest = "30s" }`.
pub(crate) static BREAKER: Construct = Construct {
    what: "a circuit breaker",
    keys: &[
        key("errors", RATIO, "Opens when so many of the last attempts failed."),
        key("of", Whole, "How many attempts are looked at."),
        key("rest", DURATION, "How long it stays open; then one attempt is let through."),
    ],
    shared: &[],
    rest: None,
};
