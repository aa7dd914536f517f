//! Permissions from sign-up to refusal, those of roles and those of single users, on both kinds of stores.

use std::sync::{Arc, Mutex};

use auth::event::{Event, EventKind};
use auth::policy::Facts;
use auth::routing::{Routes, get};
use auth::store::{Backend, Change, MemoryRecords, MemoryUsers};
use auth::{Auth, AuthPermission, AuthRole, AuthUser, PasswordHash, Permissions, Requirement, Secret, protected};
use auth_tests::app::{PASSWORD, SECRET, quick_passwords};
use auth_tests::{Answer, Call, Database, payload};
use axum::Router;
use serde_json::{Value, json};

#[derive(Clone, Copy, Debug, PartialEq, AuthPermission)]
enum Permission {
    PostsRead,
    #[permission(includes(PostsRead))]
    PostsWrite,
    #[permission(name = "posts:publish")]
    PostsPublish,
    Pay,
}

#[derive(Clone, Copy, Debug, PartialEq, AuthRole)]
enum Role {
    #[role(grants(Permission::PostsRead))]
    Member,
    #[role(includes(Member), grants(Permission::PostsWrite))]
    Author,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "writers")]
struct Writer {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(role, default = Role::Member)]
    role: Role,
    #[auth(permissions, default = Permissions::from([Permission::Pay]))]
    permissions: Permissions<Permission>,
    #[auth(verified)]
    email_verified: bool,
}

const TABLE: &str = "CREATE TABLE writers (
    id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL, role TEXT NOT NULL,
    permissions TEXT NOT NULL, email_verified BOOLEAN NOT NULL DEFAULT FALSE
)";

/// A requirement: the address is confirmed.
struct Confirmed;

impl Confirmed {
    const YES: Self = Self;
}

impl<U: AuthUser> Requirement<U> for Confirmed {
    fn holds(&self, caller: &Facts<'_, U>) -> bool {
        caller.verified() == Some(true)
    }
}

#[protected(Permission::PostsRead)]
async fn read() {}

#[protected(Permission::PostsWrite)]
async fn write() {}

#[protected(Permission::PostsPublish)]
async fn publish() {}

#[protected(Permission::PostsPublish)]
async fn publish_as(user: Writer) -> String {
    user.email
}

#[protected(Permission::Pay, live)]
async fn pay() {}

#[protected(Confirmed::YES)]
async fn confirmed() {}

struct App {
    auth: Auth<Writer>,
    router: Router,
    events: Arc<Mutex<Vec<EventKind>>>,
}

impl App {
    async fn new(store: impl Backend<Writer>) -> Self {
        let events = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&events);
        let auth = Auth::builder(store)
            .secret(Secret::new(SECRET).unwrap())
            .passwords(quick_passwords())
            .observer(move |event: &Event| seen.lock().unwrap().push(event.kind.clone()))
            .build()
            .await
            .unwrap();
        let routes = Routes::new()
            .route("/read", get(read))
            .route("/write", get(write))
            .route("/publish", get(publish))
            .route("/publish-as", get(publish_as))
            .route("/pay", get(pay))
            .route("/confirmed", get(confirmed))
            .nest("/auth", auth.routes());
        Self { router: routes.into_router().with_state(auth.clone()), auth, events }
    }

    async fn both() -> [(Self, Option<Database>); 2] {
        let db = Database::with(TABLE).await;
        let sql = Self::new(db.pool.clone()).await;
        [(Self::new(memory()).await, None), (sql, Some(db))]
    }

    async fn register(&self) -> Answer {
        let body = json!({ "email": "ada@example.org", "password": PASSWORD });
        Call::post("/auth/register").json(&body).send(&self.router).await.is(201)
    }

    async fn refresh(&self, token: &str) -> Answer {
        Call::post("/auth/refresh").json(&json!({ "refresh_token": token })).send(&self.router).await.is(200)
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        Call::get(path).bearer(token).send(&self.router).await
    }

    async fn permissions(&self, token: &str) -> Value {
        self.get("/auth/me", token).await.is(200).json()["permissions"].clone()
    }
}

