//! One mailbox, one account: every spelling of a login is the same account, on every database, and rows that earlier
//! releases stored in another form keep their owners.

use auth::store::sql::{SqlRow, SqlUser};
use auth::testing::Faults;
use auth::{Auth, AuthError, AuthUser, Limits, PasswordHash, Secret};
use auth_tests::app::{PASSWORD, SECRET, quick_passwords};
use auth_tests::users::SCHEMA;
use auth_tests::{App, Call, Database, Place, User, UserRegistration, on_databases};
use serde_json::json;

const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Q1d1ZHNvbWVoYXNoc29tZWhhc2hzb21laGFzaHNvbWVo";

on_databases! {
    SCHEMA;
    b03_an_invisible_character_makes_no_second_account
    one_mailbox_is_one_account_in_every_spelling
    rows_in_the_former_form_keep_their_owners
    a_login_is_taken_if_either_form_exists
}

async fn b03_an_invisible_character_makes_no_second_account<P: Place>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let app = App::in_place(place, |builder| builder).await;
    app.register("ada@x.org").await.is(201);
    for unseen in "\u{200b}\u{feff}\u{ad}\u{2060}\u{200e}\u{202a}\u{202c}\u{fe0f}\u{3164}\u{115f}\u{e0041}".chars() {
        for spelling in [format!("ada@x.org{unseen}"), format!("{unseen}ada@x.org"), format!("a{unseen}da@x.org")] {
            app.login(&spelling, PASSWORD).await.is(200);
            assert_eq!(app.register(&spelling).await.is(409).code(), "taken", "{spelling:?}");
        }
    }
}

async fn one_mailbox_is_one_account_in_every_spelling<P: Place>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let app = App::in_place(place, |builder| builder).await;
    app.register("νίκος@fußball.de").await.is(201);
    for spelling in ["ΝΊΚΟΣ@FUẞBALL.DE", "νίκοσ@fußball.de", "νίκος@xn--fuball-cta.de", "νι\u{301}κος＠fußball。de"]
    {
        app.login(spelling, PASSWORD).await.is(200);
        app.register(spelling).await.is(409);
    }
    app.register("νίκος@fussball.de").await.is(201);
}

/// Stores a row as the previous release did.
async fn stored<P: Place>(app: &App<P>, email: &str)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    app.register("then@x.org").await.is(201);
    app.db.sql(&format!("UPDATE users SET email = '{email}' WHERE email = 'then@x.org'")).await.unwrap();
}

async fn rows_in_the_former_form_keep_their_owners<P: Place>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let app = App::in_place(place, |builder| builder).await;
    // As typed then and now, and as stored then: NFKC and lower case.
    for (typed, then) in [
        ("Νίκος@x.org", "νίκος@x.org"),
        ("Ada@EXÄMPLE.org", "ada@exämple.org"),
        ("ada@x.org\u{200b}", "ada@x.org\u{200b}"),
        ("İda@x.org", "i\u{307}da@x.org"),
        ("ꭰ@x.org", "ꭰ@x.org"),
        ("a\u{202e}b@x.org", "a\u{202e}b@x.org"),
    ] {
        stored(&app, then).await;
        app.login(typed, PASSWORD).await.is(200);
        app.login(then, PASSWORD).await.is(200);
        app.login(typed, "not the password at all").await.is(401);
    }
    // Of twins, each keeps the account that it signs in to today.
    app.register("eva@x.org").await.is(201);
    stored(&app, "eva@x.org\u{feff}").await;
    let id =
        async |spelling: &str| app.get("/auth/me", &app.login(spelling, PASSWORD).await.is(200).access_token()).await;
    assert_eq!(id("eva@x.org\u{feff}").await.json()["email"], "eva@x.org\u{feff}");
    assert_eq!(id("Eva@x.org").await.json()["email"], "eva@x.org");
    assert_eq!(id("eva@x.org\u{200b}").await.json()["email"], "eva@x.org");
    assert!(app.auth.check_schema().await.unwrap().is_empty(), "they are found, so nothing is wrong with them");
}

async fn a_login_is_taken_if_either_form_exists<P: Place>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let app = App::in_place(place, |builder| builder).await;
    stored(&app, "ada@exämple.org").await;
    stored(&app, "νίκος@x.org").await;
    for spelling in ["ada@exämple.org", "ADA@EXÄMPLE.ORG", "ada@xn--exmple-cua.org", "νίκος@x.org"] {
        assert_eq!(app.register(spelling).await.is(409).code(), "taken", "{spelling}");
        let registration = UserRegistration { email: spelling.to_owned(), display_name: "Ada".to_owned() };
        let created = app.auth.accounts().create(registration.clone(), PASSWORD).await;
        assert!(matches!(created, Err(AuthError::Taken { .. })), "{spelling}");
        let imported = app.auth.accounts().import(registration, Some(PasswordHash::from_stored(HASH))).await;
        assert!(matches!(imported, Err(AuthError::Taken { .. })), "{spelling}");
    }
}

