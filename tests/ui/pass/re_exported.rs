//! The runtime crate behind somebody's facade.

mod facade {
    pub mod web {
        pub use auth::*;
    }
}

use facade::web::routing::{Routes, get};
use facade::web::{Auth, AuthRole, AuthUser, PasswordHash, protected};

#[derive(Clone, Debug, PartialEq, AuthRole)]
#[role(crate = crate::facade::web)]
enum Role {
    Member,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "users", crate = crate::facade::web)]
struct User {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(role)]
    role: Role,
}

#[protected(Role::Member, crate = crate::facade::web)]
async fn me(_user: User) {}

/// Handlers that the macro of a library declares.
macro_rules! handlers {
    ($($name:ident)*) => {
        $(
            #[protected(Role::Member, crate = $crate::facade::web)]
            async fn $name() {}
        )*
    };
}
handlers!(first second);

fn main() {
    let _: Routes<Auth<User>> = Routes::new().route("/me", get(me)).route("/posts", get(first).post(second));
}
