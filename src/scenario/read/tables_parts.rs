//! The keys of the head and of what a scenario is made of: values, keys, traffic, components, handlers, flows.

use super::tables::Kind::{self, *};
use super::tables::{Construct, Quantity as Q, Space, key};
use super::tables_meanwhile::{ALARM, CHANGE, CLAIM, FAULT, MONTH, RUNBOOK, UNTIL};
use super::tables_steps::CLIENT_WORDS;

/// The whole file: the head, then the sections in the order in which files have them.
pub(crate) static SCENARIO: Construct = Construct {
    what: "a scenario",
    keys: &[
        key("name", Text, "What it is called."),
        key("summary", Text, "One sentence about it."),
        key("source", Text, "The document and lines that it models."),
        key("extends", Text, "The file beside this one, without `.toml`, over which this file goes."),
        key("include", Each(Space::File, &Text), "Pieces of other scenarios: prefix = file without `.toml`."),
        key("region", Text, "The region, where there is one."),
        key("regions", List(&Text), "Several regions; the first is home."),
        key("duration", DURATION, "How long users are watched: a story."),
        key("until", Table(&UNTIL), "Instead of a duration: run until one number is known."),
        key("warmup", DURATION, "Left out of all measures."),
        key("start", Text, "Calendar time of minute 0; Monday 00:00 unless written."),
        key("seed", Whole, "Seed of all random draws; 1 unless written."),
        key("replications", Whole, "How many runs with seeds of their own; 1 unless written."),
        key("mode", Word(&["exact", "grouped", "windows"]), "How exactly the run looks; exact unless written."),
        key("sample", Quantity(Q::Sample), "\"1/100\": every hundredth independent copy is simulated at full load."),
        key("prices", Text, "The price book; the newest of the provider unless written."),
        key("assumed", Paths(&Text), "What the document does not say: path = why this value."),
        key(
            "values",
            Defines(Space::Value, &Quantity(Q::Count)),
            "Named numbers for `when`, `repeat`, `chance` and `[tune]`.",
        ),
        key("phases", Defines(Space::Phase, &Quantity(Q::TimeRange)), "Ranges of time: NAME = \"20m..30m\"."),
        key("keys", Defines(Space::Key, &Table(&KEY)), "What requests are about."),
        key("traffic", Defines(Space::Traffic, &Table(&TRAFFIC)), "Who asks, and how often."),
        key("components", Defines(Space::Component, &Table(&COMPONENT)), "The parts."),
        key("handlers", Handlers, "What a part does when it is asked."),
        key("routines", Defines(Space::Routine, &Table(&ROUTINE)), "Code that several handlers share."),
        key("flows", Defines(Space::Flow, &Table(&FLOW)), "What a request does."),
        key("alarms", Defines(Space::Alarm, &Table(&ALARM)), "What is watched, and what then happens."),
        key("runbooks", Defines(Space::Runbook, &Table(&RUNBOOK)), "Actions in order."),
        key("changes", Defines(Space::Change, &Table(&CHANGE)), "What is changed on purpose, at a time."),
        key("faults", Defines(Space::Fault, &Table(&FAULT)), "What breaks."),
        key("month", Named(&Either(&[DURATION, Table(&MONTH)])), "How minutes make a month of 730 hours."),
        key("quotas", Dotted(&Any), "Limits that were raised: path = value."),
        key("network", Dotted(&DURATION), "Distances: `us-east-1.us-west-2 = \"62ms\"`."),
        key("expect", Paths(&CONDITIONS), "What must hold: path = condition."),
        key("tune", Paths(&Any), "What may be turned: path = range or list."),
        key("claims", Defines(Space::Claim, &Table(&CLAIM)), "What a document says; reported, never enforced."),
        key("known", KnownList, "Mathematics or measurement that a run must agree with."),
    ],
    shared: &[],
    rest: None,
};

pub(crate) const DURATION: Kind = Quantity(Q::Duration);
pub(crate) const RATIO: Kind = Quantity(Q::Ratio);
pub(crate) const LAW_OF_TIME: Kind = Quantity(Q::LawOfTime);
pub(crate) const CONDITIONS: Kind = OneOrMore(&Quantity(Q::Condition));
const WORK_DOC: &str = "Processor time of one run, a law: \"lognormal(12ms, p99=60ms)\".";

/// An entry of `[keys]`.
pub(crate) static KEY: Construct = Construct {
    what: "a key",
    keys: &[
        key("count", Quantity(Q::Count), "How many there are."),
        key("pick", Quantity(Q::Pick), "Which one a request is about; \"uniform\" unless written."),
        key("of", Name(Space::Key), "Belongs to one of another key, for ever."),
        key("fresh", Flag, "Every request makes a new one."),
        key("roams", RATIO, "Share that is used from several regions."),
    ],
    shared: &[],
    rest: Some(Quantity(Q::LawOfNumber)),
};

/// `[traffic.NAME]`.
pub(crate) static TRAFFIC: Construct = Construct {
    what: "a traffic",
    keys: &[
        key("rate", Quantity(Q::RateProfile), "Requests per time, whoever waits; may change with time."),
        key("arrivals", Quantity(Q::Arrivals), "How open arrivals come; \"poisson\" unless written."),
        key("users", Quantity(Q::CountProfile), "Users who wait for answers; may change with time."),
        key("think", LAW_OF_TIME, "How long a user thinks between two requests."),
        key("every", Each(Space::Flow, &LAW_OF_TIME), "Things that tick: FLOW = period."),
        key("connect", Table(&CONNECT), "Open connections."),
        key("trace", Name(Space::File), "A file with the columns time, flow, key."),
        key("flow", Name(Space::Flow), "The flow that is started; the one of the same name unless written."),
        key("mix", Each(Space::Flow, &Quantity(Q::Ratio)), "Flows by weight: FLOW = weight."),
        key("journey", Steps, "What a user does, in order; then the next user begins."),
        key("key", Name(Space::Key), "Each user is one of these."),
        key("near", Each(Space::Region, &RATIO), "Region that users are close to: REGION = share."),
        key("access", LAW_OF_TIME, "Time of the last mile, there and back."),
    ],
    shared: CLIENT_WORDS,
    rest: None,
};

