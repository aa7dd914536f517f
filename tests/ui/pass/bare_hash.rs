//! A hash in a bare `String`, on a user that shows it to nobody; and one of the application's own that hides it.

use auth::schema::HoldsHash;
use auth::AuthUser;

#[derive(Clone, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
struct Silent {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    hash: Option<String>,
}

#[derive(Clone, sqlx::Type)]
#[sqlx(transparent)]
struct Hidden(String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}
impl HoldsHash for Hidden {
    const REDACTED: bool = true;

    fn hash_text(&self) -> Option<&str> {
        Some(&self.0)
    }
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users")]
struct Shown {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    hash: Hidden,
}

fn main() {
    let silent = Silent { id: 1, email: "a@b".into(), hash: Some("h".into()) };
    assert_eq!((silent.password_hash(), silent.login(0), silent.id()), (Some("h"), Some("a@b"), &1));
    let shown = Shown { id: 1, email: "a@b".into(), hash: Hidden("h".into()) };
    assert_eq!(shown.password_hash(), Some("h"));
}
