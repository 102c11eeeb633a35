//! A sink that can be told to fail, and records to send it.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::BoxFuture;
use keyward_calls::{Pace, Sink, WriteError};
use keyward_model::Timestamp;
use keyward_model::call::{CallRecord, Protocol, Timing};
use keyward_model::token::{LastUse, TokenId};

#[derive(Default)]
pub(crate) struct Shelf {
    pub(crate) gone: AtomicBool,
    pub(crate) records: Mutex<Vec<CallRecord>>,
    pub(crate) uses: Mutex<HashMap<TokenId, LastUse>>,
    pub(crate) spoiled_path: Mutex<Option<String>>,
}

impl Shelf {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn paths(&self) -> Vec<String> {
        self.records.lock().unwrap().iter().map(|record| record.path.clone()).collect()
    }

    pub(crate) fn calls_of(&self, token: TokenId) -> u64 {
        self.uses.lock().unwrap().get(&token).map_or(0, |uses| uses.calls)
    }

    fn check(&self) -> Result<(), WriteError> {
        if self.gone.load(Ordering::SeqCst) { Err(WriteError::Later("gone".to_owned())) } else { Ok(()) }
    }
}

impl Sink for Shelf {
    fn insert<'a>(&'a self, records: &'a [CallRecord]) -> BoxFuture<'a, Result<(), WriteError>> {
        Box::pin(async move {
            self.check()?;
            let spoiled = self.spoiled_path.lock().unwrap().clone();
            if records.iter().any(|record| Some(&record.path) == spoiled.as_ref()) {
                return Err(WriteError::Refused("spoiled".to_owned()));
            }
            self.records.lock().unwrap().extend_from_slice(records);
            Ok(())
        })
    }

    fn add_uses<'a>(&'a self, uses: &'a [(TokenId, LastUse)]) -> BoxFuture<'a, Result<(), WriteError>> {
        Box::pin(async move {
            self.check()?;
            let mut all = self.uses.lock().unwrap();
            for (token, added) in uses {
                let kept = all.entry(*token).or_insert_with(|| LastUse { calls: 0, ..added.clone() });
                *kept = LastUse { calls: kept.calls + added.calls, ..added.clone() };
            }
            Ok(())
        })
    }
}

/// A writer that works only when it is asked to flush.
pub(crate) fn on_demand(backlog: usize) -> Pace {
    Pace { poll: Duration::from_secs(3600), backlog, ..Pace::default() }
}

pub(crate) fn token() -> TokenId {
    "4fTz0aB9cD3e".parse().unwrap()
}

pub(crate) fn record(number: u32) -> CallRecord {
    CallRecord {
        request_id: uuid::Uuid::from_u128(u128::from(number)),
        at: Timestamp::from_millis(i64::from(number)),
        team: None,
        app: None,
        token: Some(token()),
        api: None,
        api_name: None,
        route: None,
        method: "GET".to_owned(),
        path: format!("/{number}"),
        status: 200,
        code: None,
        rule: None,
        address: IpAddr::V4(Ipv4Addr::from(number)),
        country: None,
        asn: None,
        protocol: Protocol::Http11,
        target: None,
        retries: 0,
        bytes_in: 0,
        bytes_out: 0,
        cost: 1,
        timing: Timing::default(),
        revision: 1,
        checks: Vec::new(),
    }
}
