//! Queues, topics, logs and buffers in whole scenarios: on paper, against closed forms, and under faults at random.

use archsim::experiment::{Simulation, Trouble, verify};
use archsim::record::Results;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;
use archsim::units::{Random, Time};
use archsim::{Outcome, Scenario};
use proptest::prelude::*;

/// All known numbers of these built-in proofs come out.
fn comes_out(ids: &[&str]) {
    let (files, mut paths) = verify::built_in();
    paths.retain(|path| ids.contains(&verify::id_of(path).as_str()));
    assert_eq!(paths.len(), ids.len(), "each is there: {ids:?}");
    for case in verify::verify(&files, &paths, Some(1), |_| ()) {
        let rows = case.rows.unwrap_or_else(|trouble| panic!("{}: {trouble}", case.id));
        assert!(!rows.is_empty(), "{} states numbers", case.id);
        rows.iter().for_each(|row| assert!(row.pass, "{}: {}: {}", case.id, row.name, row.why));
    }
}

fn loaded(text: &str) -> Result<Scenario, Trouble> {
    let files = MemoryFiles::new([("case.toml", text)]);
    Scenario::load(&files, "case.toml", &[], Options::default())
}

fn run(text: &str) -> Outcome {
    loaded(text).unwrap_or_else(|trouble| panic!("{trouble}")).run(1).unwrap_or_else(|trouble| panic!("{trouble}"))
}

fn value(outcome: &Outcome, path: &str) -> f64 {
    outcome.value(path).unwrap_or_else(|| panic!("`{path}` is measured"))
}

#[test]
fn a_topic_copies_to_each_queue_and_poison_ends_among_the_dead() {
    comes_out(&["worked-fan-out"]);
}

#[test]
fn a_batch_comes_back_together_or_only_what_failed() {
    comes_out(&["worked-batches", "worked-batches-whole"]);
}

#[test]
fn a_shard_is_polled_as_on_paper() {
    comes_out(&["worked-shard"]);
}

#[test]
fn a_buffer_meets_its_closed_form() {
    comes_out(&["flush-size-or-time"]);
}

/// Messages of one a second, `head` before the parts.
fn jobs(parts: &str) -> String {
    format!(
        "name = \"x\"\nduration = \"100s\"\nwarmup = \"0s\"\n[traffic]\nsend = {{ rate = \"1/s\", arrivals = \"even\" }}\n{parts}"
    )
}

#[test]
fn a_subscriber_that_is_down_gets_its_copy_later() {
    let outcome = run(&jobs(
        "[components]\nnews = { model = \"topic\", time = \"0s\", attempts = 4, backoff = \"fixed(5s)\" }\n\
         reader = { model = \"server\", workers = 9 }\n[handlers.reader]\nfrom = \"news\"\nwork = \"10ms\"\n\
         [flows.send]\nsteps = [{ send = \"news\" }]\n\
         [faults.down]\nwhat = \"errors\"\ntarget = \"reader\"\nat = \"20s\"\nfor = \"12s\"\n",
    ));
    assert_eq!(value(&outcome, "news.books.accepted"), 100.0);
    assert_eq!(value(&outcome, "news.books.consumed"), 100.0);
    assert_eq!(value(&outcome, "news.books.lost"), 0.0);
    // Those of 20 to 31 s fail first; each tries again until the fault is over, in steps of 5 s and the work.
    assert!(value(&outcome, "news.calls.reader.retries") >= 12.0);
    assert_eq!(value(&outcome, "send.ok"), 100.0, "who publishes does not notice");
}

#[test]
fn what_nobody_takes_after_the_last_attempt_is_dead() {
    let outcome = run(&jobs(
        "[components]\nnews = { model = \"topic\", time = \"0s\", attempts = 2, backoff = \"fixed(1s)\", dead_letters = \"dead\" }\n\
         reader = { model = \"server\" }\ndead = { model = \"queue\", time = \"0s\" }\n\
         [handlers.reader]\nfrom = \"news\"\nwork = \"1ms\"\nfail = 1.0\n[flows.send]\nsteps = [{ send = \"news\" }]\n",
    ));
    let dead = value(&outcome, "news.books.dead_lettered");
    assert_eq!(dead, value(&outcome, "dead.books.moved_in"));
    assert_eq!(dead + value(&outcome, "news.books.invisible"), 100.0);
    assert_eq!(value(&outcome, "news.books.consumed"), 0.0);
}

