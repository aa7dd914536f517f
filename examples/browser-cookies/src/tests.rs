use auth::testing::assert_routes;
use axum::Router;
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use http_body_util::BodyExt;
use sqlx::SqlitePool;
use tower::ServiceExt;

use crate::{Secret, open};

async fn app() -> Router {
    let pool = SqlitePool::connect("sqlite::memory:").await.unwrap();
    let secret = Secret::generate().unwrap();
    let (auth, routes) = open(pool, secret).await.unwrap();
    routes.into_router().with_state(auth)
}

/// A request as a browser sends it to `localhost`; `site` is the value of its `Sec-Fetch-Site`.
fn request(method: &str, path: &str, site: &str) -> Builder {
    Request::builder().method(method).uri(path).header("host", "localhost:3000").header("sec-fetch-site", site)
}

async fn send(app: &Router, request: Builder, body: &'static str) -> Response {
    app.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap()
}

/// Signs up and returns the cookies.
async fn sign_up(app: &Router) -> String {
    let body = r#"{"email":"ada@example.org","password":"correct horse battery","display_name":"Ada"}"#;
    let request = request("POST", "/auth/register", "same-origin").header("content-type", "application/json");
    let answer = send(app, request, body).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    cookies(&answer)
}

fn cookies(answer: &Response) -> String {
    let cookies = answer.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let cookies: Vec<_> = cookies.inspect(|cookie| assert!(cookie.contains("HttpOnly"), "{cookie}")).collect();
    cookies.iter().map(|cookie| cookie.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
}

async fn text(answer: Response) -> String {
    String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn browser_is_redirected_and_script_gets_problem_document() {
    let app = app().await;
    let browser = request("GET", "/account", "none").header("accept", "text/html,*/*;q=0.8");
    let answer = send(&app, browser, "").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()["location"], "/?next=/account");

    let answer = send(&app, request("GET", "/auth/me", "same-origin").header("accept", "*/*"), "").await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");

    let cookies = sign_up(&app).await;
    let browser = request("GET", "/account", "none").header("accept", "text/html").header("cookie", cookies);
    assert_eq!(send(&app, browser, "").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn forms_and_pages_need_no_script() {
    let app = app().await;
    sign_up(&app).await;
    let form = |site| request("POST", "/sign-in", site).header("content-type", "application/x-www-form-urlencoded");
    let right = "email=ada%40example.org&password=correct+horse+battery";
    assert_eq!(send(&app, form("cross-site"), right).await.status(), StatusCode::FORBIDDEN);
    let answer = send(&app, form("same-origin"), "email=ada%40example.org&password=wrong").await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert!(text(answer).await.contains("The address or the password is wrong."));
    let answer = send(&app, form("same-origin"), right).await;
    assert_eq!((answer.status(), &answer.headers()["location"]), (StatusCode::SEE_OTHER, &"/account".parse().unwrap()));
    let cookies = cookies(&answer);

    // The access cookie has ended: the browser does not send it any more.
    let refresh = cookies.split("; ").find(|cookie| cookie.starts_with("user-refresh=")).unwrap();
    let open = |cookies: &str| {
        let page = request("GET", "/account", "same-origin").header("cookie", cookies);
        page.header("sec-fetch-mode", "navigate").header("sec-fetch-dest", "document")
    };
    let answer = send(&app, open(refresh), "").await;
    assert_eq!(answer.status(), StatusCode::TEMPORARY_REDIRECT);
    let answer = send(&app, open(&self::cookies(&answer)), "").await;
    assert!(text(answer).await.contains("Hello <span id=\"name\">Ada</span>"));

    let leave = |site| request("POST", "/sign-out", site).header("cookie", &cookies);
    assert_eq!(send(&app, leave("cross-site"), "").await.status(), StatusCode::FORBIDDEN);
    assert_eq!(send(&app, leave("same-origin"), "").await.headers()["location"], "/");
    assert_eq!(send(&app, open(&cookies), "").await.headers()["location"], "?", "the cookies are removed");
}

#[tokio::test]
async fn pages_of_others_cannot_act() {
    let app = app().await;
    let cookies = sign_up(&app).await;
    for path in ["/auth/logout", "/auth/logout-all", "/auth/refresh", "/auth/password/change"] {
        for site in ["cross-site", "same-site"] {
            let answer = send(&app, request("POST", path, site).header("cookie", &cookies), "").await;
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path} from {site}");
        }
    }
    let answer = send(&app, request("POST", "/auth/logout", "same-origin").header("cookie", &cookies), "").await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    let answer = send(&app, request("GET", "/auth/me", "same-origin").header("cookie", &cookies), "").await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "signed out at once");
}

#[tokio::test]
async fn route_table_matches_the_committed_file() {
    let pool = SqlitePool::connect("sqlite::memory:").await.unwrap();
    let secret = Secret::generate().unwrap();
    let (_, routes) = open(pool, secret).await.unwrap();
    assert_routes(&routes.table(), include_str!("routes.txt"));
}
