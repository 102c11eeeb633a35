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
    terms: Mutex<HeldTerms>,
    scopes: Shelf<ScopeSet>,
    restrictions: Shelf<Restrictions>,
    limits: Shelf<Limits>,
}

impl SharedParts {
    /// The terms with these parts, each by its text; those that are alike are one.
    pub(super) fn terms(
        &self,
        scopes: &str,
        restrictions: Option<&str>,
        limits: Option<&str>,
    ) -> Result<Arc<Terms>, serde_json::Error> {
        let mut held = self.terms.lock().unwrap_or_else(PoisonError::into_inner);
        let HeldTerms { by_text, key, most } = &mut *held;
        key.clear();
        // Each is one value of JSON, which says itself where it ends.
        for text in [Some(scopes), restrictions, limits] {
            key.push_str(text.unwrap_or_default());
            key.push('\n');
        }
        if let Some(known) = by_text.get(key.as_str()) {
            return Ok(Arc::clone(known));
        }
        make_room(by_text, most);
        let terms = Arc::new(Terms {
            scopes: self.scopes.of(scopes)?,
            restrictions: restrictions.map(|text| self.restrictions.of(text)).transpose()?,
            limits: limits.map(|text| self.limits.of(text)).transpose()?,
        });
        by_text.insert(key.as_str().into(), Arc::clone(&terms));
        Ok(terms)
    }
}

/// What a token may do, and how much.
#[derive(Debug)]
pub(super) struct Terms {
    pub(super) scopes: Arc<ScopeSet>,
    pub(super) restrictions: Option<Arc<Restrictions>>,
    pub(super) limits: Option<Arc<Limits>>,
}

#[derive(Debug)]
struct HeldTerms {
    by_text: HashMap<Box<str>, Arc<Terms>>,
    /// Where texts are put together.
    key: String,
    most: usize,
}

impl Default for HeldTerms {
    fn default() -> Self {
        Self { by_text: HashMap::new(), key: String::new(), most: FIRST_LOOK }
    }
}

/// Lets go of parts that one alone holds, once there are too many: what is of one token only would be kept twice by
/// being kept here.
fn make_room<T>(by_text: &mut HashMap<Box<str>, Arc<T>>, most: &mut usize) {
    if by_text.len() >= *most {
        by_text.retain(|_, part| Arc::strong_count(part) > 2);
        *most = FIRST_LOOK.max(2 * by_text.len());
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
        let Held { by_text, most } = &mut *held;
        make_room(by_text, most);
        let part = Arc::new(serde_json::from_str::<T>(text)?);
        by_text.insert(text.into(), part.clone());
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
    fn terms_that_are_alike_are_one_and_others_are_not() {
        let parts = SharedParts::default();
        let (read, rates) = ("[\"a:read\"]", "{\"rates\":[{\"limit\":5,\"window_seconds\":60}]}");
        let terms = |scopes, limits| parts.terms(scopes, None, limits).expect("terms");
        assert!(Arc::ptr_eq(&terms(read, Some(rates)), &terms(read, Some(rates))));
        let (with, without, other) = (terms(read, Some(rates)), terms(read, None), terms("[]", Some(rates)));
        assert!(!Arc::ptr_eq(&with, &without) && Arc::ptr_eq(&with.scopes, &without.scopes));
        assert!(!Arc::ptr_eq(&with, &other) && with.limits == other.limits);
        assert!(without.limits.is_none() && other.scopes.is_empty());
    }

    #[test]
    fn terms_that_nobody_shares_are_let_go_of() {
        let parts = SharedParts::default();
        let own = |n| parts.terms(&format!("[\"a:{n}\"]"), None, None).expect("terms");
        let tokens: Vec<_> = (0..FIRST_LOOK * 3).map(own).collect();
        assert!(parts.terms.lock().expect("nobody fails").by_text.len() <= FIRST_LOOK);
        assert!(parts.scopes.0.lock().expect("nobody fails").by_text.len() <= FIRST_LOOK);
        assert_eq!(tokens.len(), FIRST_LOOK * 3);
    }

    #[test]
    fn what_does_not_read_is_not_kept() {
        let shelf = Shelf::<ScopeSet>::default();
        assert!(shelf.of("[\"a\"]").is_err());
        assert!(shelf.of("[\"a\"]").is_err());
    }
}
