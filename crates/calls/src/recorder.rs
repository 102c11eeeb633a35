//! One worker's end of the log: takes calls without waiting for anybody.

use std::sync::Arc;

use crate::call::Call;
use crate::lane::Lane;

/// Takes one worker's calls. Never waits, and makes nothing on the heap while the writer keeps up; when it falls
/// behind, the newest detail gives way and the call is counted all the same.
pub struct Recorder {
    lane: Arc<Lane>,
}

impl Recorder {
    pub(crate) fn new(lane: Arc<Lane>) -> Self {
        Self { lane }
    }

    /// Takes down a call that is over.
    pub fn push(&self, call: &Call<'_>) {
        self.lane.push(call);
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder").field("recorded", &self.lane.recorded()).finish_non_exhaustive()
    }
}
