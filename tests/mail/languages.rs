//! Mail is written in the language of its reader, whoever caused it.

use auth::mail::LetterKind;
use auth::testing::TestMail;
use auth::{AuthUser, PasswordHash};
use auth_tests::stage::Stage;
use auth_tests::{Call, Database};
use serde_json::json;

use crate::ADA;

const TABLE: &str = "CREATE TABLE speakers (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE, \
                     password_hash TEXT NOT NULL, language TEXT)";

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "speakers")]
struct Speaker {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(locale, register)]
    language: Option<String>,
}

/// The mail to somebody whose row has this language, caused by a client that asks for another.
async fn mailed(row: Option<&str>, client: &str) -> TestMail {
    let stage = Stage::<Speaker, _>::new(Database::with(TABLE).await).await;
    let form = SpeakerRegistration { email: ADA.to_owned(), language: row.map(str::to_owned) };
    stage.auth.accounts().create(form, auth_tests::app::PASSWORD).await.unwrap();
    let call = Call::post("/password/forgot").header("accept-language", client).json(&json!({ "email": ADA }));
    stage.send(call).await.is(202);
    stage.deliver().await;
    stage.mailbox.last(LetterKind::ResetPassword, ADA)
}

#[tokio::test]
async fn mail_12_the_row_decides_in_which_language() {
    for (row, client, german) in [
        (Some("de"), "en", true),
        (Some("de_AT"), "en", true),
        (Some("en"), "de", false),
        (None, "de", true),
        (Some("not a language"), "de", true),
        (Some("it"), "de", true),
        (Some("it"), "", false),
    ] {
        let mail = mailed(row, client).await;
        assert_eq!(mail.subject.contains("Neues Passwort"), german, "{row:?} {client}: {}", mail.subject);
    }
}
