//! The flags that say what a token is; the same for creating and editing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use keyward_model::api::Method;
use keyward_model::cidr::Cidr;
use keyward_model::limits::{Quota, RateLimit};
use keyward_model::origin::OriginPattern;
use keyward_model::scope::Scope;
use keyward_model::thumbprint::Thumbprint;
use keyward_model::time_window::TimeWindow;
use keyward_model::token::ApiGrant;
use keyward_model::{Clock, Timestamp};
use serde_json::{Map, Value, json};

use super::notation;
use crate::cli::Context;
use crate::command::resource::wrong_file;
use crate::failure::Failure;
use crate::manifest::Source;

/// What a token is. A list given by flags replaces the whole list.
#[derive(Debug, Default, clap::Args)]
pub struct Fields {
    /// YAML or JSON file with fields as the API takes them; flags win over it. `-` is standard input.
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// What people call it.
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// What it is for.
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// A scope it has, such as orders:read; give it several times or separate by commas.
    #[arg(long = "scope", value_name = "SCOPE", value_delimiter = ',')]
    pub scopes: Vec<Scope>,
    /// An api it may call, or some of its routes: `orders` or `orders:list,show`.
    #[arg(long = "api", value_name = "API[:ROUTES]", value_parser = notation::api_grant)]
    pub apis: Vec<ApiGrant>,
    /// A method it may use.
    #[arg(long = "method", value_name = "METHOD", value_delimiter = ',')]
    pub methods: Vec<Method>,
    /// A range of addresses it may come from.
    #[arg(long = "allow-address", value_name = "CIDR", value_delimiter = ',')]
    pub allow_addresses: Vec<Cidr>,
    /// A range of addresses it may not come from.
    #[arg(long = "deny-address", value_name = "CIDR", value_delimiter = ',')]
    pub deny_addresses: Vec<Cidr>,
    /// A browser origin it may be used on.
    #[arg(long = "origin", value_name = "ORIGIN", value_delimiter = ',')]
    pub origins: Vec<OriginPattern>,
    /// The thumbprint (SHA-256) of a client certificate that it is bound to.
    #[arg(long = "client-certificate", value_name = "THUMBPRINT", value_delimiter = ',')]
    pub client_certificates: Vec<Thumbprint>,
    /// When in the week it works: `mon,tue 08:00-18:00 Europe/Berlin`; days and zone may be left out.
    #[arg(long = "time-window", value_name = "WINDOW", value_parser = notation::time_window)]
    pub time_windows: Vec<TimeWindow>,
    /// A rate: `100/60s`, `10/s,burst=20`, `500/1h,unit=cost`.
    #[arg(long = "rate", value_name = "RATE", value_parser = notation::rate)]
    pub rates: Vec<RateLimit>,
    /// A quota: `10000/day`, `1000000/month,zone=Europe/Berlin`, `500/hour,unit=cost`.
    #[arg(long = "quota", value_name = "QUOTA", value_parser = notation::quota)]
    pub quotas: Vec<Quota>,
    /// A label, as key=value.
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = notation::label)]
    pub labels: Vec<(String, String)>,
    /// From when it works: a date and time, or a span from now such as 2h or 7d.
    #[arg(long, value_name = "TIME", value_parser = notation::moment)]
    pub not_before: Option<notation::Moment>,
    /// Until when it works: a date and time, a span from now such as 30d, or never where the team allows it.
    #[arg(long, value_name = "TIME", value_parser = notation::expiry)]
    pub expires: Option<notation::Expires>,
}

impl Fields {
    /// The fields as the API takes them: those of the file, and over them those of the flags.
    pub(super) fn read(&self, clock: &dyn Clock, context: &mut Context<'_>) -> Result<Map<String, Value>, Failure> {
        let mut fields = match &self.file {
            None => Map::new(),
            Some(file) => {
                let source = Source::new(file, context.read_text(file)?);
                source.parse().map_err(wrong_file)?
            }
        };
        self.lay_over(&mut fields, clock.now());
        Ok(fields)
    }

    fn lay_over(&self, fields: &mut Map<String, Value>, now: Timestamp) {
        set(fields, "name", self.name.as_ref().map(|text| json!(text)));
        set(fields, "description", self.description.as_ref().map(|text| json!(text)));
        set(fields, "scopes", list(&self.scopes));
        let labels: BTreeMap<_, _> = self.labels.iter().cloned().collect();
        set(fields, "labels", (!labels.is_empty()).then(|| json!(labels)));
        set(fields, "not_before", self.not_before.as_ref().map(|moment| json!(moment.from(now))));
        set(fields, "expires_at", self.expires.as_ref().map(|expires| json!(expires.from(now))));
        let restrictions = [
            ("apis", list(&self.apis)),
            ("methods", list(&self.methods)),
            ("allow_addresses", list(&self.allow_addresses)),
            ("deny_addresses", list(&self.deny_addresses)),
            ("origins", list(&self.origins)),
            ("client_certificates", list(&self.client_certificates)),
            ("time_windows", list(&self.time_windows)),
        ];
        set_inner(fields, "restrictions", restrictions);
        set_inner(fields, "limits", [("rates", list(&self.rates)), ("quotas", list(&self.quotas))]);
    }
}

fn list<T: serde::Serialize>(items: &[T]) -> Option<Value> {
    (!items.is_empty()).then(|| json!(items))
}

fn set(fields: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        fields.insert(name.to_owned(), value);
    }
}

fn set_inner<const N: usize>(fields: &mut Map<String, Value>, name: &str, values: [(&str, Option<Value>); N]) {
    for (inner, value) in values {
        if let Some(value) = value {
            let object = fields.entry(name).or_insert_with(|| json!({}));
            if let Value::Object(object) = object {
                object.insert(inner.to_owned(), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_file_and_leave_the_rest_alone() {
        let fields = Fields {
            name: Some("Flag".to_owned()),
            methods: vec![Method::Get],
            rates: vec![notation::rate("5/s").expect("a rate")],
            expires: Some(notation::expiry("30d").expect("a span")),
            ..Fields::default()
        };
        let file = json!({"name": "File", "description": "kept", "restrictions": {"methods": ["PUT"], "origins": ["https://a.example"]}});
        let Value::Object(mut map) = file else { panic!("an object") };
        fields.lay_over(&mut map, Timestamp::from_millis(0));
        assert_eq!(
            Value::Object(map),
            json!({
                "name": "Flag", "description": "kept", "expires_at": "1970-01-31T00:00:00.000Z",
                "restrictions": {"methods": ["GET"], "origins": ["https://a.example"]},
                "limits": {"rates": [{"limit": 5, "window_seconds": 1, "unit": "calls"}]},
            })
        );
    }
}
