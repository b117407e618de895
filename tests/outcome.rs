//! Outcomes of hand-made results: the numbers of `validation/worked`, verdicts, warnings, books, both reports.

mod hand;

use std::collections::BTreeMap;

use archsim::outcome::known::{self, By};
use archsim::outcome::measure::{Extra, Extras, Reader, measure, paths};
use archsim::outcome::objective::Verdict;
use archsim::outcome::path::{Trouble, Unit};
use archsim::outcome::warnings::Warning;
use archsim::outcome::{Beside, Outcome, Timing, books};
use archsim::record::Results;
use archsim::report::{json, terminal, verified};
use archsim::scenario::ast::{Known, KnownNumber, Scenario};
use archsim::scenario::quantity::{Bound, Window};
use archsim::scenario::tree::{At, Placed};
use archsim::units::Span;
use hand::{condition, desk, expectation, flow, retry, scenario};

fn value(run: &Results, path: &str) -> f64 {
    measure(path, std::slice::from_ref(run), &Window::Whole).unwrap_or_else(|why| panic!("{path}: {why:?}")).value
}

/// System 1 of the worked examples: five questions, retries, one late, one failed.
#[test]
fn the_books_and_shares_of_the_retry_system_read_as_computed_by_hand() {
    let run = retry();
    let expected = [
        ("ask.requests", 5.0),
        ("ask.ok", 3.0),
        ("ask.late", 1.0),
        ("ask.failed", 1.0),
        ("ask.failed_by.broken", 1.0),
        ("ask.in_flight", 0.0),
        ("ask.success", 0.6),
        ("ask.errors", 0.2),
        ("ask.mean", 1.625),
        ("ask.min", 0.1),
        ("ask.max", 4.0),
        ("callers.calls.ask.attempts", 11.0),
        ("callers.calls.ask.first", 5.0),
        ("callers.calls.ask.retries", 6.0),
        ("callers.calls.ask.attempts.mean", 2.2),
        ("callers.calls.ask.abandoned_running", 3.0),
        ("api.books.came_in", 11.0),
        ("api.books.done", 11.0),
        ("api.busy", 0.1),
        ("errors", 0.2),
        ("availability", 0.6),
        ("collapsed", 0.0),
    ];
    for (path, known) in expected {
        let measured = value(&run, path);
        assert!((measured - known).abs() < 1e-12, "{path}: {measured}, not {known}");
    }
    assert_eq!(books::audit(&[run], 1), []);
}

#[test]
fn every_listed_path_is_answerable_or_says_that_nothing_ran() {
    let run = retry();
    let listed = paths(&run);
    assert!(listed.len() > 100);
    for path in listed {
        let answer = measure(&path, std::slice::from_ref(&run), &Window::Whole);
        assert!(!matches!(answer, Err(Trouble::Unknown(_))), "{path}");
    }
}

#[test]
fn a_part_reads_its_threads_its_pools_and_its_operations() {
    let run = desk(12, 30);
    assert_eq!(value(&run, "app.busy"), 0.4);
    assert_eq!(value(&run, "app.threads.busy"), 0.6);
    assert_eq!(value(&run, "app.pool.db.busy"), 0.4);
    assert_eq!(value(&run, "app.pool.db.wait.mean"), 0.75);
    assert_eq!(value(&run, "app.browse.books.came_in"), 4.0);
    assert_eq!(value(&run, "app.browse.max"), 7.0);
    assert_eq!(value(&run, "app.browse.share"), 1.0);
    assert_eq!(value(&run, "app.slowdown.mean"), 2.5);
    assert_eq!(value(&run, "app.present.max"), 4.0);
    assert_eq!(value(&run, "app.last_departure"), 12.0);
}

#[test]
fn replications_are_pooled_and_moments_are_averaged() {
    let runs = [desk(12, 30), desk(10, 30)];
    let both = measure("app.last_departure", &runs, &Window::Whole).unwrap();
    assert_eq!((both.value, both.n, both.per_replication), (11.0, 2, vec![12.0, 10.0]));
    let came = measure("app.books.came_in", &runs, &Window::Whole).unwrap();
    assert_eq!((came.value, came.unit, came.n), (8.0, Unit::Count, 8));
}