fn memory() -> (MemoryUsers<Writer>, MemoryRecords) {
    let create = |new: auth::NewUser<Writer>, number: u64| Writer {
        id: number.cast_signed(),
        email: new.registration.email,
        password_hash: new.password_hash.unwrap(),
        role: Role::Member,
        permissions: Permissions::from([Permission::Pay]),
        email_verified: false,
    };
    let users = MemoryUsers::new(create, |user: &mut Writer, change| match change {
        Change::Roles(role) => user.role = role,
        Change::Permissions(permissions) => user.permissions = permissions,
        _ => {}
    });
    (users, MemoryRecords::new())
}

#[tokio::test]
async fn user_has_permissions_of_role_and_own() {
    for (app, _db) in App::both().await {
        let session = app.register().await;
        let token = session.access_token();
        assert_eq!(payload(&token)["permissions"], json!(["pay"]), "what the role grants is compiled in");
        assert_eq!(app.permissions(&token).await, json!(["posts_read", "pay"]));
        for (path, status) in [("/read", 200), ("/pay", 200), ("/write", 403), ("/publish", 403), ("/publish-as", 403)]
        {
            app.get(path, &token).await.is(status);
        }
        app.auth.accounts().set_role(&1, Role::Author).await.unwrap();
        let token = app.refresh(&session.refresh_token()).await.access_token();
        assert_eq!(app.permissions(&token).await, json!(["posts_read", "posts_write", "pay"]));
        app.get("/write", &token).await.is(200);
        app.get("/publish", &token).await.is(403);
    }
}

