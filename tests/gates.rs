//! Gates in whole scenarios: who is refused, who waits and for how long, what a fault or a change does to a limit, and
//! that neighbours let in together or take nothing.

use std::sync::Arc;

use archsim::Scenario;
use archsim::components::Blueprint;
use archsim::experiment::Simulation;
use archsim::outcome::Outcome;
use archsim::record::Results;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;
use archsim::units::{Random, Time};

fn load_with(text: &str, beside: &[(&str, &str)]) -> Result<Scenario, String> {
    let files = MemoryFiles::new([("case.toml", text)].into_iter().chain(beside.iter().copied()));
    Scenario::load(&files, "case.toml", &[], Options::default()).map_err(|trouble| trouble.to_string())
}

fn run_with(text: &str, beside: &[(&str, &str)]) -> Outcome {
    let scenario = load_with(text, beside).unwrap_or_else(|trouble| panic!("{trouble}\n{text}"));
    scenario.run(1).unwrap_or_else(|trouble| panic!("{trouble}\n{text}"))
}

/// A scenario of one flow `ask`, whose requests come at the moments of a trace (in ms), without warm-up.
fn traced(ms: &[u64], rest: &str) -> Outcome {
    let lines: String = ms.iter().map(|ms| format!("{ms}ms,ask,\n")).collect();
    let csv = format!("time,flow,key\n{lines}");
    let text =
        format!("name = \"x\"\nduration = \"100s\"\nwarmup = \"0s\"\n[traffic.callers]\ntrace = \"c.csv\"\n{rest}");
    run_with(&text, &[("c.csv", &csv)])
}

fn value(outcome: &Outcome, path: &str) -> f64 {
    outcome.value(path).unwrap_or_else(|| panic!("{path} is measured"))
}

fn all(outcome: &Outcome, wanted: &[(&str, f64)]) {
    let found: Vec<(&str, f64)> = wanted.iter().map(|(path, _)| (*path, value(outcome, path))).collect();
    assert_eq!(found, wanted);
}

const ASK: &str = "[flows.ask]\nsteps = [\"gate.take\"]\n";

#[test]
fn who_finds_no_token_waits_for_the_next_one_in_order() {
    let parts = "[components]\ngate = { model = \"token-bucket\", rate = \"1/s\", burst = 1, when_short = \"wait\" }\n";
    let outcome = traced(&[0, 0, 0, 500, 9000], &format!("{parts}{ASK}"));
    // Tokens at 0, 1, 2, 3 s; the last one finds a token of its own.
    all(
        &outcome,
        &[
            ("ask.ok", 5.0),
            ("ask.max", 2.5),
            ("ask.mean", (1.0 + 2.0 + 2.5) / 5.0),
            ("gate.wait.mean", (1.0 + 2.0 + 2.5) / 5.0),
            ("gate.books.delayed", 3.0),
            ("gate.books.done", 5.0),
            ("gate.queue.max", 3.0),
            ("gate.queue.mean", 0.055),
        ],
    );
}

#[test]
fn patience_and_room_end_a_wait_and_the_others_move_up() {
    let parts = "[components]\ngate = { model = \"token-bucket\", rate = \"1/s\", burst = 1, when_short = \"wait\", \
                 patience = \"1500ms\", room = 2 }\n";
    let outcome = traced(&[0, 0, 0, 0], &format!("{parts}{ASK}"));
    // One at once, one after a second, one leaves at 1.5 s, one finds no place to wait.
    all(
        &outcome,
        &[
            ("ask.ok", 2.0),
            ("ask.failed_by.timed_out", 1.0),
            ("ask.failed_by.throttled", 1.0),
            ("gate.books.abandoned", 1.0),
            ("gate.books.refused", 1.0),
            ("gate.wait.max", 1.5),
        ],
    );
}

#[test]
fn the_last_instant_of_a_patience_is_in_time() {
    let parts = "[components]\ngate = { model = \"token-bucket\", rate = \"1/s\", burst = 1, when_short = \"wait\", \
                 patience = \"1s\" }\n";
    all(&traced(&[0, 0, 0], &format!("{parts}{ASK}")), &[("ask.ok", 2.0), ("gate.books.abandoned", 1.0)]);
}

