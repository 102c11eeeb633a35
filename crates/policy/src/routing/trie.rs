//! The trie of path segments. Everything stands in a few lists and refers to each other by place, so that a search among
//! ten thousand routes touches little more memory than one among ten.

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use keyward_model::Name;
use keyward_model::api::{Method, Segment, ValueType};

#[derive(Debug)]
pub(super) struct Trie {
    nodes: Box<[Node]>,
    /// What ends at the nodes: each has a stretch of it.
    ends: Box<[End]>,
    edges: Edges,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    /// Its own text, within the text of all edges.
    text: (u32, u32),
    parent: u32,
    /// Children behind a parameter of one segment, by place in [`SINGLE`]; [`NONE`] where there is none.
    parameters: [u32; SINGLE.len()],
    /// What ends here.
    ends: (u32, u32),
    /// What takes all that is left from here on.
    rests: (u32, u32),
}

const ROOT: u32 = 0;
const NONE: u32 = u32::MAX;

/// From a node and a literal to a child: open addressing, at most half full. Whoever publishes apis chooses literals, so
/// their hash is keyed.
#[derive(Debug)]
struct Edges {
    slots: Box<[Slot]>,
    text: Box<str>,
    hashing: RandomState,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    hash: u32,
    child: u32,
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

/// A trie that is being built.
pub(super) struct Builder<'a> {
    nodes: Vec<Sprout>,
    literals: HashMap<(u32, &'a str), u32>,
}

struct Sprout {
    parameters: [u32; SINGLE.len()],
    ends: Vec<End>,
    rests: Vec<End>,
}

impl Default for Builder<'_> {
    fn default() -> Self {
        let mut builder = Self { nodes: Vec::new(), literals: HashMap::new() };
        builder.add_node();
        builder
    }
}

impl<'a> Builder<'a> {
    /// Puts `end` at the end of `literals` and then `segments`.
    pub(super) fn insert(
        &mut self,
        literals: impl Iterator<Item = &'a str>,
        segments: impl Iterator<Item = &'a Segment>,
        end: End,
    ) {
        let mut at = literals.fold(ROOT, |at, literal| self.literal_child(at, literal));
        for segment in segments {
            match segment {
                Segment::Literal(text) => at = self.literal_child(at, text),
                Segment::Parameter { value: ValueType::Path, .. } => {
                    self.node(at).rests.push(end);
                    return;
                }
                Segment::Parameter { value, .. } => at = self.parameter_child(at, *value),
            }
        }
        self.node(at).ends.push(end);
    }

    /// Puts `end` where `literals` end, and everywhere below.
    pub(super) fn insert_below(&mut self, literals: impl Iterator<Item = &'a str>, end: End) {
        let at = literals.fold(ROOT, |at, literal| self.literal_child(at, literal));
        self.node(at).ends.push(end.clone());
        self.node(at).rests.push(end);
    }

    fn literal_child(&mut self, at: u32, text: &'a str) -> u32 {
        if let Some(child) = self.literals.get(&(at, text)) {
            return *child;
        }
        let child = self.add_node();
        self.literals.insert((at, text), child);
        child
    }

    fn parameter_child(&mut self, at: u32, value: ValueType) -> u32 {
        let place = SINGLE.iter().position(|single| *single == value).expect("`path` never gets here");
        let known = self.node(at).parameters[place];
        if known != NONE {
            return known;
        }
        let child = self.add_node();
        self.node(at).parameters[place] = child;
        child
    }

    fn add_node(&mut self) -> u32 {
        self.nodes.push(Sprout { parameters: [NONE; SINGLE.len()], ends: Vec::new(), rests: Vec::new() });
        place(self.nodes.len() - 1)
    }

    fn node(&mut self, at: u32) -> &mut Sprout {
        &mut self.nodes[at as usize]
    }

