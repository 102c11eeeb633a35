//! The table of all tokens: open addressing, one writer, readers without a lock and without an allocation.
//!
//! A token takes a slot of a pointer and a byte: of a million, a map that boxes its entries would need 30 MB more.
//! The byte is a part of the id's hash, so that a search touches no token but the one it is after.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, ArcSwapOption};
use keyward_model::token::TokenId;

use super::LiveToken;

/// Tokens by id.
pub(super) struct Table {
    slots: ArcSwap<Slots>,
    len: AtomicUsize,
    writing: Mutex<Writing>,
}

/// Twice as many as there are tokens, or nearly; always a power of two. A search begins at the slot of the id's hash
/// and goes on until it meets one that was never used.
struct Slots {
    /// Zero for a slot that was never used.
    marks: Box<[AtomicU8]>,
    tokens: Box<[ArcSwapOption<LiveToken>]>,
}

/// What only the writer knows.
struct Writing {
    /// Slots that are used, also those of tokens that were removed.
    used: usize,
    /// Slots that were replaced while somebody searched them. Whoever lets go of them last has to let go of every
    /// token in them, and that must not be a call.
    retired: Vec<Arc<Slots>>,
}

const FEWEST: usize = 64;

impl Default for Table {
    fn default() -> Self {
        let slots = ArcSwap::from_pointee(Slots::new(FEWEST));
        Self { slots, len: AtomicUsize::new(0), writing: Mutex::new(Writing { used: 0, retired: Vec::new() }) }
    }
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    /// The token with this id.
    pub(super) fn get(&self, id: TokenId) -> Option<Arc<LiveToken>> {
        match self.slots.load().find(id) {
            Place::Held(_, token) => Some(token).filter(|token| !token.is_removed()),
            Place::Free(_) => None,
        }
    }

    /// Puts a token in; says which one it replaces.
    pub(super) fn put(&self, token: Arc<LiveToken>) -> Option<Arc<LiveToken>> {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.make_room(&mut writing);
        let slots = self.slots.load();
        let id = token.token.id();
        let before = match slots.find(id) {
            Place::Held(at, _) => slots.tokens[at].swap(Some(token)),
            Place::Free(at) => {
                slots.tokens[at].store(Some(token));
                // Whoever sees the mark sees the token.
                slots.marks[at].store(mark(hash(id)), Ordering::Release);
                writing.used += 1;
                None
            }
        };
        let before = before.filter(|token| !token.is_removed());
        if before.is_none() {
            self.len.fetch_add(1, Ordering::Relaxed);
        }
        before
    }

    /// Takes over tokens into a table that has none; they are seen all at once. A tenth of the work of putting each in.
    pub(super) fn fill(&self, tokens: Vec<Arc<LiveToken>>) {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = (tokens.len() * 2).next_power_of_two().max(FEWEST);
        let (slots, used) = Slots::of(wanted, tokens.into_iter());
        writing.used = used;
        self.len.store(used, Ordering::Relaxed);
        writing.retired.push(self.slots.swap(Arc::new(slots)));
        writing.let_go();
    }

    /// Takes a token out. Its slot stays used, for those that were put behind it.
    pub(super) fn remove(&self, id: TokenId) -> Option<Arc<LiveToken>> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let token = self.get(id)?;
        token.mark_removed();
        self.len.fetch_sub(1, Ordering::Relaxed);
        Some(token)
    }

    /// Looks at each token. What changes meanwhile may be seen before or after the change.
    pub(super) fn for_each(&self, mut look: impl FnMut(&Arc<LiveToken>)) {
        let slots = self.slots.load_full();
        for slot in &slots.tokens {
            if let Some(token) = &*slot.load()
                && !token.is_removed()
            {
                look(token);
            }
        }
        // If they were replaced meanwhile, they are among the retired, so that this does not let go of them last.
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        drop(slots);
        writing.let_go();
    }

    /// Sees that a slot is free and that searches end soon.
    fn make_room(&self, writing: &mut Writing) {
        let slots = self.slots.load();
        if (writing.used + 1) * 3 < slots.tokens.len() * 2 {
            return;
        }
        let wanted = ((self.len() + 1) * 2).next_power_of_two().max(FEWEST);
        let held = slots.tokens.iter().filter_map(ArcSwapOption::load_full).filter(|token| !token.is_removed());
        let (larger, used) = Slots::of(wanted, held);
        drop(slots);
        writing.used = used;
        writing.retired.push(self.slots.swap(Arc::new(larger)));
        writing.let_go();
    }
}

impl Writing {
    /// Lets go of replaced slots that nobody searches any more.
    fn let_go(&mut self) {
        self.retired.retain(|slots| Arc::strong_count(slots) > 1);
    }
}

enum Place {
    /// The slot of the token with the id, and the token.
    Held(usize, Arc<LiveToken>),
    /// The slot where it would be put.
    Free(usize),
}

