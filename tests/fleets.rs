//! Fleets whose members come, go and die: small enough to be worked out by hand.
//!
//! A question every second, 750 ms of work each, so all of the time three quarters of a server are busy and nobody waits.

use archsim::experiment::{Ask, Scenario, verify};
use archsim::outcome::Outcome;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;
use proptest::prelude::*;

/// A fleet with these settings, for so long, and more lines at the end of the file.
fn fleet(settings: &str, duration: &str, more: &str) -> String {
    format!(
        r#"
name = "Fleet"
duration = "{duration}"
warmup = "0s"

[traffic]
ask = {{ rate = "1/s", arrivals = "even" }}

[keys]
user = {{ count = 1000 }}

[components]
web = {{ model = "server", {settings} }}

[handlers.web]
work = "750ms"

[flows.ask]
steps = ["web"]
{more}"#
    )
}

fn run(text: &str) -> Outcome {
    run_with(text, 1).unwrap_or_else(|trouble| panic!("{trouble}"))
}

fn run_with(text: &str, seed: u64) -> Result<Outcome, String> {
    let files = MemoryFiles::new([("fleet.toml", text)]);
    let scenario = Scenario::load(&files, "fleet.toml", &[], Options::default()).map_err(|why| why.to_string())?;
    scenario.ask(Ask { seed: Some(seed), ..Ask::default() }).map_err(|why| why.to_string())
}

fn values<const N: usize>(outcome: &Outcome, paths: [&str; N]) -> [f64; N] {
    paths.map(|path| outcome.value(path).unwrap_or_else(|| panic!("{path} was not measured")))
}

/// All known numbers of this built-in proof come out.
fn comes_out(id: &str) {
    let (files, mut paths) = verify::built_in();
    paths.retain(|path| verify::id_of(path) == id);
    for case in verify::verify(&files, &paths, Some(1), |_| ()) {
        let rows = case.rows.unwrap_or_else(|trouble| panic!("{id}: {trouble}"));
        assert!(!rows.is_empty());
        rows.iter().for_each(|row| assert!(row.pass, "{id}: {}: {}", row.name, row.why));
    }
}

const ENDS: [&str; 4] = ["ask.ok", "ask.failed_by.gone", "ask.failed_by.broken", "web.books.killed"];

#[test]
fn who_is_inside_a_member_that_dies_is_gone_and_the_member_is_replaced() {
    let loss = "[faults.loss]\nwhat = \"instance-loss\"\ntarget = \"web\"\nat = \"10.5s\"\ncount = 2\n";
    let outcome = run(&fleet("fleet = \"2..2\", boot = \"10s\"", "30s", loss));
    // The question of 10 s is inside at 10.5 s; those of 11 to 20 s find nobody; the new ones serve from 20.5 s on.
    assert_eq!(values(&outcome, ENDS), [19.0, 1.0, 10.0, 1.0]);
    assert_eq!(values(&outcome, ["web.books.refused", "web.books.done"]), [10.0, 19.0]);
    // Billed all the time (the new ones from 10.5 s on), in service but for ten seconds.
    assert_eq!(values(&outcome, ["web.usage.instance_seconds", "web.fleet.mean"]), [60.0, 40.0 / 30.0]);
}

#[test]
fn a_reclaimed_member_is_told_in_time_to_finish_and_its_successor_is_launched_at_once() {
    let reclaim = "[faults.taken]\nwhat = \"spot-reclaim\"\ntarget = \"web\"\nat = \"10.5s\"\nshare = \"100%\"\n";
    let outcome = run(&fleet("fleet = \"1..2\", start = 1, boot = \"5s\", notice = \"2s\"", "30s", reclaim));
    // The question of 10 s is finished at 10.75 s; those of 11 to 15 s find nobody.
    assert_eq!(values(&outcome, ENDS), [25.0, 0.0, 5.0, 0.0]);
    // The old one ends when it has finished, at 10.75 s; the new one is launched when its place is free or beside it.
    assert_eq!(values(&outcome, ["web.usage.instance_seconds"]), [10.75 + 19.5]);
}