#[tokio::test]
async fn nobody_chooses_permissions_at_sign_up() {
    for (app, _db) in App::both().await {
        let body = json!({ "email": "eve@example.org", "password": PASSWORD, "permissions": ["posts:publish"] });
        let answer = Call::post("/auth/register").json(&body).send(&app.router).await.is(422);
        assert!(answer.text().contains("permissions"), "{}", answer.text());
        assert!(app.auth.accounts().find(&1).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn setting_permissions_makes_old_tokens_stale() {
    for (app, db) in App::both().await {
        let session = app.register().await;
        app.events.lock().unwrap().clear();
        let own = Permissions::from([Permission::PostsWrite, Permission::PostsPublish]);
        app.auth.accounts().set_permissions(&1, own).await.unwrap();
        assert_eq!(*app.events.lock().unwrap(), [EventKind::PermissionsChanged { user: "1".to_owned() }]);
        assert_eq!(app.auth.accounts().find(&1).await.unwrap().unwrap().permissions, own);
        for path in ["/read", "/pay", "/auth/me"] {
            app.get(path, &session.access_token()).await.is(401);
        }
        let next = app.refresh(&session.refresh_token()).await;
        let token = next.access_token();
        assert_eq!(payload(&token)["permissions"], json!(["posts_write", "posts:publish"]));
        assert_eq!(app.permissions(&token).await, json!(["posts_read", "posts_write", "posts:publish"]));
        for (path, status) in [("/read", 200), ("/pay", 403), ("/write", 200), ("/publish", 200), ("/publish-as", 200)]
        {
            app.get(path, &token).await.is(status);
        }
        if let Some(db) = &db {
            assert_eq!(db.text("SELECT permissions FROM writers").await, "posts_write,posts:publish");
        }
        app.auth.accounts().set_permissions(&1, Permissions::new()).await.unwrap();
        app.get("/publish", &token).await.is(401);
        let token = app.refresh(&next.refresh_token()).await.access_token();
        assert_eq!(payload(&token)["permissions"], json!([]));
        app.get("/publish", &token).await.is(403);
        let error = app.auth.accounts().set_permissions(&2, own).await.unwrap_err();
        assert!(matches!(error, auth::AuthError::NotFound), "{error:?}");
    }
}

#[tokio::test]
async fn lost_permission_is_refused_where_row_is_loaded() {
    let db = Database::with(TABLE).await;
    let app = App::new(db.pool.clone()).await;
    let session = app.register().await;
    app.auth
        .accounts()
        .set_permissions(&1, Permissions::from([Permission::PostsPublish, Permission::Pay]))
        .await
        .unwrap();
    let token = app.refresh(&session.refresh_token()).await.access_token();
    for path in ["/publish", "/publish-as", "/pay"] {
        app.get(path, &token).await.is(200);
    }
    db.run("UPDATE writers SET permissions = 'posts_read'").await;
    app.get("/publish", &token).await.is(200);
    app.get("/publish-as", &token).await.is(403);
    app.get("/pay", &token).await.is(403);
    // The other way round, nothing is granted before the token says so, except where the rule is judged on the row.
    db.run("UPDATE writers SET permissions = 'pay', role = 'author'").await;
    app.get("/write", &token).await.is(403);
    app.get("/pay", &token).await.is(200);
    app.auth.accounts().claims_changed(&1).await.unwrap();
    app.get("/publish", &token).await.is(401);
}

#[tokio::test]
async fn unknown_permission_in_a_row_is_an_error() {
    let db = Database::with(TABLE).await;
    let app = App::new(db.pool.clone()).await;
    let token = app.register().await.access_token();
    db.run("UPDATE writers SET permissions = 'pay,fly'").await;
    let answer = app.get("/pay", &token).await;
    assert!(answer.status.is_server_error(), "{answer:?}");
}

#[tokio::test]
async fn a_token_says_whether_the_address_was_confirmed() {
    let db = Database::with(TABLE).await;
    let app = App::new(db.pool.clone()).await;
    let session = app.register().await;
    assert_eq!(payload(&session.access_token())["email_verified"], json!(false));
    app.get("/confirmed", &session.access_token()).await.is(403);
    db.run("UPDATE writers SET email_verified = TRUE").await;
    app.auth.accounts().claims_changed(&1).await.unwrap();
    let token = app.refresh(&session.refresh_token()).await.access_token();
    assert_eq!(payload(&token)["email_verified"], json!(true));
    app.get("/confirmed", &token).await.is(200);
}

/// The same user type in an older program: same name and table, hence the same key.
mod older {
    use auth::{AuthPermission, AuthUser, PasswordHash, Permissions};

    #[derive(Clone, Copy, Debug, PartialEq, AuthPermission)]
    pub(super) enum Permission {
        Read,
    }

    #[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
    #[auth(table = "clients")]
    pub(super) struct Client {
        #[auth(id)]
        id: i64,
        #[auth(login)]
        pub(super) name: String,
        #[auth(password_hash)]
        password_hash: PasswordHash,
        #[auth(permissions(scope), default = Permissions::new())]
        may: Permissions<Permission>,
    }
}

mod newer {
    use auth::{AuthPermission, AuthUser, PasswordHash, Permissions};

    #[derive(Clone, Copy, Debug, PartialEq, AuthPermission)]
    pub(super) enum Permission {
        Read,
        #[permission(name = "https://example.org/write")]
        Write,
    }

    #[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
    #[auth(table = "clients")]
    pub(super) struct Client {
        #[auth(id)]
        id: i64,
        #[auth(login)]
        pub(super) name: String,
        #[auth(password_hash)]
        password_hash: PasswordHash,
        #[auth(permissions(scope), default = Permissions::new())]
        may: Permissions<Permission>,
    }
}

#[tokio::test]
async fn mac_06_a_token_that_names_an_unknown_permission_is_refused() {
    let columns =
        "CREATE TABLE clients (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL,
        may TEXT NOT NULL)";
    let db = Database::with(columns).await;
    let secret = Secret::new(SECRET).unwrap();
    let newer = Auth::<newer::Client>::builder(db.pool.clone()).secret(secret.clone()).passwords(quick_passwords());
    let older = Auth::<older::Client>::builder(db.pool.clone()).secret(secret).passwords(quick_passwords());
    let (newer, older) = (newer.build().await.unwrap(), older.build().await.unwrap());
    let client = auth::ClientInfo::default();
    let form = newer::ClientRegistration { name: "ada".to_owned() };
    let (_, mut tokens) = newer.register(form, PASSWORD, &client).await.unwrap().signed_in().unwrap();
    assert_eq!(payload(&tokens.access_token).get("scope"), None, "the empty list has no spelling");
    assert!(newer.verify(&tokens.access_token).is_ok() && older.verify(&tokens.access_token).is_ok());
    let (read, write) = (newer::Permission::Read, newer::Permission::Write);
    for (own, scope, known) in [
        (Permissions::from([read]), "read", true),
        (Permissions::from([write]), "https://example.org/write", false),
        (Permissions::from([read, write]), "read https://example.org/write", false),
    ] {
        newer.accounts().set_permissions(&1, own).await.unwrap();
        tokens = newer.refresh(&tokens.refresh_token, &client).await.unwrap();
        assert_eq!(payload(&tokens.access_token)["scope"], scope);
        assert!(newer.verify(&tokens.access_token).is_ok());
        assert_eq!(older.verify(&tokens.access_token).is_ok(), known, "{scope}");
    }
}
