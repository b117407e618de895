//! Model files: the shipped ones are sound, broken ones are told what is wrong, settings become numbers.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use archsim::scenario::diagnostics::{Diagnostics, Severity};
use archsim::scenario::model::{
    Instance, Library, LimitInfo, Model, Target, Unit, Value, Wanted, agree, instantiate, instantiate_take,
};
use archsim::scenario::sources::{MemoryFiles, Sources};
use archsim::scenario::tree::{At, Kind, Node, Placed, Table};
use archsim::units::{Law, Span};

const LITTLE: &str = include_str!("models/little.toml");

/// Loads `acme/little` from this text (and others beside it), and what was said.
fn load(files: &[(&str, &str)], name: &str) -> (Option<Arc<Model>>, String) {
    let memory = MemoryFiles::new(files.iter().map(|(path, text)| (format!("models/{path}"), *text)));
    let mut sources = Sources::default();
    let mut say = Diagnostics::default();
    let model = Library::new(&memory, [""]).model(name, At::default(), &mut sources, &mut say);
    (model, told(&say, &sources))
}

fn little() -> Arc<Model> {
    let (model, said) = load(&[("acme/little.toml", LITTLE)], "acme/little");
    model.unwrap_or_else(|| panic!("{said}"))
}

/// Messages as lines: place, piece, cause, cure.
fn told(say: &Diagnostics, sources: &Sources) -> String {
    let mut text = String::new();
    for diagnostic in &say.list {
        let word = if diagnostic.severity == Severity::Error { "error" } else { "warning" };
        let at = diagnostic.at.unwrap_or_default();
        let piece = sources.piece(at).lines().next().unwrap_or_default();
        let _ = writeln!(text, "{word}: {}", diagnostic.says);
        let _ = writeln!(text, "  --> {}:{}: {piece}", sources.name(at.file), sources.line(at));
        if let Some(help) = &diagnostic.help {
            let _ = writeln!(text, "  = help: {help}");
        }
    }
    text
}

/// Settings as a scenario would give them.
fn settings(pairs: &[(&str, Kind)]) -> BTreeMap<String, (At, Node)> {
    let at = At { file: 9, start: 1, end: 2 };
    pairs.iter().map(|(key, kind)| (key.to_string(), (at, Node { kind: kind.clone(), at }))).collect()
}

fn text(text: &str) -> Kind {
    Kind::Text(text.to_string())
}

fn group(pairs: &[(&str, Kind)]) -> Kind {
    let at = At { file: 9, start: 1, end: 2 };
    let entry = |(key, kind): &(&str, Kind)| (Placed::new(key.to_string(), at), Node { kind: kind.clone(), at });
    Kind::Table(Table { entries: pairs.iter().map(entry).collect() })
}

/// With these parameters, and no facts, quotas or region.
fn with(model: &Model, pairs: &[(&str, Kind)]) -> Result<Instance, Vec<String>> {
    let (settings, none) = (settings(pairs), BTreeMap::new());
    let wanted = Wanted { settings: &settings, facts: &none, quotas: &none, region: None };
    instantiate(model, &wanted).map_err(|say| {
        say.list.iter().map(|one| format!("{} | {}", one.says, one.help.clone().unwrap_or_default())).collect()
    })
}

fn generic(name: &str) -> Arc<Model> {
    let (model, said) = load(&[], name);
    model.unwrap_or_else(|| panic!("{said}"))
}

fn stage_names(instance: &Instance) -> Vec<&str> {
    instance.stages.iter().map(|stage| stage.name.as_str()).collect()
}

fn setting<'a>(instance: &'a Instance, stage: &str, key: &str) -> Option<&'a Value> {
    let index = instance.stage(stage)?;
    instance.stages[index].settings.get(key)
}

// ---- shipped models ----------------------------------------------------------------------------------------------------

#[test]
#[expect(clippy::disallowed_methods, reason = "a test compares the list with the folder")]
fn all_files_of_the_folder_are_part_of_the_program() {
    let mut files = Vec::new();
    for folder in std::fs::read_dir("models").unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for file in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().is_some_and(|extension| extension == "toml") {
                files.push(file.with_extension("").strip_prefix("models").unwrap().to_string_lossy().into_owned());
            }
        }
    }
    let mut names: Vec<String> = files.iter().map(|file| file.trim_start_matches("generic/").to_string()).collect();
    names.retain(|name| !name.ends_with("sources"));
    names.sort();
    assert_eq!(Library::built_in(), names);
}

