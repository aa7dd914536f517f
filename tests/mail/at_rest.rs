//! Whoever reads the database or the log can reset nothing.

use std::io::Write;
use std::sync::{Arc, Mutex};

use crate::{ADA, NEW, Post};

/// What must not be found, in the spellings in which it could be.
fn secrets(sign_in: &str, mail: &auth::testing::TestMail) -> Vec<String> {
    let (token, code) = (mail.token(), mail.code());
    let grouped = format!("{} {}", &code[..4], &code[4..]);
    let texts = [sign_in.to_owned(), token.clone(), code, grouped, token[22..].to_owned(), sign_in[22..].to_owned()];
    let hex = texts.iter().map(|text| text.bytes().map(|byte| format!("{byte:02X}")).collect::<String>());
    texts.iter().cloned().chain(hex).collect()
}

#[track_caller]
fn has_none(sink: &str, secrets: &[String], when: &str) {
    for secret in secrets {
        assert!(!sink.contains(secret.as_str()), "{when}: {secret}");
    }
}

#[tokio::test]
async fn mail_02_the_database_holds_no_link_and_no_code() {
    let post = Post::new().await;
    post.app.register(ADA).await.is(201);
    let sign_in = post.forgot(ADA).await.is(202).field("sign_in");
    let waiting = post.app.db.dump().await;
    assert!(
        waiting.contains("User:users.outbox") && waiting.contains("User:users.mail_token"),
        "both records are read"
    );
    post.app.auth.send_mail().await.unwrap();
    let mail = post.mailbox.last_to(ADA);
    let secrets = secrets(&sign_in, &mail);
    has_none(&waiting, &secrets, "before it is sent");
    has_none(&post.app.db.dump().await, &secrets, "after it was sent");
    post.by_code(&sign_in, "12345678", NEW).await.is(401);
    has_none(&post.app.db.dump().await, &secrets, "after a wrong code");
    post.by_link(&mail.token(), NEW).await.is(204);
    has_none(&post.app.db.dump().await, &secrets, "after it was used");
    // The control: each of them is found where it is.
    for secret in &secrets {
        let plant =
            sqlx::query("INSERT INTO users (email, password_hash, role, display_name) VALUES ($1, $1, 'member', 'x')");
        plant.bind(secret).execute(&post.app.pool).await.unwrap();
        assert!(post.app.db.dump().await.contains(secret.as_str()), "the dump is blind to {secret}");
    }
}

#[tokio::test]
async fn the_database_holds_no_address_that_nobody_has() {
    let post = Post::new().await;
    post.app.register(ADA).await.is(201);
    post.forgot("a.stranger@example.org").await.is(202);
    let dump = post.app.db.dump().await;
    assert!(dump.contains(ADA) && !dump.contains("a.stranger"), "{dump}");
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn mail_02_the_log_holds_no_link_and_no_code() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let logged = || String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    tracing::subscriber::with_default(subscriber, || {
        // On this thread alone, so that this log gets all of it.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let post = Post::new().await;
            post.app.register(ADA).await.is(201);
            let (sign_in, mail) = post.asked(ADA).await;
            post.by_code(&sign_in, "12345678", NEW).await.is(401);
            post.by_link("x", NEW).await.is(400);
            post.by_link(&mail.token(), NEW).await.is(204);
            println!("{mail:?} {post:?}", post = auth::ResetEvidence::Link(&mail.token()));
            tracing::trace!("{mail:?} {:?}", auth::ResetEvidence::Code { sign_in: &sign_in, code: &mail.code() });
            let secrets = secrets(&sign_in, &mail);
            for said in ["password_reset", "mail_sent", "password_reset_failed"] {
                assert!(logged().contains(said), "the log is blind to {said}");
            }
            has_none(&logged(), &secrets, "logged");
            tracing::trace!(planted = mail.token());
            assert!(logged().contains(&mail.token()), "the log is blind");
        });
    });
}