    pub(super) fn finish(self) -> Trie {
        let mut ends = Vec::new();
        let mut stretch = |from: Vec<End>| {
            let start = place(ends.len());
            ends.extend(from);
            (start, place(ends.len()))
        };
        let mut nodes: Vec<Node> = self
            .nodes
            .into_iter()
            .map(|Sprout { parameters, ends, rests }| {
                let (ends, rests) = (stretch(ends), stretch(rests));
                Node { text: (0, 0), parent: NONE, parameters, ends, rests }
            })
            .collect();
        let edges = Edges::of(self.literals, &mut nodes);
        Trie { nodes: nodes.into(), ends: ends.into(), edges }
    }
}

/// A place in a list. Four thousand million nodes do not fit into memory.
fn place(at: usize) -> u32 {
    u32::try_from(at).expect("fewer than four thousand million")
}

impl Edges {
    fn of(literals: HashMap<(u32, &str), u32>, nodes: &mut [Node]) -> Self {
        let count = (literals.len() * 2).next_power_of_two().max(2);
        let (hashing, mut text) = (RandomState::default(), String::new());
        let mut slots = vec![Slot { hash: 0, child: NONE }; count];
        for ((parent, literal), child) in literals {
            let from = place(text.len());
            text.push_str(literal);
            let node = &mut nodes[child as usize];
            (node.parent, node.text) = (parent, (from, place(text.len())));
            let hash = hash(&hashing, parent, literal);
            let mut at = hash as usize & (count - 1);
            while slots[at].child != NONE {
                at = (at + 1) & (count - 1);
            }
            slots[at] = Slot { hash, child };
        }
        Self { slots: slots.into(), text: text.into(), hashing }
    }

    fn child(&self, nodes: &[Node], parent: u32, literal: &str) -> Option<u32> {
        let hash = hash(&self.hashing, parent, literal);
        let mut at = hash as usize & (self.slots.len() - 1);
        loop {
            let slot = self.slots[at];
            if slot.child == NONE {
                return None;
            }
            if slot.hash == hash {
                let Node { text: (from, to), parent: of, .. } = nodes[slot.child as usize];
                if of == parent && &self.text[from as usize..to as usize] == literal {
                    return Some(slot.child);
                }
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}

fn hash(hashing: &RandomState, parent: u32, literal: &str) -> u32 {
    let hash = hashing.hash_one((parent, literal));
    (hash >> 32) as u32 ^ hash as u32
}

impl Trie {
    /// The most specific end on `path` that answers to the search's method and version.
    ///
    /// No node is looked at twice, so that a search is bounded by the part of the trie that fits the path.
    pub(super) fn search<'t>(&'t self, path: &str, search: &mut Search<'_>) -> Option<&'t End> {
        self.walk(ROOT, path.strip_prefix('/'), search)
    }

    /// `left` is the path behind this node, without its first slash; none at the end of the path.
    fn walk<'t>(&'t self, at: u32, left: Option<&str>, search: &mut Search<'_>) -> Option<&'t End> {
        search.steps += 1;
        let node = &self.nodes[at as usize];
        let Some(left) = left else {
            return search.pick(self.stretch(node.ends));
        };
        let (segment, behind) = match left.split_once('/') {
            Some((segment, behind)) => (segment, Some(behind)),
            None => (left, None),
        };
        if let Some(child) = self.edges.child(&self.nodes, at, segment)
            && let Some(end) = self.walk(child, behind, search)
        {
            return Some(end);
        }
        for (child, value) in node.parameters.iter().zip(SINGLE) {
            if *child != NONE
                && value.admits(segment)
                && let Some(end) = self.walk(*child, behind, search)
            {
                return Some(end);
            }
        }
        // A closing slash alone is not something left.
        if segment.is_empty() { None } else { search.pick(self.stretch(node.rests)) }
    }

    fn stretch(&self, (from, to): (u32, u32)) -> &[End] {
        &self.ends[from as usize..to as usize]
    }
}
