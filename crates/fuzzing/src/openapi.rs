//! OpenAPI documents.

use keyward_model::api::ApiSpec;
use keyward_model::openapi::{Import, ImportOptions, import};
use keyward_model::{Name, Resource};
use serde_json::{Value, json};

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
    let bare = json!({
        "api": "orders", "version": "v1", "base_path": "/orders", "upstream": "orders", "lifecycle": "published",
    });
    let bare: ApiSpec = serde_json::from_value(bare).expect("all that an api must say");
    ApiSpec {
        title: import.title,
        description: import.description,
        scopes: import.scopes,
        routes: import.routes,
        ..bare
    }
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}
