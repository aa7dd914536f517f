//! Connections on which somebody gave up waiting.
//!
//! A server does not notice that a client has left while its statement waits for a lock. So a connection that is closed at
//! once leaves its statement behind, the pool opens another one, and one `ALTER TABLE` would soon fill the server. Such a
//! connection keeps its place in the pool until its statement has ended, or there is no server any more that could end it.

use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{ConnectOptions as _, Connection as _, Pool, SqlSafeStr as _};
use tokio::pin;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::Dialect;

/// How long the statement may go on before we look, by a connection of its own, whether the server still knows it; and
/// again each time.
const UNTIL_A_LOOK: Duration = Duration::from_secs(10);

/// How long a look may take. A server that does not answer within that time is as good as gone.
const LOOK: Duration = Duration::from_secs(2);

/// How long we wait for a server that answers, but not to the question.
const MOST: Duration = Duration::from_mins(10);

/// How long a connection may take to say goodbye. Then it is dropped.
const CLOSING: Duration = Duration::from_secs(5);

/// What a look has shown.
#[derive(Debug)]
enum Seen {
    /// Statements of ours as old as that, or older: that one may be among them.
    AtWork,
    /// No such statement, or no server: nobody will ever answer on that connection.
    Nobody,
    /// A server that refuses to say (it has no connection left, for one).
    Unclear,
}

/// Waits for the end of what runs on `connection`, and closes it; it holds its place in the pool meanwhile. `looks` is
/// held by whoever looks, so that not all connections of a pool do at the same moment.
///
/// It does not go back: an answer of which sqlx had read one half when its future was dropped would be taken for the
/// answer to somebody else's statement.
pub(super) async fn see_off<DB: Dialect>(mut connection: PoolConnection<DB>, pool: Pool<DB>, looks: Arc<Mutex<()>>) {
    tokio::select! {
        () = pool.close_event() => {} // Nobody opens another one.
        () = has_ended(&mut connection, &pool, &looks) => {}
    }
    drop(timeout(CLOSING, connection.close()).await);
}

async fn has_ended<DB: Dialect>(connection: &mut PoolConnection<DB>, pool: &Pool<DB>, looks: &Mutex<()>) {
    let begun = Instant::now();
    // It reads what is still to come, first of all. An error is an end, too.
    let ended = connection.ping();
    pin!(ended);
    while timeout(UNTIL_A_LOOK, &mut ended).await.is_err() {
        let looking = looks.lock().await;
        let seen = timeout(LOOK, look(pool)).await.unwrap_or(Seen::Nobody);
        drop(looking);
        match seen {
            Seen::AtWork => {}
            Seen::Unclear if begun.elapsed() < MOST => {}
            Seen::Unclear | Seen::Nobody => return,
        }
    }
}

/// By a connection that is not of the pool: that may have none left.
async fn look<DB: Dialect>(pool: &Pool<DB>) -> Seen {
    let mut connection = match pool.connect_options().connect().await {
        Ok(connection) => connection,
        Err(sqlx::Error::Database(_)) => return Seen::Unclear,
        Err(_) => return Seen::Nobody,
    };
    let rows = DB::fetch(&mut connection, DB::OLD_STATEMENTS.into_sql_str(), DB::Arguments::default()).await;
    let count = rows.and_then(|rows| rows.first().map(|row| DB::integer(row, 0)).transpose());
    drop(connection.close().await);
    match count {
        Ok(Some(0)) => Seen::Nobody,
        Ok(Some(_)) => Seen::AtWork,
        Ok(None) | Err(_) => Seen::Unclear,
    }
}
