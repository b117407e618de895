//! Ten mistakes in each design: what stands there, and what somebody writes instead.

/// A mistake.
pub struct Mistake {
    /// What it is, as a heading.
    pub name: &'static str,
    /// A piece of the good design.
    pub instead_of: &'static str,
    /// What stands there instead.
    pub writes: &'static str,
    /// Other mistakes of the file are told only after it is gone, or it only after them.
    pub hides: bool,
}

const fn mistake(name: &'static str, instead_of: &'static str, writes: &'static str) -> Mistake {
    Mistake { name, instead_of, writes, hides: false }
}

/// A mistake that keeps others from being seen.
const fn first(name: &'static str, instead_of: &'static str, writes: &'static str) -> Mistake {
    Mistake { name, instead_of, writes, hides: true }
}

/// Each design and its mistakes.
pub const DESIGNS: &[(&str, &[Mistake])] = &[
    ("city-rides", CITY_RIDES),
    ("group-chat", GROUP_CHAT),
    ("two-desks", TWO_DESKS),
    ("order-fanout", ORDER_FANOUT),
    ("big-sale", BIG_SALE),
    ("timelines", TIMELINES),
];

const CITY_RIDES: &[Mistake] = &[
    mistake("a duration without a unit", "warmup   = \"1m\"", "warmup   = 60"),
    mistake("a component mistyped", "\"cards.call\"", "\"card.call\""),
    mistake("a modifier mistyped", "{ run = \"near\", retries = 1", "{ run = \"near\", retires = 1"),
    mistake("a verb mistyped", "{ mark = \"told\" }", "{ marks = \"told\" }"),
    mistake("an attribute that the key has not", "rider.rides > patient", "rider.ride > patient"),
    mistake("a handler mistyped", "\"dispatch.wish\"", "\"dispatch.wishes\""),
    mistake("a routine mistyped", "{ run = \"wide\"", "{ run = \"wider\""),
    mistake("a fault mistyped", "what   = \"errors\"", "what   = \"error\""),
    first("a comma forgotten", "\"delay\", time = \"2ms\"", "\"delay\" time = \"2ms\""),
    first("a setting of a model mistyped", "workers = 16, room", "wokers = 16, room"),
];

const GROUP_CHAT: &[Mistake] = &[
    mistake("a rate without a time", "rate = \"300/s\"", "rate = \"300\""),
    mistake("a law that cannot be", "lognormal(6ms, p99=25ms)", "lognormal(6ms, p99=125ms)"),
    mistake("two verbs in a step", "{ send = \"presence\" }", "{ call = \"online\", send = \"presence\" }"),
    mistake("an attribute mistyped", "repeat = \"person.contacts\"", "repeat = \"person.contcats\""),
    mistake("a value mistyped", "group.members < few", "group.members < fewe"),
    mistake("another of no key", "another = \"person\", at_once = 50", "another = \"persons\", at_once = 50"),
    first("a model mistyped", "conns    = { model = \"server\"", "conns    = { model = \"sever\""),
    first("a word mistyped", "order = \"lifo\"", "order = \"liffo\""),
    first("curly quotes", "\"Group chat: who hears of it\"", "“Group chat: who hears of it”"),
    first("an expectation of a mark mistyped", "say.delivered.share", "say.deliverd.share"),
];

const TWO_DESKS: &[Mistake] = &[
    mistake("a window mistyped", "\"< 500ms in normal\"", "\"< 500ms in norml\""),
    mistake("a backoff mistyped", "\"fixed(50ms)\"", "\"fix(50ms)\""),
    mistake("a share without its sign", "errors = \"50%\"", "errors = 50"),
    mistake("a cause of another language", "\"timed_out\"", "\"timeout\""),
    mistake("steps that are no list", "undo = [\"prices\"]", "undo = \"prices\""),
    first("a change of a setting that is not there", "standby.workers = 16", "standby.worker = 16"),
    mistake("a number as a text", "priority = 2", "priority = \"2\""),
    mistake("a phase after the end", "\"13m..20m\"", "\"13m..30m\""),
    mistake("a target mistyped", "target = \"first\"", "target = \"frist\""),
    mistake("a moment without a unit", "at     = \"8m\"", "at     = 8"),
];

const ORDER_FANOUT: &[Mistake] = &[
    mistake("a size without a unit", "\"reserve\", size = \"1KB\"", "\"reserve\", size = 1024"),
    mistake("bytes where things are counted", "count = \"100k\"", "count = \"100KB\""),
    mistake("a flag as a text", "fresh = true", "fresh = \"true\""),
    first("a share without quotes", "refused = \"0.5%\"", "refused = 0.5%"),
    mistake("a flow mistyped", "flow    = \"place\"", "flow    = \"palce\""),
    mistake("a flow that ticks mistyped", "{ sweep = \"5m\" }", "{ sweeep = \"5m\" }"),
    mistake("a section mistyped", "[faults.gateway]", "[fault.gateway]"),
    mistake("a mark mistyped", "paid.p95", "payd.p95"),
    mistake("a percentile with a point", "p99 = \"500ms\"", "p99.9 = \"500ms\""),
    mistake("a word of another tool", "else = [\n    { mark", "fallback = [\n    { mark"),
];

const BIG_SALE: &[Mistake] = &[
    mistake("a time of a law without a unit", "think   = \"exp(12s)\"", "think   = \"exp(12)\""),
    mistake("a flow of a mix mistyped", "checkout = 0.03", "chekout = 0.03"),
    mistake("a chance mistyped", "chance = \"miss\"", "chance = \"mis\""),
    mistake(
        "a model of a part that is not there",
        "catalog  = { like = \"sessions\" }",
        "catalog  = { like = \"session\" }",
    ),
    first("a number with a word", "cores   = 16", "cores   = \"16 cores\""),
    mistake("a front mistyped", "\"balancer\"]", "\"balanser\"]"),
    mistake("a seed as a text", "seed     = 1129", "seed     = \"1129\""),
    mistake("a mode mistyped", "warmup   = \"30s\"", "warmup   = \"30s\"\nmode     = \"exakt\""),
    first("double brackets", "[flows.cart]", "[[flows.cart]]"),
    mistake("a claim of a flow mistyped", "browse.p50 ", "brwose.p50 "),
];

const TIMELINES: &[Mistake] = &[
    mistake("a parameter of a law mistyped", "shape=1.3", "shap=1.3"),
    mistake("a pattern half said", "mmpp(200/s for 40s, 400/s for 40s)", "mmpp(200/s for 40s, 400/s)"),
    mistake("one front that is no list", "through = [\"api\"]", "through = \"api\""),
    mistake("an attribute of another key", "repeat = \"reader.famous\"", "repeat = \"author.famous\""),
    mistake("a word mistyped", "at_once = \"all\"", "at_once = \"al\""),
    mistake("a number in letters", "pack = 10", "pack = \"10\""),
    mistake("a modifier mistyped", "patience = \"500ms\"", "patiense = \"500ms\""),
    mistake("a handler of nobody", "[handlers.home]", "[handlers.hone]"),
    mistake("a verb of another language", "{ wait = \"exp(30s)\" }", "{ sleep = \"exp(30s)\" }"),
    mistake("something to tune mistyped", "limit         = [", "limits        = ["),
];
