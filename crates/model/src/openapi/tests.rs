use serde_json::{Value, json};

use super::*;
use crate::api::{ApiSpec, BasePath, Lifecycle};
use crate::resource::Resource;

fn read(document: Value) -> Import {
    let options = ImportOptions { scope_resource: "orders".parse().expect("a name") };
    let import = import(&document, &options).expect("an import");
    assert_valid(&import);
    import
}

/// Whatever is imported is an api that may be published.
fn assert_valid(import: &Import) {
    let name = |text: &str| text.parse::<Name>().expect("a name");
    let spec = ApiSpec {
        title: import.title.clone(),
        description: import.description.clone(),
        api: name("orders"),
        version: name("v1"),
        version_in: Default::default(),
        base_path: "/orders".parse::<BasePath>().expect("a base path"),
        keep_base_path: false,
        upstream: name("orders"),
        access: Default::default(),
        lifecycle: Lifecycle::Published,
        token_parameter: None,
        scopes: import.scopes.clone(),
        routes: import.routes.clone(),
        limits: Default::default(),
        bounds: Default::default(),
        websocket: false,
        cors: None,
        capture: Default::default(),
        openapi: None,
    };
    let mut errors = Vec::new();
    spec.validate(&mut errors);
    assert_eq!(errors, []);
}

/// Each route in a line: name, method, path, scopes, cost.
fn lines(import: &Import) -> Vec<String> {
    let line = |route: &Route| {
        let methods: Vec<&str> = route.methods.iter().map(|method| method.as_str()).collect();
        let (rule, scopes) = match &route.scopes {
            crate::scope::ScopeRule::All(scopes) => ("all", scopes),
            crate::scope::ScopeRule::Any(scopes) => ("any", scopes),
        };
        format!("{} {} {} {rule}({scopes}) {}", route.name, methods.join(","), route.path, route.cost)
    };
    import.routes.iter().map(line).collect()
}

