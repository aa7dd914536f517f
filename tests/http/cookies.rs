//! Tokens in cookies: how they are set, read and removed.

use auth_tests::app::PASSWORD;
use auth_tests::{Answer, App, Call, payload};
use serde_json::json;

const ACCESS: &str = "__Host-user-access";
const REFRESH: &str = "__Host-user-refresh";

async fn login(app: &App) -> Answer {
    app.register("ada@example.org").await;
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    app.send(Call::post("/auth/login?cookies=true").same_origin().json(&body)).await.is(200)
}

/// The name, value and attributes of each cookie that the response sets.
fn parts(answer: &Answer) -> Vec<(String, String, Vec<String>)> {
    let split = |cookie: &str| {
        let mut parts = cookie.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let mut attributes: Vec<String> = parts.map(str::to_owned).collect();
        attributes.sort();
        (name.to_owned(), value.to_owned(), attributes)
    };
    answer.set_cookies().into_iter().map(split).collect()
}

fn value(answer: &Answer, name: &str) -> String {
    parts(answer).into_iter().find(|(found, ..)| found == name).unwrap().1
}

#[tokio::test]
async fn cook_01_ref_17_every_attribute_is_written_out() {
    let app = App::new().await;
    let answer = login(&app).await;
    let cookies = parts(&answer);
    assert_eq!(cookies.len(), 2);
    let attributes = |age: &str, site: &str| ["HttpOnly", age, "Path=/", site, "Secure"].map(str::to_owned).to_vec();
    assert_eq!((cookies[0].0.as_str(), &cookies[0].2), (ACCESS, &attributes("Max-Age=900", "SameSite=Lax")));
    assert_eq!((cookies[1].0.as_str(), &cookies[1].2), (REFRESH, &attributes("Max-Age=2592000", "SameSite=Strict")));
    assert_eq!(payload(&cookies[0].1)["sub"], "1");
}

#[tokio::test]
async fn ref_18_no_token_stands_in_the_body() {
    let app = App::new().await;
    let answer = login(&app).await;
    assert_eq!(answer.json(), json!({ "token_type": "Cookie", "expires_in": 900 }));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("vary"), Some("Authorization, Cookie"));
}

#[tokio::test]
async fn cookies_enter_refresh_and_leave() {
    let app = App::new().await;
    let body = json!({ "email": "ada@example.org", "password": PASSWORD, "display_name": "Ada" });
    let first = app.send(Call::post("/auth/register?cookies=true").same_origin().json(&body)).await.is(201);
    app.send(Call::get("/me").cookie(&first.cookies())).await.is(200);
    app.after(60);
    let refresh = Call::post("/auth/refresh").cookie(&first.cookies()).same_origin();
    let second = app.send(refresh).await.is(200);
    assert_eq!(second.json(), json!({ "token_type": "Cookie", "expires_in": 900 }), "what came as a cookie stays one");
    assert_ne!(value(&first, REFRESH), value(&second, REFRESH));
    app.send(Call::get("/me").cookie(&second.cookies())).await.is(200);

    let left = app.send(Call::post("/auth/logout").cookie(&second.cookies()).same_origin()).await.is(204);
    for (set, cleared) in parts(&second).into_iter().zip(parts(&left)) {
        assert_eq!((set.0, cleared.1.as_str()), (cleared.0, ""));
        let besides_age = |attributes: Vec<String>| attributes.into_iter().filter(|one| !one.starts_with("Max-Age"));
        assert!(cleared.2.contains(&"Max-Age=0".to_owned()));
        assert!(besides_age(set.2).eq(besides_age(cleared.2)), "rev_01: the same name, path and attributes");
    }
    assert_eq!(app.send(Call::get("/me").cookie(&second.cookies())).await.is(401).code(), "invalid_token");
    app.send(Call::post("/auth/refresh").cookie(&second.cookies()).same_origin()).await.is(401);
}

