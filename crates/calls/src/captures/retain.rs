//! Captures that are older than their team wants records of its calls kept are deleted.

use keyward_model::Timestamp;
use keyward_store::{Store, StoreError};

use super::Captures;
use crate::calls::joined;
use crate::retention::{Most, kept_since};

/// Deletes the captures of calls that their team wants forgotten, and those of teams that are gone. Answers how many.
pub async fn delete_outdated_captures(
    store: &Store,
    captures: &Captures,
    now: Timestamp,
    most: Most,
) -> Result<u64, StoreError> {
    let since = kept_since(store, now, most).await?;
    let captures = captures.clone();
    // What is captured of a team that is gone is nobody's to read.
    let retain = move || captures.retain(&|team| since.get(&team).copied().unwrap_or(Timestamp::from_millis(i64::MAX)));
    Ok(joined(tokio::task::spawn_blocking(retain).await))
}
