//! The tables that are read as whole rows and that a backup holds.

use keyward_model::resource::Kind;

use crate::row::Type::{Bytes, Int, Text};
use crate::row::{Column, Table};

const RESOURCE: &[Column] = &[
    Column("id", Text),
    Column("team_id", Text),
    Column("name", Text),
    Column("version", Int),
    Column("created_at", Int),
    Column("updated_at", Int),
    Column("source", Text),
    Column("spec", Text),
];

const fn resource(name: &'static str, kind: Kind) -> Table {
    Table { name, columns: RESOURCE, key: 1, sealed: true, noun: name, kind: Some(kind) }
}

static TEAM: Table = resource("team", Kind::Team);
static APP: Table = resource("app", Kind::App);
static SECRET: Table = resource("secret", Kind::Secret);
static CONNECTION: Table = resource("connection", Kind::Connection);
static UPSTREAM: Table = resource("upstream", Kind::Upstream);
static API: Table = resource("api", Kind::Api);
static SUBSCRIPTION: Table = resource("subscription", Kind::Subscription);
static POLICY: Table = resource("policy", Kind::Policy);

pub(crate) static TOKEN: Table = Table {
    name: "token",
    columns: &[
        Column("id", Text),
        Column("team_id", Text),
        Column("app_id", Text),
        Column("version", Int),
        Column("state", Text),
        Column("has_successor", Int),
        Column("not_before", Int),
        Column("expires_at", Int),
        Column("created_at", Int),
        Column("search", Text),
        Column("doc", Text),
        Column("hash_kind", Text),
        Column("hash_key_version", Int),
        Column("hash_digest", Bytes),
        Column("hash_key_prefix", Text),
        Column("hash_key_secret", Text),
    ],
    key: 1,
    sealed: true,
    noun: "token",
    kind: Some(Kind::Token),
};

pub(crate) static TOKEN_TERM: Table = Table {
    name: "token_term",
    columns: &[Column("token_id", Text), Column("kind", Text), Column("word", Text), Column("value", Text)],
    key: 3,
    sealed: false,
    noun: "search word of token",
    kind: None,
};

pub(crate) static TOKEN_USE: Table = Table {
    name: "token_use",
    columns: &[Column("token_id", Text), Column("at", Int), Column("address", Text), Column("calls", Int)],
    key: 1,
    sealed: false,
    noun: "last use of token",
    kind: None,
};

pub(crate) static SECRET_VALUE: Table = Table {
    name: "secret_value",
    columns: &[Column("secret_id", Text), Column("team_id", Text), Column("key_version", Int), Column("sealed", Bytes)],
    key: 1,
    sealed: true,
    noun: "value of secret",
    kind: Some(Kind::Secret),
};

pub(crate) static RING_KEY: Table = Table {
    name: "ring_key",
    columns: &[
        Column("purpose", Text),
        Column("version", Int),
        Column("created_at", Int),
        Column("sealed", Bytes),
        Column("digest", Bytes),
    ],
    key: 2,
    sealed: false,
    noun: "key",
    kind: Some(Kind::Key),
};

pub(crate) static AUDIT_EVENT: Table = Table {
    name: "audit_event",
    columns: &[
        Column("team_id", Text),
        Column("sequence", Int),
        Column("at", Int),
        Column("action", Text),
        Column("kind", Text),
        Column("target", Text),
        Column("actor", Text),
        Column("doc", Text),
        Column("previous", Text),
        Column("hash", Text),
    ],
    key: 2,
    sealed: false,
    noun: "audit event",
    kind: None,
};

pub(crate) static AUDIT_HEAD: Table = Table {
    name: "audit_head",
    columns: &[Column("team_id", Text), Column("sequence", Int), Column("hash", Text)],
    key: 1,
    sealed: true,
    noun: "end of the audit trail of",
    kind: None,
};

pub(crate) static QUOTA_USE: Table = Table {
    name: "quota_use",
    columns: &[
        Column("subject", Text),
        Column("period", Text),
        Column("unit", Text),
        Column("period_start", Int),
        Column("used", Int),
    ],
    key: 4,
    sealed: false,
    noun: "quota use",
    kind: None,
};

pub(crate) static IDEMPOTENCY: Table = Table {
    name: "idempotency",
    columns: &[
        Column("team_id", Text),
        Column("idempotency_key", Text),
        Column("fingerprint", Text),
        Column("status", Int),
        Column("body", Text),
        Column("created_at", Int),
    ],
    key: 2,
    sealed: false,
    noun: "idempotency key",
    kind: None,
};

