//! Connections whose statement was abandoned.
//!
//! A server does not notice that a client has left while its statement waits for a lock. If the connection were closed
//! at once, the statement would stay behind, the pool would open another connection, and a single `ALTER TABLE` could
//! soon fill the server. So such a connection keeps its place in the pool until its statement has ended, or until the
//! server that could end it is gone.
//!
//! The connection is never reused, because sqlx's MySQL driver reads a packet in two steps: a future dropped between
//! them leaves half a response behind, which the next statement would take for its own.
//!
//! Every ten seconds, a separate connection asks whether the server still runs old statements of this host and user. If
//! it runs none, or there is no server, the other end has vanished, and the place is freed. Cancelling on the server
//! would require the id of each connection before each call, and could hit another session after a failover;
//! `statement_timeout` and similar session settings belong to the application.

use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{ConnectOptions as _, Connection as _, Pool, SqlSafeStr as _};
use tokio::pin;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::Dialect;

/// How long the statement may go on before we check, on a separate connection, whether the server still knows it; also
/// the interval between further checks.
const CHECK_INTERVAL: Duration = Duration::from_secs(10);

/// How long a check may take. A server that does not answer within that time counts as gone.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// How long we wait for a server that answers but cannot tell.
const UNCLEAR_FOR_AT_MOST: Duration = Duration::from_mins(10);

/// How long a connection may take to close gracefully before it is dropped.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// The result of a check.
#[derive(Debug)]
enum ServerCheck {
    /// There are statements of ours at least as old: the abandoned one may be among them.
    Running,
    /// There is no such statement, or no server: nothing will ever arrive on that connection.
    Gone,
    /// The server cannot tell (for example because it has no connection left).
    Unclear,
}

/// Waits for the end of what runs on `connection`, which meanwhile holds its place in the pool, and closes it.
/// `checking` is held during a check, so that the connections of a pool do not all check at the same moment.
///
/// The connection does not return to the pool: if sqlx had read half of an answer when its future was dropped, the rest
/// would be taken for the answer to another statement.
pub(super) async fn drain_and_close<DB: Dialect>(
    mut connection: PoolConnection<DB>,
    pool: Pool<DB>,
    checking: Arc<Mutex<()>>,
) {
    tokio::select! {
        () = pool.close_event() => {} // The pool opens no further connection.
        () = statement_ended(&mut connection, &pool, &checking) => {}
    }
    drop(timeout(CLOSE_TIMEOUT, connection.close()).await);
}

async fn statement_ended<DB: Dialect>(connection: &mut PoolConnection<DB>, pool: &Pool<DB>, checking: &Mutex<()>) {
    let begun = Instant::now();
    // First of all, a ping reads what is still to come. An error is an end, too.
    let ended = connection.ping();
    pin!(ended);
    while timeout(CHECK_INTERVAL, &mut ended).await.is_err() {
        let locked = checking.lock().await;
        let check = timeout(CHECK_TIMEOUT, ask_server(pool)).await.unwrap_or(ServerCheck::Gone);
        drop(locked);
        match check {
            ServerCheck::Running => {}
            ServerCheck::Unclear if begun.elapsed() < UNCLEAR_FOR_AT_MOST => {}
            ServerCheck::Unclear | ServerCheck::Gone => return,
        }
    }
}

/// Uses a connection outside the pool, which may have none left.
async fn ask_server<DB: Dialect>(pool: &Pool<DB>) -> ServerCheck {
    let mut connection = match pool.connect_options().connect().await {
        Ok(connection) => connection,
        Err(sqlx::Error::Database(_)) => return ServerCheck::Unclear,
        Err(_) => return ServerCheck::Gone,
    };
    let rows = DB::fetch(&mut connection, DB::OLD_STATEMENTS.into_sql_str(), DB::Arguments::default()).await;
    let count = rows.and_then(|rows| rows.first().map(|row| DB::integer(row, 0)).transpose());
    drop(connection.close().await);
    match count {
        Ok(Some(0)) => ServerCheck::Gone,
        Ok(Some(_)) => ServerCheck::Running,
        Ok(None) | Err(_) => ServerCheck::Unclear,
    }
}