/// The number of look-ups of accounts that a login makes.
pub(crate) async fn look_ups(app: &App, faults: &Faults, email: &str) -> usize {
    drop(faults.take_calls());
    app.login(email, "not the password at all").await.is(401);
    faults.take_calls().into_iter().filter(|call| *call == "users.find_by_login").count()
}

#[tokio::test]
async fn lookups_depend_on_input_and_not_on_accounts() {
    let faults = Faults::new();
    let app = App::with_faults(&faults).await;
    assert_eq!(look_ups(&app, &faults, "Ada@x.org").await, 1, "one form, one query");
    // Nobody, then somebody in the former form, then in the canonical one.
    let two = look_ups(&app, &faults, "ada@exämple.org").await;
    stored(&app, "ada@exämple.org").await;
    assert_eq!(look_ups(&app, &faults, "ada@exämple.org").await, two);
    app.register("eva@exämple.org").await.is(201);
    assert_eq!(look_ups(&app, &faults, "eva@exämple.org").await, two);
    assert_eq!(two, 2);
}

/// Otherwise each invisible character would give strangers a fresh counter.
#[tokio::test]
async fn guesses_are_counted_for_all_spellings_together() {
    let app = App::with(|builder| builder.limits(Limits::default())).await;
    app.register("ada@exämple.org").await.is(201);
    let mut refused = 0;
    for n in 0..40_u32 {
        let spelling = match n % 4 {
            0 => "ADA@exämple.org".to_owned(),
            1 => "ada@xn--exmple-cua.org".to_owned(),
            2 => format!("ada@exämple.org{}", "\u{200b}".repeat(n as usize)),
            _ => format!("a{}da@exämple.org", char::from_u32(0xe0020 + n).unwrap()),
        };
        refused += u32::from(app.login(&spelling, "not the password at all").await.status == 429);
    }
    assert!(refused > 20, "{refused} of 40 attempts at one account were refused");
}

/// A user type with a name that is no address, and one that is exact.
#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "people")]
struct Person {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    user_name: String,
    #[auth(login(exact))]
    badge: Option<String>,
    #[auth(password_hash)]
    password_hash: PasswordHash,
}

async fn people() -> (Database, Auth<Person>) {
    let db = Database::with(
        "CREATE TABLE people (id INTEGER PRIMARY KEY, user_name TEXT NOT NULL UNIQUE, badge TEXT UNIQUE, password_hash TEXT NOT NULL)",
    )
    .await;
    let builder = Auth::<Person>::builder(db.pool.clone()).secret(Secret::new(SECRET).unwrap());
    let auth = builder.passwords(quick_passwords()).build().await.unwrap();
    (db, auth)
}

#[tokio::test]
async fn l10_name_with_invisible_characters_is_refused_at_sign_up() {
    let (db, auth) = people().await;
    let router = auth.routes().into_router().with_state(auth.clone());
    let register = async |name: &str, badge: &str| {
        let body = json!({ "user_name": name, "badge": badge, "password": PASSWORD });
        Call::post("/register").json(&body).send(&router).await
    };
    register("admin", "A-1").await.is(201);
    for name in ["admin\u{200b}", "ad\u{ad}min", "\u{202e}nimda", "\u{feff}admin", "\u{200b}", "admin\u{e0041}"] {
        let answer = register(name, "A-2").await.is(422);
        let error = answer.json()["errors"][0].clone();
        assert_eq!((&error["field"], &error["code"]), (&json!("user_name"), &json!("invalid")), "{name:?}");
        register("somebody", &format!("{name}A")).await.is(422);
        assert!(auth::canonical_login::<Person>("user_name", name).is_err());
    }
    // Who has such a name already signs in with it.
    sqlx::query("UPDATE people SET user_name = 'admin' || char(0x200b)").execute(&db.pool).await.unwrap();
    let body = json!({ "user_name": "admin\u{200b}", "password": PASSWORD });
    Call::post("/login").json(&body).send(&router).await.is(200);
    let body = json!({ "user_name": "admin", "password": PASSWORD });
    Call::post("/login").json(&body).send(&router).await.is(401);
    // Names in Persian and Hindi have joiners that are seen, and names have spaces.
    for name in ["نی\u{200c}ما", "क्\u{200d}ष", "Ada King"] {
        register(name, &format!("B{name}")).await.is(201);
    }
    assert_eq!(auth::canonical_login::<Person>("badge", " Ｂ-7 ").unwrap(), "Ｂ-7");
}

#[tokio::test]
async fn local_part_of_65_bytes_is_refused_at_registration() {
    let app = App::new().await;
    let long = format!("{}@x.org", "a".repeat(65));
    let answer = app.register(&long).await.is(422);
    assert_eq!(answer.json()["errors"][0]["code"], "too_long");
    stored(&app, &long).await;
    app.login(&long, PASSWORD).await.is(200);
    let fitting = format!("{}@x.org", "a".repeat(64));
    app.register(&fitting).await.is(201);
    let registration = UserRegistration { email: format!("b{long}"), display_name: "Bo".to_owned() };
    app.auth.accounts().import(registration, Some(PasswordHash::from_stored(HASH))).await.unwrap();
}
