//! People as the derive describes them, at issuers that write roles in every way there is.

use auth::issuer::{Issuer, IssuerBuilder, NotClaims, ReadClaims, Verified};
use auth::testing::ManualClock;
use auth::{AuthClaims, AuthPermission, AuthRole, Permissions, Roles};
use serde_json::{Value, json};

use crate::keys::{Key, published};
use crate::person::{AUDIENCE, URL, claims};

#[derive(Clone, Debug, PartialEq, AuthRole)]
pub(crate) enum Job {
    Clerk,
    #[role(includes(Clerk), grants(Task::Pay))]
    Boss,
    Contractor,
}

#[derive(Clone, Debug, PartialEq, AuthPermission)]
pub(crate) enum Task {
    Pay,
    #[permission(includes(Pay))]
    Refund,
}

#[derive(Clone, Debug, AuthClaims)]
#[auth(acr(mfa("2", "phrh")))]
pub(crate) struct Employee {
    #[auth(subject)]
    pub(crate) sub: String,
    #[auth(roles("realm_access.roles", "resource_access.shop.roles", keys_of("urn:zitadel:iam:org:project:roles")))]
    pub(crate) jobs: Roles<Job>,
    #[auth(permissions("scope", "https://shop.example.org/may"))]
    pub(crate) tasks: Permissions<Task>,
    #[auth(verified)]
    pub(crate) email_verified: Option<bool>,
    pub(crate) preferred_username: Option<String>,
    #[auth(claim("address.country"))]
    pub(crate) country: Option<String>,
    pub(crate) client_id: Option<String>,
    #[auth(claim("org\\.id"))]
    pub(crate) org: Option<u32>,
}

/// An issuer of employees whose tokens this key signs.
pub(crate) fn builder(key: Key) -> IssuerBuilder<Employee> {
    Issuer::new(URL).audience(AUDIENCE).keys(published(&[key])).clock(ManualClock::default())
}

/// Claims of an access token, with more of them.
pub(crate) fn with(more: Value) -> Value {
    let mut claims = claims();
    let Value::Object(more) = more else { panic!("{more} is no object") };
    claims.as_object_mut().unwrap().extend(more);
    claims
}

pub(crate) fn read(more: Value) -> Result<Verified<Employee>, NotClaims> {
    Employee::read_claims(&with(more).to_string())
}

/// The claims of a clerk.
pub(crate) fn clerk() -> Value {
    with(json!({ "realm_access": { "roles": ["offline_access", "clerk"] } }))
}
