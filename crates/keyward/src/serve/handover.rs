//! An upgrade without a refused connection: a new process takes over the listening sockets of the one that runs.
//!
//! ```text
//! new                                   old
//! connects to DATA/handover.sock
//!                                       says what it serves, sends its listening sockets, goes on as before
//! starts everything, accepts nothing
//! says that it is prepared
//!                                       stops accepting; says what is used of limits
//! accepts; says that it is ready
//! opens the folder of calls             lets go of the folder of calls
//!                                       says what calls under way still use of limits
//!                                       finishes what it has, ends
//! ```
//!
//! The sockets are the very same in both processes, so that a connection that comes while neither accepts waits in the
//! kernel, for a moment. A new process that ends before it is ready leaves the old one as it was.

use std::io;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use keyward_gateway::{Handed, Limits, Listeners};
use keyward_model::Clock;
use tokio::net::UnixListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::failure::Failure;
pub(crate) use serves::Serves;
use wire::Purpose;

mod serves;
mod wire;

/// For the other process to take what it is sent, or to send.
const PATIENCE: Duration = Duration::from_secs(10);
/// For the new process to be prepared: it reads every token first.
const START: Duration = Duration::from_secs(300);

/// Everything that is handed over.
#[derive(Debug)]
pub(crate) struct Sockets {
    /// The gateway's.
    pub(crate) gateway: Listeners,
    /// The control plane's.
    pub(crate) control: TcpListener,
}

/// The process that is taken over from. Until [`Before::ready`], it goes on as if nothing were.
#[derive(Debug)]
pub(crate) struct Before {
    stream: UnixStream,
}

fn socket_in(data_dir: &Path) -> PathBuf {
    data_dir.join("handover.sock")
}

/// Takes over the listening sockets of the process that runs over `data_dir`, where it serves what this one is to.
pub(crate) fn take_over(data_dir: &Path, wanted: &Serves) -> Result<(Sockets, Before), Failure> {
    let path = socket_in(data_dir);
    let failed = |error: io::Error| {
        Failure::failed(format!("no Keyward to take over from at {}: {error}", path.display()))
            .remedy("Start without --take-over where none is running; with it, name the same data directory.")
    };
    let stream = UnixStream::connect(&path).map_err(failed)?;
    let (mut plain, mut tls, mut control) = (Vec::new(), Vec::new(), None);
    let mut receive = || -> io::Result<Serves> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        wire::receive_form(&stream)?;
        let served = wire::receive_message(&stream)?;
        while let Some((purpose, listener)) = wire::receive(&stream)? {
            match purpose {
                Purpose::Plain => plain.push(listener),
                Purpose::Tls => tls.push(listener),
                Purpose::Control => control = Some(listener),
            }
        }
        Ok(served)
    };
    wanted.hold_against(&receive().map_err(failed)?)?;
    match control {
        Some(control) if !plain.is_empty() => {
            Ok((Sockets { gateway: Listeners { plain, tls }, control }, Before { stream }))
        }
        _ => Err(failed(io::ErrorKind::InvalidData.into())),
    }
}

impl Before {
    /// Tells the process before that this one could begin; answers what is used of limits. From now on nobody accepts.
    pub(crate) async fn prepared(self) -> Result<(Self, Handed), Failure> {
        blocking(move || {
            wire::tell(&self.stream, wire::PREPARED)?;
            let handed = wire::receive_message(&self.stream)?;
            Ok((self, handed))
        })
        .await
        .map_err(gone)
    }

    /// Tells the process before that this one accepts now. What its calls under way still use is counted into `limits`.
    pub(crate) async fn ready(self, limits: Arc<Limits>) -> Result<(), Failure> {
        let stream = blocking(move || {
            wire::tell(&self.stream, wire::READY)?;
            self.stream.set_read_timeout(None)?;
            Ok(self.stream)
        });
        let stream = stream.await.map_err(gone)?;
        // Ends with the process before.
        let follow = move || {
            while let Ok(late) = wire::receive_message::<Handed>(&stream) {
                limits.add_late(&late);
            }
        };
        let thread = std::thread::Builder::new().name("handover".to_owned()).spawn(follow);
        thread.map(drop).map_err(|error| Failure::failed(format!("a thread cannot be started: {error}")))
    }
}

fn gone(error: io::Error) -> Failure {
    Failure::failed(format!("the Keyward taken over from does not answer any more: {error}"))
}

/// The sockets of this process, held out to whoever takes over.
#[derive(Debug)]
pub(crate) struct Offer {
    heirs: mpsc::Receiver<Heir>,
    task: JoinHandle<()>,
}

/// A process that is prepared to take over.
#[derive(Debug)]
pub(crate) struct Heir {
    stream: UnixStream,
    /// When it came, on the monotonic clock.
    pub(crate) came: Duration,
}

impl Offer {
    /// Listens in `data_dir`, where only this user may connect. Where that cannot be, calls are served all the same.
    pub(crate) fn begin(data_dir: &Path, serves: Serves, sockets: Sockets, clock: Arc<dyn Clock>) -> Self {
        let (tell, heirs) = mpsc::channel(1);
        let path = socket_in(data_dir);
        let task = match listen(&path) {
            Ok(listener) => tokio::spawn(offer(listener, Arc::new((serves, sockets)), clock, tell)),
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
        Self { heirs, task }
    }

    /// Waits until another process is prepared to take over.
    pub(crate) async fn heir(&mut self) -> Heir {
        match self.heirs.recv().await {
            Some(heir) => heir,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Heir {
    /// Hands over what is used of limits; done once the other process accepts.
    pub(crate) async fn begin(self, handed: Handed) -> io::Result<Self> {
        blocking(move || {
            wire::send_message(&self.stream, &handed)?;
            self.stream.set_read_timeout(Some(PATIENCE))?;
            wire::hear(&self.stream, wire::READY)?;
            Ok(self)
        })
        .await
    }

    /// Says what calls under way have used since.
    pub(crate) async fn add_late(self, late: Handed) -> io::Result<Self> {
        blocking(move || wire::send_message(&self.stream, &late).map(|()| self)).await
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

async fn offer(listener: UnixListener, held: Arc<(Serves, Sockets)>, clock: Arc<dyn Clock>, tell: mpsc::Sender<Heir>) {
    loop {
        let stream = match listener.accept().await.and_then(|(stream, _)| stream.into_std()) {
            Ok(stream) => stream,
            Err(error) => {
                tracing::warn!(%error, "nobody can take over just now");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        tracing::info!("another process starts, to take over; calls are served here until it is ready");
        let (held, came) = (Arc::clone(&held), clock.monotonic());
        match blocking(move || hold_out(&stream, &held).map(|()| Heir { stream, came })).await {
            // Fails only when nobody waits any more.
            Ok(heir) => drop(tell.send(heir).await),
            Err(error) => tracing::warn!(%error, "the other process did not get ready; this one goes on"),
        }
    }
}

/// Sends the sockets and waits until the other process is prepared.
fn hold_out(stream: &UnixStream, (serves, sockets): &(Serves, Sockets)) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_read_timeout(Some(START))?;
    wire::send_form(stream)?;
    wire::send_message(stream, serves)?;
    let Listeners { plain, tls } = &sockets.gateway;
    let gateway = plain.iter().map(|one| (Purpose::Plain, one)).chain(tls.iter().map(|one| (Purpose::Tls, one)));
    for (purpose, listener) in gateway.chain([(Purpose::Control, &sockets.control)]) {
        wire::send(stream, purpose, listener)?;
    }
    wire::send_end(stream)?;
    wire::hear(stream, wire::PREPARED)
}

/// Off the runtime's threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests;
