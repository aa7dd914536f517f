//! The servers.

use std::time::Duration;

use auth::routing::{Routes, get};
use auth::store::Backend;
use auth::{Auth, KeyCaller, Limits, NameEnum as _, NewApiKey, protected};
use axum::Router;
use sqlx::Pool;

use crate::database::Kind;
use crate::hand_written::{self, Find, Wants};
use crate::table;
use crate::user::{Permission, User, UserClaims};

pub(crate) const BARE: &str = "axum alone";
pub(crate) const CLAIMS: &str = "claims";
pub(crate) const ROW: &str = "user";
pub(crate) const CLAIMS_BY_HAND: &str = "claims, hand-written";
pub(crate) const CACHED: &str = "user cached";
pub(crate) const KEY: &str = "API key, user cached";
pub(crate) const HAND_WRITTEN: &str = "hand-written";
pub(crate) const CACHED_BY_HAND: &str = "hand-written, cached";

async fn bare() -> String {
    format!("hello {}", "Ada Lovelace")
}

#[protected]
async fn by_claims(claims: UserClaims) -> String {
    format!("hello {}", claims.display_name)
}

#[protected]
async fn by_row(user: User) -> String {
    format!("hello {}", user.display_name)
}

#[protected(Permission::ProfileRead, keys)]
async fn by_key(caller: KeyCaller<User>) -> String {
    format!("hello {}", caller.user().display_name)
}

/// A router with `GET /me` and a token that opens it.
pub(crate) async fn make<K: Kind>(what: &str, url: &str) -> (Router, String)
where
    Pool<K>: Backend<User> + Find,
{
    let pool = K::connect(url).await;
    match what {
        HAND_WRITTEN => return hand_written::make(pool, Wants::Row),
        CACHED_BY_HAND => return hand_written::make(pool, Wants::CachedRow),
        CLAIMS_BY_HAND => return hand_written::make(pool, Wants::Claims),
        _ => {}
    }
    if what == BARE {
        // It receives a token like the others, and ignores it.
        let (_, token) = hand_written::make(pool, Wants::Claims);
        return (Router::new().route("/me", axum::routing::get(bare)), token);
    }
    if what == KEY {
        // Six hundred requests a minute are not what is measured here.
        let builder = table::builder(&pool).user_cache(Duration::from_secs(5)).api_keys("bench");
        let auth = builder.limits(Limits::insecure_none()).build().await.unwrap();
        let key = auth
            .accounts()
            .create_api_key(&1, NewApiKey::new("bench", [Permission::ProfileRead.name()]))
            .await
            .unwrap();
        let routes: Routes<Auth<User>> = Routes::new().route("/me", get(by_key));
        return (routes.into_router().with_state(auth), key.expose().to_owned());
    }
    let life = if what == CACHED { Duration::from_secs(5) } else { Duration::ZERO };
    let auth = table::builder(&pool).user_cache(life).build().await.unwrap();
    let row = auth.accounts().find(&1).await.unwrap().unwrap();
    let token = auth.token_for_test(&row).unwrap();
    let routes: Routes<Auth<User>> = match what {
        CLAIMS => Routes::new().route("/me", get(by_claims)),
        _ => Routes::new().route("/me", get(by_row)),
    };
    (routes.into_router().with_state(auth), token)
}
