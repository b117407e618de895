//! The schema describes every key that a file may have, and refuses what no file may have.

use serde_json::Value;

use crate::cases::SHOP;
use crate::constructs::WHOLE;

/// Walks a value along a schema; says which keys the schema does not know, and which types it refuses.
fn strangers(schema: &Value, root: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    let schema = match (schema["$ref"].as_str(), schema["allOf"][0]["$ref"].as_str()) {
        (Some(name), _) | (_, Some(name)) => root.pointer(&name[1..]).expect("the schema has what it refers to"),
        _ => schema,
    };
    let kind = match value {
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        _ => "number",
    };
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        Value::String(one) => vec![one],
        _ => vec![kind],
    };
    let fits = types.contains(&kind) || (kind == "number" && types.contains(&"integer"));
    if !fits {
        found.push(format!("{path} cannot be {kind}"));
    }
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                let path = format!("{path}.{key}");
                match (schema["properties"].get(key), &schema["additionalProperties"]) {
                    (Some(known), _) => strangers(known, root, inner, &path, found),
                    (None, Value::Bool(false)) => found.push(format!("{path} is unknown")),
                    (None, rest @ Value::Object(_)) => strangers(rest, root, inner, &path, found),
                    _ => {}
                }
            }
        }
        Value::Array(list) if schema["items"].is_object() => {
            for (index, inner) in list.iter().enumerate() {
                strangers(&schema["items"], root, inner, &format!("{path}[{index}]"), found);
            }
        }
        _ => {}
    }
}

fn checked(text: &str) -> Vec<String> {
    let schema: Value = serde_json::from_str(&archsim::scenario::schema::json()).expect("the schema is JSON");
    let value: Value = toml::from_str(text).expect("TOML");
    let mut found = Vec::new();
    strangers(&schema, &schema, &value, "", &mut found);
    found
}

#[test]
fn every_construct_is_described() {
    assert_eq!(checked(WHOLE), Vec::<String>::new());
    assert_eq!(checked(SHOP), Vec::<String>::new());
}

#[test]
fn the_wrong_key_is_named_and_not_the_whole_table() {
    let wrong = SHOP.replace("{ send = \"thumbs\" }", "{ sned = \"thumbs\" }").replace("slo   =", "sol   =");
    assert_eq!(checked(&wrong), [".flows.visit.sol is unknown", ".handlers.web.page.steps[1].sned is unknown"]);
}

#[test]
fn a_file_with_a_number_for_a_text_is_refused() {
    assert_eq!(checked("name = 3\nduration = \"1m\"\n"), [".name cannot be number"]);
}
