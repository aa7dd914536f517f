//! Security schemes: two or three per user type.

use std::collections::BTreeMap;

use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Components, RefOr};

use crate::http::routing::RouteInfo;
use crate::model::principal::Realm;

/// The security schemes of each user type, by its realm.
pub(super) struct Schemes(BTreeMap<String, Scheme>);

struct Scheme {
    bearer: String,
    cookie: Option<String>,
    /// If any route takes API keys.
    key: Option<String>,
}

impl Schemes {
    /// Registers what the protected routes among `routes` require. A single user type has `bearerAuth` and
    /// `cookieAuth`, and `apiKeyAuth` if a route takes API keys; several have schemes with their own names: `staffBearer`,
    /// `customerBearer`.
    pub(super) fn register(routes: &[RouteInfo], components: &mut Components) -> Self {
        let guarded = routes.iter().filter(|route| !route.public).map(|route| route.about.user);
        let users: BTreeMap<String, Realm> = guarded.map(|user| (user.to_string(), user)).collect();
        let scheme = |(realm, user): (&String, &Realm)| {
            let names = Names::of(*user, &users);
            let of_realm = routes.iter().filter(|route| route.about.user.to_string() == *realm);
            let takes_keys = of_realm.clone().any(|route| route.keys);
            let mut builtin = of_realm.filter_map(|route| route.about.builtin.as_ref());
            let own = builtin.clone().find_map(|builtin| builtin.scheme.as_deref());
            let bearer = put(components, &names.bearer, own.map_or_else(bearer, own_scheme));
            let cookies = builtin.find_map(|builtin| builtin.cookies.as_ref());
            let cookie = cookies.map(|cookies| put(components, &names.cookie, cookie(&cookies.access)));
            let key = takes_keys.then(|| put(components, &names.key, key()));
            (realm.clone(), Scheme { bearer, cookie, key })
        };
        Self(users.iter().map(scheme).collect())
    }

    /// Returns what a route requires: any one of the entries suffices, and an empty list means that everybody may call
    /// it.
    pub(super) fn of(&self, route: &RouteInfo) -> Vec<SecurityRequirement> {
        if route.public {
            return Vec::new();
        }
        let scheme = self.0.get(&route.about.user.to_string());
        let key = |scheme: &'_ Scheme| scheme.key.as_ref().filter(|_| route.keys).cloned();
        let people = |scheme: &'_ Scheme| [Some(scheme.bearer.clone()), scheme.cookie.clone()];
        let people = scheme.filter(|_| !route.keys_only).into_iter().flat_map(people);
        let names = people.chain([scheme.and_then(key)]).flatten();
        names.map(|name| SecurityRequirement::new(name, <[String; 0]>::default())).collect()
    }

    /// Returns whether a cookie can be the credential for a route.
    pub(super) fn has_cookies(&self, route: &RouteInfo) -> bool {
        self.0.get(&route.about.user.to_string()).is_some_and(|scheme| scheme.cookie.is_some())
    }

    /// Returns whether API keys are there, and this route takes none.
    pub(super) fn refuses_keys(&self, route: &RouteInfo) -> bool {
        let scheme = self.0.get(&route.about.user.to_string());
        !route.keys && scheme.is_some_and(|scheme| scheme.key.is_some())
    }

    /// Returns whether there are several user types to tell apart.
    pub(super) fn are_several(&self) -> bool {
        self.0.len() > 1
    }
}

struct Names {
    bearer: String,
    cookie: String,
    key: String,
}

impl Names {
    fn of(user: Realm, users: &BTreeMap<String, Realm>) -> Self {
        if users.len() == 1 {
            let [bearer, cookie, key] = ["bearerAuth", "cookieAuth", "apiKeyAuth"].map(str::to_owned);
            return Self { bearer, cookie, key };
        }
        let namesakes = users.values().filter(|other| other.name == user.name).count();
        let table = user.table.filter(|_| namesakes > 1).unwrap_or_default();
        // A component's name is ASCII; a type's may not be.
        let word: String = user.name.chars().filter(char::is_ascii_alphanumeric).collect();
        let mut chars = word.chars();
        let first = chars.next().unwrap_or('u').to_ascii_lowercase();
        let mut stem: String = std::iter::once(first).chain(chars).collect();
        for part in table.split(|c: char| !c.is_ascii_alphanumeric()) {
            let mut chars = part.chars();
            stem.extend(chars.next().map(|c| c.to_ascii_uppercase()));
            stem.push_str(chars.as_str());
        }
        let [bearer, cookie, key] = ["Bearer", "Cookie", "ApiKey"].map(|kind| format!("{stem}{kind}"));
        Self { bearer, cookie, key }
    }
}

/// Registers `scheme` and returns its name. An equivalent scheme of the application is reused as described; a different
/// one keeps its name.
fn put(components: &mut Components, name: &str, scheme: SecurityScheme) -> String {
    let mut free = name.to_owned();
    let mut number = 1;
    while let Some(other) = components.security_schemes.get(&free) {
        if matches!(other, RefOr::T(other) if is_the_same(other, &scheme)) {
            return free;
        }
        number += 1;
        free = format!("{name}{number}");
    }
    components.security_schemes.insert(free.clone(), RefOr::T(scheme));
    free
}

fn is_the_same(one: &SecurityScheme, other: &SecurityScheme) -> bool {
    match (one, other) {
        (SecurityScheme::Http(one), SecurityScheme::Http(other)) => one.scheme == other.scheme,
        (SecurityScheme::ApiKey(ApiKey::Cookie(one)), SecurityScheme::ApiKey(ApiKey::Cookie(other)))
        | (SecurityScheme::ApiKey(ApiKey::Header(one)), SecurityScheme::ApiKey(ApiKey::Header(other))) => {
            one.name == other.name
        }
        _ => false,
    }
}

fn bearer() -> SecurityScheme {
    SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build())
}

/// An API key, which is sent as a token is.
fn key() -> SecurityScheme {
    SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("API key").build())
}

/// A scheme that documents do not know by name: a header, and what to write into it.
fn own_scheme(name: &str) -> SecurityScheme {
    let says = format!("`{name}`, a blank, and the access token");
    SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description("Authorization", &says)))
}

fn cookie(name: &str) -> SecurityScheme {
    let says = "For pages of the application itself. Cross-site requests that change something are refused.";
    SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(name, says)))
}
