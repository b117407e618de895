//! The copy that leads dies: who takes over, when, what it lacks, and who finds it. Small enough to be worked out by hand.

use archsim::experiment::{Ask, Scenario, verify};
use archsim::outcome::Outcome;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;

fn run(text: &str) -> Outcome {
    let files = MemoryFiles::new([("case.toml", text)]);
    let scenario = Scenario::load(&files, "case.toml", &[], Options::default()).unwrap_or_else(|why| panic!("{why}"));
    scenario.ask(Ask { seed: Some(1), ..Ask::default() }).unwrap_or_else(|why| panic!("{why}"))
}

fn values<const N: usize>(outcome: &Outcome, paths: [&str; N]) -> [f64; N] {
    paths.map(|path| outcome.value(path).unwrap_or_else(|| panic!("{path} was not measured")))
}

fn comes_out(id: &str) {
    let (files, mut paths) = verify::built_in();
    paths.retain(|path| verify::id_of(path) == id);
    for case in verify::verify(&files, &paths, Some(1), |_| ()) {
        let rows = case.rows.unwrap_or_else(|trouble| panic!("{id}: {trouble}"));
        assert!(!rows.is_empty());
        rows.iter().for_each(|row| assert!(row.pass, "{id}: {}: {}", row.name, row.why));
    }
}

/// A write every second of data like these, 10 ms each; the copy that leads dies at these moments.
fn story(settings: &str, deaths: &[f64]) -> String {
    let fault = |(number, at): (usize, &f64)| {
        format!("[faults.death-{number}]\nwhat = \"primary-loss\"\ntarget = \"db\"\nat = \"{at}s\"\n")
    };
    let faults: String = deaths.iter().enumerate().map(fault).collect();
    format!(
        r#"
name = "Failover"
duration = "200s"
warmup = "0s"

[traffic]
save = {{ rate = "1/s", arrivals = "even" }}

[components]
db = {{ model = "store", latency = "10ms", {settings} }}

[flows.save]
steps = ["db.write"]
slo = {{ success = "99%" }}

{faults}"#
    )
}

const STANDBY: &str = "standbys = 1, lag = \"2s\", detect = \"5s\", promote = \"10s\"";
const ENDS: [&str; 3] = ["save.ok", "save.failed_by.gone", "save.failed_by.broken"];

#[test]
fn a_standby_takes_over_by_itself_and_lacks_what_had_not_arrived() {
    let outcome = run(&story(STANDBY, &[20.005]));
    // The write of 20 s is inside; those of 21 to 35 s find nobody: it takes over at 35.005 s.
    assert_eq!(values(&outcome, ENDS), [184.0, 1.0, 15.0]);
    // What was acknowledged at 18.01 and 19.01 s had not arrived.
    assert_eq!(values(&outcome, ["db.lost", "death-0.lost"]), [2.0, 2.0]);
    assert_eq!(values(&outcome, ["death-0.rpo", "death-0.detected", "db.up"]), [1.995, 5.0, 185.0 / 200.0]);
    assert_eq!(values(&outcome, ["db.lag.mean", "db.outages"]), [2.0, 1.0]);
}

#[test]
fn what_a_standby_has_before_it_is_acknowledged_is_not_lost_and_takes_longer() {
    let settings = STANDBY.replace("2s", "20ms") + ", together = \"yes\"";
    let outcome = run(&story(&settings, &[20.005]));
    assert_eq!(values(&outcome, ["db.lost", "death-0.rpo", "death-0.intact"]), [0.0, 0.0, 1.0]);
    assert_eq!(values(&outcome, ["save.mean"]), [0.03], "10 ms of its own and 20 ms until the standby has it");
}