#[test]
fn a_filter_copies_its_share_and_no_more() {
    let text = "name = \"x\"\nduration = \"20000s\"\nwarmup = \"0s\"\n[traffic]\nsend = { rate = \"1/s\", arrivals = \"even\" }\n\
                [components]\nnews = { model = \"topic\", time = \"0s\" }\n\
                some = { model = \"queue\", from = \"news\", filter = 0.3, time = \"0s\" }\n\
                [flows.send]\nsteps = [{ send = \"news\" }]\n";
    let share = value(&run(text), "some.books.copied") / 20_000.0;
    let sd = (0.3f64 * 0.7 / 20_000.0).sqrt();
    assert!((share - 0.3).abs() <= 4.0 * sd, "{share}");
}

#[test]
fn a_consumer_sees_the_key_that_was_sent_with_and_marks_its_flow() {
    // Ten shards by the key of the request: what the sender sees and what the taker sees must be the same one.
    let text = "name = \"x\"\nduration = \"1000s\"\nwarmup = \"0s\"\n[keys]\nbox = { count = 10, weight = \"uniform(0..100)\" }\n\
                [traffic]\nsend = { rate = \"1/s\", arrivals = \"even\" }\n\
                [components]\njobs = { model = \"queue\", time = \"0s\" }\npack = { model = \"server\", workers = 3 }\n\
                [handlers.pack]\nfrom = \"jobs\"\nbatch = 7\nwork = \"10s\"\nsteps = [{ repeat = \"records\", steps = [\n\
                { when = \"box.weight < 50\", steps = [{ mark = \"taken\" }] }] }]\n\
                [flows.send]\nsteps = [{ when = \"box.weight < 50\", steps = [{ mark = \"sent\" }] }, { send = \"jobs\" }]\n";
    let outcome = run(text);
    let (sent, taken) = (value(&outcome, "send.sent.share"), value(&outcome, "send.taken.share"));
    assert!(sent > 0.05 && sent < 0.95, "{sent}");
    // All but the last few have been taken.
    let waiting = value(&outcome, "jobs.books.waiting") + value(&outcome, "jobs.books.invisible");
    assert!(sent - taken <= waiting / 1000.0, "{sent} {taken} {waiting}");
    assert!(taken <= sent);
    assert!(value(&outcome, "send.taken.mean") >= 10.0, "a mark behind a queue counts from the sending");
}

#[test]
fn all_that_a_request_set_off_is_over_when_its_message_is() {
    let outcome = run(&jobs(
        "[components]\njobs = { model = \"queue\", time = \"0s\" }\npack = { model = \"server\" }\n\
         [handlers.pack]\nfrom = \"jobs\"\nwork = \"250ms\"\n[flows.send]\nsteps = [{ send = \"jobs\" }]\n\
         slo = { done.max = \"250ms\", success = 1.0 }\n",
    ));
    assert_eq!((value(&outcome, "send.done.min"), value(&outcome, "send.done.max")), (0.25, 0.25));
}

#[test]
fn an_idle_worker_takes_the_first_alone_unless_it_waits_for_more() {
    let parts = |window: &str| {
        jobs(&format!(
            "[components]\njobs = {{ model = \"queue\", time = \"0s\" }}\npack = {{ model = \"server\" }}\n[handlers.pack]\n\
             from = \"jobs\"\nbatch = 4\n{window}work = \"0s\"\n[flows.send]\nsteps = [\n\
             {{ repeat = 3, at_once = \"all\", steps = [{{ send = \"jobs\" }}] }}]\n"
        ))
    };
    let at_once = run(&parts(""));
    assert!(value(&at_once, "pack.batch.mean") < 2.0);
    let waiting = run(&parts("window = \"500ms\"\n"));
    assert_eq!(value(&waiting, "pack.batch.mean"), 3.0);
    assert_eq!(value(&waiting, "pack.age.max"), 0.5);
}

