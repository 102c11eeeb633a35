//! A dictionary: each text once, known by its place.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// Texts, each known by its place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    places: HashTable<u32>,
    hasher: RandomState,
}

impl Words {
    /// Out of a file; not for interning.
    pub(crate) fn of(bytes: Vec<u8>, ends: Vec<u32>) -> Self {
        Self { bytes, ends, ..Self::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn bytes(&self, id: u32) -> &[u8] {
        slice(&self.bytes, &self.ends, id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.ends.len()).map(|id| self.bytes(u32::try_from(id).unwrap_or(u32::MAX)))
    }

    /// The place of `word`, which is given one if it has none.
    pub(crate) fn intern(&mut self, word: &[u8]) -> u32 {
        let hash = self.hasher.hash_one(word);
        if let Some(place) = self.places.find(hash, |place| slice(&self.bytes, &self.ends, *place) == word) {
            return *place;
        }
        let place = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(word);
        self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        let (bytes, ends, hasher) = (&self.bytes, &self.ends, &self.hasher);
        self.places.insert_unique(hash, place, |place| hasher.hash_one(slice(bytes, ends, *place)));
        place
    }
}

fn slice<'a>(bytes: &'a [u8], ends: &[u32], id: u32) -> &'a [u8] {
    let id = id as usize;
    let begin = id.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    ends.get(id).and_then(|end| bytes.get(begin as usize..*end as usize)).unwrap_or_default()
}
