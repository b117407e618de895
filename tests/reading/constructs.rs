//! Every construct of the format, and what is understood by it.

use archsim::scenario::ast::{
    AtOnce, Backoff, Begins, Compare, Hedge, Number, Profile, Scenario, Shape, Starts, Step, Verb,
};
use archsim::scenario::quantity::{Bound, Pick, Window};
use archsim::units::{Law, Span};

use crate::{good, without_places};

/// All constructs that need no other file.
pub const WHOLE: &str = include_str!("whole.toml");

/// What steps may ask.
const AROUND: &str = r#"
duration = "1m"
[values]
limit = 3
[keys]
user = { count = 10, friends = "geometric(3)" }
[traffic]
ask = { rate = "1/s" }
[components]
db    = { model = "server" }
q     = { model = "queue" }
kept  = { model = "cache" }
taker = { model = "server" }
[handlers.taker]
from = "q"
work = "1s"
[routines.pause]
steps = [{ wait = "1s" }]
[flows.ask]
"#;

fn whole() -> Scenario {
    good(&[("whole.toml", WHOLE)], "whole.toml", &[])
}

fn steps(text: &str) -> Vec<Step> {
    let file = format!("{AROUND}steps = {text}\n");
    good(&[("x.toml", &file)], "x.toml", &[]).flows.remove("ask").expect("the flow").steps
}

#[test]
fn a_string_is_a_call_and_a_table_has_one_verb() {
    let steps = steps(
        "[\"db.read\", { send = \"q\", size = \"2KB\" }, { run = \"pause\" }, { work = \"3ms\" }, { wait = \"30s\" }, \
         { mark = \"paid\" }, { fail = \"no driver\" }, { steps = [\"db.read\"] }]",
    );
    let verb = |step: &Step| match &step.verb {
        Verb::Call(call) if call.target.value == "db.read" => "call",
        Verb::Send(call) if call.size == Some(Law::Constant(2048.0)) => "send",
        Verb::Run(name) if name.value == "pause" => "run",
        Verb::Work(law) if *law == Law::Constant(3e6) => "work",
        Verb::Wait(law) if *law == Law::Constant(30e9) => "wait",
        Verb::Mark(name) if name.value == "paid" => "mark",
        Verb::Fail(reason) if reason == "no driver" => "fail",
        Verb::Group(steps) if steps.len() == 1 => "group",
        _ => "?",
    };
    let verbs: Vec<&str> = steps.iter().map(verb).collect();
    assert_eq!(verbs, ["call", "send", "run", "work", "wait", "mark", "fail", "group"]);
}

