//! Faults, alarms, runbooks, regions: small stories worked out by hand, and what holds in every one of them.

use archsim::experiment::verify;
use archsim::experiment::{Ask, Scenario, Simulation};
use archsim::outcome::Outcome;
use archsim::outcome::recovery::recoveries;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;
use archsim::units::Time;

fn load(text: &str) -> Result<Scenario, String> {
    let files = MemoryFiles::new([("story.toml", text)]);
    Scenario::load(&files, "story.toml", &[], Options::default()).map_err(|why| why.to_string())
}

fn run(text: &str) -> Outcome {
    let scenario = load(text).unwrap_or_else(|why| panic!("{why}\n{text}"));
    scenario.ask(Ask { seed: Some(1), ..Ask::default() }).unwrap_or_else(|why| panic!("{why}\n{text}"))
}

fn values<const N: usize>(outcome: &Outcome, paths: [&str; N]) -> [f64; N] {
    paths.map(|path| outcome.value(path).unwrap_or_else(|| panic!("{path} was not measured")))
}

/// All known numbers of these built-in proofs come out.
fn comes_out(ids: &[&str]) {
    let (files, mut paths) = verify::built_in();
    paths.retain(|path| ids.contains(&verify::id_of(path).as_str()));
    assert_eq!(paths.len(), ids.len(), "each is there: {ids:?}");
    for case in verify::verify(&files, &paths, Some(1), |_| ()) {
        let rows = case.rows.unwrap_or_else(|trouble| panic!("{}: {trouble}", case.id));
        rows.iter().for_each(|row| assert!(row.pass, "{}: {}: {}", case.id, row.name, row.why));
    }
}

#[test]
fn a_region_goes_dark_and_a_runbook_moves_everybody() {
    comes_out(&["worked-failover", "worked-failover-short", "worked-failover-nobody"]);
}

#[test]
fn a_restored_backup_lacks_what_came_after_it() {
    comes_out(&["worked-snapshot"]);
}

#[test]
fn a_failover_by_name_takes_as_long_as_theory_says() {
    comes_out(&["failover-availability"]);
}

#[test]
fn two_of_three_zones_are_up_as_often_as_theory_says() {
    comes_out(&["availability-2of3"]);
}

#[test]
fn a_crew_repairs_one_thing_at_a_time() {
    comes_out(&["availability-1crew"]);
}

#[test]
fn what_a_copy_lacks_is_as_much_as_theory_says() {
    let (files, paths) = verify::built_in();
    let path = paths.iter().find(|path| path.contains("rpo-async-lag")).expect("it is built in");
    let scenario = Scenario::load(&files, path, &[], Options::default()).unwrap_or_else(|why| panic!("{why}"));
    let fewer = Ask { seed: Some(1), replications: Some(600), ..Ask::default() };
    let outcome = scenario.ask(fewer).unwrap_or_else(|why| panic!("{why}"));
    outcome.known.iter().for_each(|row| assert!(row.pass, "{}: {}", row.name, row.why));
}

/// A flow that asks `web`, which asks `db`; even questions, one each second; more lines at the end.
fn story(more: &str) -> String {
    format!(
        r#"
name = "Story"
duration = "200s"
warmup = "0s"

[traffic]
ask = {{ rate = "1/s", arrivals = "even" }}

[components]
web = {{ model = "server", workers = 100 }}
db = {{ model = "server", workers = 100 }}
ops = {{ model = "people", answer = "5s" }}

[handlers.web]
work = "100ms"
steps = [{{ call = "db", work = "400ms" }}]

[flows.ask]
steps = ["web"]
slo = {{ success = "99%" }}
{more}"#
    )
}

