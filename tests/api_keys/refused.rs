//! Every other route refuses a key that is valid, before anything of the request is read.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use auth::{CookieSettings, rule};
use auth_tests::clerk::{CLERKS, Clerk, Task};
use auth_tests::stage::Stage;
use auth_tests::{Call, Database};
use axum::body::{Body, Bytes};
use http_body::Frame;

use super::shop::{Shop, routes};
use super::{ADA, with_keys};

/// A body that remembers whether somebody has asked for it.
struct Watched(Arc<AtomicBool>);

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.store(true, Ordering::SeqCst);
        Poll::Ready(None)
    }
}

/// Generated from the table: those of the application, and all of the library with everything that it has.
#[tokio::test]
async fn ak_08_every_route_without_keys_refuses_a_key() {
    let setup = |builder| {
        let passkeys = auth::PasskeySettings::new("Shop");
        let builder = with_keys(builder).introspection(rule!(Task::Read, keys));
        builder.mail_sign_in(true).passkeys(passkeys).trusted_devices(std::time::Duration::from_hours(24))
    };
    let shop = Shop::on(Stage::<Clerk, _>::with(Database::with(CLERKS[0]).await, setup).await).await;
    let table = routes(&shop.stage.auth).table();
    let (mut refused, mut taken) = (0, 0);
    // Of the routes of the library, one is for programs.
    let ours = shop.stage.auth.routes::<()>().table();
    let for_keys: Vec<_> = ours.routes().iter().filter(|route| route.keys).map(|route| &*route.path).collect();
    assert_eq!(for_keys, ["/introspect"]);
    for route in table.routes().iter().filter(|route| !route.public) {
        let path = route.path.replace("{id}", &"A".repeat(43));
        let read = Arc::new(AtomicBool::new(false));
        let call = Call::new(route.method.parse().unwrap(), &path).bearer(&shop.key);
        let answer = shop.send(call.text("application/json", Body::new(Watched(Arc::clone(&read))))).await;
        if route.keys {
            taken += 1;
            assert!(answer.status != 401, "{} {path}: {}", route.method, answer.text());
            continue;
        }
        refused += 1;
        assert!(!read.load(Ordering::SeqCst), "{} {path} reads the body", route.method);
        if route.hidden {
            answer.is(404);
        } else {
            assert_eq!(answer.is(403).code(), "key_not_accepted", "{} {path}", route.method);
        }
        // The control: somebody who is signed in gets further.
        let answer = shop.send(Call::new(route.method.parse().unwrap(), &path).bearer(&shop.ada.access)).await;
        assert!(!answer.text().contains("key_not_accepted"), "{} {path}", route.method);
    }
    assert!(refused > 25 && taken > 10, "{refused} {taken}");
    assert!(shop.stage.events().iter().any(|event| event.reason() == Some("not_accepted")));
}

#[tokio::test]
async fn ak_08_an_optional_caller_is_no_key_either() {
    let shop = Shop::open().await;
    for path in ["/greet", "/greet-caller"] {
        assert_eq!(shop.get(path).await.is(403).code(), "key_not_accepted", "{path}");
    }
    // Nobody looks at the credential of what asks for none.
    shop.get("/health").await.is(200);
}

#[tokio::test]
async fn ak_05_a_key_counts_in_the_header_alone() {
    let setup = |builder| with_keys(builder).cookies(CookieSettings::new());
    let shop = Shop::on(Stage::<Clerk, _>::with(Database::with(CLERKS[0]).await, setup).await).await;
    let key = &shop.key;
    for query in ["access_token", "api_key", "key", "token"] {
        let answer = shop.send(Call::get(&format!("/read?{query}={key}"))).await.is(401);
        assert_eq!(answer.code(), "not_signed_in", "{query}");
    }
    for header in ["x-api-key", "api-key", "x-auth-token", "proxy-authorization"] {
        shop.send(Call::get("/read").header(header, key)).await.is(401);
    }
    shop.send(Call::get("/read").header("authorization", format!("Basic {key}"))).await.is(401);
    shop.send(Call::get("/read").header("authorization", key)).await.is(401);
    shop.send(Call::get("/read").bearer(key).bearer(key)).await.is(400);
    shop.send(Call::get("/read").header("authorization", format!("bearer {key}"))).await.is(200);
    // In the cookie in which a browser has its access token.
    let body = serde_json::json!({ "email": ADA, "password": auth_tests::app::PASSWORD });
    let login = Call::post("/auth/login?cookies=true").same_origin().json(&body);
    let cookies = shop.send(login).await.is(200);
    let cookies = cookies.set_cookies().into_iter().map(|cookie| cookie.split(';').next().unwrap());
    let access = cookies.clone().find(|cookie| cookie.matches('.').count() == 2).unwrap();
    shop.send(Call::get("/read").cookie(access).same_origin()).await.is(200);
    let (name, _) = access.split_once('=').unwrap();
    let answer = shop.send(Call::get("/read").cookie(&format!("{name}={key}")).same_origin()).await.is(401);
    assert_eq!(answer.code(), "invalid_token");
}

/// What keys and tokens are for each other.
#[tokio::test]
async fn sign_06_keys_are_no_tokens() {
    let shop = Shop::open().await;
    let key = &shop.key;
    let post = |path: &str, body| Call::post(path).json(&body);
    shop.send(post("/auth/refresh", serde_json::json!({ "refresh_token": key }))).await.is(401);
    shop.send(post("/auth/sign-in/totp", serde_json::json!({ "sign_in": key, "code": "123456" }))).await.is(401);
    assert!(shop.stage.auth.verify(key).is_err() && shop.stage.auth.authenticate(key).await.is_err());
    shop.send(Call::post("/auth/logout").bearer(key)).await.is(204);
    shop.get("/read").await.is(200);
    let random = &shop.ada.access[shop.ada.access.len() - 49..].replace(['-', '_', '.'], "a");
    for text in [format!("shop_pat_{}", shop.ada.access), format!("shop_pat_{random}"), "shop_pat_".to_owned()] {
        assert_eq!(shop.send(Call::get("/read").bearer(&text)).await.is(401).code(), "invalid_token");
    }
}

#[tokio::test]
async fn ak_11_too_many_requests_are_no_401_at_a_guard() {
    let setup = |builder| with_keys(builder).limits(auth::Limits::default().in_memory());
    let shop = Shop::on(Stage::<Clerk, _>::with(Database::with(CLERKS[0]).await, setup).await).await;
    for _ in 0..600 {
        shop.get("/read").await.is(200);
    }
    let refused = shop.get("/read").await.is(429);
    assert_eq!((refused.code().as_str(), refused.header("retry-after")), ("too_many_requests", Some("1")));
}
