//! Conservation: whatever breaks, and wherever, the books of requests, work, attempts and messages balance.
//!
//! Each kind of fault is aimed at each kind of part that bears it: once, for a while, again and again, for good. A run whose
//! books do not balance is an error of its own.

use std::collections::{BTreeMap, BTreeSet};

use archsim::experiment::{Ask, Scenario, Trouble};
use archsim::outcome::Outcome;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;

/// Kinds of parts: their components and handlers, the steps of the flow, the front.
const PARTS: [(&str, &str, &str, &str); 19] = [
    ("line", "part = { model = \"server\", workers = 2, time = \"exp(80ms)\", room = 20 }", "\"part\"", ""),
    ("shared", "part = { model = \"server\", order = \"shared\", time = \"exp(40ms)\" }", "\"part\"", ""),
    (
        "machine",
        "part = { model = \"server\", cores = 2, threads = 4, pool = { db = 2 } }\ndb = { model = \"server\", workers = 3 }\n\
         [handlers.part]\nwork = \"exp(30ms)\"\nsteps = [{ call = \"db\", work = \"exp(20ms)\" }]",
        "\"part\"",
        "",
    ),
    (
        "fleet",
        "part = { model = \"server\", fleet = \"2..6\", boot = \"700ms\", drain = \"200ms\", notice = \"300ms\", \
         scale = { by = \"cpu\", period = \"1s\" } }\n[handlers.part]\nwork = \"exp(80ms)\"",
        "\"part\"",
        "",
    ),
    (
        "watched fleet",
        "part = { model = \"server\", key = \"user\", sticky = true, fleet = \"3..3\", boot = \"700ms\", across = false, zones = 2, \
         health = { every = \"200ms\", threshold = 2, answers = 2, patience = \"300ms\", open = true } }\n\
         [handlers.part]\nwork = \"exp(120ms)\"",
        "\"part\"",
        "",
    ),
    (
        "pool",
        "part = { model = \"functions\", start = \"exp(200ms)\", most = 8 }\n[handlers.part]\nwork = \"exp(80ms)\"",
        "\"part\"",
        "",
    ),
    ("loop", "part = { model = \"event-loop\", time = \"5ms\" }", "\"part\"", ""),
    ("connections", "part = { model = \"postgres\", time = \"exp(50ms)\", connections = 3 }", "\"part\"", ""),
    ("outside", "part = { model = \"external\", latency = \"exp(100ms)\", fail = \"5%\", limit = 5 }", "\"part\"", ""),
    ("table", "part = { model = \"table\", key = \"user\", partitions = 4, time = \"exp(60ms)\" }", "\"part.get\"", ""),
    (
        "cache",
        "part = { model = \"cache\", key = \"user\", entries = 30, coalesce = true }\ndb = { model = \"server\", workers = 5 }",
        "{ call = \"part.get\", miss = [{ call = \"db\", work = \"exp(40ms)\" }] }",
        "",
    ),
    (
        "bucket",
        "part = { model = \"token-bucket\", rate = \"15/s\", burst = 3, when_short = \"wait\", room = 4 }",
        "\"part.take\"",
        "",
    ),
    (
        "limiter",
        "part = { model = \"limiter\", algorithm = \"concurrency\", limit = 2 }",
        "{ wait = \"exp(100ms)\" }",
        "\"part\"",
    ),
    (
        "queue",
        "part = { model = \"queue\", visibility = \"400ms\", max_receives = 2, dead_letters = \"dead\" }\ndead = { model = \"queue\" }\n\
         pack = { model = \"server\", workers = 2 }\n[handlers.pack]\nfrom = \"part\"\nwork = \"exp(60ms)\"",
        "{ send = \"part\" }",
        "",
    ),
    (
        "topic",
        "part = { model = \"topic\", attempts = 2 }\none = { model = \"queue\", from = \"part\", visibility = \"1s\" }\n\
         pack = { model = \"server\" }\n[handlers.pack]\nfrom = \"one\"\nwork = \"exp(40ms)\"",
        "{ send = \"part\" }",
        "",
    ),
    (
        "log",
        "part = { model = \"log\", shards = 2, poll = \"200ms\", key = \"user\" }\nread = { model = \"server\" }\n\
         [handlers.read]\nfrom = \"part\"\nwork = \"exp(30ms)\"\nbatch = 5",
        "{ send = \"part\" }",
        "",
    ),
    (
        "store",
        "part = { model = \"store\", latency = \"exp(60ms)\", standbys = 1, lag = \"exp(100ms)\", detect = \"300ms\", promote = \"exp(500ms)\", joins = \"1s\", address = \"1s\", apply = \"5ms\" }",
        "\"part.write\"",
        "",
    ),
    ("group", "part = { model = \"group\", time = \"exp(60ms)\" }", "\"part\"", ""),
    (
        "far",
        "name = { model = \"dns\", ttl = \"1s\" }\nweb = { model = \"server\", workers = 4 }\n\
         part = { model = \"store\", writer = \"eu-north-1\", latency = \"exp(30ms)\", lag = \"exp(100ms)\", detect = \"300ms\", promote = \"exp(500ms)\" }\n\
         [handlers.web]\nwork = \"exp(40ms)\"\nsteps = [\"part.write\"]",
        "\"web\"",
        "\"name\"",
    ),
];

