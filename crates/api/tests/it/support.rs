//! An installation with two teams, and clients that talk to its control plane.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt;
use keyward_api::{
    ApiState, GatewayCaller, LimitUse, LimitView, NodeFigures, NodeView, Readiness, TargetView, Targets, TestAnswer,
    TestRequest,
};
use keyward_calls::{CallLog, Calls, CallsPlace, Captures, Geo, Pace, Recorder, SecurityLog, Writer};
use keyward_identity::{Audience, FirstUser, NewInvitation, People};
use keyward_model::app::AppSpec;
use keyward_model::audit::{AuditDraft, Cause};
use keyward_model::call::{CallRecord, Protocol, Timing};
use keyward_model::clock::ManualClock;
use keyward_model::id::{Id, uuid_v7};
use keyward_model::limits::Limits;
use keyward_model::resource::Kind;
use keyward_model::scope::ScopeSet;
use keyward_model::secret::Hidden;
use keyward_model::team::{Team, TeamId, TeamSpec};
use keyward_model::token::{Token, TokenText};
use keyward_model::{Clock, Name, Record, Resource, Timestamp};
use keyward_store::feed::Follower;
use keyward_store::{INSTALLATION, Store};
use keyward_tokens::{CreateToken, Explainer, Keys, Live, Tokens, every_management_scope};
use keyward_vault::{KeyRing, MasterKey, SystemRandom, Vault};
use serde_json::{Value, json};
use tower::ServiceExt;

/// What everybody signs in with.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// When tests begin.
pub(crate) const START: i64 = 1_900_000_000_000;

pub(crate) struct World {
    pub(crate) state: ApiState,
    pub(crate) router: Router,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) recorder: Recorder,
    pub(crate) keyward: Team,
    pub(crate) alpha: Team,
    pub(crate) beta: Team,
    /// May do everything, everywhere.
    pub(crate) operator: Client,
    /// May do everything in team alpha.
    pub(crate) alice: Client,
    /// May do everything in team beta.
    pub(crate) bob: Client,
    pub(crate) directory: tempfile::TempDir,
    writer: Option<Writer>,
}

fn people(store: &Store, vault: &Arc<Vault>, clock: &Arc<ManualClock>) -> Arc<People> {
    let (store, vault, audience) = (store.clone(), Arc::clone(vault), Audience::at("https://keyward.example"));
    Arc::new(People::new(store, vault, Arc::clone(clock) as _, Arc::new(SystemRandom), audience))
}

