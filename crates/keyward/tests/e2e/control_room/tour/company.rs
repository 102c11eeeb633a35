//! The parcel service that the tour visits: a hundred days of people making and ending tokens, by a wall clock that is
//! set, and a fortnight of calls.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use keyward_model::clock::SystemClock;
use keyward_model::{Clock, Timestamp};
use keyward_store::Store;
use serde::Deserialize;
use serde_json::{Value, json};

use super::traffic;
use crate::support::eventually;
use crate::support::free_port;
use crate::support::keyward::{Keyward, Setup};
use crate::support::mmdb::networks;
use crate::support::peers::{Peer, parcel_services};
use crate::support::wall_clock::WallClock;
use crate::support::world::issued;

/// What everybody there signs in with.
pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const TEAM: &str = "palecross";
const FOUNDED: f64 = 104.0;
/// Who founds it. The token that the installation begins with has ended since.
const OPERATOR: &str = PEOPLE[0].0;
/// Who works there: name, role, and since how many days.
const PEOPLE: [(&str, &str, f64); 6] = [
    ("Platform desk", "administrator", FOUNDED),
    ("Web desk", "administrator", 101.0),
    ("Partner desk", "developer", 80.0),
    ("Revision desk", "auditor", 60.0),
    ("Support desk", "viewer", 33.0),
    ("Dispatch desk", "dispatcher", 12.0),
];
/// Addresses for documentation (RFC 5737), as if they lay somewhere.
const NETWORKS: [(Ipv4Addr, u8, &str); 10] = [
    (Ipv4Addr::new(203, 0, 113, 0), 24, "DE"),
    (Ipv4Addr::new(198, 51, 100, 0), 27, "DE"),
    (Ipv4Addr::new(198, 51, 100, 32), 27, "NL"),
    (Ipv4Addr::new(198, 51, 100, 64), 27, "FR"),
    (Ipv4Addr::new(198, 51, 100, 96), 27, "AT"),
    (Ipv4Addr::new(198, 51, 100, 128), 27, "PL"),
    (Ipv4Addr::new(198, 51, 100, 160), 27, "ES"),
    (Ipv4Addr::new(198, 51, 100, 192), 27, "GB"),
    (Ipv4Addr::new(198, 51, 100, 224), 27, "US"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "DK"),
];

/// A token of `tokens.json`.
#[derive(Debug, Deserialize)]
struct Wanted {
    name: String,
    /// Who made it.
    #[serde(default)]
    by: String,
    app: String,
    scopes: Vec<String>,
    /// How many days ago it was made.
    made: f64,
    /// In how many days it ends, or `never`.
    expires: Value,
    #[serde(default)]
    restrictions: Value,
    #[serde(default)]
    limits: Value,
    /// Days ago, and why.
    revoked: Option<(f64, String)>,
    disabled: Option<f64>,
    rotated: Option<f64>,
    #[serde(default)]
    pending: bool,
    /// Where these are only further calls: of which token, by the name it has in [`Company::tokens`].
    of: Option<String>,
    #[serde(default)]
    from: Vec<std::net::IpAddr>,
    #[serde(default)]
    calls: Vec<Called>,
    #[serde(default)]
    ends: Value,
}

/// What a token calls, and how.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Called {
    api: String,
    route: String,
    peak: f64,
    ms: f64,
    #[serde(default)]
    night: f64,
    weekend: Option<f64>,
    hours: Option<(i64, i64)>,
    ago: Option<(f64, f64)>,
}

/// It and what it stands on.
pub(crate) struct Company {
    pub(crate) keyward: Keyward,
    /// Id and text of each token, by name.
    pub(crate) tokens: HashMap<String, (String, String)>,
    clock: WallClock,
    upstreams: [Peer; 2],
    geo: tempfile::NamedTempFile,
}

impl Company {
    /// Founds it and lets it live until today.
    pub(crate) fn with_history() -> Self {
        let clock = WallClock::at(&offset(FOUNDED));
        let geo = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(geo.path(), networks(&NETWORKS, 64_500)).expect("a database of addresses");
        let mut env = clock.env();
        env.push(("KEYWARD_CALLS_GEO".to_owned(), geo.path().to_str().expect("text").to_owned()));
        env.push(("SHIPMENTS_KEY".to_owned(), "a key of the shipments service".to_owned()));
        let keyward = Keyward::with(Setup { env, ..Setup::default() });
        let upstreams = [parcel_services(), parcel_services()];
        let mut company = Self { keyward, tokens: HashMap::new(), clock, upstreams, geo };
        company.found();
        company.live();
        company.resume();
        company
    }

