//! An upgrade without a refused connection: a new process takes over the listening sockets of the one that runs.
//!
//! ```text
//! new                                   old
//! connects to DATA/handover.sock
//!                                       sends its listening sockets, and goes on accepting
//! starts everything, begins to accept
//! says that it is ready
//!                                       stops accepting, finishes what it has, ends
//! ```
//!
//! The sockets are the very same in both processes, so a connection that waits is had by whichever accepts first, and
//! none is lost when the old one closes its own. A new process that ends before it is ready leaves the old one as it
//! was.

use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use keyward_gateway::Listeners;
use tokio::net::UnixListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::failure::Failure;
use wire::Purpose;

mod wire;

/// For the other process to take what it is sent, or to send.
const PATIENCE: Duration = Duration::from_secs(10);
/// For the new process to be ready: it reads every token first.
const START: Duration = Duration::from_secs(300);

/// Everything that is handed over.
#[derive(Debug)]
pub(crate) struct Sockets {
    /// The gateway's.
    pub(crate) gateway: Listeners,
    /// The control plane's.
    pub(crate) control: TcpListener,
}

/// Sockets taken over; the process they came from waits to hear that this one is ready.
#[derive(Debug)]
pub(crate) struct TakenOver {
    stream: UnixStream,
}

fn socket_in(data_dir: &Path) -> PathBuf {
    data_dir.join("handover.sock")
}

/// Takes over the listening sockets of the process that runs over `data_dir`. Until [`TakenOver::ready`], it goes on
/// as before.
pub(crate) fn take_over(data_dir: &Path) -> Result<(Sockets, TakenOver), Failure> {
    let path = socket_in(data_dir);
    let failed = |error: io::Error| {
        Failure::failed(format!("no Keyward to take over from at {}: {error}", path.display()))
            .remedy("Start without --take-over where none is running; with it, name the same data directory.")
    };
    let stream = UnixStream::connect(&path).map_err(failed)?;
    let (mut plain, mut tls, mut control) = (Vec::new(), Vec::new(), None);
    let mut receive = || -> io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        while let Some((purpose, listener)) = wire::receive(&stream)? {
            match purpose {
                Purpose::Plain => plain.push(listener),
                Purpose::Tls => tls.push(listener),
                Purpose::Control => control = Some(listener),
            }
        }
        Ok(())
    };
    receive().map_err(failed)?;
    match control {
        Some(control) if !plain.is_empty() => {
            Ok((Sockets { gateway: Listeners { plain, tls }, control }, TakenOver { stream }))
        }
        _ => Err(failed(io::ErrorKind::InvalidData.into())),
    }
}

impl TakenOver {
    /// Tells the process before that this one accepts now.
    pub(crate) fn ready(mut self) -> Result<(), Failure> {
        let told = self.stream.write_all(&[wire::READY]);
        told.map_err(|error| Failure::failed(format!("the Keyward taken over from does not answer any more: {error}")))
    }
}

/// The sockets of this process, held out to whoever takes over.
#[derive(Debug)]
pub(crate) struct Offer {
    taken: oneshot::Receiver<()>,
    task: JoinHandle<()>,
}

impl Offer {
    /// Listens in `data_dir`, where only this user may connect. Where that cannot be, calls are served all the same.
    pub(crate) fn begin(data_dir: &Path, sockets: Sockets) -> Self {
        let (tell, taken) = oneshot::channel();
        let path = socket_in(data_dir);
        let task = match listen(&path) {
            Ok(listener) => tokio::spawn(offer(listener, sockets, tell)),
            Err(error) => {
                let path = path.display();
                tracing::warn!(%path, %error, "another process will not be able to take over without interruption");
                // Kept, so that nobody seems to have taken over.
                tokio::spawn(async move {
                    let _tell = tell;
                    std::future::pending().await
                })
            }
        };
        Self { taken, task }
    }

