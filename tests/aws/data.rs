//! Stores: turns of one thread, connections to a cluster, tables that grow.

use super::{in_window, near, run, value};

/// Twice what a shard may do, and so on: commands a second to so many shards, for a second.
fn redis(rate: &str, shards: u32, pick: &str) -> archsim::outcome::Outcome {
    run(
        "1s",
        &format!(
            r#"
[keys]
thing = {{ count = 1000, pick = "{pick}" }}
[traffic]
look = {{ rate = "{rate}" }}
[components]
redis = {{ model = "aws/elasticache-redis", shards = {shards} }}
kept  = {{ model = "cache", on = "redis", key = "thing", time = "0s" }}
[flows.look]
steps = [{{ call = "kept.get", miss = [] }}]
"#
        ),
    )
}

#[test]
fn a_shard_answers_a_hundred_and_fifty_thousand_a_second_and_not_twice_that() {
    let calm = redis("50000/s", 1, "uniform");
    assert!(value(&calm, "look.p99") < 0.003, "{}", value(&calm, "look.p99"));
    // 20 us between two commands: a turn of 40 us that two or three of them share.
    assert!(value(&calm, "redis.wait.p99") < 0.0005, "{}", value(&calm, "redis.wait.p99"));
    // Above 1 / 6.5 us = 154,000 a second the backlog grows by what is beyond it. What is in hand at the end, a turn that
    // grows with it, is not answered yet.
    let over = redis("300000/s", 1, "uniform");
    let done = value(&over, "redis.books.done");
    assert!((100_000.0..=154_000.0).contains(&done), "{done}");
    assert!(value(&over, "redis.busy") > 0.99, "{}", value(&over, "redis.busy"));
}

#[test]
fn a_hot_key_fills_one_shard() {
    let even = redis("100000/s", 4, "uniform");
    let hot = redis("100000/s", 4, "hot(1, 50%)");
    let hottest = |outcome: &archsim::outcome::Outcome| value(outcome, "redis.hottest");
    assert!(hottest(&even) < 0.35, "{}", hottest(&even));
    assert!(hottest(&hot) > 0.55, "{}", hottest(&hot));
}

#[test]
fn caches_on_one_store_share_its_thread_and_not_their_keys() {
    let outcome = run(
        "10s",
        r#"
[keys]
thing = { count = 1 }
[traffic]
look = { rate = "100/s", arrivals = "even" }
[components]
redis = { model = "aws/elasticache-redis" }
one   = { model = "cache", on = "redis", key = "thing" }
other = { model = "cache", on = "redis", key = "thing" }
[flows.look]
steps = [{ call = "one.get", miss = [] }, { call = "other.get", miss = [], fill = false }]
"#,
    );
    assert_eq!(value(&outcome, "redis.books.came_in"), 2000.0);
    assert!(value(&outcome, "one.hits") >= 990.0);
    assert_eq!(value(&outcome, "other.hits"), 0.0);
}

#[test]
fn aurora_refuses_the_connection_after_the_last() {
    // A hundred writes a second of a tenth of a second each: ten at a time. Eight connections refuse Erlang's share.
    let asked = |connections: u32| {
        let text = format!(
            "[traffic]\nask = {{ rate = \"100/s\" }}\n\
             [components]\ndb = {{ model = \"aws/aurora\", instance = \"db.r5.4xlarge\", connections = {connections}, write_work = \"0s\", facts = {{ commit_time = \"100ms\", way_time = \"0s\" }} }}\n[flows.ask]\nsteps = [\"db.write\"]\n"
        );
        run("100s", &text)
    };
    assert_eq!(value(&asked(60), "ask.success"), 1.0);
    // B(8, 10) = 0.3383 (Erlang); 10,000 calls.
    near(&asked(8), "ask.success", 1.0 - 0.3383, 0.03);
    assert_eq!(value(&asked(8), "db.present.max"), 8.0, "who is refused was never inside");
}

#[test]
fn an_aurora_writer_is_as_busy_as_its_statements_make_it() {
    let outcome = run(
        "60s",
        r#"
[traffic]
read  = { rate = "1000/s" }
write = { rate = "500/s" }
[components]
db = { model = "aws/aurora", instance = "db.r5.large" }
[flows]
read  = { steps = ["db.read"] }
write = { steps = ["db.write"] }
"#,
    );
    // 500 writes of 1.2 ms and 1,000 reads of 0.4 ms on two processors.
    near(&outcome, "db.busy", (500.0 * 0.0012 + 1000.0 * 0.0004) / 2.0, 0.012);
    // Four requests of storage for a write, one for a read in a hundred.
    let writes = value(&outcome, "db.usage.io_write");
    assert_eq!(writes, 4.0 * value(&outcome, "write.requests"));
    assert!((value(&outcome, "db.usage.io_read") - 0.01 * value(&outcome, "read.requests")).abs() < 1e-6);
}

#[test]
fn aurora_readers_share_what_is_read() {
    let outcome = run(
        "60s",
        r#"
[traffic]
read = { rate = "2000/s" }
[components]
replicas = { model = "aws/aurora-readers", instance = "db.r5.2xlarge", fleet = "3..3" }
[flows]
read = { steps = ["replicas.read"] }
"#,
    );
    near(&outcome, "replicas.busy", 2000.0 * 0.0004 / 24.0, 0.001);
    near(&outcome, "replicas.usage.instance", 3.0 / 60.0, 1e-9);
}

