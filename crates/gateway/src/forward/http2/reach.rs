//! A place for one more call at a target: on a connection that has room, or on a fresh one.

use std::rc::Rc;

use keyward_model::upstream::{Protocol, Timeouts};

use super::connection::{Connection, Lease};
use super::pool::Place;
use crate::forward::connect::{ConnectError, open};
use crate::forward::milliseconds;
use crate::http1::Http1;
use crate::state::upstream::Target;
use crate::stream::Stream;
use crate::worker::Worker;

/// What there is to call a target by.
pub(super) enum Reached {
    /// A place on a connection of HTTP/2.
    Http2(Lease),
    /// A connection of HTTP/1 that carried calls before.
    Kept(Box<Http1>),
    /// A fresh connection, on which the target chose HTTP/1.
    Fresh(Stream),
}

/// Finds a place for one call within the time for connecting.
pub(super) async fn reach(worker: &Rc<Worker>, target: &Target, timeouts: Timeouts) -> Result<Reached, ConnectError> {
    let place = worker.http2.place(target.key);
    if let Some(lease) = place.lease() {
        return Ok(Reached::Http2(lease));
    }
    if target.protocol == Protocol::Auto
        && let Some(kept) = worker.pool.take(target.key)
    {
        return Ok(Reached::Kept(kept));
    }
    match tokio::time::timeout(milliseconds(timeouts.connect_ms), connect_or_wait(worker, target, &place)).await {
        Ok(reached) => reached,
        Err(_) if place.is_full() => Err(ConnectError::Full(timeouts.connect_ms)),
        Err(_) => Err(ConnectError::Late(timeouts.connect_ms)),
    }
}

/// Opens a connection, unless another call does so already: one that is about to be there may have room for all who
/// wait. Of a target that chose HTTP/1 each call needs a connection of its own.
async fn connect_or_wait(worker: &Rc<Worker>, target: &Target, place: &Rc<Place>) -> Result<Reached, ConnectError> {
    loop {
        let changed = place.changed();
        if let Some(lease) = place.lease() {
            return Ok(Reached::Http2(lease));
        }
        if place.speaks_http1() && target.protocol == Protocol::Auto {
            return connect(worker, target, place).await;
        }
        if let Some(_connecting) = place.begin_connecting() {
            return connect(worker, target, place).await;
        }
        changed.await;
    }
}

async fn connect(worker: &Rc<Worker>, target: &Target, place: &Rc<Place>) -> Result<Reached, ConnectError> {
    let (stream, is_http2) = open(target).await?;
    place.note(is_http2);
    if !is_http2 {
        return Ok(Reached::Fresh(stream));
    }
    let connection = Connection::start(worker, place, stream).await.map_err(ConnectError::Unreachable)?;
    Ok(Reached::Http2(place.add(connection)))
}
