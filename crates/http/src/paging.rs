//! Cursor paging: `?after=…&limit=…` in, `{items, next}` out.

use keyward_store::{Page, PageRequest};
use serde::{Deserialize, Serialize};

use crate::Refusal;

/// Which page of a list.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageParams {
    /// The `next` of the page before.
    pub after: Option<String>,
    /// At most so many items, 1 to 500; 50 when absent.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
}

impl PageParams {
    /// As the store takes it.
    pub fn request(self) -> Result<PageRequest, Refusal> {
        page_request(self.after, self.limit)
    }
}

/// As the store takes it; for lists that have filters beside the page.
pub fn page_request(after: Option<String>, limit: Option<u32>) -> Result<PageRequest, Refusal> {
    let limit = limit.unwrap_or(50);
    if !(1..=500).contains(&limit) {
        return Err(Refusal::field("limit", "is out of range", "use 1 to 500"));
    }
    Ok(PageRequest { after, limit })
}

/// A page of a list.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Listing<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Pass it as `after` for the next page; null when this was the last.
    #[schema(required)]
    pub next: Option<String>,
}

impl<T> From<Page<T>> for Listing<T> {
    fn from(page: Page<T>) -> Self {
        Self { items: page.items, next: page.next }
    }
}
