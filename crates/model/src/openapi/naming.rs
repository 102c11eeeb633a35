//! Names of routes, from ids of operations or from method and path.

use std::collections::BTreeSet;

use crate::Name;
use crate::api::Method;

const LONGEST: usize = 63;

/// A name that is not among `taken`: `listOrders` becomes `list-orders`, and without an id `GET /orders/{id}` becomes
/// `get-orders-id`.
pub(super) fn route_name(id: Option<&str>, method: Method, path: &str, taken: &BTreeSet<Name>) -> Name {
    let from_id = id.map(slug).filter(|slug| !slug.is_empty());
    let slug = from_id.unwrap_or_else(|| slug(&format!("{method}-{path}")));
    (1u32..)
        .map(|count| {
            let suffix = if count == 1 { String::new() } else { format!("-{count}") };
            let kept = slug.len().min(LONGEST - suffix.len());
            format!("{}{suffix}", slug[..kept].trim_end_matches('-'))
        })
        .filter_map(|name| name.parse::<Name>().ok())
        .find(|name| !taken.contains(name))
        .expect("a slug is a name, and some number is free")
}

/// Lower case, words joined by `-`; only what names may hold.
fn slug(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut slug = String::with_capacity(chars.len());
    for (place, char) in chars.iter().enumerate() {
        let before = place.checked_sub(1).map(|before| chars[before]);
        let after = chars.get(place + 1);
        // A word begins with `O` in `listOrders` and with `S` in `HTTPStatus`.
        let begins_word = char.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_ascii_uppercase() && after.is_some_and(char::is_ascii_lowercase))
            });
        let kept = char.is_ascii_alphanumeric() || matches!(char, '.' | '_');
        if (begins_word || !kept) && !slug.ends_with('-') {
            slug.push('-');
        }
        if kept {
            slug.push(char.to_ascii_lowercase());
        }
    }
    slug.trim_matches(['-', '.', '_']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_names() {
        for (id, name) in [
            ("listOrders", "list-orders"),
            ("getHTTPStatus", "get-http-status"),
            ("orders.list", "orders.list"),
            ("Orders_List", "orders_list"),
            ("get /orders/{id}", "get-orders-id"),
            ("v2Orders", "v2-orders"),
            ("__x__", "x"),
            ("größe", "gr-e"),
        ] {
            assert_eq!(slug(id), name);
        }
    }

    #[test]
    fn a_name_is_found_for_anything() {
        let none = BTreeSet::new();
        assert_eq!(route_name(None, Method::Get, "/orders/{id}", &none).as_str(), "get-orders-id");
        assert_eq!(route_name(Some("ключ"), Method::Put, "/", &none).as_str(), "put");
        let long = "x".repeat(200);
        let first = route_name(Some(&long), Method::Get, "/", &none);
        assert_eq!(first.len(), 63);
        let second = route_name(Some(&long), Method::Get, "/", &[first].into());
        assert!(second.ends_with("x-2") && second.len() == 63, "{second}");
    }
}
