//! Pages of a list: a cursor in, at most so many rows and the next cursor out.

use crate::StoreError;

/// Which part of a list is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// The `next` of the page before; opaque to everybody but the list that gave it out.
    pub after: Option<String>,
    /// At most so many rows; held to 1 to 1000.
    pub limit: u32,
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { after: None, limit: 100 }
    }
}

impl PageRequest {
    /// How many rows the page may have.
    pub(crate) fn rows(&self) -> usize {
        self.limit.clamp(1, 1000) as usize
    }

    /// How many rows to ask for: one more than the page has, to know whether another page follows.
    pub(crate) fn asked(&self) -> u64 {
        u64::from(self.limit.clamp(1, 1000)) + 1
    }

    /// The place of the last row before the page, in a list that sorts by a number and then an id.
    pub(crate) fn after_number_and_id(&self) -> Result<Option<(i64, String)>, StoreError> {
        let Some(cursor) = &self.after else { return Ok(None) };
        let (number, id) = cursor.split_once('.').ok_or(StoreError::BadCursor)?;
        let plain = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        let number = number.parse().ok().filter(|_| plain).ok_or(StoreError::BadCursor)?;
        Ok(Some((number, id.to_owned())))
    }
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, in the list's order.
    pub items: Vec<T>,
    /// Where the next page begins; none when this was the last.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page of the rows that were found when one more than the page has was asked for.
    pub(crate) fn of(mut found: Vec<T>, page: &PageRequest, cursor: impl Fn(&T) -> String) -> Self {
        let more = found.len() > page.rows();
        found.truncate(page.rows());
        let next = found.last().filter(|_| more).map(cursor);
        Self { items: found, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_of_something_else_is_refused() {
        let page = |after: &str| PageRequest { after: Some(after.to_owned()), limit: 1 };
        assert_eq!(page("17.4fTz0aB9cD3e").after_number_and_id(), Ok(Some((17, "4fTz0aB9cD3e".to_owned()))));
        for bad in ["", "17", "x.y", "17.", "17.a'b", "17.a b"] {
            assert_eq!(page(bad).after_number_and_id(), Err(StoreError::BadCursor), "{bad}");
        }
    }

    #[test]
    fn the_last_page_has_no_next() {
        let page = PageRequest { after: None, limit: 2 };
        assert_eq!(Page::of(vec![1, 2], &page, ToString::to_string).next, None);
        let first = Page::of(vec![1, 2, 3], &page, ToString::to_string);
        assert_eq!((first.items, first.next), (vec![1, 2], Some("2".to_owned())));
    }
}
