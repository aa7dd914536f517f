//! Nothing is lost: mailers that fail, hang or panic, and processes that end at the wrong moment.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth::event::EventKind;
use auth::mail::{LetterKind, Mail, MailError, Mailer};
use auth::testing::Mailbox;
use auth_tests::users::SCHEMA;
use auth_tests::{App, Call, Database};
use serde_json::json;
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;

use crate::{ADA, Post, with_mail};

#[derive(Clone, Copy)]
enum Mood {
    Busy,
    Refusing,
    Panicking,
    /// It takes the mail, and its answer never comes.
    Silent,
    /// It never takes it.
    Hanging,
}

/// A mailer that does as it is told, and remembers what it was given.
#[derive(Clone)]
struct Moody {
    mood: Mood,
    taken: Mailbox,
    given: Arc<Mutex<Vec<String>>>,
    called: Arc<Notify>,
}

impl Moody {
    fn new(mood: Mood) -> Self {
        Self { mood, taken: Mailbox::new(), given: Arc::default(), called: Arc::default() }
    }

    fn attempts(&self) -> Vec<String> {
        self.given.lock().unwrap().clone()
    }
}

impl Mailer for Moody {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        self.given.lock().unwrap().push(mail.message_id.clone());
        self.called.notify_one();
        match self.mood {
            Mood::Busy => Err(MailError::retry("451 busy")),
            Mood::Refusing => Err(MailError::never("550 no such mailbox")),
            Mood::Panicking => panic!("as planned"),
            Mood::Silent => {
                self.taken.send(mail).await?;
                std::future::pending().await
            }
            Mood::Hanging => std::future::pending().await,
        }
    }
}

async fn app(mailer: impl Mailer) -> App {
    let app = App::in_place(Database::with(SCHEMA).await, |builder| with_mail(builder, mailer)).await;
    app.register(ADA).await.is(201);
    app
}

async fn forgot(app: &App) {
    app.send(Call::post("/auth/password/forgot").json(&json!({ "email": ADA }))).await.is(202);
}

async fn waiting(app: &App) -> i64 {
    app.db.count("SELECT COUNT(*) FROM auth_records WHERE kind LIKE '%outbox'").await
}

#[tokio::test]
async fn mail_04_a_busy_server_is_asked_again_as_listed() {
    let mailer = Moody::new(Mood::Busy);
    let app = app(mailer.clone()).await;
    forgot(&app).await;
    app.events();
    app.auth.send_mail().await.unwrap();
    for (number, pause) in [5, 30, 2 * 60, 10 * 60].into_iter().enumerate() {
        assert_eq!(mailer.attempts().len(), number + 1);
        app.after(pause - 1);
        app.auth.send_mail().await.unwrap();
        assert_eq!(mailer.attempts().len(), number + 1, "not before {pause} s");
        app.after(1);
        app.auth.send_mail().await.unwrap();
    }
    assert_eq!(mailer.attempts().len(), 5);
    assert!(mailer.attempts().iter().all(|id| *id == mailer.attempts()[0]), "one mail, one Message-ID");
    // The next attempt would come after the link has ended.
    let (user, letter) = ("1".to_owned(), LetterKind::ResetPassword);
    let delayed = EventKind::MailDelayed { user: user.clone(), letter };
    let failed = EventKind::MailFailed { user, letter };
    assert_eq!(app.events(), [delayed.clone(), delayed.clone(), delayed.clone(), delayed, failed]);
    assert_eq!(waiting(&app).await, 0);
}

#[tokio::test]
async fn mail_04_a_refused_mail_is_not_tried_again() {
    let mailer = Moody::new(Mood::Refusing);
    let app = app(mailer.clone()).await;
    forgot(&app).await;
    app.events();
    app.auth.send_mail().await.unwrap();
    app.after(24 * 60 * 60);
    app.auth.send_mail().await.unwrap();
    assert_eq!(mailer.attempts().len(), 1);
    assert_eq!(app.events(), [EventKind::MailFailed { user: "1".to_owned(), letter: LetterKind::ResetPassword }]);
}

#[tokio::test]
async fn mail_04_a_mailer_that_panics_loses_nothing() {
    let mailer = Moody::new(Mood::Panicking);
    let app = app(mailer.clone()).await;
    forgot(&app).await;
    assert_eq!(app.auth.send_mail().await.unwrap(), 0);
    assert_eq!((mailer.attempts().len(), waiting(&app).await), (1, 1));
    let mailbox = Mailbox::new();
    let restarted = app.restarted(|builder| with_mail(builder, mailbox.clone())).await;
    app.after(5);
    assert_eq!(restarted.auth.send_mail().await.unwrap(), 1);
    assert_eq!(mailbox.last_to(ADA).message_id, mailer.attempts()[0]);
}

