//! What the list of each kind of resource shows.

use keyward_model::resource::Kind;
use serde_json::Value;

use crate::output::{Column, moment, text_at};

const NAME: Column = Column::new("NAME", |v| text_at(v, "/name"));
const SOURCE: Column = Column::new("SOURCE", |v| text_at(v, "/source"));
const UPDATED: Column = Column::new("UPDATED", |v| moment(v, "/updated_at"));
const DESCRIPTION: Column = Column::new("DESCRIPTION", |v| text_at(v, "/spec/description"));

/// The columns for resources of `kind`.
pub(in crate::command) fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Team => {
            const {
                &[
                    NAME,
                    Column::new("PREFIX", |v| text_at(v, "/spec/token_prefix")),
                    UPDATED,
                    Column::new("TITLE", |v| text_at(v, "/spec/title")),
                ]
            }
        }
        Kind::App => {
            const {
                &[
                    NAME,
                    Column::new("DISABLED", |v| text_at(v, "/spec/disabled").replace('-', "no")),
                    Column::new("SCOPES", |v| text_at(v, "/spec/scopes")),
                    SOURCE,
                    UPDATED,
                ]
            }
        }
        Kind::Api => {
            const {
                &[
                    NAME,
                    Column::new("BASE PATH", |v| text_at(v, "/spec/base_path")),
                    Column::new("UPSTREAM", |v| text_at(v, "/spec/upstream")),
                    Column::new("ACCESS", |v| text_at(v, "/spec/access")),
                    Column::new("LIFECYCLE", |v| text_at(v, "/spec/lifecycle")),
                    Column::new("ROUTES", |v| {
                        v.pointer("/spec/routes").and_then(Value::as_array).map_or(0, Vec::len).to_string()
                    }),
                    SOURCE,
                    UPDATED,
                ]
            }
        }
        Kind::Upstream => {
            const {
                &[
                    NAME,
                    Column::new("TARGETS", targets),
                    Column::new("CONNECTION", |v| text_at(v, "/spec/connection")),
                    SOURCE,
                    UPDATED,
                ]
            }
        }
        Kind::Connection => {
            const {
                &[
                    NAME,
                    Column::new("ORIGIN", |v| text_at(v, "/spec/origin")),
                    Column::new("AUTH", auth),
                    SOURCE,
                    UPDATED,
                ]
            }
        }
        Kind::Secret => {
            const { &[NAME, Column::new("VALUE FROM", |v| text_at(v, "/spec/value_from")), SOURCE, UPDATED, DESCRIPTION] }
        }
        Kind::Subscription => {
            const {
                &[
                    NAME,
                    Column::new("APP", |v| text_at(v, "/spec/app")),
                    Column::new("API", |v| text_at(v, "/spec/api")),
                    Column::new("STATE", |v| text_at(v, "/spec/state")),
                    SOURCE,
                    UPDATED,
                ]
            }
        }
        Kind::Policy => {
            const {
                &[
                    NAME,
                    Column::new("DISABLED", |v| text_at(v, "/spec/disabled").replace('-', "no")),
                    SOURCE,
                    UPDATED,
                    DESCRIPTION,
                ]
            }
        }
        Kind::Token | Kind::Key | Kind::User | Kind::Membership | Kind::Invitation => const { &[NAME] },
    }
}

fn targets(upstream: &Value) -> String {
    let targets = upstream.pointer("/spec/targets").and_then(Value::as_array);
    let urls = targets.into_iter().flatten().map(|target| text_at(target, "/url"));
    urls.collect::<Vec<_>>().join(" ")
}

/// `bearer: crm-key`: the way a secret is presented, and the secret's name.
fn auth(connection: &Value) -> String {
    match connection.pointer("/spec/auth") {
        Some(Value::Object(auth)) => {
            let ways = auth.iter().map(|(way, inner)| format!("{way}: {}", text_at(inner, "/secret")));
            ways.collect::<Vec<_>>().join(" ")
        }
        _ => text_at(connection, "/spec/auth"),
    }
}