/// Kinds of faults: what they need besides, and what they aim at if not at the part.
const FAULTS: [(&str, &str, &str); 22] = [
    ("outage", "", "\"part\""),
    ("stop", "", "\"part\""),
    ("slow", "factor = 6", "\"part\""),
    ("errors", "share = 0.5", "\"part\""),
    ("throttle", "limit = \"5/s\"", "\"part\""),
    ("quota-cut", "limit = \"5/s\"", "\"part\""),
    ("instance-loss", "count = 2", "\"part\""),
    ("spot-reclaim", "share = \"60%\"", "\"part\""),
    ("metric-missing", "", "\"part\""),
    ("primary-loss", "", "\"part\""),
    ("replication-stall", "", "\"part\""),
    ("flush", "", "\"part\""),
    ("cold", "", "\"part\""),
    ("expire", "keys = 20", "\"part\""),
    ("hot-key", "share = \"60%\"", "\"user\""),
    ("poison", "count = 4", "\"part\""),
    ("duplicates", "share = \"50%\"", "\"part\""),
    ("zone-outage", "", "\"eu-north-1b\""),
    ("region-outage", "", "\"eu-north-1\""),
    ("partition", "", "[\"eu-north-1\", \"rest\"]"),
    ("packet-loss", "share = \"30%\"", "[\"eu-north-1\", \"eu-west-1\"]"),
    ("dns-stuck", "", "\"name\""),
];

/// Ways in which a fault comes.
const WAYS: [&str; 3] =
    ["at = \"2s\"\nfor = \"exp(1500ms)\"", "every = \"exp(1s)\"\nfor = \"exp(400ms)\"", "at = \"exp(3s)\""];

fn text(part: &(&str, &str, &str, &str), fault: &(&str, &str, &str), way: &str) -> String {
    let (name, components, step, front) = part;
    let (kind, more, target) = fault;
    let regions = match *name {
        "far" => "regions = [\"eu-north-1\", \"eu-west-1\"]",
        _ => "region = \"eu-north-1\"",
    };
    let step = match step.strip_prefix("{ call") {
        None if step.starts_with('"') => {
            format!("{{ call = {step}, timeout = \"400ms\", retries = 2, backoff = \"fixed(100ms)\" }}")
        }
        None => (*step).to_owned(),
        Some(rest) => format!("{{ call{} , timeout = \"400ms\", retries = 1 }}", rest.trim_end_matches('}')),
    };
    format!(
        "name = \"Books\"\n{regions}\nduration = \"6s\"\nwarmup = \"1s\"\n\n[traffic]\nask = {{ rate = \"20/s\" }}\n\n\
         [keys]\nuser = {{ count = 100 }}\n\n[components]\n{components}\n\n\
         [flows.ask]\nthrough = [{front}]\nsteps = [{step}]\nslo = {{ success = \"90%\" }}\n\n\
         [faults.trouble]\nwhat = \"{kind}\"\ntarget = {target}\n{more}\n{way}\n"
    )
}

fn loaded(text: &str) -> Result<Scenario, Trouble> {
    let files = MemoryFiles::new([("books.toml", text)]);
    Scenario::load(&files, "books.toml", &[], Options::default())
}

/// Requests are good, late, failed or not over.
fn balances(outcome: &Outcome) -> bool {
    let count = |path: &str| outcome.value(&format!("ask.{path}")).unwrap_or(0.0);
    count("requests") == count("ok") + count("late") + count("failed") + count("in_flight") && count("requests") > 50.0
}

#[test]
fn the_books_balance_whatever_breaks_and_wherever() {
    let (mut bears, mut kinds): (BTreeMap<&str, usize>, BTreeSet<&str>) = Default::default();
    for part in &PARTS {
        for fault in &FAULTS {
            for way in WAYS {
                let text = text(part, fault, way);
                let scenario = match loaded(&text) {
                    Ok(scenario) => scenario,
                    // Not every part bears every fault, and some have no end; nothing else may be wrong with the file.
                    Err(Trouble::File(says)) => {
                        let lines: Vec<&str> = text.lines().collect();
                        let begins = lines.iter().position(|line| *line == "[faults.trouble]").unwrap_or(0) + 1;
                        let at =
                            |line: &str| line.trim().strip_prefix("--> books.toml:")?.split(':').next()?.parse().ok();
                        let places: Vec<usize> = says.lines().filter_map(at).collect();
                        assert!(places.iter().any(|line| *line >= begins), "{} {}: {says}", part.0, fault.0);
                        continue;
                    }
                    Err(other) => panic!("{} {}: {other}", part.0, fault.0),
                };
                *bears.entry(part.0).or_default() += 1;
                kinds.insert(fault.0);
                for seed in 1..=2 {
                    let ask = Ask { seed: Some(seed), ..Ask::default() };
                    let outcome = scenario.ask(ask).unwrap_or_else(|why| panic!("{} {} {way}: {why}", part.0, fault.0));
                    assert!(balances(&outcome), "{} {} {way}: seed {seed}", part.0, fault.0);
                }
            }
        }
    }
    let unseen: Vec<&str> = FAULTS.iter().map(|fault| fault.0).filter(|kind| !kinds.contains(kind)).collect();
    assert!(unseen.is_empty(), "nothing bears {unseen:?}");
    for part in &PARTS {
        assert!(bears.get(part.0).copied().unwrap_or(0) >= 9, "{} bears {:?}", part.0, bears.get(part.0));
    }
}