/// Lets a process take a mail, and kills it while the mailer has it.
async fn killed(app: &App, mailer: &Moody) {
    let auth = app.auth.clone();
    let process = tokio::spawn(async move { auth.send_mail().await });
    mailer.called.notified().await;
    process.abort();
    assert!(process.await.unwrap_err().is_cancelled());
}

#[tokio::test]
async fn mail_03_another_instance_sends_what_a_killed_one_stored() {
    let mailer = Moody::new(Mood::Busy);
    let app = app(mailer.clone()).await;
    forgot(&app).await;
    // The process ends here.
    let mailbox = Mailbox::new();
    let other = app.restarted(|builder| with_mail(builder, mailbox.clone())).await;
    drop(app);
    assert_eq!(other.auth.send_mail().await.unwrap(), 1);
    assert!(mailbox.has_mail_to(ADA) && mailer.attempts().is_empty());
}

#[tokio::test]
async fn mail_03_a_mail_is_free_again_after_a_minute() {
    for mood in [Mood::Hanging, Mood::Silent] {
        let mailer = Moody::new(mood);
        let app = app(mailer.clone()).await;
        forgot(&app).await;
        killed(&app, &mailer).await;
        let mailbox = Mailbox::new();
        let other = app.beside(|builder| with_mail(builder, mailbox.clone())).await;
        app.after(59);
        assert_eq!(other.auth.send_mail().await.unwrap(), 0, "somebody may be at it");
        app.after(1);
        assert_eq!(other.auth.send_mail().await.unwrap(), 1);
        let second = mailbox.last_to(ADA);
        assert_eq!(second.message_id, mailer.attempts()[0], "a mail program shows it once");
        for first in mailer.taken.all() {
            assert_eq!((first.token(), first.code()), (second.token(), second.code()));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn mail_04_a_mailer_that_hangs_is_left_after_thirty_seconds() {
    let mailer = Moody::new(Mood::Hanging);
    let records = auth::store::MemoryRecords::new();
    let builder = auth::Auth::builder((auth_tests::users::in_memory(), records));
    let builder = builder.secret(auth::Secret::generate().unwrap()).revocation_feed(Duration::ZERO);
    let auth = with_mail(builder, mailer.clone()).build().await.unwrap();
    let form = auth_tests::UserRegistration { email: ADA.to_owned(), display_name: "x".to_owned() };
    auth.accounts().import(form, Some(auth::PasswordHash::from_stored("!"))).await.unwrap();
    auth.forgot_password(ADA, &auth::ClientInfo::default()).await.unwrap();
    let begun = tokio::time::Instant::now();
    assert_eq!(auth.send_mail().await.unwrap(), 0);
    assert_eq!(begun.elapsed(), Duration::from_secs(30));
    assert_eq!(mailer.attempts().len(), 1);
}

/// Tells the test of every mail.
struct Told(mpsc::UnboundedSender<Mail>);

impl Mailer for Told {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        self.0.send(mail.clone()).map_err(MailError::retry)
    }
}

#[tokio::test]
async fn worker_starts_by_itself_and_ends_with_the_handle() {
    let (sender, mut mails) = mpsc::unbounded_channel();
    // Whatever waits when an instance starts is sent, too.
    let app = app(Moody::new(Mood::Busy)).await;
    forgot(&app).await;
    let mailer = Told(sender);
    let working = app.restarted(|builder| with_mail(builder, mailer).mail_interval(Duration::from_mins(1))).await;
    let next =
        async |mails: &mut mpsc::UnboundedReceiver<Mail>| timeout(Duration::from_secs(30), mails.recv()).await.unwrap();
    let left_behind = next(&mut mails).await.unwrap();
    assert_eq!(left_behind.to, ADA);
    working.send(Call::post("/auth/password/forgot").json(&json!({ "email": ADA }))).await.is(202);
    let fresh = next(&mut mails).await.unwrap();
    assert_ne!(fresh.message_id, left_behind.message_id);
    // The mailer goes with the last handle, without waiting for the interval.
    drop(working);
    assert!(next(&mut mails).await.is_none());
}

#[tokio::test]
async fn a_request_does_not_wait_for_the_mailer() {
    let mailer = Moody::new(Mood::Hanging);
    let app = App::in_place(Database::with(SCHEMA).await, |builder| {
        with_mail(builder, mailer.clone()).mail_interval(Duration::from_mins(1))
    })
    .await;
    app.register(ADA).await.is(201);
    for _ in 0..8 {
        forgot(&app).await;
    }
    mailer.called.notified().await;
}

#[tokio::test]
async fn many_due_mails_are_all_sent() {
    let post = Post::new().await;
    for number in 0..70 {
        let email = format!("user{number}@example.org");
        let form = auth_tests::UserRegistration { email: email.clone(), display_name: "x".to_owned() };
        let hash = Some(auth::PasswordHash::from_stored("!"));
        post.app.auth.accounts().import(form, hash).await.unwrap();
        post.forgot(&email).await.is(202);
    }
    assert_eq!(post.app.auth.send_mail().await.unwrap(), 70);
}
