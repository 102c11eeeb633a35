-- What a list of tokens is narrowed by stands beside its order, so that those left out are not read.
DROP INDEX token_team;

CREATE INDEX token_team ON token (team_id, created_at, id, state, expires_at, not_before, has_successor);