#[test]
fn a_member_that_leaves_finishes_what_it_has_unless_that_takes_too_long() {
    let shrink = "[changes.shrink]\nat = \"9.5s\"\nset = { web.fleet = \"1..1\" }\n";
    let in_time = run(&fleet("fleet = \"1..2\", start = 2, drain = \"1s\"", "20s", shrink));
    assert_eq!(values(&in_time, ENDS), [20.0, 0.0, 0.0, 0.0]);
    assert_eq!(values(&in_time, ["web.usage.instance_seconds"]), [20.0 + 9.75]);
    // The newest one has the question of 9 s, and 0.1 s is less than the 0.25 s that are left of it.
    let too_long = run(&fleet("fleet = \"1..2\", start = 2, drain = \"100ms\"", "20s", shrink));
    assert_eq!(values(&too_long, ENDS), [19.0, 1.0, 0.0, 1.0]);
    assert_eq!(values(&too_long, ["web.usage.instance_seconds"]), [20.0 + 9.6]);
}

#[test]
fn the_instant_of_the_last_second_is_in_time() {
    let shrink = "[changes.shrink]\nat = \"9.5s\"\nset = { web.fleet = \"1..1\" }\n";
    let outcome = run(&fleet("fleet = \"1..2\", start = 2, drain = \"250ms\"", "20s", shrink));
    assert_eq!(values(&outcome, ENDS), [20.0, 0.0, 0.0, 0.0]);
}

#[test]
fn a_client_tries_again_when_the_member_that_it_asked_has_died() {
    let more = "[faults.loss]\nwhat = \"instance-loss\"\ntarget = \"web\"\nat = \"10.5s\"\ncount = 1\n";
    let text = fleet("fleet = \"1..1\", boot = \"1s\"", "30s", more);
    let text = text.replace("steps = [\"web\"]", "steps = [{ call = \"web\", retries = 3, backoff = \"fixed(1s)\" }]");
    let outcome = run(&text);
    assert_eq!(values(&outcome, ["ask.ok", "ask.calls.web.retries", "web.books.killed"]), [30.0, 2.0, 1.0]);
}

#[test]
fn a_member_chosen_by_hash_is_chosen_by_the_hash_of_something() {
    let hash = |size: &str| {
        let settings = format!("fleet = \"{size}\", policy = \"hash\"");
        fleet(&settings, "2000s", "").replace("model = \"server\"", "model = \"server\", key = \"user\"")
    };
    let outcome = run(&hash("4..4"));
    assert_eq!(values(&outcome, ["ask.ok"]), [2000.0]);
    let without = fleet("fleet = \"4..4\", policy = \"hash\"", "10s", "");
    let said = run_with(&without, 1).expect_err("no key is named");
    assert!(said.contains("which key?"), "{said}");
}

#[test]
fn requests_of_a_member_can_be_the_measure_that_scales() {
    let scale = "fleet = \"1..9\", start = 1, scale = { by = \"requests\", per_member = \"0.3/s\", period = \"10s\" }";
    let outcome = run(&fleet(scale, "10m", ""));
    // Three periods of 1/s on one member call for 1 / 0.3, rounded up.
    assert_eq!(values(&outcome, ["web.scale.out", "web.scale.out_at", "web.fleet.max"]), [1.0, 30.0, 4.0]);
    assert_eq!(values(&outcome, ["web.scale.in"]), [0.0], "0.25/s of 0.3/s is not low enough");
}

#[test]
fn a_blind_scaler_decides_nothing() {
    let blind = "[faults.blind]\nwhat = \"metric-missing\"\ntarget = \"web\"\nat = \"5s\"\nfor = \"95s\"\n";
    let scale = "fleet = \"1..9\", start = 1, scale = { by = \"requests\", per_member = \"0.3/s\", period = \"10s\" }";
    let outcome = run(&fleet(scale, "10m", blind));
    assert_eq!(values(&outcome, ["web.scale.out", "web.scale.out_at"]), [1.0, 120.0]);
}

#[test]
fn a_death_is_noticed_after_so_many_silences_and_until_then_requests_are_lost_there() {
    let loss = "[faults.loss]\nwhat = \"instance-loss\"\ntarget = \"web\"\nat = \"10.5s\"\ncount = 2\n";
    let health = "fleet = \"2..2\", boot = \"4s\", health = { every = \"2s\", threshold = 3, answers = 2 }";
    let outcome = run(&fleet(health, "40s", loss));
    // Both are silent at 12, 14 and 16 s. New ones are launched at 16 s, serve from 20 s on (when they answer for the first
    // time, since the end of a start comes before questions) and are let in at 22 s: those of 11 to 21 s are lost.
    assert_eq!(values(&outcome, ENDS), [28.0, 1.0, 11.0, 1.0]);
    assert_eq!(values(&outcome, ["web.flips", "web.healthy.mean"]), [4.0, 2.0 * (16.0 + 18.0) / 40.0]);
    // Billed until the death is noticed, in service until it happens.
    assert_eq!(values(&outcome, ["web.usage.instance_seconds", "web.fleet.mean"]), [80.0, 2.0 * 30.5 / 40.0]);
}

