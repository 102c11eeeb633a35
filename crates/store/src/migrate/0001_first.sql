-- One row: the state of the installation as a whole.
-- value: the revision of the last transaction. floor: changes up to this revision are no longer told one by one.
-- audit_events: how many events all trails hold together, sealed, so that no trail disappears as a whole.
CREATE TABLE revision (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    value INTEGER NOT NULL,
    floor INTEGER NOT NULL,
    audit_events INTEGER NOT NULL,
    audit_seal BLOB
);

INSERT INTO revision (id, value, floor, audit_events) VALUES (1, 0, 0, 0);

-- The change feed.
CREATE TABLE change (
    revision INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    at INTEGER NOT NULL,
    team_id TEXT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (revision, ordinal)
);

CREATE INDEX change_at ON change (at);

CREATE TABLE team (
    id TEXT NOT NULL PRIMARY KEY,
    team_id TEXT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    source TEXT,
    spec TEXT NOT NULL,
    seal BLOB NOT NULL
);

CREATE TABLE app (
    id TEXT NOT NULL PRIMARY KEY,
    team_id TEXT NOT NULL REFERENCES team (id),
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    source TEXT,
    spec TEXT NOT NULL,
    seal BLOB NOT NULL,
    UNIQUE (team_id, name)
);

CREATE TABLE secret (
    id TEXT NOT NULL PRIMARY KEY,
    team_id TEXT NOT NULL REFERENCES team (id),
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    source TEXT,
    spec TEXT NOT NULL,
    seal BLOB NOT NULL,
    UNIQUE (team_id, name)
);

CREATE TABLE connection (
    id TEXT NOT NULL PRIMARY KEY,
    team_id TEXT NOT NULL REFERENCES team (id),
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    source TEXT,
    spec TEXT NOT NULL,
    seal BLOB NOT NULL,
    UNIQUE (team_id, name)
);

CREATE TABLE upstream (
    id TEXT NOT NULL PRIMARY KEY,
    team_id TEXT NOT NULL REFERENCES team (id),
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    source TEXT,
    spec TEXT NOT NULL,
    seal BLOB NOT NULL,
    UNIQUE (team_id, name)
);

CREATE TABLE api (
    id TEXT NOT NULL PRIMARY KEY,
    team_id TEXT NOT NULL REFERENCES team (id),
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    source TEXT,
    spec TEXT NOT NULL,
    seal BLOB NOT NULL,
    UNIQUE (team_id, name)
);

CREATE TABLE subscription (
    id TEXT NOT NULL PRIMARY KEY,
    team_id TEXT NOT NULL REFERENCES team (id),
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    source TEXT,
    spec TEXT NOT NULL,
    seal BLOB NOT NULL,
    UNIQUE (team_id, name)
);

CREATE TABLE policy (
    id TEXT NOT NULL PRIMARY KEY,
    team_id TEXT NOT NULL REFERENCES team (id),
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    source TEXT,
    spec TEXT NOT NULL,
    seal BLOB NOT NULL,
    UNIQUE (team_id, name)
);

-- The sealed value of a secret.
CREATE TABLE secret_value (
    secret_id TEXT NOT NULL PRIMARY KEY REFERENCES secret (id) ON DELETE CASCADE,
    team_id TEXT NOT NULL REFERENCES team (id),
    key_version INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    seal BLOB NOT NULL
);

-- What decides about a token stands in doc; the columns before it are for finding.
CREATE TABLE token (
    id TEXT NOT NULL PRIMARY KEY,
    team_id TEXT NOT NULL REFERENCES team (id),
    app_id TEXT NOT NULL REFERENCES app (id),
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    has_successor INTEGER NOT NULL,
    not_before INTEGER,
    expires_at INTEGER,
    created_at INTEGER NOT NULL,
    search TEXT NOT NULL,
    doc TEXT NOT NULL,
    hash_kind TEXT NOT NULL,
    hash_key_version INTEGER NOT NULL,
    hash_digest BLOB NOT NULL,
    hash_key_prefix TEXT,
    hash_key_secret TEXT,
    seal BLOB NOT NULL
);

CREATE INDEX token_team ON token (team_id, created_at, id);

CREATE INDEX token_app ON token (app_id);

-- Words a token is found by: its labels, and the apis it is held to.
CREATE TABLE token_term (
    token_id TEXT NOT NULL REFERENCES token (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    word TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (token_id, kind, word)
);

CREATE INDEX token_term_word ON token_term (kind, word, value);

CREATE TABLE token_use (
    token_id TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    address TEXT NOT NULL,
    calls INTEGER NOT NULL
);

-- The key ring, sealed under the master key.
CREATE TABLE ring_key (
    purpose TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (purpose, version)
);

-- The audit trails. What happened stands in doc; previous and hash chain the events of a team.
CREATE TABLE audit_event (
    team_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    at INTEGER NOT NULL,
    action TEXT NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    actor_token TEXT,
    doc TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (team_id, sequence)
);

CREATE INDEX audit_event_target ON audit_event (team_id, target, sequence);

-- Where each trail ends.
CREATE TABLE audit_head (
    team_id TEXT NOT NULL PRIMARY KEY,
    sequence INTEGER NOT NULL,
    hash TEXT NOT NULL,
    seal BLOB NOT NULL
);

CREATE TABLE quota_use (
    subject TEXT NOT NULL,
    period TEXT NOT NULL,
    unit TEXT NOT NULL,
    period_start INTEGER NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (subject, period, unit, period_start)
);

CREATE INDEX quota_use_start ON quota_use (period_start);

CREATE TABLE idempotency (
    team_id TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (team_id, idempotency_key)
);

CREATE TABLE node (
    node TEXT NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
);
