//! How often each token was used, added up from records.

use std::collections::HashMap;

use keyward_model::call::CallRecord;
use keyward_model::token::{LastUse, TokenId};

/// Uses per token since they were last written.
#[derive(Debug, Default)]
pub(crate) struct Uses(HashMap<TokenId, LastUse>);

impl Uses {
    /// Counts one call, if it came with a token that was recognised.
    pub(crate) fn count(&mut self, record: &CallRecord) {
        if let Some(token) = record.token {
            self.add(token, LastUse { at: record.at, address: record.address, calls: 1 });
        }
    }

    /// Takes over what `other` counted.
    pub(crate) fn absorb(&mut self, other: Uses) {
        for (token, uses) in other.0 {
            self.add(token, uses);
        }
    }

    /// Hands out what was counted and begins anew.
    pub(crate) fn take(&mut self) -> Vec<(TokenId, LastUse)> {
        self.0.drain().collect()
    }

    pub(crate) fn add(&mut self, token: TokenId, uses: LastUse) {
        let known = self.0.entry(token).or_insert_with(|| LastUse { calls: 0, ..uses.clone() });
        known.calls = known.calls.saturating_add(uses.calls);
        if uses.at > known.at {
            known.at = uses.at;
            known.address = uses.address;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
