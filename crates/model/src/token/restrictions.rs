//! Where, when and with what a token may be used.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::api::Method;
use crate::cidr::Cidr;
use crate::origin::OriginPattern;
use crate::resource::{FieldError, at_most};
use crate::thumbprint::Thumbprint;
use crate::time_window::TimeWindow;
use crate::{Name, Timestamp};

/// What a token is held to. An empty list holds it to nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Restrictions {
    /// The apis it may call, and in each the routes; at most 200.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub apis: Vec<ApiGrant>,
    /// The methods it may use.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub methods: BTreeSet<Method>,
    /// The addresses it may come from; at most 500.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allow_addresses: Vec<Cidr>,
    /// The addresses it may not come from, whatever is allowed; at most 500.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deny_addresses: Vec<Cidr>,
    /// The browser origins it may be used on (`Origin`, or else `Referer`); at most 100.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<OriginPattern>,
    /// The client certificates it is bound to, by thumbprint; at most 50. Without one of them, the token alone is worth
    /// nothing (RFC 8705, section 3).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub client_certificates: Vec<Thumbprint>,
    /// When it works; at most 50.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub time_windows: Vec<TimeWindow>,
}

/// An api a token may call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiGrant {
    /// The api, by the name that all its versions share.
    pub api: Name,
    /// Its routes, by name; none given means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Name>,
}

impl fmt::Display for ApiGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.api)?;
        for (place, route) in self.routes.iter().enumerate() {
            write!(f, "{}{route}", if place == 0 { ": " } else { ", " })?;
        }
        Ok(())
    }
}

impl Restrictions {
    /// Those that hold a token to nothing.
    pub const NONE: Self = Self {
        apis: Vec::new(),
        methods: BTreeSet::new(),
        allow_addresses: Vec::new(),
        deny_addresses: Vec::new(),
        origins: Vec::new(),
        client_certificates: Vec::new(),
        time_windows: Vec::new(),
    };

    /// Whether it holds a token to nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::NONE
    }

    /// Whether `route` of `api` may be called.
    pub fn admits_route(&self, api: &Name, route: &Name) -> bool {
        self.apis.is_empty()
            || self
                .apis
                .iter()
                .any(|grant| grant.api == *api && (grant.routes.is_empty() || grant.routes.contains(route)))
    }

    /// Whether a call may come from `address`: the deny list decides first.
    pub fn admits_address(&self, address: IpAddr) -> bool {
        !self.deny_addresses.iter().any(|range| range.contains(address))
            && (self.allow_addresses.is_empty() || self.allow_addresses.iter().any(|range| range.contains(address)))
    }

    /// Whether a call may come over a connection whose client has proved this certificate, or none.
    pub fn admits_certificate(&self, shown: Option<&Thumbprint>) -> bool {
        self.client_certificates.is_empty() || shown.is_some_and(|shown| self.client_certificates.contains(shown))
    }

    /// Whether a call may come at `moment`.
    pub fn admits_time(&self, moment: Timestamp) -> bool {
        self.time_windows.is_empty() || self.time_windows.iter().any(|window| window.contains(moment))
    }

    /// What cannot be.
    pub fn validate(&self, errors: &mut Vec<FieldError>) {
        at_most(&self.apis, 200, "restrictions.apis", errors);
        at_most(&self.allow_addresses, 500, "restrictions.allow_addresses", errors);
        at_most(&self.deny_addresses, 500, "restrictions.deny_addresses", errors);
        at_most(&self.origins, 100, "restrictions.origins", errors);
        at_most(&self.client_certificates, 50, "restrictions.client_certificates", errors);
        at_most(&self.time_windows, 50, "restrictions.time_windows", errors);
        for (place, window) in self.time_windows.iter().enumerate() {
            if window.from == window.to {
                let field = format!("restrictions.time_windows[{place}]");
                errors.push(FieldError::new(
                    field,
                    "opens and closes at the same time",
                    "use 00:00 to 24:00 for the whole day",
                ));
            }
        }
    }

    /// Whether these restrictions let something through that `before` did not.
    pub fn widens(&self, before: &Self) -> bool {
        widens_list(&self.apis, &before.apis, |new, old| {
            old.api == new.api
                && (old.routes.is_empty()
                    || (!new.routes.is_empty() && new.routes.iter().all(|r| old.routes.contains(r))))
        }) || widens_list(&self.methods, &before.methods, |new, old| new == old)
            || widens_list(&self.allow_addresses, &before.allow_addresses, |new, old| old.covers(new))
            || before.deny_addresses.iter().any(|old| !self.deny_addresses.iter().any(|new| new.covers(old)))
            || widens_list(&self.origins, &before.origins, |new, old| new == old)
            || widens_list(&self.client_certificates, &before.client_certificates, |new, old| new == old)
            || widens_list(&self.time_windows, &before.time_windows, |new, old| new == old)
    }
}

