//! Questions to the files of calls. All of it may read files: not for a thread of the runtime.

pub(crate) mod addresses;
pub(crate) mod analytics;
pub(crate) mod axis;
pub(crate) mod export;
mod list;
mod record;
pub(crate) mod select;

pub(crate) use select::Whose;