#[test]
fn serverless_capacity_follows_its_load_faster_when_bigger() {
    let flown = |rate: &str, duration: &str| {
        let text = format!(
            "[traffic]\nwrite = {{ rate = {rate} }}\n\
             [components]\ndb = {{ model = \"aws/aurora-serverless\", vcpus = \"1..16\", write_work = \"4ms\" }}\n\
             [flows.write]\nsteps = [\"db.write\"]\n"
        );
        run(duration, &text)
    };
    // Three tenths of one processor are no reason to grow, and four units an hour are billed.
    let small = flown("\"75/s\"", "5m");
    assert_eq!(value(&small, "db.fleet.max"), 1.0);
    near(&small, "db.usage.capacity", 4.0 / 12.0, 1e-9);
    // Ten times as much wants 3 / 0.7 processors; while it waits it asks for more than that, and gives some back.
    let jump = "[[\"0m\", \"75/s\"], [\"1m\", \"75/s\"], [\"1m\", \"750/s\"], [\"10m\", \"750/s\"], [\"10m\", \"75/s\"], [\"20m\", \"75/s\"]]";
    let big = flown(jump, "20m");
    assert!((5.0..=16.0).contains(&value(&big, "db.fleet.max")), "{}", value(&big, "db.fleet.max"));
    assert!(value(&big, "db.scale.in") >= 1.0);
    // Until it has grown, more statements are at work than there may be connections: 500 more each second, 4,069 at most.
    let refused = value(&big, "write.failed_by.refused") + value(&big, "write.failed_by.throttled");
    assert!((1000.0..30_000.0).contains(&refused), "{refused}");
    assert_eq!(value(&big, "write.failed"), refused, "nobody is lost when it shrinks");
}

/// A table that is written so often, item by item of a kilobyte.
fn table(settings: &str, rate: &str, duration: &str, more: &str) -> archsim::outcome::Outcome {
    run(
        duration,
        &format!(
            r#"
{more}
[traffic]
put = {{ rate = {rate}, arrivals = "even" }}
[components.things]
model = "aws/dynamodb"
key   = "thing"
{settings}
[flows.put]
steps = ["things.put"]
"#
        ),
    )
}

#[test]
fn a_new_on_demand_table_reaches_its_writes_by_doubling() {
    // The burst in hand counts as a peak, too: 40 2/3 a second in the first minute, so that twice of it is 81 1/3.
    // 12,500 writes a second into a table of 4,000: a hundredth of it, so that a run is short. Refused are 68 % of the
    // first half hour, 36 % of the second, and nothing afterwards.
    let facts = "\n[components.things.facts]\nfirst_writes = \"40/s\"\n";
    let more = "[keys]\nthing = { count = 100000 }\n[phases]\nfirst = \"1m..29m\"\nsecond = \"31m..59m\"\nthird = \"63m..90m\"\n\
                [expect]\nput.throttled = [\">= 0 in first\", \">= 0 in second\", \">= 0 in third\"]\n";
    let outcome = table(facts, "\"125/s\"", "90m", more);
    assert!((in_window(&outcome, "put.throttled", "first") - 85.0 / 125.0).abs() < 0.01);
    assert!((in_window(&outcome, "put.throttled", "second") - (125.0 - 81.333) / 125.0).abs() < 0.001);
    assert_eq!(in_window(&outcome, "put.throttled", "third"), 0.0);
}

#[test]
fn a_table_pays_back_three_hundred_seconds() {
    // Ten units a second bought, twenty used: what five minutes saved is spent in five minutes.
    let more = "[keys]\nthing = { count = 1000 }\n[phases]\nsaved = \"0s..299s\"\nspent = \"301s..600s\"\n\
                [expect]\nput.throttled = [\">= 0 in saved\", \">= 0 in spent\"]\n";
    let outcome = table("capacity = \"provisioned\"\nwrites = \"10/s\"", "\"20/s\"", "10m", more);
    assert_eq!(in_window(&outcome, "put.throttled", "saved"), 0.0);
    assert!((in_window(&outcome, "put.throttled", "spent") - 0.5).abs() < 0.01);
}

#[test]
fn a_hot_key_stops_at_one_partition() {
    let keys = |pick: &str| format!("[keys]\nthing = {{ count = 100000, pick = \"{pick}\" }}\n");
    let settings = "warm = { writes = \"20000/s\" }\n";
    let even = table(settings, "\"3000/s\"", "10s", &keys("uniform"));
    assert_eq!(value(&even, "put.throttled"), 0.0);
    // Nine in ten of 3,000 a second are about one thing, whose partition takes 1,000 and has 1,000 in hand.
    let hot = table(settings, "\"3000/s\"", "10s", &keys("hot(1, 90%)"));
    near(&hot, "put.throttled", (27_000.0 - 11_000.0) / 30_000.0, 0.02);
}

#[test]
fn an_index_pushes_back_on_its_table() {
    let more = "[keys]\nthing = { count = 1000 }\n";
    let bought = "capacity = \"provisioned\"\nwrites = \"100/s\"\n";
    assert_eq!(value(&table(bought, "\"50/s\"", "20m", more), "put.throttled"), 0.0);
    let index = format!("{bought}index = {{ count = 1, writes = \"25/s\" }}\n");
    let outcome = table(&index, "\"50/s\"", "20m", more);
    // Half of what comes, once 300 s of its capacity are spent.
    near(&outcome, "put.throttled", (60_000.0 - 25.0 * 1500.0) / 60_000.0, 0.005);
}