#[test]
fn all_shipped_models_load_without_a_complaint() {
    for name in Library::built_in() {
        let (model, said) = load(&[], &name);
        assert!(model.is_some() && said.is_empty(), "{name}\n{said}");
    }
}

#[test]
fn a_model_shows_its_numbers_paths_and_bills() {
    insta::assert_snapshot!("server", generic("server").describe());
    insta::assert_snapshot!("little", little().describe());
}

#[test]
fn a_plain_server_is_one_line_of_workers() {
    let server = with(&generic("server"), &[]).unwrap();
    assert_eq!(stage_names(&server), ["line"]);
    assert_eq!(setting(&server, "line", "servers"), Some(&Value::Number(1.0, Unit::ONE)));
    assert_eq!(setting(&server, "line", "room"), Some(&Value::Unlimited));
    assert_eq!(setting(&server, "line", "order"), Some(&Value::Word("fifo".into())));
    assert_eq!(server.default_op(true), Some("run"));
    let run = &server.ops["run"];
    assert_eq!(run.work, Some(0));
    assert_eq!(run.path[0].target, Target::Stage { index: 0, verb: "hold".into() });
    assert_eq!(run.path[1].target, Target::Inside);
    assert!(!server.ops.contains_key("serve"), "without `time` there is nothing to serve");
}

#[test]
fn a_server_with_a_time_of_its_own_serves() {
    let server = with(&generic("server"), &[("time", text("exp(1s)")), ("room", Kind::Whole(0))]).unwrap();
    assert_eq!(server.default_op(false), Some("serve"));
    assert_eq!(server.ops["serve"].path[0].time, Some(Value::Law(Law::Exponential { mean: 1e9 })));
    assert_eq!(setting(&server, "line", "room"), Some(&Value::Number(0.0, Unit::ONE)));
}

#[test]
fn a_server_with_cores_is_threads_cores_and_connections() {
    let pairs = [("cores", Kind::Whole(2)), ("threads", Kind::Whole(3)), ("pool", group(&[("db", Kind::Whole(1))]))];
    let app = with(&generic("server"), &pairs).unwrap();
    assert_eq!(stage_names(&app), ["links", "processor", "threads_of"]);
    let run = &app.ops["run"];
    assert_eq!(run.calls, app.stage("links"));
    assert_eq!(run.work, app.stage("processor"));
    assert_eq!(run.path.len(), 2, "threads, inside: {:?}", run.path);
    assert_eq!(setting(&app, "links", "limits"), Some(&Value::Counts([("db".to_string(), 1.0)].into())));
    let limit = app.stages[app.stage("threads_of").unwrap()].limit.clone().unwrap();
    assert_eq!((limit.name.as_str(), limit.source.as_str(), limit.adjustable), ("threads", "this file", false));
}

#[test]
fn an_order_of_shares_is_no_line() {
    let cpu = with(&generic("server"), &[("order", text("shared"))]).unwrap();
    assert_eq!(stage_names(&cpu), ["even"]);
    assert_eq!(cpu.ops["run"].work, Some(0));
}

#[test]
fn a_fleet_has_members_each_with_its_line() {
    let pairs = [
        ("fleet", text("2..4")),
        ("start", Kind::Whole(2)),
        ("boot", text("2m")),
        ("warmup", text("3m")),
        ("price", text("$0.06/h")),
    ];
    let web = with(&generic("server"), &pairs).unwrap();
    assert_eq!(stage_names(&web), ["line", "members"]);
    assert_eq!(web.stages[0].per, Some(1));
    assert_eq!(setting(&web, "members", "members"), Some(&Value::Range(2.0, 4.0, Unit::ONE)));
    assert_eq!(setting(&web, "members", "start"), Some(&Value::Law(Law::Constant(120e9))));
    assert_eq!(setting(&web, "members", "warms").and_then(Value::span), Some(Span::seconds(180)));
    assert_eq!(web.meters.keys().collect::<Vec<_>>(), ["instance_seconds"]);
}

#[test]
fn a_scaled_fleet_has_a_clock_that_moves_its_size() {
    let scale = group(&[("by", text("cpu")), ("target", text("30%")), ("period", text("60s"))]);
    let web =
        with(&generic("server"), &[("cores", Kind::Whole(1)), ("fleet", text("2..10")), ("scale", scale)]).unwrap();
    let members = web.stage("members").unwrap();
    assert_eq!(setting(&web, "by_cpu", "moves"), Some(&Value::Setting(members, "wanted".into())));
    assert_eq!(setting(&web, "by_cpu", "target"), Some(&Value::Number(0.3, Unit::ONE)));
    assert_eq!(setting(&web, "by_cpu", "most"), Some(&Value::Number(10.0, Unit::ONE)));
}