#[test]
fn an_outage_kills_who_is_inside_and_turns_away_who_comes() {
    let fault = "[faults.dead]\nwhat = \"outage\"\ntarget = \"db\"\nat = \"10.3s\"\nfor = \"5s\"\n";
    let outcome = run(&story(fault));
    // The question of 10 s is in `db` since 10.1 s; those of 11 to 15 s come there at 11.1, ..., 15.1 s.
    let ends = values(&outcome, ["ask.ok", "ask.failed_by.gone", "ask.failed_by.broken"]);
    assert_eq!(ends, [194.0 - 1.0 + 1.0, 1.0, 5.0]);
    let books = ["db.books.killed", "db.books.refused", "db.books.done", "db.books.came_in", "web.books.killed"];
    assert_eq!(values(&outcome, books), [1.0, 5.0, 194.0, 200.0, 0.0]);
    assert_eq!(values(&outcome, ["db.up", "db.outages", "db.first_down"]), [195.0 / 200.0, 1.0, 10.3]);
}

#[test]
fn a_caller_that_dies_takes_along_what_it_had_asked_for() {
    let fault = "[faults.dead]\nwhat = \"outage\"\ntarget = \"web\"\nat = \"10.3s\"\nfor = \"5s\"\n";
    let outcome = run(&story(fault));
    let books = ["web.books.killed", "web.books.refused", "db.books.killed", "db.books.withdrawn"];
    // It dies in `web` while it waits for `db`, which is told; those of 11 to 15 s are turned away.
    assert_eq!(values(&outcome, books), [1.0, 5.0, 0.0, 1.0]);
    assert_eq!(values(&outcome, ["ask.failed_by.gone", "dead.failed"]), [1.0, 6.0]);
}

#[test]
fn a_caller_knows_another_way_when_what_it_asked_dies() {
    let other = "steps = [{ call = \"db\", work = \"400ms\", else = [{ wait = \"1s\" }] }]";
    let fault = "[faults.dead]\nwhat = \"outage\"\ntarget = \"db\"\nat = \"10.3s\"\nfor = \"5s\"\n";
    let text = story(fault).replace("steps = [{ call = \"db\", work = \"400ms\" }]", other);
    let outcome = run(&text);
    assert_eq!(values(&outcome, ["ask.failed", "db.books.killed", "ask.max"]), [0.0, 1.0, 1.3]);
}

#[test]
fn an_alarm_needs_so_many_of_so_many_periods() {
    let fault = |name: &str, at: &str| {
        format!("[faults.{name}]\nwhat = \"outage\"\ntarget = \"db\"\nat = \"{at}\"\nfor = \"2s\"\n")
    };
    let faults = [fault("one", "13s"), fault("two", "42s"), fault("three", "67s")].concat();
    let alarm = |rest: &str| format!("[alarms.bell]\nwhen = \"db.up < 1\"\naverage = \"10s\"\n{rest}\n{faults}");
    // Periods [10, 20), [40, 50), [60, 70) breach: three in a row never, two of three at the end of the last.
    assert_eq!(values(&run(&story(&alarm("periods = 2"))), ["bell.raised"]), [0.0]);
    let outcome = run(&story(&alarm("periods = 2\nof = 3")));
    assert_eq!(values(&outcome, ["bell.raised", "bell.raised_at"]), [1.0, 70.0]);
    let once = run(&story(&alarm("")));
    assert_eq!(values(&once, ["bell.raised", "bell.raised_at"]), [3.0, 20.0]);
}

#[test]
fn silence_is_what_the_alarm_says_it_is() {
    let silent = |missing: &str| {
        let fault =
            "[faults.dead]\nwhat = [\"outage\", \"metric-missing\"]\ntarget = \"db\"\nat = \"30s\"\nfor = \"50s\"\n";
        let alarm = format!("[alarms.bell]\nwhen = \"db.up < 1\"\naverage = \"10s\"\nmissing = \"{missing}\"\n{fault}");
        run(&story(&alarm)).value("bell.raised_at")
    };
    assert_eq!(silent("ignore"), None);
    assert_eq!(silent("ok"), None);
    assert_eq!(silent("breaching"), Some(40.0));
}

