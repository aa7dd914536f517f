//! Checks of two crates that are written alike: `$crate` is another crate in each macro.

use auth::Auth;
use auth::routing::{Routes, get};
use auth_tests::Call;
use axum::extract::FromRef;
use serde_json::json;

use crate::macros::{Member, application};

#[derive(Clone, FromRef)]
struct Site {
    auth: Auth<Member>,
}

impl auth::AuthState for Site {
    type User = Member;
}

/// `auth_tests` has one of this name, too, which lets everybody in.
pub(crate) mod namesake {
    #[auth::check]
    pub(crate) async fn namesake() -> bool {
        false
    }
}

/// Passes our check on as `$crate::…` to a macro of another crate, which adds its own.
macro_rules! with_ours {
    ($how:ident $name:ident) => {
        auth_tests::beside_namesake! { $how $name $crate::namesake::namesake }
    };
}

mod handlers {
    #[auth::check]
    pub(super) async fn never() -> bool {
        false
    }

    #[auth::check]
    pub(super) async fn nor() -> bool {
        false
    }

    #[auth::check]
    pub(super) async fn always() -> bool {
        true
    }

    with_ours!(either either);
    with_ours!(both both);
    with_ours!(plain plain);
}

#[tokio::test]
async fn mac_07_checks_of_two_crates_are_never_one() {
    let site = Site { auth: application().await };
    let routes: Routes<Site> = Routes::new()
        .route("/both", get(handlers::both))
        .route("/plain", get(handlers::plain))
        .route("/either", get(handlers::either));
    let router = routes.into_router().nest("/auth", site.auth.routes().into_router().with_state(site.auth.clone()));
    let router = router.with_state(site.clone());
    let body = json!({ "email": "a@example.org", "password": auth_tests::app::PASSWORD });
    Call::post("/auth/register").json(&body).send(&router).await.is(201);
    let token = Call::post("/auth/login").json(&body).send(&router).await.is(200).access_token();
    for path in ["/both", "/either", "/plain"] {
        Call::get(path).bearer(&token).send(&router).await.is(403);
    }
}
