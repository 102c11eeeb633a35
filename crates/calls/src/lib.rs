//! Call records: bounded lanes, writer, retention. Nothing here makes the path of a call wait.
//!
//! A worker pushes into its own [`Recorder`]; the [`Writer`] empties all recorders every 50 ms, hands each record
//! to whoever follows along ([`CallLog::subscribe`]), and writes them in batches. When records come faster than they
//! can be written, the newest *detail* gives way and is counted, and every *count* stays exact.

mod call;
mod frame;
pub mod histogram;
mod lane;
mod log;
mod minute;
mod recorder;
mod retention;
mod sink;
mod store_sink;
mod tally;
mod uses;
mod writer;

pub use call::Call;
pub use log::{CallLog, CallStats};
pub use recorder::Recorder;
pub use retention::delete_outdated;
pub use sink::{Sink, WriteError};
pub use store_sink::StoreSink;
pub use writer::{Pace, Writer};
