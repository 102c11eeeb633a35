//! A request that is refused before it is one: its head is malformed, too large or late.

use keyward_model::security::SecurityKind;
use keyward_model::{Code, Denial};
use keyward_wire::{FaultKind, Version, proxy};

/// Why a head is refused, and what of it is worth recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The code of the refusal.
    pub(crate) code: Code,
    /// As a security event, where the code does not say it all.
    pub(crate) kind: Option<SecurityKind>,
    /// One sentence for the caller.
    pub(crate) detail: &'static str,
    /// The method, where it could be made out.
    pub(crate) method: String,
    /// The target, where it could be made out.
    pub(crate) target: String,
}

impl Fault {
    /// Refuses `head`, of which the first line is kept as far as it is legible.
    pub(crate) fn new(code: Code, detail: &'static str, head: &[u8]) -> Self {
        let line = head.split(|b| matches!(b, b'\r' | b'\n')).find(|line| !line.is_empty()).unwrap_or_default();
        let line = &line[..line.len().min(2048)];
        let mut words = line.split(|b| *b == b' ').map(String::from_utf8_lossy);
        let method = words.next().filter(|word| keyward_model::connection::is_token(word)).unwrap_or_default();
        let target = words.next().filter(|_| !method.is_empty()).unwrap_or_default();
        let target = target.chars().filter(|c| !c.is_control()).collect();
        Self { code, kind: None, detail, method: method.into_owned(), target }
    }

    /// Refuses `head` for what is wrong with its bytes.
    pub(crate) fn of(fault: keyward_wire::Fault, head: &[u8]) -> Self {
        let code = match fault.kind {
            FaultKind::Malformed | FaultKind::Expectation => Code::RequestInvalid,
            FaultKind::Target => Code::PathInvalid,
            FaultKind::TooLarge => Code::HeadTooLarge,
            FaultKind::TargetTooLong => Code::UriTooLong,
        };
        Self::new(code, fault.detail, head)
    }

    /// The same for the first bytes of a connection that may be no HTTP at all.
    pub(crate) fn of_connection(fault: keyward_wire::Fault, head: &[u8]) -> Self {
        let kind = proxy::begins(head).then_some(SecurityKind::ProxyHeaderUnexpected);
        Self { kind, ..Self::of(fault, head) }
    }

    /// The refusal of a request that came by that version.
    pub(crate) fn denial(&self, version: Version) -> Denial {
        let protocol = if version == Version::Http2 { "HTTP/2" } else { "HTTP/1.1" };
        Denial::new(self.code, protocol, self.detail)
    }
}
