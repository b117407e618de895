//! What moves messages on behalf of models of one's own: pollers that grow with the backlog, buffers that hand on.

use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;
use archsim::{Outcome, Scenario};

fn value(outcome: &Outcome, path: &str) -> f64 {
    outcome.value(path).unwrap_or_else(|| panic!("`{path}` is measured"))
}

/// A run of a scenario with a model of one's own beside it.
fn run_with(text: &str, models: &[(&str, &str)]) -> Outcome {
    let files = MemoryFiles::new([("case.toml", text)].into_iter().chain(models.iter().copied()));
    let scenario = Scenario::load(&files, "case.toml", &[], Options::default());
    scenario.unwrap_or_else(|trouble| panic!("{trouble}")).run(1).unwrap_or_else(|trouble| panic!("{trouble}"))
}

/// A function that is called by pollers whose number follows the backlog, and that refuses the fourth call at a time.
const FUNCTION: &str = r#"
title        = "A function"
service      = "acme"
models       = ["pollers that grow"]
leaves_out   = ["everything else"]
validated_by = ["x"]
[facts]
room    = { is = ROOM, by = "assumed", why = "a test" }
begins  = { is = 1, by = "assumed", why = "a test" }
grows   = { is = "6/min", by = "assumed", why = "a test" }
most    = { is = 5, by = "assumed", why = "a test" }
heavy   = { is = "3KB", by = "assumed", why = "a test" }
[stages.pool]
mechanism = "slots"
limit     = "room"
when_full = "refuse"
refuses   = "429"
[ops.run]
path = ["pool", "inside"]
[takes.queue]
mechanism = "poller"
op        = "run"
batch     = "batch"
bytes     = "heavy"
begins    = "begins"
grows     = "grows"
most      = "most"
on_error  = "leave"
[takes.queue.parameters]
batch = { default = 10, by = "assumed", why = "a test" }
[series]
busy = "pool.held"
"#;

fn polled(room: u32) -> Outcome {
    let text = "name = \"x\"\nduration = \"100s\"\nwarmup = \"0s\"\n[traffic]\nsend = { rate = \"2/s\", arrivals = \"even\" }\n\
                [components]\njobs = { model = \"queue\", time = \"0s\", message = \"1KB\", visibility = \"1000s\" }\n\
                code = { model = \"acme/function\" }\n[handlers.code]\nfrom = \"jobs\"\nwork = \"10s\"\n\
                [flows.send]\nsteps = [{ send = \"jobs\" }]\n";
    run_with(text, &[("models/acme/function.toml", &FUNCTION.replace("ROOM", &room.to_string()))])
}

#[test]
fn pollers_grow_with_the_backlog_and_a_batch_weighs_no_more_than_it_may() {
    // The first poller begins with the first message and ends every 10 s; from the second message on somebody waits, so one
    // more comes each 10 s: 10 + 9 + 8 + 7 + 6 calls. Of messages of 1 KB a batch of 3 KB holds three, though ten would fit.
    let outcome = polled(9);
    assert_eq!(value(&outcome, "code.books.came_in"), 40.0);
    assert_eq!(value(&outcome, "jobs.books.delivered"), 1.0 + 39.0 * 3.0);
    assert_eq!(value(&outcome, "code.present.max"), 5.0);
}

#[test]
fn what_a_poller_took_for_a_call_that_is_refused_stays_out_of_sight() {
    let outcome = polled(3);
    let refused = value(&outcome, "code.books.refused");
    assert!(refused > 0.0);
    // Two calls of three messages end every 10 s; whatever else was taken is out of sight at the end.
    let finished = value(&outcome, "jobs.books.consumed");
    assert_eq!(value(&outcome, "jobs.books.invisible"), value(&outcome, "jobs.books.delivered") - finished);
    assert!(value(&outcome, "jobs.books.invisible") >= refused);
    assert_eq!(value(&outcome, "code.present.max"), 3.0);
}

/// Gathers, and publishes each batch.
const HOSE: &str = r#"
title        = "A hose"
service      = "acme"
models       = ["batches that are handed on"]
leaves_out   = ["everything else"]
validated_by = ["x"]
[facts]
enough = { is = 4, by = "assumed", why = "a test" }
[stages.gather]
mechanism = "buffer"
count     = "enough"
op        = "hand-on"
[stages.deliver]
mechanism = "dispatcher"
[ops.put]
path = ["gather.add"]
[ops.hand-on]
path = ["deliver.put"]
[gives.events]
stage = "deliver"
[series]
waiting = "gather.waiting"
"#;

#[test]
fn what_was_gathered_is_handed_on_as_one() {
    let text = "name = \"x\"\nduration = \"102s\"\nwarmup = \"0s\"\n[traffic]\nsend = { rate = \"1/s\", arrivals = \"even\" }\n\
                [components]\nhose = { model = \"acme/hose\" }\npile = { model = \"queue\", from = \"hose\", time = \"0s\" }\n\
                [flows.send]\nsteps = [{ send = \"hose\" }]\n";
    let outcome = run_with(text, &[("models/acme/hose.toml", HOSE)]);
    assert_eq!((value(&outcome, "hose.books.accepted"), value(&outcome, "hose.books.consumed")), (102.0, 100.0));
    assert_eq!((value(&outcome, "hose.batch.mean"), value(&outcome, "hose.flush.count")), (4.0, 1.0));
    assert_eq!((value(&outcome, "hose.deliver.books.accepted"), value(&outcome, "pile.books.copied")), (25.0, 25.0));
}
