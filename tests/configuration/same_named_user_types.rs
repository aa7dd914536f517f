//! User types with the same name.

use auth::{Auth, Secret};
use auth_tests::Database;
use auth_tests::app::{PASSWORD, SECRET, quick_passwords};

mod elsewhere {
    use auth::{AuthUser, PasswordHash};

    /// Another `User`, for another table.
    #[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
    #[auth(table = "elsewhere")]
    pub(super) struct User {
        #[auth(id)]
        pub(super) id: i64,
        #[auth(login)]
        pub(super) name: String,
        #[auth(password_hash)]
        pub(super) password_hash: PasswordHash,
    }
}

mod yonder {
    use auth::{AuthUser, PasswordHash};

    /// A third `User`, for a third table.
    #[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
    #[auth(table = "yonder")]
    pub(super) struct User {
        #[auth(id)]
        pub(super) id: i64,
        #[auth(login)]
        pub(super) name: String,
        #[auth(password_hash)]
        pub(super) password_hash: PasswordHash,
    }
}

#[tokio::test]
async fn mac_08_same_named_types_with_two_tables_are_separate() {
    let columns = "(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL)";
    let db = Database::with("").await;
    for table in ["elsewhere", "yonder"] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE TABLE {table} {columns}"))).execute(&db.pool).await.unwrap();
    }
    let secret = Secret::new(SECRET).unwrap();
    let here = Auth::<elsewhere::User>::builder(db.pool.clone()).secret(secret.clone()).passwords(quick_passwords());
    let there = Auth::<yonder::User>::builder(db.pool.clone()).secret(secret).passwords(quick_passwords());
    let (here, there) = (here.build().await.unwrap(), there.build().await.unwrap());
    let client = auth::ClientInfo::default();
    let ada = elsewhere::UserRegistration { name: "ada".to_owned() };
    let eve = yonder::UserRegistration { name: "eve".to_owned() };
    let (ada, tokens) = here.register(ada, PASSWORD, &client).await.unwrap().signed_in().unwrap();
    let (eve, _) = there.register(eve, PASSWORD, &client).await.unwrap().signed_in().unwrap();
    assert_eq!((ada.id, &*ada.name, eve.id, &*eve.name), (1, "ada", 1, "eve"));
    assert!(here.verify(&tokens.access_token).is_ok());
    assert!(there.verify(&tokens.access_token).is_err());
    assert!(there.refresh(&tokens.refresh_token, &client).await.is_err());
    there.accounts().end_sessions(&1).await.unwrap();
    assert!(here.verify(&tokens.access_token).is_ok());
    assert!(here.refresh(&tokens.refresh_token, &client).await.is_ok());
}
