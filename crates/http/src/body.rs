//! JSON bodies as types. What is wrong is named by its place: line and column, or the path of the field.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use keyward_model::{Code, FieldError};
use serde::de::DeserializeOwned;

use crate::Refusal;

mod describe;

pub(crate) use describe::describe;

/// A body that has not arrived by then never will.
const ARRIVAL: Duration = Duration::from_secs(30);

/// The JSON body of a request.
#[derive(Clone, Debug)]
pub struct Body<T>(pub T);

/// The JSON body of a request as it came, for those who also need its bytes. It may hold secrets: no `Debug`.
#[derive(Clone)]
pub struct RawBody(Bytes);

impl RawBody {
    /// A body that says this, for what was put together here from a body and something else.
    pub fn from_value(value: &serde_json::Value) -> Self {
        Self(Bytes::from(value.to_string()))
    }

    /// The bytes as they came.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as a type.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        // A request that may say nothing may also have no body.
        let bytes = if self.0.is_empty() { b"{}" } else { self.0.as_ref() };
        // A list would pass for an object whose fields come in their order.
        if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
            return Err(Refusal::field("body", "is a list", "send an object: {\"field\": …}"));
        }
        let mut json = serde_json::Deserializer::from_slice(bytes);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let path = error.path().to_string();
            refuse(&path, error.inner())
        })?;
        json.end().map_err(|error| refuse(".", &error))?;
        Ok(value)
    }
}

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let typed = has_json_type(request.headers());
        let bytes = tokio::time::timeout(ARRIVAL, Bytes::from_request(request, state))
            .await
            .map_err(|_| Refusal::new(Code::RequestTimeout, "The body did not arrive within 30 seconds."))?
            .map_err(|rejection| refuse_bytes(&rejection))?;
        if !typed && !bytes.is_empty() {
            let detail = "Send the body as JSON, with `Content-Type: application/json`.";
            return Err(Refusal::new(Code::RequestInvalid, detail));
        }
        Ok(Self(bytes))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        RawBody::from_request(request, state).await?.parse().map(Self)
    }
}

/// Requiring the type keeps plain forms of other sites from posting here.
fn has_json_type(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn refuse_bytes(rejection: &BytesRejection) -> Refusal {
    if rejection.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
        Refusal::new(Code::RequestTooLarge, "The body is larger than 8 MiB, which is the most that is read.")
    } else {
        Refusal::new(Code::RequestInvalid, "The body could not be read to its end.")
    }
}

fn refuse(path: &str, error: &serde_json::Error) -> Refusal {
    if error.is_data() {
        let text = error.to_string();
        let problem = text.rsplit_once(" at line ").map_or(text.as_str(), |(problem, _)| problem);
        return Refusal::from(describe(path, problem));
    }
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    let detail = format!("The body is not JSON: {what} at line {line}, column {column}.");
    let field =
        FieldError::new(format!("line {line}, column {column}"), format!("is not JSON: {what}"), "mend it there");
    Refusal::new(Code::RequestInvalid, detail).naming(vec![field])
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyward_model::api::ApiSpec;
    use keyward_model::secret::Hidden;
    use serde::Deserialize;

    fn refused<T: DeserializeOwned + std::fmt::Debug>(json: &str) -> (Code, FieldError) {
        let refusal = RawBody(Bytes::copy_from_slice(json.as_bytes())).parse::<T>().unwrap_err();
        (refusal.code(), refusal.errors()[0].clone())
    }

    #[test]
    fn broken_json_is_placed_by_line_and_column() {
        let (code, error) = refused::<ApiSpec>("{\n  \"api\": \"orders\",\n  \"version\" \"v1\"\n}");
        assert_eq!(code, Code::RequestInvalid);
        assert_eq!(error.field, "line 3, column 13");
        let (_, error) = refused::<ApiSpec>("{\"api\": ");
        assert_eq!(error.field, "line 1, column 8");
    }

    #[test]
    fn a_wrong_field_is_named_by_its_path() {
        let api = |routes: &str| {
            format!(
                r#"{{"api":"orders","version":"v1","base_path":"/orders","upstream":"orders","routes":[{routes}]}}"#
            )
        };
        let good = r#"{"name":"list","methods":["GET"],"path":"/"}"#;
        let (code, error) =
            refused::<ApiSpec>(&api(&format!(r#"{good},{{"name":"get","methods":["GET"],"path":"orders"}}"#)));
        assert_eq!((code, error.field.as_str()), (Code::FieldInvalid, "routes[1].path"));
        assert!(error.remedy.contains("begins with `/`"), "{error}");

        let (_, error) = refused::<ApiSpec>(&api(&format!(r#"{good},{{"name":"get","methods":["GET"]}}"#)));
        assert_eq!((error.field.as_str(), error.problem.as_str()), ("routes[1].path", "is missing"));

        let (_, error) = refused::<ApiSpec>(&api(r#"{"name":"get","method":["GET"],"path":"/"}"#));
        assert_eq!((error.field.as_str(), error.problem.as_str()), ("routes[0].method", "is not known"));
        assert!(error.remedy.contains("`methods`"), "{error}");

        let (_, error) = refused::<ApiSpec>(&api(r#"{"name":"get","methods":["GET"],"path":"/","cost":"much"}"#));
        assert_eq!(error.field, "routes[0].cost");
        assert!(!error.problem.contains("much"), "{error}");

        let (_, error) = refused::<ApiSpec>(&api(r#"{"name":"get","methods":["FETCH"],"path":"/"}"#));
        assert_eq!(error.field, "routes[0].methods[0]");
        assert!(error.remedy.contains("`GET`"), "{error}");
    }

    #[test]
    fn a_secret_in_the_wrong_place_is_not_repeated() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "only its reading is tested")]
        struct Holder {
            value: Option<Hidden>,
            count: Option<u32>,
        }
        for json in [
            r#"{"value": 918273645}"#,
            r#"{"count": "918273645"}"#,
            r#"{"value": ["918273645"]}"#,
            r#""918273645""#,
            r#"["918273645"]"#,
        ] {
            let (_, error) = refused::<Holder>(json);
            assert!(!error.to_string().contains("918273645"), "{error}");
        }
    }

    #[test]
    fn what_follows_the_body_is_refused() {
        assert_eq!(refused::<serde_json::Value>("{} {}").0, Code::RequestInvalid);
    }
}
