//! Scopes: what the document defines, and what an operation asks for.

use std::collections::BTreeSet;

use serde_json::Value;

use super::document::pointer;
use super::{Reading, text_of};
use crate::scope::{Scope, ScopeRule, ScopeSet};

impl Reading<'_> {
    /// Takes in the scopes that the document defines, with their descriptions.
    pub(super) fn read_scopes(&mut self) {
        let at = "/components/securitySchemes";
        for (name, scheme) in self.document.part(at).and_then(Value::as_object).into_iter().flatten() {
            let at = pointer(at, name);
            let scheme = match self.document.resolve(scheme) {
                Ok(scheme) => scheme,
                Err(why) => {
                    self.warn(&at, format!("The security scheme is left out: it {why}."));
                    continue;
                }
            };
            for (_, flow) in scheme.get("flows").and_then(Value::as_object).into_iter().flatten() {
                for (scope, description) in flow.get("scopes").and_then(Value::as_object).into_iter().flatten() {
                    self.define_scope(&at, scope, text_of(Some(description), 2000));
                }
            }
        }
        for (scope, description) in
            self.document.part("/x-keyward-scopes").and_then(Value::as_object).into_iter().flatten()
        {
            self.define_scope("/x-keyward-scopes", scope, text_of(Some(description), 2000));
        }
    }

    fn define_scope(&mut self, at: &str, text: &str, description: String) {
        match self.scope(text) {
            Ok(scope) => {
                let held = self.import.scopes.entry(scope).or_default();
                if held.is_empty() {
                    *held = description;
                }
            }
            Err(why) => self.warn(at, format!("The scope `{text}` is left out: it {why}.")),
        }
    }

    /// What an operation asks for. The error says why that cannot be kept; it goes on from "the operation".
    pub(super) fn scope_rule(&mut self, at: &str, item: &Value, operation: &Value) -> Result<ScopeRule, String> {
        let own = operation.get("x-keyward-scopes").or_else(|| item.get("x-keyward-scopes"));
        let rule = match own {
            Some(own) => self.own_rule(own)?,
            None => self.rule_of_security(at, operation)?,
        };
        for scope in rule.scopes().iter() {
            self.import.scopes.entry(scope.clone()).or_default();
        }
        Ok(rule)
    }

    /// `x-keyward-scopes`: a list, of which all are needed, or `{any: [...]}` or `{all: [...]}`.
    fn own_rule(&self, value: &Value) -> Result<ScopeRule, String> {
        let unreadable = || "has an `x-keyward-scopes` that is no list, `{any: [...]}` or `{all: [...]}`".to_owned();
        let scopes = |list: &Value| {
            let list = list.as_array().ok_or_else(unreadable)?;
            list.iter()
                .map(|scope| self.needed(scope.as_str().ok_or_else(unreadable)?))
                .collect::<Result<ScopeSet, _>>()
        };
        match value {
            Value::Array(_) => scopes(value).map(ScopeRule::All),
            Value::Object(rule) if rule.len() == 1 => match (rule.get("any"), rule.get("all")) {
                (Some(any), _) => scopes(any).map(ScopeRule::Any),
                (_, Some(all)) => scopes(all).map(ScopeRule::All),
                _ => Err(unreadable()),
            },
            _ => Err(unreadable()),
        }
    }

    /// `security`: alternatives, each a list of schemes that are needed together.
    fn rule_of_security(&mut self, at: &str, operation: &Value) -> Result<ScopeRule, String> {
        let Some(security) = operation.get("security").or_else(|| self.document.part("/security")) else {
            return Ok(ScopeRule::default());
        };
        let unreadable = || "has a `security` that is no list of objects".to_owned();
        let mut alternatives = BTreeSet::new();
        let mut unscoped = false;
        for alternative in security.as_array().ok_or_else(unreadable)? {
            let schemes = alternative.as_object().ok_or_else(unreadable)?;
            let mut scopes = BTreeSet::new();
            let mut is_scoped = false;
            for (name, needed) in schemes {
                is_scoped |= self.has_scopes(name)?;
                if self.has_scopes(name)? {
                    for scope in needed.as_array().ok_or_else(unreadable)? {
                        scopes.insert(self.needed(scope.as_str().ok_or_else(unreadable)?)?);
                    }
                }
            }
            // A key beside OAuth is the same service's other way in. Keyward's token takes the place of both, and the
            // scopes are what is known of the permission. Without any scheme the operation is open to everybody.
            unscoped |= schemes.is_empty() || (is_scoped && scopes.is_empty());
            if is_scoped {
                alternatives.insert(scopes);
            }
        }
        if unscoped || alternatives.is_empty() {
            return Ok(ScopeRule::default());
        }
        let all = || alternatives.iter().flatten().cloned().collect::<ScopeSet>();
        if alternatives.len() == 1 {
            return Ok(ScopeRule::All(all()));
        }
        if alternatives.iter().all(|scopes| scopes.len() == 1) {
            return Ok(ScopeRule::Any(all()));
        }
        self.warn(at, "The scopes of its alternatives cannot be told apart; the route asks for all of them together.");
        Ok(ScopeRule::All(all()))
    }

    /// Whether a security scheme is one with scopes: OAuth 2 or OpenID Connect.
    fn has_scopes(&self, name: &str) -> Result<bool, String> {
        let scheme = self.document.part(&pointer("/components/securitySchemes", name));
        let scheme = scheme.ok_or_else(|| format!("names the security scheme `{name}`, which is not defined"))?;
        let scheme = self.document.resolve(scheme).map_err(|why| format!("has a security scheme that {why}"))?;
        Ok(matches!(scheme.get("type").and_then(Value::as_str), Some("oauth2" | "openIdConnect")))
    }

    fn needed(&self, text: &str) -> Result<Scope, String> {
        self.scope(text).map_err(|why| format!("asks for the scope `{text}`, which {why}"))
    }

    /// A scope as Keyward writes it. The error goes on from "the scope".
    fn scope(&self, text: &str) -> Result<Scope, String> {
        let full = if text.contains(':') { text.to_owned() } else { format!("{}:{text}", self.options.scope_resource) };
        let scope: Scope = full.parse().map_err(|_| {
            "cannot be written as resource:action; say what takes its place in x-keyward-scopes".to_owned()
        })?;
        if scope.is_wildcard() || scope.is_management() {
            return Err("is a wildcard or guards Keyward itself, so that no api may define it".to_owned());
        }
        Ok(scope)
    }
}
