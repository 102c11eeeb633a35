//! What a node knows of itself, for `/metrics`.

use keyward_model::team::TeamId;

/// What is under way on a node, and what it uses.
pub trait NodeView: Send + Sync + 'static {
    /// As it is now.
    fn figures(&self) -> NodeFigures;
}

/// What is under way on a node, and what it uses.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeFigures {
    /// Connections of callers.
    pub connections: u64,
    /// Calls under way.
    pub calls: u64,
    /// Upstreams in use.
    pub upstreams: Vec<UpstreamFigures>,
    /// What became of traces; none where nothing is traced.
    pub traces: Option<ExportFigures>,
    /// What became of lines of the log on their way to a collector; none where they are not sent.
    pub logs: Option<ExportFigures>,
    /// The certificates in front.
    pub certificates: Vec<CertificateFigures>,
    /// The process; none where the system does not say.
    pub process: Option<ProcessFigures>,
}

/// What became since the start of what was to be sent to a collector: traced calls, or lines of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExportFigures {
    /// What the collector took.
    pub exported: u64,
    /// What gave way: there was no more room for it, or the collector did not take it.
    pub dropped: u64,
    /// Of what it took, spans or lines that it refused by themselves.
    pub rejected: u64,
}

/// How a certificate in front stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFigures {
    /// Its file.
    pub file: String,
    /// When it ends; none for the authorities of client certificates.
    pub not_after: Option<keyward_model::Timestamp>,
    /// Whether its files, as they are now, cannot be taken over.
    pub stale: bool,
}

/// How an upstream fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamFigures {
    /// Whose it is.
    pub team: TeamId,
    /// Its name.
    pub name: String,
    /// Targets that get calls.
    pub usable: u64,
    /// Targets there are.
    pub targets: u64,
}

/// What a process uses.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ProcessFigures {
    /// CPU time.
    pub cpu_seconds: f64,
    /// Memory that is resident.
    pub resident_bytes: u64,
    /// File descriptors that are open.
    pub open_fds: u64,
    /// Threads.
    pub threads: u64,
}