fn refused(document: Value) -> Vec<String> {
    let options = ImportOptions { scope_resource: "orders".parse().expect("a name") };
    let errors = import(&document, &options).expect_err("errors");
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn a_document_of_3_0() {
    let import = read(json!({
        "openapi": "3.0.3",
        "info": {"title": "Orders", "description": "All orders.", "version": "1.4"},
        "security": [{"oauth": ["orders:read"]}],
        "paths": {
            "/orders": {
                "get": {"operationId": "listOrders", "summary": "Lists orders."},
                "post": {
                    "operationId": "createOrder",
                    "description": "Creates an order.",
                    "security": [{"oauth": ["orders:write", "orders:read"]}],
                },
            },
            "/orders/{orderId}": {
                "parameters": [{"$ref": "#/components/parameters/OrderId"}],
                "get": {"operationId": "readOrder"},
                "delete": {"operationId": "deleteOrder", "security": [{"oauth": ["orders:write"]}, {"oauth": ["admin"]}]},
                "trace": {},
            },
            "/orders/{orderId}/lines/{lineId}": {
                "parameters": [{"$ref": "#/components/parameters/OrderId"}],
                "get": {
                    "parameters": [{"name": "lineId", "in": "path", "required": true,
                                    "schema": {"type": "string", "format": "uuid"}}],
                    "security": [],
                },
            },
            "/search": {"post": {"operationId": "search", "x-keyward-cost": 5,
                                 "x-keyward-scopes": {"any": ["orders:search", "orders:read"]}}},
            "/health": {"get": {"operationId": "health", "security": [{}]}},
            "/orders/{orderId}.pdf": {"get": {"operationId": "pdf"}},
        },
        "components": {
            "parameters": {"OrderId": {"name": "orderId", "in": "path", "required": true,
                                       "schema": {"$ref": "#/components/schemas/Id"}}},
            "schemas": {"Id": {"type": "integer", "format": "int64"}},
            "securitySchemes": {
                "oauth": {"type": "oauth2", "flows": {"clientCredentials": {
                    "tokenUrl": "/token", "scopes": {"orders:read": "Reads orders.", "admin": "Does all."},
                }}},
            },
        },
    }));
    assert_eq!((import.title.as_str(), import.description.as_str()), ("Orders", "All orders."));
    assert_eq!(
        lines(&import),
        [
            "list-orders GET /orders all(orders:read) 1",
            "create-order POST /orders all(orders:read orders:write) 1",
            "read-order GET /orders/{orderId:int} all(orders:read) 1",
            "delete-order DELETE /orders/{orderId:int} any(orders:admin orders:write) 1",
            "get-orders-order-id-lines-line-id GET /orders/{orderId:int}/lines/{lineId:uuid} all() 1",
            "search POST /search any(orders:read orders:search) 5",
            "health GET /health all() 1",
        ]
    );
    assert_eq!(import.routes[0].description, "Lists orders.");
    assert_eq!(import.routes[1].description, "Creates an order.");
    let scopes: Vec<String> = import.scopes.iter().map(|(scope, text)| format!("{scope} {text}")).collect();
    assert_eq!(scopes, ["orders:admin Does all.", "orders:read Reads orders.", "orders:search ", "orders:write "]);
    let warnings: Vec<&str> = import.warnings.iter().map(|warning| warning.at.as_str()).collect();
    assert_eq!(warnings, ["/paths/~1orders~1{orderId}/trace", "/paths/~1orders~1{orderId}.pdf/get", "/security"]);
}

#[test]
fn a_document_of_3_1() {
    let import = read(json!({
        "openapi": "3.1.0",
        "info": {"title": "Orders", "version": "2"},
        "x-keyward-scopes": {"orders:export": "Takes everything along."},
        "paths": {
            "x-internal": {"get": {}},
            "/orders/{id}": {"$ref": "#/components/pathItems/Order"},
            "/again/{id}": {"$ref": "#/paths/~1orders~1%7Bid%7D"},
            "/export/{proxy+}": {
                "x-keyward-scopes": ["orders:export"], "x-keyward-cost": 100,
                "get": {}, "put": {"x-keyward-cost": 200},
            },
        },
        "components": {
            "pathItems": {"Order": {
                "get": {
                    "operationId": "orders.read",
                    "parameters": [{"name": "id", "in": "path", "schema": {"type": ["integer", "null"]}}],
                    "security": [{"oidc": ["read"]}, {"key": []}],
                },
                "patch": {"operationId": "orders.read", "security": [{"key": []}]},
            }},
            "securitySchemes": {
                "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://id.example"},
                "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            },
        },
        "webhooks": {"changed": {"post": {}}},
    }));
    assert_eq!(
        lines(&import),
        [
            "orders.read GET /orders/{id:int} all(orders:read) 1",
            "orders.read-2 PATCH /orders/{id} all() 1",
            "orders.read-3 GET /again/{id:int} all(orders:read) 1",
            "orders.read-4 PATCH /again/{id} all() 1",
            "get-export-proxy GET /export/{proxy:path} all(orders:export) 100",
            "put-export-proxy PUT /export/{proxy:path} all(orders:export) 200",
        ]
    );
    let scopes: Vec<String> = import.scopes.iter().map(|(scope, text)| format!("{scope} {text}")).collect();
    assert_eq!(scopes, ["orders:export Takes everything along.", "orders:read "]);
    let warnings: Vec<&str> = import.warnings.iter().map(|warning| warning.text.as_str()).collect();
    let undeclared = "The path parameter `id` is not declared; it is taken as text.";
    let open = "2 routes ask for no scope: every valid token of the team may call them.";
    assert_eq!(warnings, [undeclared, undeclared, open]);
}

/// What is asked of a single operation with this `security`, or the warning for its absence.
fn asked(security: Value) -> String {
    let import = read(json!({
        "openapi": "3.0.0",
        "paths": {"/x": {"get": {"operationId": "x", "security": security}}},
        "components": {"securitySchemes": {
            "a": {"type": "oauth2", "flows": {}},
            "b": {"type": "openIdConnect"},
            "basic": {"type": "http", "scheme": "basic"},
            "elsewhere": {"$ref": "other.yaml#/x"},
        }},
    }));
    match import.routes.first() {
        Some(route) => format!("{:?}", route.scopes).replace("ScopeSet", ""),
        None => import.warnings.last().expect("a warning").text.clone(),
    }
}

#[test]
fn an_operation_never_asks_for_less_than_written() {
    assert_eq!(asked(json!([{"a": ["o:r", "o:w"]}])), "All(([o:r, o:w]))");
    assert_eq!(asked(json!([{"a": ["o:r"], "b": ["o:w"]}])), "All(([o:r, o:w]))");
    assert_eq!(asked(json!([{"a": ["o:r"]}, {"b": ["o:r"]}])), "All(([o:r]))");
    assert_eq!(asked(json!([{"a": ["o:r"]}, {"b": ["o:w"]}])), "Any(([o:r, o:w]))");
    assert_eq!(asked(json!([{"a": ["o:r"]}, {"b": ["o:w", "o:x"]}])), "All(([o:r, o:w, o:x]))");
    assert_eq!(asked(json!([{"a": ["o:r"]}, {"basic": []}])), "All(([o:r]))");
    assert_eq!(asked(json!([{"a": ["o:r"]}, {}])), "All(([]))");
    assert_eq!(asked(json!([{"a": []}])), "All(([]))");
    for (security, why) in [
        (json!([{"unknown": []}]), "names the security scheme `unknown`"),
        (json!([{"elsewhere": ["o:r"]}]), "outside of the document"),
        (json!([{"a": ["keyward:operator"]}]), "guards Keyward itself"),
        (json!([{"a": ["*:*"]}]), "is a wildcard"),
        (json!([{"a": ["o:*"]}]), "is a wildcard"),
        (json!([{"a": ["two words"]}]), "cannot be written as resource:action"),
        (json!([{"a": "o:r"}]), "no list of objects"),
        (json!(["a"]), "no list of objects"),
        (json!({"a": ["o:r"]}), "no list of objects"),
        (json!(null), "no list of objects"),
    ] {
        let said = asked(security.clone());
        assert!(said.starts_with("The operation is left out: it ") && said.contains(why), "{security}: {said}");
    }
}

#[test]
fn own_scopes_that_cannot_be_read_leave_the_operation_out() {
    for own in [json!("o:r"), json!({"some": ["o:r"]}), json!({"any": ["o:r"], "all": []}), json!([1]), json!(["*:*"])]
    {
        let import = read(json!({"openapi": "3.0.0", "paths": {"/x": {"get": {"x-keyward-scopes": own}}}}));
        assert_eq!((import.routes.len(), import.warnings.len()), (0, 1), "{own}");
    }
}

#[test]
fn two_operations_that_match_the_same_calls_become_one_route() {
    let import = read(json!({"openapi": "3.0.0", "paths": {"/x/{a}": {"get": {}}, "/x/{b}": {"get": {}, "put": {}}}}));
    assert_eq!(import.routes.len(), 2);
    assert!(import.warnings.iter().any(|warning| warning.at == "/paths/~1x~1{b}/get"), "{:?}", import.warnings);
}

#[test]
fn what_is_no_document_is_refused_with_a_remedy() {
    assert!(refused(json!([]))[0].contains("OpenAPI document"));
    assert!(refused(json!({"swagger": "2.0", "paths": {}}))[0].contains("swagger2openapi"));
    assert!(refused(json!({"openapi": "3.2.0", "paths": {}}))[0].contains("is `3.2.0`"));
    assert!(refused(json!({"openapi": "3.10", "paths": {}}))[0].contains("is `3.10`"));
    assert!(refused(json!({"openapi": 3.0, "paths": {}}))[0].contains("OpenAPI 3.0 or 3.1"));
    assert!(refused(json!({"openapi": "3.1.0"}))[0].contains("`paths` is missing"));
    for cost in [json!(0), json!(-1), json!(1.5), json!("5"), json!(1_000_001), json!(null)] {
        let paths = json!({"/x": {"get": {"x-keyward-cost": cost}}});
        let said = refused(json!({"openapi": "3.1.0", "paths": paths}));
        assert_eq!(said, ["`/paths/~1x/get/x-keyward-cost` is no cost; use a whole number from 1 to 1000000"]);
    }
}

#[test]
fn references_in_a_circle_and_to_nowhere_end() {
    let import = read(json!({
        "openapi": "3.1.0",
        "paths": {
            "/a": {"$ref": "#/paths/~1b"},
            "/b": {"$ref": "#/paths/~1a"},
            "/c": {"$ref": "other.yaml#/c"},
            "/d": {"$ref": "#/nowhere"},
            "/e/{id}": {"get": {"parameters": [{"$ref": "#/paths/~1a"}, {"name": "id", "in": "path", "schema": {"$ref": "#"}}]}},
        },
    }));
    assert_eq!(lines(&import), ["get-e-id GET /e/{id} all() 1"]);
    assert_eq!(import.warnings.len(), 5);
}

#[test]
fn too_many_operations_are_refused() {
    let paths: serde_json::Map<String, Value> = (0..2001).map(|n| (format!("/p{n}"), json!({"get": {}}))).collect();
    assert!(refused(json!({"openapi": "3.1.0", "paths": paths}))[0].contains("more than 2000"));
}
