//! The JSON Schema of scenario files, made of the tables that the reader itself uses.
//!
//! Draft 4, which editors know best, and without `oneOf`: at each place every type of TOML has one shape, so an editor
//! names the one wrong key instead of the whole table. What a component may set depends on its model: the keys of all
//! models that are part of the program are offered, each with the models that know it.

use serde_json::{Map, Value, json};

use super::diagnostics::Diagnostics;
use super::model::Library;
use super::read::tables::{Construct, Key, Kind, Quantity};
use super::read::tables_meanwhile::{ACTION, KNOWN_NUMBER};
use super::read::tables_parts::{HANDLER, SCENARIO};
use super::read::tables_steps::{CAUSES, STEP};
use super::read::words::{example, wanted};
use super::sources::{MemoryFiles, Sources};
use super::tree::At;

/// The schema as text.
pub fn json() -> String {
    let mut schema = object(&SCENARIO);
    if let Some(part) = schema["properties"].pointer_mut("/components/additionalProperties") {
        settings_of_models(part);
    }
    let about = [
        ("$schema", json!("http://json-schema.org/draft-04/schema#")),
        ("title", json!("archsim scenario")),
        ("definitions", definitions()),
    ];
    for (key, value) in about {
        schema.insert(key.to_string(), value);
    }
    format!("{:#}\n", Value::Object(schema))
}

/// Adds the names of the models, and what each of them lets a component set.
fn settings_of_models(part: &mut Value) {
    let (files, mut sources, mut said) = (MemoryFiles::default(), Sources::default(), Diagnostics::default());
    let mut library = Library::new(&files, [""]);
    let names = Library::built_in();
    let Some(keys) = part.pointer_mut("/properties").and_then(Value::as_object_mut) else { return };
    let own: Vec<String> = keys.keys().cloned().collect();
    for name in &names {
        let Some(model) = library.model(name, At::default(), &mut sources, &mut said) else { continue };
        for (path, says) in model.settings() {
            let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
            if !own.iter().any(|own| own == first) {
                describe_setting(keys, first, rest, &format!("{name}: {says}"));
            }
        }
    }
    if let Some(model) = keys.get_mut("model").and_then(Value::as_object_mut) {
        // One's own models lie beside the scenario, under any name.
        model.insert("anyOf".to_string(), json!([{ "enum": names }, { "type": "string" }]));
    }
}

/// One more line about a key, inside the tables that its dots mean.
fn describe_setting(keys: &mut Map<String, Value>, name: &str, rest: Option<&str>, says: &str) {
    let entry = keys.entry(name.to_string()).or_insert_with(|| json!({}));
    let Some(setting) = entry.as_object_mut() else { return };
    let Some(rest) = rest else {
        let before =
            setting.get("description").and_then(Value::as_str).map_or(String::new(), |text| format!("{text}\n\n"));
        setting.insert("description".to_string(), json!(format!("{before}{says}")));
        return;
    };
    let inner = setting.entry("properties").or_insert_with(|| json!({}));
    if let Some(inner) = inner.as_object_mut() {
        let (first, rest) = rest.split_once('.').map_or((rest, None), |(first, rest)| (first, Some(rest)));
        describe_setting(inner, first, rest, says);
    }
}

/// What refers to itself, or is long and used often, stands once.
fn definitions() -> Value {
    let steps = json!({
        "type": "array",
        "items": one_step(&["string", "object"], None),
    });
    let branches = json!({
        "type": "array",
        "items": one_step(&["string", "object", "array"], Some(json!({ "$ref": "#/definitions/step" }))),
    });
    json!({
        "step": one_step(&["string", "object"], None),
        "steps": steps,
        "branches": branches,
        "actions": { "type": "array", "items": Value::Object(object(&ACTION)) },
        "handler": Value::Object(object(&HANDLER)),
        "known": known(),
        "cause": { "type": "string", "enum": CAUSES },
    })
}

