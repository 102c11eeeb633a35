//! The JSON Schema of manifests, made from the schemas that the OpenAPI document is made from.

use keyward_model::manifest::Manifest;
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

/// The schema as text, with a closing line feed.
pub fn schema() -> String {
    let mut definitions = Vec::new();
    Manifest::schemas(&mut definitions);
    let definitions: Map<String, Value> = {
        let mut named: Vec<(String, Value)> =
            definitions.into_iter().map(|(name, schema)| (name, json!(schema))).collect();
        named.sort_by(|(a, _), (b, _)| a.cmp(b));
        named.dedup_by(|(a, _), (b, _)| a == b);
        named.into_iter().collect()
    };
    let mut whole = Map::new();
    whole.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    whole.insert("title".to_owned(), json!("Keyward manifest"));
    if let Value::Object(manifest) = json!(Manifest::schema()) {
        whole.extend(manifest);
    }
    whole.insert("$defs".to_owned(), Value::Object(definitions));
    let mut whole = Value::Object(whole);
    point_into_definitions(&mut whole);
    let mut text = serde_json::to_string_pretty(&whole).expect("a schema is plain JSON");
    text.push('\n');
    text
}

/// References lead into the OpenAPI document; here the schemas lie beside each other.
fn point_into_definitions(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                match inner {
                    Value::String(text) if key == "$ref" => {
                        *text = text.replace("#/components/schemas/", "#/$defs/");
                    }
                    _ => point_into_definitions(inner),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(point_into_definitions),
        _ => {}
    }
}
