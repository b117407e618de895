//! Effects that come twice: a charge that is tried again, delivered again, replayed, in whole scenarios.

use archsim::experiment::Scenario;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;

fn value(text: &str, path: &str) -> f64 {
    let files = MemoryFiles::new([("case.toml", text)]);
    let scenario = Scenario::load(&files, "case.toml", &[], Options::default()).unwrap_or_else(|why| panic!("{why}"));
    let outcome = scenario.run(1).unwrap_or_else(|why| panic!("{why}"));
    outcome.value(path).unwrap_or_else(|| panic!("{path} is measured"))
}

/// Ten orders, one a second; the bank takes two seconds, the caller waits one and tries twice more.
fn impatient(idempotent: &str) -> String {
    format!(
        "name = \"x\"\nduration = \"60s\"\nwarmup = \"0s\"\n\
         [traffic]\norder = {{ rate = [[\"0s\", \"1/s\"], [\"10s\", \"1/s\"], [\"10s\", \"0/s\"]], arrivals = \"even\" }}\n\
         [components]\nbank = {{ model = \"delay\", time = \"2s\" }}\n\
         [flows]\norder = {{ steps = [{{ call = \"bank\", timeout = \"1s\", retries = 2, idempotent = {idempotent} }}] }}\n"
    )
}

#[test]
fn a_charge_that_is_given_up_and_tried_again_is_made_three_times() {
    let orders = value(&impatient("false"), "order.requests");
    assert!(orders >= 9.0, "{orders} orders");
    assert_eq!(value(&impatient("false"), "bank.duplicates"), 2.0 * orders, "given up, but done");
}

#[test]
fn what_is_idempotent_is_done_once_and_shown() {
    assert_eq!(value(&impatient("true"), "bank.duplicates"), 0.0);
}

#[test]
fn an_attempt_that_is_withdrawn_has_no_effect() {
    let text = impatient("false").replace("retries = 2", "retries = 2, withdraw = true");
    assert_eq!(value(&text, "bank.duplicates"), 0.0);
}

/// Ten payments, the sixth of which breaks its worker after the bank was asked: it comes back every half minute.
fn batches(partial: bool) -> String {
    format!(
        "name = \"x\"\nduration = \"200s\"\nwarmup = \"0s\"\n\
         [traffic]\npay = {{ trace = \"pay.csv\" }}\n\
         [components]\n\
         jobs = {{ model = \"queue\", visibility = \"30s\", time = \"0s\" }}\n\
         worker = {{ model = \"server\", workers = 10 }}\n\
         bank = {{ model = \"delay\", time = \"10ms\" }}\n\
         [handlers.worker]\nfrom = \"jobs\"\nbatch = 10\nwindow = \"1s\"\npartial = {partial}\n\
         steps = [{{ repeat = \"records\", steps = [{{ work = \"1ms\" }}, {{ call = \"bank\", idempotent = false }}] }}]\n\
         [flows]\npay = {{ steps = [{{ send = \"jobs\" }}] }}\n\
         [faults.poison]\nwhat = \"poison\"\ntarget = \"jobs\"\nat = \"1004500us\"\ncount = 1\n"
    )
}

fn paid(partial: bool) -> (f64, f64) {
    let lines: String = (0..10).map(|n| format!("{}ms,pay,\n", 1000 + n)).collect();
    let files = MemoryFiles::new([("case.toml", batches(partial)), ("pay.csv", format!("time,flow,key\n{lines}"))]);
    let scenario = Scenario::load(&files, "case.toml", &[], Options::default()).unwrap_or_else(|why| panic!("{why}"));
    let outcome = scenario.run(1).unwrap_or_else(|why| panic!("{why}"));
    let read = |path: &str| outcome.value(path).unwrap_or_else(|| panic!("{path} is measured"));
    (read("bank.books.done"), read("bank.duplicates"))
}

#[test]
fn what_is_delivered_again_charges_again() {
    // The one that breaks is charged with every delivery; the others once, if the batch says which one it was.
    let (done, twice) = paid(true);
    assert!(twice >= 5.0, "{twice}");
    assert_eq!(done, 10.0 + twice);
}

#[test]
fn a_batch_that_comes_back_whole_charges_its_others_again_too() {
    let (done, twice) = paid(false);
    // The four behind the one that breaks are never reached.
    assert_eq!(done, 6.0 + twice);
    assert!(twice >= 6.0 * 5.0, "{twice}");
}
