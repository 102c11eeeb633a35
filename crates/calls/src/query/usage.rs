//! How a token is used: when last, from where, and on which routes.

use std::collections::HashMap;
use std::net::IpAddr;

use keyward_model::Timestamp;
use keyward_model::token::TokenId;
use keyward_store::{CallFilter, StoreError, UsageRow, UsageRows};

use super::Whose;
use super::select::Wanted;
use crate::columns::{Damage, Part};
use crate::files::CallFiles;
use crate::query::list::groups;
use crate::schema::call;

/// Addresses told, the latest first.
const MOST: usize = 100;

impl CallFiles {
    /// The calls of a token whose details are kept, by address.
    pub(crate) fn addresses(
        &self,
        whose: Whose,
        token: TokenId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<UsageRows, StoreError> {
        let filter = CallFilter { token: Some(token), from: Some(from), to: Some(to), ..CallFilter::default() };
        let wanted = Wanted::new(whose, &filter);
        let mut rows = HashMap::new();
        let (waiting, groups) = {
            let state = self.shared.state();
            count(&wanted, &state.active.calls, &mut rows)?;
            (state.waiting.clone(), groups(&state, &wanted))
        };
        for segment in waiting {
            count(&wanted, &segment.calls, &mut rows)?;
        }
        for group in &groups {
            if let Err(damage) = count(&wanted, group, &mut rows) {
                self.damaged(group, &damage);
            }
        }
        let mut rows: Vec<UsageRow> = rows.into_values().collect();
        rows.sort_by_key(|row| std::cmp::Reverse((row.last_at, row.calls)));
        let distinct = rows.len() as u64;
        rows.truncate(MOST);
        Ok(UsageRows { distinct, rows })
    }
}

fn count(wanted: &Wanted<'_>, part: &dyn Part, into: &mut HashMap<IpAddr, UsageRow>) -> Result<(), Damage> {
    let rows = wanted.rows(part)?;
    if rows.is_empty() {
        return Ok(());
    }
    let (times, addresses) = (part.values_of(call::AT, &rows)?, part.values_of(call::ADDRESS, &rows)?);
    for (index, row) in rows.iter().enumerate() {
        let own = |length: usize| if length == rows.len() { index } else { *row as usize };
        let at = Timestamp::from_millis(times.int64()[own(times.rows())]);
        let Ok(address) = addresses.text(own(addresses.rows())).parse() else { continue };
        let known = into.entry(address).or_insert(UsageRow { address, calls: 0, last_at: at });
        known.calls += 1;
        known.last_at = known.last_at.max(at);
    }
    Ok(())
}