#[test]
fn alarms_see_flows_and_parts() {
    let fault = "[faults.bad]\nwhat = \"errors\"\ntarget = \"db\"\nat = \"30s\"\nfor = \"20s\"\n";
    let raised = |when: &str, statistic: &str| {
        let alarm =
            format!("[alarms.bell]\nwhen = \"{when}\"\naverage = \"10s\"\nstatistic = \"{statistic}\"\n{fault}");
        run(&story(&alarm)).value("bell.raised_at")
    };
    // The first that fails begins at 30 s and ends at 30.5 s.
    assert_eq!(raised("ask.errors > 50%", "mean"), Some(40.0));
    assert_eq!(raised("ask.success < 50%", "mean"), Some(40.0));
    assert_eq!(raised("db.errors > 0.5", "mean"), Some(40.0));
    assert_eq!(raised("ask.rate > 2/s", "mean"), None);
    assert_eq!(
        raised("ask.rate >= 10", "sum"),
        Some(10.0),
        "ten end in the first ten seconds: at 0.5 s, 1.5 s and so on"
    );
    assert_eq!(raised("ask.p99 >= 500ms", "mean"), Some(10.0));
    assert_eq!(raised("ask.p50 < 400ms", "max"), None);
    assert_eq!(raised("db.present >= 0.4", "mean"), Some(10.0), "half of the time one is there");
    assert_eq!(raised("db.busy > 0.003", "mean"), Some(10.0));
}

#[test]
fn a_runbook_does_one_thing_after_another_or_at_once() {
    let fault = "[faults.dead]\nwhat = \"outage\"\ntarget = \"db\"\nat = \"30s\"\n";
    let alarm = "[alarms.bell]\nwhen = \"db.up < 1\"\naverage = \"10s\"\nthen = \"fix\"\n";
    let acted = |steps: &str, rest: &str| {
        let text = story(&format!("{fault}{alarm}[runbooks.fix]\n{rest}\nsteps = [{steps}]\n"));
        // The run ends before it is over; what was done shows in the workers of `web`.
        let outcome = run(&text);
        values(&outcome, ["fix.started", "fix.given_up"])
    };
    let set = "{ set = { web.workers = 50 } }";
    assert_eq!(acted(&format!("{{ ask = \"ops\" }}, {set}"), ""), [1.0, 0.0]);
    assert_eq!(acted(&format!("{{ wait = \"30s\" }}, {set}"), "timeout = \"20s\""), [1.0, 1.0]);
    let both = "{ parallel = [{ wait = \"10s\" }, { wait = \"7s\" }] }, { notify = \"ops\" }";
    assert_eq!(acted(both, "timeout = \"10500ms\""), [1.0, 0.0]);
    assert_eq!(acted(both, "timeout = \"9500ms\""), [1.0, 1.0]);
    let not_waited_for = "{ wait = \"30s\", finish = false }, { notify = \"ops\" }";
    assert_eq!(acted(not_waited_for, "timeout = \"1s\""), [1.0, 0.0]);
}

/// Two regions 60 ms apart; `db` only at home; users near both.
fn regions(more: &str) -> String {
    format!(
        r#"
name = "Two regions"
regions = ["us-east-1", "us-west-2"]
duration = "100s"
warmup = "0s"

[network]
us-east-1.us-west-2 = "60ms"

[traffic.east]
rate = "1/s"
arrivals = "even"
flow = "here"
near = {{ us-east-1 = 1 }}

[traffic.west]
rate = "1/s"
arrivals = "even"
flow = "there"
near = {{ us-west-2 = 1 }}

[components]
web = {{ model = "server", workers = 10, time = "10ms" }}
db = {{ model = "server", workers = 10, time = "5ms", region = "us-east-1" }}

[flows.here]
steps = ["web", "db"]

[flows.there]
steps = ["web", "db"]
{more}"#
    )
}

