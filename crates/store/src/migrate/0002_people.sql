-- Events are found by whoever acted: a token as before, or a user.
ALTER TABLE audit_event RENAME COLUMN actor_token TO actor;

-- People. "user" is quoted because it is a word of SQL.
CREATE TABLE "user" (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    operator INTEGER NOT NULL,
    suspended INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    seal BLOB NOT NULL
);

-- What people sign in with. sealed: encrypted as a whole, also what is a hash already.
-- lookup: what a passkey is found by, the hash of its credential id.
CREATE TABLE credential (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES "user" (id),
    kind TEXT NOT NULL,
    lookup TEXT UNIQUE,
    created_at INTEGER NOT NULL,
    used_at INTEGER,
    label TEXT NOT NULL,
    key_version INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    seal BLOB NOT NULL
);

CREATE INDEX credential_user ON credential (user_id);

CREATE TABLE membership (
    user_id TEXT NOT NULL REFERENCES "user" (id),
    team_id TEXT NOT NULL REFERENCES team (id),
    role TEXT NOT NULL,
    apps TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    seal BLOB NOT NULL,
    PRIMARY KEY (user_id, team_id)
);

CREATE INDEX membership_team ON membership (team_id);

CREATE TABLE invitation (
    id TEXT NOT NULL PRIMARY KEY,
    team_id TEXT NOT NULL REFERENCES team (id),
    digest TEXT NOT NULL UNIQUE,
    expires_at INTEGER NOT NULL,
    doc TEXT NOT NULL,
    seal BLOB NOT NULL
);

CREATE INDEX invitation_team ON invitation (team_id);

-- Who is signed in, by the hash of what their browser holds.
CREATE TABLE session (
    digest TEXT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES "user" (id),
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    doc TEXT NOT NULL,
    seal BLOB NOT NULL
);

CREATE INDEX session_of_user ON session (user_id);
CREATE INDEX session_expires ON session (expires_at);

-- What is begun and not ended, taken once by the hash of its code; and what is used up, so that it is not used again.
CREATE TABLE ceremony (
    digest TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    user_id TEXT,
    expires_at INTEGER NOT NULL,
    key_version INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    seal BLOB NOT NULL
);

CREATE INDEX ceremony_expires ON ceremony (expires_at);
