//! The trie of path segments. Nodes stand in one list and refer to each other by place.

use std::collections::HashMap;

use keyward_model::Name;
use keyward_model::api::{Method, Segment, ValueType};

#[derive(Debug)]
pub(super) struct Trie {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    literals: HashMap<Box<str>, usize>,
    /// Children behind a parameter of one segment, by place in [`SINGLE`].
    parameters: [Option<usize>; SINGLE.len()],
    /// What ends here.
    ends: Vec<End>,
    /// What takes all that is left from here on.
    rests: Vec<End>,
}

/// The types of parameters that take one segment, in the order of preference.
const SINGLE: [ValueType; 4] = [ValueType::Uuid, ValueType::Int, ValueType::Slug, ValueType::Text];

/// A route, at the end of its template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct End {
    /// The place of its api in the table.
    pub(super) api: usize,
    /// Its place in the api; none for a retired api, of which only the prefix stands here.
    pub(super) route: Option<usize>,
    /// The methods it answers to, `HEAD` with `GET`.
    pub(super) methods: Methods,
    /// Whether it answers to `HEAD` in its own name.
    pub(super) own_head: bool,
    /// Which version header leads to it; none when versions do not stand in a header.
    pub(super) version: Option<HeaderVersion>,
}

/// A version that callers name in a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HeaderVersion {
    pub(super) name: Name,
    /// Whether calls without the header go to it.
    pub(super) latest: bool,
}

/// A set of methods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Methods(u8);

impl Methods {
    pub(super) const ALL: Methods = Methods(u8::MAX);

    pub(super) fn insert(&mut self, method: Method) {
        self.0 |= bit(method);
    }

    pub(super) fn contains(self, method: Method) -> bool {
        self.0 & bit(method) != 0
    }

    pub(super) fn overlaps(self, other: Methods) -> bool {
        self.0 & other.0 != 0
    }

    fn add(&mut self, other: Methods) {
        self.0 |= other.0;
    }

    pub(super) fn list(self) -> Vec<Method> {
        EVERY_METHOD.into_iter().filter(|method| self.contains(*method)).collect()
    }
}

const EVERY_METHOD: [Method; 7] =
    [Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch, Method::Delete, Method::Options];

fn bit(method: Method) -> u8 {
    match method {
        Method::Get => 1,
        Method::Head => 2,
        Method::Post => 4,
        Method::Put => 8,
        Method::Patch => 16,
        Method::Delete => 32,
        Method::Options => 64,
    }
}

/// One search, and what it learns on its way.
pub(super) struct Search<'q> {
    /// None for a method that no route can have.
    pub(super) method: Option<Method>,
    pub(super) version: Option<&'q str>,
    /// The methods that routes on the path answer to, where none answers to the one asked for.
    pub(super) allowed: Methods,
    /// The api of the most specific of these.
    pub(super) allowed_by: Option<usize>,
    /// How many nodes were looked at.
    pub(super) steps: usize,
}

impl<'q> Search<'q> {
    pub(super) fn new(method: Option<Method>, version: Option<&'q str>) -> Self {
        Self { method, version, allowed: Methods::default(), allowed_by: None, steps: 0 }
    }

    /// The end that the search is after, if it is among `ends`.
    fn pick<'t>(&mut self, ends: &'t [End]) -> Option<&'t End> {
        let mut picked: Option<&End> = None;
        for end in ends {
            if !end.answers_version(self.version) {
                continue;
            }
            if end.route.is_none() || self.method.is_some_and(|method| end.methods.contains(method)) {
                let better = picked.is_none() || (self.method == Some(Method::Head) && end.own_head);
                picked = if better { Some(end) } else { picked };
            } else {
                self.allowed.add(end.methods);
                self.allowed_by.get_or_insert(end.api);
            }
        }
        picked
    }
}

impl End {
    fn answers_version(&self, wanted: Option<&str>) -> bool {
        match (&self.version, wanted) {
            (None, _) => true,
            (Some(own), Some(wanted)) => own.name.as_str() == wanted,
            (Some(own), None) => own.latest,
        }
    }
}

impl Trie {
    pub(super) fn new() -> Self {
        Self { nodes: vec![Node::default()] }
    }

    /// Puts `end` at the end of `literals` and then `segments`.
    pub(super) fn insert<'a>(
        &mut self,
        literals: impl Iterator<Item = &'a str>,
        segments: impl Iterator<Item = &'a Segment>,
        end: End,
    ) {
        let mut at = 0;
        for literal in literals {
            at = self.literal_child(at, literal);
        }
        for segment in segments {
            match segment {
                Segment::Literal(text) => at = self.literal_child(at, text),
                Segment::Parameter { value: ValueType::Path, .. } => {
                    self.nodes[at].rests.push(end);
                    return;
                }
                Segment::Parameter { value, .. } => at = self.parameter_child(at, *value),
            }
        }
        self.nodes[at].ends.push(end);
    }

    /// Puts `end` where `literals` end, and everywhere below.
    pub(super) fn insert_below<'a>(&mut self, literals: impl Iterator<Item = &'a str>, end: End) {
        let mut at = 0;
        for literal in literals {
            at = self.literal_child(at, literal);
        }
        self.nodes[at].ends.push(end.clone());
        self.nodes[at].rests.push(end);
    }

    /// The most specific end on `path` that answers to the search's method and version.
    ///
    /// No node is looked at twice, so that a search is bounded by the part of the trie that fits the path.
    pub(super) fn search<'t>(&'t self, path: &str, search: &mut Search<'_>) -> Option<&'t End> {
        self.walk(0, path.strip_prefix('/'), search)
    }

    /// `left` is the path behind this node, without its first slash; none at the end of the path.
    fn walk<'t>(&'t self, at: usize, left: Option<&str>, search: &mut Search<'_>) -> Option<&'t End> {
        search.steps += 1;
        let node = &self.nodes[at];
        let Some(left) = left else {
            return search.pick(&node.ends);
        };
        let (segment, behind) = match left.split_once('/') {
            Some((segment, behind)) => (segment, Some(behind)),
            None => (left, None),
        };
        if let Some(child) = node.literals.get(segment)
            && let Some(end) = self.walk(*child, behind, search)
        {
            return Some(end);
        }
        for (child, value) in node.parameters.iter().zip(SINGLE) {
            if let Some(child) = child
                && value.admits(segment)
                && let Some(end) = self.walk(*child, behind, search)
            {
                return Some(end);
            }
        }
        // A closing slash alone is not something left.
        if segment.is_empty() { None } else { search.pick(&node.rests) }
    }

    fn literal_child(&mut self, at: usize, text: &str) -> usize {
        if let Some(child) = self.nodes[at].literals.get(text) {
            return *child;
        }
        let child = self.add_node();
        self.nodes[at].literals.insert(text.into(), child);
        child
    }

    fn parameter_child(&mut self, at: usize, value: ValueType) -> usize {
        let place = SINGLE.iter().position(|single| *single == value).expect("`path` never gets here");
        if let Some(child) = self.nodes[at].parameters[place] {
            return child;
        }
        let child = self.add_node();
        self.nodes[at].parameters[place] = Some(child);
        child
    }

    fn add_node(&mut self) -> usize {
        self.nodes.push(Node::default());
        self.nodes.len() - 1
    }
}
