//! One mistake in a whole program is one complaint: what was understood is generated all the same.

use auth::routing::{Routes, get};
use auth::{Auth, AuthUser, PasswordHash, protected};

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "no table")]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(claim)]
    name: String,
}

#[protected]
async fn me(user: User) -> String {
    user.email
}

#[protected]
async fn stats(claims: UserClaims) -> String {
    format!("{} {}", claims.sub, claims.name)
}

fn main() {
    let _: Routes<Auth<User>> = Routes::new().route("/me", get(me)).route("/stats", get(stats));
}
