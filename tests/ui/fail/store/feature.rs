//! Types that sqlx takes with a feature. Here they are of another crate, which the compiler cannot know.

use auth::{Auth, AuthUser, PasswordHash};

#[derive(Clone, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize)]
struct Uuid(u128);

impl std::fmt::Display for Uuid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Uuid {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

#[derive(Clone, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: Uuid,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
}

fn sqlite(pool: sqlx::SqlitePool) {
    let _ = Auth::<User>::builder(pool);
}

fn main() {}
