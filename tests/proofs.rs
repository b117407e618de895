//! What the generic models claim to have been validated by: textbook systems with known answers, and their own promises.

use archsim::Scenario;
use archsim::experiment::verify;
use archsim::scenario::compile::Options;
use archsim::scenario::sources::MemoryFiles;

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

fn loaded(text: &str) -> Result<Scenario, archsim::experiment::Trouble> {
    let files = MemoryFiles::new([("case.toml", text)]);
    Scenario::load(&files, "case.toml", &[], Options::default())
}

#[test]
fn mm1_meets_its_closed_form() {
    comes_out(&["mm1-rho50", "mm1-rho90"]);
}

#[test]
fn mmc_meets_erlang_c() {
    comes_out(&["mmc-2", "mmc-10"]);
}

#[test]
fn mmck_loses_erlang_b() {
    comes_out(&["mmck-8-8", "erlangb-lognormal"]);
}

#[test]
fn priority_meets_cobham() {
    comes_out(&["priority-np-mm1", "priority-pr-mg1"]);
}

#[test]
fn fair_sharing_does_not_mind_the_tail() {
    comes_out(&["mg1-ps-bpareto"]);
}

#[test]
fn cores_threads_and_connections_are_held_as_on_paper() {
    comes_out(&["worked-compute"]);
}

#[test]
fn a_delay_meets_little() {
    comes_out(&["mminf-concurrency"]);
}

#[test]
fn an_external_breaks_its_share() {
    let text = "name = \"x\"\nduration = \"20000s\"\nwarmup = \"0s\"\n[traffic]\nask = { rate = \"1/s\", arrivals = \"even\" }\n\
                [components]\nbank = { model = \"external\", latency = \"5ms\", fail = \"2%\" }\n\
                [flows.ask]\nsteps = [\"bank.pay\"]\n";
    let outcome = loaded(text).expect("in order").run(1).expect("runs");
    let errors = outcome.value("ask.errors").expect("measured");
    let sd = (0.02f64 * 0.98 / 20_000.0).sqrt();
    assert!((errors - 0.02).abs() <= 4.0 * sd, "{errors}");
}

#[test]
fn people_take_the_time_of_their_answer() {
    let text = "name = \"x\"\nduration = \"100s\"\nwarmup = \"0s\"\n[traffic]\nask = { rate = \"1/s\", arrivals = \"even\" }\n\
                [components]\nops = { model = \"people\", answer = \"12s\" }\n[flows.ask]\nsteps = [\"ops.ask\"]\n";
    let outcome = loaded(text).expect("in order").run(1).expect("runs");
    assert_eq!(outcome.value("ask.mean"), Some(12.0));
}

#[test]
fn a_token_bucket_refuses_what_an_md1k_loses() {
    comes_out(&["token-bucket-10", "token-bucket-api", "token-bucket-over", "token-bucket-ticks"]);
}

#[test]
fn ten_callers_and_a_third_of_a_token_a_second() {
    comes_out(&["worked-bucket"]);
}

#[test]
fn saved_credit_lasts_as_long_as_on_paper() {
    comes_out(&["burst-bank-300s"]);
}

#[test]
fn windows_are_counted_as_on_paper() {
    comes_out(&["worked-windows"]);
}

#[test]
fn a_fixed_window_refuses_the_excess_of_poisson() {
    comes_out(&["fixed-window-shard"]);
}

#[test]
fn a_part_whose_mechanism_does_not_run_is_refused_by_its_name() {
    let model = "title = \"x\"\nservice = \"x\"\nmodels = [\"x\"]\nleaves_out = [\"y\"]\nvalidated_by = [\"z\"]\n\
                 [facts]\nholds = { is = \"1GB\", by = \"assumed\", why = \"an example\" }\n\
                 [stages.some]\nmechanism = \"volume\"\nholds = \"holds\"\n[ops.ask]\npath = [\"some.add\"]\n";
    let text = "name = \"x\"\nduration = \"10s\"\n[traffic]\nask = { rate = \"1/s\" }\n\
                [components]\ngate = { model = \"own/some\" }\n[flows.ask]\nsteps = [\"gate.ask\"]\n";
    let files = MemoryFiles::new([("case.toml", text), ("models/own/some.toml", model)]);
    let said = Scenario::load(&files, "case.toml", &[], Options::default()).expect_err("not run yet").to_string();
    assert!(said.contains("gate") && said.contains("volume"), "{said}");
}