#[test]
fn who_is_taken_back_leaves_its_place_and_takes_no_token() {
    let parts = "[components]\ngate = { model = \"token-bucket\", rate = \"1/s\", burst = 1, when_short = \"wait\" }\n\
                 [flows.ask]\nsteps = [{ call = \"gate.take\", timeout = \"700ms\", withdraw = true }]\n";
    // The second gives up at 0.7 s; the token of 1 s is for the one that came at 0.9 s.
    let outcome = traced(&[0, 0, 900], parts);
    all(&outcome, &[("ask.ok", 2.0), ("ask.max", 0.1), ("gate.books.withdrawn", 1.0), ("gate.busy", 0.02)]);
}

#[test]
fn who_is_dropped_hears_nothing_until_its_own_time_is_over() {
    let parts = "[components]\ngate = { model = \"token-bucket\", rate = \"1/s\", burst = 1, when_short = \"drop\" }\n\
                 [flows.ask]\nsteps = [{ call = \"gate.take\", timeout = \"3s\" }]\n";
    let outcome = traced(&[0, 0, 0], parts);
    all(
        &outcome,
        &[
            ("ask.ok", 1.0),
            ("ask.failed_by.timed_out", 2.0),
            ("gate.books.refused", 2.0),
            ("gate.books.inside", 0.0),
            ("ask.calls.gate.abandoned_running", 2.0),
        ],
    );
}

const HEAD: &str = "title = \"x\"\nservice = \"own\"\nmodels = [\"x\"]\nleaves_out = [\"y\"]\nvalidated_by = [\"z\"]\n";

#[test]
fn neighbouring_gates_let_in_together_or_take_nothing() {
    let model = format!(
        "{HEAD}[parameters]\nwide = {{ default = \"1/day\", by = \"assumed\", why = \"an example\" }}\n\
         narrow = {{ default = \"1/day\", by = \"assumed\", why = \"an example\" }}\n\
         much = {{ default = 10, by = \"assumed\", why = \"an example\" }}\nlittle = {{ default = 2, by = \"assumed\", why = \"an example\" }}\n\
         [stages.first]\nmechanism = \"bucket\"\nrate = \"wide\"\nburst = \"much\"\nrefuses = \"429\"\n\
         [stages.second]\nmechanism = \"bucket\"\nrate = \"narrow\"\nburst = \"little\"\nrefuses = \"429\"\n\
         [ops.both]\npath = [\"first\", \"second\"]\n[ops.back]\npath = [\"second\", \"first\"]\n[ops.one]\npath = [\"first\"]\n"
    );
    for op in ["both", "back"] {
        let text = format!(
            "name = \"x\"\nduration = \"100s\"\nwarmup = \"0s\"\n[traffic]\nask = {{ rate = \"1/s\", arrivals = \"even\" }}\n\
             [components]\ngate = {{ model = \"own/two\" }}\n\
             [flows.ask]\nsteps = [{{ call = \"gate.{op}\", else = [\"gate.one\"] }}]\n"
        );
        let outcome = run_with(&text, &[("models/own/two.toml", &model)]);
        // Two pass both; what they were refused at the second has not cost a token of the first: eight more pass it alone.
        all(&outcome, &[("ask.ok", 10.0), ("gate.first.used", 0.1), ("gate.second.used", 0.02)]);
    }
}

