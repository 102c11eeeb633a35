//! Memory of one worker that is used again and again, so that a call allocates next to nothing and a connection that
//! idles holds none.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use keyward_wire::Fields;
use keyward_wire::fields::{Field, wipe};

/// Bytes of a buffer as it is handed out.
pub(crate) const BUFFER: usize = 16 * 1024;
/// Buffers, and lists of fields, that are kept.
const KEPT: usize = 256;
/// Room in a list of fields that is kept; more is rare.
const FIELDS: usize = 64;

/// What waits to be used again.
#[derive(Default)]
pub(crate) struct Buffers {
    bytes: RefCell<Vec<Vec<u8>>>,
    lists: RefCell<Vec<Vec<Field>>>,
}

impl Buffers {
    /// An empty buffer.
    pub(crate) fn take(&self) -> Vec<u8> {
        self.bytes.borrow_mut().pop().unwrap_or_else(|| Vec::with_capacity(BUFFER))
    }

    /// Takes a buffer back. What it holds is wiped.
    pub(crate) fn give(&self, mut buffer: Vec<u8>) {
        wipe(&mut buffer);
        let mut kept = self.bytes.borrow_mut();
        if buffer.capacity() >= BUFFER && buffer.capacity() <= 2 * BUFFER && kept.len() < KEPT {
            kept.push(buffer);
        }
    }

    /// An empty list of fields.
    pub(crate) fn take_list(&self) -> Vec<Field> {
        self.lists.borrow_mut().pop().unwrap_or_default()
    }

    /// Takes back what a head was held in.
    pub(crate) fn give_fields(&self, fields: Fields) {
        let (bytes, mut list) = fields.recycle();
        self.give(bytes);
        list.clear();
        let mut kept = self.lists.borrow_mut();
        if list.capacity() <= FIELDS && kept.len() < KEPT {
            kept.push(list);
        }
    }
}

/// A buffer that goes back when it is dropped.
pub(crate) struct Loan {
    bytes: Vec<u8>,
    buffers: Rc<Buffers>,
}

impl Loan {
    /// Without memory yet.
    pub(crate) fn new(buffers: &Rc<Buffers>) -> Self {
        Self { bytes: Vec::new(), buffers: Rc::clone(buffers) }
    }

    /// Gets memory, where there is none yet.
    pub(crate) fn ready(&mut self) -> &mut Vec<u8> {
        if self.bytes.capacity() == 0 {
            self.bytes = self.buffers.take();
        }
        &mut self.bytes
    }

    /// Gives the memory back, and what it holds with it.
    pub(crate) fn rest(&mut self) {
        if self.bytes.capacity() > 0 {
            self.buffers.give(std::mem::take(&mut self.bytes));
        }
    }
}

impl Deref for Loan {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.bytes
    }
}

impl DerefMut for Loan {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        self.rest();
    }
}
