//! Promises to users, kept by the real binary on real sockets: real upstreams behind it, real clients in front.

mod support;

mod analytics;
mod browsers;
mod captures;
mod changes;
mod clients;
mod clock;
mod control_room;
mod crash;
mod crowd;
mod demo;
mod disk;
mod front;
mod handover;
mod http2;
mod limits;
mod logs;
mod metrics;
mod quota_race;
mod refusals;
mod revocation;
mod rotation;
mod scale;
mod secrets;
mod store_gone;
mod targets;
mod traces;
