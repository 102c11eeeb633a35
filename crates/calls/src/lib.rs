//! Call records and security events: bounded lanes, writer, retention. Nothing here makes the path of a call wait.
//!
//! A worker pushes into its own [`Recorder`]; the [`Writer`] empties all recorders every 50 ms, hands each record
//! to whoever follows along ([`CallLog::subscribe`]), and writes them in batches. When records come faster than they
//! can be written, the newest *detail* gives way and is counted, and every *count* stays exact.

mod analytics;
mod batch;
mod call;
mod calls;
mod captures;
mod columns;
mod files;
mod frame;
mod geo;
pub mod histogram;
mod journal;
mod lane;
mod log;
mod minute;
mod programs;
mod query;
mod recorder;
mod retention;
mod rollup;
mod rows;
mod schema;
mod security;
mod segment;
mod sink;
mod step;
mod store_sink;
mod tally;
mod totals;
mod uses;
mod writer;

pub use analytics::{
    Analytics, AnalyticsError, AnalyticsFilter, AnalyticsQuery, Before, Bucket, BucketState, Counts, Dimension,
    Figures, Line, Series,
};
pub use batch::Batch;
pub use call::Call;
pub use calls::{Calls, CallsError, CallsPlace};
pub use captures::{
    CaptureError, Captures, CapturesFound, CapturesStatus, Lease, Pending, delete_outdated_captures, survey_captures,
};
pub use files::{CallFiles, FilesError, FilesStatus, Kept, Retained};
pub use geo::{Geo, GeoDatabase, GeoStatus, Location};
pub use log::{CallLog, CallStats};
pub use programs::Program;
pub use query::export::{ExportError, ExportFormat};
pub use recorder::Recorder;
pub use retention::{Most, delete_outdated};
pub use security::{SecurityFilter, SecurityListError, SecurityLog, Sighting};
pub use sink::{Sink, WriteError};
pub use step::{Step, StepError};
pub use totals::{ApiTotals, CallTotals};
pub use writer::{Pace, Writer};