#[test]
fn what_is_held_back_or_too_old_or_sent_twice_is_counted_so() {
    let parts = |settings: &str| {
        run(&jobs(&format!(
            "[components]\njobs = {{ model = \"queue\", time = \"0s\", {settings} }}\npack = {{ model = \"server\" }}\n\
             [handlers.pack]\nfrom = \"jobs\"\nwork = \"3s\"\n[flows.send]\nsteps = [{{ send = \"jobs\" }}]\n"
        )))
    };
    let late = parts("delay = \"7s\"");
    assert_eq!(value(&late, "jobs.age.min"), 7.0);
    // One in three can be worked on; what is 10 s old by then is gone.
    let old = parts("retention = \"10s\"");
    assert!(value(&old, "jobs.books.expired") > 50.0);
    assert!(value(&old, "jobs.age.max") < 10.0);
    let twice = parts("duplicates = 1.0");
    assert_eq!((value(&twice, "jobs.books.accepted"), value(&twice, "jobs.books.copied")), (100.0, 100.0));
    let dropped = parts("dedup = \"5m\"");
    assert_eq!((value(&dropped, "jobs.books.repeats"), value(&dropped, "jobs.books.accepted")), (0.0, 100.0));
}

#[test]
fn a_message_that_is_sent_again_is_a_repeat_and_not_another_one() {
    // The broker answers too late: the client sends again, twice, although each has arrived.
    let parts = |dedup: &str| {
        run(&jobs(&format!(
            "[components]\njobs = {{ model = \"queue\", time = \"0s\"{dedup} }}\npack = {{ model = \"server\" }}\n\
             [handlers.pack]\nfrom = \"jobs\"\nwork = \"1ms\"\n[flows.send]\n\
             steps = [{{ send = \"jobs\", retries = 2, else = [] }}]\n\
             [faults.lost]\nwhat = \"errors\"\ntarget = \"jobs\"\nat = \"0s\"\nfor = \"10s\"\n"
        )))
    };
    assert_eq!(value(&parts(""), "jobs.books.accepted"), 120.0);
    let known = parts(", dedup = \"1m\"");
    assert_eq!((value(&known, "jobs.books.accepted"), value(&known, "jobs.books.repeats")), (100.0, 20.0));
}

#[test]
fn a_queue_that_stands_still_lets_in_and_hands_out_nothing() {
    let outcome = run(&jobs(
        "[components]\njobs = { model = \"queue\", time = \"0s\" }\npack = { model = \"server\" }\n\
         [handlers.pack]\nfrom = \"jobs\"\nwork = \"1ms\"\n[flows.send]\nsteps = [{ send = \"jobs\" }]\n\
         [faults.pause]\nwhat = \"stop\"\ntarget = \"jobs\"\nat = \"30500ms\"\nfor = \"20s\"\n",
    ));
    assert_eq!(value(&outcome, "send.ok"), 100.0);
    assert_eq!(value(&outcome, "jobs.backlog.max"), 20.0);
    // That of 31 s is the first to be taken when it goes on.
    assert_eq!(value(&outcome, "jobs.age.max"), 19.5);
}

#[test]
fn a_handler_is_started_by_the_clock() {
    let text = "name = \"x\"\nstart = \"2026-03-02 23:00\"\nduration = \"26h\"\nwarmup = \"0s\"\n\
                [traffic]\nask = { rate = \"1/h\", arrivals = \"even\" }\n\
                [components]\nclean = { model = \"server\" }\nbatch = { model = \"server\" }\nweb = { model = \"server\" }\n\
                [handlers.clean]\nevery = \"10m\"\nwork = \"6m\"\n[handlers.batch]\nat = \"02:00\"\nwork = \"1h\"\n\
                [flows.ask]\nsteps = [{ call = \"web\", work = \"1s\" }]\n";
    let outcome = run(text);
    assert_eq!(value(&outcome, "clean.books.came_in"), 156.0);
    assert_eq!(value(&outcome, "clean.busy"), 0.6);
    assert_eq!(value(&outcome, "batch.books.done"), 1.0);
}

#[test]
fn a_shard_waits_for_its_poison_and_lets_it_go_after_its_retries() {
    let parts = |retries: &str| {
        run(&jobs(&format!(
            "[components]\nclicks = {{ model = \"log\", shards = 1, poll = \"1s\", time = \"0s\" }}\ncount = {{ model = \"server\" }}\n\
             [handlers.count]\nfrom = \"clicks\"\nbatch = 1\n{retries}work = \"100ms\"\n[flows.send]\n\
             steps = [{{ send = \"clicks\" }}]\n\
             [faults.bad]\nwhat = \"poison\"\ntarget = \"clicks\"\nat = \"20s\"\ncount = 1\n"
        )))
    };
    let blocked = parts("");
    assert_eq!(value(&blocked, "clicks.books.consumed"), 20.0);
    assert_eq!(value(&blocked, "clicks.books.waiting") + value(&blocked, "clicks.books.invisible"), 80.0);
    let freed = parts("retries = 3\n");
    assert_eq!(value(&freed, "clicks.books.lost"), 1.0);
    assert_eq!(value(&freed, "clicks.books.redelivered"), 3.0);
    assert!(value(&freed, "clicks.books.consumed") > 90.0);
}

