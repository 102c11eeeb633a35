-- What happened stands in doc; the other columns are for finding.
CREATE TABLE call_record (
    request_id TEXT NOT NULL PRIMARY KEY,
    team_id TEXT,
    at INTEGER NOT NULL,
    token_id TEXT,
    app_id TEXT,
    api TEXT,
    route TEXT,
    status INTEGER NOT NULL,
    code TEXT,
    refused INTEGER NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    address TEXT NOT NULL,
    doc TEXT NOT NULL
);

CREATE INDEX call_record_team ON call_record (team_id, at, request_id);

CREATE INDEX call_record_at ON call_record (at, request_id);

CREATE INDEX call_record_token ON call_record (token_id, at);
