//! The causes that a run tells: scenarios whose true cause is known by construction, and the same over seeds.

use archsim::experiment::{Ask, Scenario};
use archsim::outcome::Outcome;
use archsim::outcome::causes::{Link, Story, What};
use archsim::report::terminal;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;

fn run(text: &str, replications: u32) -> Outcome {
    let text = format!("name = \"It\"\n{text}");
    let files = MemoryFiles::new([("it.toml", text.as_str())]);
    let scenario = Scenario::load(&files, "it.toml", &[], Options::default()).unwrap_or_else(|why| panic!("{why}"));
    let ask = Ask { seed: Some(1), replications: Some(replications), ..Ask::default() };
    scenario.ask(ask).unwrap_or_else(|why| panic!("{why}"))
}

fn stories(outcome: &Outcome) -> &[Story] {
    &outcome.why.as_ref().expect("it was looked at").account.stories
}

/// Kind and owner of each link: "full db".
fn chain(story: &Story) -> Vec<String> {
    story.links.iter().map(|link| format!("{} {}", link.kind(), link.whose)).collect()
}

/// The first story of three runs, which have to agree on it.
fn agreed(text: &str) -> (Outcome, Vec<String>) {
    let outcome = run(text, 3);
    let why = outcome.why.as_ref().expect("it was looked at");
    assert_eq!((why.same, why.of), (3, 3), "{}", terminal::run(&outcome));
    let first = chain(&stories(&outcome)[0]);
    (outcome, first)
}

fn link<'a>(outcome: &'a Outcome, kind: &str, whose: &str) -> &'a Link {
    let links = stories(outcome).iter().flat_map(|story| &story.links);
    let found = links.into_iter().find(|link| link.kind() == kind && link.whose == whose);
    found.unwrap_or_else(|| panic!("no {kind} {whose}: {}", terminal::run(outcome)))
}

/// From the second minute on twice as many come as four workers can do: 80 a second.
const OVERLOAD: &str = r#"
duration = "10m"
[traffic]
people = { rate = [["0m", "40/s"], ["2m", "40/s"], ["2m1s", "160/s"], ["4m", "160/s"], ["4m1s", "40/s"]], flow = "page", timeout = "5s" }
[components]
web = { model = "server", workers = 4 }
[flows]
page = { steps = [{ call = "web", work = "exp(50ms)" }], slo = { p99 = "1s", success = "99%" } }
"#;

#[test]
fn a_server_with_too_few_workers_is_the_first_cause_of_late_pages() {
    let (outcome, chain) = agreed(OVERLOAD);
    assert_eq!(chain, ["full web", "gives_up people", "late page", "failed page"]);
    let full = link(&outcome, "full", "web");
    let What::Full { limit, came, came_before, .. } = full.what else { panic!("{full:?}") };
    assert_eq!(limit, 4);
    assert!((115.0..125.0).contains(&full.at.as_seconds()), "{full:?}");
    assert!((140.0..180.0).contains(&came) && came_before.is_some_and(|before| (35.0..45.0).contains(&before)));
    // 80 a second too many for 118 s, and as many are done in a second: nobody waits for longer than 118 s.
    let What::Full { waiting, .. } = full.what else { panic!("{full:?}") };
    assert!((8_500..10_500).contains(&waiting), "{full:?}");
}

#[test]
fn the_sentences_hold_limits_times_and_counts() {
    let outcome = run(OVERLOAD, 1);
    let text = terminal::run(&outcome);
    assert!(text.contains("→ page: ") && text.contains("web: all 4 workers busy"), "{text}");
    let start = text.lines().position(|line| line.contains("web: all 4")).expect("it is told");
    let told: Vec<&str> = text.lines().skip(start).take_while(|line| !line.is_empty()).collect();
    assert!(told.iter().all(|line| line.chars().any(|letter| letter.is_ascii_digit())), "{told:?}");
    let doubts = ["may ", "might", "could", "probably", "perhaps", "likely"];
    assert!(told.iter().all(|line| doubts.iter().all(|word| !line.contains(word))), "{told:?}");
}