#[test]
fn each_reader_of_a_log_has_its_own_place() {
    let outcome = run(&jobs(
        "[components]\nclicks = { model = \"log\", shards = 3, poll = \"0s\", time = \"0s\" }\nfast = { model = \"server\" }\n\
         slow = { model = \"server\" }\n[handlers.fast]\nfrom = \"clicks\"\nwork = \"1ms\"\n[handlers.slow]\nfrom = \"clicks\"\n\
         batch = 1\nwork = \"2s\"\n[flows.send]\nsteps = [{ send = \"clicks\" }]\n",
    ));
    assert_eq!((value(&outcome, "clicks.books.accepted"), value(&outcome, "clicks.books.copied")), (100.0, 100.0));
    assert_eq!(value(&outcome, "fast.age.max"), 0.0);
    assert!(value(&outcome, "slow.age.max") > 20.0);
}

#[test]
fn a_flow_cannot_take_and_a_filter_belongs_to_a_topic() {
    let taken =
        jobs("[components]\njobs = { model = \"queue\", time = \"0s\" }\n[flows.send]\nsteps = [\"jobs.receive\"]\n");
    let said = loaded(&taken).expect_err("nobody takes by a step").to_string();
    assert!(said.contains("no step takes from `jobs`"), "{said}");
    let filtered = jobs(
        "[components]\njobs = { model = \"queue\" }\npack = { model = \"server\" }\n[handlers.pack]\nfrom = \"jobs\"\n\
         filter = 0.5\nwork = \"1s\"\n[flows.send]\nsteps = [{ send = \"jobs\" }]\n",
    );
    let said = loaded(&filtered).expect_err("a share of a queue").to_string();
    assert!(said.contains("the rest be left"), "{said}");
}

