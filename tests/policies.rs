//! Named policies of callers: how often they try again, how long they pause, and when their bucket of retries binds.

use archsim::experiment::Trouble;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;
use archsim::{Outcome, Scenario};

fn loaded(text: &str) -> Result<Scenario, Trouble> {
    Scenario::load(&MemoryFiles::new([("case.toml", text)]), "case.toml", &[], Options::default())
}

/// Ten calls a second, of which so many fail, under these words of a client.
fn run(fail: &str, client: &str, length: &str) -> Outcome {
    let text = format!(
        "name = \"x\"\nduration = \"{length}\"\nwarmup = \"0s\"\n[traffic]\nask = {{ rate = \"10/s\", arrivals = \"even\" }}\n\
         [components]\nbank = {{ model = \"external\", latency = \"5ms\", fail = \"{fail}\" }}\n\
         [flows.ask]\nsteps = [{{ call = \"bank\", {client} }}]\n"
    );
    loaded(&text).expect("in order").run(1).expect("runs")
}

fn retries(outcome: &Outcome) -> f64 {
    outcome.value("ask.calls.bank.retries").expect("measured")
}

#[test]
fn a_bucket_of_five_hundred_pays_for_a_hundred_retries_after_errors_and_fifty_after_timeouts() {
    assert_eq!(retries(&run("100%", "policy = \"standard\"", "1000s")), 100.0);
    assert_eq!(retries(&run("0%", "policy = \"standard\", timeout = \"1ms\"", "1000s")), 50.0);
    // 500 / 14 = 35.7
    assert_eq!(retries(&run("100%", "policy = \"standard-2026\"", "1000s")), 35.0);
    assert_eq!(retries(&run("0%", "policy = \"standard-2026\", timeout = \"1ms\"", "1000s")), 35.0);
}

/// With failures that know nothing of each other the bucket runs dry where 1 - p < cost (p^2 + p^3): what is won by first
/// attempts against what is lost with retries that fail. A bucket that gives one token for every answer and nothing back
/// would bind at 17 % already.
#[test]
fn the_bucket_binds_where_the_publisher_says() {
    for (policy, below, above) in [("standard", "27%", "37%"), ("standard-2026", "18%", "25%")] {
        let held_back = |fail: &str| {
            let outcome = run(fail, &format!("policy = \"{policy}\""), "20000s");
            outcome.value("ask.calls.bank.held_back").expect("measured")
        };
        assert_eq!(held_back(below), 0.0, "{policy} at {below}");
        assert!(held_back(above) > 100.0, "{policy} at {above}: {}", held_back(above));
    }
}

/// U(0, 1 s) before the second attempt, U(0, 2 s) before the third; one call in ten fails, the bucket never binds.
#[test]
fn pauses_are_uniform_up_to_a_limit_that_doubles() {
    let outcome = run("10%", "policy = \"standard\"", "100000s");
    let mean = outcome.value("ask.mean").expect("measured");
    // Of those that are answered: chance, time and squared time of the pauses after no, one and two failures.
    let ways = [(0.9, 0.005, 0.0), (0.09, 0.51, 1.0 / 3.0), (0.009, 1.515, 1.0 / 3.0 + 4.0 / 3.0 + 2.0 * 0.5 * 1.0)];
    let known = ways.iter().map(|(chance, time, _)| chance * time).sum::<f64>() / 0.999;
    let squares = ways.iter().map(|(chance, _, square)| chance * square).sum::<f64>() / 0.999;
    let error = (squares / 1e6).sqrt();
    assert!((mean - known).abs() <= 4.0 * error, "{mean} against {known} +- {error}");
}

#[test]
fn what_is_written_beside_a_policy_wins() {
    assert_eq!(retries(&run("100%", "policy = \"standard\", retries = 0", "100s")), 0.0);
    let outcome = run("100%", "policy = \"standard\", retry_budget = { ratio = 0, burst = 7 }", "100s");
    assert_eq!(retries(&outcome), 7.0);
    let quick = run("100%", "policy = \"standard\", backoff = \"fixed(0s)\"", "2s");
    assert_eq!(quick.value("ask.calls.bank.retries"), Some(40.0));
}

#[test]
fn a_component_says_how_everybody_calls_it() {
    let text = "name = \"x\"\nduration = \"1000s\"\nwarmup = \"0s\"\n[traffic]\nask = { rate = \"10/s\", arrivals = \"even\" }\n\
                [components]\nbank = { model = \"external\", latency = \"5ms\", fail = \"100%\", client = { policy = \"standard\" } }\n\
                [flows.ask]\nsteps = [\"bank\"]\n";
    let outcome = loaded(text).expect("in order").run(1).expect("runs");
    assert_eq!(retries(&outcome), 100.0);
}

#[test]
fn a_policy_that_nobody_knows_is_told_with_those_there_are() {
    let text = "name = \"x\"\nduration = \"1s\"\n[traffic]\nask = { rate = \"1/s\" }\n[components]\n\
                bank = { model = \"external\" }\n[flows.ask]\nsteps = [{ call = \"bank\", policy = \"standart\" }]\n";
    let said = loaded(text).expect_err("not known").to_string();
    assert!(said.contains("standart") && said.contains("standard") && said.contains("case.toml:8"), "{said}");
}
