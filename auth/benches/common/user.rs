//! The user of every benchmark, and how the accounts come into the table.

use auth::store::Backend;
use auth::{Auth, AuthBuilder, AuthRole, AuthUser, Limits, PasswordHash, Secret};
use sqlx::Pool;

use crate::database::Kind;

pub(crate) const SECRET: &str = "Zg1pQ0vXkq8uJ4mYt7wRb2NcE5sHd9aL";
pub(crate) const PASSWORD: &str = "correct horse battery staple";

#[derive(Clone, Debug, PartialEq, AuthRole)]
pub(crate) enum Role {
    Member,
    Admin,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
pub(crate) struct User {
    #[auth(id)]
    pub(crate) id: i64,
    #[auth(login)]
    pub(crate) email: String,
    #[auth(password_hash)]
    pub(crate) password_hash: PasswordHash,
    #[auth(active)]
    pub(crate) is_active: bool,
    #[auth(role, default = Role::Member)]
    pub(crate) role: Role,
    #[auth(register, claim)]
    pub(crate) display_name: String,
}

pub(crate) fn builder<K: Kind>(pool: &Pool<K>) -> AuthBuilder<User>
where
    Pool<K>: Backend<User>,
{
    Auth::<User>::builder(pool.clone()).secret(Secret::new(SECRET).unwrap())
}

/// The login of the account with this number, from 1.
pub(crate) fn email(number: usize) -> String {
    format!("user{number}@example.org")
}

/// Makes our table, and the users' with the first account.
pub(crate) async fn first_user<K: Kind>(pool: &Pool<K>)
where
    Pool<K>: Backend<User>,
{
    K::run(pool, K::USERS.to_owned()).await;
    let auth = builder(pool).limits(Limits::insecure_none()).build().await.unwrap();
    let registration = UserRegistration { email: email(1), display_name: "Ada Lovelace".to_owned() };
    assert_eq!(auth.users().create(registration, PASSWORD).await.unwrap().id, 1);
}