pub(crate) static USER: Table = Table {
    name: "user",
    columns: &[
        Column("id", Text),
        Column("email", Text),
        Column("name", Text),
        Column("operator", Int),
        Column("suspended", Int),
        Column("version", Int),
        Column("created_at", Int),
        Column("updated_at", Int),
    ],
    key: 1,
    sealed: true,
    noun: "user",
    kind: Some(Kind::User),
};

pub(crate) static CREDENTIAL: Table = Table {
    name: "credential",
    columns: &[
        Column("id", Text),
        Column("user_id", Text),
        Column("kind", Text),
        Column("lookup", Text),
        Column("created_at", Int),
        Column("used_at", Int),
        Column("label", Text),
        Column("key_version", Int),
        Column("sealed", Bytes),
    ],
    key: 1,
    sealed: true,
    noun: "credential",
    kind: Some(Kind::User),
};

pub(crate) static MEMBERSHIP: Table = Table {
    name: "membership",
    columns: &[
        Column("user_id", Text),
        Column("team_id", Text),
        Column("role", Text),
        Column("apps", Text),
        Column("version", Int),
        Column("created_at", Int),
        Column("updated_at", Int),
    ],
    key: 2,
    sealed: true,
    noun: "membership",
    kind: Some(Kind::Membership),
};

pub(crate) static INVITATION: Table = Table {
    name: "invitation",
    columns: &[
        Column("id", Text),
        Column("team_id", Text),
        Column("digest", Text),
        Column("expires_at", Int),
        Column("doc", Text),
    ],
    key: 1,
    sealed: true,
    noun: "invitation",
    kind: Some(Kind::Invitation),
};

pub(crate) static SESSION: Table = Table {
    name: "session",
    columns: &[
        Column("digest", Text),
        Column("id", Text),
        Column("user_id", Text),
        Column("seen_at", Int),
        Column("expires_at", Int),
        Column("doc", Text),
    ],
    key: 1,
    sealed: true,
    noun: "session",
    kind: None,
};

pub(crate) static CEREMONY: Table = Table {
    name: "ceremony",
    columns: &[
        Column("digest", Text),
        Column("kind", Text),
        Column("user_id", Text),
        Column("expires_at", Int),
        Column("key_version", Int),
        Column("sealed", Bytes),
    ],
    key: 1,
    sealed: true,
    noun: "ceremony",
    kind: None,
};

/// What a backup holds, parents before those who name them. The change feed, the nodes, and who is signed in
/// are of the moment.
pub(crate) static BACKED_UP: [&Table; 22] = [
    &TEAM,
    &APP,
    &SECRET,
    &CONNECTION,
    &UPSTREAM,
    &API,
    &SUBSCRIPTION,
    &POLICY,
    &SECRET_VALUE,
    &TOKEN,
    &TOKEN_TERM,
    &TOKEN_USE,
    &RING_KEY,
    &AUDIT_EVENT,
    &AUDIT_HEAD,
    &QUOTA_USE,
    &IDEMPOTENCY,
    &USER,
    &CREDENTIAL,
    &MEMBERSHIP,
    &INVITATION,
    &AUDIT_TOTAL,
];

/// The one row of the installation, as far as it belongs to the audit trails.
pub(crate) static AUDIT_TOTAL: Table = Table {
    name: "revision",
    columns: &[Column("id", Int), Column("audit_events", Int), Column("audit_seal", Bytes)],
    key: 1,
    sealed: false,
    noun: "count of audit events",
    kind: None,
};

/// The table of a kind of resource.
pub(crate) fn of(kind: Kind) -> &'static Table {
    match kind {
        Kind::Team => &TEAM,
        Kind::App => &APP,
        Kind::Api => &API,
        Kind::Upstream => &UPSTREAM,
        Kind::Connection => &CONNECTION,
        Kind::Secret => &SECRET,
        Kind::Subscription => &SUBSCRIPTION,
        Kind::Policy => &POLICY,
        Kind::Token => &TOKEN,
        Kind::Key => &RING_KEY,
        Kind::User => &USER,
        Kind::Membership => &MEMBERSHIP,
        Kind::Invitation => &INVITATION,
    }
}
