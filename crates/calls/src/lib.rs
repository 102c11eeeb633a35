//! Call records: bounded queue, writer, queries, retention.