fn one_step(types: &[&str], items: Option<Value>) -> Value {
    let mut step = object(&STEP);
    step.insert("type".to_string(), json!(types));
    if let Some(items) = items {
        step.insert("items".to_string(), items);
    }
    Value::Object(step)
}

fn known() -> Value {
    let mut number = object(&KNOWN_NUMBER);
    number.insert("type".to_string(), json!(["number", "string", "array", "object"]));
    // A dotted path is tables inside tables.
    number.insert("additionalProperties".to_string(), json!(true));
    json!({
        "type": "object",
        "properties": {
            "how": { "type": "string", "description": "Where the numbers are from." },
            "source": { "type": "string", "description": "Where the numbers are from." },
        },
        "additionalProperties": Value::Object(number),
    })
}

/// A table with known keys.
fn object(construct: &'static Construct) -> Map<String, Value> {
    let properties: Map<String, Value> = construct.all().map(|key| (key.name.to_string(), property(key))).collect();
    let rest = construct.rest.as_ref().map_or(json!(false), of_kind);
    let mut object = Map::new();
    object.insert("type".to_string(), json!("object"));
    object.insert("properties".to_string(), Value::Object(properties));
    object.insert("additionalProperties".to_string(), rest);
    object
}

fn property(key: &'static Key) -> Value {
    let mut property = of_kind(&key.kind);
    if let Some(object) = property.as_object_mut() {
        let of = match key.of {
            [] => String::new(),
            of => format!(" (of {})", of.join(", ")),
        };
        let wants = wanted(&key.kind);
        object.insert("description".to_string(), json!(format!("{}{of}\n\nIt is {wants}.", key.doc)));
        // Draft 4 lets nothing stand beside a reference.
        if let Some(reference) = object.remove("$ref") {
            object.insert("allOf".to_string(), json!([{ "$ref": reference }]));
        }
    }
    property
}