#[test]
fn a_limit_outside_is_a_rate_or_a_number_at_a_time() {
    let rate = with(&generic("external"), &[("limit", text("100/s"))]).unwrap();
    assert_eq!(stage_names(&rate), ["answering", "breaking", "per_time"]);
    let count = with(&generic("external"), &[("limit", Kind::Whole(100))]).unwrap();
    assert_eq!(stage_names(&count), ["answering", "at_a_time", "breaking"]);
    let free = with(&generic("external"), &[]).unwrap();
    assert_eq!(stage_names(&free), ["answering", "breaking"]);
}

// ---- what a component is told -------------------------------------------------------------------------------------------

#[test]
fn settings_that_cannot_be_are_told_why() {
    let cases: [(&str, &[(&str, Kind)]); 10] = [
        ("server", &[("treads", Kind::Whole(3))]),
        ("server", &[("workers", Kind::Whole(0))]),
        ("server", &[("workers", text("2.5"))]),
        ("server", &[("order", text("shortest"))]),
        ("server", &[("patience", Kind::Whole(5))]),
        ("server", &[("cores", Kind::Whole(2)), ("order", text("shared"))]),
        ("server", &[("threads", Kind::Whole(2))]),
        ("server", &[("fleet", text("2..4")), ("start", Kind::Whole(9))]),
        ("server", &[("scale", group(&[("targt", text("30%"))]))]),
        ("server", &[("in_points", Kind::Whole(3))]),
    ];
    let mut said = String::new();
    for (model, pairs) in cases {
        let keys: Vec<&str> = pairs.iter().map(|(key, _)| *key).collect();
        match with(&generic(model), pairs) {
            Err(list) => writeln!(said, "{model}, {}\n  {}", keys.join(", "), list.join("\n  ")).unwrap(),
            Ok(_) => panic!("{model} with {keys:?} was taken"),
        }
    }
    insta::assert_snapshot!("settings", said);
}

#[test]
fn a_setting_that_does_nothing_draws_a_warning() {
    let server = with(&generic("server"), &[("boot", text("2m"))]).unwrap();
    let warning = &server.warnings[0];
    assert_eq!(warning.severity, Severity::Warning);
    assert_eq!(warning.says, "`boot` does nothing here");
    assert_eq!(warning.help.as_deref(), Some("it belongs to `fleet`"));
}

#[test]
fn a_range_names_its_source() {
    let said = with(&little(), &[("visibility", text("13h"))]).unwrap_err();
    assert_eq!(said, ["`visibility` is at most 12h | 0s..12h · Little, Little Queue, limits and prices (2026-10)"]);
}

#[test]
fn a_check_that_fails_adds_both_numbers() {
    let said = with(&little(), &[("visibility", text("2h")), ("retention", text("1h"))]).unwrap_err();
    assert_eq!(said, ["messages would die while they are out of sight | `visibility` is 2 h, `retention` is 1 h"]);
}

#[test]
fn a_check_of_neighbours_waits_for_them() {
    let instance = with(&little(), &[]).unwrap();
    assert_eq!(instance.checks.len(), 1);
    assert_eq!(instance.checks[0].text, "visibility >= consumers.timeout");
}

#[test]
fn a_row_of_a_table_is_picked_by_its_word() {
    let instance = with(&little(), &[("size_of", text("large"))]).unwrap();
    assert_eq!(setting(&instance, "cores", "capacity"), Some(&Value::Number(8.0, Unit::ONE)));
    assert_eq!(setting(&instance, "buffers", "most"), Some(&Value::Number(2.0 * 1_073_741_824.0, Unit::SIZE)));
}

#[test]
fn a_choice_decides_what_exists() {
    let bought = with(&little(), &[]).unwrap();
    let by_use = with(&little(), &[("mode", text("by-use")), ("encrypted", Kind::Bool(true))]).unwrap();
    let quota = |instance: &Instance| instance.stages[instance.stage("quota").unwrap()].mechanism.clone();
    assert_eq!((quota(&bought), quota(&by_use)), ("bucket".into(), "ratchet".into()));
    assert_eq!(setting(&bought, "nodes", "lag"), Some(&Value::Law(Law::Constant(5e6))));
    assert!(matches!(setting(&by_use, "nodes", "lag"), Some(Value::Law(Law::Lognormal { .. }))));
}