    fn found(&self) {
        let link =
            || self.keyward.log().lines().find_map(|line| line.split_once("/setup#").map(|(_, code)| code.to_owned()));
        eventually("the setup link is printed", || link().is_some());
        let (name, ..) = PEOPLE[0];
        let first = json!({ "code": link(), "name": name, "email": email(name), "password": PASSWORD });
        ask(&self.keyward, "POST", "/setup", "", first);
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        let manifest = include_str!("company.yaml")
            .replace("UP2", &url(self.upstreams[1].port))
            .replace("UP", &url(self.upstreams[0].port))
            .replace("DOWN", &url(free_port()));
        let file = self.keyward.data.path().join("company.yaml");
        std::fs::write(&file, manifest).expect("a manifest");
        let settings = json!({
            "title": "Palecross Parcels", "token_prefix": "pale", "zone": "Europe/Berlin",
            "tokens": { "default_lifetime_days": 90, "allow_never_expiring": true },
        });
        self.keyward.api("PUT", &format!("/teams/{TEAM}"), settings).ok();
        self.keyward.cli(&["--team", TEAM, "apply", "--yes", "--file", file.to_str().expect("a path")]);
    }

    /// What happened since, in its order.
    fn live(&mut self) {
        let wanted: Vec<Wanted> = serde_json::from_str(include_str!("tokens.json")).expect("tokens");
        let mut events: Vec<(f64, Event<'_>)> = Vec::new();
        events.extend(PEOPLE[1..].iter().map(|(name, role, ago)| (*ago, Event::Joins(name, role))));
        for token in wanted.iter().filter(|token| token.of.is_none()) {
            events.push((token.made, Event::Made(token)));
            events.extend(token.revoked.as_ref().map(|(ago, reason)| (*ago, Event::Revoked(token, reason))));
            events.extend(token.rotated.map(|ago| (ago, Event::Rotated(token))));
            events.extend(token.disabled.map(|ago| (ago, Event::Disabled(token))));
        }
        events.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        for (ago, event) in events {
            self.clock.jump(&offset(ago));
            self.happens(event);
        }
        self.clock.jump("+0");
        let plan = self.plan(&wanted);
        self.keyward.terminate();
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let database = format!("sqlite://{}", self.keyward.path("keyward.db").display());
        let calls = self.keyward.path("calls");
        let written = runtime.block_on(async {
            let store = Store::open(&database, Arc::new(SystemClock::new())).await.expect("its store");
            traffic::write(&plan, &calls, store).await
        });
        assert!(written > 10_000, "{written} calls are too few for charts");
    }

    fn happens(&mut self, event: Event<'_>) {
        let team = format!("/teams/{TEAM}");
        match event {
            Event::Joins(name, role) => {
                let invited = json!({ "email": email(name), "role": role });
                let invited = self.as_person(OPERATOR, "POST", &format!("{team}/invitations"), invited);
                let code =
                    invited["link"].as_str().and_then(|link| link.split_once('#')).expect("a link with a code").1;
                let accepted = json!({ "code": code, "name": name, "password": PASSWORD });
                ask(&self.keyward, "POST", "/invitations/accept", "", accepted);
            }
            Event::Made(token) => {
                let rules = |approval: bool| json!({ "tokens": { "require_approval": approval } });
                if token.pending {
                    self.as_person(OPERATOR, "PATCH", &team, rules(true));
                }
                let expires =
                    token.expires.as_f64().map_or(token.expires.clone(), |days| json!(in_days(days).to_string()));
                let mut body = json!({
                    "name": token.name, "app": token.app, "scopes": token.scopes, "expires_at": expires,
                });
                for (field, value) in [("restrictions", &token.restrictions), ("limits", &token.limits)] {
                    if !value.is_null() {
                        body[field] = value.clone();
                    }
                }
                let answer = self.as_person(&token.by, "POST", &format!("{team}/tokens"), body);
                self.tokens.insert(token.name.clone(), issued(&answer));
                if token.pending {
                    self.as_person(OPERATOR, "PATCH", &team, rules(false));
                }
            }
            Event::Revoked(token, reason) => {
                let path = format!("{team}/tokens/{}/revoke", self.tokens[&token.name].0);
                self.as_person(&token.by, "POST", &path, json!({ "reason": reason }));
            }
            Event::Rotated(token) => {
                let path = format!("{team}/tokens/{}/rotate", self.tokens[&token.name].0);
                let rotated = self.as_person(&token.by, "POST", &path, json!({ "overlap_seconds": 86_400 }));
                self.tokens.insert(format!("{}, new", token.name), issued(&rotated));
            }
            Event::Disabled(token) => {
                let path = format!("{team}/tokens/{}/disable", self.tokens[&token.name].0);
                self.as_person(&token.by, "POST", &path, json!({ "reason": "the desk moves" }));
            }
        }
    }

    /// Asks for something as somebody who signs in for it; has to succeed.
    #[track_caller]
    fn as_person(&self, name: &str, method: &str, path: &str, body: Value) -> Value {
        let credentials = json!({ "email": email(name), "password": PASSWORD });
        let signed_in = ask(&self.keyward, "POST", "/session", "", credentials);
        let cookie = signed_in.headers().get("set-cookie").and_then(|cookie| cookie.to_str().ok()).expect("a cookie");
        let cookie = cookie.split(';').next().unwrap_or_default();
        let text = ask(&self.keyward, method, path, cookie, body).body_mut().read_to_string().expect("text");
        serde_json::from_str(&text).expect("JSON")
    }

    /// A fortnight of calls.
    fn plan(&self, wanted: &[Wanted]) -> traffic::Plan {
        let get = |path: &str| self.as_person(OPERATOR, "GET", &format!("/teams/{TEAM}{path}"), Value::Null);
        let mut lines = Vec::new();
        for token in wanted {
            let (id, _) = &self.tokens[token.of.as_ref().unwrap_or(&token.name)];
            let app = get(&format!("/apps/{}", token.app))["id"].clone();
            for called in &token.calls {
                let api = get(&format!("/apis/{}", called.api));
                let spec = &api["spec"];
                let routes = spec["routes"].as_array().expect("routes");
                let route =
                    routes.iter().find(|route| route["name"] == called.route.as_str()).expect("a route that is there");
                let text = |value: &Value| value.as_str().expect("a text").to_owned();
                let path = format!("{}/{}{}", text(&spec["base_path"]), text(&spec["version"]), text(&route["path"]));
                let upstream = get(&format!("/upstreams/{}", text(&spec["upstream"])));
                lines.push(json!({
                    "app": app, "token": id, "api": api["id"], "api_name": called.api, "route": called.route,
                    "method": route["methods"][0], "path": without_names(&path),
                    "target": upstream["spec"]["targets"][0]["url"], "addresses": token.from, "peak": called.peak,
                    "ms": called.ms, "night": called.night, "weekend": called.weekend.unwrap_or(1.0),
                    "hours": called.hours, "ago": called.ago,
                    "ends": if token.ends.is_null() { json!([]) } else { token.ends.clone() },
                }));
            }
        }
        let geo = self.geo.path();
        let plan = json!({ "team": get("")["id"], "days": 15, "geo": geo, "lines": lines });
        serde_json::from_value(plan).expect("a plan")
    }

    /// Starts it anew, by the clock of the machine.
    fn resume(&mut self) {
        self.keyward.setup.env.retain(|(name, _)| name != "LD_PRELOAD" && !name.starts_with("FAKETIME"));
        self.keyward.up();
    }
}

enum Event<'a> {
    Joins(&'a str, &'a str),
    Made(&'a Wanted),
    Revoked(&'a Wanted, &'a str),
    Disabled(&'a Wanted),
    Rotated(&'a Wanted),
}

/// As libfaketime reads it.
fn offset(days_ago: f64) -> String {
    format!("-{}", (days_ago * 86_400.0) as u64)
}

fn in_days(days: f64) -> Timestamp {
    let (now, span) = (SystemClock::new().now(), Duration::from_secs_f64(days.abs() * 86_400.0));
    if days < 0.0 { now.minus(span) } else { now.plus(span) }
}

pub(crate) fn email(name: &str) -> String {
    format!("{}@example.com", name.split(' ').next().expect("a name").to_lowercase())
}

/// `/shipments/{id:int}` with a number to come.
fn without_names(path: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Asks the management API as the own pages do; has to succeed.
#[track_caller]
fn ask(keyward: &Keyward, method: &str, path: &str, cookie: &str, body: Value) -> http::Response<ureq::Body> {
    let url = format!("http://127.0.0.1:{}/api/v1{path}", keyward.control);
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let request = http::Request::builder().method(method).uri(url).header("cookie", cookie);
    let request = request.header("sec-fetch-site", "same-origin").header("content-type", "application/json");
    let answer = if body.is_null() {
        agent.run(request.body(()).expect("a request"))
    } else {
        agent.run(request.body(body.to_string()).expect("a request"))
    };
    let mut answer = answer.expect("an answer");
    let status = answer.status().as_u16();
    assert!(status < 300, "{path}: {status} {}", answer.body_mut().read_to_string().unwrap_or_default());
    answer
}
