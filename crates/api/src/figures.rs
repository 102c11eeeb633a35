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
    pub traces: Option<TraceFigures>,
    /// The process; none where the system does not say.
    pub process: Option<ProcessFigures>,
}

/// What became of the traced calls since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TraceFigures {
    /// Calls whose spans the collector took.
    pub exported: u64,
    /// Calls whose spans gave way: there was no more room for them, or the collector did not take them.
    pub dropped: u64,
    /// Spans that the collector took note of and refused.
    pub rejected_spans: u64,
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
