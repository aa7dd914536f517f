//! The `Authorization` header, well-formed and malformed.

use auth_tests::app::PASSWORD;
use auth_tests::forge::Victim;
use auth_tests::{Answer, App, Call};
use serde_json::json;

const PLAIN: &str = "Bearer realm=\"User\"";
const INVALID: &str = "Bearer realm=\"User\", error=\"invalid_token\"";
const SCOPE: &str = "Bearer realm=\"User\", error=\"insufficient_scope\"";

#[track_caller]
fn challenges(answer: Answer, status: u16, code: &str, challenge: &str) {
    let answer = answer.is(status);
    assert_eq!(answer.code(), code);
    assert_eq!(answer.header("www-authenticate"), Some(challenge));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert_eq!(answer.headers.get_all("www-authenticate").iter().count(), 1);
}

#[tokio::test]
async fn http_01_missing_and_bad_credentials_have_different_challenges() {
    let app = App::new().await;
    for call in [
        Call::get("/me"),
        Call::get("/claims"),
        Call::get("/stats"),
        Call::get("/admin/live"),
        Call::get("/auth/me"),
        Call::get("/auth/sessions"),
        Call::post("/auth/logout-all"),
        Call::post("/auth/password/change"),
        Call::delete("/auth/sessions/x"),
    ] {
        challenges(app.send(call).await, 401, "not_signed_in", PLAIN);
    }
}

#[tokio::test]
async fn http_02_every_bad_token_gets_the_same_answer() {
    let victim = Victim::new().await;
    let revoked = victim.app.login("ada@example.org", PASSWORD).await.is(200).access_token();
    victim.app.send(Call::post("/auth/logout").bearer(&revoked)).await.is(204);
    let expired = victim.changed("exp", Some(json!(1)));
    let forged = format!("{}x", &victim.token[..victim.token.len() - 1]);
    let elsewhere = victim.changed("aud", Some(json!("elsewhere")));
    let mut bodies = Vec::new();
    for token in [&revoked, &expired, &forged, &elsewhere, &victim.refresh, "garbage"] {
        for path in ["/claims", "/me", "/greet", "/auth/me", "/auth/sessions"] {
            let answer = victim.app.get(path, token).await;
            bodies.push(answer.text().to_owned());
            challenges(answer, 401, "invalid_token", INVALID);
        }
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "one body: {bodies:?}");
}

#[tokio::test]
async fn http_03_a_missing_role_is_a_403_that_says_so() {
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    for call in [Call::get("/stats"), Call::get("/admin/row"), Call::get("/admin/live"), Call::delete("/posts/1")] {
        challenges(app.send(call.bearer(&token)).await, 403, "forbidden", SCOPE);
    }
}

#[tokio::test]
async fn http_04_two_authorization_headers_are_refused_whichever_is_good() {
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    for second in [format!("Bearer {token}"), "Bearer x".to_owned(), "Basic YTpi".to_owned(), String::new()] {
        for path in ["/me", "/claims", "/greet", "/auth/me"] {
            let call = Call::get(path).bearer(&token).header("authorization", &second);
            assert_eq!(app.send(call).await.is(400).code(), "invalid_request");
            let call = Call::get(path).header("authorization", &second).bearer(&token);
            assert_eq!(app.send(call).await.is(400).code(), "invalid_request");
        }
    }
    app.get("/me", &token).await.is(200);
}

#[tokio::test]
async fn http_05_token_in_query_path_or_body_is_ignored() {
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    for path in [
        format!("/me?access_token={token}"),
        format!("/me?token={token}"),
        format!("/me?authorization=Bearer%20{token}"),
    ] {
        challenges(app.send(Call::get(&path)).await, 401, "not_signed_in", PLAIN);
    }
    app.send(Call::get(&format!("/me/{token}"))).await.is(404);
    let form = format!("access_token={token}");
    let call = Call::post("/auth/logout-all").text("application/x-www-form-urlencoded", form);
    challenges(app.send(call).await, 401, "not_signed_in", PLAIN);
    for header in ["x-access-token", "x-authorization", "proxy-authorization", "x-auth-token", "token"] {
        let call = Call::get("/me").header(header, format!("Bearer {token}"));
        challenges(app.send(call).await, 401, "not_signed_in", PLAIN);
    }
}

