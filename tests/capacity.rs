//! The proof scenarios: each is a readable, complete TOML file, and wherever a closed form knows its numbers they agree.

#![expect(clippy::disallowed_methods, reason = "a test reads the shipped files themselves")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use archsim::capacity::{Estimate, Truth, estimate};
use archsim::scenario::ast::{
    AtOnce, Call, Client, Component, Flow, Known, KnownNumber, Number, Profile, Scenario, Shape, Starts, Step, Traffic,
    Verb,
};
use archsim::scenario::quantity::{self, no_files};
use archsim::scenario::tree::{At, Kind, Node, Placed};
use archsim::units::Law;
use toml::{Table, Value};

/// Names and texts of all proofs, by name.
fn proofs() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/proofs");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder of the proofs")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).expect("a readable file"))
    };
    paths.into_iter().map(read).collect()
}

fn tables() -> Vec<(String, Table)> {
    let parse = |(name, text): (String, String)| {
        let table = text.parse::<Table>().unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, table)
    };
    proofs().into_iter().map(parse).collect()
}

#[test]
fn every_proof_says_what_it_is_and_where_its_numbers_are_from() {
    let tables = tables();
    assert!(tables.len() >= 80, "only {} proofs", tables.len());
    for (name, table) in tables {
        let head = |key: &str| table.get(key).and_then(Value::as_str).unwrap_or("").to_string();
        assert!(!head("name").is_empty(), "{name}: no name");
        let summary = head("summary");
        assert!(summary.ends_with('.') && summary.split(' ').count() >= 8, "{name}: the summary is no sentence");
        let variant = table.contains_key("extends");
        assert!(variant || !head("source").is_empty(), "{name}: no source");
        assert!(variant || table.contains_key("duration"), "{name}: no duration");
        let known = table.get("known").and_then(Value::as_array).expect("[[known]]");
        for block in known {
            assert!(block.get("how").and_then(Value::as_str).is_some_and(|how| !how.is_empty()), "{name}: no `how`");
            assert!(block.as_table().is_some_and(|block| block.len() > 1), "{name}: an empty [[known]]");
        }
    }
}

#[test]
fn every_proof_fits_the_page_and_begins_with_its_schema() {
    for (name, text) in proofs() {
        assert!(text.starts_with("#:schema ../scenario.schema.json\n"), "{name}: the first line names the schema");
        for (number, line) in text.lines().enumerate() {
            assert!(line.chars().count() <= 130, "{name}, line {}: too long", number + 1);
            assert!(!line.ends_with(' ') && !line.contains('\t'), "{name}, line {}: blanks", number + 1);
        }
    }
}

#[test]
fn every_known_number_says_how_near_is_near_enough() {
    for (name, table) in tables() {
        let numbers = known(&table);
        assert!(!numbers.is_empty(), "{name}: nothing is known");
        for number in numbers {
            let path = &number.path.value;
            assert_eq!(number.sigma.is_some(), number.n_ref.is_some(), "{name}: {path}");
            assert!(number.sigma.is_none() || number.abs_tol.is_none(), "{name}: {path}");
            let near = number.sigma.is_some() || number.abs_tol.is_some() || number.ref_err > 0.0;
            assert!(number.by_estimate || near, "{name}: {path}");
        }
    }
}

#[test]
fn proofs_agree_with_the_closed_forms() {
    let mut compared = 0;
    for (name, table) in tables() {
        let numbers = known(&table);
        let Some(scenario) = textbook(&table) else { continue };
        let estimates = estimate(&scenario);
        for number in &numbers {
            let path = &number.path.value;
            let found = estimates.iter().find(|e| e.path == *path && e.kind != Truth::Approximation);
            let Some(Estimate { value, how, .. }) = found else { continue };
            let allowed = number.abs_tol.unwrap_or(number.ref_err * 0.01 + 2e-8 * number.value.abs() + 1e-12);
            let away = (value - number.value).abs();
            assert!(away <= allowed, "{name}: {path} is {} and {how} says {value}", number.value);
            compared += 1;
        }
    }
    assert!(compared >= 250, "only {compared} numbers were compared");
}