#[test]
fn a_gate_of_bytes_takes_what_the_call_says() {
    let model = format!(
        "{HEAD}[parameters]\nbytes = {{ default = \"1KB/s\", by = \"assumed\", why = \"an example\" }}\n\
         [facts]\nunit = {{ is = \"1KB\", by = \"assumed\", why = \"an example\" }}\n\
         per = {{ is = \"5/s\", by = \"assumed\", why = \"an example\" }}\n\
         [stages.line]\nmechanism = \"bucket\"\nrate = \"bytes\"\nrefuses = \"429\"\n\
         [stages.units]\nmechanism = \"bucket\"\nrate = \"per\"\nrefuses = \"429\"\n\
         [ops.put]\npath = [{{ at = \"line\", take = \"size\" }}]\n[ops.read]\npath = [{{ at = \"units\", take = \"ceil(reply / unit)\" }}]\n"
    );
    let ask = |step: &str| {
        let text = format!(
            "name = \"x\"\nduration = \"100s\"\nwarmup = \"0s\"\n[traffic]\nask = {{ rate = \"1/s\", arrivals = \"even\" }}\n\
             [components]\nstore = {{ model = \"own/bytes\" }}\n[flows.ask]\nsteps = [{{ call = \"store.{step} }}]\n"
        );
        load_with(&text, &[("models/own/bytes.toml", &model)]).map(|scenario| scenario.run(1).expect("runs"))
    };
    let half = ask("put\", size = \"2KB\"").expect("in order");
    all(&half, &[("ask.ok", 0.0), ("store.throttled", 1.0)]);
    let most = ask("put\", size = \"1KB\"").expect("in order");
    all(&most, &[("ask.ok", 100.0), ("store.line.busy", 1.0)]);
    let units = ask("read\", reply = \"4097B\"").expect("in order");
    all(&units, &[("ask.ok", 100.0), ("store.units.used", 5.0)]);
    // Each call draws its own number of bytes, the same for all that it passes.
    let drawn = ask("put\", size = \"uniform(0B..2KB)\"").expect("in order");
    let used = value(&drawn, "store.line.used");
    // Those of at most 1 KB pass, half of all: 256 bytes a call in the mean, 330 about it.
    assert!((used - 256.0).abs() <= 4.0 * 33.0, "{used}");
    let silent = ask("put\"").expect_err("how many bytes?");
    assert!(silent.contains("how many bytes"), "{silent}");
}

#[test]
fn each_key_has_a_bucket_of_its_own() {
    let text = "name = \"x\"\nduration = \"1000s\"\nwarmup = \"0s\"\n[keys]\nuser = { count = 4 }\n\
                [traffic]\nask = { rate = \"40/s\", arrivals = \"even\" }\n\
                [components]\ngate = { model = \"token-bucket\", rate = \"5/s\", key = \"user\" }\n\
                [flows.ask]\nsteps = [\"gate.take\"]\n";
    let outcome = run_with(text, &[]);
    // Four users with ten requests a second each, of which five pass, and five more at the start.
    let through = value(&outcome, "gate.books.done");
    assert!((4.0 * 5000.0 - 200.0..=4.0 * 5005.0).contains(&through), "{through}");
}

#[test]
fn one_limit_is_shared_by_all_parts_of_a_service() {
    let model = format!(
        "{HEAD}[parameters]\nper = {{ default = \"3/s\", by = \"assumed\", why = \"an example\" }}\n\
         [stages.quota]\nmechanism = \"bucket\"\nshared = \"account\"\nrate = \"per\"\nrefuses = \"429\"\n[ops.ask]\npath = [\"quota\"]\n"
    );
    let text = |other: &str| {
        format!(
            "name = \"x\"\nduration = \"100s\"\nwarmup = \"0s\"\n[traffic]\nask = {{ rate = \"4/s\", arrivals = \"even\" }}\n\
             [components]\nleft = {{ model = \"own/q\" }}\nright = {{ model = \"own/q\"{other} }}\n\
             [flows.ask]\nsteps = [{{ call = \"left.ask\", else = [] }}, {{ call = \"right.ask\", else = [] }}]\n"
        )
    };
    let outcome = run_with(&text(""), &[("models/own/q.toml", &model)]);
    let through = value(&outcome, "left.books.done") + value(&outcome, "right.books.done");
    assert!((300.0..=303.0).contains(&through), "three a second together: {through}");
    let said = load_with(&text(", per = \"5/s\""), &[("models/own/q.toml", &model)]).expect_err("they differ");
    assert!(said.contains("differ") && said.contains("quota"), "{said}");
}

#[test]
fn an_external_with_a_limit_per_time_refuses_what_is_above_it() {
    let text = "name = \"x\"\nduration = \"1000s\"\nwarmup = \"0s\"\n[traffic]\nask = { rate = \"150/s\", arrivals = \"even\" }\n\
                [components]\nbank = { model = \"external\", latency = \"5ms\", limit = \"100/s\" }\n\
                [flows.ask]\nsteps = [\"bank.pay\"]\n";
    let outcome = run_with(text, &[]);
    let through = value(&outcome, "bank.books.done");
    assert!((through - 100_100.0).abs() <= 1.0, "a hundred a second and the first burst: {through}");
    all(&outcome, &[("ask.p50", 0.005)]);
    let limits = archsim::report::limits::all(&outcome);
    let limit = limits.iter().find(|limit| limit.part == "bank").expect("it is a limit");
    assert_eq!((limit.name.as_str(), limit.limit, limit.exceeded_s > 900.0), ("limit", 100, true));
}

