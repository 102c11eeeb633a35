//! Why a head is refused.

/// A head that is refused, in one sentence for whoever sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Fault {
    /// What kind of fault it is, which decides the status of the answer.
    pub kind: FaultKind,
    /// One sentence, without anything of what was sent.
    pub detail: &'static str,
}

/// Kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// It is not HTTP, or can be read in two ways.
    Malformed,
    /// The target holds bytes that it must not.
    Target,
    /// The target is longer than is taken.
    TargetTooLong,
    /// The head is larger, or has more fields, than is taken.
    TooLarge,
    /// It expects what nobody here can do (RFC 9110 section 10.1.1).
    Expectation,
}

impl Fault {
    /// A fault of the most common kind.
    pub(crate) const fn malformed(detail: &'static str) -> Self {
        Self { kind: FaultKind::Malformed, detail }
    }

    pub(crate) const fn too_large(detail: &'static str) -> Self {
        Self { kind: FaultKind::TooLarge, detail }
    }
}
