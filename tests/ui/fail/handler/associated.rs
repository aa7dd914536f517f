//! An `impl` has no room for what a rule needs beside its function.

#[path = "../../common.rs"]
mod common;

use auth::routing::{Routes, get};
use auth::{check, protected, public};
use common::{App, Role, User};

struct Api;

impl Api {
    #[protected(Role::Admin)]
    async fn admin(user: User) -> String {
        user.email
    }

    #[protected]
    async fn signed_in() {}

    #[public]
    async fn open() {}

    #[check]
    async fn asked() -> bool {
        true
    }
}

trait Open {
    #[public]
    async fn open() {}
}

// Free, though not at the edge.
mod api {
    use super::{Role, protected};

    #[protected(Role::Admin)]
    pub async fn free() {}
}

fn main() {
    let _: Routes<App> = Routes::new()
        .route("/1", get(Api::admin))
        .route("/2", get(Api::signed_in))
        .route("/3", get(Api::open))
        .route("/4", get(api::free));
}