/// Somebody with a token, or with a browser.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) router: Router,
    pub(crate) token: Option<TokenText>,
    pub(crate) record: Option<Token>,
    /// The cookie of a session.
    pub(crate) cookie: Option<String>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = |name: &str| format!("sqlite://{}", directory.path().join(name).display());
        let clock = Arc::new(ManualClock::at(Timestamp::from_millis(START)));
        let random = Arc::new(SystemRandom);
        let store = Store::open(&url("keyward.db"), clock.clone()).await.unwrap();
        let master = MasterKey::generate(&*random);
        let vault = first_keys(&store, &master, random.clone(), clock.now()).await;
        let place = CallsPlace::Folder(directory.path().join("calls"));
        let calls = Calls::open(place, Geo::default(), clock.clone()).await.unwrap();
        let live = Live::new(store.clone(), vault.clone());
        let keys = Keys::new(store.clone(), vault.clone(), master, random.clone());
        let tokens = Arc::new(Tokens::new(store.clone(), vault.clone(), clock.clone(), random.clone()));
        let (log, mut recorders) = CallLog::new(1, 1000);
        let writer = Writer::start(log.clone(), calls.sink(store.clone()), Pace::default());
        let follower = Follower::start(store.clone(), vec![keys.clone(), live.clone()]).await.unwrap();
        let state = ApiState {
            explainer: Arc::new(Explainer::new(store.clone(), live.clone(), clock.clone())),
            store: store.clone(),
            calls,
            captures: Captures::open(&directory.path().join("captures"), 1 << 24, clock.clone()).unwrap(),
            tokens,
            people: people(&store, &vault, &clock),
            demo: false,
            live,
            keys,
            log,
            security: SecurityLog::start(directory.path(), clock.clone(), Arc::new(SystemRandom)),
            vault: vault.clone(),
            follower: Arc::new(follower),
            limits: Arc::new(NoLimits),
            targets: Arc::new(NoTargets),
            gateway: Arc::new(NoGateway),
            clock: clock.clone(),
            random,
            node: "here".into(),
            public_url: "https://keyward.example".into(),
            gateway_url: "https://api.example".into(),
            figures: Arc::new(Figures),
            metrics_from: Arc::new([]),
            ready: Arc::new(|| Readiness {
                ready: true,
                problems: Vec::new(),
                draining: false,
                following: true,
                revision: 1,
                recording: true,
            }),
        };
        let router = keyward_api::router(state.clone());
        let keyward = team(&state, "keyward").await;
        let alpha = team(&state, "alpha").await;
        let beta = team(&state, "beta").await;
        let nobody = Client { router: router.clone(), token: None, record: None, cookie: None };
        let mut world = Self {
            state,
            router,
            clock,
            recorder: recorders.remove(0),
            keyward,
            alpha,
            beta,
            operator: nobody.clone(),
            alice: nobody.clone(),
            bob: nobody,
            directory,
            writer: Some(writer),
        };
        world.operator = world.admin(&world.keyward, "operators", &["keyward:*", "keyward:operator"]).await;
        world.alice = world.admin(&world.alpha, "admins", &["keyward:*"]).await;
        world.bob = world.admin(&world.beta, "admins", &["keyward:*"]).await;
        world
    }

    /// Nobody in particular.
    pub(crate) fn nobody(&self) -> Client {
        Client { router: self.router.clone(), token: None, record: None, cookie: None }
    }

    /// A token of `team` with these scopes, of an app that is entitled to all of them.
    /// Nobody in particular, asking a control plane that is set up so.
    pub(crate) fn through(&self, state: &ApiState) -> Client {
        Client { router: keyward_api::router(state.clone()), token: None, record: None, cookie: None }
    }

    pub(crate) async fn admin(&self, team: &Team, app: &str, scopes: &[&str]) -> Client {
        let scopes: ScopeSet = scopes.iter().map(|scope| scope.parse().unwrap()).collect();
        let spec = AppSpec { scopes: scopes.clone(), ..AppSpec::default() };
        if self.state.store.resource::<AppSpec>(team.id, app).await.unwrap().is_none() {
            insert(&self.state, team.id, None, app, spec).await;
        }
        self.token(team, app, &scopes).await
    }

    /// A token of an app that exists.
    pub(crate) async fn token(&self, team: &Team, app: &str, scopes: &ScopeSet) -> Client {
        let request = json!({"app": app, "name": "test", "scopes": scopes});
        let request: CreateToken = serde_json::from_value(request).unwrap();
        let issued = self
            .state
            .tokens
            .create(Cause::machine("test"), team.id, request, &every_management_scope())
            .await
            .unwrap();
        assert!(self.state.follower.wait_for(issued.revision, Duration::from_secs(5)).await);
        Client { router: self.router.clone(), token: Some(issued.secret), record: Some(issued.token), cookie: None }
    }

    /// Somebody new who is signed in, as a member of `team` where one is given, and else as operator.
    pub(crate) async fn person(&self, name: &str, member: Option<(&Team, &str)>) -> Client {
        let nobody = self.nobody();
        let (email, password) = (format!("{name}@example.com"), PASSWORD);
        let Some((team, role)) = member else {
            let first =
                FirstUser { email: email.parse().unwrap(), name: name.to_owned(), password: Hidden::new(password) };
            self.state.people.make_operator(Cause::machine("test"), first).await.unwrap();
            return nobody.sign_in(&email, password).await;
        };
        let wanted = NewInvitation { email: email.parse().unwrap(), role: role.parse().unwrap(), invited_by: None };
        let invited = self.state.people.invite(Cause::machine("test"), team, wanted).await.unwrap();
        let accept = json!({"code": invited.code.expose(), "name": name, "password": password});
        let answer = nobody.post("/api/v1/invitations/accept", accept).await;
        answer.expect(200);
        nobody.keeping(&answer)
    }

    /// A record of a call with `token`, as the gateway would make it.
    pub(crate) fn call(&self, client: &Client) -> CallRecord {
        let token = client.record.as_ref();
        CallRecord {
            request_id: uuid_v7(&*self.clock, &SystemRandom),
            at: self.clock.now(),
            team: token.map(|token| token.team),
            app: token.map(|token| token.app),
            token: token.map(|token| token.id),
            api: None,
            api_name: Some("orders.v1".parse().unwrap()),
            route: Some("list".parse().unwrap()),
            method: "GET".to_owned(),
            path: "/orders/v1/orders?page=…".to_owned(),
            status: 200,
            code: None,
            rule: None,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            country: None,
            asn: None,
            protocol: Protocol::Http11,
            target: None,
            retries: 0,
            bytes_in: 0,
            bytes_out: 2,
            cost: 1,
            timing: Timing::default(),
            revision: 1,
            checks: Vec::new(),
        }
    }

    /// Ends writing, so that files are whole.
    pub(crate) async fn stop_writing(&mut self) {
        if let Some(writer) = self.writer.take() {
            writer.stop().await;
        }
    }
}

