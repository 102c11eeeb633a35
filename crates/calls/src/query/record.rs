//! A row as the record that others see.

use keyward_model::Timestamp;
use keyward_model::call::{CallRecord, Timing};

use crate::columns::{Damage, Table};
use crate::schema::call;

/// The records of a table of calls.
pub(super) fn records(table: &Table) -> Result<Vec<CallRecord>, Damage> {
    (0..table.rows()).map(|row| record(table, row).ok_or_else(|| Damage::content("a row makes no sense"))).collect()
}

fn record(table: &Table, row: usize) -> Option<CallRecord> {
    let columns = &table.columns;
    let text = |column: usize| columns[column].text(row);
    let number = |column: usize| columns[column].int32().get(row).copied();
    let large = |column: usize| columns[column].int64().get(row).and_then(|value| u64::try_from(*value).ok());
    fn read<T: std::str::FromStr>(text: &str) -> Option<Option<T>> {
        if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
    }
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let checks = columns[call::CHECKS].bytes(row);
    Some(CallRecord {
        request_id: uuid::Uuid::from_bytes(*columns[call::REQUEST_ID].uuids().get(row)?),
        at: Timestamp::from_millis(*columns[call::AT].int64().get(row)?),
        team: read(&text(call::TEAM))?,
        app: read(&text(call::APP))?,
        token: read(&text(call::TOKEN))?,
        api: read(&text(call::API))?,
        api_name: read(&text(call::API_NAME))?,
        route: read(&text(call::ROUTE))?,
        method: text(call::METHOD).into_owned(),
        path: text(call::PATH).into_owned(),
        status: u16::try_from(number(call::STATUS)?).ok()?,
        code: read(&text(call::CODE))?,
        rule: some(&text(call::RULE)),
        address: text(call::ADDRESS).parse().ok()?,
        country: read(&text(call::COUNTRY))?,
        asn: number(call::ASN).filter(|asn| *asn > 0),
        protocol: text(call::PROTOCOL).parse().ok()?,
        target: some(&text(call::TARGET)),
        retries: u8::try_from(number(call::RETRIES)?).ok()?,
        bytes_in: large(call::BYTES_IN)?,
        bytes_out: large(call::BYTES_OUT)?,
        cost: number(call::COST)?,
        timing: Timing {
            queue_us: number(call::QUEUE)?,
            decide_us: number(call::DECIDE)?,
            connect_us: number(call::CONNECT)?,
            first_byte_us: number(call::FIRST_BYTE)?,
            total_us: number(call::TOTAL)?,
        },
        revision: large(call::REVISION)?,
        checks: if checks.is_empty() { Vec::new() } else { serde_json::from_slice(checks).ok()? },
    })
}