#[test]
fn a_copy_that_died_stands_by_when_it_is_there_again_and_not_before() {
    let settings = STANDBY.to_owned() + ", joins = \"60s\"";
    // There again at 80.005 s: the second death costs 15 s like the first.
    let after = run(&story(&settings, &[20.005, 80.5]));
    assert_eq!(values(&after, ENDS), [200.0 - 16.0 - 15.0, 1.0, 30.0]);
    // The second death comes first: nobody stands by, until the first one is there again. It has nothing to take over with:
    // the second one leads again after 60 s, and nothing of it is lost.
    let before = run(&story(&settings, &[20.005, 70.5]));
    assert_eq!(values(&before, ENDS), [200.0 - 16.0 - 60.0, 1.0, 75.0]);
    assert_eq!(values(&before, ["death-1.lost", "db.lost"]), [0.0, 2.0]);
}

#[test]
fn alone_it_is_down_until_it_starts_again_and_loses_nothing() {
    let outcome = run(&story("detect = \"5s\", promote = \"10s\", restart = \"40s\"", &[20.5]));
    assert_eq!(values(&outcome, ENDS), [160.0, 0.0, 40.0]);
    assert_eq!(values(&outcome, ["db.lost", "db.up"]), [0.0, 0.8]);
    let for_good = run(&story("detect = \"5s\", promote = \"10s\"", &[20.5]));
    assert_eq!(values(&for_good, ENDS), [21.0, 0.0, 179.0]);
}

#[test]
fn whoever_is_back_before_somebody_notices_leads_again() {
    let outcome = run(&story(&(STANDBY.to_owned() + ", joins = \"3s\""), &[20.5]));
    assert_eq!(values(&outcome, ENDS), [197.0, 0.0, 3.0]);
    assert_eq!(values(&outcome, ["db.lost"]), [0.0]);
    // And if that is while another one takes over, it stands by afterwards.
    let late = run(&story(&(STANDBY.to_owned() + ", joins = \"8s\""), &[20.5, 60.5]));
    assert_eq!(values(&late, ENDS), [170.0, 0.0, 30.0]);
}

#[test]
fn callers_find_a_new_address_one_after_another() {
    let settings = STANDBY.to_owned() + ", address = \"60s\"";
    let text = story(&settings, &[20.5]).replace("rate = \"1/s\"", "rate = \"1000/s\"");
    let outcome = run(&text);
    // 15 s of nobody, and then a share that falls from one to nothing within a minute: half of 60,000.
    let [failed] = values(&outcome, ["save.failed"]);
    let sigma = (60_000.0_f64 / 6.0).sqrt();
    assert!((failed - 15_000.0 - 30_000.0 - 10.0).abs() < 4.0 * sigma + 10.0, "{failed}");
}

#[test]
fn a_region_that_goes_dark_is_noticed_and_another_one_leads() {
    let text = story(STANDBY, &[])
        .replace("name = \"Failover\"", "name = \"Failover\"\nregions = [\"us-east-1\", \"us-west-2\"]");
    let text = text.replace("model = \"store\"", "model = \"store\", writer = \"us-east-1\"");
    let text = text.replace("arrivals = \"even\" }", "arrivals = \"even\", near = { us-west-2 = 1 } }");
    let dark = "[network]\nus-east-1.us-west-2 = \"0ms\"\n[faults.dark]\nwhat = \"region-outage\"\ntarget = \"us-east-1\"\nat = \"20.5s\"\n";
    let outcome = run(&(text.clone() + dark));
    assert_eq!(values(&outcome, ENDS), [185.0, 0.0, 15.0]);
    assert_eq!(values(&outcome, ["dark.lost", "dark.detected"]), [2.0, 5.0]);
    // A region that is back before that was never left.
    let short = run(&(text + dark + "for = \"4s\"\n"));
    assert_eq!(values(&short, ["save.ok", "db.lost"]), [196.0, 0.0]);
}

#[test]
fn a_copy_that_works_for_each_write_lacks_as_much_as_theory_says() {
    comes_out("rpo-under-load");
}

