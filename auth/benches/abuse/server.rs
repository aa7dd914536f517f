//! The server, as the documentation recommends it.

use auth::routing::{Routes, get};
use auth::{Server, TrustedProxies, protected};
use sqlx::Sqlite;

use crate::database::Kind as _;
use crate::process::{SERVER_CORE, pin};
use crate::table;
use crate::user::UserClaims;

#[protected]
async fn me(claims: UserClaims) -> String {
    format!("hello {}", claims.sub)
}

/// Runs in the server process: serves on one thread on the server's core until the process is killed.
pub(crate) fn serve(url: &str) {
    pin(SERVER_CORE);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        // The load generator acts as the proxy that reports client addresses.
        let builder = table::builder(&Sqlite::connect(url).await).limits(auth::Limits::default());
        let auth = builder.trusted_proxies(TrustedProxies::count(1)).build().await.unwrap();
        let user = auth.accounts().find(&1).await.unwrap().unwrap();
        let token = auth.token_for_test(&user).unwrap();
        let routes = Routes::new().route("/me", get(me)).nest("/auth", auth.routes());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{} {token}", listener.local_addr().unwrap().port());
        Server::new(routes.into_router().with_state(auth)).serve_on(listener).await.unwrap();
    });
}
