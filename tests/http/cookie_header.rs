//! The `Cookie` header: cookies set by other sites or attackers, and differences between parsers.

use auth_tests::app::PASSWORD;
use auth_tests::{App, Call};
use serde_json::json;

const ACCESS: &str = "__Host-user-access";
const REFRESH: &str = "__Host-user-refresh";

struct Browser {
    app: App,
    access: String,
    refresh: String,
}

impl Browser {
    async fn new() -> Self {
        let app = App::new().await;
        let tokens = app.register("ada@example.org").await.is(201);
        Self { access: tokens.access_token(), refresh: tokens.refresh_token(), app }
    }

    async fn me(&self, cookie: impl AsRef<[u8]>) -> u16 {
        self.app.send(Call::get("/me").header("cookie", cookie)).await.status.as_u16()
    }
}

#[tokio::test]
async fn cook_07_cookie_name_must_match_exactly() {
    let browser = Browser::new().await;
    let token = &browser.access;
    assert_eq!(browser.me(format!("{ACCESS}={token}")).await, 200);
    assert_eq!(browser.me(format!("a=b;  {ACCESS}={token} ; c=d")).await, 200);
    for cookie in [
        format!("={ACCESS}={token}"),
        format!("__host-user-access={token}"),
        format!("__Host-User-access={token}"),
        format!("user-access={token}"),
        format!("__Secure-user-access={token}"),
        format!("__Host%2Duser-access={token}"),
        format!("%5F%5FHost-user-access={token}"),
        format!("x{ACCESS}={token}"),
        format!("{ACCESS}x={token}"),
        format!("{ACCESS} x={token}"),
        format!("a=b, {ACCESS}={token}"),
        format!("a=\"b; {ACCESS}x={token}\""),
        ACCESS.to_string(),
        format!("{ACCESS}:{token}"),
    ] {
        assert_eq!(browser.me(&cookie).await, 401, "{cookie}");
    }
    for space in ["\u{2000}", "\u{a0}", "\u{85}", "\u{3000}", "\u{feff}"] {
        assert_eq!(browser.me(format!("{space}{ACCESS}={token}")).await, 401, "{space:?}");
        assert_eq!(browser.me(format!("{ACCESS}{space}={token}")).await, 401, "{space:?}");
    }
    for value in [format!("\"{token}\""), format!("{token}="), token.replace('.', "%2E"), format!(" {token} x")] {
        assert_eq!(browser.me(format!("{ACCESS}={value}")).await, 401, "{value}");
    }
}

#[tokio::test]
async fn cook_06_two_cookies_of_our_name_are_refused() {
    let browser = Browser::new().await;
    let token = &browser.access;
    for cookie in [
        format!("{ACCESS}={token}; {ACCESS}={token}"),
        format!("{ACCESS}=x; {ACCESS}={token}"),
        format!("{ACCESS}={token}; {ACCESS}="),
        format!("{ACCESS}={token}; \t{ACCESS}\t=x"),
    ] {
        assert_eq!(browser.me(&cookie).await, 400, "{cookie}");
    }
    let pair = format!("{ACCESS}={token}");
    assert_eq!(browser.app.send(Call::get("/me").cookie(&pair).cookie(&pair)).await.is(400).code(), "invalid_request");
    let mut planted = format!("{ACCESS}={token}; x=").into_bytes();
    planted.extend_from_slice(b"\xff; ");
    planted.extend_from_slice(format!("{ACCESS}=y").as_bytes());
    assert_eq!(browser.me(&planted).await, 400, "odd bytes in between hide nothing");
}

#[tokio::test]
async fn cook_07_a_neighbours_cookie_of_any_bytes_signs_nobody_out() {
    let browser = Browser::new().await;
    for neighbour in [&b"name=Zo\xc3\xab"[..], b"x=\xff\xfe", b"novalue", b"=", b"", b"a=b=c", b"\xf0\x9f\x8d\xaa=1"] {
        for first in [true, false] {
            let ours = format!("{ACCESS}={}", browser.access).into_bytes();
            let parts = if first { [neighbour, &ours] } else { [&ours, neighbour] };
            assert_eq!(browser.me(parts.join(&b"; "[..])).await, 200, "{:?}", String::from_utf8_lossy(neighbour));
        }
    }
}

#[tokio::test]
async fn csrf_01_foreign_page_requests_change_nothing() {
    let browser = Browser::new().await;
    let cookies = format!("{ACCESS}={}; {REFRESH}={}", browser.access, browser.refresh);
    let routes = ["/auth/refresh", "/auth/logout", "/auth/logout-all", "/auth/password/change"];
    let foreign: [&[(&str, &str)]; 14] = [
        &[],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "")],
        &[("sec-fetch-site", "Same-Origin")],
        &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", "https://app.example")],
        &[("origin", "null")],
        &[("origin", "https://evil.example")],
        &[("origin", "https://app.example.evil.example")],
        &[("origin", "https://app.example@evil.example")],
        &[("origin", "https://app.example"), ("origin", "https://evil.example")],
        &[("origin", "https://evil.example"), ("x-forwarded-host", "evil.example")],
    ];
    for headers in foreign {
        for route in routes {
            let mut call = Call::post(route).cookie(&cookies);
            for (name, value) in headers {
                call = call.header(name, value);
            }
            assert_eq!(browser.app.send(call).await.is(403).code(), "cross_site", "{route} with {headers:?}");
        }
        let body = json!({ "email": "ada@example.org", "password": PASSWORD });
        let mut call = Call::post("/auth/login?cookies=true").json(&body);
        for (name, value) in headers {
            call = call.header(name, value);
        }
        let answer = browser.app.send(call).await.is(403);
        assert!(answer.set_cookies().is_empty(), "{headers:?}");
    }
    assert_eq!(browser.me(&cookies).await, 200);
    browser.app.refresh(&browser.refresh).await.is(200);
}
