//! A router without its state.

#[path = "../../common.rs"]
mod common;

use auth::routing::{Routes, get};
use auth::{Auth, protected};
use common::{Role, User};

#[protected(Role::Admin)]
async fn me(user: User) -> String {
    user.email
}

async fn run(auth: Auth<User>) -> auth::Result<()> {
    let routes = Routes::new().route("/me", get(me)).nest("/auth", auth.routes());
    auth::serve("127.0.0.1:3000", routes.into_router()).await
}

fn routes() -> Routes {
    Routes::new().route("/me", get(me))
}

fn main() {}