#[test]
fn windows_are_phases_and_everything_else_is_explained() {
    let mut run = retry();
    run.phases = vec![("spike".into(), archsim::units::Time(0), archsim::units::Time(hand::SECOND))];
    run.flows[0].phases = vec![flow(&[1], 0, [0; 5])];
    let ask = |path: &str, window: Window| measure(path, std::slice::from_ref(&run), &window);
    assert_eq!(ask("ask.max", Window::In("spike".into())).unwrap().value, 1.0);
    assert_eq!(ask("ask.max", Window::FromTo(Span::ZERO, Span::seconds(1))).unwrap().value, 1.0);
    assert_eq!(ask("ask.rate", Window::In("run".into())).unwrap().unit, Unit::PerSecond);
    let says = |answer: Result<_, Trouble>| match answer {
        Err(Trouble::Unknown(complaint)) => format!("{} · {}", complaint.says, complaint.help),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        says(ask("ask.max", Window::In("spiek".into()))),
        "`ask.max` is asked in `spiek`, and no phase is called that · there is: spike"
    );
    assert_eq!(
        says(ask("ask.max", Window::FromTo(Span::seconds(2), Span::seconds(3)))),
        "`ask.max` is asked from 2s to 3s, which is no phase of this run · \
         name it under `[phases]`: `then = \"2s..3s\"`, and write `in then`"
    );
    assert!(says(ask("api.busy", Window::In("spike".into()))).starts_with("`api.busy` is measured over the whole run"));
    assert!(says(ask("ask.p9", Window::Whole)).contains("did you mean `ask.p9"));
}

#[test]
fn a_broken_book_names_its_equation_and_the_seed() {
    let mut run = retry();
    run.flows[0].whole.ok += 1;
    run.parts[0].work.withdrawn = 2;
    let breaches = books::audit(&[retry(), run], 1129);
    let said: Vec<String> = breaches.iter().map(ToString::to_string).collect();
    assert_eq!(
        said[0],
        "internal error: flow `ask`: requests = ok + late + failed + in_flight: 5 against 6 (seed 1129, replication 1)"
    );
    assert!(said.iter().any(|text| text.contains("part `api`: carried_in + came_in = done")), "{said:?}");
}

#[test]
fn known_numbers_follow_the_rule_of_the_cases() {
    let number = |path: &str, value: f64| KnownNumber {
        path: Placed::new(path.into(), At::default()),
        name: None,
        value,
        sigma: None,
        n_ref: None,
        ref_err: 0.0,
        abs_tol: None,
        by_estimate: false,
        in_phase: None,
        n: None,
    };
    let numbers = vec![
        KnownNumber { abs_tol: Some(0.0), ..number("ask.success", 0.6) },
        KnownNumber { sigma: Some(1.0), ..number("ask.mean", 3.4) },
        KnownNumber { sigma: Some(1.0), ..number("ask.mean", 3.5) },
        KnownNumber { name: Some("W".into()), ..number("ask.mean", 1.625) },
        KnownNumber { by_estimate: true, ..number("ask.mean", 1.5) },
        KnownNumber { abs_tol: Some(0.0), ..number("ask.nonsense", 1.0) },
    ];
    let known = [Known { how: "by hand".into(), numbers, at: At::default() }];
    let runs = [retry()];
    let reader = Reader { runs: &runs, extras: &Extras::new(), told: None };
    let rows = known::check(&known, &reader, &[], &|_| Some(1.5));
    // 4 sigma / sqrt(5) = 1.789: 3.4 is within, 3.5 is not.
    assert_eq!(rows.iter().map(|row| row.pass).collect::<Vec<_>>(), [true, true, false, false, true, false]);
    assert_eq!((rows[3].name.as_str(), rows[3].path.as_str()), ("W", "ask.mean"));
    assert!(rows[3].why.starts_with("one run has no standard error"), "{}", rows[3].why);
    assert_eq!((rows[4].by, rows[4].measured), (By::Estimate, Some(1.5)));
    assert!((rows[1].z.unwrap() + 1.775 * 5f64.sqrt()).abs() < 1e-9);
    assert_eq!(verified::totals(&[("by-hand".into(), Ok(rows))]), (3, 3));
}

