//! The OpenAPI document: the committed copy is what the code says, and every code has its page.

use std::collections::BTreeSet;
use std::path::Path;

use keyward_model::Code;
use serde_json::Value;

#[test]
fn the_committed_document_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let generated = keyward_api::openapi().to_pretty_json().unwrap() + "\n";
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "openapi.json is out of date; run UPDATE_OPENAPI=1 cargo nextest run -p keyward-api"
    );
}

#[test]
fn the_document_is_openapi_3_1_and_holds_together() {
    let document = serde_json::to_value(keyward_api::openapi()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut references = BTreeSet::new();
    collect_references(&document, &mut references);
    for reference in references {
        let name = reference.strip_prefix("#/components/schemas/").expect("a reference to a schema");
        assert!(schemas.contains_key(name), "{reference} leads nowhere");
    }
    for name in schemas.keys() {
        assert!(!name.contains('_') && !name.contains("Map"), "{name} is no name for people");
    }
    let apps = &schemas["AppList"]["properties"]["items"]["items"];
    assert_eq!(*apps, serde_json::json!({"$ref": "#/components/schemas/App"}));
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            let named = path.matches('{').count();
            let described = operation["parameters"]
                .as_array()
                .map_or(0, |parameters| parameters.iter().filter(|parameter| parameter["in"] == "path").count());
            assert_eq!(named, described, "{method} {path} does not describe the parameters of its path");
        }
    }
}

fn collect_references(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                references.insert(reference.clone());
            }
            fields.values().for_each(|value| collect_references(value, references));
        }
        Value::Array(items) => items.iter().for_each(|value| collect_references(value, references)),
        _ => {}
    }
}

#[test]
fn every_code_has_a_page() {
    let missing: Vec<&str> =
        Code::ALL.iter().filter(|code| keyward_api::error_page(**code).is_none()).map(|code| code.as_str()).collect();
    assert!(missing.is_empty(), "docs/errors/ lacks pages for {missing:?}");
}

/// Of two types with one name the document would hold either, and both would be described by it.
#[test]
fn no_two_described_types_share_a_name() {
    let mut seen = std::collections::BTreeMap::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("..")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                for name in described(&std::fs::read_to_string(&path).unwrap()) {
                    let before = seen.insert(name.clone(), path.clone());
                    assert!(before.is_none(), "{name}: {} and {}", path.display(), before.unwrap().display());
                }
            }
        }
    }
    assert!(seen.contains_key("UpstreamSpec") && seen.len() > 100, "{seen:?}");
}

/// The names under which the types of a source file are described.
fn described(source: &str) -> Vec<String> {
    let (mut names, mut other) = (Vec::new(), None);
    let mut is_described = false;
    for line in source.lines().map(str::trim) {
        is_described |= line.starts_with("#[derive(") && line.contains("ToSchema");
        if let Some(name) = line.strip_prefix("#[schema(as = ") {
            other = name.split([')', ',']).next().map(str::to_owned);
        }
        let declared = ["struct ", "enum "].iter().find_map(|word| {
            let (before, name) = line.split_once(word)?;
            let is_declaration = before.is_empty() || before.starts_with("pub");
            is_declaration.then(|| name.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned())
        });
        if let Some(name) = declared {
            if is_described {
                names.push(other.take().unwrap_or(name));
            }
            (is_described, other) = (false, None);
        }
    }
    names
}
