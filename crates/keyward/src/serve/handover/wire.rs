//! What passes from one process to another over a Unix socket: listening sockets (`SCM_RIGHTS`), messages as JSON
//! behind their length, and single bytes that say how far a process is.
//!
//! Each socket goes with one byte that says what it is for; a byte alone ends the list.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The form of all this. A process of another form says so in its first bytes.
const FORM: [u8; 4] = *b"KWH1";
/// The new process knows everything, and accepts nothing yet.
pub(super) const PREPARED: u8 = b'P';
/// It accepts.
pub(super) const READY: u8 = b'R';
/// Bytes of a message: more than the counts of ten million limits.
const LONGEST: u32 = 1 << 30;
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

/// Begins: says which form is spoken.
pub(super) fn send_form(mut stream: &UnixStream) -> io::Result<()> {
    stream.write_all(&FORM)
}

/// Holds the other's form against this one's.
pub(super) fn receive_form(mut stream: &UnixStream) -> io::Result<()> {
    let mut form = [0; FORM.len()];
    stream.read_exact(&mut form)?;
    if form == FORM {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::Unsupported, "it hands over in another way than this version takes over"))
}

/// Sends a message.
pub(super) fn send_message(mut stream: &UnixStream, message: &impl Serialize) -> io::Result<()> {
    let body = serde_json::to_vec(message)?;
    let length = u32::try_from(body.len()).ok().filter(|length| *length <= LONGEST);
    stream.write_all(&length.ok_or(io::ErrorKind::InvalidData)?.to_le_bytes())?;
    stream.write_all(&body)
}

/// The next message.
pub(super) fn receive_message<T: DeserializeOwned>(mut stream: &UnixStream) -> io::Result<T> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > LONGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    stream.read_exact(&mut body)?;
    Ok(serde_json::from_slice(&body)?)
}

/// Says how far this process is.
pub(super) fn tell(mut stream: &UnixStream, byte: u8) -> io::Result<()> {
    stream.write_all(&[byte])
}

/// Waits for the other to be so far.
pub(super) fn hear(mut stream: &UnixStream, byte: u8) -> io::Result<()> {
    let mut said = [0];
    stream.read_exact(&mut said)?;
    if said[0] == byte { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
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
