-- What calls can be filtered by since: the columns are empty for calls of before.
ALTER TABLE call_record ADD COLUMN country TEXT;

ALTER TABLE call_record ADD COLUMN target TEXT;

ALTER TABLE call_record ADD COLUMN protocol TEXT;

ALTER TABLE call_record ADD COLUMN total_us INTEGER;

-- Calls of a minute that are alike in all that is charted. Rows are only added: alike ones are summed when read.
CREATE TABLE call_rollup (
    at INTEGER NOT NULL,
    team_id TEXT NOT NULL,
    app_id TEXT NOT NULL,
    token_id TEXT NOT NULL,
    api TEXT NOT NULL,
    route TEXT NOT NULL,
    method TEXT NOT NULL,
    country TEXT NOT NULL,
    code TEXT NOT NULL,
    status INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    bytes_in INTEGER NOT NULL,
    bytes_out INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    total BLOB NOT NULL,
    first_byte BLOB NOT NULL
);

CREATE INDEX call_rollup_at ON call_rollup (at);

CREATE INDEX call_rollup_team ON call_rollup (team_id, at);
