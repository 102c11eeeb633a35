//! What people may do in the control room: roles as Cedar policies, those that come with Keyward ([`ROLES`]) and those
//! of a team.
//!
//! Nothing is permitted unless some `permit` matches and no `forbid` does. Policies see this, and are held against it
//! when they are written ([`parse`]):
//!
//! ```text
//! principal  Keyward::User::"<id>", in Keyward::Role::"<role>"    email: String
//!                                                                 apps: Set   the apps that are theirs
//! action     Keyward::Action::"<right>"     a management scope without `keyward:`, such as "tokens.write"
//! resource   Keyward::Team::"<name>", or Keyward::App::"<id>" in it, for what concerns one app alone
//! context    address: ipaddr · second_factor: Bool, whether the user proved one in this session
//!            hour: Long, 0 to 23 in UTC · weekday: "mon" to "sun" in UTC
//! ```
//!
//! A policy that cannot be read or evaluated takes away what it could have taken away: everything, but for operators,
//! whom no policy of a team binds.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::net::IpAddr;
use std::sync::LazyLock;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicyId, PolicySet, Request,
    RestrictedExpression, Schema, Validator,
};
use keyward_model::app::AppId;
use keyward_model::membership::Role;
use keyward_model::policy::{AppliesTo, Policy};
use keyward_model::resource::FieldError;
use keyward_model::user::{Email, UserId};
use keyward_model::{Name, Timestamp};

use crate::cedar::read;

/// The roles that come with Keyward, as Cedar.
pub const ROLES: &str = include_str!("people/roles.cedar");

/// What may be permitted in a team: the management scopes without `keyward:`, but for the operator's own.
pub const RIGHTS: &[&str] = &[
    "teams.read",
    "teams.write",
    "people.read",
    "people.write",
    "apps.read",
    "apps.write",
    "apis.read",
    "apis.write",
    "upstreams.read",
    "upstreams.write",
    "connections.read",
    "connections.write",
    "secrets.read",
    "secrets.write",
    "subscriptions.read",
    "subscriptions.write",
    "policies.read",
    "policies.write",
    "tokens.read",
    "tokens.write",
    "calls.read",
    "captures.read",
    "audit.read",
    "apply",
    "metrics",
];

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let (schema, _) = Schema::from_cedarschema_str(&schema()).expect("a test reads the schema");
    Validator::new(schema)
});

fn schema() -> String {
    let actions: Vec<String> = RIGHTS.iter().map(|right| format!("\"{right}\"")).collect();
    format!(
        "namespace Keyward {{
            entity Role;
            entity Team;
            entity App in [Team];
            entity User in [Role] {{ email: String, apps: Set<App> }};
            action {} appliesTo {{
                principal: [User],
                resource: [Team, App],
                context: {{ address: ipaddr, second_factor: Bool, hour: Long, weekday: String }},
            }};
        }}",
        actions.join(", ")
    )
}

/// Holds a text against Cedar's grammar and what policies about people may refer to; the error names line and column.
pub fn parse(text: &str) -> Result<(), FieldError> {
    read::validated(text, &VALIDATOR).map(drop)
}

/// The roles and policies that decide in one team.
#[derive(Debug)]
pub struct Roles {
    cedar: PolicySet,
    /// Policies that cannot be read. While there are any, nothing is known to be allowed.
    unreadable: Vec<Name>,
}

/// Who asks, from where, as what.
#[derive(Clone, Debug)]
pub struct PersonFacts<'a> {
    /// Who.
    pub user: UserId,
    /// Their address.
    pub email: &'a Email,
    /// Whether they run the installation.
    pub operator: bool,
    /// Their role in the team, where they are a member.
    pub role: Option<&'a Role>,
    /// The apps that are theirs.
    pub apps: &'a [AppId],
    /// The name of the team.
    pub team: &'a str,
    /// Where the request came from.
    pub address: IpAddr,
    /// Whether they proved a second factor in this session.
    pub second_factor: bool,
    /// When.
    pub now: Timestamp,
}