#[test]
fn regions_facts_and_quotas_go_over_the_model() {
    let (none, little) = (BTreeMap::new(), little());
    let rate = |wanted: &Wanted<'_>| {
        let instance = instantiate(&little, wanted).unwrap();
        let limit = instance.stages[instance.stage("quota").unwrap()].limit.clone();
        (setting(&instance, "quota", "rate").cloned().unwrap(), limit.unwrap())
    };
    let home = Wanted { settings: &none, facts: &none, quotas: &none, region: Some("home") };
    let (value, limit) = rate(&home);
    assert_eq!(value, Value::Number(300.0, Unit::RATE));
    let source = "Little, Little Queue, limits and prices".to_string();
    assert_eq!(limit, LimitInfo { setting: "rate".into(), name: "sending".into(), source, adjustable: true });
    assert_eq!(rate(&Wanted { region: Some("far-away"), ..home }).0, Value::Number(30.0, Unit::RATE));
    let raised = settings(&[("sending", text("9k/s"))]);
    assert_eq!(rate(&Wanted { quotas: &raised, ..home }).0, Value::Number(9000.0, Unit::RATE));
    let believed = settings(&[("lag", text("1ms"))]);
    let instance = instantiate(&little, &Wanted { facts: &believed, ..home }).unwrap();
    assert_eq!(instance.quantities["lag"].status, "given");
}

#[test]
fn a_taker_reads_what_its_handler_says() {
    let (none, little) = (BTreeMap::new(), little());
    let wanted = Wanted { settings: &none, facts: &none, quotas: &none, region: None };
    let take = instantiate_take(&little, &wanted, "queue", &settings(&[("batch", Kind::Whole(50))])).unwrap();
    let mover = take.mover.unwrap();
    assert_eq!(mover.settings["batch"], Value::Number(50.0, Unit::ONE));
    assert_eq!(take.op, "work");
    let said = instantiate_take(&little, &wanted, "queue", &settings(&[("batch", Kind::Whole(500))])).unwrap_err();
    assert_eq!(said.list[0].says, "`batch` is at most 100");
    let said = instantiate_take(&little, &wanted, "queue", &settings(&[("bach", Kind::Whole(5))])).unwrap_err();
    assert_eq!(said.list[0].help.as_deref(), Some("did you mean `batch`?"));
}

#[test]
fn what_a_call_decides_is_kept_as_a_program() {
    let instance = with(&little(), &[]).unwrap();
    let requests = format!("{:?}", instance.meters["requests"].counts);
    assert!(requests.contains("Word(\"size\")") && requests.contains("Ceil"), "{requests}");
    assert_eq!(
        instance.meters["requests"].price,
        Some(archsim::scenario::model::Price::Key("little/request.bought".into()))
    );
    assert_eq!(little().price_keys()["requests"], ["little/request.bought", "little/request.by-use"]);
}

// ---- the library ---------------------------------------------------------------------------------------------------------

#[test]
fn a_file_beside_the_scenario_wins() {
    let own = LITTLE.replace("A little queue", "A server of our own");
    let (model, said) = load(&[("generic/server.toml", &own)], "server");
    assert_eq!(model.map(|model| model.title.clone()).as_deref(), Some("A server of our own"), "{said}");
}

#[test]
fn a_child_says_only_what_differs() {
    let child = "extends = \"acme/little\"\n[parameters]\nretention = { default = \"9d\", by = \"own\" }\n\
                 [meters]\ndata = false\n\
                 [sources]\nown = { title = \"t\", publisher = \"p\", as_of = \"2026\", status = \"measured\" }";
    let files = [("acme/little.toml", LITTLE), ("acme/child.toml", child)];
    let (model, said) = load(&files, "acme/child");
    let child = model.unwrap_or_else(|| panic!("{said}"));
    assert!(!child.meters.contains_key("data") && child.meters.contains_key("rent"));
    let instance = with(&child, &[]).unwrap();
    assert_eq!(setting(&instance, "messages", "keeps").and_then(Value::span), Some(Span::seconds(9 * 86_400)));
    assert_eq!(instance.quantities["retention"].status, "measured");
}

#[test]
fn models_that_extend_each_other_are_told() {
    let files = [("acme/a.toml", "extends = \"acme/b\""), ("acme/b.toml", "extends = \"acme/a\"")];
    let (_, said) = load(&files, "acme/a");
    assert!(said.contains("`acme/a` extends itself: models/acme/a.toml, then models/acme/b.toml"), "{said}");
}