/// Whether an allow list admits something new: it was a list and is none, or has an entry no old one covers.
fn widens_list<'a, T: 'a, L>(now: L, before: L, covered: impl Fn(&T, &T) -> bool) -> bool
where
    L: IntoIterator<Item = &'a T> + Copy,
{
    let was_free = before.into_iter().next().is_none();
    let is_free = now.into_iter().next().is_none();
    !was_free && (is_free || now.into_iter().any(|new| !before.into_iter().any(|old| covered(new, old))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(allow: &[&str], deny: &[&str]) -> Restrictions {
        let parse = |list: &[&str]| list.iter().map(|text| text.parse().expect("a range")).collect();
        Restrictions { allow_addresses: parse(allow), deny_addresses: parse(deny), ..Restrictions::default() }
    }

    #[test]
    fn deny_decides_before_allow() {
        let held = addresses(&["10.0.0.0/8"], &["10.1.0.0/16"]);
        let admits = |text: &str| held.admits_address(text.parse().expect("an address"));
        assert!(admits("10.2.0.1"));
        assert!(!admits("10.1.0.1"));
        assert!(!admits("11.0.0.1"));
        assert!(!admits("::1"));
    }

    #[test]
    fn widening_is_seen() {
        let narrow = addresses(&["10.0.0.0/8"], &["10.1.0.0/16"]);
        assert!(addresses(&[], &["10.1.0.0/16"]).widens(&narrow));
        assert!(addresses(&["10.0.0.0/8", "192.0.2.1"], &["10.1.0.0/16"]).widens(&narrow));
        assert!(addresses(&["10.0.0.0/8"], &[]).widens(&narrow));
        assert!(!addresses(&["10.2.0.0/16"], &["10.1.0.0/16", "10.3.0.0/16"]).widens(&narrow));
        assert!(!narrow.widens(&Restrictions::default()));
    }

    #[test]
    fn a_bound_token_needs_its_certificate_and_unbinding_it_widens() {
        let (ours, other) = (Thumbprint::from_sha256([1; 32]), Thumbprint::from_sha256([2; 32]));
        let bound = Restrictions { client_certificates: vec![ours], ..Restrictions::default() };
        assert!(bound.admits_certificate(Some(&ours)));
        assert!(!bound.admits_certificate(Some(&other)));
        assert!(!bound.admits_certificate(None));
        assert!(Restrictions::default().admits_certificate(None));
        assert!(Restrictions::default().widens(&bound));
        let both = Restrictions { client_certificates: vec![ours, other], ..Restrictions::default() };
        assert!(both.widens(&bound) && !bound.widens(&both));
    }

    #[test]
    fn a_grant_without_routes_is_wider_than_one_with() {
        let grant = |routes: &[&str]| Restrictions {
            apis: vec![ApiGrant {
                api: "orders".parse().expect("a name"),
                routes: routes.iter().map(|route| route.parse().expect("a name")).collect(),
            }],
            ..Restrictions::default()
        };
        assert!(grant(&[]).widens(&grant(&["list"])));
        assert!(!grant(&["list"]).widens(&grant(&[])));
        assert!(grant(&["list", "read"]).widens(&grant(&["list"])));
        assert!(grant(&["list"]).admits_route(&"orders".parse().expect("a name"), &"list".parse().expect("a name")));
        assert!(!grant(&["list"]).admits_route(&"orders".parse().expect("a name"), &"read".parse().expect("a name")));
    }
}