fn of_kind(kind: &'static Kind) -> Value {
    match kind {
        Kind::Text | Kind::Name(_) | Kind::When | Kind::Watch => json!({ "type": "string" }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Whole => json!({ "type": "integer", "minimum": 0 }),
        Kind::AtOnce => json!({ "type": ["integer", "string"] }),
        Kind::Number => json!({ "type": ["number", "string"] }),
        Kind::Word(words) => json!({ "type": "string", "enum": words }),
        Kind::Quantity(quantity) => of_quantity(*quantity),
        Kind::Steps => json!({ "$ref": "#/definitions/steps" }),
        Kind::Branches => json!({ "$ref": "#/definitions/branches" }),
        Kind::Actions => json!({ "$ref": "#/definitions/actions" }),
        Kind::KnownList => json!({ "type": "array", "items": { "$ref": "#/definitions/known" } }),
        Kind::List(inner) => json!({ "type": "array", "items": of_kind(inner) }),
        Kind::OneOrMore(inner) => one_or_more(inner),
        Kind::Table(construct) => Value::Object(object(construct)),
        // `NAME = false` takes away what the parent has.
        Kind::Defines(_, inner) | Kind::Named(inner) => {
            with_type(json!({ "type": "object" }), "additionalProperties", and_type(of_kind(inner), "boolean"))
        }
        Kind::Each(_, inner) => json!({ "type": "object", "additionalProperties": of_kind(inner) }),
        // A dotted path is tables inside tables: anything may stand at their ends.
        Kind::Paths(_) | Kind::Dotted(_) => json!({ "type": "object" }),
        Kind::Handlers => handlers(),
        Kind::Either(kinds) => kinds.iter().map(of_kind).reduce(joined).unwrap_or_else(|| json!({})),
        Kind::Any => json!({}),
    }
}

fn of_quantity(quantity: Quantity) -> Value {
    let types = match quantity {
        Quantity::Count | Quantity::Ratio | Quantity::LawOfNumber | Quantity::Known => json!(["number", "string"]),
        Quantity::Condition => json!(["string", "number", "boolean"]),
        Quantity::RateProfile => json!(["string", "array", "object"]),
        Quantity::CountProfile => json!(["number", "string", "array", "object"]),
        _ => json!("string"),
    };
    json!({ "type": types, "description": example(quantity) })
}

/// `[handlers.PART]` has the keys of a handler, or an operation under each name.
fn handlers() -> Value {
    let mut part = object(&HANDLER);
    part.insert("type".to_string(), json!(["object", "boolean"]));
    part.insert("additionalProperties".to_string(), json!({ "$ref": "#/definitions/handler" }));
    json!({ "type": "object", "additionalProperties": Value::Object(part) })
}

fn one_or_more(inner: &'static Kind) -> Value {
    let one = of_kind(inner);
    let mut both = and_type(one.clone(), "array");
    if let Some(object) = both.as_object_mut() {
        // A list of words: the words are checked inside of it, and outside by the reader.
        object.remove("enum");
        object.insert("items".to_string(), one);
    }
    both
}

/// The same, and one type more.
fn and_type(mut schema: Value, more: &str) -> Value {
    let Some(object) = schema.as_object_mut() else { return schema };
    let mut types = types_of(object);
    if !types.is_empty() && !types.iter().any(|one| one == more) {
        types.push(json!(more));
        object.insert("type".to_string(), Value::Array(types));
    }
    schema
}

fn types_of(object: &Map<String, Value>) -> Vec<Value> {
    match object.get("type") {
        Some(Value::Array(types)) => types.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    }
}

/// Two shapes of different types in one.
fn joined(one: Value, other: Value) -> Value {
    let (Value::Object(mut one), Value::Object(other)) = (one, other) else { return json!({}) };
    let mut types = types_of(&one);
    for more in types_of(&other) {
        if !types.contains(&more) {
            types.push(more);
        }
    }
    for (key, value) in other {
        one.entry(key).or_insert(value);
    }
    one.insert("type".to_string(), Value::Array(types));
    Value::Object(one)
}

fn with_type(schema: Value, key: &str, value: Value) -> Value {
    match schema {
        Value::Object(mut object) => {
            object.insert(key.to_string(), value);
            Value::Object(object)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_offered_all_models_and_what_they_let_it_set() {
        let schema: Value = serde_json::from_str(&json()).unwrap();
        let keys = &schema["properties"]["components"]["additionalProperties"]["properties"];
        let names = keys["model"]["anyOf"][0]["enum"].as_array().unwrap();
        assert!(names.iter().any(|name| name == "server") && names.iter().any(|name| name == "queue"));
        let threads = keys["threads"]["description"].as_str().unwrap();
        assert!(threads.contains("server: "), "{threads}");
        // `boot` of a fleet is written `scale.boot`: a table in a table.
        let dotted = Library::built_in().into_iter().any(|name| {
            let (files, mut sources, mut said) = (MemoryFiles::default(), Sources::default(), Diagnostics::default());
            let model = Library::new(&files, [""]).model(&name, At::default(), &mut sources, &mut said).unwrap();
            model.settings().iter().any(|(path, says)| {
                path.contains('.')
                    && keys
                        .pointer(&format!("/{}/description", path.replace('.', "/properties/")))
                        .is_some_and(|text| text.as_str().unwrap().contains(says.as_str()))
            })
        });
        assert!(dotted, "settings with dots are tables");
    }

    #[test]
    fn every_key_is_described_and_nothing_needs_one_of() {
        let text = json();
        assert!(!text.contains("oneOf") && text.contains("draft-04"));
        let schema: Value = serde_json::from_str(&text).unwrap();
        let properties = schema["properties"].as_object().unwrap();
        assert_eq!(properties.len(), SCENARIO.all().count());
        assert!(
            properties.values().all(|property| property["description"].as_str().is_some_and(|text| !text.is_empty()))
        );
    }
}