#[test]
fn a_bare_known_number_is_judged_by_the_runs_own_spread() {
    let number = |value: f64| Known {
        how: "by hand".into(),
        numbers: vec![KnownNumber {
            path: Placed::new("app.last_departure".into(), At::default()),
            name: None,
            value,
            sigma: None,
            n_ref: None,
            ref_err: 0.0,
            abs_tol: None,
            by_estimate: false,
            in_phase: None,
            n: None,
        }],
        at: At::default(),
    };
    let runs = [desk(12, 30), desk(10, 30)];
    let reader = Reader { runs: &runs, extras: &Extras::new(), told: None };
    // Mean 11, standard error 1.
    let pass = |value: f64| known::check(&[number(value)], &reader, &[], &|_| None)[0].pass;
    assert_eq!([14.9, 15.1].map(pass), [true, false]);
}

fn with_objectives() -> Scenario {
    let mut scenario = scenario("Retries");
    let slo = vec![
        expectation("p99", condition(Bound::Below(3.0), "< 3s")),
        expectation("p50", condition(Bound::Below(3.0), "< 3s")),
    ];
    scenario.flows.insert("ask".into(), archsim::scenario::ast::Flow { slo, ..Default::default() });
    scenario.expect = vec![
        expectation("api.busy", condition(Bound::AtMost(0.5), "<= 50%")),
        expectation("month", condition(Bound::Below(400.0), "< $400")),
    ];
    scenario
}

#[test]
fn conditions_are_met_missed_or_unmeasured_and_the_worst_decides() {
    let outcome = Outcome::of(&with_objectives(), vec![retry()], Beside { seed: 1, ..Default::default() });
    let verdicts: Vec<(&str, Verdict)> =
        outcome.objectives.iter().map(|objective| (objective.path.as_str(), objective.verdict)).collect();
    assert_eq!(
        verdicts,
        [
            ("ask.p99", Verdict::Missed),
            ("ask.p50", Verdict::Met),
            ("api.busy", Verdict::Met),
            ("month", Verdict::Unmeasured)
        ]
    );
    assert_eq!(outcome.verdict, Verdict::Missed);
    assert!(outcome.warnings.contains(&Warning::LatencyWithoutSuccess { flow: "ask".into() }));
    assert!(outcome.warnings.iter().any(|w| matches!(w, Warning::NothingMeasured { path, .. } if path == "month")));
}

#[test]
fn replications_that_differ_leave_a_condition_undecided() {
    let mut scenario = scenario("Desk");
    scenario.expect = vec![expectation("app.last_departure", condition(Bound::Below(11.5), "< 11.5s"))];
    let outcome = Outcome::of(&scenario, vec![desk(12, 30), desk(10, 30)], Beside::default());
    assert_eq!(outcome.objectives[0].verdict, Verdict::Undecided);
    let same = Outcome::of(&scenario, vec![desk(10, 30), desk(10, 30)], Beside::default());
    assert_eq!(same.objectives[0].verdict, Verdict::Met);
}

#[test]
fn what_another_layer_measured_is_read_by_the_same_paths() {
    let mut scenario = scenario("Desk");
    scenario.expect = vec![expectation("month", condition(Bound::Below(400.0), "< $400"))];
    let extras: Extras = BTreeMap::from([("month".into(), Extra::mean(Unit::Dollars, vec![390.0]))]);
    let outcome = Outcome::of(&scenario, vec![desk(12, 30)], Beside { extras, ..Default::default() });
    assert_eq!((outcome.verdict, outcome.value("month")), (Verdict::Met, Some(390.0)));
}

#[test]
fn a_queue_that_still_grows_is_named_with_a_cure() {
    let outcome = Outcome::of(&scenario("Overload"), vec![hand::overload()], Beside::default());
    let Some(warning) = outcome.warnings.first() else { panic!("nothing was said") };
    assert_eq!(warning.says(), "`desk` never rested and did 10/s of the 30/s that came");
    assert_eq!(warning.cure(), "`archsim plan` finds how many `desk` needs");
}

