//! The guide: what to write for which purpose, one page per subject. Every program in it is compiled by the tests.
//!
//! | page | answers |
//! |---|---|
//! | [`guards`] | how do I say who may call what? |
//! | [`own_table`] | how does my table become the user table? |
//! | [`sign_in`] | what do login, refresh and logout do, and how do I call them myself? |
//! | [`own_routes`] | my API has shapes, tokens and errors of its own: what do I keep? |
//! | [`mail`] | how do users get a new password, and how does mail leave my application? |
//! | [`factors`] | how do users add an authenticator app, and what if the phone is lost? |
//! | [`passkeys`] | how do users sign in without a password? |
//! | [`api_keys`] | how does a script call my routes, with less than its owner may do? |
//! | [`other_issuers`] | people sign in at Keycloak, Entra or Auth0: how do I guard an API for them? |
//! | [`browsers`] | cookies or tokens? what about a front end on another origin, and sockets? |
//! | [`limits`] | who is kept out after how many attempts, and what must I set behind a proxy? |
//! | [`instances`] | what if it runs more than once? |
//! | [`databases`] | what must the database allow, and can I bring another store? |
//! | [`other_services`] | how do services in other languages verify my access tokens? |
//! | [`testing`] | how do I test it? |
//! | [`operations`] | secrets, accounts, logs, restores: how do I run it? |
//! | [`command_line`] | how do I make the first administrator, and find out what is wrong? |
//! | [`coming_from`] | what is the equivalent of what I have? |
//!
//! The pages are part of the documentation only, not of a build.

#[doc = include_str!("docs/guards.md")]
pub mod guards {}
#[doc = include_str!("docs/own_table.md")]
pub mod own_table {}
#[doc = include_str!("docs/sign_in.md")]
pub mod sign_in {}
#[doc = include_str!("docs/own_routes.md")]
pub mod own_routes {}
#[doc = include_str!("docs/mail.md")]
pub mod mail {}
#[doc = include_str!("docs/factors.md")]
pub mod factors {}
#[doc = include_str!("docs/passkeys.md")]
pub mod passkeys {}
#[doc = include_str!("docs/api_keys.md")]
pub mod api_keys {}
#[doc = include_str!("docs/other_issuers.md")]
pub mod other_issuers {}
#[doc = include_str!("docs/browsers.md")]
pub mod browsers {}
#[doc = include_str!("docs/limits.md")]
pub mod limits {}
#[doc = include_str!("docs/instances.md")]
pub mod instances {}
#[doc = include_str!("docs/databases.md")]
pub mod databases {}
#[doc = include_str!("docs/other_services.md")]
pub mod other_services {}
#[doc = include_str!("docs/testing.md")]
pub mod testing {}
#[doc = include_str!("docs/operations.md")]
pub mod operations {}
#[doc = include_str!("docs/command_line.md")]
pub mod command_line {}
#[doc = include_str!("docs/coming_from.md")]
pub mod coming_from {}