#[test]
fn a_throttle_holds_at_the_door_while_it_lasts() {
    let text = "name = \"x\"\nduration = \"300s\"\nwarmup = \"0s\"\n[phases]\nduring = \"100s..200s\"\nafter = \"200s..300s\"\n\
                [traffic]\nask = { rate = \"10/s\", arrivals = \"even\" }\n[components]\ndesk = { model = \"server\", workers = 5 }\n\
                [flows.ask]\nsteps = [{ call = \"desk\", work = \"10ms\" }]\n\
                [faults.narrow]\nwhat = \"throttle\"\ntarget = \"desk\"\nat = \"100s\"\nfor = \"100s\"\nlimit = \"2/s\"\n";
    let outcome = run_with(text, &[]);
    // 1000 came, 2 a second and the first two in hand were let in.
    let refused = value(&outcome, "desk.books.refused");
    assert!((refused - 799.0).abs() <= 1.0, "{refused}");
    all(&outcome, &[("ask.failed_by.throttled", refused), ("desk.books.came_in", 3000.0)]);
}

#[test]
fn a_quota_is_cut_and_comes_back_and_a_change_stays() {
    let text = |more: &str| {
        format!(
            "name = \"x\"\nduration = \"300s\"\nwarmup = \"0s\"\n[traffic]\nask = {{ rate = \"10/s\", arrivals = \"even\" }}\n\
             [components]\ngate = {{ model = \"token-bucket\", rate = \"10/s\", burst = 1 }}\n[flows.ask]\nsteps = [\"gate.take\"]\n{more}"
        )
    };
    let cut = "[faults.cut]\nwhat = \"quota-cut\"\ntarget = \"gate\"\nat = \"100s\"\nfor = \"100s\"\nlimit = \"1/s\"\n";
    let refused = |more: &str| value(&run_with(&text(more), &[]), "gate.books.refused");
    assert_eq!(refused(""), 0.0);
    assert!((refused(cut) - 900.0).abs() <= 1.0, "{}", refused(cut));
    // One within the other: the lower holds, and the end of the inner one does not end the outer one.
    let inner =
        cut.replace("cut]", "none]").replace("1/s", "0/s").replace("100s\"\nfor = \"100s", "120s\"\nfor = \"10s");
    let both = refused(&format!("{cut}{inner}"));
    assert!((both - 910.0).abs() <= 1.0, "{both}");
    let change = "[changes.less]\nat = \"100s\"\nset = { gate.rate = \"150/min\" }\n";
    assert!((refused(change) - 1500.0).abs() <= 1.0, "{}", refused(change));
    for (wrong, cure) in [
        (cut.replace("\"1/s\"", "20"), "per time"),
        (cut.replace("limit = \"1/s\"\n", ""), "limit"),
        (cut.replace("quota-cut", "throttle").replace("\"1/s\"", "5"), "20/s"),
    ] {
        let said = load_with(&text(&wrong), &[]).expect_err("wrong");
        assert!(said.contains(cure), "{said}");
    }
}

#[test]
fn threads_that_are_cut_are_fewer_while_it_lasts() {
    let text = "name = \"x\"\nduration = \"300s\"\nwarmup = \"0s\"\n[traffic]\nask = { rate = \"10/s\", arrivals = \"even\" }\n\
                [components]\nbank = { model = \"external\", latency = \"1s\", limit = 20 }\n[flows.ask]\nsteps = [\"bank.pay\"]\n\
                [faults.cut]\nwhat = \"quota-cut\"\ntarget = \"bank\"\nat = \"100s\"\nfor = \"100s\"\nlimit = 4\n";
    let outcome = run_with(text, &[]);
    // Ten at a time would pass; four do, so 40 of 100 in ten seconds.
    let refused = value(&outcome, "bank.books.refused");
    assert!((refused - 600.0).abs() <= 10.0, "{refused}");
}

