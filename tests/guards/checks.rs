//! `#[check]`: runs last, before the body is read, once per request, and never grants access by accident.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth::event::{EventKind, Refusal};
use auth::routing::{Routes, get, post};
use auth::{Auth, AuthError, InState, check, protected};
use auth_tests::{App, Call, Role, User, UserClaims};
use axum::Router;
use axum::body::Body;
use axum::extract::{FromRef, Path, Query, State};
use serde::Deserialize;

/// How often each check ran.
#[derive(Clone, Default)]
struct Asked {
    owner: Arc<AtomicUsize>,
    other: Arc<AtomicUsize>,
}

#[derive(Clone)]
struct Site {
    auth: Auth<User>,
    asked: Asked,
}

impl auth::AuthState for Site {
    type User = User;
}

impl FromRef<Site> for Auth<User> {
    fn from_ref(site: &Site) -> Self {
        site.auth.clone()
    }
}

impl FromRef<Site> for Asked {
    fn from_ref(site: &Site) -> Self {
        site.asked.clone()
    }
}

/// A post belongs to the user with the same number. Post 404 does not exist, and post 500 causes an error.
#[check]
async fn owns_post(claims: UserClaims, Path(post): Path<i64>, State(asked): State<Asked>) -> Result<bool, AuthError> {
    asked.owner.fetch_add(1, Ordering::SeqCst);
    match post {
        404 => Err(AuthError::NotFound),
        500 => Err(AuthError::unavailable("the database is gone")),
        666 => panic!("a defect in a check"),
        post => Ok(claims.sub == post),
    }
}

#[derive(Deserialize)]
struct Key {
    #[serde(default)]
    key: String,
}

#[check]
async fn knows_the_key(Query(query): Query<Key>, State(asked): State<Asked>) -> bool {
    asked.other.fetch_add(1, Ordering::SeqCst);
    query.key == "sesame"
}

/// A check that needs the row.
#[check]
async fn is_ada(user: User) -> bool {
    user.email.starts_with("ada")
}

#[protected(Role::Admin || owns_post)]
async fn edit(Path(post): Path<i64>, body: String) -> String {
    format!("{post}: {body}")
}

#[protected(Role::Admin || owns_post, hidden)]
async fn draft(Path(post): Path<i64>) -> String {
    format!("draft {post}")
}

#[protected(Role::Editor || owns_post && knows_the_key, hidden)]
async fn keyed_draft() -> &'static str {
    "keyed draft"
}

#[protected(!owns_post)]
async fn review() -> &'static str {
    "reviewed"
}

#[protected(owns_post && knows_the_key || knows_the_key && Role::Editor)]
async fn open_with_key() -> &'static str {
    "open"
}

#[protected(Role::Editor || is_ada)]
async fn row(user: User) -> String {
    user.email
}

#[protected(is_ada)]
async fn ada() -> &'static str {
    "ada"
}

struct Stage {
    app: App,
    asked: Asked,
    router: Router,
}

async fn stage() -> Stage {
    let app = App::new().await;
    let asked = Asked::default();
    let routes = Routes::new()
        .route("/posts/{id}", post(edit))
        .route("/drafts/{id}", get(draft))
        .route("/keyed-drafts/{id}", get(keyed_draft))
        .route("/reviews/{id}", get(review))
        .route("/keyed/{id}", get(open_with_key))
        .route("/row", get(row))
        .route("/ada", get(ada));
    let router = routes.into_router().with_state(Site { auth: app.auth.clone(), asked: asked.clone() });
    Stage { app, asked, router }
}

impl Stage {
    /// Signs up a user; returns the id and the access token.
    async fn user(&self, email: &str) -> (i64, String) {
        let token = self.app.register(email).await.is(201).access_token();
        (self.app.id(email).await, token)
    }

    async fn with_role(&self, email: &str, role: Role) -> (i64, String) {
        let (id, _) = self.user(email).await;
        self.app.auth.accounts().set_role(&id, role).await.unwrap();
        (id, self.app.tokens(email).await.0)
    }