#[test]
fn what_only_a_closed_form_can_answer_is_answered() {
    for (name, table) in tables() {
        let asked: Vec<KnownNumber> = known(&table).into_iter().filter(|number| number.by_estimate).collect();
        if asked.is_empty() {
            continue;
        }
        // What is no textbook is read as any other file.
        let scenario = textbook(&table).unwrap_or_else(|| {
            let read = archsim::Scenario::from_file(&format!("scenarios/proofs/{name}.toml"));
            read.unwrap_or_else(|trouble| panic!("{trouble}")).ast
        });
        let estimates = estimate(&scenario);
        for number in asked {
            let path = number.path.value;
            assert!(estimates.iter().any(|estimate| estimate.path == path), "{name}: nothing says {path}");
        }
    }
}

#[test]
fn a_fault_silences_the_closed_forms() {
    let text = "traffic.ask = { rate = \"1/s\" }\ncomponents.desk = { model = \"server\", workers = 2 }\n\
                flows.ask = { steps = [{ call = \"desk\", work = \"exp(1s)\" }] }";
    let mut scenario = textbook(&text.parse().expect("TOML")).expect("a textbook");
    assert!(estimate(&scenario).iter().any(|estimate| estimate.path == "desk.delayed"));
    let handler = archsim::scenario::ast::Handler { fail: 0.5, ..Default::default() };
    scenario.handlers.insert("desk".into(), BTreeMap::from([(String::new(), handler)]));
    assert_eq!(estimate(&scenario), Vec::new());
}

// ---- a reader for the few words of the textbook ----------------------------------------------------------------------------

fn placed<T>(value: T) -> Placed<T> {
    Placed::new(value, At::default())
}

fn number_of(value: &Value) -> f64 {
    match value {
        Value::Integer(n) => *n as f64,
        Value::Float(x) => *x,
        Value::String(text) => quantity::any(text).unwrap_or_else(|told| panic!("{text}: {told:?}")).0,
        other => panic!("{other} is no number"),
    }
}

fn known(table: &Table) -> Vec<KnownNumber> {
    let mut numbers = Vec::new();
    for block in table.get("known").and_then(Value::as_array).into_iter().flatten() {
        for (key, value) in block.as_table().expect("a table") {
            known_below(key, value, &mut numbers);
        }
    }
    numbers
}

fn known_below(path: &str, value: &Value, numbers: &mut Vec<KnownNumber>) {
    if let Value::Array(several) = value {
        return several.iter().for_each(|one| known_below(path, one, numbers));
    }
    let Value::Table(table) = value else { return };
    let Some(value) = table.get("value") else {
        table.iter().for_each(|(key, below)| known_below(&format!("{path}.{key}"), below, numbers));
        return;
    };
    let number = |key: &str| table.get(key).map(number_of);
    numbers.push(KnownNumber {
        path: placed(path.to_string()),
        name: table.get("name").and_then(Value::as_str).map(String::from),
        value: number_of(value),
        sigma: number("sigma"),
        n_ref: number("n_ref"),
        ref_err: number("ref_err").unwrap_or(0.0),
        abs_tol: number("abs_tol"),
        by_estimate: table.get("by").and_then(Value::as_str) == Some("estimate"),
        in_phase: None,
        n: None,
    });
}

/// The scenario, if it uses nothing but what a textbook needs.
fn textbook(table: &Table) -> Option<Scenario> {
    let part = |key: &str| table.get(key).and_then(Value::as_table).into_iter().flatten();
    let mut scenario = Scenario::default();
    let usual = ["name", "summary", "source", "duration", "warmup", "replications", "known", "expect"];
    let read = ["values", "traffic", "components", "flows"];
    if table.keys().any(|key| !usual.contains(&key.as_str()) && !read.contains(&key.as_str())) {
        return None;
    }
    for (name, value) in part("values") {
        scenario.values.insert(name.clone(), placed(number_of(value)));
    }
    for (name, value) in part("traffic") {
        scenario.traffic.insert(name.clone(), traffic(name, value.as_table()?)?);
    }
    for (name, value) in part("components") {
        scenario.components.insert(name.clone(), component(value.as_table()?)?);
    }
    for (name, value) in part("flows") {
        let steps = steps(value.get("steps")?)?;
        scenario.flows.insert(name.clone(), Flow { steps, ..Flow::default() });
    }
    scenario.known = vec![Known { how: String::new(), numbers: known(table), at: At::default() }];
    Some(scenario)
}