#[tokio::test]
async fn http_06_bearer_scheme_is_case_insensitive() {
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    let send = async |value: String| app.send(Call::get("/me").header("authorization", value)).await;
    for good in ["Bearer ", "bearer ", "BEARER ", "bEaReR ", "Bearer   "] {
        send(format!("{good}{token}")).await.is(200);
    }
    for bad in [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Bearer\t{token}"),
        format!("Bearer \t{token}"),
        format!("Bearer{token}"),
        format!("Bearer:{token}"),
        format!("Bearer={token}"),
        format!("Bearer,{token}"),
        format!("Bearer {token},"),
        format!("Bearer {token} "),
        format!("Bearer {token} x"),
        format!("Bearer {token},Bearer {token}"),
        format!("Bearer {token};q=1"),
        format!("Bearer \"{token}\""),
        format!("Bearer Bearer {token}"),
        format!("Bearer token={token}"),
    ] {
        challenges(send(bad).await, 401, "invalid_token", INVALID);
    }
    // Other schemes belong to somebody else, so they count as no credentials rather than bad ones.
    for other in [
        String::new(),
        " ".to_owned(),
        token.clone(),
        format!("Token {token}"),
        format!("JWT {token}"),
        format!("DPoP {token}"),
        format!("Basic {token}"),
        "Basic YWRhQGV4YW1wbGUub3JnOmNvcnJlY3Q=".to_owned(),
        format!("Bear {token}"),
    ] {
        challenges(send(other).await, 401, "not_signed_in", PLAIN);
    }
}

#[tokio::test]
async fn http_07_odd_bytes_in_the_header_are_refused() {
    let app = App::new().await;
    let token = app.register("ada@example.org").await.is(201).access_token();
    for byte in (0x80..=0xff_u8).chain([b'\t', b'"', b'\\', b'{', b'%', b'@', b'|', b'<']) {
        for place in [0, 3, 7, 20] {
            let mut bytes = format!("Bearer {token}").into_bytes();
            bytes.insert(place, byte);
            let answer = app.send(Call::get("/claims").header("authorization", &bytes)).await;
            assert_eq!(answer.status, 401, "byte {byte:#x} at {place}");
        }
    }
}

#[tokio::test]
async fn http_08_a_bearer_token_decides_alone_and_identities_never_mix() {
    let app = App::new().await;
    let ada = app.register("ada@example.org").await.is(201).access_token();
    let body = json!({ "email": "bob@example.org", "password": PASSWORD, "display_name": "Bob" });
    let call = Call::post("/auth/register?cookies=true").same_origin().json(&body);
    let bob = app.send(call).await.is(201).cookies();
    assert_eq!(app.send(Call::get("/me").cookie(&bob)).await.is(200).text(), "hello Bob");
    assert_eq!(app.send(Call::get("/me").cookie(&bob).bearer(&ada)).await.is(200).text(), "hello Ada");
    let call = Call::get("/me").cookie(&bob).bearer("garbage");
    challenges(app.send(call).await, 401, "invalid_token", INVALID);
    app.send(Call::post("/auth/logout-all").cookie(&bob).bearer(&ada)).await.is(204);
    assert_eq!(app.send(Call::get("/me").cookie(&bob)).await.is(200).text(), "hello Bob");
    app.get("/me", &ada).await.is(401);
}

#[tokio::test]
async fn http_09_bad_token_is_401_on_optional_routes() {
    let app = App::new().await;
    assert_eq!(app.send(Call::get("/greet")).await.is(200).text(), "hello stranger");
    challenges(app.get("/greet", "garbage").await, 401, "invalid_token", INVALID);
    let call = Call::get("/greet").cookie("__Host-user-access=garbage");
    challenges(app.send(call).await, 401, "invalid_token", INVALID);
    app.send(Call::get("/health").header("authorization", "Bearer garbage")).await.is(200);
}

#[tokio::test]
async fn http_11_long_headers_are_refused_before_they_are_parsed() {
    let app = App::new().await;
    let fits = "x".repeat(8 * 1024 - "Bearer ".len());
    challenges(app.get("/me", &fits).await, 401, "invalid_token", INVALID);
    assert_eq!(app.get("/me", &format!("{fits}x")).await.is(431).code(), "header_too_large");
    // Other schemes and other cookies are none of our business, however long they are.
    let negotiate = format!("Negotiate {}", "x".repeat(1 << 20));
    assert_eq!(app.send(Call::get("/me").header("authorization", negotiate)).await.is(401).code(), "not_signed_in");
    let cookie = |bytes: usize| format!("a={}", "x".repeat(bytes - 2));
    app.send(Call::get("/me").cookie(&cookie(8 * 1024 + 1))).await.is(401);
    app.send(Call::get("/greet").cookie(&cookie(90_000))).await.is(200);
}