/// A design of queues that is drawn, with faults that are drawn.
fn drawn(seed: u64) -> String {
    let mut random = Random::new(seed);
    let mut one_of = |words: &[&str]| words[random.below(words.len() as u64) as usize].to_owned();
    let group = one_of(&["", ", group = \"box\""]);
    let visibility = one_of(&["300ms", "2s", "9s"]);
    let receives = one_of(&["", ", max_receives = 2, dead_letters = \"dead\"", ", max_receives = 5"]);
    let keeps = one_of(&["", ", retention = \"4s\""]);
    let others = one_of(&["", ", delay = \"500ms\"", ", duplicates = 0.2", ", in_flight = 3"]);
    let time = one_of(&["0s", "exp(20ms)"]);
    let batch = one_of(&["1", "3", "10"]);
    let partial = one_of(&["true", "false"]);
    let window = one_of(&["", "window = \"400ms\"\n"]);
    let fail = one_of(&["0.0", "0.2"]);
    let workers = one_of(&["workers = 1", "workers = 4", "cores = 2", "cores = 2, threads = 3", "fleet = \"3..3\""]);
    let steps = one_of(&[
        "steps = [{ repeat = \"records\", steps = [{ work = \"exp(50ms)\" }, { chance = 0.1, fail = \"no\" }] }]\n",
        "steps = [{ repeat = \"records\", at_once = 2, steps = [{ work = \"20ms\" }, { send = \"next\" }] }]\n",
        "steps = [{ send = \"next\" }]\n",
        "",
    ]);
    let what = one_of(&["stop", "errors", "slow"]);
    let target = one_of(&["jobs", "pack"]);
    let factor = if what == "slow" { "factor = 3\n" } else { "" };
    let warmup = one_of(&["0s", "7s"]);
    format!(
        "name = \"x\"\nduration = \"40s\"\nwarmup = \"{warmup}\"\n[keys]\nbox = {{ count = 5 }}\n[traffic]\nsend = {{ rate = \"12/s\" }}\n\
         [components]\nnews = {{ model = \"topic\", time = \"0s\" }}\n\
         jobs = {{ model = \"queue\", from = \"news\", visibility = \"{visibility}\", time = \"{time}\"{group}{receives}{keeps}{others} }}\n\
         dead = {{ model = \"queue\", time = \"0s\" }}\nnext = {{ model = \"log\", shards = 2, poll = \"700ms\", time = \"0s\", retention = \"9s\" }}\n\
         pack = {{ model = \"server\", {workers} }}\nread = {{ model = \"server\" }}\npile = {{ model = \"buffer\", count = 5, age = \"3s\" }}\n\
         [handlers.pack]\nfrom = \"jobs\"\nbatch = {batch}\npartial = {partial}\n{window}work = \"exp(30ms)\"\nfail = {fail}\n{steps}\
         [handlers.read]\nfrom = \"next\"\nwork = \"80ms\"\nretries = 2\nfail = 0.1\nsteps = [{{ send = \"pile\" }}]\n\
         [flows.send]\nsteps = [{{ send = \"news\" }}]\n\
         [faults.one]\nwhat = \"{what}\"\ntarget = \"{target}\"\nat = \"12s\"\nfor = \"6s\"\n{factor}\
         [faults.two]\nwhat = \"poison\"\ntarget = \"jobs\"\nat = \"5s\"\ncount = 3\n\
         [faults.three]\nwhat = \"duplicates\"\ntarget = \"jobs\"\nat = \"20s\"\nfor = \"3s\"\nshare = 0.5\n"
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// The books are looked at by every run: one that does not balance is no outcome.
    #[test]
    fn messages_and_deliveries_balance_whatever_breaks(seed in any::<u64>()) {
        let text = drawn(seed);
        let scenario = loaded(&text).unwrap_or_else(|trouble| panic!("{text}\n{trouble}"));
        let outcome = scenario.run(seed & 0xffff).unwrap_or_else(|trouble| panic!("{text}\n{trouble}"));
        prop_assert!(value(&outcome, "jobs.books.copied") > 0.0);
    }

    /// A run that is stopped and goes on is the same run.
    #[test]
    fn nothing_is_lost_or_doubled_without_a_fault(seed in 1u64..1000, workers in 1u32..5, batch in 1u32..6) {
        let text = format!(
            "name = \"x\"\nduration = \"60s\"\nwarmup = \"0s\"\n[traffic]\nsend = {{ rate = \"10/s\" }}\n\
             [components]\njobs = {{ model = \"queue\", visibility = \"50s\" }}\npack = {{ model = \"server\", workers = {workers} }}\n\
             [handlers.pack]\nfrom = \"jobs\"\nbatch = {batch}\nwork = \"exp(100ms)\"\n[flows.send]\nsteps = [{{ send = \"jobs\" }}]\n"
        );
        let outcome = loaded(&text).expect("in order").run(seed).expect("runs");
        let book = |name: &str| value(&outcome, &format!("jobs.books.{name}"));
        prop_assert_eq!(book("accepted"), book("consumed") + book("waiting") + book("invisible"));
        prop_assert_eq!(book("redelivered") + book("copied") + book("expired") + book("dead_lettered"), 0.0);
        prop_assert_eq!(book("delivered"), book("first"));
    }
}

#[test]
fn a_handler_that_runs_into_its_limit_breaks_and_what_it_had_comes_back() {
    let outcome = run(&jobs(
        "[components]\njobs = { model = \"queue\", time = \"0s\", visibility = \"10s\", max_receives = 2 }\n\
         pack = { model = \"server\", workers = 50 }\n[handlers.pack]\nfrom = \"jobs\"\ntimeout = \"2s\"\nwork = \"5s\"\n\
         [flows.send]\nsteps = [{ send = \"jobs\" }]\n",
    ));
    assert_eq!(value(&outcome, "jobs.books.consumed"), 0.0);
    assert_eq!(
        value(&outcome, "jobs.books.returned"),
        value(&outcome, "jobs.books.delivered") - value(&outcome, "jobs.books.invisible")
    );
    assert_eq!(value(&outcome, "pack.max"), 2.0, "a run ends with its limit");
    assert_eq!(
        value(&outcome, "pack.errors") * value(&outcome, "pack.books.came_in"),
        value(&outcome, "pack.books.done")
    );
}

#[test]
fn nobody_takes_while_a_queue_or_its_taker_is_down() {
    let parts = |target: &str| {
        run(&jobs(&format!(
            "[components]\njobs = {{ model = \"queue\", time = \"0s\", visibility = \"5s\" }}\npack = {{ model = \"server\" }}\n\
             [handlers.pack]\nfrom = \"jobs\"\nwork = \"600ms\"\n[flows.send]\nsteps = [{{ send = \"jobs\", else = [] }}]\n\
             [faults.dark]\nwhat = \"outage\"\ntarget = \"{target}\"\nat = \"20300ms\"\nfor = \"10s\"\n"
        )))
    };
    let queue = parts("jobs");
    assert_eq!(value(&queue, "jobs.books.accepted"), 90.0, "who sends is turned away");
    assert_eq!(value(&queue, "jobs.books.consumed"), 90.0, "what was stored stays");
    let taker = parts("pack");
    assert_eq!(value(&taker, "jobs.books.accepted"), 100.0);
    assert_eq!(value(&taker, "pack.books.killed"), 1.0);
    assert_eq!(value(&taker, "jobs.books.redelivered"), 1.0, "what the dead run had comes back");
    assert_eq!(value(&taker, "jobs.backlog.max"), 11.0);
}

#[test]
fn another_key_goes_along_with_what_is_sent() {
    // Each request sends to two boxes, neither of which need be its own; the taker sees the box that was meant.
    let text = "name = \"x\"\nduration = \"2000s\"\nwarmup = \"0s\"\n[keys]\nbox = { count = 10, weight = \"uniform(0..100)\" }\n\
                [traffic]\nsend = { rate = \"1/s\", arrivals = \"even\" }\n\
                [components]\njobs = { model = \"log\", shards = 3, poll = \"0s\", time = \"0s\", key = \"box\" }\n\
                pack = { model = \"server\", workers = 9 }\n[handlers.pack]\nfrom = \"jobs\"\nwork = \"0s\"\n\
                steps = [{ repeat = \"records\", steps = [{ when = \"box.weight < 50\", steps = [{ mark = \"taken\" }] }] }]\n\
                [flows.send]\nsteps = [{ steps = [{ when = \"box.weight < 50\", steps = [{ mark = \"meant\" }] }, { send = \"jobs\" }], another = \"box\" }]\n";
    let outcome = run(text);
    assert_eq!(value(&outcome, "send.meant.share"), value(&outcome, "send.taken.share"));
    let meant = value(&outcome, "send.meant.share");
    assert!(meant > 0.05 && meant < 0.95, "{meant}");
}

#[test]
fn a_backlog_can_be_asked_when_it_was_gone() {
    let outcome = run(&jobs(
        "[components]\njobs = { model = \"queue\", time = \"0s\", in_flight = 2 }\npack = { model = \"server\", workers = 5 }\n\
         [handlers.pack]\nfrom = \"jobs\"\nwork = \"100ms\"\n[flows.send]\nsteps = [{ send = \"jobs\" }]\n\
         [faults.pause]\nwhat = \"stop\"\ntarget = \"jobs\"\nat = \"30500ms\"\nfor = \"20s\"\n[phases]\npause = \"30s..50500ms\"\n\
         [[known]]\nhow = \"twenty are taken two at a time, each pair for 100 ms\"\n\
         jobs.backlog.at.45500ms = { value = 15, abs_tol = 0 }\njobs.backlog.share_ge.20 = { value = 0.005, abs_tol = 1e-9 }\n\
         jobs.caught_up = { value = \"51500ms\", abs_tol = 1e-6, in = \"pause\" }\njobs.in_flight.busy = { value = 0.05, abs_tol = 1e-9 }\n",
    ));
    for row in &outcome.known {
        assert!(row.pass, "{}: {:?} {}", row.name, row.measured, row.why);
    }
}

/// One replication, stopped and cloned at a moment; what the copy says.
fn stopped_at(scenario: &Scenario, moment: Time) -> Results {
    let mut first: Simulation = Simulation::new(&scenario.plan, 7, 0);
    first.run_until(moment).expect("it runs");
    let mut copy = first.clone();
    drop(first);
    copy.run_until(scenario.plan.to).expect("it runs");
    Results { events: 0, ..copy.results() }
}

#[test]
fn a_copy_of_a_run_goes_on_as_the_run_would_have() {
    for seed in 0..24 {
        let text = drawn(seed);
        let scenario = loaded(&text).unwrap_or_else(|trouble| panic!("{text}\n{trouble}"));
        let straight = stopped_at(&scenario, Time(0));
        assert!(stopped_at(&scenario, Time(17_300_000_000)) == straight, "{text}");
        let files = MemoryFiles::new([("case.toml", text.as_str())]);
        let options = Options { nothing_committed: true, ..Options::default() };
        let lived = Scenario::load(&files, "case.toml", &[], options).expect("in order");
        assert!(stopped_at(&lived, Time(0)) == straight, "with every departure an event: {text}");
    }
}
