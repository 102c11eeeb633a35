//! OpenAPI documents.

use keyward_model::api::{ApiSpec, BasePath, Lifecycle};
use keyward_model::openapi::{Import, ImportOptions, import};
use keyward_model::{Name, Resource};
use serde_json::Value;

/// Whatever is imported is an api that may be published; what is refused is refused with a reason.
pub fn openapi(bytes: &[u8]) {
    let Ok(document) = serde_json::from_slice::<Value>(bytes) else { return };
    match import(&document, &ImportOptions { scope_resource: name("orders") }) {
        Err(errors) => assert!(!errors.is_empty()),
        Ok(import) => {
            let mut errors = Vec::new();
            published(import).validate(&mut errors);
            assert!(errors.is_empty(), "{errors:?}");
        }
    }
}

fn published(import: Import) -> ApiSpec {
    ApiSpec {
        title: import.title,
        description: import.description,
        api: name("orders"),
        version: name("v1"),
        version_in: Default::default(),
        base_path: "/orders".parse::<BasePath>().expect("a base path"),
        keep_base_path: false,
        upstream: name("orders"),
        access: Default::default(),
        lifecycle: Lifecycle::Published,
        token_parameter: None,
        scopes: import.scopes,
        routes: import.routes,
        limits: Default::default(),
        openapi: None,
        bounds: Default::default(),
        websocket: false,
        capture: Default::default(),
    }
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}
