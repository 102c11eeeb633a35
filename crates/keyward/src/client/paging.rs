//! Following a list page by page.

use serde_json::Value;

use super::{Client, Request};
use crate::failure::Failure;

/// How many entries one page is asked for.
pub const PAGE_LIMIT: u64 = 200;

impl Client {
    /// The first `limit` entries of a list, and whether there are more.
    ///
    /// `page` makes the request for each page; the cursor and the page's size are added here.
    pub fn list(&self, limit: u64, page: impl Fn() -> Request) -> Result<(Vec<Value>, bool), Failure> {
        let mut items: Vec<Value> = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let wanted = (limit - items.len() as u64).min(PAGE_LIMIT);
            let mut body = self.send(page().query("limit", Some(wanted)).query("after", after.take()))?.body;
            if let Some(Value::Array(more)) = body.get_mut("items").map(Value::take) {
                items.extend(more);
            }
            after = body.get("next").and_then(Value::as_str).map(str::to_owned);
            if after.is_none() || items.len() as u64 >= limit {
                return Ok((items, after.is_some()));
            }
        }
    }
}
