//! Listening sockets, passed from one process to another over a Unix socket (`SCM_RIGHTS`).
//!
//! Each socket goes with one byte that says what it is for; a byte alone ends the list.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
};

/// What comes before the new process says so: it is still starting.
pub(super) const READY: u8 = b'R';
/// The end of the list of sockets.
const END: u8 = b'.';

/// What a socket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Calls in cleartext.
    Plain = b'g' as isize,
    /// Calls over TLS.
    Tls = b't' as isize,
    /// The control plane.
    Control = b'c' as isize,
}

impl Purpose {
    fn of(byte: u8) -> Option<Self> {
        [Self::Plain, Self::Tls, Self::Control].into_iter().find(|purpose| *purpose as u8 == byte)
    }
}

/// Sends one socket.
pub(super) fn send(stream: &UnixStream, purpose: Purpose, listener: &TcpListener) -> io::Result<()> {
    let sockets = [listener.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !ancillary.push(SendAncillaryMessage::ScmRights(&sockets)) {
        return Err(io::ErrorKind::OutOfMemory.into());
    }
    let byte = [purpose as u8];
    let bytes = [IoSlice::new(&byte)];
    rustix::io::retry_on_intr(|| rustix::net::sendmsg(stream, &bytes, &mut ancillary, SendFlags::NOSIGNAL))?;
    Ok(())
}

/// Says that there are no more.
pub(super) fn send_end(stream: &UnixStream) -> io::Result<()> {
    rustix::io::retry_on_intr(|| rustix::net::send(stream, &[END], SendFlags::NOSIGNAL))?;
    Ok(())
}

/// The next socket; none at the end of the list.
pub(super) fn receive(stream: &UnixStream) -> io::Result<Option<(Purpose, TcpListener)>> {
    let strange = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut byte = [0];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut bytes = [IoSliceMut::new(&mut byte)];
    let flags = RecvFlags::CMSG_CLOEXEC;
    let received = rustix::io::retry_on_intr(|| rustix::net::recvmsg(stream, &mut bytes, &mut ancillary, flags))?;
    if received.bytes == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut sockets = ancillary.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(sockets) => Some(sockets),
        _ => None,
    });
    let socket = sockets.next().and_then(|mut sockets| sockets.next());
    match (Purpose::of(byte[0]), socket) {
        (None, None) if byte[0] == END => Ok(None),
        (Some(purpose), Some(socket)) if rustix::net::sockopt::socket_acceptconn(&socket)? => {
            Ok(Some((purpose, TcpListener::from(socket))))
        }
        _ => Err(strange("the other process sent something else than a listening socket")),
    }
}
