//! Queues, topics, streams, and the functions that take from them.

use super::{in_window, near, run, value};

#[test]
fn sqs_messages_come_back_after_their_visibility_timeout() {
    let outcome = run(
        "100s",
        r#"
[traffic]
send = { rate = [["0s", "1/s"], ["10s", "1/s"], ["10s", "0/s"], ["100s", "0/s"]], arrivals = "even" }
[components]
jobs = { model = "aws/sqs", visibility = "30s", facts = { twice = "0%" } }
work = { model = "server", workers = 20 }
[handlers.work]
from  = "jobs"
work  = "10ms"
fail  = 1.0
[flows.send]
steps = [{ send = "jobs" }]
"#,
    );
    // Ten messages that nobody can do: each is taken at once, and again after 30, 60 and 90 s.
    near(&outcome, "work.books.came_in", 40.0, 1.0);
}

#[test]
fn sqs_moves_the_sixth_receive_to_the_dead_letters() {
    let outcome = run(
        "300s",
        r#"
[traffic]
send = { rate = [["0s", "1/s"], ["10s", "1/s"], ["10s", "0/s"], ["300s", "0/s"]], arrivals = "even" }
[components]
jobs = { model = "aws/sqs", visibility = "30s", max_receives = 5, dead_letters = "dead" }
dead = { model = "aws/sqs" }
work = { model = "server", workers = 20 }
[handlers.work]
from  = "jobs"
work  = "10ms"
fail  = 1.0
[flows.send]
steps = [{ send = "jobs" }]
"#,
    );
    assert_eq!(value(&outcome, "work.books.came_in"), 50.0);
    assert_eq!(value(&outcome, "jobs.books.dead_lettered"), 10.0);
    assert_eq!(value(&outcome, "dead.books.moved_in"), 10.0);
}

#[test]
fn a_batch_of_ten_is_received_and_deleted_by_one_call_each() {
    let outcome = run(
        "1000s",
        r#"
[traffic]
send = { rate = "10/s", arrivals = "even" }
[components]
jobs = { model = "aws/sqs", facts = { twice = "0%" } }
work = { model = "server", workers = 1 }
[handlers.work]
from    = "jobs"
batch   = 10
work    = "999ms"
[flows.send]
steps = [{ send = "jobs" }]
"#,
    );
    let runs = value(&outcome, "work.books.came_in");
    assert!((980.0..=1010.0).contains(&runs), "{runs}");
    near(&outcome, "jobs.usage.requests", 10_000.0 + 2.0 * runs, 3.0);
}

#[test]
fn a_fifo_queue_takes_three_hundred_sends_a_second() {
    let asked = |rate: u32, more: &str| {
        let text = format!(
            "[keys]\nbuyer = {{ count = 1000 }}\n[traffic]\nsend = {{ rate = \"{rate}/s\", arrivals = \"even\" }}\n\
             [components]\njobs = {{ model = \"aws/sqs-fifo\", group = \"buyer\"{more} }}\nwork = {{ model = \"server\", workers = 100 }}\n\
             [handlers.work]\nfrom = \"jobs\"\nwork = \"1ms\"\n[flows.send]\nsteps = [{{ send = \"jobs\" }}]\n"
        );
        value(&run("10s", &text), "send.throttled")
    };
    assert_eq!(asked(300, ""), 0.0);
    assert!((asked(600, "") - (6000.0 - 3300.0) / 6000.0).abs() < 0.002);
    assert_eq!(asked(600, ", high_throughput = true"), 0.0);
}

#[test]
fn a_failing_group_holds_up_itself_only() {
    let outcome = run(
        "100s",
        r#"
[keys]
buyer = { count = 2, bad = "uniform(0..1)" }
[traffic]
send = { rate = "2/s", arrivals = "even" }
[components]
jobs = { model = "aws/sqs-fifo", group = "buyer", visibility = "1000s" }
work = { model = "server", workers = 10 }
[faults.one-bad-message]
what   = "poison"
target = "jobs"
at     = "10s"
count  = 1
[handlers.work]
from = "jobs"
work = "10ms"
[flows.send]
steps = [{ send = "jobs" }]
"#,
    );
    // From then on one of two groups stands still; the other goes on.
    let done = value(&outcome, "work.books.done");
    assert!((90.0..=130.0).contains(&done), "{done}");
    assert!((70.0..=110.0).contains(&value(&outcome, "jobs.books.waiting")));
}

#[test]
fn a_topic_refuses_beyond_its_publish_quota() {
    let asked = |rate: u32| {
        let text = format!(
            "[quotas]\nsns.publishes = \"100/s\"\n[traffic]\nsend = {{ rate = \"{rate}/s\", arrivals = \"even\" }}\n\
             [components]\nnews = {{ model = \"aws/sns\" }}\nbox = {{ model = \"aws/sqs\", from = \"news\" }}\n\
             read = {{ model = \"server\", workers = 9 }}\n\
             [handlers.read]\nfrom = \"box\"\nwork = \"1ms\"\n[flows.send]\nsteps = [{{ send = \"news\" }}]\n"
        );
        value(&run("20s", &text), "send.throttled")
    };
    assert_eq!(asked(100), 0.0);
    assert!((asked(200) - (4000.0 - 2100.0) / 4000.0).abs() < 0.002);
}

