//! A difference for people: what is created, changed and deleted, field by field.

use serde_json::Value;

use crate::output::{plain, text_at};

/// Whether anything differs.
pub(super) fn changes(answer: &Value) -> bool {
    list(answer).any(|change| action(change) != "unchanged")
}

/// What differs, one line a field.
pub(super) fn of(answer: &Value) -> String {
    let mut lines = Vec::new();
    for change in list(answer) {
        let mark = match action(change) {
            "create" => "+",
            "update" => "~",
            "delete" => "-",
            _ => continue,
        };
        lines.push(format!("{mark} {} {}", text_at(change, "/kind"), text_at(change, "/name")));
        if action(change) == "update" {
            let (before, after) = (change.get("before"), change.get("after"));
            if change.get("value_changes").and_then(Value::as_bool) == Some(true) {
                lines.push("    its value: (hidden) -> (hidden)".to_owned());
            }
            fields("", before.unwrap_or(&Value::Null), after.unwrap_or(&Value::Null), &mut lines);
        }
    }
    lines.join("\n")
}

/// `2 to create, 1 to change, 0 to delete, 5 unchanged.`
pub(super) fn summary(answer: &Value, planned: bool) -> String {
    let count = |wanted: &str| list(answer).filter(|change| action(change) == wanted).count();
    let (create, update, delete) =
        if planned { ("to create", "to change", "to delete") } else { ("created", "changed", "deleted") };
    format!(
        "{} {create}, {} {update}, {} {delete}, {} unchanged.",
        count("create"),
        count("update"),
        count("delete"),
        count("unchanged")
    )
}

fn list(answer: &Value) -> impl Iterator<Item = &Value> {
    answer.get("changes").and_then(Value::as_array).into_iter().flatten()
}

fn action(change: &Value) -> &str {
    change.get("action").and_then(Value::as_str).unwrap_or("unchanged")
}

/// Lists the leaves in which two values differ.
fn fields(path: &str, before: &Value, after: &Value, lines: &mut Vec<String>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                let get = |map: &serde_json::Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                fields(&inner, &get(old), &get(new), lines);
            }
        }
        (Value::Array(old), Value::Array(new)) if !old.iter().chain(new).all(|item| item.is_string()) => {
            for place in 0..old.len().max(new.len()) {
                let get = |list: &[Value]| list.get(place).cloned().unwrap_or_default();
                fields(&format!("{path}[{place}]"), &get(old), &get(new), lines);
            }
        }
        _ => lines.push(format!("    {path}: {} -> {}", short(before), short(after))),
    }
}

fn short(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) => plain(text),
        other => plain(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn a_difference_names_what_changes_and_nothing_else() {
        let answer = json!({"changes": [
            {"kind": "app", "name": "shop", "action": "unchanged", "before": {"a": 1}, "after": {"a": 1}},
            {"kind": "app", "name": "new", "action": "create", "before": null, "after": {"a": 1}},
            {"kind": "api", "name": "orders.v1", "action": "update",
             "before": {"title": "a", "routes": [{"path": "/", "methods": ["GET"]}], "same": 1},
             "after": {"routes": [{"path": "/x", "methods": ["GET", "PUT"]}, {"path": "/y"}], "same": 1}},
            {"kind": "secret", "name": "old", "action": "delete", "before": {}, "after": null},
        ]});
        insta::assert_snapshot!(super::of(&answer), @r#"
        + app new
        ~ api orders.v1
            title: a -> (none)
            routes[0].path: / -> /x
            routes[0].methods: ["GET"] -> ["GET","PUT"]
            routes[1]: (none) -> {"path":"/y"}
        - secret old
        "#);
        assert_eq!(super::summary(&answer, true), "1 to create, 1 to change, 1 to delete, 1 unchanged.");
        assert!(super::changes(&answer));
    }
}