/// `connect = { .. }` of a traffic.
pub(crate) static CONNECT: Construct = Construct {
    what: "a connection",
    keys: &[
        key("to", Name(Space::Component), "The component that holds the connection."),
        key("for", LAW_OF_TIME, "How long one stays open."),
        key("opens", Name(Space::Flow), "The flow on opening."),
        key("closes", Name(Space::Flow), "The flow on closing."),
        key("again", Quantity(Q::Backoff), "Pause before connecting again."),
    ],
    shared: &[],
    rest: None,
};

/// An entry of `[components]`: the keys of every component; all others are the model's.
pub(crate) static COMPONENT: Construct = Construct {
    what: "a component",
    keys: &[
        key("model", Text, "`provider/service`, or a plain mechanism: `server`, `cache`, `queue` ..."),
        key("like", Name(Space::Component), "Takes model and parameters of another component; own keys win."),
        key("on", Name(Space::Component), "Lives on another component."),
        key("from", Name(Space::Component), "Takes from another: a queue from a topic."),
        key("filter", RATIO, "Share of what it takes from; all of it unless written."),
        key("key", Name(Space::Key), "What it is partitioned by."),
        key("client", Table(&CLIENT), "How everybody calls it unless the step says otherwise."),
        key("region", Name(Space::Region), "The region in which it is; all of the scenario's unless written."),
        key("regions", List(&Name(Space::Region)), "The regions in which it is."),
        key("writer", Name(Space::Region), "The region in which it is written; \"any\": everywhere."),
        key(
            "in",
            Each(Space::Region, &Table(&ANYTHING)),
            "Other settings in one region: `in.us-west-2 = { fleet = \"2..24\" }`.",
        ),
        key("facts", Table(&ANYTHING), "Overrides what the provider fixes; marked in every report."),
        key("zones", Whole, "In how many zones it is; 3 unless written."),
        key("account", Text, "Whose quotas it uses."),
        key("dead_letters", Name(Space::Component), "Where messages go that nobody could work on."),
        key("group", Name(Space::MaybeKey), "What keeps messages of one kind in order."),
        key(
            "pool",
            Either(&[Quantity(Q::Count), Each(Space::Component, &Quantity(Q::Count))]),
            "Connections: COMPONENT = so many per instance.",
        ),
    ],
    shared: &[],
    rest: Some(Any),
};

/// Settings of a model, which only the model knows.
pub(crate) static ANYTHING: Construct = Construct { what: "settings", keys: &[], shared: &[], rest: Some(Any) };

/// `client = { .. }` of a component.
pub(crate) static CLIENT: Construct = Construct { what: "a client", keys: &[], shared: CLIENT_WORDS, rest: None };

/// `[handlers.PART]`, `[handlers.PART.OPERATION]`.
pub(crate) static HANDLER: Construct = Construct {
    what: "a handler",
    keys: &[
        key("from", Name(Space::Component), "The queue, stream, bucket or bus that starts it."),
        key("batch", Quantity(Q::Count), "How many it takes at once, at most."),
        key("window", DURATION, "How long it waits for a batch to fill."),
        key("filter", RATIO, "Share of the things that it takes."),
        key("pollers", Any, "How many take from one shard."),
        key("partial", Flag, "Only the things that failed come back, not the whole batch."),
        key("retries", Whole, "How often a batch of a log is tried again."),
        key("every", LAW_OF_TIME, "Started by the clock: this long between two runs."),
        key("at", Text, "Started by the clock: at this time of day, \"02:00\"."),
        key("work", LAW_OF_TIME, WORK_DOC),
        key("fail", RATIO, "Share of runs that break by themselves."),
        key("timeout", DURATION, "The part's own limit."),
        key("steps", Steps, "What it then does."),
    ],
    shared: &[],
    rest: None,
};

/// `[routines.NAME]`.
pub(crate) static ROUTINE: Construct = Construct {
    what: "a routine",
    keys: &[key("work", LAW_OF_TIME, WORK_DOC), key("steps", Steps, "What it then does.")],
    shared: &[],
    rest: None,
};

/// `[flows.NAME]`.
pub(crate) static FLOW: Construct = Construct {
    what: "a flow",
    keys: &[
        key("through", List(&Name(Space::Component)), "The fronts, outside in."),
        key("cache", Table(&FLOW_CACHE), "Fronts may keep the answer."),
        key("size", Quantity(Q::LawOfSize), "Bytes of the question."),
        key("reply", Quantity(Q::LawOfSize), "Bytes of the answer."),
        key("steps", Steps, "What is then asked."),
        key("slo", Dotted(&CONDITIONS), "What good means: `{ p99 = \"800ms\", success = \"99.9%\" }`."),
    ],
    shared: &[],
    rest: None,
};

/// `cache = { for = "1h", key = "product" }` of a flow.
pub(crate) static FLOW_CACHE: Construct = Construct {
    what: "a cache rule",
    keys: &[
        key("for", DURATION, "How long fronts may keep the answer."),
        key("key", Name(Space::Key), "Each of these has an answer of its own."),
    ],
    shared: &[],
    rest: None,
};
