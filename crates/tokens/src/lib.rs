//! The life of a token: issue, edit, rotate, revoke, expire, verify, explain.