#[test]
fn a_pause_with_impatient_callers_leads_through_the_line_and_the_retries_to_failures() {
    let (outcome, chain) = agreed(
        r#"
duration = "6m"
[traffic.people]
rate = "140/s"
flow = "ask"
timeout = "1s"
retries = 3
backoff = "full-jitter(100ms, cap=1s)"
[components]
service = { model = "server", workers = 10, room = 500 }
[flows]
ask = { steps = [{ call = "service", work = "exp(50ms)" }], slo = { success = "99.9%" } }
[faults.pause]
what = "stop"
target = "service"
at = "2m"
for = "10s"
"#,
    );
    let links = ["happens pause", "full service", "throttles service", "again people", "gives_up people", "failed ask"];
    assert_eq!(chain, links);
    let What::Again { again, first, .. } = link(&outcome, "again", "people").what else { panic!() };
    // Three retries at most, and nearly all of them are needed.
    // Some of those that are told began before it was felt.
    assert!(again > 2 * first && again * 10 <= 31 * first, "{again} {first}");
    assert!(link(&outcome, "happens", "pause").at < link(&outcome, "again", "people").at);
}

#[test]
fn a_bucket_that_is_too_small_throttles_and_is_named_with_its_rate() {
    let (outcome, chain) = agreed(
        r#"
duration = "5m"
[traffic]
people = { rate = [["0m", "50/s"], ["2m", "50/s"], ["2m1s", "150/s"]], flow = "read" }
[components]
gate = { model = "limiter", algorithm = "token-bucket", rate = "100/s", burst = 100 }
[flows]
read = { steps = ["gate.take"], slo = { success = "99%" } }
"#,
    );
    assert_eq!(chain, ["throttles gate", "failed read"]);
    let What::Throttles { limit, count, .. } = link(&outcome, "throttles", "gate").what else { panic!() };
    assert_eq!(limit, Some(100));
    // 50 a second too many for 179 s, less the burst.
    assert!((8_300..9_400).contains(&count), "{count}");
}

#[test]
fn a_pool_that_is_too_small_is_the_cause_and_the_callee_is_not() {
    let (_, chain) = agreed(
        r#"
duration = "6m"
[traffic]
people = { rate = [["0m", "20/s"], ["2m", "20/s"], ["2m1s", "80/s"], ["3m", "80/s"], ["3m1s", "20/s"]], flow = "page" }
[components]
web = { model = "server", cores = 16, threads = 400, pool = { db = 2 } }
db = { model = "server", workers = 50 }
[handlers.web]
work = "1ms"
steps = [{ call = "db", work = "exp(50ms)" }]
[flows]
page = { steps = ["web"], slo = { p99 = "1s" } }
"#,
    );
    assert_eq!(chain[0], "full web");
    assert!(chain.iter().all(|link| !link.contains("db")), "{chain:?}");
    assert_eq!(chain.last().map(String::as_str), Some("late page"));
}

#[test]
fn an_outage_is_the_cause_of_the_errors_that_it_gives() {
    let (outcome, chain) = agreed(
        r#"
duration = "6m"
[traffic]
people = { rate = "20/s", flow = "page" }
[components]
web = { model = "server", workers = 20 }
db = { model = "server", workers = 10 }
[handlers.web]
work = "5ms"
steps = [{ call = "db", work = "exp(20ms)" }]
[flows]
page = { steps = ["web"], slo = { success = "99.9%" } }
[faults.dark]
what = "outage"
target = "db"
at = "2m"
for = "30s"
"#,
    );
    assert_eq!(chain.first().map(String::as_str), Some("happens dark"));
    assert_eq!(chain.last().map(String::as_str), Some("failed page"));
    assert!((link(&outcome, "failed", "page").at.as_seconds() - 120.0).abs() < 3.0);
    // Twenty a second for thirty seconds.
    let What::Failed { count, .. } = link(&outcome, "failed", "page").what else { panic!() };
    assert!((500..700).contains(&count), "{count}");
}

#[test]
fn a_cache_that_is_emptied_sends_everybody_to_the_database() {
    let (outcome, chain) = agreed(
        r#"
duration = "10m"
warmup = "3m"
[keys]
product = { count = 2000 }
[traffic]
people = { rate = "200/s", flow = "page", key = "product" }
[components]
cache = { model = "cache", key = "product" }
db = { model = "server", workers = 4 }
[flows]
page = { steps = [{ call = "cache.get", miss = [{ call = "db", work = "exp(30ms)" }] }], slo = { p99 = "500ms" } }
[faults.flush]
what = "flush"
target = "cache"
at = "5m"
"#,
    );
    assert_eq!(chain[0], "happens flush", "{}", terminal::run(&outcome));
    assert!(chain.contains(&"full db".to_owned()), "{chain:?}");
}

