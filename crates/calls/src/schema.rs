//! The columns of the files: one table of calls, one of rollups. The empty text stands for none.

use crate::columns::{Column, Kind};

/// Numbers of the columns of [`CALLS`].
pub(crate) mod call {
    pub(crate) const AT: usize = 0;
    pub(crate) const REQUEST_ID: usize = 1;
    pub(crate) const TEAM: usize = 2;
    pub(crate) const APP: usize = 3;
    pub(crate) const TOKEN: usize = 4;
    pub(crate) const API: usize = 5;
    pub(crate) const API_NAME: usize = 6;
    pub(crate) const ROUTE: usize = 7;
    pub(crate) const METHOD: usize = 8;
    pub(crate) const PATH: usize = 9;
    pub(crate) const STATUS: usize = 10;
    pub(crate) const CODE: usize = 11;
    pub(crate) const RULE: usize = 12;
    pub(crate) const ADDRESS: usize = 13;
    pub(crate) const COUNTRY: usize = 14;
    pub(crate) const ASN: usize = 15;
    pub(crate) const PROTOCOL: usize = 16;
    pub(crate) const TARGET: usize = 17;
    pub(crate) const RETRIES: usize = 18;
    pub(crate) const BYTES_IN: usize = 19;
    pub(crate) const BYTES_OUT: usize = 20;
    pub(crate) const COST: usize = 21;
    pub(crate) const QUEUE: usize = 22;
    pub(crate) const DECIDE: usize = 23;
    pub(crate) const CONNECT: usize = 24;
    pub(crate) const FIRST_BYTE: usize = 25;
    pub(crate) const TOTAL: usize = 26;
    pub(crate) const REVISION: usize = 27;
    pub(crate) const CHECKS: usize = 28;
}

/// One row a call.
pub(crate) static CALLS: [Column; 29] = [
    Column("at", Kind::Moment),
    Column("request_id", Kind::Uuid),
    Column("team", Kind::Word),
    Column("app", Kind::Word),
    Column("token", Kind::Word),
    Column("api", Kind::Word),
    Column("api_name", Kind::Word),
    Column("route", Kind::Word),
    Column("method", Kind::Word),
    Column("path", Kind::Text),
    Column("status", Kind::Int32),
    Column("code", Kind::Word),
    Column("rule", Kind::Word),
    Column("address", Kind::Word),
    Column("country", Kind::Word),
    // 0 where it is not known.
    Column("asn", Kind::Int32),
    Column("protocol", Kind::Word),
    Column("target", Kind::Word),
    Column("retries", Kind::Int32),
    Column("bytes_in", Kind::Int64),
    Column("bytes_out", Kind::Int64),
    Column("cost", Kind::Int32),
    Column("queue_us", Kind::Int32),
    Column("decide_us", Kind::Int32),
    Column("connect_us", Kind::Int32),
    Column("first_byte_us", Kind::Int32),
    Column("total_us", Kind::Int32),
    Column("revision", Kind::Int64),
    // A JSON array; of refused calls only.
    Column("checks", Kind::Word),
];

/// Numbers of the columns of [`ROLLUP`].
pub(crate) mod rollup {
    pub(crate) const AT: usize = 0;
    pub(crate) const TEAM: usize = 1;
    pub(crate) const APP: usize = 2;
    pub(crate) const TOKEN: usize = 3;
    pub(crate) const API: usize = 4;
    pub(crate) const ROUTE: usize = 5;
    pub(crate) const METHOD: usize = 6;
    pub(crate) const COUNTRY: usize = 7;
    pub(crate) const CODE: usize = 8;
    pub(crate) const STATUS: usize = 9;
    pub(crate) const CALLS: usize = 10;
    pub(crate) const BYTES_IN: usize = 11;
    pub(crate) const BYTES_OUT: usize = 12;
    pub(crate) const COST: usize = 13;
    pub(crate) const TOTAL: usize = 14;
    pub(crate) const FIRST_BYTE: usize = 15;
    /// The columns by which rows are told apart, [`AT`] and [`STATUS`] aside.
    pub(crate) const WORDS: std::ops::RangeInclusive<usize> = TEAM..=CODE;
}

/// One row for the calls of a minute, hour or day that are alike in the first ten columns.
pub(crate) static ROLLUP: [Column; 16] = [
    // When the minute, hour or day begins.
    Column("at", Kind::Moment),
    Column("team", Kind::Word),
    Column("app", Kind::Word),
    Column("token", Kind::Word),
    Column("api_name", Kind::Word),
    Column("route", Kind::Word),
    Column("method", Kind::Word),
    Column("country", Kind::Word),
    Column("code", Kind::Word),
    Column("status", Kind::Int32),
    Column("calls", Kind::Int32),
    Column("bytes_in", Kind::Int64),
    Column("bytes_out", Kind::Int64),
    Column("cost", Kind::Int64),
    // Histograms: pairs of varints, the distance from the bucket before and the calls in it.
    Column("total", Kind::Blob),
    Column("first_byte", Kind::Blob),
];
