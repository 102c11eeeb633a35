//! Shared HTTP manners: problem+json, paging, request id, caller.
