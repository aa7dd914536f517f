//! The kit with user types of other shapes, and with two of them in one application.

use auth::routing::{Routes, delete, get};
use auth::testing::{Protection, RoleCases as _, TestApp, assert_protection};
use auth::{Auth, AuthRole, AuthState, AuthUser, PasswordHash, Roles, Secret, protected};
use auth_tests::app::{SECRET, quick_passwords};
use auth_tests::users::SCHEMA;
use auth_tests::{Database, Role, User};
use axum::Router;
use axum::extract::FromRef;

#[derive(Clone, Copy, Debug, PartialEq, AuthRole)]
enum Desk {
    Clerk,
    Cashier,
    #[role(includes(Clerk))]
    Manager,
}

/// A set of roles; what its sign-up wants is a number, a flag, a list and an exact login.
#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "staff")]
struct Staff {
    #[auth(id)]
    id: String,
    #[auth(login(exact))]
    badge: String,
    #[auth(password_hash)]
    password_hash: Option<PasswordHash>,
    #[auth(roles)]
    desks: Roles<Desk>,
    #[auth(register)]
    floor: i64,
    #[auth(register)]
    night: bool,
    #[auth(register, claim)]
    name: Option<String>,
    #[auth(active)]
    hired: bool,
}

/// Neither roles nor a password; nothing switches it off.
#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "guests")]
struct Guest {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    e_mail: String,
}

const TABLES: [&str; 2] = [
    "CREATE TABLE staff (id TEXT PRIMARY KEY, badge TEXT NOT NULL UNIQUE, password_hash TEXT, desks TEXT NOT NULL DEFAULT '',
     floor INTEGER NOT NULL, night BOOLEAN NOT NULL, name TEXT, hired BOOLEAN NOT NULL DEFAULT FALSE)",
    "CREATE TABLE guests (id INTEGER PRIMARY KEY, e_mail TEXT NOT NULL UNIQUE)",
];

#[derive(Clone)]
struct Shop {
    users: Auth<User>,
    staff: Auth<Staff>,
    guests: Auth<Guest>,
}

impl AuthState for Shop {
    type User = User;
}

impl FromRef<Shop> for Auth<User> {
    fn from_ref(shop: &Shop) -> Self {
        shop.users.clone()
    }
}

impl FromRef<Shop> for Auth<Staff> {
    fn from_ref(shop: &Shop) -> Self {
        shop.staff.clone()
    }
}

impl FromRef<Shop> for Auth<Guest> {
    fn from_ref(shop: &Shop) -> Self {
        shop.guests.clone()
    }
}

#[protected(Role::Editor)]
async fn page() {}

#[protected(user = Staff, Desk::Clerk && !Desk::Cashier)]
async fn till(staff: Staff) -> String {
    format!("{} {} {} {:?} {}", staff.id, staff.floor, staff.night, staff.name, staff.desks)
}

#[protected(user = Staff, Desk::Manager, live)]
async fn safe() {}

#[protected(user = Guest)]
async fn lobby(guest: Guest) -> String {
    format!("{} {}", guest.id, guest.e_mail)
}

fn routes(shop: &Shop) -> Routes<Shop> {
    Routes::new()
        .route("/page", get(page))
        .route("/till", get(till))
        .route("/safe", delete(safe))
        .route("/lobby", get(lobby))
        .nest("/users", shop.users.routes())
        .nest("/staff", shop.staff.routes())
}

struct Open {
    _db: Database,
    shop: Shop,
    router: Router,
}

async fn open() -> Open {
    let db = Database::with(SCHEMA).await;
    for table in TABLES {
        db.run(table).await;
    }
    let secret = Secret::new(SECRET).unwrap();
    let users = Auth::<User>::builder(db.pool.clone()).secret(secret.clone()).passwords(quick_passwords());
    let staff = Auth::<Staff>::builder(db.pool.clone()).secret(secret.clone()).passwords(quick_passwords());
    let guests = Auth::<Guest>::builder(db.pool.clone()).secret(secret).passwords(quick_passwords());
    let (users, staff) = (users.build().await.unwrap(), staff.build().await.unwrap());
    let shop = Shop { users, staff, guests: guests.build().await.unwrap() };
    let router = routes(&shop).into_router().with_state(shop.clone());
    Open { _db: db, shop, router }
}

#[tokio::test]
async fn sign_up_is_guessed_for_every_field_type() {
    let open = open().await;
    let staff = TestApp::new(&open.shop.staff, open.router.clone());
    let manager = staff.as_role([Desk::Manager]).await;
    assert!(manager.user().unwrap().hired, "an account that begins switched off is switched on");
    let answer = manager.get("/till").await.expect_status(200).text();
    assert!(answer.contains(" 1 true ") && answer.ends_with("manager"), "{answer}");
    staff.as_role([Desk::Clerk, Desk::Cashier]).await.get("/till").await.expect_status(403);
    staff.as_role(Roles::new()).await.get("/till").await.expect_status(403);

    let guests = TestApp::new(&open.shop.guests, open.router.clone());
    let guest = guests.as_role(auth::NoRoles).await;
    assert!(guest.get("/lobby").await.expect_status(200).text().ends_with("@example.test"));
}

#[tokio::test]
async fn mac_08_and_mac_12_user_types_are_refused_on_foreign_routes() {
    let open = open().await;
    let table = routes(&open.shop).table();
    assert_protection(&table, &TestApp::new(&open.shop.users, open.router.clone())).await;
    assert_protection(&table, &TestApp::new(&open.shop.staff, open.router.clone())).await;
    assert_protection(&table, &TestApp::new(&open.shop.guests, open.router.clone())).await;
}

#[tokio::test]
async fn mac_08_route_for_the_wrong_user_type_is_reported() {
    let open = open().await;
    let table = Routes::<Shop>::new().route("/a", delete(safe)).table();
    let router = Routes::new().route("/a", delete(page)).into_router().with_state(open.shop.clone());
    let found = Protection::of(&table).deviations(&TestApp::new(&open.shop.users, router.clone())).await;
    let found: Vec<_> = found.iter().map(|d| (&*d.caller, &*d.expected)).collect();
    assert_eq!(found, [("a token of User", "401 `invalid_token`")]);
    let found = Protection::of(&table).deviations(&TestApp::new(&open.shop.staff, router)).await;
    assert_eq!(found.len(), Roles::<Desk>::cases().len(), "{found:#?}");
}

#[test]
fn role_sets_are_tried_empty_single_paired_and_full() {
    let cases: Vec<_> = Roles::<Desk>::cases().into_iter().map(|(name, _)| name).collect();
    let expected =
        ["no role", "clerk", "cashier", "manager", "clerk,cashier", "cashier,manager", "clerk,cashier,manager"];
    assert_eq!(cases, expected);
}
