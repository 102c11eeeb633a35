//! One worker's end of the log: takes calls without waiting for anybody.

use std::net::IpAddr;
use std::sync::Arc;

use keyward_model::Timestamp;
use keyward_model::token::TokenId;

use crate::call::Call;
use crate::lane::Lane;
use crate::programs::Programs;

/// Takes one worker's calls. Never waits, and makes nothing on the heap while the writer keeps up; when it falls
/// behind, the newest detail gives way and the call is counted all the same.
pub struct Recorder {
    lane: Arc<Lane>,
    programs: Arc<Programs>,
}

impl Recorder {
    pub(crate) fn new(lane: Arc<Lane>, programs: Arc<Programs>) -> Self {
        Self { lane, programs }
    }

    /// Notes which program calls with a token. Takes a lock: for tokens that are rotated out alone, which are few.
    pub fn note_program(&self, token: TokenId, address: IpAddr, name: &str, at: Timestamp) {
        self.programs.note(token, address, name, at);
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
