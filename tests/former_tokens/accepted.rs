//! What a former token is good for.

use auth::FormerTokens;
use auth::claims::{Amr, Claims as _};
use auth::event::EventKind;
use auth::store::sql::{SqlRow, SqlUser};
use auth_tests::app::OTHER_SECRET;
use auth_tests::users::{Role, SCHEMA, User};
use auth_tests::{Call, Database, Place, together};
use serde_json::json;

use super::{ADA, DAY, UNTIL, accepting, claims, now, signed, switched, switched_on};

auth_tests::on_databases! {
    SCHEMA;
    former_token_is_a_session_with_roles_of_now
    of_64_requests_with_one_token_one_begins_a_session
}

async fn former_token_is_a_session_with_roles_of_now<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let switched = switched_on(place, accepting).await;
    let token = &switched.token;
    switched.accepts(token).await;
    // By a method of the handle, too.
    let claims = switched.app.auth.authenticate(token).await.unwrap();
    assert_eq!((claims.sub, claims.registered().auth_time), (switched.id, 0), "{claims:?}");
    assert_eq!(claims.registered().amr, &Amr::default(), "nobody has signed in");
    let listed = switched.sessions(token).await;
    assert_eq!(listed.len(), 1);
    assert_eq!((&listed[0]["former_token"], &listed[0]["current"]), (&json!(true), &json!(true)), "{listed:?}");
    let (user, session) = (switched.id.to_string(), listed[0]["id"].as_str().unwrap().parse().unwrap());
    assert!(switched.app.events().contains(&EventKind::FormerTokenAccepted { user, session }));
    switched.app.get("/stats", token).await.is(403);
    switched.app.auth.accounts().set_role(&switched.id, Role::Admin).await.unwrap();
    switched.app.get("/stats", token).await.is(200);
    switched.app.auth.accounts().set_role(&switched.id, Role::Member).await.unwrap();
    switched.app.get("/stats", token).await.is(403);
    assert_eq!((switched.begun(), switched.sessions(token).await.len()), (0, 1), "and it is the same session");
}

async fn of_64_requests_with_one_token_one_begins_a_session<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    // Of two instances at once.
    let switched =
        switched_on(place, |builder| accepting(builder).store_timeout(std::time::Duration::from_secs(30))).await;
    let other =
        switched.app.beside(|builder| accepting(builder).store_timeout(std::time::Duration::from_secs(30))).await;
    let call = |_| Call::get("/me").bearer(&switched.token);
    let (here, there) =
        tokio::join!(together(&switched.app.router, (0..32).map(call)), together(&other.router, (0..32).map(call)));
    for answer in here.iter().chain(&there) {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let begun = |event: &EventKind| matches!(event, EventKind::FormerTokenAccepted { .. });
    assert_eq!(switched.begun() + other.events().iter().filter(|event| begun(event)).count(), 1);
    assert_eq!(switched.sessions(&switched.token).await.len(), 1);
}

#[tokio::test]
async fn users_are_found_by_the_claim_that_is_named() {
    let of = || FormerTokens::hs256(OTHER_SECRET).accepted_until(UNTIL);
    for (settings, user) in [
        (of(), json!({ "sub": "1" })),
        (of(), json!({ "sub": 1 })),
        (of().user_id_claim("user_id"), json!({ "user_id": 1, "sub": "77" })),
        (of().user_id_claim("user.id"), json!({ "user": { "id": "1" } })),
        (of().login_claim("sub"), json!({ "sub": ADA })),
        (of().login_claim("email"), json!({ "email": "Ada@Example.org" })),
        (of().issuer("shop").audience("api"), json!({ "sub": "1", "iss": "shop", "aud": ["api", "web"] })),
        (of().claim("scope", "api"), json!({ "sub": "1", "scope": "api" })),
        (of().claim("type", "login"), json!({ "sub": "1", "type": "login" })),
    ] {
        let switched = switched_on(Database::with(SCHEMA).await, |builder| builder.former_tokens(settings)).await;
        let mut claims = claims(1, &switched.app.clock);
        claims.as_object_mut().unwrap().remove("sub");
        claims.as_object_mut().unwrap().extend(user.as_object().unwrap().clone());
        assert_eq!(switched.id, 1);
        let answer = switched.present(&signed(&claims)).await;
        assert_eq!(answer.status, 200, "{claims}");
        // Without it, or with another value, it is nobody's.
        for name in
            user.as_object().unwrap().keys().filter(|name| *name != "sub" || user.as_object().unwrap().len() == 1)
        {
            let mut other = claims.clone();
            other.as_object_mut().unwrap().remove(name);
            switched.refuses(&signed(&other), &other.to_string()).await;
            other[name] = json!("2");
            switched.refuses(&signed(&other), &other.to_string()).await;
        }
    }
}

#[tokio::test]
async fn only_the_authorization_header_is_read() {
    let switched = switched_on(Database::with(SCHEMA).await, |builder| {
        accepting(builder).cookies(auth::CookieSettings::default()).bearer_scheme("Token")
    })
    .await;
    let token = &switched.token;
    let own = switched.signed_in().await;
    let known = switched.app.send(
        Call::post("/auth/login?cookies=true")
            .same_origin()
            .json(&json!({ "email": ADA, "password": auth_tests::app::PASSWORD })),
    );
    let cookies = known.await.is(200).cookies();
    let name = cookies.split(';').find_map(|cookie| cookie.trim().split_once('=')).unwrap().0.to_owned();
    switched.app.send(Call::get("/me").cookie(&cookies).same_origin()).await.is(200);
    let with = |token: &str| Call::get("/me").cookie(&format!("{name}={token}")).same_origin();
    switched.app.send(with(&own)).await.is(200);
    switched.app.send(with(token)).await.is(401);
    for scheme in ["Bearer", "Token"] {
        let call = Call::get("/me").header("authorization", format!("{scheme} {token}"));
        switched.app.send(call).await.is(200);
    }
}

#[tokio::test]
async fn step_01_former_token_is_never_recent() {
    let switched = switched().await;
    let token = &switched.token;
    let session = switched.sessions(token).await[0]["id"].as_str().unwrap().to_owned();
    let end = |token: &str| Call::delete(&format!("/auth/sessions/{session}")).bearer(token);
    let refused = switched.app.send(end(token)).await.is(401);
    assert_eq!(refused.code(), "step_up_required");
    // Whoever shows the password gets another token, and only that one is recent.
    let body = json!({ "password": auth_tests::app::PASSWORD });
    let fresh = switched.app.send(Call::post("/auth/reauthenticate").bearer(token).json(&body)).await.is(200);
    assert_eq!(switched.app.send(end(token)).await.is(401).code(), "step_up_required");
    // Nor where the session is read after that.
    let other = switched.app.beside(accepting).await;
    assert_eq!(other.send(end(token)).await.is(401).code(), "step_up_required");
    switched.app.send(end(&fresh.access_token())).await.is(204);
    switched.refuses(token, "it is the same session").await;
}

#[tokio::test]
async fn long_use_is_shown_in_the_list() {
    let switched = switched().await;
    switched.accepts(&switched.token).await;
    let began = now(&switched.app.clock);
    switched.app.after(DAY);
    switched.accepts(&switched.token).await;
    let listed = switched.sessions(&switched.token).await;
    assert_ne!(listed[0]["created_at"], listed[0]["last_used_at"], "{listed:?}");
    assert_eq!(now(&switched.app.clock), began + DAY);
}