async fn first_keys(store: &Store, master: &MasterKey, random: Arc<SystemRandom>, now: Timestamp) -> Arc<Vault> {
    let (ring, sealed) = KeyRing::create(master, &*random, now);
    let vault = Arc::new(Vault::new(ring, random));
    let mut tx = store.begin_unsealed(Cause::machine("init")).await.unwrap();
    tx.seal_with(vault.clone());
    for key in &sealed {
        tx.insert_key(key).await.unwrap();
    }
    let draft = AuditDraft {
        action: "key.create".to_owned(),
        kind: Kind::Key,
        target: "ring".to_owned(),
        target_name: "ring".to_owned(),
        before: None,
        after: None,
        reason: None,
    };
    tx.audit(INSTALLATION, draft).await.unwrap();
    tx.commit().await.unwrap();
    store.attach(vault.clone());
    vault
}

async fn team(state: &ApiState, name: &str) -> Team {
    let id: TeamId = Id::new(&*state.clock, &*state.random);
    insert(state, id, Some(id), name, TeamSpec::default()).await
}

/// Puts a resource into the store past the API.
pub(crate) async fn insert<T: Resource>(
    state: &ApiState,
    team: TeamId,
    id: Option<Id<T>>,
    name: &str,
    spec: T,
) -> Record<T> {
    let now = state.clock.now();
    let record = Record {
        id: id.unwrap_or_else(|| Id::new(&*state.clock, &*state.random)),
        team,
        name: name.parse().unwrap(),
        version: 1,
        created_at: now,
        updated_at: now,
        source: None,
        spec,
    };
    let mut tx = state.store.begin(Cause::machine("test")).await.unwrap();
    tx.insert(&record).await.unwrap();
    let draft = AuditDraft {
        action: format!("{}.create", T::KIND),
        kind: T::KIND,
        target: record.id.to_string(),
        target_name: name.to_owned(),
        before: None,
        after: None,
        reason: None,
    };
    tx.audit(team, draft).await.unwrap();
    let revision = tx.commit().await.unwrap();
    assert!(state.follower.wait_for(revision, Duration::from_secs(5)).await);
    record
}

impl Client {
    pub(crate) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Answer {
        let mut request = Request::builder().method(method.parse::<Method>().unwrap()).uri(path);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {}", token.expose()));
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        if self.token.is_none() && !headers.iter().any(|(name, _)| *name == "sec-fetch-site" || *name == "origin") {
            request = request.header("sec-fetch-site", "same-origin");
        }
        if body.is_some() && !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body.map_or_else(Body::empty, |body| Body::from(body.to_owned()))).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4711))));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let answer = Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        };
        answer.check_manners(method, path);
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], None).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", path, &[], Some(&body.to_string())).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send("PATCH", path, &[], Some(&body.to_string())).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, &[], Some(&body.to_string())).await
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Self {
        let answer = self.post("/api/v1/session", json!({"email": email, "password": password})).await;
        answer.expect(200);
        self.keeping(&answer)
    }

    /// As somebody whose browser keeps the cookie of this answer.
    pub(crate) fn keeping(&self, answer: &Answer) -> Self {
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        assert!(cookie.len() > 30, "{cookie}");
        Self { cookie: Some(cookie), token: None, record: None, router: self.router.clone() }
    }

    /// The text of its token.
    pub(crate) fn secret(&self) -> &str {
        self.token.as_ref().unwrap().expose()
    }

    pub(crate) fn id(&self) -> String {
        self.record.as_ref().unwrap().id.to_string()
    }
}