    async fn get(&self, path: impl AsRef<str>, token: &str) -> auth_tests::Answer {
        Call::get(path.as_ref()).bearer(token).send(&self.router).await
    }

    fn owner_asked(&self) -> usize {
        self.asked.owner.swap(0, Ordering::SeqCst)
    }
}

#[tokio::test]
async fn mac_07_the_owner_passes_and_a_stranger_does_not() {
    let stage = stage().await;
    let (id, ada) = stage.user("ada@example.com").await;
    let call = |post: i64| Call::post(&format!("/posts/{post}")).bearer(&ada).body("text");
    call(id).send(&stage.router).await.is(200);
    let refused = call(id + 1).send(&stage.router).await.is(403);
    assert_eq!(refused.field("code"), "forbidden");
    Call::post("/posts/1").send(&stage.router).await.is(401);
    assert_eq!(stage.owner_asked(), 2, "nobody asks before it is known who calls");
}

#[tokio::test]
async fn mac_07_hidden_and_missing_resources_get_the_same_404() {
    let stage = stage().await;
    let (id, ada) = stage.user("ada@example.com").await;
    stage.get(format!("/drafts/{id}"), &ada).await.is(200);
    let hidden = stage.get(format!("/drafts/{}", id + 1), &ada).await.is(404);
    let missing = stage.get("/drafts/404", &ada).await.is(404);
    assert_eq!(hidden.body, missing.body);
    assert_eq!(hidden.headers, missing.headers);
    Call::get("/drafts/1").send(&stage.router).await.is(401);
}

#[tokio::test]
async fn check_does_not_run_when_the_rest_decides() {
    let stage = stage().await;
    let (_, admin) = stage.with_role("boss@example.com", Role::Admin).await;
    Call::post("/posts/7").bearer(&admin).send(&stage.router).await.is(200);
    assert_eq!(stage.owner_asked(), 0);
}

#[tokio::test]
async fn check_runs_once_however_often_the_rule_names_it() {
    let stage = stage().await;
    let (id, editor) = stage.with_role("ed@example.com", Role::Editor).await;
    stage.get(format!("/keyed/{}?key=sesame", id + 1), &editor).await.is(200);
    assert_eq!(stage.owner_asked(), 1);
    assert_eq!(stage.asked.other.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_error_is_answered_at_once_and_not_negated() {
    let stage = stage().await;
    let (id, ada) = stage.user("ada@example.com").await;
    stage.get(format!("/reviews/{id}"), &ada).await.is(403);
    stage.get(format!("/reviews/{}", id + 1), &ada).await.is(200);
    assert_eq!(stage.get("/reviews/404", &ada).await.is(404).field("code"), "not_found");
    assert_eq!(stage.get("/reviews/500", &ada).await.is(503).field("code"), "unavailable");
    stage.app.events();
    stage.get("/reviews/404", &ada).await.is(404);
    let told = EventKind::Refused { user: Some(id.to_string()), reason: Refusal::Check };
    assert_eq!(stage.app.events(), [told]);
}

#[tokio::test]
async fn http_19_panic_in_a_check_is_a_500() {
    let stage = stage().await;
    let (_, ada) = stage.user("ada@example.com").await;
    let answer = stage.get("/reviews/666", &ada).await.is(500);
    assert_eq!(answer.field("code"), "internal");
}

#[tokio::test]
async fn failed_check_argument_answers_with_its_extractors_rejection() {
    let stage = stage().await;
    let (_, ada) = stage.user("ada@example.com").await;
    stage.get("/reviews/not-a-number", &ada).await.is(400);
}

#[tokio::test]
async fn mac_02_refusal_by_a_check_leaves_the_body_unread() {
    let stage = stage().await;
    let (id, ada) = stage.user("ada@example.com").await;
    let polled = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&polled);
    let stream = Body::new(http_body_util::combinators::UnsyncBoxBody::new(Counted(seen)));
    Call::post(&format!("/posts/{}", id + 1)).bearer(&ada).body(stream).send(&stage.router).await.is(403);
    assert_eq!(polled.load(Ordering::SeqCst), 0);
}

struct Counted(Arc<AtomicUsize>);

impl http_body::Body for Counted {
    type Data = axum::body::Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        std::task::Poll::Ready(None)
    }
}

