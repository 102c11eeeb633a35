//! The demo's upstream: a small orders service that knows nothing of Keyward.
//!
//! It stands for the service one has already. It answers only to whoever presents its key, as real services do,
//! so that the demo shows a sealed credential at work; and it never says that key.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures_util::stream::{self, Stream};
use keyward_model::secret::Hidden;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The header in which the service wants its key.
pub const KEY_HEADER: &str = "x-orders-key";

/// Orders kept at most: a demo left running must not grow.
const MOST_ORDERS: usize = 1000;

/// An order.
#[derive(Clone, Debug, Serialize)]
struct Order {
    id: u64,
    customer: String,
    item: String,
    quantity: u32,
    status: &'static str,
}

/// What is asked for when an order is made.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewOrder {
    customer: String,
    item: String,
    #[serde(default = "one")]
    quantity: u32,
}

fn one() -> u32 {
    1
}

#[derive(Clone)]
struct Service {
    orders: Arc<Mutex<BTreeMap<u64, Order>>>,
    key: Arc<Hidden>,
}

/// The service, for callers that present `key`.
pub fn router(key: Hidden) -> Router {
    let orders = [
        (1, "ada", "keyboard", 1, "shipped"),
        (2, "grace", "compiler", 1, "open"),
        (3, "alan", "tape", 12, "open"),
        (4, "edsger", "pencil", 100, "shipped"),
        (5, "barbara", "dictionary", 2, "open"),
    ]
    .map(|(id, customer, item, quantity, status)| {
        (id, Order { id, customer: customer.to_owned(), item: item.to_owned(), quantity, status })
    });
    let service = Service { orders: Arc::new(Mutex::new(orders.into())), key: Arc::new(key) };
    Router::new()
        .route("/orders", get(list).post(create))
        .route("/orders/{id}", get(read).delete(delete))
        .route("/slow", get(slow))
        .route("/events", get(events))
        .layer(middleware::from_fn_with_state(service.clone(), require_key))
        .with_state(service)
}

async fn require_key(State(service): State<Service>, request: Request, next: Next) -> Response {
    let presented = request.headers().get(KEY_HEADER).map(|value| value.as_bytes());
    if !presented.is_some_and(|presented| keyward_vault::equal(presented, service.key.expose())) {
        return answer(StatusCode::UNAUTHORIZED, "this service wants its key");
    }
    next.run(request).await
}

fn answer(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({"error": error}))).into_response()
}

impl Service {
    fn orders(&self) -> MutexGuard<'_, BTreeMap<u64, Order>> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Deserialize)]
struct Which {
    status: Option<String>,
    limit: Option<usize>,
}

async fn list(State(service): State<Service>, Query(which): Query<Which>) -> Response {
    let orders = service.orders();
    let wanted = orders.values().filter(|order| which.status.as_deref().is_none_or(|status| order.status == status));
    let orders: Vec<&Order> = wanted.take(which.limit.unwrap_or(100)).collect();
    Json(json!({"orders": orders})).into_response()
}

async fn read(State(service): State<Service>, Path(id): Path<u64>) -> Response {
    match service.orders().get(&id) {
        Some(order) => Json(order).into_response(),
        None => answer(StatusCode::NOT_FOUND, "no such order"),
    }
}

async fn create(State(service): State<Service>, Json(new): Json<NewOrder>) -> Response {
    let mut orders = service.orders();
    if orders.len() >= MOST_ORDERS {
        return answer(StatusCode::CONFLICT, "the book of orders is full; delete some");
    }
    let id = orders.last_key_value().map_or(1, |(id, _)| id + 1);
    let order = Order { id, customer: new.customer, item: new.item, quantity: new.quantity, status: "open" };
    orders.insert(id, order.clone());
    (StatusCode::CREATED, Json(order)).into_response()
}

async fn delete(State(service): State<Service>, Path(id): Path<u64>) -> Response {
    match service.orders().remove(&id) {
        Some(_) => StatusCode::NO_CONTENT.into_response(),
        None => answer(StatusCode::NOT_FOUND, "no such order"),
    }
}

#[derive(Deserialize)]
struct Slow {
    ms: Option<u64>,
}

/// Answers after a while: for trying time limits.
async fn slow(Query(slow): Query<Slow>) -> Response {
    let wait = Duration::from_millis(slow.ms.unwrap_or(1000).min(120_000));
    tokio::time::sleep(wait).await;
    Json(json!({"waited_ms": u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)})).into_response()
}

/// One event a second, until the caller goes: for trying streams.
async fn events(State(service): State<Service>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let ticks = stream::unfold((service, 0u64), |(service, number)| async move {
        if number > 0 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let open = service.orders().values().filter(|order| order.status == "open").count();
        let event = Event::default().id(number.to_string()).event("orders").data(json!({"open": open}).to_string());
        Some((Ok(event), (service, number + 1)))
    });
    Sse::new(ticks).keep_alive(KeepAlive::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use tower::ServiceExt;

    async fn status(router: &Router, method: &str, path: &str, key: Option<&str>, body: &str) -> StatusCode {
        let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header(KEY_HEADER, key);
        }
        let request = request.body(Body::from(body.to_owned())).expect("a request");
        router.clone().oneshot(request).await.expect("an answer").status()
    }

    #[tokio::test]
    async fn orders_are_read_made_and_deleted_with_the_key_only() {
        let router = router(Hidden::new("k"));
        for key in [None, Some("other")] {
            assert_eq!(status(&router, "GET", "/orders", key, "").await, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(status(&router, "GET", "/orders?status=open&limit=2", Some("k"), "").await, StatusCode::OK);
        let new = r#"{"customer": "linus", "item": "kernel"}"#;
        assert_eq!(status(&router, "POST", "/orders", Some("k"), new).await, StatusCode::CREATED);
        assert_eq!(status(&router, "GET", "/orders/6", Some("k"), "").await, StatusCode::OK);
        assert_eq!(status(&router, "DELETE", "/orders/6", Some("k"), "").await, StatusCode::NO_CONTENT);
        assert_eq!(status(&router, "GET", "/orders/6", Some("k"), "").await, StatusCode::NOT_FOUND);
        assert_eq!(status(&router, "GET", "/slow?ms=1", Some("k"), "").await, StatusCode::OK);
    }
}