#[test]
fn a_topic_delivers_again_by_its_schedule() {
    // A subscriber that is down for a minute: the three that follow at once and the two of a second fail, too; what
    // comes after grows to 20 s, so that all is there less than two minutes after it was sent.
    let outcome = run(
        "400s",
        r#"
[traffic]
send = { rate = [["0s", "1/s"], ["100s", "1/s"], ["100s", "0/s"], ["400s", "0/s"]], arrivals = "even" }
[components]
news = { model = "aws/sns" }
code = { model = "aws/lambda", memory = "1769MB" }
[handlers.code]
from = "news"
work = "10ms"
[flows.send]
steps = [{ send = "news" }]
[faults.down]
what   = "errors"
target = "code"
at     = "20s"
for    = "60s"
"#,
    );
    assert_eq!(value(&outcome, "news.books.accepted"), 100.0);
    assert_eq!(value(&outcome, "news.books.consumed"), 100.0);
    assert!(value(&outcome, "news.calls.code.retries") >= 5.0 * 60.0);
}

#[test]
fn pollers_of_a_queue_grow_as_published() {
    // A thousand messages, one at a time for 100 s each: five at once, then 300 more a minute.
    let outcome = run(
        "61s",
        r#"
[traffic]
send = { rate = [["0s", "1000/s"], ["1s", "1000/s"], ["1s", "0/s"], ["61s", "0/s"]], arrivals = "even" }
[components]
jobs = { model = "aws/sqs", visibility = "10m" }
code = { model = "aws/lambda", memory = "1769MB" }
[handlers.code]
from  = "jobs"
batch = 1
work  = "100s"
[flows.send]
steps = [{ send = "jobs" }]
"#,
    );
    near(&outcome, "code.concurrency.max", 305.0, 6.0);
}

/// Records of a stream, so many of such a size.
fn stream(settings: &str, rate: &str, size: &str, duration: &str, more: &str) -> archsim::outcome::Outcome {
    run(
        duration,
        &format!(
            r#"
{more}
[traffic]
put = {{ rate = "{rate}", arrivals = "even" }}
[components]
events = {{ model = "aws/kinesis", key = "thing", {settings} }}
[flows.put]
steps = [{{ call = "events.put", size = "{size}" }}]
"#
        ),
    )
}

#[test]
fn a_shard_takes_a_thousand_records_a_second() {
    let keys = "[keys]\nthing = { count = 100000 }\n";
    assert_eq!(value(&stream("shards = 1", "1000/s", "100B", "10s", keys), "put.throttled"), 0.0);
    let over = stream("shards = 1", "2000/s", "100B", "10s", keys);
    near(&over, "put.throttled", (20_000.0 - 11_000.0) / 20_000.0, 0.002);
    // By bytes: 100 records of 50 KB are 4.9 MB a second, of which one passes; ten are in hand.
    let heavy = stream("shards = 1", "100/s", "50KB", "60s", keys);
    let (sent, let_in) = (6000.0 * 50.0 / 1024.0, 60.0 + 10.0);
    near(&heavy, "put.throttled", (sent - let_in) / sent, 0.005);
}

#[test]
fn one_key_never_passes_one_shard() {
    let one = stream("shards = 10", "2000/s", "100B", "10s", "[keys]\nthing = { count = 1 }\n");
    near(&one, "put.throttled", (20_000.0 - 11_000.0) / 20_000.0, 0.002);
    let many = stream("shards = 10", "2000/s", "100B", "10s", "[keys]\nthing = { count = 100000 }\n");
    assert_eq!(value(&many, "put.throttled"), 0.0);
}

#[test]
fn an_on_demand_stream_doubles_in_fifteen_minutes() {
    // 10 MB a second into a new stream of four; then eight; then sixteen.
    let more = "[keys]\nthing = { count = 1000 }\n[phases]\nfirst = \"1m..14m\"\nsecond = \"16m..29m\"\nthird = \"33m..45m\"\n\
                [expect]\nput.throttled = [\">= 0 in first\", \">= 0 in second\", \">= 0 in third\"]\n";
    let outcome = stream("mode = \"on-demand\"", "10/s", "1MB", "45m", more);
    assert!((in_window(&outcome, "put.throttled", "first") - 0.6).abs() < 0.02);
    assert!((in_window(&outcome, "put.throttled", "second") - 0.2).abs() < 0.02);
    assert_eq!(in_window(&outcome, "put.throttled", "third"), 0.0);
}

#[test]
fn a_delivery_stream_hands_on_at_five_megabytes_or_five_minutes() {
    let gathered = |rate: &str, size: &str, duration: &str| {
        let text = format!(
            "[traffic]\nput = {{ rate = \"{rate}\", arrivals = \"even\" }}\n[components]\nlake = {{ model = \"aws/s3\" }}\n\
             events = {{ model = \"aws/firehose\" }}\nwrite = {{ model = \"server\", workers = 9 }}\n\
             [handlers.write]\nfrom = \"events\"\nsteps = [\"lake.put\"]\n\
             [flows.put]\nsteps = [{{ call = \"events.put\", size = \"{size}\" }}]\n"
        );
        let outcome = run(duration, &text);
        (value(&outcome, "write.books.came_in"), value(&outcome, "events.usage.in"))
    };
    // A megabyte a second: five megabytes each five seconds.
    let (times, _) = gathered("4/s", "256KB", "102s");
    assert_eq!(times, 20.0);
    // A kilobyte a second: each five minutes, whatever is there; and each of them is billed as five.
    let (times, billed) = gathered("1/s", "1KB", "1000s");
    assert_eq!(times, 3.0);
    assert_eq!(billed, 1000.0 * 5.0 * 1024.0, "bytes");
}