#[tokio::test]
async fn check_runs_when_the_row_contradicts_the_token() {
    let stage = stage().await;
    let (ada_id, ada) = stage.with_role("ada@example.com", Role::Editor).await;
    let (bob_id, bob) = stage.with_role("bob@example.com", Role::Editor).await;
    // Both are demoted in the table directly, so their tokens still have the old role.
    for id in [ada_id, bob_id] {
        sqlx::query("UPDATE users SET role = 'member' WHERE id = $1").bind(id).execute(&stage.app.pool).await.unwrap();
    }
    assert_eq!(stage.get("/row", &ada).await.is(200).text(), "ada@example.com", "the check lets her in");
    stage.get("/row", &bob).await.is(403);
}

#[tokio::test]
async fn a_check_that_loads_the_row_decides_on_it() {
    let stage = stage().await;
    let (_, ada) = stage.user("ada@example.com").await;
    let (_, bob) = stage.user("bob@example.com").await;
    stage.get("/ada", &ada).await.is(200);
    stage.get("/ada", &bob).await.is(403);
}

#[test]
fn the_table_prints_checks_as_they_were_written() {
    fn who<S: Clone + Send + Sync + 'static>(routes: &Routes<S>) -> Vec<String> {
        routes.table().routes().iter().map(|route| route.who.clone()).collect()
    }
    let routes: Routes<Site> =
        Routes::new().route("/a", post(edit)).route("/b", get(draft)).route("/c", get(open_with_key));
    let expected = [
        "Role::Admin || owns_post",
        "Role::Admin || owns_post, hidden",
        "(owns_post && knows_the_key) || (knows_the_key && Role::Editor)",
    ];
    assert_eq!(who(&routes), expected);
}

/// A check can still be called as a function.
#[tokio::test]
async fn a_check_can_be_called() {
    fn is_a_future<T>(future: impl Future<Output = T>) -> impl Future<Output = T> {
        future
    }
    assert!(is_a_future(knows_the_key(Query(Key { key: "sesame".to_owned() }), State(Asked::default()))).await);
    let _ = <User as InState<Site>>::gate;
}

#[tokio::test]
async fn mac_07_what_is_hidden_is_answered_like_an_unknown_path() {
    let stage = stage().await;
    let (id, ada) = stage.user("ada@example.com").await;
    let unknown = stage.get("/nowhere", &ada).await.is(404);
    assert!(unknown.body.is_empty());
    for path in [format!("/drafts/{}", id + 1), "/drafts/404".to_owned()] {
        let mut hidden = stage.get(&path, &ada).await.is(404);
        // A server adds it to both, axum to answers of routes.
        assert_eq!(hidden.headers.remove("content-length").unwrap(), "0");
        assert_eq!((&hidden.body, &hidden.headers), (&unknown.body, &unknown.headers), "{path}");
    }
    let anonymous = Call::get("/drafts/1").send(&stage.router).await.is(401);
    assert_eq!(anonymous.code(), "not_signed_in", "who is not signed in is asked to, and learns that it exists");
}

#[tokio::test]
async fn mac_07_what_a_check_cannot_read_is_hidden_too() {
    let stage = stage().await;
    let (id, ada) = stage.user("ada@example.com").await;
    stage.app.events();
    for path in ["/drafts/not-a-number".to_owned(), format!("/keyed-drafts/{id}?key=a&key=b")] {
        let hidden = stage.get(&path, &ada).await.is(404);
        assert!(hidden.body.is_empty() && hidden.headers.get("content-type").is_none(), "{path}: {}", hidden.text());
        let told = EventKind::Refused { user: Some(id.to_string()), reason: Refusal::Check };
        assert_eq!(stage.app.events(), [told], "{path}");
    }
}
