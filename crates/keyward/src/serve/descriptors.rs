//! How many sockets and files this process may have open at a time.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit to the hard one. Every connection takes a descriptor on each side, and the usual soft limit of
/// 1024 is meant for programs that call `select`.
pub(crate) fn raise() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::warn!(%error, soft = ?limit.current, "the limit of open files stays as it is");
    }
}
