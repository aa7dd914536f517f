//! One bad credential among good ones spoils nothing that can succeed: every combination of bearer token, cookies and
//! token in the body, on each public route.

use auth::Secret;
use auth_tests::app::{PASSWORD, SECRET};
use auth_tests::{Answer, App, Call};
use serde_json::{Value, json};

const EMAIL: &str = "ada@example.org";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bearer {
    None,
    Good,
    Expired,
    /// Of a secret that is gone.
    Former,
    Undefined,
    Null,
    Nothing,
    Basic,
    Twice,
    Long,
}

const BEARERS: [Bearer; 10] = [
    Bearer::None,
    Bearer::Good,
    Bearer::Expired,
    Bearer::Former,
    Bearer::Undefined,
    Bearer::Null,
    Bearer::Nothing,
    Bearer::Basic,
    Bearer::Twice,
    Bearer::Long,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cookies {
    None,
    Good,
    /// Only the access cookie, as on paths of its own.
    Access,
    Bad,
    /// A planted one beside each good one: neither counts.
    Doubled,
    Long,
}

const COOKIES: [Cookies; 6] =
    [Cookies::None, Cookies::Good, Cookies::Access, Cookies::Bad, Cookies::Doubled, Cookies::Long];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    None,
    Empty,
    Null,
    Good,
    Bad,
    Undefined,
}

const BODIES: [Body; 6] = [Body::None, Body::Empty, Body::Null, Body::Good, Body::Bad, Body::Undefined];

fn every_combination() -> impl Iterator<Item = (Bearer, Cookies, Body)> {
    BEARERS.into_iter().flat_map(|bearer| {
        COOKIES.into_iter().flat_map(move |cookies| BODIES.into_iter().map(move |body| (bearer, cookies, body)))
    })
}

/// Three sessions of one user, one for each way to present one.
struct Sessions<'a> {
    app: &'a App,
    former: &'a str,
    bearer: Answer,
    cookies: Answer,
    body: Answer,
}

/// An application with one account, and an access token of a secret that is gone.
async fn stage() -> (App, String) {
    let app = App::new().await;
    app.register(EMAIL).await.is(201);
    app.auth.rotate_secret(&Secret::generate().unwrap(), &[]).await.unwrap();
    let former = app.login(EMAIL, PASSWORD).await.is(200).access_token();
    app.auth.rotate_secret(&Secret::new(SECRET).unwrap(), &[]).await.unwrap();
    (app, former)
}

impl<'a> Sessions<'a> {
    async fn new((app, former): &'a (App, String), expired: bool) -> Self {
        // Those of the last turn would count for the most that one user may have.
        app.auth.accounts().end_sessions(&1).await.unwrap();
        let bearer = app.login(EMAIL, PASSWORD).await.is(200);
        if expired {
            app.after(24 * 60 * 60);
        }
        let body = app.login(EMAIL, PASSWORD).await.is(200);
        let cookies = app.login(EMAIL, PASSWORD).await.is(200);
        Self { app, former, bearer, cookies, body }
    }

    fn call(&self, path: &str, bearer: Bearer, cookies: Cookies, body: Body) -> Call {
        let mut call = Call::post(path).same_origin();
        let good = self.bearer.access_token();
        let header = match bearer {
            Bearer::None => None,
            Bearer::Good | Bearer::Expired => Some(format!("Bearer {good}")),
            Bearer::Former => Some(format!("Bearer {}", self.former)),
            Bearer::Undefined => Some("Bearer undefined".to_owned()),
            Bearer::Null => Some("bearer null".to_owned()),
            Bearer::Nothing => Some("Bearer".to_owned()),
            Bearer::Basic => Some("Basic YTpi".to_owned()),
            Bearer::Twice => {
                call = call.header("authorization", format!("Bearer {good}"));
                Some("Bearer undefined".to_owned())
            }
            Bearer::Long => Some(format!("Bearer {}", "x".repeat(9_000))),
        };
        if let Some(header) = header {
            call = call.header("authorization", header);
        }
        let (access, refresh) = (self.cookies.access_token(), self.cookies.refresh_token());
        let pair = |access: &str, refresh: &str| format!("__Host-user-access={access}; __Host-user-refresh={refresh}");
        let cookie = match cookies {
            Cookies::None => None,
            Cookies::Good => Some(pair(&access, &refresh)),
            Cookies::Access => Some(format!("__Host-user-access={access}")),
            Cookies::Bad => Some(pair("bad", "bad")),
            Cookies::Doubled => Some(format!("{}; {}", pair("planted", "planted"), pair(&access, &refresh))),
            Cookies::Long => Some(pair(&"x".repeat(5_000), &"x".repeat(5_000))),
        };
        if let Some(cookie) = cookie {
            call = call.cookie(&cookie);
        }
        match body {
            Body::None => call,
            Body::Empty => call.json(&json!({})),
            Body::Null => call.json(&json!({ "refresh_token": Value::Null })),
            Body::Good => call.json(&json!({ "refresh_token": self.body.refresh_token() })),
            Body::Bad => call.json(&json!({ "refresh_token": "A".repeat(64) })),
            Body::Undefined => call.json(&json!({ "refresh_token": "undefined" })),
        }
    }