#[test]
fn a_zone_takes_its_members_along_and_the_others_take_their_work() {
    let outage = "[faults.dark]\nwhat = \"zone-outage\"\ntarget = \"eu-north-1b\"\nat = \"10.5s\"\nfor = \"10s\"\n";
    let text = fleet("fleet = \"3..3\", boot = \"5s\", policy = \"round-robin\"", "30s", outage);
    let outcome = run(&text.replace("name = \"Fleet\"", "name = \"Fleet\"\nregion = \"eu-north-1\""));
    // The question of 10 s is inside the second of three, in zone b, and dies with it.
    assert_eq!(values(&outcome, ["ask.ok", "ask.failed_by.gone"]), [29.0, 1.0]);
    // Another is launched at once in zone a, and serves from 15.5 s on.
    assert_eq!(values(&outcome, ["web.fleet.mean", "web.usage.instance_seconds"]), [85.0 / 30.0, 90.0]);
}

#[test]
fn a_fleet_that_nothing_changes_is_told_of() {
    let files = MemoryFiles::new([("fleet.toml", fleet("fleet = \"2..10\"", "10s", "").as_str())]);
    let scenario = Scenario::load(&files, "fleet.toml", &[], Options::default()).unwrap_or_else(|why| panic!("{why}"));
    let said: Vec<&str> = scenario.warnings.list.iter().map(|told| told.says.as_str()).collect();
    assert_eq!(said, ["nothing changes the fleet of `web`: it stays at 2"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// The books are audited at the end of every run: one that does not balance is an error here.
    #[test]
    fn the_books_balance_whatever_dies_and_what_serves_is_billed(
        seed in 0u64..1000,
        begins in 1u32..4,
        boot in 0u32..20,
        drain in 0u32..3,
        losses in prop::collection::vec((0u32..60, 1u32..4), 1..4),
        changes in prop::collection::vec((1u32..60, 1u32..6), 0..4),
        cores in any::<bool>(),
        scale in any::<bool>(),
    ) {
        let mut more = String::new();
        for (number, (at, count)) in losses.iter().enumerate() {
            more += &format!("[faults.loss-{number}]\nwhat = \"instance-loss\"\ntarget = \"web\"\nat = \"{at}.4s\"\ncount = {count}\n");
        }
        for (number, (at, size)) in changes.iter().enumerate() {
            more += &format!("[changes.size-{number}]\nat = \"{at}s\"\nset = {{ web.fleet = \"{size}..6\" }}\n");
        }
        let cores = if cores { "cores = 1, threads = 2, pool = { db = 1 }, " } else { "" };
        let scale = if scale { "scale = { by = \"cpu\", target = \"30%\", period = \"5s\" }, " } else { "" };
        let settings = format!("{cores}{scale}fleet = \"1..6\", start = {begins}, boot = \"{boot}s\", drain = \"{drain}s\"");
        let text = fleet(&settings, "60s", &more)
            .replace("1/s", "3/s")
            .replace("[components]", "[components]\ndb = { model = \"server\" }")
            .replace("work = \"750ms\"", "work = \"exp(500ms)\"\nsteps = [{ call = \"db\", work = \"exp(100ms)\", timeout = \"400ms\", retries = 1 }]")
            .replace("steps = [\"web\"]", "steps = [{ call = \"web\", timeout = \"3s\", retries = 2 }]");
        let outcome = run_with(&text, seed).map_err(TestCaseError::fail)?;
        let [billed, serving] = values(&outcome, ["web.usage.instance_seconds", "web.fleet.mean"]);
        prop_assert!(billed >= serving * 60.0 - 1e-6, "{billed} billed, {serving} in service");
        let [busy] = values(&outcome, ["web.busy"]);
        prop_assert!(busy <= 1.0 + 1e-9, "busy {busy}");
    }

    /// Arrivals and work are drawn by what they are for, so the two runs differ in nothing but the workers.
    #[test]
    fn more_servers_never_make_callers_wait_longer(seed in 0u64..1000, workers in 1u32..6) {
        let desk = |workers: u32| {
            let text = fleet(&format!("workers = {workers}"), "400s", "");
            let busy = text.replace("rate = \"1/s\", arrivals = \"even\"", &format!("rate = \"{}/s\"", f64::from(workers.max(1))));
            busy.replace("work = \"750ms\"", "work = \"exp(900ms)\"")
        };
        let text = desk(workers);
        let more = text.replace(&format!("workers = {workers}"), &format!("workers = {}", workers + 1));
        let (few, many) = (run_with(&text, seed), run_with(&more, seed));
        let few = few.map_err(TestCaseError::fail)?;
        let many = many.map_err(TestCaseError::fail)?;
        for path in ["web.wait.mean", "web.wait.p90", "web.wait.max", "web.queue.mean", "ask.mean"] {
            let ([few], [many]) = (values(&few, [path]), values(&many, [path]));
            prop_assert!(many <= few + 1e-12, "{path}: {few} with {workers}, {many} with one more");
        }
    }
}

#[test]
fn where_nobody_is_known_to_be_well_everybody_may_be_asked() {
    let loss = "[faults.loss]\nwhat = \"instance-loss\"\ntarget = \"web\"\nat = \"10.5s\"\n";
    let health = |open: bool| {
        let health = format!("{{ every = \"2s\", threshold = 1, answers = 3, open = {open} }}");
        run(&fleet(&format!("fleet = \"1..1\", boot = \"1s\", health = {health}"), "30s", loss))
    };
    // Found dead at 12 s; the new one is in service from 13 s on, and answers at 14, 16 and 18 s.
    assert_eq!(values(&health(false), ENDS), [22.0, 1.0, 7.0, 1.0]);
    // The questions of 11 and 12 s find nobody; that of 13 s is the newcomer's.
    assert_eq!(values(&health(true), ENDS), [27.0, 1.0, 2.0, 1.0]);
}

#[test]
fn a_member_that_lives_and_does_not_answer_is_given_nobody_until_it_does() {
    let stop = "[faults.pause]\nwhat = \"stop\"\ntarget = \"web\"\nat = \"10.2s\"\nfor = \"5s\"\n";
    let health = |more: &str| {
        let health = format!("{{ every = \"1s\", threshold = 1, answers = 1{more} }}");
        run(&fleet(&format!("fleet = \"1..1\", boot = \"1s\", health = {health}"), "30s", stop))
    };
    // Who comes while it stands still waits: a quarter of a second less each time, until 30.75 s.
    assert_eq!(values(&health(""), ["ask.ok", "ask.in_flight", "web.flips"]), [29.0, 1.0, 0.0]);
    // Silent at 11 s. It goes on at 15.2 s, is done with the question of 10 s at 15.75 s, and answers at 16 s.
    let avoided = health(", patience = \"2s\", then = \"avoid\"");
    assert_eq!(values(&avoided, ENDS), [25.0, 0.0, 5.0, 0.0]);
    assert_eq!(values(&avoided, ["web.flips", "web.healthy.mean"]), [2.0, 25.0 / 30.0]);
    // Replaced at 11 s with the question of 10 s inside; the new ones stand still, too, until 15.2 s.
    let replaced = health(", patience = \"2s\"");
    assert_eq!(values(&replaced, ["ask.failed_by.gone", "web.books.killed"]), [1.0, 1.0]);
}

#[test]
fn a_question_that_waits_as_long_as_the_patience_is_answered_in_time() {
    // Work of 3 s, a question every 2 s: number k begins at 3k, so the first in line waits at most k seconds at 3k - 1.
    let health = |patience: &str| {
        let health =
            format!("{{ every = \"1s\", threshold = 1, answers = 1, then = \"avoid\", patience = \"{patience}\" }}");
        let text = fleet(&format!("fleet = \"1..1\", health = {health}"), "12s", "");
        let text = text.replace("rate = \"1/s\"", "rate = \"0.5/s\"").replace("750ms", "3s");
        values(&run(&text), ["web.flips"])
    };
    // The question of 4 s stands first from 4 s on (asked of at 5 and 6 s: until 6 s, when it begins), that of 6 s until 9 s.
    assert_eq!(health("3s"), [0.0]);
    assert!(health("1s") > [0.0]);
}

#[test]
fn who_came_once_comes_to_the_same_member_until_that_is_gone() {
    let of = |sticky: bool, more: &str| {
        let settings = format!("key = \"user\", fleet = \"2..2\", sticky = {sticky}");
        let text = fleet(&settings, "20s", more).replace("750ms", "1500ms").replace("count = 1000", "count = 1");
        run(&text)
    };
    // The one user needs 1.5 s a second of one member: number i begins at 1.5 i, having waited for i / 2.
    assert_eq!(values(&of(true, ""), ["web.wait.max"]), [6.5]);
    assert_eq!(values(&of(false, ""), ["web.wait.max"]), [0.0]);
    let loss = "[faults.loss]\nwhat = \"instance-loss\"\ntarget = \"web\"\nat = \"5.2s\"\ncount = 2\n";
    let outcome = of(true, loss);
    assert!(values(&outcome, ["ask.ok"])[0] > 10.0, "it goes to another one");
}

#[test]
fn who_is_in_a_zone_calls_into_it_and_elsewhere_if_nobody_is_there() {
    let text = |more: &str| {
        let settings = "fleet = \"2..2\", zones = 2, boot = \"1h\", workers = 100";
        let text = fleet(settings, "20s", more).replace("750ms", "1ms\"\nsteps = [\"back\"]\n#");
        let back = "back = { model = \"server\", fleet = \"2..2\", zones = 2, across = false, time = \"1500ms\" }\n";
        text.replace("[handlers.web]", &format!("{back}\n[handlers.web]"))
            .replace("name = \"Fleet\"", "name = \"Fleet\"\nregion = \"eu-north-1\"")
    };
    assert_eq!(values(&run(&text("")), ["back.wait.max"]), [0.0]);
    // With one of two gone all callers are in one zone, and so is one of the two that they call.
    let loss = "[faults.loss]\nwhat = \"instance-loss\"\ntarget = \"web\"\nat = \"5.5s\"\n";
    assert!(values(&run(&text(loss)), ["back.wait.max"])[0] > 4.0);
    let loss = "[faults.loss]\nwhat = \"instance-loss\"\ntarget = [\"back\"]\nat = \"5.5s\"\n";
    assert!(values(&run(&text(loss)), ["back.books.done"])[0] > 10.0);
}

#[test]
fn a_death_is_found_as_late_as_theory_says() {
    comes_out("health-checks");
}

#[test]
fn zones_apart_carry_as_much_as_theory_says() {
    comes_out("zones-apart");
}

#[test]
fn a_step_adds_as_many_as_it_says() {
    let scale = "fleet = \"1..9\", start = 1, scale = { by = \"requests\", per_member = \"0.3/s\", period = \"10s\", \
                 steps = [[\"50%\", 2], [\"200%\", 5]] }";
    let outcome = run(&fleet(scale, "35s", ""));
    // 1/s is 0.7 above 0.3: the step of 50 % is reached, that of 200 % is not.
    assert_eq!(values(&outcome, ["web.scale.out", "web.scale.out_at", "web.fleet.max"]), [1.0, 30.0, 3.0]);
}

#[test]
fn what_a_season_ago_was_needed_is_there_before_it_is_needed_again() {
    let of = |season: &str| {
        let scale = format!(
            "fleet = \"1..2\", start = 1, boot = \"90s\", scale = {{ by = \"requests\", per_member = \"5/s\"{season} }}"
        );
        // 10/s from minute 5 to 10 and from 45 to 50: one member can do 6.7/s, two need no line.
        let rate = "rate = [[\"0m\", \"1/s\"], [\"5m\", \"1/s\"], [\"5m\", \"10/s\"], [\"10m\", \"10/s\"], [\"10m\", \"1/s\"], \
                    [\"45m\", \"1/s\"], [\"45m\", \"10/s\"], [\"50m\", \"10/s\"]]";
        let text = fleet(&scale, "50m", "").replace("rate = \"1/s\"", rate).replace("750ms", "150ms");
        run(&text.replace("warmup = \"0s\"", "warmup = \"40m\""))
    };
    assert!(values(&of(""), ["web.wait.max"])[0] > 1.0);
    let foreseen = of(", season = \"40m\", ahead = \"3m\"");
    assert_eq!(values(&foreseen, ["web.wait.max", "web.scale.out_at"]), [0.0, 43.0 * 60.0]);
}
