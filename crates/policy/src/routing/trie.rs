//! The trie of path segments. Everything stands in a few lists and refers to each other by place, so that a search among
//! ten thousand routes touches little more memory than one among ten.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use foldhash::{HashMap, HashMapExt};
use keyward_model::Name;
use keyward_model::api::{Method, Segment, ValueType};

use crate::target::split_at_first;

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

    fn contains(self, method: Method) -> bool {
        self.0 & bit(method) != 0
    }

    fn without(self, method: Method) -> Methods {
        Methods(self.0 & !bit(method))
    }

    fn overlaps(self, other: Methods) -> bool {
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
    /// Whether a call could be meant for both. `HEAD` of a `GET` route yields to a `HEAD` route.
    fn rivals(&self, other: &Self) -> bool {
        let versions_meet = match (&self.version, &other.version) {
            (Some(own), Some(other)) => own.name == other.name,
            _ => true,
        };
        versions_meet && self.own_methods().overlaps(other.own_methods())
    }

    fn own_methods(&self) -> Methods {
        if self.own_head { self.methods } else { self.methods.without(Method::Head) }
    }

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
    buds: Vec<Bud>,
}

struct Sprout {
    parameters: [u32; SINGLE.len()],
    /// The last bud of those that end here and of those that take the rest; [`NONE`] where there is none.
    last: [u32; 2],
}

/// What is to end at a node.
struct Bud {
    end: End,
    node: u32,
    /// Whether it ends there, or takes all that is left from there on: a place in [`Sprout::last`].
    how: usize,
    /// The one before it of the same node and kind.
    before: u32,
}

/// A place in [`Sprout::last`].
const ENDS: usize = 0;
const RESTS: usize = 1;

impl Default for Builder<'_> {
    fn default() -> Self {
        let mut builder = Self { nodes: Vec::new(), literals: HashMap::new(), buds: Vec::new() };
        builder.add_node();
        builder
    }
}

impl<'a> Builder<'a> {
    /// Puts `end` at the end of `literals` and then `segments`, unless it has a rival there.
    pub(super) fn insert(
        &mut self,
        literals: impl Iterator<Item = &'a str>,
        segments: impl Iterator<Item = &'a Segment>,
        end: End,
    ) -> Result<(), ()> {
        let mut at = literals.fold(ROOT, |at, literal| self.literal_child(at, literal));
        for segment in segments {
            match segment {
                Segment::Literal(text) => at = self.literal_child(at, text),
                Segment::Parameter { value: ValueType::Path, .. } => return self.put(at, RESTS, end),
                Segment::Parameter { value, .. } => at = self.parameter_child(at, *value),
            }
        }
        self.put(at, ENDS, end)
    }

    /// Puts `end` everywhere below where `literals` end, unless it has a rival there.
    pub(super) fn insert_below(&mut self, literals: impl Iterator<Item = &'a str>, end: End) -> Result<(), ()> {
        let at = literals.fold(ROOT, |at, literal| self.literal_child(at, literal));
        self.put(at, RESTS, end)
    }

    /// How far it has come, for [`Builder::take_back`].
    pub(super) fn mark(&self) -> usize {
        self.buds.len()
    }

    /// Takes out what was put in since. Nodes stay; nothing ends there.
    pub(super) fn take_back(&mut self, mark: usize) {
        for Bud { node, how, before, .. } in self.buds.drain(mark..).rev() {
            self.nodes[node as usize].last[how] = before;
        }
    }

    /// Notes of each version in a header whether it is the latest, by the place of its api.
    pub(super) fn name_latest(&mut self, is_latest: impl Fn(usize) -> bool) {
        for end in self.buds.iter_mut().map(|bud| &mut bud.end) {
            if let Some(version) = &mut end.version {
                version.latest = is_latest(end.api);
            }
        }
    }

    fn put(&mut self, node: u32, how: usize, end: End) -> Result<(), ()> {
        let before = self.nodes[node as usize].last[how];
        let mut at = before;
        while at != NONE {
            let bud = &self.buds[at as usize];
            if bud.end.rivals(&end) {
                return Err(());
            }
            at = bud.before;
        }
        self.nodes[node as usize].last[how] = place(self.buds.len());
        self.buds.push(Bud { end, node, how, before });
        Ok(())
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
        let known = self.nodes[at as usize].parameters[place];
        if known != NONE {
            return known;
        }
        let child = self.add_node();
        self.nodes[at as usize].parameters[place] = child;
        child
    }

    fn add_node(&mut self) -> u32 {
        self.nodes.push(Sprout { parameters: [NONE; SINGLE.len()], last: [NONE; 2] });
        place(self.nodes.len() - 1)
    }

    pub(super) fn finish(self) -> Trie {
        let Self { nodes, literals, buds } = self;
        let mut ends = Vec::with_capacity(buds.len());
        let mut buds: Vec<(Option<End>, u32)> = buds.into_iter().map(|bud| (Some(bud.end), bud.before)).collect();
        let mut stretch = |last: u32| {
            let (start, mut at) = (ends.len(), last);
            while at != NONE {
                let (end, before) = &mut buds[at as usize];
                ends.extend(end.take());
                at = *before;
            }
            // The older one first.
            ends[start..].reverse();
            (place(start), place(ends.len()))
        };
        let mut nodes: Vec<Node> = nodes
            .into_iter()
            .map(|Sprout { parameters, last }| {
                let (ends, rests) = (stretch(last[ENDS]), stretch(last[RESTS]));
                Node { text: (0, 0), parent: NONE, parameters, ends, rests }
            })
            .collect();
        let edges = Edges::of(literals, &mut nodes);
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
        let (segment, behind) = split_at_first(left, b'/');
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
