//! The node: what is under way, how it keeps up, what it uses.

use super::PATIENCE;
use super::calls::number;
use super::text::{Kind, Text};
use crate::ApiState;

pub(super) async fn write(state: &ApiState, text: &mut Text) {
    let (figures, readiness) = (state.figures.figures(), (state.ready)());
    text.family("keyward_build_info", Kind::Gauge, "Always 1; the labels say which version runs.");
    text.sample("keyward_build_info", &[("version", env!("CARGO_PKG_VERSION")), ("node", &state.node)], 1.0);
    text.single(
        "keyward_connections",
        Kind::Gauge,
        "Connections of callers to the gateway.",
        number(figures.connections),
    );
    text.single("keyward_calls_in_flight", Kind::Gauge, "Calls under way.", number(figures.calls));
    upstreams(&figures, text);
    certificates(&figures, text);
    traces(&figures, text);
    logs(&figures, text);

    security(state, text);
    let stats = state.log.stats();
    text.single("keyward_call_records_total", Kind::Counter, "Calls handed to the writer.", number(stats.recorded));
    let help = "Records whose details gave way; they are counted all the same.";
    text.single("keyward_call_records_dropped_total", Kind::Counter, help, number(stats.dropped));
    let help = "Records written with their details.";
    text.single("keyward_call_records_written_total", Kind::Counter, help, number(stats.written));
    let help = "Whether records are written: 0 while they wait in memory.";
    text.single("keyward_call_records_writing", Kind::Gauge, help, f64::from(u8::from(readiness.recording)));
    captures(&state.captures.status().await, text);
    if let Some(files) = state.calls.status() {
        let help = "Bytes of the files of calls.";
        text.family("keyward_call_files_bytes", Kind::Gauge, help);
        text.sample("keyward_call_files_bytes", &[("layer", "details")], number(files.call_bytes));
        text.sample("keyward_call_files_bytes", &[("layer", "rollups")], number(files.rollup_bytes));
        text.single("keyward_call_files", Kind::Gauge, "Files of calls.", number(files.files));
        text.single("keyward_call_details", Kind::Gauge, "Calls whose details are kept.", number(files.calls));
    }

    let applied = *state.follower.applied().borrow();
    let newest = tokio::time::timeout(PATIENCE, state.store.revision()).await.ok().and_then(Result::ok);
    text.single("keyward_store_up", Kind::Gauge, "Whether the store answers.", f64::from(u8::from(newest.is_some())));
    let following = state.follower.healthy();
    text.single(
        "keyward_following",
        Kind::Gauge,
        "Whether the last look at the change feed succeeded.",
        f64::from(u8::from(following)),
    );
    text.single("keyward_revision_applied", Kind::Gauge, "The revision this node acts on.", number(applied));
    if let Some(newest) = newest {
        text.single("keyward_revision", Kind::Gauge, "The newest revision of the store.", number(newest));
        let lag = newest.saturating_sub(applied);
        text.single("keyward_revision_lag", Kind::Gauge, "Revisions this node has not applied yet.", number(lag));
    }
    let tokens = u64::try_from(state.live.len()).unwrap_or(u64::MAX);
    text.single("keyward_tokens", Kind::Gauge, "Tokens held for verifying.", number(tokens));
    let ready = f64::from(u8::from(readiness.ready));
    text.single("keyward_ready", Kind::Gauge, "Whether the node wants requests.", ready);
    process(&figures, text);
}

/// Every kind is there from the start, so that the first of its events is a step and not a beginning.
fn security(state: &ApiState, text: &mut Text) {
    let name = "keyward_security_events_total";
    text.family(name, Kind::Counter, "What callers sent that was refused for its form, by kind; calls among it.");
    for (kind, events) in state.security.counts() {
        text.sample(name, &[("kind", kind.as_str())], number(events));
    }
    let help = "Security events that are counted and not kept, for want of room.";
    text.single("keyward_security_events_dropped_total", Kind::Counter, help, number(state.security.dropped()));
}