#[test]
fn a_model_that_is_not_there_offers_the_nearest() {
    assert!(load(&[], "sever").1.contains("did you mean `server`?"));
    assert!(load(&[], "acme/billing").1.contains("or a file models/acme/billing.toml beside the scenario"));
}

#[test]
fn two_models_of_a_service_must_agree_on_what_they_share() {
    let other = LITTLE.replace("is = \"300/s\"", "is = \"400/s\"");
    let files = [("acme/little.toml", LITTLE), ("acme/other.toml", &other)];
    let models = ["acme/little", "acme/other"].map(|name| load(&files, name).0.unwrap());
    assert!(agree(&models[..1]).list.is_empty());
    let said = agree(&models).list;
    assert_eq!(said.len(), 1);
    assert!(said[0].says.contains("share the stage `quota`"), "{}", said[0].says);
}

#[test]
fn sources_of_a_provider_serve_all_its_models() {
    let (own, sources) = LITTLE.split_at(LITTLE.find("[sources]").unwrap());
    let files = [("acme/little.toml", own), ("acme/sources.toml", sources)];
    let (model, said) = load(&files, "acme/little");
    assert!(model.is_some(), "{said}");
    assert!(load(&files[..1], "acme/little").1.contains("there is no source `guide`"));
}

#[test]
fn rows_may_stand_in_a_file_beside_the_model() {
    let table = "[tables.sizes]\nfile = \"sizes.csv\"\nkey = { name = \"size_of\" }\nby = \"guide\"\n\
                 columns = { vcpu = \"cores\", memory = \"ram\" }\n";
    let from = LITTLE.find("[tables.sizes]").unwrap();
    let to = LITTLE.find("[derived]").unwrap();
    let own = format!("{}{table}\n{}", &LITTLE[..from], &LITTLE[to..]);
    let csv = "name,cores,ram\nsmall,3,6GB\nlarge,9,18GB\n";
    let (model, said) = load(&[("acme/little.toml", &own), ("acme/sizes.csv", csv)], "acme/little");
    let instance = with(&model.unwrap_or_else(|| panic!("{said}")), &[]).unwrap();
    assert_eq!(setting(&instance, "cores", "capacity"), Some(&Value::Number(3.0, Unit::ONE)));
    assert!(load(&[("acme/little.toml", &own)], "acme/little").1.contains("no file `sizes.csv` beside the model"));
    let broken = csv.replace("ram", "rum");
    let said = load(&[("acme/little.toml", &own), ("acme/sizes.csv", &broken)], "acme/little").1;
    assert!(said.contains("the file has no column `ram`"), "{said}");
}

// ---- broken models -------------------------------------------------------------------------------------------------------