#[test]
fn a_call_stays_in_its_region_where_it_can_and_else_goes_home() {
    let outcome = run(&regions(""));
    assert_eq!(values(&outcome, ["here.mean", "there.mean"]), [0.015, 0.075]);
    assert_eq!(values(&outcome, ["web.books.done", "db.books.done"]), [200.0, 200.0]);
}

#[test]
fn a_name_leads_everybody_home_over_the_distance() {
    let text = regions("").replace("[components]", "[components]\nname = { model = \"dns\" }");
    let outcome = run(&text.replace("steps =", "through = [\"name\"]\nsteps ="));
    assert_eq!(values(&outcome, ["here.mean", "there.mean"]), [0.015, 0.075]);
    let near = text.replace("model = \"dns\"", "model = \"dns\", policy = \"near\"");
    let near = near.replace("steps =", "through = [\"name\"]\nsteps =").replace(", region = \"us-east-1\"", "");
    assert_eq!(values(&run(&near), ["here.mean", "there.mean"]), [0.015, 0.015]);
}

#[test]
fn a_region_that_is_dark_serves_nobody_and_the_other_goes_on() {
    let fault = "[faults.dark]\nwhat = \"region-outage\"\ntarget = \"us-west-2\"\nat = \"20s\"\nfor = \"10s\"\n";
    let outcome = run(&regions(fault));
    assert_eq!(values(&outcome, ["here.failed", "there.failed_by.broken"]), [0.0, 10.0]);
    assert_eq!(values(&outcome, ["dark.rto", "dark.felt_outage"]), [60.0, 10.0]);
}

#[test]
fn whoever_is_on_a_cut_road_tries_again_until_it_is_whole() {
    let cut =
        "[faults.cut]\nwhat = \"partition\"\ntarget = [\"us-east-1\", \"us-west-2\"]\nat = \"20s\"\nfor = \"5s\"\n";
    let outcome = run(&regions(cut));
    // A question of 20 s is sent at 20.01, again after 1, 2 and 4 s: it gets through at 27.01 s.
    assert_eq!(values(&outcome, ["there.failed", "there.max", "here.max"]), [0.0, 7.075, 0.015]);
    let impatient = regions(cut).replace("flow = \"there\"", "flow = \"there\"\ntimeout = \"500ms\"");
    let outcome = run(&impatient);
    assert_eq!(values(&outcome, ["there.ok", "there.late"]), [95.0, 5.0]);
}

#[test]
fn packets_that_are_lost_cost_a_second_and_then_two() {
    let loss =
        "[faults.loss]\nwhat = \"packet-loss\"\ntarget = [\"us-east-1\", \"us-west-2\"]\nshare = 0.5\nat = \"0s\"\n";
    let text = regions(loss).replace("duration = \"100s\"", "duration = \"20000s\"");
    let outcome = run(&text);
    // The number of times that one way is sent again is geometric: (1/2)^(k+1) for k; 2^k - 1 seconds until the k-th try.
    // Both ways get through at once in a quarter of all questions.
    let at_once = outcome.value("there.p50").expect("measured");
    assert!(at_once > 1.0, "{at_once}");
    let quick = outcome.replications[0].flows.iter().find(|flow| flow.name == "there").expect("it is there");
    let n = quick.whole.latency.count() as f64;
    let later = quick.whole.latency.count_at_least(archsim::units::Span(500_000_000)) as f64;
    let share = 1.0 - later / n;
    assert!((share - 0.25).abs() <= 4.0 * (0.25f64 * 0.75 / n).sqrt(), "{share}");
}

#[test]
fn roads_may_be_longer_for_a_while() {
    let far =
        "[faults.far]\nwhat = \"distance\"\ntarget = [\"us-east-1\", \"us-west-2\"]\nadd = \"40ms\"\nat = \"0s\"\n";
    assert_eq!(values(&run(&regions(far)), ["here.mean", "there.mean"]), [0.015, 0.115]);
}

