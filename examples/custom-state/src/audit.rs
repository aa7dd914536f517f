//! Writes every decision to a table. The observer runs within requests, so it only passes the event on to a task.

use auth::event::{Event, Observer};
use sqlx::SqlitePool;
use tokio::sync::mpsc::{self, Receiver};
use tokio::task::JoinHandle;

/// How many events may wait, which bounds memory. Events that do not fit are reported as lost.
const QUEUE: usize = 1024;

/// Returns the observer, and the task that writes its events. The task ends when the observer is dropped.
#[must_use]
pub fn start(pool: SqlitePool) -> (impl Observer, JoinHandle<()>) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let observer = move |event: &Event| {
        if sender.try_send(event.clone()).is_err() {
            eprintln!("audit: lost {}", event.kind.name());
        }
    };
    (observer, tokio::spawn(write(receiver, pool)))
}

async fn write(mut events: Receiver<Event>, pool: SqlitePool) {
    while let Some(Event { at, ip, kind, .. }) = events.recv().await {
        let row = sqlx::query("INSERT INTO audit (at_ms, what, user_id, ip) VALUES ($1, $2, $3, $4)")
            .bind(i64::try_from(at.as_millis()).unwrap_or(i64::MAX))
            .bind(kind.name())
            .bind(kind.user())
            .bind(ip.map(|ip| ip.to_string()));
        if let Err(error) = row.execute(&pool).await {
            eprintln!("audit: lost {}: {error}", kind.name());
        }
    }
}