#[tokio::test]
async fn cookies_are_set_only_on_request() {
    let app = App::new().await;
    app.register("ada@example.org").await.is(201);
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    let ask = |query: &str| Call::post(&format!("/auth/login{query}")).same_origin().json(&body);
    for (query, cookies) in
        [("", 0), ("?cookies=false", 0), ("?x=1&cookies=true", 2), ("?cookies=true&x=1", 2), ("?x=cookies=true", 0)]
    {
        let answer = app.send(ask(query)).await.is(200);
        assert_eq!(answer.set_cookies().len(), cookies, "{query}");
        assert_eq!(answer.json().get("access_token").is_none(), cookies == 2, "{query}");
    }
    for query in ["?cookies=", "?cookies=1", "?cookies=True", "?cookies=yes", "?cookies=%74rue"] {
        assert_eq!(app.send(ask(query)).await.is(400).code(), "invalid_request", "{query}");
    }
}

#[tokio::test]
async fn http_08_a_bearer_token_decides_alone() {
    let app = App::new().await;
    let cookies = login(&app).await.cookies();
    let eve = app.register("eve@example.org").await.is(201).access_token();
    let bad = app.send(Call::get("/me").cookie(&cookies).bearer("bad")).await.is(401);
    assert_eq!(bad.code(), "invalid_token");
    let both = app.send(Call::get("/claims").cookie(&cookies).bearer(&eve)).await.is(200);
    assert!(both.text().starts_with("2 is"), "{}", both.text());
    let twice = Call::get("/me").cookie(&cookies).bearer(&eve).bearer(&eve);
    app.send(twice).await.is(400);
}

#[tokio::test]
async fn cook_06_two_cookies_of_one_name_are_refused() {
    let app = App::new().await;
    let answer = login(&app).await;
    let (access, refresh) = (value(&answer, ACCESS), value(&answer, REFRESH));
    let pair = format!("{ACCESS}={access}");
    for cookies in [format!("{ACCESS}=planted; {pair}"), format!("{pair}; {pair}"), format!("{pair};{ACCESS}=")] {
        assert_eq!(app.send(Call::get("/me").cookie(&cookies)).await.is(400).code(), "invalid_request", "{cookies}");
    }
    app.send(Call::get("/me").cookie(&pair).cookie(&format!("{ACCESS}=planted"))).await.is(400);
    let twice = format!("{REFRESH}={refresh}; {REFRESH}={refresh}");
    app.send(Call::post("/auth/refresh").cookie(&twice).same_origin()).await.is(400);
    app.send(Call::get("/me").cookie(&format!("{ACCESS}-2=x; {pair}; x{ACCESS}=y"))).await.is(200);
}

#[tokio::test]
async fn cook_07_similar_cookie_names_are_ignored() {
    let app = App::new().await;
    let access = value(&login(&app).await, ACCESS);
    for name in [
        "=__Host-user-access",
        "__host-user-access",
        "__HOST-USER-ACCESS",
        "__Host%2Duser-access",
        "\"__Host-user-access\"",
        "user-access",
        "__Secure-user-access",
        "__Host-user-access\u{a0}",
    ] {
        let answer = app.send(Call::get("/me").cookie(&format!("{name}={access}"))).await.is(401);
        assert_eq!(answer.code(), "not_signed_in", "{name}");
    }
    let quoted = format!("{ACCESS}=\"{access}\"");
    app.send(Call::get("/me").cookie(&quoted)).await.is(401);
}

#[tokio::test]
async fn foreign_cookies_do_not_disturb_auth_cookies() {
    let app = App::new().await;
    let ours = login(&app).await.cookies();
    for others in ["theme=dark", "a", "a=b=c", "=", "", ";;", "name=Zo\u{eb}", "bell=\u{7}"] {
        let cookie = format!("{others}; {ours}");
        let Ok(value) = axum::http::HeaderValue::from_bytes(cookie.as_bytes()) else { continue };
        app.send(Call::get("/me").cookie(std::str::from_utf8(value.as_bytes()).unwrap())).await.is(200);
    }
}

#[tokio::test]
async fn l4_no_foreign_cookie_shuts_a_visitor_out() {
    let app = App::new().await;
    let ours = login(&app).await.cookies();
    for foreign in ["x=".to_owned() + &"y".repeat(60_000), "x;".repeat(30_000), "=".repeat(9_000), "\"".repeat(9_000)] {
        for cookies in [format!("{ours}; {foreign}"), format!("{foreign}; {ours}")] {
            app.send(Call::get("/me").cookie(&cookies)).await.is(200);
            app.send(Call::get("/greet").cookie(&cookies)).await.is(200);
        }
        assert_eq!(app.send(Call::get("/greet").cookie(&foreign)).await.is(200).text(), "hello stranger");
        app.send(Call::get("/me").cookie(&foreign).cookie(&ours)).await.is(200);
        app.send(Call::post("/auth/refresh").cookie(&foreign).cookie(&ours).same_origin()).await.is(200);
    }
}

