//! A call, as policies see it.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::sync::LazyLock;

use cedar_policy::{Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression};
use keyward_model::scope::ScopeSet;
use keyward_model::time_window::Weekday;

use crate::checks::CallFacts;

/// The types of entities, read once.
struct Types {
    app: EntityTypeName,
    api: EntityTypeName,
    route: EntityTypeName,
    action: EntityTypeName,
}

static TYPES: LazyLock<Types> = LazyLock::new(|| {
    let named = |name: &str| name.parse().expect("it is a name");
    Types {
        app: named("Keyward::App"),
        api: named("Keyward::Api"),
        route: named("Keyward::Route"),
        action: named("Keyward::Action"),
    }
});

fn uid(of: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(of.clone(), EntityId::new(id))
}

/// The request, and the entities it names.
pub(super) fn put(facts: &CallFacts<'_>) -> Result<(Request, Entities), Box<dyn Error + Send + Sync>> {
    let app = uid(&TYPES.app, &facts.app.name);
    let version = uid(&TYPES.api, &facts.api.name);
    let api = uid(&TYPES.api, &facts.api.spec.api);
    let route = uid(&TYPES.route, &format!("{}.{}", facts.api.name, facts.route.name));
    let attributes = HashMap::from([
        ("token".to_owned(), text(facts.token.id.as_str())),
        ("scopes".to_owned(), scopes(facts.token.scopes)),
        ("labels".to_owned(), labels(facts.token.labels.iter())),
        (
            "app_labels".to_owned(),
            labels(facts.app.spec.labels.iter().map(|(key, value)| (key.as_str(), value.as_str()))),
        ),
    ]);
    // An api record may be named like the api itself.
    let apis: HashSet<EntityUid> = [version, api].into();
    let mut entities: Vec<Entity> = apis.iter().cloned().map(Entity::with_uid).collect();
    entities.push(Entity::new(app.clone(), attributes, HashSet::new())?);
    entities.push(Entity::new_no_attrs(route.clone(), apis));
    let entities = Entities::from_entities(entities, None)?;
    let action = uid(&TYPES.action, "call");
    let request = Request::new(app, action, route, context(facts)?, None)?;
    Ok((request, entities))
}

fn context(facts: &CallFacts<'_>) -> Result<Context, Box<dyn Error + Send + Sync>> {
    let utc = facts.now.to_jiff().to_zoned(jiff::tz::TimeZone::UTC);
    let pairs = [
        ("method", text(facts.method)),
        ("path", text(facts.request_path)),
        ("api", text(&facts.api.spec.api)),
        ("version", text(&facts.api.spec.version)),
        ("team", text(facts.team_name)),
        ("address", RestrictedExpression::new_ip(facts.address.to_canonical().to_string())),
        ("scopes", scopes(facts.token.scopes)),
        ("hour", RestrictedExpression::new_long(i64::from(utc.hour()))),
        ("weekday", text(word(utc.weekday().into()))),
    ];
    let mut pairs: Vec<_> = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    if let Some(certificate) = &facts.client_certificate {
        let names = certificate.names.iter().map(|name| text(name));
        let fields = [
            ("subject".to_owned(), text(certificate.subject)),
            ("names".to_owned(), RestrictedExpression::new_set(names)),
            ("thumbprint".to_owned(), text(&certificate.thumbprint.to_string())),
        ];
        pairs.push(("client_certificate".to_owned(), RestrictedExpression::new_record(fields)?));
    }
    Ok(Context::from_pairs(pairs)?)
}

fn text(text: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(text.to_owned())
}

fn scopes(scopes: &ScopeSet) -> RestrictedExpression {
    RestrictedExpression::new_set(scopes.iter().map(|scope| text(scope.as_str())))
}

fn labels<'a>(labels: impl Iterator<Item = (&'a str, &'a str)>) -> RestrictedExpression {
    RestrictedExpression::new_set(labels.map(|(key, value)| text(&format!("{key}={value}"))))
}

/// The day, as in time windows.
pub(crate) fn word(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "mon",
        Weekday::Tue => "tue",
        Weekday::Wed => "wed",
        Weekday::Thu => "thu",
        Weekday::Fri => "fri",
        Weekday::Sat => "sat",
        Weekday::Sun => "sun",
    }
}
