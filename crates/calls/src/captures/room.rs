//! The memory that captures may take, until they are written.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a capture takes beside what it holds of heads and bodies.
const BASE: usize = 2048;

/// A bounded number of bytes.
#[derive(Debug)]
pub(super) struct Room {
    most: usize,
    used: AtomicUsize,
}

/// A part of the room, given back when it is dropped.
#[derive(Debug)]
pub struct Lease {
    room: Arc<Room>,
    bytes: usize,
}

impl Room {
    pub(super) fn new(most: usize) -> Self {
        Self { most, used: AtomicUsize::new(0) }
    }

    pub(super) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    fn take(&self, bytes: usize) -> bool {
        let before = self.used.fetch_add(bytes, Ordering::Relaxed);
        let fits = before.saturating_add(bytes) <= self.most;
        if !fits {
            self.used.fetch_sub(bytes, Ordering::Relaxed);
        }
        fits
    }
}

impl Lease {
    pub(super) fn of(room: &Arc<Room>) -> Option<Self> {
        room.take(BASE).then(|| Self { room: Arc::clone(room), bytes: BASE })
    }

    /// So many bytes more; false where there is no room for them.
    #[must_use]
    pub fn grow(&mut self, bytes: usize) -> bool {
        let fits = self.room.take(bytes);
        if fits {
            self.bytes += bytes;
        }
        fits
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.room.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_leased_is_bounded_and_comes_back() {
        let room = Arc::new(Room::new(2 * BASE + 10));
        let mut first = Lease::of(&room).expect("room");
        let second = Lease::of(&room).expect("room");
        assert!(Lease::of(&room).is_none());
        assert!(first.grow(10) && !first.grow(1));
        assert_eq!(room.used(), 2 * BASE + 10);
        drop(second);
        assert!(first.grow(BASE));
        drop(first);
        assert_eq!(room.used(), 0);
    }
}
