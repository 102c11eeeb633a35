//! What tokens are alike in, kept once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;

use super::Restrictions;
use crate::limits::Limits;
use crate::scope::ScopeSet;

/// Scopes, restrictions and limits of tokens, by their text in the stored document. Only whoever reads tokens from the
/// store comes here; calls do not.
#[derive(Debug, Default)]
pub struct SharedParts {
    scopes: Shelf<ScopeSet>,
    restrictions: Shelf<Restrictions>,
    limits: Shelf<Limits>,
}

impl SharedParts {
    pub(super) fn scopes(&self, text: &str) -> Result<Arc<ScopeSet>, serde_json::Error> {
        self.scopes.of(text)
    }

    pub(super) fn restrictions(&self, text: &str) -> Result<Arc<Restrictions>, serde_json::Error> {
        self.restrictions.of(text)
    }

    pub(super) fn limits(&self, text: &str) -> Result<Arc<Limits>, serde_json::Error> {
        self.limits.of(text)
    }
}

/// Parts of one kind.
#[derive(Debug)]
struct Shelf<T>(Mutex<Held<T>>);

#[derive(Debug)]
struct Held<T> {
    by_text: HashMap<Box<str>, Arc<T>>,
    /// How many there may be before those that nobody shares are let go of.
    most: usize,
}

/// Parts that are kept before the first look at which of them are shared.
const FIRST_LOOK: usize = 4096;

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(Mutex::new(Held { by_text: HashMap::new(), most: FIRST_LOOK }))
    }
}

impl<T: DeserializeOwned> Shelf<T> {
    fn of(&self, text: &str) -> Result<Arc<T>, serde_json::Error> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = held.by_text.get(text) {
            return Ok(known.clone());
        }
        if held.by_text.len() >= held.most {
            // What is of one token only would be kept twice by being kept here.
            held.by_text.retain(|_, part| Arc::strong_count(part) > 2);
            held.most = FIRST_LOOK.max(2 * held.by_text.len());
        }
        let part = Arc::new(serde_json::from_str::<T>(text)?);
        held.by_text.insert(text.into(), part.clone());
        Ok(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_nobody_shares_are_let_go_of() {
        let shelf = Shelf::<ScopeSet>::default();
        let shared = [shelf.of("[\"a:b\"]").expect("scopes"), shelf.of("[\"a:b\"]").expect("scopes")];
        let own: Vec<_> = (0..FIRST_LOOK * 3).map(|n| shelf.of(&format!("[\"a:{n}\"]")).expect("scopes")).collect();
        assert!(shelf.0.lock().expect("nobody fails").by_text.len() <= FIRST_LOOK);
        assert!(Arc::ptr_eq(&shared[0], &shelf.of("[\"a:b\"]").expect("scopes")));
        assert_eq!(own.len(), FIRST_LOOK * 3);
    }

    #[test]
    fn what_does_not_read_is_not_kept() {
        let shelf = Shelf::<ScopeSet>::default();
        assert!(shelf.of("[\"a\"]").is_err());
        assert!(shelf.of("[\"a\"]").is_err());
    }
}
