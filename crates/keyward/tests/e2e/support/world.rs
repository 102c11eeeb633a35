//! A Keyward with a team, an app and an api published on it, so that a test begins where it matters.

use serde_json::{Value, json};

use super::keyward::{Keyward, Setup};
use super::peers::{Peer, python_upstream};
use super::wire::{Reply, Wire};

/// Team `acme`, app `shop`, api `echo.v1` at `/echo/v1` in front of the Python echo.
pub(crate) struct World {
    pub(crate) keyward: Keyward,
    pub(crate) upstream: Peer,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Setup::default())
    }

    pub(crate) fn with(setup: Setup) -> Self {
        let upstream = python_upstream();
        let world = Self { keyward: Keyward::with(setup), upstream };
        world.put("", json!({ "tokens": { "allow_never_expiring": true } }));
        let scopes = json!(["echo:read", "echo:write", "echo:admin"]);
        world.put(
            "/upstreams/echo",
            json!({ "targets": [{ "url": format!("http://127.0.0.1:{}", world.upstream.port) }] }),
        );
        world.put("/apis/echo.v1", world.api_spec());
        world.put("/apps/shop", json!({ "scopes": scopes }));
        world
    }

    /// The api as published at first; tests change parts of it.
    pub(crate) fn api_spec(&self) -> Value {
        json!({
            "api": "echo", "version": "v1", "base_path": "/echo", "upstream": "echo",
            "scopes": { "echo:read": "Read.", "echo:write": "Write.", "echo:admin": "Administer." },
            "routes": [
                { "name": "read", "methods": ["GET"], "path": "/echo", "scopes": { "all": ["echo:read"] } },
                { "name": "item", "methods": ["GET"], "path": "/echo/{id:int}", "scopes": { "all": ["echo:read"] } },
                { "name": "write", "methods": ["POST"], "path": "/echo", "scopes": { "any": ["echo:write", "echo:admin"] } },
                { "name": "search", "methods": ["GET"], "path": "/search", "scopes": { "all": ["echo:read"] }, "cost": 5 },
                { "name": "status", "methods": ["GET"], "path": "/status/{code:int}" },
                { "name": "stream", "methods": ["GET"], "path": "/stream" },
                { "name": "large", "methods": ["GET"], "path": "/large/{bytes:int}" },
                { "name": "free", "methods": ["GET"], "path": "/free" }
            ]
        })
    }

    /// PUTs below the team; has to succeed.
    #[track_caller]
    pub(crate) fn put(&self, path: &str, spec: Value) -> Value {
        self.keyward.api("PUT", &format!("/teams/acme{path}"), spec).ok()
    }

    /// PATCHes below the team; has to succeed.
    #[track_caller]
    pub(crate) fn patch(&self, path: &str, spec: Value) -> Value {
        self.keyward.api("PATCH", &format!("/teams/acme{path}"), spec).ok()
    }

    /// POSTs below the team; has to succeed.
    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: Value) -> Value {
        self.keyward.api("POST", &format!("/teams/acme{path}"), body).ok()
    }

    /// Makes a token with `echo:read`, and what `more` adds or replaces: its id and its text.
    #[track_caller]
    pub(crate) fn token(&self, more: Value) -> (String, String) {
        let mut body = json!({ "app": "shop", "name": "test", "scopes": ["echo:read"] });
        for (field, value) in more.as_object().expect("an object") {
            body[field] = value.clone();
        }
        issued(&self.post("/tokens", body))
    }

    /// One GET through the gateway on a connection of its own.
    pub(crate) fn get(&self, path: &str, token: &str) -> Reply {
        Wire::to(self.keyward.gateway).get(path, token).expect("the gateway answers")
    }

    /// One request through the gateway on a connection of its own.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
        Wire::to(self.keyward.gateway).send(method, path, headers, b"").expect("the gateway answers")
    }
}

/// Id and text of the token in the answer to its creation.
pub(crate) fn issued(answer: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("not an issued token: {answer:#}")).to_owned();
    (text(&answer["token"]["id"]), text(&answer["secret"]))
}
