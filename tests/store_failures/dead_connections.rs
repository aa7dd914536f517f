//! Connections that are lost silently: the other side has vanished, and nothing is closed (DB-12).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use auth_tests::users::SCHEMA_POSTGRES;
use auth_tests::{App, Place, Server, Temporary};
use sqlx::postgres::PgPoolOptions;
use sqlx::{PgPool, Postgres};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A proxy. After a loss, the connections open at that time never receive anything again; new ones work.
async fn lines(target: String) -> (SocketAddr, watch::Sender<u64>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (lost, losses) = watch::channel(0);
    tokio::spawn(async move {
        loop {
            let Ok((client, _)) = listener.accept().await else { return };
            let Ok(server) = TcpStream::connect(&target).await else { continue };
            let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
            tokio::spawn(pump(from_client, to_server, losses.clone()));
            tokio::spawn(pump(from_server, to_client, losses.clone()));
        }
    });
    (address, lost)
}

async fn pump(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin, losses: watch::Receiver<u64>) {
    let mine = *losses.borrow();
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if *losses.borrow() != mine {
            std::future::pending::<()>().await;
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

struct Through(PgPool, #[allow(dead_code, reason = "it goes away with the test")] Temporary<Postgres>);

impl Place for Through {
    type Driver = Postgres;

    fn pool(&self) -> PgPool {
        self.0.clone()
    }

    async fn sql(&self, sql: &str) -> sqlx::Result<()> {
        Postgres::run(&self.0, sql.to_owned()).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn db_12_connections_lost_during_queries_are_replaced() {
    let Some(database) = Temporary::<Postgres>::new().await else { return };
    let (address, lost) = lines(database.server().to_owned()).await;
    let url = database.url(None).replace(database.server(), &address.to_string());
    let pool = PgPoolOptions::new().max_connections(4).connect(&url).await.unwrap();
    sqlx::raw_sql(SCHEMA_POSTGRES).execute(&pool).await.unwrap();
    let other = database.pool(2).await;
    let app = App::in_place(Through(pool, database), |builder| builder.store_timeout(Duration::from_millis(500))).await;
    app.register("ada@example.org").await.is(201);
    let (token, _) = app.tokens("ada@example.org").await;
    // Four queries are in flight when the server vanishes and another one takes over its name.
    let mut theirs = other.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE users").execute(&mut *theirs).await.unwrap();
    let calls = (0..4).map(|_| {
        let (router, token) = (app.router.clone(), token.clone());
        tokio::spawn(async move { auth_tests::Call::get("/me").bearer(&token).send(&router).await.status.as_u16() })
    });
    let calls: Vec<_> = calls.collect();
    let waiting = "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database \
                   WHERE NOT granted AND datname = current_database()";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&other).await.unwrap() < 4 {}
    lost.send_modify(|losses| *losses += 1);
    for call in calls {
        assert_eq!(call.await.unwrap(), 503);
    }
    theirs.rollback().await.unwrap();
    let begun = Instant::now();
    while app.get("/me", &token).await.status != 200 {
        assert!(begun.elapsed() < Duration::from_secs(20), "the server is there, and nobody gets a connection to it");
    }
}