impl Roles {
    /// The roles that come with Keyward and what `policies` of the team add and take away.
    pub fn build<'a>(policies: impl IntoIterator<Item = &'a Policy>) -> Self {
        let mut roles = Self { cedar: built_in(), unreadable: Vec::new() };
        let about_people =
            policies.into_iter().filter(|policy| !policy.spec.disabled && policy.spec.applies_to == AppliesTo::People);
        for policy in about_people {
            let added = read::validated(&policy.spec.cedar, &VALIDATOR).is_ok_and(|set| {
                set.policies().enumerate().all(|(number, statement)| {
                    let named = statement.new_id(PolicyId::new(format!("{}/{number}", policy.name)));
                    roles.cedar.add(named).is_ok()
                })
            });
            if !added {
                roles.unreadable.push(policy.name.clone());
            }
        }
        roles
    }

    /// Which of [`RIGHTS`] somebody has in the team as a whole.
    pub fn rights(&self, facts: &PersonFacts<'_>) -> Vec<&'static str> {
        RIGHTS.iter().copied().filter(|right| self.permits(facts, right, None)).collect()
    }

    /// Whether somebody may do `right` with the whole team, or with one app of it alone.
    pub fn permits(&self, facts: &PersonFacts<'_>, right: &str, app: Option<AppId>) -> bool {
        if facts.operator {
            return RIGHTS.contains(&right);
        }
        if !self.unreadable.is_empty() {
            return false;
        }
        let Ok((request, entities)) = put(facts, right, app) else { return false };
        let response = Authorizer::new().is_authorized(&request, &self.cedar, &entities);
        // A statement that fails may be a `forbid`, and Cedar itself leaves it out.
        response.decision() == Decision::Allow && response.diagnostics().errors().next().is_none()
    }

    /// The policies that cannot be read; while there are any, nobody but operators may do anything.
    pub fn unreadable(&self) -> &[Name] {
        &self.unreadable
    }

    /// The names of the roles that some `permit` of these policies names, those that come with Keyward included.
    pub fn names(&self) -> Vec<Role> {
        let mut names: Vec<Role> = Role::BUILT_IN.to_vec();
        for statement in self.cedar.policies() {
            if let cedar_policy::PrincipalConstraint::In(role) = statement.principal_constraint()
                && let Ok(role @ Role::Custom(_)) = role.id().unescaped().parse::<Role>()
                && !names.contains(&role)
            {
                names.push(role);
            }
        }
        names
    }
}

fn built_in() -> PolicySet {
    read::validated(ROLES, &VALIDATOR).expect("a test reads the roles")
}

/// The types of entities, read once.
struct Types {
    user: EntityTypeName,
    role: EntityTypeName,
    team: EntityTypeName,
    app: EntityTypeName,
    action: EntityTypeName,
}

static TYPES: LazyLock<Types> = LazyLock::new(|| {
    let named = |name: &str| name.parse().expect("it is a name");
    Types {
        user: named("Keyward::User"),
        role: named("Keyward::Role"),
        team: named("Keyward::Team"),
        app: named("Keyward::App"),
        action: named("Keyward::Action"),
    }
});

fn uid(of: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(of.clone(), EntityId::new(id))
}

type Put = Result<(Request, Entities), Box<dyn Error + Send + Sync>>;

fn put(facts: &PersonFacts<'_>, right: &str, app: Option<AppId>) -> Put {
    let user = uid(&TYPES.user, &facts.user.to_string());
    let team = uid(&TYPES.team, facts.team);
    let roles: HashSet<EntityUid> = facts.role.map(|role| uid(&TYPES.role, role.as_str())).into_iter().collect();
    let apps = facts.apps.iter().map(|app| RestrictedExpression::new_entity_uid(uid(&TYPES.app, &app.to_string())));
    let attributes = HashMap::from([
        ("email".to_owned(), RestrictedExpression::new_string(facts.email.to_string())),
        ("apps".to_owned(), RestrictedExpression::new_set(apps)),
    ]);
    let mut entities: Vec<Entity> = roles.iter().cloned().map(Entity::with_uid).collect();
    entities.push(Entity::new(user.clone(), attributes, roles)?);
    entities.push(Entity::with_uid(team.clone()));
    let resource = match app {
        Some(app) => {
            let app = uid(&TYPES.app, &app.to_string());
            entities.push(Entity::new_no_attrs(app.clone(), HashSet::from([team])));
            app
        }
        None => team,
    };
    let request = Request::new(user, uid(&TYPES.action, right), resource, context(facts)?, None)?;
    Ok((request, Entities::from_entities(entities, None)?))
}

fn context(facts: &PersonFacts<'_>) -> Result<Context, Box<dyn Error + Send + Sync>> {
    let utc = facts.now.to_jiff().to_zoned(jiff::tz::TimeZone::UTC);
    let pairs = [
        ("address", RestrictedExpression::new_ip(facts.address.to_canonical().to_string())),
        ("second_factor", RestrictedExpression::new_bool(facts.second_factor)),
        ("hour", RestrictedExpression::new_long(i64::from(utc.hour()))),
        ("weekday", RestrictedExpression::new_string(crate::cedar::word(utc.weekday().into()).to_owned())),
    ];
    Ok(Context::from_pairs(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)))?)
}

#[cfg(test)]
mod tests;