    /// Waits until another process has taken over and is ready.
    pub(crate) async fn taken(&mut self) {
        if (&mut self.taken).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The socket takes the place of one that an older process left or still has, in one step and never open to others.
fn listen(path: &Path) -> io::Result<UnixListener> {
    let own = path.with_extension(format!("{}.sock", std::process::id()));
    let _ = std::fs::remove_file(&own);
    let listener = UnixListener::bind(&own)?;
    std::fs::set_permissions(&own, std::fs::Permissions::from_mode(0o600))?;
    std::fs::rename(&own, path)?;
    Ok(listener)
}

async fn offer(listener: UnixListener, sockets: Sockets, tell: oneshot::Sender<()>) {
    let sockets = std::sync::Arc::new(sockets);
    loop {
        let stream = match listener.accept().await.and_then(|(stream, _)| stream.into_std()) {
            Ok(stream) => stream,
            Err(error) => {
                tracing::warn!(%error, "nobody can take over just now");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        tracing::info!("another process takes over; calls are served here until it is ready");
        let handed = std::sync::Arc::clone(&sockets);
        match tokio::task::spawn_blocking(move || hand_over(&stream, &handed)).await {
            Ok(Ok(())) => break,
            Ok(Err(error)) => tracing::warn!(%error, "the other process did not become ready; this one goes on"),
            Err(error) => tracing::error!(%error, "handing over failed; this process goes on"),
        }
    }
    drop(sockets);
    // Fails only when nobody waits any more.
    let _ = tell.send(());
}

fn hand_over(stream: &UnixStream, sockets: &Sockets) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_read_timeout(Some(START))?;
    let Listeners { plain, tls } = &sockets.gateway;
    let gateway = plain.iter().map(|one| (Purpose::Plain, one)).chain(tls.iter().map(|one| (Purpose::Tls, one)));
    for (purpose, listener) in gateway.chain([(Purpose::Control, &sockets.control)]) {
        wire::send(stream, purpose, listener)?;
    }
    wire::send_end(stream)?;
    let mut said = [0];
    let mut reader = stream;
    reader.read_exact(&mut said)?;
    if said[0] == wire::READY { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sockets() -> Sockets {
        let bound = || TcpListener::bind("127.0.0.1:0").expect("a port");
        Sockets { gateway: Listeners { plain: vec![bound(), bound()], tls: vec![bound()] }, control: bound() }
    }

    async fn take(directory: &Path) -> Result<(Sockets, TakenOver), Failure> {
        let directory = directory.to_owned();
        tokio::task::spawn_blocking(move || take_over(&directory)).await.expect("no panic")
    }

    #[tokio::test]
    async fn the_same_sockets_arrive_and_whoever_waits_in_them_is_not_lost() {
        let directory = tempfile::tempdir().expect("a directory");
        let sockets = sockets();
        let address = |listener: &TcpListener| listener.local_addr().expect("an address");
        let addresses: Vec<_> = sockets.gateway.plain.iter().chain(&sockets.gateway.tls).map(address).collect();
        let control = address(&sockets.control);
        // Connected as far as the kernel is concerned.
        let mut waiting = std::net::TcpStream::connect(addresses[1]).expect("a place in the queue");
        let mut offer = Offer::begin(directory.path(), sockets);
        let mode = std::fs::metadata(socket_in(directory.path())).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let (taken, before) = take(directory.path()).await.expect("handed over");
        let there: Vec<_> = taken.gateway.plain.iter().chain(&taken.gateway.tls).map(address).collect();
        assert_eq!((there, address(&taken.control)), (addresses, control));
        before.ready().expect("told");
        offer.taken().await;
        drop(offer);
        // The process before is gone; what waited in its queue is here.
        let (mut stream, _) = taken.gateway.plain[1].accept().expect("the one that waited");
        stream.write_all(b"x").expect("sent");
        let mut byte = [0];
        waiting.read_exact(&mut byte).expect("a byte");
        assert_eq!(byte, *b"x");
    }

    #[tokio::test]
    async fn one_that_never_becomes_ready_changes_nothing_and_the_next_may_try() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut offer = Offer::begin(directory.path(), sockets());
        let (_, first) = take(directory.path()).await.expect("handed over");
        drop(first);
        let (_, second) = take(directory.path()).await.expect("handed over again");
        assert!(tokio::time::timeout(Duration::from_millis(10), offer.taken()).await.is_err());
        second.ready().expect("told");
        offer.taken().await;
    }

    #[tokio::test]
    async fn nobody_to_take_over_from_is_said_with_the_remedy() {
        let directory = tempfile::tempdir().expect("a directory");
        let failure = take(directory.path()).await.expect_err("nobody is there");
        assert!(failure.to_string().contains("--take-over"), "{failure}");
        drop(std::os::unix::net::UnixListener::bind(socket_in(directory.path())).expect("left behind"));
        assert!(take(directory.path()).await.is_err(), "a socket left behind is nobody");
        let _offer = Offer::begin(directory.path(), sockets());
        take(directory.path()).await.expect("it took the place of the one left behind");
    }
}
