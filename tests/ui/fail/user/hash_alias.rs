//! A hash that `Debug` prints and `Serialize` sends, under the name of the type that does neither.

use auth::AuthUser;

type PasswordHash = String;

#[derive(Clone, Debug, serde::Serialize, AuthUser)]
#[auth(table = "users")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    hash: PasswordHash,
}

type Maybe = Option<PasswordHash>;

#[derive(Clone, Debug, AuthUser)]
#[auth(table = "guests")]
struct Guest {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    hash: Maybe,
}

mod own {
    #[derive(Clone, Debug)]
    pub struct PasswordHash(pub String);

    impl auth::schema::HoldsHash for PasswordHash {
        fn hash_text(&self) -> Option<&str> {
            Some(&self.0)
        }
    }
}

#[derive(Clone, Debug, AuthUser)]
#[auth(table = "staff")]
struct Staff {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    hash: Option<own::PasswordHash>,
}

fn main() {}