#[test]
fn a_region_may_have_settings_of_its_own() {
    let text = regions("").replace("time = \"10ms\" }", "time = \"10ms\", in.us-west-2 = { time = \"30ms\" } }");
    assert_eq!(values(&run(&text), ["here.mean", "there.mean"]), [0.015, 0.095]);
}

#[test]
fn a_region_is_drained_and_its_users_go_elsewhere() {
    let drain = "[changes.move]\nat = \"50s\"\ndrain = \"us-east-1\"\n";
    let text = regions(drain).replace("[components]", "[components]\nname = { model = \"dns\", ttl = \"0s\" }");
    let text = text.replace("steps =", "through = [\"name\"]\nsteps =").replace(", region = \"us-east-1\"", "");
    let outcome = run(&text);
    // Half of the time everybody is served in the east, half in the west.
    assert_eq!(values(&outcome, ["here.mean", "there.mean"]), [0.045, 0.045]);
}

#[test]
fn a_fleet_loses_a_zone_and_refills_in_the_others() {
    let text = story("[faults.zone]\nwhat = \"zone-outage\"\ntarget = \"us-east-1a\"\nat = \"50.2s\"\nfor = \"60s\"\n")
        .replace("name = \"Story\"", "name = \"Story\"\nregion = \"us-east-1\"")
        .replace("workers = 100 }\ndb", "workers = 100, fleet = \"3..3\", boot = \"30s\", zones = 3 }\ndb");
    let outcome = run(&text);
    // One of three is in the zone; it takes along the question that is inside, if that was its turn.
    assert!(outcome.value("ask.failed_by.gone").is_some_and(|gone| gone <= 1.0));
    assert_eq!(values(&outcome, ["ask.failed_by.broken"]), [0.0], "the other two serve");
}

#[test]
fn the_parts_of_every_recovery_add_up_to_it() {
    let text = |at: u32, lasts: u32, wait: u32| {
        story(&format!(
            "[faults.dead]\nwhat = \"outage\"\ntarget = \"db\"\nat = \"{at}s\"\nfor = \"{lasts}s\"\n\
             [alarms.bell]\nwhen = \"ask.errors > 1%\"\naverage = \"7s\"\nperiods = 2\nthen = \"fix\"\n\
             [runbooks.fix]\nsteps = [{{ wait = \"{wait}s\" }}, {{ set = {{ web.workers = 90 }} }}, {{ wait = \"3s\" }}]\n"
        ))
    };
    for (at, lasts, wait) in [(0, 1, 0), (13, 5, 1), (40, 59, 20), (61, 30, 100), (150, 20, 2), (199, 90, 1)] {
        let outcome = run(&text(at, lasts, wait));
        for one in recoveries(&outcome) {
            let Some(rto) = one.rto.mean else {
                assert_eq!(one.unrecovered, 1, "at {at} for {lasts}");
                continue;
            };
            let sum: f64 = one.parts.iter().flatten().sum();
            assert!((sum - rto).abs() < 1e-9, "at {at} for {lasts}: {sum} against {rto}");
            assert!(one.felt_outage.is_some_and(|felt| felt <= rto + 1.0), "a question comes every second");
        }
    }
}

#[test]
fn an_objective_of_a_fault_is_missed_if_it_is_never_over() {
    let fault =
        "[faults.dead]\nwhat = \"outage\"\ntarget = \"db\"\nat = \"100s\"\nslo = { rto = \"30s\", rpo = \"1s\" }\n";
    let outcome = run(&story(fault));
    let verdict = |path: &str| {
        let found = outcome.objectives.iter().find(|objective| objective.path == path);
        found.map(|objective| objective.verdict.word()).unwrap_or_else(|| panic!("{path} is judged"))
    };
    assert_eq!((verdict("dead.rto"), verdict("dead.rpo")), ("missed", "met"));
    let short =
        run(&story(&fault.replace("at = \"100s\"", "at = \"100s\"\nfor = \"30s\"").replace("30s\",", "60s\",")));
    assert_eq!(short.value("dead.rto"), Some(60.0));
}