impl Slots {
    fn new(count: usize) -> Self {
        Self {
            marks: (0..count).map(|_| AtomicU8::new(0)).collect(),
            tokens: (0..count).map(|_| ArcSwapOption::empty()).collect(),
        }
    }

    /// Tokens of different ids in `count` slots, and how many there are. Nobody searches these yet, so that they are filled
    /// before they become slots that can be changed under a search.
    fn of(count: usize, held: impl Iterator<Item = Arc<LiveToken>>) -> (Self, usize) {
        let (mut marks, mut tokens) = (vec![0; count], vec![None; count]);
        let mut used = 0;
        for token in held {
            let id = token.token.id();
            let hash = hash(id);
            let mut at = usize::try_from(hash).unwrap_or(0) & (count - 1);
            while marks[at] != 0 {
                at = (at + 1) & (count - 1);
            }
            (marks[at], tokens[at]) = (mark(hash), Some(token));
            used += 1;
        }
        let marks = marks.into_iter().map(AtomicU8::new).collect();
        (Self { marks, tokens: tokens.into_iter().map(ArcSwapOption::new).collect() }, used)
    }

    fn find(&self, id: TokenId) -> Place {
        let (hash, last) = (hash(id), self.marks.len() - 1);
        let (mark, mut at) = (mark(hash), usize::try_from(hash).unwrap_or(0) & last);
        loop {
            match self.marks[at].load(Ordering::Acquire) {
                0 => return Place::Free(at),
                found if found == mark => {
                    if let Some(token) = self.tokens[at].load_full().filter(|token| token.token.id() == id) {
                        return Place::Held(at, token);
                    }
                }
                _ => {}
            }
            at = (at + 1) & last;
        }
    }
}

/// Spreads an id. The ids in the table are Keyward's own and random, so that nobody can choose many that fall together;
/// whoever asks for chosen ids finds none, after as many steps as any other.
fn hash(id: TokenId) -> u64 {
    let bytes = id.as_bytes();
    let (mut front, mut back) = ([0; 8], [0; 8]);
    front.copy_from_slice(&bytes[..8]);
    back[..4].copy_from_slice(&bytes[8..]);
    let mixed = (u64::from_le_bytes(front) ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 32) ^ u64::from_le_bytes(back)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 29)
}

/// A byte of the hash that does not decide about the slot, and is never zero.
fn mark(hash: u64) -> u8 {
    (hash >> 56).to_le_bytes()[0] | 1
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::tests::live_token;
    use super::*;

    fn id(number: usize) -> TokenId {
        format!("{number:012}").parse().expect("an id")
    }

    #[test]
    fn it_holds_what_a_plain_map_would() {
        let (table, mut plain) = (Table::default(), HashMap::new());
        // A walk through puts, replacements and removals that comes back to the same ids again and again.
        let mut state = 7u64;
        for step in 0..40_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let number = usize::try_from(state >> 33).expect("it fits") % 3000;
            if state >> 32 & 3 == 0 {
                assert_eq!(table.remove(id(number)).map(|t| t.token.version()), plain.remove(&number));
            } else {
                let before = table.put(live_token(id(number), step));
                assert_eq!(before.map(|token| token.token.version()), plain.insert(number, step));
            }
            assert_eq!(table.len(), plain.len());
        }
        for number in 0..4000 {
            assert_eq!(table.get(id(number)).map(|t| t.token.version()), plain.get(&number).copied());
        }
        let mut seen = 0;
        table.for_each(|_| seen += 1);
        assert_eq!(seen, plain.len());
        assert!(table.slots.load().tokens.len() <= 16_384, "slots of removed tokens are used again");
    }

    #[test]
    fn what_it_is_filled_with_is_found_and_can_be_changed() {
        let table = Table::default();
        table.fill((0..1000).map(|number| live_token(id(number), 1)).collect());
        assert_eq!(table.len(), 1000);
        assert!((0..1000).all(|number| table.get(id(number)).is_some()));
        assert!(table.put(live_token(id(5), 2)).is_some_and(|before| before.token.version() == 1));
        assert!(table.remove(id(7)).is_some() && table.get(id(7)).is_none());
        (1000..5000).for_each(|number| drop(table.put(live_token(id(number), 1))));
        assert_eq!((table.len(), table.get(id(5)).map(|token| token.token.version())), (4999, Some(2)));
    }

    #[test]
    fn readers_find_what_was_there_before_while_it_grows() {
        let table = Table::default();
        for number in 0..50 {
            table.put(live_token(id(number), 1));
        }
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for number in 50..5000 {
                    table.put(live_token(id(number), 1));
                }
            });
            while !writer.is_finished() {
                for number in 0..50 {
                    assert!(table.get(id(number)).is_some());
                }
            }
        });
        assert_eq!(table.len(), 5000);
    }

    #[test]
    fn replaced_slots_do_not_stay() {
        let table = Table::default();
        for number in 0..1000 {
            table.put(live_token(id(number), 1));
        }
        table.for_each(|_| {});
        assert!(table.writing.lock().expect("nobody failed").retired.is_empty());
    }
}