/// Ten messages break their worker and lie dead after ten seconds; thirty more do not. A change comes at 20 s.
fn dead_letters(steps: &str) -> String {
    format!(
        r#"
name = "Dead letters"
duration = "40s"
warmup = "0s"

[traffic]
send = {{ rate = "1/s", arrivals = "even" }}

[components]
jobs = {{ model = "queue", time = "0s", visibility = "1s", max_receives = 1, dead_letters = "dead" }}
dead = {{ model = "queue", time = "0s" }}
pack = {{ model = "server", workers = 1 }}

[handlers.pack]
from = "jobs"
work = "100ms"

[flows.send]
steps = [{{ send = "jobs" }}]

[faults.bug]
what = "errors"
target = "pack"
at = "0s"
for = "9950ms"

[changes.again]
at = "20s"
steps = [{steps}]
"#
    )
}

#[test]
fn what_lies_among_the_dead_is_sent_again_at_a_rate_and_each_once() {
    let outcome = run(&dead_letters("{ replay = \"dead\", to = \"jobs\", rate = \"2/s\" }"));
    // At 20, 20.5, .. 24.5 s; at 25 s none is left.
    let dead = ["dead.books.moved_in", "dead.books.moved_out", "dead.books.waiting", "dead.backlog.mean"];
    // Waiting: one second each until 10 s, then all ten until 20 s, then half a second each.
    assert_eq!(values(&outcome, dead), [10.0, 10.0, 0.0, (45.0 + 100.0 + 22.5) / 40.0]);
    assert_eq!(values(&outcome, ["jobs.books.moved_in", "jobs.books.consumed"]), [10.0, 40.0]);
    assert_eq!(values(&outcome, ["again.started", "again.failed"]), [1.0, 0.0]);
    let at_once = run(&dead_letters("{ replay = \"dead\", to = \"jobs\" }"));
    assert_eq!(values(&at_once, ["dead.backlog.mean"]), [(45.0 + 100.0) / 40.0]);
}

#[test]
fn what_an_action_takes_passes_before_it_and_one_that_fails_is_the_last() {
    let offered = |steps: &str| {
        let changed = format!("[changes.fix]\nat = \"20s\"\nsteps = [{steps}]\n");
        let text = story("", &[]).replace("db = {", "web = { model = \"server\", time = \"1s\" }\n#");
        let outcome = run(&(text.replace("db.write", "web").replace("rate = \"1/s\"", "rate = \"0.1/s\"") + &changed));
        // Twenty times a second of work; what was there is that over the busy share.
        let [busy, failed] = values(&outcome, ["web.busy", "fix.failed"]);
        ((20.0 / busy).round(), failed)
    };
    let two = "{ set = { web.workers = 2 }, takes = \"7s\" }";
    assert_eq!(offered(two), (27.0 + 2.0 * 173.0, 0.0));
    let three = "{ set = { web.workers = 3 } }";
    assert_eq!(offered(&format!("{two}, {three}")), (27.0 + 3.0 * 173.0, 0.0));
    let aside = two.replace("takes", "finish = false, takes");
    assert_eq!(
        offered(&format!("{aside}, {three}")),
        (20.0 + 3.0 * 7.0 + 2.0 * 173.0, 0.0),
        "the second does not wait"
    );
    let broken = "{ set = { web.workers = 9 }, fail = \"100%\" }";
    assert_eq!(offered(&format!("{two}, {broken}, {three}")), (27.0 + 2.0 * 173.0, 1.0));
    assert_eq!(offered(&format!("{{ parallel = [{broken}, {three}] }}, {two}")), (200.0, 1.0), "nothing more is begun");
}

#[test]
fn each_time_of_a_fault_that_comes_again_has_a_recovery_of_its_own() {
    let text = story("", &[])
        + "[faults.again]\nwhat = \"outage\"\ntarget = \"db\"\nevery = \"39.5s\"\nfor = \"10s\"\n\
           [expect]\nagain.felt_outage = \"<= 12s\"\n";
    let outcome = run(&text);
    // Down from 39.5, 89, 138.5 and 188 s on, ten seconds each time; ten writes, but nine and the one that begins at 188 s.
    assert_eq!(values(&outcome, ["again.times", "again.failed.max", "again.failed"]), [4.0, 10.0, 10.0]);
    assert_eq!(values(&outcome, ["again.felt_outage.max"]), [10.0]);
}
