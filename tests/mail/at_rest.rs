//! Whoever reads the database can reset nothing. (The log is read in `tests/logs`.)

use auth_tests::Database;
use auth_tests::kinds::{Confirms, Kind};
use auth_tests::purposes::{Purpose, Way, holds, issued};
use auth_tests::stage::{Customer, Reader, Stage};

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
async fn mail_02_and_otk_02_the_database_holds_no_link() {
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

async fn is_nowhere_in_the_database<U: Kind>(purpose: Purpose, way: Way) {
    let place = Database::with(U::TABLES).await;
    let stage = Stage::<U, _>::with(place.clone(), |builder| purpose.setup(builder)).await;
    let mut ticket = issued(&stage, purpose, way).await;
    let stored = format!("\"p\":\"{}\"", purpose.name());
    assert!(ticket.dumps.iter().any(|dump| dump.contains(&stored)), "{purpose:?}: no record is read");
    assert!(ticket.dumps.iter().any(|dump| dump.contains(".outbox")), "{purpose:?}: no mail is read");
    ticket.used(&stage).await.is(ticket.success);
    stage.deliver().await;
    ticket.dumps.push(place.dump().await);
    for dump in &ticket.dumps {
        assert_eq!(ticket.found_in(dump), None, "{purpose:?} by {way:?}: {dump}");
    }
    // The control: each of them is found where it is.
    place.run("CREATE TABLE planted (it TEXT)").await;
    for secret in ticket.spellings() {
        sqlx::query("INSERT INTO planted VALUES ($1)").bind(&secret).execute(&place.pool).await.unwrap();
    }
    let dump = place.dump().await;
    for secret in ticket.spellings() {
        assert!(holds(&dump, &secret), "the dump is blind to {secret}");
    }
}

#[tokio::test]
async fn mail_02_no_purpose_leaves_a_secret_in_the_database() {
    for purpose in Purpose::all() {
        for &way in purpose.ways() {
            match purpose.confirms() {
                Confirms::First => is_nowhere_in_the_database::<Customer>(purpose, way).await,
                Confirms::Later | Confirms::Never => is_nowhere_in_the_database::<Reader>(purpose, way).await,
            }
        }
    }
}
