//! Taking up connections.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::FutureExt;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::Worker;
use crate::intake::Intake;
use crate::listen::connection::{Face, serve};

/// Takes up connections from the moment the store was read until told to drain, but for pauses. Those who come earlier
/// wait in the kernel's queue.
pub(super) async fn accept(
    worker: &Rc<Worker>,
    listener: TcpListener,
    face: Face,
    mut intake: watch::Receiver<Intake>,
) {
    let mut loaded = worker.shared.loaded.subscribe();
    tokio::select! {
        _ = Intake::until(&mut intake, Intake::is_over) => return,
        _ = loaded.wait_for(|loaded| *loaded) => {}
    }
    loop {
        let accepted = tokio::select! {
            biased;
            changed = Intake::until(&mut intake, |intake| *intake != Intake::Open) => {
                if changed.is_over() {
                    break;
                }
                Intake::until(&mut intake, |intake| *intake == Intake::Open || intake.is_over()).await;
                continue;
            }
            accepted = next(worker, &listener) => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                tokio::task::spawn_local(serve(
                    Rc::clone(worker),
                    worker.connections.enter(),
                    stream,
                    peer,
                    face.clone(),
                ));
            }
            Err(error) => pause(&error).await,
        }
    }
    if matches!(*intake.borrow(), Intake::Over { passed_on: true, .. }) {
        return;
    }
    // Who is connected already, as far as the kernel is concerned, still gets an answer.
    while let Some(Ok((stream, peer))) = listener.accept().now_or_never() {
        tokio::task::spawn_local(serve(Rc::clone(worker), worker.connections.enter(), stream, peer, face.clone()));
    }
}

async fn next(worker: &Worker, listener: &TcpListener) -> io::Result<(tokio::net::TcpStream, std::net::SocketAddr)> {
    while worker.connections.open() >= worker.config.max_connections {
        worker.connections.one_gone().await;
    }
    listener.accept().await
}

/// A connection that is gone before it is taken up says nothing about the next; anything else (no file descriptors
/// left, most often) needs others to leave first.
async fn pause(error: &io::Error) {
    if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
        return;
    }
    tracing::warn!(%error, "no connection can be taken up just now");
    tokio::time::sleep(Duration::from_millis(50)).await;
}