#[test]
fn a_slow_dependency_takes_the_threads_of_its_callers() {
    let (_, chain) = agreed(
        r#"
duration = "6m"
[traffic]
people = { rate = "50/s", flow = "page" }
[components]
web = { model = "server", cores = 8, threads = 32 }
partner = { model = "server", workers = 500 }
[handlers.web]
work = "2ms"
steps = [{ call = "partner", work = "50ms" }]
[flows]
page = { steps = ["web"], slo = { p99 = "1s" } }
[faults.slow]
what = "slow"
target = "partner"
factor = 40
at = "2m"
for = "60s"
"#,
    );
    assert_eq!(chain, ["happens slow", "full web", "late page"]);
}

#[test]
fn who_takes_from_a_queue_too_slowly_is_the_cause_of_late_work() {
    let (_, chain) = agreed(
        r#"
duration = "6m"
[traffic]
people = { rate = [["0m", "10/s"], ["2m", "10/s"], ["2m1s", "60/s"], ["3m", "60/s"], ["3m1s", "10/s"]], flow = "order" }
[components]
jobs = { model = "queue" }
worker = { model = "server", workers = 4 }
[handlers.worker]
from = "jobs"
work = "exp(200ms)"
[flows]
order = { steps = [{ send = "jobs" }], slo = { done.p99 = "10s" } }
"#,
    );
    assert_eq!(chain.last().map(String::as_str), Some("late order"));
    assert!(chain.contains(&"full jobs".to_owned()) || chain.contains(&"full worker".to_owned()), "{chain:?}");
}

#[test]
fn where_nothing_broke_there_is_no_cause_but_the_nearest_limit() {
    let outcome = run(
        r#"
duration = "10m"
[traffic]
people = { rate = "10/s", flow = "page" }
[components]
web = { model = "server", workers = 16 }
[flows]
page = { steps = [{ call = "web", work = "exp(50ms)" }], slo = { p99 = "1s", success = "99%" } }
"#,
        3,
    );
    assert!(stories(&outcome).is_empty());
    let text = terminal::run(&outcome);
    assert!(text.contains("nearest to its limit: web, ") && text.contains(" of 16 workers in use at "), "{text}");
}

#[test]
fn two_causes_at_two_times_are_two_stories_each_with_its_own_first_cause() {
    let (outcome, _) = agreed(
        r#"
duration = "14m"
[traffic]
people = { rate = [["0m", "40/s"], ["9m", "40/s"], ["9m1s", "160/s"], ["11m", "160/s"], ["11m1s", "40/s"]], flow = "page" }
[components]
web = { model = "server", workers = 4 }
db = { model = "server", workers = 20 }
[flows]
page = { steps = [{ call = "web", work = "exp(50ms)" }, { call = "db", work = "exp(10ms)" }], slo = { p99 = "1s" } }
[faults.disks]
what = "slow"
target = "db"
factor = 200
at = "3m"
for = "60s"
"#,
    );
    let mut firsts: Vec<String> = stories(&outcome).iter().map(|story| chain(story)[0].clone()).collect();
    firsts.sort();
    assert_eq!(firsts, ["full web", "happens disks"], "{}", terminal::run(&outcome));
}

#[test]
fn looking_changes_no_result() {
    let looked_at = run(OVERLOAD, 2);
    let text = format!("name = \"It\"\n{OVERLOAD}");
    let files = MemoryFiles::new([("it.toml", text.as_str())]);
    let scenario = Scenario::load(&files, "it.toml", &[], Options::default()).unwrap_or_else(|why| panic!("{why}"));
    let ask = Ask { seed: Some(1), replications: Some(2), unseen: true, ..Ask::default() };
    let unseen = scenario.ask(ask).unwrap_or_else(|why| panic!("{why}"));
    assert!(unseen.why.is_none() && unseen.course.is_none());
    assert_eq!(looked_at.replications, unseen.replications);
}
