//! The user table and its first account.

use auth::store::Backend;
use auth::{Auth, AuthBuilder, Limits};
use sqlx::Pool;

use crate::database::Kind;
use crate::user::{SECRET, User, UserRegistration};

pub(crate) const PASSWORD: &str = "correct horse battery staple";

pub(crate) fn builder<K: Kind>(pool: &Pool<K>) -> AuthBuilder<User>
where
    Pool<K>: Backend<User>,
{
    Auth::<User>::builder(pool.clone()).secret(SECRET.clone())
}

/// The login of the account with this number, starting from 1.
pub(crate) fn email(number: usize) -> String {
    format!("user{number}@example.org")
}

/// Creates both tables and the first account.
pub(crate) async fn first_user<K: Kind>(pool: &Pool<K>)
where
    Pool<K>: Backend<User>,
{
    K::run(pool, K::USERS.to_owned()).await;
    let auth = builder(pool).limits(Limits::insecure_none()).build().await.unwrap();
    let registration = UserRegistration { email: email(1), display_name: "Ada Lovelace".to_owned() };
    assert_eq!(auth.accounts().create(registration, PASSWORD).await.unwrap().id, 1);
}