/// What stands in the little queue, and what is put in its place.
const BROKEN: [(&str, &str, &str); 50] = [
    (
        "a number without a source",
        "retention  = { default = \"4d\", by = \"guide\" }",
        "retention  = { default = \"4d\" }",
    ),
    (
        "a source that is not there",
        "chunk     = { is = \"64KB\", by = \"guide\" }",
        "chunk     = { is = \"64KB\", by = \"giude\" }",
    ),
    ("assumed without why", "by = \"assumed\", why = \"not published\" }\nchunk", "by = \"assumed\" }\nchunk"),
    ("a law verified by prose", "by = \"assumed\", why = \"not published\" }\nchunk", "by = \"guide\" }\nchunk"),
    ("a number in an expression", "ceil(size / chunk)", "ceil(size / 65536)"),
    ("a sum of different units", "size_of.memory / size_of.vcpu", "size_of.memory + retention"),
    ("a rate that is a time", "rate      = \"sends\"", "rate      = \"retention\""),
    ("a take that is not the gate's", "take = \"size\"", "take = \"records\""),
    ("a byte gate without take", "{ at = \"line\", take = \"size\" }", "\"line\""),
    ("a meter of another unit", "integral = \"nodes.copies\"", "integral = \"nodes.copies * chunk\""),
    ("an unknown stage on a path", "\"cores\", \"buffers.add\"", "\"coers\", \"buffers.add\""),
    ("an unknown verb", "\"messages.take\"", "\"messages.grab\""),
    ("an unknown mechanism", "mechanism = \"mailbox\"", "mechanism = \"mailbag\""),
    ("an unknown setting", "hidden    = \"visibility\"", "hiden     = \"visibility\""),
    ("a setting that is missing", "keeps     = \"retention\"\n", ""),
    ("an unknown measure", "backlog = \"messages.waiting\"", "backlog = \"messages.wating\""),
    ("an unknown operation", "take  = \"receive\"", "take  = \"recieve\""),
    ("an unknown kind of fault", "poison = { stage", "poisson = { stage"),
    ("a fault that is not borne", "does = \"poison\"", "does = \"lose\""),
    ("an unknown unit of a meter", "unit  = \"GB\"", "unit  = \"gigs\""),
    ("a price without a key", "price = \"little/data\"", "price = \"data\""),
    ("a price by what is no choice", "little/request.{mode}", "little/request.{chunk}"),
    ("a price that is no money", "own:rent", "own:chunk"),
    ("a member that is not chosen yet", "\"nodes.write\", \"cores\"", "\"cores\", \"nodes.write\""),
    ("one for each of no set", "per       = \"nodes\"\nmost", "per       = \"messages\"\nmost"),
    ("a word that is none", "reads     = \"any\"", "reads     = \"some\""),
    ("an option without its value", ", false = \"lag\" }", " }"),
    ("an option that never is", "[stages.quota.by-use]", "[stages.quota.for-free]"),
    ("a choice by what is no choice", "choose = \"encrypted\"", "choose = \"chunk\""),
    ("a gate that does not say no", "refuses = \"429 SlowDown\"\n\n[stages.quota.bought]", "\n[stages.quota.bought]"),
    ("a default outside its range", "default = \"30s\", range", "default = \"13h\", range"),
    ("a default that is no choice", "default = \"bought\"", "default = \"boght\""),
    ("a default that is no row", "default = \"small\"", "default = \"tiny\""),
    ("a range of another unit", "\"0s..12h\"", "\"0..12\""),
    ("a value that is no quantity", "is = \"64KB\"", "is = \"64 kilos\""),
    ("one name for two numbers", "[quotas]", "retention = { is = \"1d\", by = \"guide\" }\n\n[quotas]"),
    ("a stage with the name of a number", "[stages.line]", "[stages.wire]"),
    ("a name that calls know", "wire      =", "size      ="),
    ("a number that nothing uses", "[facts]", "[facts]\nforgotten = { is = 7, by = \"guide\" }"),
    ("a stage that nothing uses", "\"buffers.add\", ", ""),
    ("work without an inside", "\"nodes.read\", \"inside\"", "\"nodes.read\""),
    ("a comparison of different things", "that = \"visibility <= retention\"", "that = \"visibility <= chunk\""),
    ("a check that compares nothing", "that = \"visibility <= retention\"", "that = \"visibility is short\""),
    ("a condition on what is no choice", "[gives.queue]", "[gives.queue]\nwhen  = { chunk = \"big\" }"),
    ("a condition that never holds", "[gives.queue]", "[gives.queue]\nwhen  = { mode = \"rented\" }"),
    ("a head that leaves nothing out", "leaves_out   = [\"order\"]\n", ""),
    ("a section that is none", "[series]", "[serie]"),
    ("a source without a date", ", as_of = \"2026-10\"", ""),
    ("a measure that cannot be followed", "most      = \"per_core\"", "most      = \"per_core * nodes.up\""),
    ("a formula that breaks off", "ceil(size / chunk)", "ceil(size / chunk"),
];

#[test]
fn each_mistake_is_told_with_its_place_and_cure() {
    let mut all = String::new();
    for (what, old, new) in BROKEN {
        assert!(LITTLE.contains(old), "{what}: the little queue has no {old:?}");
        let text = LITTLE.replacen(old, new, 1);
        let (model, said) = load(&[("acme/little.toml", &text)], "acme/little");
        assert!(model.is_none() && !said.is_empty(), "{what}: nobody noticed");
        let _ = writeln!(all, "# {what}\n{said}");
    }
    insta::assert_snapshot!("broken", all);
}

#[test]
fn all_mistakes_of_a_file_come_back_at_once() {
    let mut text = LITTLE.to_string();
    for (_, old, new) in [BROKEN[0], BROKEN[1], BROKEN[10], BROKEN[17]] {
        text = text.replacen(old, new, 1);
    }
    let said = load(&[("acme/little.toml", &text)], "acme/little").1;
    for part in ["where `retention` is from", "no source `giude`", "no stage `coers`", "called `poisson`"] {
        assert!(said.contains(part), "{part}\n{said}");
    }
}
