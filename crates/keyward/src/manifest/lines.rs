//! Which line of a file a field stands on.

use serde::Deserialize;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Options, Spanned};

/// The lines of every field of a file.
#[derive(Debug, Default)]
pub struct Lines {
    root: Option<Node>,
}

/// A value and where it begins.
#[derive(Debug)]
struct Node {
    line: u64,
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    Map(Vec<(String, Node)>),
    List(Vec<Node>),
    Leaf,
}

/// How files are read: nothing of them is repeated in errors, since what is wrong may be a misplaced secret.
pub(super) fn options() -> Options {
    serde_saphyr::options! {
        with_snippet: false,
        // Aliases of aliases grow by powers; what anybody writes stays far below.
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 20_000 },
    }
}

impl Lines {
    /// Reads where everything stands. A text that cannot be read has no lines.
    pub fn of(text: &str) -> Self {
        Self { root: serde_saphyr::from_str_with_options(text, options()).ok() }
    }

    /// The line of `field`, as in `apis.orders.v1.routes[2].path`; of the nearest one around it where the field
    /// itself is not there; 0 when nothing is known.
    pub fn line_of(&self, field: &str) -> u64 {
        self.root.as_ref().map_or(0, |root| root.line_of(field, root.line))
    }
}

impl Node {
    fn line_of(&self, field: &str, so_far: u64) -> u64 {
        let rest = field.trim_start_matches('.');
        match &self.inner {
            Inner::Map(entries) => {
                // Names hold dots: of the keys that fit, the longest is meant.
                let fits = |key: &str| {
                    rest.strip_prefix(key).filter(|after| after.is_empty() || after.starts_with(['.', '[']))
                };
                let found = entries
                    .iter()
                    .filter_map(|(key, node)| fits(key).map(|after| (key.len(), after, node)))
                    .max_by_key(|(length, _, _)| *length);
                found.map_or(so_far, |(_, after, node)| node.line_of(after, node.line))
            }
            Inner::List(items) => {
                let index = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
                let found = index.and_then(|(index, after)| Some((items.get(index.parse::<usize>().ok()?)?, after)));
                found.map_or(so_far, |(node, after)| node.line_of(after, node.line))
            }
            Inner::Leaf => so_far,
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Inner>::deserialize(deserializer)?;
        Ok(Self { line: spanned.referenced.line(), inner: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Inner {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(InnerVisitor)
    }
}

struct InnerVisitor;

impl<'de> Visitor<'de> for InnerVisitor {
    type Value = Inner;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Inner, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            let line = key.referenced.line();
            let mut node: Node = map.next_value()?;
            // A block begins a line below its key; the key is what people look for.
            node.line = line;
            entries.push((key.value, node));
        }
        Ok(Inner::Map(entries))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Inner, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Inner::List(items))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Inner, E> {
        Ok(Inner::Leaf)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Inner, E> {
        Ok(Inner::Leaf)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Inner, E> {
        Ok(Inner::Leaf)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Inner, E> {
        Ok(Inner::Leaf)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Inner, E> {
        Ok(Inner::Leaf)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Inner, E> {
        Ok(Inner::Leaf)
    }

    fn visit_str<E>(self, _: &str) -> Result<Inner, E> {
        Ok(Inner::Leaf)
    }

    fn visit_unit<E>(self) -> Result<Inner, E> {
        Ok(Inner::Leaf)
    }

    fn visit_none<E>(self) -> Result<Inner, E> {
        Ok(Inner::Leaf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_and_else_the_one_around_it() {
        let lines = Lines::of(
            "apis:\n  orders:\n    x: 1\n  orders.v1:\n    routes:\n      - name: a\n      - name: b\n        path: /\n",
        );
        assert_eq!(lines.line_of("apis.orders.v1"), 4);
        assert_eq!(lines.line_of("apis.orders.v1.routes[1].path"), 8);
        assert_eq!(lines.line_of("apis.orders.v1.routes[1].absent"), 7);
        assert_eq!(lines.line_of("apis.orders.v1.routes[7].path"), 5);
        assert_eq!(lines.line_of("apis.orders.x"), 3);
        assert_eq!(lines.line_of("nowhere"), 1);
        assert_eq!(Lines::of("a: [").line_of("a"), 0);
    }

    #[test]
    fn aliases_do_not_unfold_a_small_file_into_a_huge_one() {
        let mut text = "a: &a [1,1,1,1,1,1,1,1,1]\n".to_owned();
        for (one, next) in ["ab", "bc", "cd", "de"].map(|pair| pair.split_at(1)) {
            text.push_str(&format!(
                "{next}: &{next} [*{one},*{one},*{one},*{one},*{one},*{one},*{one},*{one},*{one}]\n"
            ));
        }
        assert_eq!(Lines::of(&text).line_of("a"), 0);
        assert_eq!(Lines::of("a: &a [1]\nb: *a\n").line_of("b"), 2);
    }
}