fn traffic(name: &str, table: &Table) -> Option<Traffic> {
    let known = ["rate", "arrivals", "users", "think", "flow"];
    if table.keys().any(|key| !known.contains(&key.as_str())) {
        return None;
    }
    let text = |key: &str| table.get(key).and_then(Value::as_str);
    let shape = if let Some(users) = table.get("users") {
        let think = text("think").map(law);
        Shape::Users { users: Profile::Constant(number_of(users)), think, every: BTreeMap::new(), connect: None }
    } else {
        let arrivals = quantity::arrivals(text("arrivals").unwrap_or("poisson"), &mut no_files).expect("arrivals");
        Shape::Open { rate: quantity::profile_of_rate(text("rate")?).expect("a rate"), arrivals }
    };
    let starts = Starts::Flow(placed(text("flow").unwrap_or(name).to_string()));
    let (near, at) = (BTreeMap::new(), At::default());
    Some(Traffic { shape, starts, key: None, near, access: None, client: Client::default(), at })
}

fn component(table: &Table) -> Option<Component> {
    let mut settings = BTreeMap::new();
    for (key, value) in table.iter().filter(|(key, _)| *key != "model") {
        let kind = match value {
            Value::Integer(n) => Kind::Whole(*n),
            Value::String(text) => Kind::Text(text.clone()),
            _ => return None,
        };
        settings.insert(key.clone(), (At::default(), Node { kind, at: At::default() }));
    }
    Some(Component {
        model: placed(table.get("model")?.as_str()?.to_string()),
        settings,
        facts: BTreeMap::new(),
        on: None,
        from: None,
        filter: None,
        key: None,
        client: Client::default(),
        regions: Vec::new(),
        writer: None,
        in_region: BTreeMap::new(),
        at: At::default(),
    })
}

fn law(text: &str) -> Law {
    quantity::law_of_time(text, &mut no_files).unwrap_or_else(|told| panic!("{text}: {told:?}"))
}

fn steps(list: &Value) -> Option<Vec<Step>> {
    list.as_array()?.iter().map(|step| step_of(step.as_table()?)).collect()
}

fn step_of(table: &Table) -> Option<Step> {
    let known = ["call", "work", "patience", "priority", "parallel", "repeat", "at_once", "need", "steps"];
    if table.keys().any(|key| !known.contains(&key.as_str())) {
        return None;
    }
    let whole = |key: &str| table.get(key).and_then(Value::as_integer).map(|n| n as u32);
    let verb = if let Some(branches) = table.get("parallel") {
        let branches = steps(branches)?.into_iter().map(|step| vec![step]).collect();
        Verb::Parallel { branches, need: None }
    } else if let Some(times) = whole("repeat") {
        let steps = steps(table.get("steps")?)?;
        let at_once = if table.contains_key("at_once") { AtOnce::All } else { AtOnce::Just(1) };
        Verb::Repeat { times: Number::Just(f64::from(times)), at_once, pack: 1, need: whole("need"), steps }
    } else {
        Verb::Call(call(table)?)
    };
    Some(Step {
        verb,
        chance: None,
        when: None,
        client: Client::default(),
        otherwise: None,
        undo: None,
        another: None,
        note: None,
        at: At::default(),
    })
}

fn call(table: &Table) -> Option<Call> {
    let text = |key: &str| table.get(key).and_then(Value::as_str);
    Some(Call {
        target: placed(text("call")?.to_string()),
        work: Some(placed(law(text("work")?))),
        steps: Vec::new(),
        miss: None,
        fill: true,
        refused: None,
        key: None,
        size: None,
        reply: None,
        priority: table.get("priority").and_then(Value::as_integer).map(|n| n as u8),
        region: None,
        idempotent: None,
        patience: text("patience").map(law),
    })
}