#[test]
fn a_flow_without_answers_prints_dashes() {
    let mut run = retry();
    run.flows[0].whole = flow(&[], 0, [0; 5]);
    run.flows[0].marks.clear();
    let outcome = Outcome::of(&scenario("Silence"), vec![run], Beside::default());
    let text = terminal::run(&outcome);
    assert!(!text.contains("NaN") && !json::run(&outcome, &json::Sections::default()).contains("NaN"));
    let row = text.lines().find(|line| line.starts_with("ask")).unwrap_or_default();
    assert_eq!(row.split_whitespace().filter(|cell| *cell == "-").count(), 5, "{row}");
}

#[test]
fn the_terminal_report_reads_as_agreed() {
    let timing = Some(Timing { wall_s: 0.25, loop_cpu_s: 0.2 });
    let outcome =
        Outcome::of(&with_objectives(), vec![retry(), retry()], Beside { seed: 1129, timing, ..Default::default() });
    let text = terminal::run(&outcome);
    assert!(text.lines().all(|line| line.chars().count() <= terminal::WIDTH), "{text}");
    insta::assert_snapshot!("terminal", text);
}

#[test]
fn the_json_report_keeps_its_contract() {
    let outcome = Outcome::of(&with_objectives(), vec![retry()], Beside { seed: 1129, ..Default::default() });
    insta::assert_snapshot!("json", json::run(&outcome, &json::Sections::default()));
}

#[test]
fn the_report_of_verify_keeps_its_contract() {
    let number = KnownNumber {
        path: Placed::new("ask.mean".into(), At::default()),
        name: Some("W".into()),
        value: 1.7,
        sigma: Some(1.5),
        n_ref: Some(5.0),
        ref_err: 0.0,
        abs_tol: None,
        by_estimate: false,
        in_phase: None,
        n: None,
    };
    let runs = [retry()];
    let reader = Reader { runs: &runs, extras: &Extras::new(), told: None };
    let known = [Known { how: "by hand".into(), numbers: vec![number], at: At::default() }];
    let cases = [("retry".to_string(), Ok(known::check(&known, &reader, &[], &|_| None)))];
    insta::assert_snapshot!("verify_json", verified::json(7, &cases));
    insta::assert_snapshot!("verify_text", verified::text(7, &cases));
}

#[test]
fn a_condition_on_nothing_is_told_before_the_run() {
    let runs = [retry()];
    let reader = Reader { runs: &runs, extras: &Extras::new(), told: None };
    let mut scenario = with_objectives();
    scenario.expect.push(expectation("ask.p9", condition(Bound::Below(1.0), "< 1s")));
    let said: Vec<String> =
        archsim::outcome::objective::complaints(&scenario, &reader).into_iter().map(|d| d.says).collect();
    assert_eq!(said, ["`month`", "`ask.p9`"].map(|path| format!("nothing is measured that is called {path}")));
}

#[test]
fn warnings_know_what_the_author_did() {
    let mut scenario = with_objectives();
    let law = archsim::units::Law::Lognormal { mu: 0.0, sigma: 2.2 };
    let handler = archsim::scenario::ast::Handler { work: Some(Placed::new(law, At::default())), ..Default::default() };
    scenario.handlers.insert("api".into(), BTreeMap::from([("get".into(), handler)]));
    let said = |scenario: &Scenario, runs: Vec<Results>| -> Vec<String> {
        Outcome::of(scenario, runs, Beside::default()).warnings.iter().map(Warning::says).collect()
    };
    let once = said(&scenario, vec![retry()]);
    assert!(once.iter().any(|text| text.starts_with("the law of `api.get` has a p99 over 14 times")), "{once:?}");
    assert!(
        once.contains(&"one run cannot tell chance from cause: 3 conditions rest on it without an interval".into())
    );
    let often = said(&scenario, vec![retry(), retry()]);
    assert!(!often.iter().any(|text| text.starts_with("one run")), "{often:?}");
    if let Some(flow) = scenario.flows.get_mut("ask") {
        flow.slo.push(expectation("success", condition(Bound::AtLeast(0.5), ">= 50%")));
    }
    let careful = said(&scenario, vec![retry(), retry()]);
    assert!(!careful.iter().any(|text| text.contains("promises a latency")), "{careful:?}");
}