#[test]
fn repeat_counts_turns_in_four_ways() {
    let times = |number: &str| {
        let text = format!("[{{ repeat = {number}, at_once = 8, pack = 25, steps = [\"db.read\"] }}]");
        match steps(&text).remove(0).verb {
            Verb::Repeat { times, at_once: AtOnce::Just(8), pack: 25, need: None, .. } => times,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(times("20"), Number::Just(20.0));
    assert_eq!(times("\"1k\""), Number::Just(1000.0));
    assert!(matches!(times("\"geometric(8)\""), Number::Law(Law::Geometric { .. })));
    assert!(matches!(times("\"user.friends\""), Number::Attribute(name) if name.value == "user.friends"));
    assert!(matches!(times("\"limit\""), Number::Value(name) if name.value == "limit"));
}

#[test]
fn branches_are_steps_or_lists_and_a_choice_keeps_its_conditions() {
    let found = steps(
        "[{ parallel = [\"db.a\", [\"db.b\", \"db.c\"], { repeat = 2, at_once = \"all\", steps = [\"db.d\"] }], need = 2 }, \
         { choose = [{ chance = 0.05, steps = [\"db.a\"] }, { when = \"user.friends >= limit\", run = \"pause\" }, \
         { send = \"q\" }] }]",
    );
    let Verb::Parallel { branches, need } = &found[0].verb else { panic!("parallel") };
    assert_eq!((branches.iter().map(Vec::len).collect::<Vec<_>>(), *need), (vec![1, 2, 1], Some(2)));
    let Verb::Choose(branches) = &found[1].verb else { panic!("choose") };
    assert_eq!(branches[0].chance, Some(Number::Just(0.05)));
    let when = branches[1].when.as_ref().expect("a condition");
    assert_eq!((when.attribute.value.as_str(), when.compare), ("user.friends", Compare::AtLeast));
    assert!(matches!(&when.than, Number::Value(name) if name.value == "limit"));
    assert!(branches[1].steps[0].when.is_none(), "it is the branch's condition, not asked a second time");
    assert!(branches[2].chance.is_none() && branches[2].when.is_none());
}

#[test]
fn modifiers_say_what_is_done_when_things_go_wrong() {
    let step = steps(
        "[{ call = \"kept.get\", miss = [\"db.read\"], fill = false, timeout = \"500ms\", retries = 2, \
         retry_on = [\"throttled\"], backoff = \"full-jitter(1s, cap=20s)\", retry_budget = \"20%\", else = [], \
         undo = [\"db.undo\"], another = \"user\", refused = \"1.5%\", idempotent = false, patience = \"exp(2s)\", \
         hedge = \"p95\", priority = 2, withdraw = true, breaker = { errors = \"50%\", of = 20, rest = \"30s\" }, \
         at_most = 20, note = \"x\" }]",
    )
    .remove(0);
    let client = &step.client;
    assert_eq!(client.timeout.as_ref().map(|timeout| timeout.value), Some(Span(500_000_000)));
    assert_eq!(client.retries.as_ref().map(|retries| retries.value), Some(2));
    assert_eq!(client.retry_on.as_ref().map(|causes| causes[0].value.as_str()), Some("throttled"));
    assert!(matches!(client.backoff, Some(Backoff::FullJitter { base, .. }) if base == Span::seconds(1)));
    assert_eq!(client.hedge, Some(Hedge::Quantile(0.95)));
    assert_eq!(client.retry_budget.map(|budget| budget.ratio), Some(0.2));
    assert_eq!(client.breaker.map(|breaker| (breaker.of, breaker.rest)), Some((20, Span::seconds(30))));
    assert!(client.withdraw && client.at_most.is_some());
    assert_eq!(step.otherwise.as_ref().map(Vec::len), Some(0), "an empty `else` ignores the failure");
    assert_eq!(step.undo.as_ref().map(Vec::len), Some(1));
    let Verb::Call(call) = &step.verb else { panic!("call") };
    assert!(!call.fill && call.idempotent == Some(false) && call.priority == Some(2));
    assert_eq!(call.refused, Some(Number::Just(0.015)));
    assert_eq!(call.miss.as_ref().map(Vec::len), Some(1));
}

#[test]
fn a_call_with_work_is_an_unnamed_handler() {
    let text = "[{ call = \"db\", work = \"exp(1s)\", steps = [{ call = \"kept\", work = \"1s\" }] }]";
    let Verb::Call(call) = steps(text).remove(0).verb else { panic!("call") };
    assert!(call.work.is_some() && call.steps.len() == 1);
}

#[test]
fn traffic_has_several_shapes() {
    let scenario = whole();
    let shape = |name: &str| &scenario.traffic[name].shape;
    assert!(matches!(shape("visit"), Shape::Open { rate: Profile::Constant(rate), .. } if *rate == 200.0));
    let Shape::Open { rate: Profile::Lines(points), .. } = shape("night") else { panic!("points") };
    assert_eq!(points[1], (Span::seconds(60), 2.0));
    let Shape::Users { think: Some(_), every, .. } = shape("people") else { panic!("users") };
    assert!(every.is_empty() && matches!(scenario.traffic["people"].starts, Starts::Mix(_)));
    let Shape::Users { think: None, every, .. } = shape("cars") else { panic!("ticking") };
    assert!(every.contains_key("visit") && matches!(scenario.traffic["cars"].starts, Starts::Elsewhere));
    let Shape::Users { connect: Some(connect), .. } = shape("phones") else { panic!("connections") };
    assert_eq!(connect.to.value, "web");
    assert!(matches!(&scenario.traffic["walk"].starts, Starts::Journey(steps) if steps.len() == 3));
    assert_eq!(scenario.traffic["visit"].near["us-east-1"].value, 0.7);
}

const TRACE: &str = r#"
duration = "1m"
[traffic]
t = { trace = "data/t.csv" }
[components]
db = { model = "server" }
[flows.ask]
steps = ["db"]
"#;

#[test]
fn a_trace_is_read_line_by_line() {
    let files = [("x.toml", TRACE), ("data/t.csv", "time,flow,key\n0s,ask,a\n\n1500ms,ask,\n")];
    let scenario = good(&files, "x.toml", &[]);
    let Shape::Trace { rows, .. } = &scenario.traffic["t"].shape else { panic!("a trace") };
    assert_eq!((rows[1].time, rows[0].key.as_str(), rows[1].key.as_str()), (Span(1_500_000_000), "a", ""));
}

#[test]
fn wrong_lines_of_a_trace_are_shown() {
    let told = |name: &str, csv: &str| {
        let files = archsim::scenario::sources::MemoryFiles::new([("x.toml", TRACE), ("data/t.csv", csv)]);
        crate::snapshot(name, crate::said(&archsim::scenario::read::read(&files, "x.toml", &[])));
    };
    told("a_trace_with_wrong_lines", "time,flow,key\n0s,ask,\n2s,,\n1,ask,\n1s,ask,\n500ms,ask,\n");
    told("a_trace_of_unknown_flows", "time,flow,key\n0s,ask,\n2s,aks,\n");
    told("a_trace_without_a_head", "0s,ask,\n");
}

#[test]
fn profiles_and_laws_come_from_files() {
    let file = format!("{AROUND}steps = [{{ call = \"db\", work = \"empirical(latency.csv)\" }}]\n")
        .replace("ask = { rate = \"1/s\" }", "ask = { rate = { file = \"rps.csv\", column = \"rps\" } }");
    let files =
        [("x.toml", file.as_str()), ("rps.csv", "time,rps\n0s,10\n30s,20/s\n"), ("latency.csv", "took\n5ms\n1ms\n")];
    let scenario = good(&files, "x.toml", &[]);
    let Shape::Open { rate: Profile::Lines(points), .. } = &scenario.traffic["ask"].shape else { panic!("points") };
    assert_eq!(points[..], [(Span(0), 10.0), (Span::seconds(30), 20.0)]);
    let Verb::Call(call) = &scenario.flows["ask"].steps[0].verb else { panic!("call") };
    assert_eq!(call.work.as_ref().map(|work| work.value.clone()), Some(Law::Empirical(vec![1e6, 5e6])));
}

#[test]
fn an_objective_is_a_bound_in_the_right_direction() {
    let scenario = whole();
    let slo = scenario.flows["visit"].slo.iter();
    let bounds: Vec<(&str, &Bound)> =
        slo.map(|slo| (slo.path.value.as_str(), &slo.conditions[0].value.bound)).collect();
    assert_eq!(bounds[0], ("p99", &Bound::AtMost(0.8)));
    assert_eq!(bounds[1], ("success", &Bound::AtLeast(0.999)));
    assert_eq!(bounds[2], ("paid.p95", &Bound::AtMost(5.0)));
    assert_eq!(bounds[3], ("paid.share", &Bound::AtLeast(0.95)));
    assert_eq!(scenario.faults["region"].slo[0].conditions[0].value.bound, Bound::AtMost(900.0));
}

#[test]
fn conditions_have_windows_and_those_of_a_list_all_hold() {
    let scenario = whole();
    let expect = |path: &str| scenario.expect.iter().find(|expect| expect.path.value == path).expect("expected");
    assert_eq!(expect("errors").conditions[0].value.window, Window::In("rush".to_string()));
    assert_eq!(expect("visit.p99").conditions.len(), 2);
    assert_eq!(expect("more.rolled_back").conditions[0].value.bound, Bound::Is(true));
    assert_eq!(expect("bill.\"elb/alb.hour\"").conditions[0].value.bound, Bound::Below(20.0));
}

#[test]
fn known_numbers_are_bare_strict_or_several() {
    let scenario = whole();
    let numbers = &scenario.known[0].numbers;
    let values: Vec<(&str, f64)> = numbers.iter().map(|number| (number.path.value.as_str(), number.value)).collect();
    let paths = ["visit.mean", "visit.rate", "visit.p50", "visit.p50", "web.cost", "web.busy"];
    assert_eq!(values, paths.into_iter().zip([0.2, 50.0, 0.1, 0.2, 0.18, 0.5]).collect::<Vec<_>>());
    assert_eq!((numbers[5].sigma, numbers[5].n_ref, numbers[5].by_estimate), (Some(0.1), Some(1e6), true));
    assert_eq!((numbers[2].abs_tol, numbers[2].name.as_deref()), (Some(0.0), Some("median")));
    assert_eq!(numbers[3].in_phase.as_ref().map(|phase| phase.value.as_str()), Some("rush"));
}

#[test]
fn components_take_after_others_and_keep_what_the_model_needs() {
    let scenario = whole();
    let web2 = &scenario.components["web2"];
    assert_eq!(web2.model.value, "server");
    assert!(web2.settings.contains_key("cores") && web2.settings["fleet"].1.text() == Some("1..2"));
    assert_eq!(web2.in_region["us-west-2"]["fleet"].1.text(), Some("2..24"));
    assert_eq!(web2.facts["boot"].1.text(), Some("30s"));
    assert!(scenario.components["jobs"].settings.contains_key("dead_letters"));
    assert_eq!(scenario.components["db"].writer.as_ref().map(|writer| writer.value.as_str()), Some("us-east-1"));
    assert!(scenario.components["db"].client.timeout.is_some());
    assert_eq!(scenario.handlers["web"].keys().collect::<Vec<_>>(), ["page", "tags"]);
    assert!(scenario.handlers["worker"][""].takes.contains_key("batch"));
}

#[test]
fn what_happens_meanwhile_is_kept_with_its_moments() {
    let scenario = whole();
    assert_eq!(scenario.alarms["busy"].average, Span::seconds(60));
    assert_eq!(scenario.runbooks["grow"].steps.len(), 3);
    assert_eq!(scenario.changes["more"].moment.value, Span::seconds(120));
    assert!(matches!(&scenario.faults["region"].begins, Begins::At(Law::Uniform { .. })));
    assert!(matches!(&scenario.faults["again"].begins, Begins::Every(Law::Exponential { .. })));
    assert_eq!(scenario.month.len(), 3);
    assert_eq!(scenario.quotas.keys().collect::<Vec<_>>(), ["functions.concurrency"]);
    assert_eq!(scenario.network.keys().collect::<Vec<_>>(), ["us-east-1.us-west-2"]);
    assert_eq!(scenario.keys["user"].pick, Pick::Zipf(1.1));
    assert_eq!(scenario.phases["rush"].value, (Span::seconds(60), Span::seconds(180)));
}

#[test]
fn a_steady_run_ends_when_its_number_is_known() {
    let until = "until = { of = \"web.wait.mean\", within = \"5%\", at_most = \"10d\" }";
    let text = WHOLE.replacen("duration = \"10m\"", until, 1);
    let until = good(&[("x.toml", &text)], "x.toml", &[]).until.expect("until");
    assert_eq!((until.within, until.at_most), (0.05, Span::seconds(864_000)));
}

#[test]
fn the_order_of_a_file_does_not_matter() {
    let sections: Vec<&str> = WHOLE.split("\n\n").collect();
    let (head, rest) = sections.split_first().expect("a head");
    let turned: Vec<&str> = std::iter::once(head).chain(rest.iter().rev()).copied().collect();
    let turned = good(&[("whole.toml", &turned.join("\n\n"))], "whole.toml", &[]);
    assert_eq!(without_places(&turned), without_places(&whole()));
}