impl Answer {
    /// What holds for every answer.
    fn check_manners(&self, method: &str, path: &str) {
        let at = format!("{method} {path}");
        let request_id = self.header("x-request-id");
        assert!(request_id.parse::<uuid::Uuid>().is_ok_and(|id| id.get_version_num() == 7), "{at}: {request_id}");
        assert_eq!(self.header("x-content-type-options"), "nosniff", "{at}");
        assert_eq!(self.header("cache-control"), "no-store", "{at}");
        assert!(self.header("content-security-policy").starts_with("default-src 'none'"), "{at}");
        if self.status >= 400 && self.header("content-type") == "application/problem+json" {
            let problem = self.json();
            assert_eq!(problem["status"], self.status, "{at}");
            assert_eq!(problem["request_id"], request_id, "{at}");
            let code = problem["code"].as_str().unwrap();
            assert_eq!(problem["type"], format!("https://keyward.example/errors/{code}"), "{at}");
        } else {
            assert!(
                self.status < 400 || path == "/readyz",
                "{at} failed without a problem: {} {}",
                self.status,
                self.text
            );
        }
        assert!(self.status != 401 || self.headers.contains_key("www-authenticate"), "{at}");
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// The body, after making sure of the status.
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// The problem, after making sure of its code.
    pub(crate) fn refused(&self, code: &str) -> Value {
        let problem = self.json();
        assert_eq!(problem["code"], code, "{}", self.text);
        problem
    }

    /// The fields that a `field_invalid` names.
    pub(crate) fn fields(&self) -> Vec<String> {
        let problem = self.refused("field_invalid");
        let errors = problem["errors"].as_array().unwrap();
        errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
    }
}

struct Figures;

impl NodeView for Figures {
    fn figures(&self) -> NodeFigures {
        NodeFigures { connections: 3, calls: 2, ..NodeFigures::default() }
    }
}

struct NoLimits;

/// A gateway that says what it was asked.
struct NoGateway;

impl GatewayCaller for NoGateway {
    fn call(&self, request: TestRequest) -> BoxFuture<'_, Result<TestAnswer, String>> {
        let TestRequest { method, path, headers, body, token } = request;
        let token: String = token.expose().chars().take(15).collect();
        let heard = format!("{method} {path} {} {} {token}", headers.len(), body.len());
        Box::pin(async move {
            Ok(TestAnswer { status: 200, headers: Vec::new(), body: heard, cut: false, took_ms: 1, request_id: None })
        })
    }
}

/// A gateway that nothing goes through.
struct NoTargets;

impl TargetView for NoTargets {
    fn targets(&self, _team: TeamId, upstream: &Name) -> Targets {
        match upstream.as_str() {
            "broken" => Targets::Unusable("connection crm does not exist".to_owned()),
            _ => Targets::Unused,
        }
    }
}

impl LimitView for NoLimits {
    fn usage(&self, subject: &str, limits: &Limits) -> Vec<LimitUse> {
        limits
            .rates
            .iter()
            .map(|rate| LimitUse {
                definition: format!("{subject}: {rate}"),
                unit: rate.unit,
                period: None,
                limit: u64::from(rate.limit),
                window_seconds: u64::from(rate.window),
                remaining: u64::from(rate.limit),
                reset_seconds: 0,
            })
            .collect()
    }
}

/// An upstream and an api that stands on it.
pub(crate) async fn orders(client: &Client, team: &str) {
    let upstream = json!({"targets": [{"url": "http://127.0.0.1:9000"}]});
    client.put(&format!("/api/v1/teams/{team}/upstreams/orders"), upstream).await.expect(201);
    client.put(&format!("/api/v1/teams/{team}/apis/orders.v1"), orders_api()).await.expect(201);
}

pub(crate) fn orders_api() -> Value {
    json!({
        "api": "orders", "version": "v1", "base_path": "/orders", "upstream": "orders",
        "scopes": {"orders:read": "reading orders", "orders:write": "changing orders"},
        "routes": [
            {"name": "list", "methods": ["GET"], "path": "/orders", "scopes": {"all": ["orders:read"]}},
            {"name": "create", "methods": ["POST"], "path": "/orders", "scopes": {"all": ["orders:write"]}},
        ],
    })
}
