//! The last mile: what lies between users and the system takes its time, there and back, at every attempt.

use archsim::experiment::Scenario;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;

fn value(text: &str, path: &str) -> f64 {
    let files = MemoryFiles::new([("case.toml", text)]);
    let scenario = Scenario::load(&files, "case.toml", &[], Options::default()).unwrap_or_else(|why| panic!("{why}"));
    let outcome = scenario.run(1).unwrap_or_else(|why| panic!("{why}"));
    outcome.value(path).unwrap_or_else(|| panic!("{path} is measured"))
}

fn desk(traffic: &str, step: &str) -> String {
    format!(
        "name = \"x\"\nduration = \"1000s\"\nwarmup = \"0s\"\n[traffic.ask]\n{traffic}\n\
         [components]\ndesk = {{ model = \"delay\", time = \"30ms\" }}\n[flows]\nask = {{ steps = [{step}] }}\n"
    )
}

#[test]
fn users_wait_for_the_last_mile_and_the_part_does_not() {
    let text = desk("rate = \"5/s\"\naccess = \"40ms\"", "\"desk\"");
    assert!((value(&text, "ask.mean") - 0.07).abs() < 1e-9);
    assert!((value(&text, "ask.max") - 0.07).abs() < 1e-9);
    assert!((value(&text, "desk.mean") - 0.03).abs() < 1e-9);
}

#[test]
fn one_draw_is_half_the_way_there_and_half_the_way_back() {
    // Two draws of half of it would have a second moment of 0.75 of this one's.
    let text = desk("rate = \"50/s\"\naccess = \"exp(40ms)\"", "\"desk\"");
    let (mean, sd) = (value(&text, "ask.mean"), value(&text, "ask.sd"));
    // 50,000 draws: four standard errors of the mean and, with the kurtosis of 9, of the deviation.
    assert!((mean - 0.07).abs() < 4.0 * 0.04 / 50_000f64.sqrt(), "{mean}");
    assert!((sd - 0.04).abs() < 4.0 * 0.04 * 2f64.sqrt() / 50_000f64.sqrt(), "{sd}");
}

#[test]
fn every_attempt_of_a_client_goes_the_whole_way() {
    let text = desk("rate = \"5/s\"\naccess = \"40ms\"\ntimeout = \"60ms\"\nretries = 1", "\"desk\"");
    assert_eq!(value(&text, "ask.success"), 0.0, "70 ms is more than 60 ms, twice");
    let text = desk("rate = \"5/s\"\naccess = \"20ms\"\ntimeout = \"60ms\"", "\"desk\"");
    assert_eq!(value(&text, "ask.success"), 1.0);
}

#[test]
fn each_request_of_a_journey_goes_its_own_way() {
    let text = "name = \"x\"\nduration = \"1000s\"\nwarmup = \"0s\"\n[traffic.people]\nusers = 2\nthink = \"1s\"\n\
                access = \"40ms\"\njourney = [{ flow = \"ask\" }, { flow = \"ask\" }]\n\
                [components]\ndesk = { model = \"delay\", time = \"30ms\" }\n[flows]\nask = { steps = [\"desk\"] }\n";
    assert!((value(text, "ask.mean") - 0.07).abs() < 1e-9);
}