fn certificates(figures: &crate::NodeFigures, text: &mut Text) {
    if figures.certificates.is_empty() {
        return;
    }
    let name = "keyward_certificate_not_after_timestamp_seconds";
    text.family(name, Kind::Gauge, "When a certificate in front ends, in seconds since 1970.");
    for certificate in &figures.certificates {
        if let Some(end) = certificate.not_after.and_then(|end| u64::try_from(end.as_seconds()).ok()) {
            text.sample(name, &[("file", &certificate.file)], number(end));
        }
    }
    let name = "keyward_certificate_stale";
    text.family(
        name,
        Kind::Gauge,
        "Whether files in front cannot be taken over as they are: 1 while older ones serve.",
    );
    for certificate in &figures.certificates {
        text.sample(name, &[("file", &certificate.file)], f64::from(u8::from(certificate.stale)));
    }
}

fn captures(captures: &keyward_calls::CapturesStatus, text: &mut Text) {
    let help = "Calls whose heads or bodies were captured and written.";
    text.single("keyward_captures_total", Kind::Counter, help, number(captures.captured));
    let help = "Captures that gave way: no more room in memory, or files that cannot be written.";
    text.single("keyward_captures_dropped_total", Kind::Counter, help, number(captures.dropped));
    let help = "Bytes of captures in memory, under way or waiting to be written.";
    text.single("keyward_captures_held_bytes", Kind::Gauge, help, number(captures.held_bytes));
    text.single("keyward_captures_kept", Kind::Gauge, "Captures that are kept.", number(captures.kept));
    text.single(
        "keyward_capture_files_bytes",
        Kind::Gauge,
        "Bytes of the files of captures.",
        number(captures.file_bytes),
    );
}

fn traces(figures: &crate::NodeFigures, text: &mut Text) {
    let families = [
        ("keyward_traced_calls_exported_total", "Traced calls whose spans the collector took."),
        (
            "keyward_traced_calls_dropped_total",
            "Traced calls whose spans gave way: no more room, or a collector that does not take them.",
        ),
        ("keyward_traced_spans_rejected_total", "Spans that the collector refused by themselves."),
    ];
    exports(figures.traces, families, text);
}

fn logs(figures: &crate::NodeFigures, text: &mut Text) {
    let families = [
        ("keyward_log_lines_exported_total", "Lines of the log that the collector took."),
        (
            "keyward_log_lines_dropped_total",
            "Lines of the log that gave way: no more room, or a collector that does not take them.",
        ),
        ("keyward_log_lines_rejected_total", "Lines of the log that the collector refused by themselves."),
    ];
    exports(figures.logs, families, text);
}

/// What became of what was to be sent to a collector: taken, given way, refused.
fn exports(figures: Option<crate::ExportFigures>, families: [(&str, &str); 3], text: &mut Text) {
    let Some(crate::ExportFigures { exported, dropped, rejected }) = figures else { return };
    for ((name, help), count) in families.into_iter().zip([exported, dropped, rejected]) {
        text.single(name, Kind::Counter, help, number(count));
    }
}

fn upstreams(figures: &crate::NodeFigures, text: &mut Text) {
    let name = "keyward_upstream_targets";
    text.family(name, Kind::Gauge, "Targets of upstreams in use: those that get calls, and those that are left out.");
    for upstream in &figures.upstreams {
        let team = upstream.team.to_string();
        let labels = |state| [("team_id", team.as_str()), ("upstream", upstream.name.as_str()), ("state", state)];
        text.sample(name, &labels("usable"), number(upstream.usable));
        text.sample(name, &labels("out"), number(upstream.targets.saturating_sub(upstream.usable)));
    }
}

/// Under the names that Prometheus's own clients use.
fn process(figures: &crate::NodeFigures, text: &mut Text) {
    let Some(process) = &figures.process else { return };
    for (name, kind, help, value) in [
        ("process_cpu_seconds_total", Kind::Counter, "CPU time spent, in seconds.", process.cpu_seconds),
        ("process_resident_memory_bytes", Kind::Gauge, "Resident memory, in bytes.", number(process.resident_bytes)),
        ("process_open_fds", Kind::Gauge, "Open file descriptors.", number(process.open_fds)),
        ("process_threads", Kind::Gauge, "Threads.", number(process.threads)),
    ] {
        text.single(name, kind, help, value);
    }
}
