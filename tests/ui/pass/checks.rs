//! Checks wherever a rule can find them, and whatever stands around them.

#![deny(
    warnings,
    missing_docs,
    unreachable_pub,
    rust_2018_idioms,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]
#![forbid(unsafe_code)]

#[allow(unreachable_pub)]
#[path = "../common.rs"]
mod common;

use auth::routing::{Routes, get};
use auth::{AuthError, check, protected};
use axum::extract::{Path, State};
use axum::http::{Method, StatusCode};
use axum::response::IntoResponse;
use common::{App, Role, User, UserClaims};

use posts::{is_public, owns_post as owner};

/// Posts.
pub mod posts {
    use super::*;

    /// Whose is it?
    #[check]
    pub async fn owns_post(claims: UserClaims, Path(post): Path<i64>) -> Result<bool, AuthError> {
        Ok(claims.sub == post)
    }

    #[check]
    pub(crate) async fn is_public(State(greeting): State<&'static str>) -> bool {
        greeting.is_empty()
    }

    /// In a module below.
    pub(crate) mod drafts {
        use super::*;

        #[check]
        pub(in crate::posts) async fn is_draft(_: User) -> Result<bool, StatusCode> {
            Err(StatusCode::GONE)
        }

        #[protected(is_draft || super::owns_post)]
        pub(crate) async fn read() {}
    }

    #[protected(drafts::is_draft)]
    pub(crate) async fn write() {}
}

#[check]
async fn live(_: Option<User>) -> bool {
    true
}

#[check]
async fn r#match() -> bool {
    true
}

#[check]
async fn an_error_without_a_name() -> Result<bool, impl IntoResponse> {
    Err::<bool, _>((StatusCode::IM_A_TEAPOT, "tea"))
}

#[check]
#[cfg(all())]
async fn sometimes(method: Method) -> bool {
    method == Method::GET
}

#[cfg(any())]
#[check]
async fn sometimes(this_is: Not::Even<Rust>) -> bool {
    true
}

#[check]
#[rustfmt::skip]
async fn eight(
    _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method,
) -> bool {
    true
}

macro_rules! checks {
    ($($name:ident $ty:ty [$argument:ident] $body:block)*) => {
        $(
            #[check]
            async fn $name($argument: $ty) -> bool $body
        )*
    };
}

checks! {
    by_a_macro Method [method] { method == Method::PUT }
}

/// A private check in the rule of a public handler.
#[protected(Role::Admin || by_a_macro)]
pub async fn edit() {}

#[protected(owner || is_public && posts::owns_post)]
async fn renamed() {}

#[protected(self::live, live)]
async fn two_meanings() {}

#[protected(r#match && !sometimes || crate::eight)]
async fn raw() {}

#[protected(an_error_without_a_name, hidden)]
async fn nameless() {}

fn main() {
    let routes: Routes<App> = Routes::new()
        .route("/edit", get(edit))
        .route("/renamed", get(renamed))
        .route("/live", get(two_meanings))
        .route("/raw", get(raw))
        .route("/nameless", get(nameless))
        .route("/drafts", get(posts::drafts::read).post(posts::write));
    let table = routes.table().to_string();
    for rule in ["owner || (is_public && posts::owns_post)", "self::live, live", "an_error_without_a_name, hidden"] {
        assert!(table.contains(rule), "{table}");
    }
}
