use auth::mail::LetterKind;
use auth::testing::{TestApp, assert_protection, assert_routes};
use auth::{Auth, Secret};

use crate::{optional, required};

/// Tests of one of the two.
macro_rules! tests {
    ($mode:ident) => {
        mod $mode {
            use super::super::$mode::{User, app};
            use super::{Auth, Secret, TestApp, assert_protection, assert_routes};

            async fn started() -> TestApp<User> {
                let pool = sqlx::SqlitePool::connect("sqlite::memory:").await.unwrap();
                sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await.unwrap();
                let mailer = auth::mail::MailDirectory::insecure_for_localhost("unused");
                let builder = Auth::<User>::builder(pool).secret(Secret::generate().unwrap());
                let builder = builder.base_url("http://localhost:3000").mailer(mailer).mail_sign_in(true);
                TestApp::start(builder, |auth| app::routes(auth, true).into_router().with_state(auth.clone())).await
            }

            #[tokio::test]
            async fn every_route_decides_as_its_rule_says() {
                let app = started().await;
                assert_protection(&app::routes(app.auth(), true).table(), &app).await;
            }

            #[tokio::test]
            async fn route_table_matches_the_committed_file() {
                let app = started().await;
                let file = include_str!(concat!(stringify!($mode), ".txt"));
                assert_routes(&app::routes(app.auth(), true).table(), file);
            }

            pub(super) async fn app() -> TestApp<User> {
                started().await
            }
        }
    };
}

tests!(optional);
tests!(required);

#[tokio::test]
async fn a_sign_up_is_confirmed_by_the_mailed_code() {
    let app = required::app().await;
    let body = r#"{"email":"ada@example.org","password":"correct horse battery"}"#;
    let begun = app.anonymous().post("/auth/register").json(&serde_json(body)).await.expect_status(202);
    let code = app.mailbox().await.last(LetterKind::ConfirmSignUp, "ada@example.org").code();
    let _ = (begun, code, optional::app().await);
}