#[test]
fn a_limiter_stands_in_front_of_a_flow() {
    let text = "name = \"x\"\nduration = \"100s\"\nwarmup = \"0s\"\n[traffic]\nask = { rate = \"10/s\", arrivals = \"even\" }\n\
                [components]\nlimits = { model = \"limiter\", rules = [\"3/1s\", \"100/1m\"], time = \"0s\" }\n\
                desk = { model = \"server\" }\n[flows.ask]\nthrough = [\"limits\"]\nsteps = [{ call = \"desk\", work = \"10ms\" }]\n";
    let outcome = run_with(text, &[]);
    // Three in each of the first 33 seconds and one more; then none until the minute is over; then the same again.
    all(&outcome, &[("ask.ok", 200.0), ("desk.books.came_in", 200.0), ("limits.overshoot", 1.0)]);
}

#[test]
fn a_load_that_doubles_too_soon_is_refused_and_one_that_waits_is_not() {
    let text = |second: &str| {
        format!(
            "name = \"x\"\nduration = \"3h\"\nwarmup = \"0s\"\n[traffic.ask]\narrivals = \"even\"\n\
             rate = [[\"0m\", \"10/s\"], [\"1h\", \"10/s\"], [\"1h\", \"20/s\"], [\"{second}\", \"20/s\"], [\"{second}\", \"40/s\"], [\"3h\", \"40/s\"]]\n\
             [components]\ntable = {{ model = \"ratchet\", floor = \"10/s\" }}\n[flows.ask]\nsteps = [\"table.take\"]\n"
        )
    };
    let slowly = run_with(&text("100m"), &[]);
    all(&slowly, &[("ask.throttled", 0.0), ("table.capacity.max", 80.0)]);
    // Ten minutes after it has come to 20 a second, 40 are wanted: refused until the peak of 20 is of age, at 91 minutes.
    let fast = run_with(&text("70m"), &[]);
    let refused = value(&fast, "table.books.refused");
    assert!((refused - 20.0 * 21.0 * 60.0).abs() <= 60.0, "{refused}");
    all(&fast, &[("table.first_refused_at", value(&fast, "table.first_refused_at"))]);
}

#[test]
fn a_line_that_sheds_serves_those_it_keeps_in_time() {
    let ask = |more: &str| {
        run_with(
            &format!(
                "name = \"x\"\nduration = \"300s\"\nwarmup = \"20s\"\n[traffic]\nask = {{ rate = \"200/s\" }}\n\
                 [components]\ndesk = {{ model = \"server\", time = \"10ms\"{more} }}\n\
                 [flows.ask]\nsteps = [{{ call = \"desk\", timeout = \"500ms\" }}]\n"
            ),
            &[],
        )
    };
    // Twice as many as it can serve: without an end to the line all answers come too late.
    let plain = ask("");
    assert!(value(&plain, "ask.success") < 0.01);
    for more in [
        ", shed = { interval = \"100ms\", target = \"20ms\" }",
        ", shed = { interval = \"100ms\", target = \"20ms\" }, order = \"adaptive\"",
        ", longest = \"50ms\"",
    ] {
        let kept = ask(more);
        let good = value(&kept, "ask.success");
        assert!((0.48..0.51).contains(&good), "half of them, since half can be served: {good}{more}");
        // Whoever comes while the first has waited 50 ms may have all of these before it: twice as long, and more by chance.
        let longest = if more.contains("longest") { 0.3 } else { 0.11 };
        assert!(value(&kept, "ask.max") <= longest, "{}{more}", value(&kept, "ask.max"));
        assert!(value(&kept, "desk.throttled") > 0.48);
    }
    // While it stands, the newest waits least.
    let newest = ask(", shed = { interval = \"100ms\", target = \"50ms\" }, order = \"adaptive\"");
    let oldest = ask(", shed = { interval = \"100ms\", target = \"50ms\" }");
    assert!(value(&newest, "ask.p50") < 0.5 * value(&oldest, "ask.p50"));
    for (wrong, cure) in [(", order = \"adaptive\"", "shed"), (", shed = { interval = \"1s\" }", "target")] {
        let text = format!(
            "name = \"x\"\nduration = \"1s\"\n[traffic]\nask = {{ rate = \"2/s\" }}\n[components]\n\
             desk = {{ model = \"server\", time = \"10ms\"{wrong} }}\n[flows.ask]\nsteps = [\"desk\"]\n"
        );
        let said = load_with(&text, &[]).expect_err("half said");
        assert!(said.contains(cure), "{said}");
    }
}

