//! The table of all settings.

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Its name in `keyward.toml`, with its section.
    pub key: &'static str,
    /// The variable that sets it.
    pub variable: &'static str,
    /// The flag that sets it, where there is one.
    pub flag: Option<&'static str>,
    /// Its value when nothing else is said; none where it follows from another setting.
    pub default: Option<&'static str>,
    /// What it does.
    pub help: &'static str,
}

const fn setting(
    key: &'static str,
    variable: &'static str,
    flag: Option<&'static str>,
    default: Option<&'static str>,
    help: &'static str,
) -> Setting {
    Setting { key, variable, flag, default, help }
}

/// Every setting.
pub const SETTINGS: &[Setting] = &[
    setting(
        "data_dir",
        "KEYWARD_DATA_DIR",
        Some("--data-dir"),
        Some("data"),
        "Directory of the databases, the master key and the operator token. Made with mode 0700.",
    ),
    setting(
        "node",
        "KEYWARD_NODE",
        None,
        None,
        "What this node calls itself in receipts of revocation; the machine's name unless set. Two nodes must not share one.",
    ),
    setting(
        "master_key_file",
        "KEYWARD_MASTER_KEY_FILE",
        Some("--master-key-file"),
        None,
        "The master key's file, mode 0600; `master.key` in the data directory unless set. Made on first start.",
    ),
    setting(
        "store.url",
        "KEYWARD_STORE_URL",
        None,
        None,
        "The store: `sqlite:///path/keyward.db` or `postgres://user@host/name`; a SQLite file in the data directory \
         unless set. May hold a password, so there is no flag.",
    ),
    setting(
        "store.calls_url",
        "KEYWARD_STORE_CALLS_URL",
        None,
        None,
        "The call records' database; a SQLite file of its own in the data directory unless set.",
    ),
    setting(
        "calls.retention_days",
        "KEYWARD_CALLS_RETENTION_DAYS",
        None,
        None,
        "Days that call records are kept at most, 1 to 3650, whatever a team asks for; as long as each team asks for \
         unless set. Counts stay for longer.",
    ),
    setting(
        "calls.retention_bytes",
        "KEYWARD_CALLS_RETENTION_BYTES",
        None,
        None,
        "Bytes that the files of call records may have, from 1048576; the oldest go first, looked at every hour. As many \
         as there are unless set. Of no use where calls are kept in a database.",
    ),
    setting(
        "calls.capture_bytes",
        "KEYWARD_CALLS_CAPTURE_BYTES",
        None,
        Some("1073741824"),
        "Bytes that the files of captures may have, from 1048576; the oldest go first, at once. They are in `captures` in \
         the data directory, also where calls are kept in a database, and beside what `calls.retention_bytes` bounds.",
    ),
    setting(
        "calls.geo",
        "KEYWARD_CALLS_GEO",
        None,
        None,
        "Databases in MaxMind's format that say where addresses are, one of countries or cities and one of networks \
         (ASN): a list in the file, `country.mmdb,asn.mmdb` in the variable. Read again when they change. None unless \
         set; the country of every call is unknown then.",
    ),
    setting(
        "gateway.listen",
        "KEYWARD_GATEWAY_LISTEN",
        Some("--gateway-listen"),
        Some("127.0.0.1:8080"),
        "Where the gateway listens for calls.",
    ),
    setting(
        "gateway.tls.listen",
        "KEYWARD_GATEWAY_TLS_LISTEN",
        Some("--gateway-tls-listen"),
        None,
        "Where the gateway listens for calls over TLS, beside `gateway.listen`; nowhere unless set.",
    ),
    setting(
        "gateway.tls.certificate",
        "KEYWARD_GATEWAY_TLS_CERT",
        None,
        None,
        "PEM file: the certificate shown where no other fits, first its own, then those between it and the root. \
         Read again when it changes.",
    ),
    setting(
        "gateway.tls.key",
        "KEYWARD_GATEWAY_TLS_KEY",
        None,
        None,
        "PEM file: the private key of `gateway.tls.certificate`, without a passphrase. Read again when it changes.",
    ),
    setting(
        "gateway.tls.certificates",
        "KEYWARD_GATEWAY_TLS_CERTIFICATES",
        None,
        None,
        "Further certificates, chosen by the name that a client asks for: a list of \
         `{ certificate = \"a.pem\", key = \"a.key\" }` in the file, `a.pem:a.key,b.pem:b.key` in the variable.",
    ),
    setting(
        "gateway.tls.client_auth",
        "KEYWARD_GATEWAY_TLS_CLIENT_AUTH",
        None,
        Some("off"),
        "Whether clients are asked for a certificate: off, optional or required. One that does not verify is refused.",
    ),
    setting(
        "gateway.tls.client_ca",
        "KEYWARD_GATEWAY_TLS_CLIENT_CA",
        None,
        None,
        "PEM file: the authorities whose client certificates are accepted. Read again when it changes.",
    ),
    setting(
        "gateway.tls.min_version",
        "KEYWARD_GATEWAY_TLS_MIN_VERSION",
        None,
        Some("1.2"),
        "The oldest version of TLS that is spoken: 1.2 or 1.3.",
    ),
    setting(
        "gateway.trusted_proxies",
        "KEYWARD_GATEWAY_TRUSTED_PROXIES",
        None,
        None,
        "Addresses and ranges of the proxies that are believed about where a call comes from: a list in the file, \
         `10.0.0.0/8,192.0.2.1` in the variable; none unless set.",
    ),
    setting(
        "gateway.forwarded_header",
        "KEYWARD_GATEWAY_FORWARDED_HEADER",
        None,
        Some("x-forwarded-for"),
        "The header in which trusted proxies say where a call comes from: x-forwarded-for or forwarded.",
    ),
    setting(
        "gateway.proxy_protocol",
        "KEYWARD_GATEWAY_PROXY_PROTOCOL",
        None,
        Some("off"),
        "Whether every connection comes from one of `gateway.trusted_proxies` and begins with the PROXY protocol, \
         version 1 or 2: off or on. Any other is closed.",
    ),
    setting(
        "gateway.workers",
        "KEYWARD_GATEWAY_WORKERS",
        Some("--workers"),
        None,
        "How many workers the gateway has; one for each core unless set.",
    ),
    setting(
        "gateway.max_head_bytes",
        "KEYWARD_GATEWAY_MAX_HEAD_BYTES",
        None,
        Some("32768"),
        "Bytes that the head of a request may have, 1024 to 60000.",
    ),
    setting(
        "gateway.max_uri_bytes",
        "KEYWARD_GATEWAY_MAX_URI_BYTES",
        None,
        None,
        "Bytes that the target of a request may have, 256 to 60000; as many as the head unless set.",
    ),
    setting(
        "gateway.max_headers",
        "KEYWARD_GATEWAY_MAX_HEADERS",
        None,
        Some("100"),
        "Header fields that a request may have, 16 to 1000.",
    ),
    setting(
        "gateway.max_body_bytes",
        "KEYWARD_GATEWAY_MAX_BODY_BYTES",
        None,
        Some("67108864"),
        "Bytes that the body of a request may have. Bodies are streamed, not held.",
    ),
    setting(
        "gateway.head_timeout_seconds",
        "KEYWARD_GATEWAY_HEAD_TIMEOUT_SECONDS",
        None,
        Some("10"),
        "Seconds that the head of a request may take to arrive, 1 to 600.",
    ),
    setting(
        "gateway.body_timeout_seconds",
        "KEYWARD_GATEWAY_BODY_TIMEOUT_SECONDS",
        None,
        Some("30"),
        "Seconds that may pass between two pieces of a request's body, 1 to 3600.",
    ),
    setting(
        "gateway.idle_timeout_seconds",
        "KEYWARD_GATEWAY_IDLE_TIMEOUT_SECONDS",
        None,
        Some("75"),
        "Seconds that a kept-alive connection may stay without a request, 1 to 3600.",
    ),
    setting(
        "gateway.write_timeout_seconds",
        "KEYWARD_GATEWAY_WRITE_TIMEOUT_SECONDS",
        None,
        Some("60"),
        "Seconds that a caller may take none of its answer, 1 to 3600.",
    ),
    setting(
        "gateway.max_connections",
        "KEYWARD_GATEWAY_MAX_CONNECTIONS",
        None,
        Some("20000"),
        "Callers connected to one worker at a time, 1 to 1000000; beyond that, connecting waits.",
    ),
    setting(
        "gateway.max_requests_in_flight",
        "KEYWARD_GATEWAY_MAX_REQUESTS_IN_FLIGHT",
        None,
        Some("20000"),
        "Requests that one worker may have under way, 1 to 1000000; more are refused at once.",
    ),
    setting(
        "gateway.busy_poll_microseconds",
        "KEYWARD_GATEWAY_BUSY_POLL_MICROSECONDS",
        None,
        Some("0"),
        "Microseconds for which a worker stays awake behind a call, looking for the next, 0 to 1000000: calls wait less \
         where waking up takes long, for a core that is busy meanwhile.",
    ),
    setting(
        "gateway.drain_timeout_seconds",
        "KEYWARD_GATEWAY_DRAIN_TIMEOUT_SECONDS",
        None,
        Some("30"),
        "Seconds that calls under way may go on after the signal to stop, 0 to 3600.",
    ),
    setting(
        "gateway.handover_timeout_seconds",
        "KEYWARD_GATEWAY_HANDOVER_TIMEOUT_SECONDS",
        None,
        Some("3600"),
        "Seconds that calls under way may go on after another process has taken over (`keyward serve --take-over`), \
         0 to 604800. A signal to end shortens them to `gateway.drain_timeout_seconds`.",
    ),
    setting(
        "control.listen",
        "KEYWARD_CONTROL_LISTEN",
        Some("--control-listen"),
        Some("127.0.0.1:8081"),
        "Where the control plane listens: the management API, health and the pages about refusals.",
    ),
    setting(
        "control.public_url",
        "KEYWARD_CONTROL_PUBLIC_URL",
        None,
        None,
        "How others reach the control plane; refusals link to their pages there. Made from `control.listen` unless set.",
    ),
    setting(
        "control.metrics_from",
        "KEYWARD_CONTROL_METRICS_FROM",
        None,
        None,
        "Addresses and ranges from which `/metrics` is answered without a token: a list in the file, \
         `10.0.0.0/8,192.0.2.1` in the variable; none unless set, and a token with `keyward:metrics` is needed.",
    ),
    setting(
        "log.level",
        "KEYWARD_LOG_LEVEL",
        Some("--log-level"),
        Some("info"),
        "Which events are logged: error, warn, info, debug or trace, also by module as in `info,keyward_gateway=debug`.",
    ),
    setting(
        "log.format",
        "KEYWARD_LOG_FORMAT",
        Some("--log-format"),
        Some("text"),
        "The form of logs on standard error: text or json.",
    ),
    setting(
        "telemetry.otlp_endpoint",
        "KEYWARD_TELEMETRY_OTLP_ENDPOINT",
        None,
        None,
        "The collector that traces go to by OTLP over HTTP, as in `http://127.0.0.1:4318`; `/v1/traces` is put behind it. \
         Nothing is traced unless set.",
    ),
    setting(
        "telemetry.sample_ratio",
        "KEYWARD_TELEMETRY_SAMPLE_RATIO",
        None,
        Some("1"),
        "The share of traces that are kept of those that begin here, 0 to 1. Where the caller tells of its trace, what it \
         decided holds.",
    ),
    setting(
        "telemetry.headers_file",
        "KEYWARD_TELEMETRY_HEADERS_FILE",
        None,
        None,
        "A file with headers for the collector, such as a credential: `Name: value`, one a line.",
    ),
    setting(
        "telemetry.client_address",
        "KEYWARD_TELEMETRY_CLIENT_ADDRESS",
        None,
        Some("off"),
        "Whether spans say the address that a call came from: off or on.",
    ),
    setting(
        "telemetry.logs",
        "KEYWARD_TELEMETRY_LOGS",
        None,
        Some("off"),
        "Whether the collector gets the lines of the log as well, at `/v1/logs`: off or on.",
    ),
    setting(
        "client.url",
        "KEYWARD_URL",
        Some("--url"),
        Some("http://127.0.0.1:8081"),
        "The control plane that the command line talks to.",
    ),
    setting(
        "client.token_file",
        "KEYWARD_TOKEN_FILE",
        Some("--token-file"),
        None,
        "The file with the token that the command line presents; for a control plane on this machine \
         `operator.token` in the data directory, if it is there, unless set.",
    ),
    setting(
        "client.team",
        "KEYWARD_TEAM",
        Some("--team"),
        None,
        "The team that the command line works on; the token's own unless set.",
    ),
];

/// The settings that are lists in the file.
pub(super) const LISTS: &[&str] =
    &["calls.geo", "gateway.tls.certificates", "gateway.trusted_proxies", "control.metrics_from"];

/// Secrets that may come by a variable and stand in no file of settings: variable and meaning.
pub const SECRETS: &[(&str, &str)] = &[
    ("KEYWARD_MASTER_KEY", "The master key itself, 64 hexadecimal digits or base64, instead of a file."),
    ("KEYWARD_TOKEN", "The token that the command line presents, instead of a file."),
];
