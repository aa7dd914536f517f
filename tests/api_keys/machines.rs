//! Programs without a person: a user type without a password, whose only credential is a key.

use auth::testing::ManualClock;
use auth::{Auth, AuthError, AuthPermission, AuthUser, ClientInfo, NameEnum as _, NewApiKey, Permissions, Secret};
use auth_tests::Database;
use auth_tests::app::SECRET;

#[derive(Clone, Copy, Debug, PartialEq, Eq, AuthPermission)]
enum Job {
    Import,
    #[permission(includes(Import))]
    Export,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "robots")]
struct Robot {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    name: String,
    #[auth(active)]
    is_active: bool,
    #[auth(permissions)]
    may: Permissions<Job>,
}

const ROBOTS: &str = "CREATE TABLE robots (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, is_active \
                      BOOLEAN NOT NULL DEFAULT TRUE, may TEXT NOT NULL DEFAULT '')";

/// The database lives as long as this does.
async fn auth() -> (Auth<Robot>, Database) {
    let db = Database::with(ROBOTS).await;
    let builder = Auth::<Robot>::builder(db.pool.clone()).secret(Secret::new(SECRET).unwrap());
    let builder = builder.clock(ManualClock::default()).revocation_feed(std::time::Duration::ZERO);
    (builder.api_keys("robot").build().await.unwrap(), db)
}

#[tokio::test]
async fn an_operator_makes_rotates_and_ends_keys_of_programs() {
    let (auth, _db) = auth().await;
    let registration = RobotRegistration { name: "importer".to_owned() };
    let robot = auth.accounts().import(registration, None).await.unwrap();
    let operator = ClientInfo::default().with_actor("ops");
    let accounts = auth.accounts().by(operator);
    let wanted = || NewApiKey::new("nightly", [Job::Export.name()]).never_expires();
    assert!(matches!(accounts.create_api_key(&robot.id, wanted()).await, Err(AuthError::InvalidFields(_))));
    accounts.set_permissions(&robot.id, Permissions::from([Job::Export])).await.unwrap();
    let made = accounts.create_api_key(&robot.id, wanted()).await.unwrap();
    assert_eq!((made.info.created_by.as_deref(), made.info.created_in), (Some("ops"), None));
    let present = async |text: String| auth.authenticate_api_key(&text, &ClientInfo::default()).await;
    let caller = present(made.expose().to_owned()).await.unwrap();
    assert!(caller.may(&Job::Export) && caller.may(&Job::Import), "what it includes, too");
    let next = accounts.rotate_api_key(&robot.id, made.info.id, None).await.unwrap();
    assert!(next.info.expires_at.is_none());
    for text in [made.expose(), next.expose()] {
        present(text.to_owned()).await.unwrap();
    }
    accounts.revoke_api_key(&robot.id, next.info.id).await.unwrap();
    assert!(present(next.expose().to_owned()).await.is_err());
    accounts.disable(&robot.id).await.unwrap();
    assert!(present(made.expose().to_owned()).await.is_err());
    assert!(matches!(accounts.create_api_key(&robot.id, wanted()).await, Err(AuthError::InactiveUser)));
    assert!(matches!(accounts.create_api_key(&99, wanted()).await, Err(AuthError::NotFound)));
    assert!(matches!(accounts.revoke_api_key(&99, made.info.id).await, Err(AuthError::NotFound)));
}

/// What somebody may do by an enum that includes others is asked for by the smallest that is enough.
#[tokio::test]
async fn ak_03_a_key_may_have_less_than_its_owner() {
    let (auth, _db) = auth().await;
    let robot = auth.accounts().import(RobotRegistration { name: "r2".to_owned() }, None).await.unwrap();
    let accounts = auth.accounts();
    accounts.set_permissions(&robot.id, Permissions::from([Job::Export])).await.unwrap();
    let made = accounts.create_api_key(&robot.id, NewApiKey::new("in", [Job::Import.name()])).await.unwrap();
    let caller = auth.authenticate_api_key(made.expose(), &ClientInfo::default()).await.unwrap();
    assert!(caller.may(&Job::Import) && !caller.may(&Job::Export));
}