#[test]
fn a_limit_that_finds_itself_keeps_answers_in_time() {
    let ask = |limiter: &str| {
        run_with(
            &format!(
                "name = \"x\"\nduration = \"600s\"\nwarmup = \"60s\"\n[traffic]\nask = {{ rate = \"200/s\" }}\n\
                 [components]\nlimits = {{ model = \"limiter\", {limiter}, time = \"0s\" }}\ndesk = {{ model = \"server\", workers = 10 }}\n\
                 [flows.ask]\nthrough = [\"limits\"]\nsteps = [{{ call = \"desk\", work = \"exp(100ms)\" }}]\n"
            ),
            &[],
        )
    };
    // Ten at a time of 100 ms each: a hundred a second can be served, whoever chooses the limit.
    let fixed = ask("algorithm = \"concurrency\", limit = 10");
    let rate = value(&fixed, "ask.rate");
    assert!((85.0..101.0).contains(&rate), "{rate}");
    all(&fixed, &[("desk.wait.max", 0.0)]);
    for limiter in ["algorithm = \"aimd\", limit = 500, target = \"600ms\"", "algorithm = \"gradient\", limit = 5"] {
        let found = ask(limiter);
        let (limit, rate, mean) =
            (value(&found, "limits.limit.mean"), value(&found, "ask.rate"), value(&found, "ask.mean"));
        assert!((8.0..40.0).contains(&limit), "{limiter}: {limit}");
        assert!((85.0..101.0).contains(&rate), "{limiter}: {rate}");
        assert!(mean < 0.4, "{limiter}: {mean}");
    }
    let said = load_with(
        "name = \"x\"\nduration = \"1s\"\n[traffic]\nask = { rate = \"2/s\" }\n[components]\n\
         limits = { model = \"limiter\", algorithm = \"aimd\", limit = 5 }\n[flows.ask]\nthrough = [\"limits\"]\nsteps = [{ wait = \"1s\" }]\n",
        &[],
    );
    assert!(said.is_err_and(|said| said.contains("target")));
}