#[test]
fn a_run_that_is_forked_in_the_middle_of_a_recovery_is_the_straight_one() {
    let (files, paths) = verify::built_in();
    for id in ["worked-failover", "worked-snapshot", "rto-dns-failover", "failover-availability"] {
        let path = paths.iter().find(|path| verify::id_of(path) == id).expect("it is built in");
        let scenario = Scenario::load(&files, path, &[], Options::default()).unwrap_or_else(|why| panic!("{why}"));
        let plan = scenario.plan.clone();
        let end = |mut simulation: Simulation| {
            simulation.run_until(plan.to).unwrap_or_else(|why| panic!("{why}"));
            simulation.results()
        };
        let straight = end(Simulation::new(&plan, 7, 3));
        for part in 1..8 {
            let mut simulation: Simulation = Simulation::new(&plan, 7, 3);
            simulation.run_until(Time(plan.to.0 / 8 * part)).unwrap_or_else(|why| panic!("{why}"));
            let (fork, on) = (end(simulation.clone()), end(simulation));
            assert!(fork == straight && on == straight, "{id}, forked after {part} of 8");
        }
    }
}

#[test]
fn what_cannot_be_run_is_refused_with_a_cure() {
    let refused = |text: &str, says: &str| {
        let why = load(text).err().unwrap_or_else(|| panic!("accepted: {says}"));
        assert!(why.contains(says) && why.contains("help"), "{says}: {why}");
    };
    let fault =
        |what: &str, target: &str| format!("[faults.x]\nwhat = \"{what}\"\ntarget = \"{target}\"\nat = \"5s\"\n");
    refused(&story(&fault("region-outage", "web")), "no region");
    refused(&story(&fault("replication-stall", "web")), "no copies");
    refused(&story(&fault("dns-stuck", "web")), "no name");
    refused(&story("[alarms.a]\nwhen = \"web.colour > 1\"\n"), "no alarm sees");
    refused(&story("[alarms.a]\nwhen = \"web.busy > 1\"\nstatistic = \"p99\"\n"), "cannot use");
    refused(&story("[runbooks.r]\nsteps = [{ promote = \"db\", to = \"rest\" }]\n"), "no copies");
    let far = regions("").replace("[network]\nus-east-1.us-west-2 = \"60ms\"\n", "").replace("us-west-2", "the-moon");
    refused(&far, "how far");
    let elsewhere =
        regions("").replace("[flows.here]", "[components.web.in.us-moon-1]\ntime = \"30ms\"\n\n[flows.here]");
    refused(&elsewhere, "us-moon-1");
}

#[test]
fn a_distance_that_nobody_states_is_as_measured() {
    let far = regions("").replace("[network]\nus-east-1.us-west-2 = \"60ms\"\n", "");
    // 63.5 ms there and back between the coasts instead of 60: half of it either way, for who asks across.
    let [stated, measured] = [regions(""), far].map(|text| values(&run(&text), ["there.mean"])[0]);
    assert!((measured - stated - 0.0035).abs() < 1e-9, "{stated} {measured}");
}

#[test]
fn what_failed_beyond_a_run_without_the_fault_is_the_doing_of_the_fault() {
    let outage = "[faults.down]\nwhat = \"outage\"\ntarget = \"db\"\nat = \"20s\"\nfor = \"10s\"\n";
    let outcome = run(&story(outage));
    let [failed, beyond] = values(&outcome, ["down.failed", "down.failed_beyond"]);
    assert!(failed > 0.0);
    assert_eq!(beyond, failed, "nothing else fails here");
}
