//! Call records: bounded queue, writer, retention. Nothing here makes the path of a call wait.
//!
//! A worker pushes into its own [`Recorder`]; the [`Writer`] empties all recorders every 50 ms, hands each record
//! to whoever follows along ([`CallLog::subscribe`]), and writes them in batches. When records come faster than they
//! can be written, the oldest *detail* is dropped and counted, and the *count* of calls per token stays exact.

mod log;
mod recorder;
mod retention;
mod sink;
mod store_sink;
mod uses;
mod writer;

pub use log::{CallLog, CallStats};
pub use recorder::Recorder;
pub use retention::delete_outdated;
pub use sink::{Sink, WriteError};
pub use store_sink::StoreSink;
pub use writer::{Pace, Writer};