    /// Whether this session can still be refreshed. (Which spends its token.)
    async fn lives(&self, session: &Answer) -> bool {
        match self.app.refresh(&session.refresh_token()).await.status.as_u16() {
            200 => true,
            401 => false,
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn b21_logout_ends_every_valid_credential_among_bad_ones() {
    let stage = stage().await;
    for (bearer, cookies, body) in every_combination() {
        let at = format!("{bearer:?}, {cookies:?}, {body:?}");
        let sessions = Sessions::new(&stage, bearer == Bearer::Expired).await;
        let answer = sessions.app.send(sessions.call("/auth/logout", bearer, cookies, body)).await;
        assert_eq!(answer.status, 204, "{at}");
        let cleared = answer.set_cookies();
        assert_eq!(cleared.len(), if cookies == Cookies::None { 0 } else { 2 }, "{at}");
        assert!(cleared.iter().all(|cookie| cookie.contains("Max-Age=0")), "{at}");
        let by_bearer = !matches!(bearer, Bearer::Good | Bearer::Expired);
        assert_eq!(sessions.lives(&sessions.bearer).await, by_bearer, "{at}: the session of the bearer token");
        let by_cookies = !matches!(cookies, Cookies::Good | Cookies::Access);
        assert_eq!(sessions.lives(&sessions.cookies).await, by_cookies, "{at}: the session of the cookies");
        assert_eq!(sessions.lives(&sessions.body).await, body != Body::Good, "{at}: the session in the body");
    }
}

#[tokio::test]
async fn b21_a_refresh_uses_the_first_credential_that_is_good() {
    let stage = stage().await;
    for (bearer, cookies, body) in every_combination() {
        let at = format!("{bearer:?}, {cookies:?}, {body:?}");
        let sessions = Sessions::new(&stage, bearer == Bearer::Expired).await;
        let answer = sessions.app.send(sessions.call("/auth/refresh", bearer, cookies, body)).await;
        let (status, set) = match (body, cookies) {
            (Body::Good, _) => (200, 0),
            (_, Cookies::Good) => (200, 2),
            // Without another token that is tried first, the ambiguity is what is wrong.
            (Body::None | Body::Empty | Body::Null, Cookies::Doubled) => (400, 0),
            _ => (401, 0),
        };
        assert_eq!((answer.status.as_u16(), answer.set_cookies().len()), (status, set), "{at}");
    }
}

#[tokio::test]
async fn b21_login_and_sign_up_ask_for_no_other_credential() {
    let stage = stage().await;
    let sessions = Sessions::new(&stage, false).await;
    let mut number = 0;
    for bearer in BEARERS {
        for cookies in COOKIES {
            for query in ["", "?cookies=true"] {
                let at = format!("{bearer:?}, {cookies:?}, {query}");
                let call = |path: &str| sessions.call(&format!("/auth/{path}{query}"), bearer, cookies, Body::None);
                let login = call("login").json(&json!({ "email": EMAIL, "password": PASSWORD }));
                assert_eq!(sessions.app.send(login).await.status, 200, "{at}");
                number += 1;
                let email = format!("user{number}@example.org");
                let form = json!({ "email": email, "password": PASSWORD, "display_name": "Ada" });
                assert_eq!(sessions.app.send(call("register").json(&form)).await.status, 201, "{at}");
            }
        }
    }
}

/// A guarded route is about one caller. A bearer token decides alone who that is (HTTP-08), on our own routes, too.
#[tokio::test]
async fn http_08_logging_out_everywhere_is_for_who_is_signed_in() {
    let stage = stage().await;
    for bearer in BEARERS {
        for cookies in COOKIES {
            let at = format!("{bearer:?}, {cookies:?}");
            let sessions = Sessions::new(&stage, bearer == Bearer::Expired).await;
            let answer = sessions.app.send(sessions.call("/auth/logout-all", bearer, cookies, Body::None)).await;
            let status = match (bearer, cookies) {
                (Bearer::Twice, _) | (Bearer::None | Bearer::Basic, Cookies::Doubled) => 400,
                (Bearer::Long, _) => 431,
                (Bearer::Good, _) | (Bearer::None | Bearer::Basic, Cookies::Good | Cookies::Access) => 204,
                _ => 401,
            };
            assert_eq!(answer.status.as_u16(), status, "{at}");
            if status == 204 {
                assert_eq!(answer.set_cookies().len(), if cookies == Cookies::None { 0 } else { 2 }, "{at}");
            }
            assert_eq!(sessions.lives(&sessions.body).await, status != 204, "{at}");
        }
    }
}

#[tokio::test]
async fn csrf_04_foreign_page_cannot_end_a_cookie_session() {
    let stage = stage().await;
    for bearer in [Bearer::None, Bearer::Undefined, Bearer::Good] {
        for body in BODIES {
            for cookies in [Cookies::Good, Cookies::Access, Cookies::Bad, Cookies::Doubled] {
                let at = format!("{bearer:?}, {cookies:?}, {body:?}");
                let sessions = Sessions::new(&stage, false).await;
                let call = sessions.call("/auth/logout", bearer, cookies, body);
                let foreign = call.without("sec-fetch-site").header("sec-fetch-site", "cross-site");
                let answer = sessions.app.send(foreign).await;
                assert_eq!((answer.status.as_u16(), &*answer.code()), (403, "cross_site"), "{at}");
                assert_eq!(answer.set_cookies().len(), 0, "{at}");
                assert!(sessions.lives(&sessions.cookies).await, "{at}");
                // What the page could only have sent if it was told, it may end.
                assert_eq!(sessions.lives(&sessions.bearer).await, bearer != Bearer::Good, "{at}");
                assert_eq!(sessions.lives(&sessions.body).await, body != Body::Good, "{at}");
            }
        }
    }
}