#[tokio::test]
async fn http_11_overlong_cookie_is_an_invalid_token() {
    let app = App::new().await;
    let long = format!("{ACCESS}={}", "y".repeat(4096));
    let refused = app.send(Call::get("/greet").cookie(&long)).await.is(401);
    assert_eq!((&*refused.code(), refused.set_cookies().len()), ("invalid_token", 1));
    let refresh = format!("{REFRESH}={}", "y".repeat(4096));
    assert_eq!(
        app.send(Call::post("/auth/refresh").cookie(&refresh).same_origin()).await.is(401).code(),
        "invalid_refresh_token"
    );
}

/// The refusal of a request that began earlier must not take away the cookie that a refresh has set meanwhile. Scripts
/// know what to do about a 401; only somebody who navigates does not.
#[tokio::test]
async fn late_refusal_of_a_script_removes_no_cookie() {
    let app = App::new().await;
    let dead = format!("{ACCESS}=dead");
    for (mode, cleared) in [("cors", 0), ("same-origin", 0), ("no-cors", 0), ("websocket", 0), ("navigate", 1), ("", 0)]
    {
        for path in ["/me", "/greet", "/auth/me"] {
            let refused = app.send(Call::get(path).cookie(&dead).header("sec-fetch-mode", mode)).await.is(401);
            assert_eq!(refused.set_cookies().len(), cleared, "{mode} {path}");
        }
    }
    let proxied = Call::get("/greet").cookie(&dead).header("authorization", "Basic YTpi");
    assert_eq!(app.send(proxied).await.is(401).set_cookies().len(), 1, "the token came in the cookie");
}

#[tokio::test]
async fn cook_04_token_too_long_for_a_cookie_is_not_issued() {
    let app = App::new().await;
    app.register("ada@example.org").await.is(201);
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    let call = || Call::post("/auth/login?cookies=true").same_origin().json(&body);
    // Sign-up would refuse such a name, but a job that writes to the table might set it.
    let rename = |length: usize| {
        let update = sqlx::query("UPDATE users SET display_name = ?").bind("x".repeat(length));
        update.execute(&app.db.pool)
    };
    rename(3000).await.unwrap();
    let answer = app.send(call()).await;
    assert_eq!(answer.set_cookies().len(), 0);
    assert_eq!(answer.is(500).code(), "internal");
    let sessions = "SELECT count(*) FROM auth_records WHERE kind = 'User:users.session'";
    assert_eq!(app.db.count(sessions).await, 1, "the session nobody got is gone");
    rename(2000).await.unwrap();
    assert_eq!(app.send(call()).await.is(200).set_cookies().len(), 2);
}

#[tokio::test]
async fn cook_05_expired_token_in_a_cookie_is_refused() {
    let app = App::new().await;
    let cookies = login(&app).await.cookies();
    app.after(15 * 60 + 5);
    app.send(Call::get("/me").cookie(&cookies)).await.is(401);
    app.send(Call::post("/auth/refresh").cookie(&cookies).same_origin()).await.is(200);
    app.after(31 * 24 * 60 * 60);
    app.send(Call::post("/auth/refresh").cookie(&cookies).same_origin()).await.is(401);
}

#[tokio::test]
async fn invalid_access_cookie_is_removed_and_refresh_cookie_stays() {
    let app = App::new().await;
    app.register("ada@example.org").await.is(201);
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    let browser = app.send(Call::post("/auth/login?cookies=true").same_origin().json(&body)).await.is(200).cookies();
    app.auth.accounts().end_sessions(&1).await.unwrap();
    let refused = app.send(Call::get("/greet").cookie(&browser)).await.is(401);
    let taken = refused.set_cookies();
    assert!(
        matches!(taken[..], [gone] if gone.starts_with("__Host-user-access=;") && gone.contains("Max-Age=0")),
        "{taken:?}"
    );
    app.send(Call::get("/greet")).await.is(200);
}