/// A scenario with gates of every kind, with waits, faults and changes, drawn at random.
fn drawn(seed: u64) -> String {
    let mut random = Random::new(seed);
    let mut pick = |of: &[&str]| of[random.below(of.len() as u64) as usize].to_string();
    let gate = pick(&[
        "{ model = \"token-bucket\", rate = \"7/s\", burst = 3 }",
        "{ model = \"token-bucket\", rate = \"400/min\", tick = \"300ms\", starts = \"empty\", when_short = \"wait\" }",
        "{ model = \"token-bucket\", rate = \"6/s\", when_short = \"wait\", room = 9, patience = \"exp(800ms)\", burst = 2 }",
        "{ model = \"token-bucket\", rate = \"9/s\", when_short = \"drop\", burst = 2 }",
        "{ model = \"token-bucket\", rate = \"2/s\", key = \"user\", when_short = \"wait\", patience = \"2s\" }",
        "{ model = \"limiter\", rules = [\"5/1s\", \"90/20s\"] }",
        "{ model = \"limiter\", algorithm = \"sliding-window\", rules = [\"6/1s\"], key = \"user\" }",
        "{ model = \"limiter\", algorithm = \"sliding-log\", rules = [\"20/3s\"] }",
        "{ model = \"external\", latency = \"exp(200ms)\", limit = 2, fail = \"3%\" }",
    ]);
    let call = pick(&[
        "{ call = \"gate\", timeout = \"500ms\", withdraw = true, retries = 2, backoff = \"fixed(100ms)\" }",
        "{ call = \"gate\", timeout = \"400ms\" }",
        "{ call = \"gate\", else = [] }",
        "{ parallel = [\"gate\", { call = \"gate\", timeout = \"1s\" }], need = 1 }",
    ])
    .replace("\"gate\"", if gate.contains("external") { "\"gate.pay\"" } else { "\"gate.take\"" });
    let desk = pick(&[
        "{ model = \"server\", workers = 2, room = 5 }",
        "{ model = \"server\", workers = 1, shed = { interval = \"300ms\", target = \"30ms\" }, order = \"adaptive\" }",
        "{ model = \"server\", workers = 1, longest = \"200ms\", patience = \"exp(400ms)\" }",
        "{ model = \"event-loop\", turn = \"20ms\", most = 3 }",
        "{ model = \"event-loop\", threads = 2 }",
    ]);
    let front = pick(&[
        "",
        "algorithm = \"concurrency\", limit = 3",
        "algorithm = \"aimd\", limit = 5, target = \"80ms\"",
        "algorithm = \"gradient\", limit = 5, when_full = \"wait\", patience = \"1s\"",
    ]);
    let (limits, through) = match front.as_str() {
        "" => (String::new(), ""),
        front => (format!("limits = {{ model = \"limiter\", {front} }}\n"), "through = [\"limits\"]\n"),
    };
    let fault = pick(&[
        "",
        "[faults.f]\nwhat = \"throttle\"\ntarget = \"gate\"\nevery = \"exp(20s)\"\nfor = \"exp(5s)\"\nlimit = \"2/s\"\n",
        "[faults.f]\nwhat = \"throttle\"\ntarget = \"desk\"\nat = \"30s\"\nfor = \"20s\"\nlimit = \"1/s\"\n",
        "[faults.f]\nwhat = \"errors\"\ntarget = \"gate\"\nat = \"30s\"\nfor = \"20s\"\nshare = 0.5\n",
        "[faults.f]\nwhat = \"stop\"\ntarget = \"desk\"\nevery = \"exp(15s)\"\nfor = \"exp(1s)\"\n",
        "[faults.f]\nwhat = \"slow\"\ntarget = \"desk\"\nat = \"30s\"\nfor = \"20s\"\nfactor = 5\n",
        "[faults.f]\nwhat = \"outage\"\ntarget = \"desk\"\nevery = \"exp(15s)\"\nfor = \"exp(1s)\"\n",
        "[faults.f]\nwhat = \"outage\"\ntarget = \"gate\"\nevery = \"exp(15s)\"\nfor = \"exp(1s)\"\n",
    ]);
    let cut = if gate.contains("external") || !gate.contains("rate") {
        String::new()
    } else {
        pick(&[
            "",
            "[faults.g]\nwhat = \"quota-cut\"\ntarget = \"gate\"\nevery = \"exp(9s)\"\nfor = \"exp(3s)\"\nlimit = \"1/s\"\n",
        ])
    };
    format!(
        "name = \"x\"\nduration = \"100s\"\nwarmup = \"17s\"\n[keys]\nuser = {{ count = 5 }}\n\
         [traffic]\nask = {{ rate = \"10/s\" }}\nagain = {{ users = 4, think = \"exp(1s)\", flow = \"ask\" }}\n\
         [components]\ngate = {gate}\ndesk = {desk}\n{limits}\
         [flows.ask]\n{through}steps = [{call}, {{ call = \"desk\", work = \"exp(50ms)\", else = [] }}]\n{fault}{cut}"
    )
}

#[test]
fn whatever_stands_at_a_gate_the_books_balance_and_a_fork_is_the_run() {
    for seed in 0..120 {
        let text = drawn(seed);
        // The outcome's own audit: came_in = done + refused + withdrawn + inside, attempts, requests, Little's law.
        let outcome = run_with(&text, &[]);
        assert!(outcome.breaches.is_empty(), "{seed}: {:?}\n{text}", outcome.breaches);
        let scenario = load_with(&text, &[]).expect("in order");
        let plan: Arc<Blueprint> = scenario.plan;
        let end = |mut simulation: Simulation| -> Results {
            simulation.run_until(plan.to).expect("runs");
            // A stop in between may cost an event; nothing else may differ.
            Results { events: 0, ..simulation.results() }
        };
        let straight = end(Simulation::new(&plan, seed, 0));
        let mut halfway: Simulation = Simulation::new(&plan, seed, 0);
        halfway.run_until(Time(41_000_000_007)).expect("runs");
        let (fork, on) = (end(halfway.clone()), end(halfway));
        assert!(fork == straight && on == straight, "{seed}: a fork differs\n{text}");
    }
}
