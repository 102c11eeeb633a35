//! From a path and its operations to routes.

use serde_json::Value;

use super::document::pointer;
use super::path::{ParameterTypes, read_parameters, template};
use super::{Reading, naming, text_of};
use crate::api::{Method, Route};
use crate::resource::FieldError;

const METHODS: [(&str, Method); 7] = [
    ("get", Method::Get),
    ("head", Method::Head),
    ("post", Method::Post),
    ("put", Method::Put),
    ("patch", Method::Patch),
    ("delete", Method::Delete),
    ("options", Method::Options),
];

impl<'a> Reading<'a> {
    /// Takes in every operation of `path`.
    pub(super) fn read_path(&mut self, path: &str, item: &'a Value) {
        let at = pointer("/paths", path);
        let item = match self.document.resolve(item) {
            Ok(item) => item,
            Err(why) => return self.warn(&at, format!("The path is left out: it {why}.")),
        };
        let mut types = ParameterTypes::new();
        read_parameters(self.document, item.get("parameters"), &mut types);
        for (word, method) in METHODS {
            if let Some(operation) = item.get(word) {
                let at = pointer(&at, word);
                let mut types = types.clone();
                read_parameters(self.document, operation.get("parameters"), &mut types);
                if let Err(why) = self.read_operation(&at, path, method, item, operation, &types) {
                    self.warn(&at, format!("The operation is left out: {why}."));
                }
            }
        }
        if item.get("trace").is_some() {
            self.warn(&pointer(&at, "trace"), "The operation is left out: TRACE is never forwarded.");
        }
    }

    fn read_operation(
        &mut self,
        at: &str,
        path: &str,
        method: Method,
        item: &Value,
        operation: &Value,
        types: &ParameterTypes,
    ) -> Result<(), String> {
        let (template, undeclared) = template(path, types).map_err(|why| format!("the path {why}"))?;
        let shape = (method, template.shape());
        if self.shapes.contains(&shape) {
            return Err("it matches the same calls as an operation before it".to_owned());
        }
        let scopes = self.scope_rule(at, item, operation).map_err(|why| format!("it {why}"))?;
        let id = operation.get("operationId").and_then(Value::as_str);
        let summary = text_of(operation.get("summary"), 2000);
        let description = if summary.is_empty() { text_of(operation.get("description"), 2000) } else { summary };
        let cost = self.cost(at, operation.get("x-keyward-cost").or_else(|| item.get("x-keyward-cost")));
        for name in undeclared {
            self.warn(at, format!("The path parameter `{name}` is not declared; it is taken as text."));
        }
        let name = naming::route_name(id, method, path, &self.names);
        self.names.insert(name.clone());
        self.shapes.insert(shape);
        self.import.routes.push(Route {
            name,
            description,
            methods: [method].into(),
            path: template,
            scopes,
            cost,
            timeouts: None,
            max_body_bytes: None,
        });
        Ok(())
    }

    fn cost(&mut self, at: &str, value: Option<&Value>) -> u32 {
        let Some(value) = value else { return 1 };
        let cost =
            value.as_u64().and_then(|cost| u32::try_from(cost).ok()).filter(|cost| (1..=1_000_000).contains(cost));
        cost.unwrap_or_else(|| {
            let field = pointer(at, "x-keyward-cost");
            self.errors.push(FieldError::new(field, "is no cost", "use a whole number from 1 to 1000000"));
            1
        })
    }
}
