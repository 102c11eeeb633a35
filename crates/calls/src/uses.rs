//! How often each token was used, added up from records.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

use keyward_model::Timestamp;
use keyward_model::token::{LastUse, TokenId};

/// Uses per token since they were last written.
#[derive(Debug, Default)]
pub(crate) struct Uses(HashMap<TokenId, LastUse, foldhash::fast::RandomState>);

impl Uses {
    /// Counts calls that came until `at`. Where the address is no longer known, the one known before stays, or else
    /// the unspecified address stands for it.
    pub(crate) fn add_counted(&mut self, token: TokenId, at: Timestamp, address: Option<IpAddr>, calls: u64) {
        let known = self.0.get(&token).map(|known| known.address);
        let address = address.or(known).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        self.add(token, LastUse { at, address, calls });
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

    /// How many tokens were used.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
