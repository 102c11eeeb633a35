//! The OpenAPI 3.1 document, generated from the handlers. `openapi.json` at the root of the repository is a copy, and
//! a test holds the two against each other.

use std::sync::LazyLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use keyward_model::problem::Problem;
use serde_json::Value;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, Content, ObjectBuilder, OpenApi, Ref, RefOr, ResponseBuilder, Schema};
use utoipa::{OpenApi as _, PartialSchema, ToSchema};

use crate::routes;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Keyward",
        description = "The management API of Keyward: teams, apps, tokens, apis and what they stand on. \
            Every request but those under `health` carries a token, as `Authorization: Bearer`, `X-API-Key` or as the \
            password of Basic; the scopes it needs stand with each operation. Refusals are `application/problem+json` \
            (RFC 9457), and each `code` has a page under `/errors/`. Lists are paged: pass the `next` of a page as \
            `after`. Changes are answered when this node acts on them, with the revision in `Keyward-Revision`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(Problem))
)]
struct Frame;

/// Any JSON object.
pub(crate) struct JsonObject;

impl PartialSchema for JsonObject {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().into()
    }
}

impl ToSchema for JsonObject {}

/// The document without its paths.
pub(crate) fn frame() -> OpenApi {
    let mut frame = Frame::openapi();
    frame.info.version = "1".to_owned();
    frame.info.contact = None;
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("A Keyward token.")).build();
    let cookie = ApiKeyValue::with_description("__Host-keyward", "The session of somebody who is signed in.");
    let components = frame.components.get_or_insert_with(Components::new);
    components.add_security_scheme("token", SecurityScheme::Http(scheme));
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    frame
}

/// The OpenAPI 3.1 document of the management API.
pub fn openapi() -> OpenApi {
    let mut document = routes::endpoints().split_for_parts().1;
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            operation.responses.responses.insert("default".to_owned(), refusal());
        }
    }
    polished(&document)
}

/// Every operation may be refused, and always in the same form.
fn refusal() -> RefOr<utoipa::openapi::Response> {
    let content = Content::new(Some(RefOr::Ref(Ref::from_schema_name("Problem"))));
    let response = ResponseBuilder::new()
        .description("A refusal; its `code` says why.")
        .content("application/problem+json", content)
        .build();
    RefOr::T(response)
}

/// Gives generic types the names that people use, and refers to a type wherever it stands written out.
fn polished(document: &OpenApi) -> OpenApi {
    let mut document = serde_json::to_value(document).expect("the document holds nothing that JSON cannot");
    rename(&mut document);
    let schemas = document["components"]["schemas"].as_object_mut().map(std::mem::take).unwrap_or_default();
    let types = schemas.clone();
    let mut referring = serde_json::Map::new();
    for (name, mut schema) in schemas {
        // A type is written out once: at its own place.
        children(&mut schema).for_each(|child| refer(child, &types));
        referring.insert(name, schema);
    }
    document["components"]["schemas"] = Value::Object(referring);
    serde_json::from_value(document).expect("what was a document is still one")
}

fn rename(value: &mut Value) {
    const SCHEMAS: &str = "#/components/schemas/";
    if let Some(Value::Object(schemas)) = value.pointer_mut("/components/schemas") {
        *schemas = std::mem::take(schemas).into_iter().map(|(name, schema)| (plain_name(&name), schema)).collect();
    }
    if let Some(Value::String(reference)) = value.get_mut("$ref")
        && let Some(name) = reference.strip_prefix(SCHEMAS)
    {
        *reference = format!("{SCHEMAS}{}", plain_name(name));
    }
    children(value).for_each(rename);
}

/// `Listing_Record_AppSpec` is an `AppList`, `Record_AppSpec` an `App`.
fn plain_name(name: &str) -> String {
    if let Some(item) = name.strip_prefix("Listing_") {
        return format!("{}List", plain_name(item).trim_end_matches("Body"));
    }
    if let Some(kind) = name.strip_prefix("Record_").and_then(|record| record.strip_suffix("Spec")) {
        return kind.to_owned();
    }
    // The one map that has a name in the code, which is lost on its way here.
    if name == "BTreeMap" { "Labels".to_owned() } else { name.to_owned() }
}

fn refer(value: &mut Value, types: &serde_json::Map<String, Value>) {
    let written_out = value.get("properties").is_some();
    match types.iter().find(|(_, schema)| written_out && *schema == value) {
        Some((name, _)) => *value = serde_json::json!({"$ref": format!("#/components/schemas/{name}")}),
        None => children(value).for_each(|child| refer(child, types)),
    }
}

fn children(value: &mut Value) -> Box<dyn Iterator<Item = &mut Value> + '_> {
    match value {
        Value::Object(fields) => Box::new(fields.values_mut()),
        Value::Array(items) => Box::new(items.iter_mut()),
        _ => Box::new(std::iter::empty()),
    }
}

/// Shows this document.
#[utoipa::path(
    get, path = "/api/v1/openapi.json", operation_id = "openapi", tag = "health", summary = "The OpenAPI document",
    responses((status = 200, content_type = "application/json", body = JsonObject)),
)]
pub(crate) async fn document() -> impl IntoResponse {
    static TEXT: LazyLock<String> =
        LazyLock::new(|| openapi().to_json().expect("the document holds nothing that JSON cannot"));
    ([(CONTENT_TYPE, "application/json")], TEXT.as_str())
}
