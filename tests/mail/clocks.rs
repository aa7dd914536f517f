//! Instances whose clocks differ: none drops what another one is about to send.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use auth::event::{Event, EventKind};
use auth::testing::{Mailbox, ManualClock};
use auth_tests::memory_app::MemoryApp;

use crate::smtp_failures::{forgot, waiting};
use crate::{ADA, with_mail};

/// An instance with a mail that waits, and another one on the same stores whose clock is ahead by this much.
async fn apart(ahead: Duration) -> (MemoryApp, Mailbox, MemoryApp, Mailbox) {
    let (mailbox, other_mailbox) = (Mailbox::new(), Mailbox::new());
    let app = MemoryApp::with(|builder| with_mail(builder, mailbox.clone())).await;
    app.register(ADA).await.is(201);
    forgot(&app).await;
    let clock = ManualClock::at(auth::clock::Clock::now(&app.clock) + ahead);
    let other = app.beside_with(clock, |builder| with_mail(builder, other_mailbox.clone())).await;
    (app, mailbox, other, other_mailbox)
}

#[tokio::test]
async fn an_instance_half_an_hour_ahead_drops_no_mail() {
    for ahead in [30, 31, 89].map(Duration::from_mins) {
        let (app, mailbox, other, other_mailbox) = apart(ahead).await;
        for _ in 0..3 {
            other.auth.purge_expired().await.unwrap();
            assert_eq!(other.auth.send_mail().await.unwrap(), 0);
        }
        assert!(!other_mailbox.has_mail_to(ADA), "its own clock says that the link is of no use");
        assert_eq!(app.auth.send_mail().await.unwrap(), 1, "{ahead:?}");
        assert!(mailbox.has_mail_to(ADA));
    }
}

#[tokio::test]
async fn mail_that_has_ended_is_dropped_an_hour_later() {
    let (mailbox, failed) = (Mailbox::new(), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&failed);
    let observe = move |event: &Event| {
        seen.fetch_add(usize::from(matches!(event.kind, EventKind::MailFailed { .. })), Ordering::Relaxed);
    };
    let app = MemoryApp::with(|builder| with_mail(builder, mailbox.clone()).observer(observe)).await;
    app.register(ADA).await.is(201);
    forgot(&app).await;
    app.clock.advance(Duration::from_mins(90) - Duration::from_millis(1));
    app.auth.purge_expired().await.unwrap();
    assert_eq!((app.auth.send_mail().await.unwrap(), waiting(&app).await), (0, 1));
    app.clock.advance(Duration::from_millis(1));
    assert_eq!((app.auth.send_mail().await.unwrap(), waiting(&app).await), (0, 0));
    assert_eq!(failed.load(Ordering::Relaxed), 1);
    assert!(mailbox.all().is_empty());
}

#[tokio::test]
async fn mails_that_have_ended_keep_no_other_waiting() {
    let (app, mailbox, ..) = apart(Duration::ZERO).await;
    // More than are read at once.
    for _ in 0..70 {
        forgot(&app).await;
    }
    app.clock.advance(Duration::from_mins(31));
    assert_eq!(app.auth.send_mail().await.unwrap(), 0);
    forgot(&app).await;
    drop(app.faults.take_calls());
    assert_eq!(app.auth.send_mail().await.unwrap(), 1);
    let calls = app.faults.take_calls();
    assert!(calls.iter().filter(|call| **call == "records.changed_since").count() <= 5, "{calls:?}");
    assert_eq!(mailbox.all().len(), 1);
}
