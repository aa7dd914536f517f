//! Processes that are killed with a mail in their hands: another instance sends it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use auth::mail::Smtp;
use auth_tests::app::SECRET;
use auth_tests::users::SCHEMA;
use auth_tests::{App, Database};

use crate::smtp_failures::FROM;
use crate::smtp_server::{Act, SmtpServer, Step};
use crate::{ADA, with_mail};

/// Killed on drop.
struct Instance(Child);

impl Instance {
    /// Starts a process that has answered a request for a mail.
    async fn answered(app: &App, server: &SmtpServer) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailing"));
        command.arg(ADA).env("DATABASE_URL", app.db.url()).env("JWT_SECRET_KEY", &*SECRET);
        command.env("SMTP_URL", server.url()).env("SMTP_FROM", FROM).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let instance = Self(child);
        let line = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            output.read_line(&mut line).map(|_| line)
        });
        assert_eq!(line.await.unwrap().unwrap(), "answered\n");
        instance
    }

    fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An instance in this process, on the same database, whose clock goes on when a test says so.
async fn other(server: &SmtpServer) -> App {
    let mailer = Smtp::new(&server.url(), FROM);
    let app = App::in_place(Database::with(SCHEMA).await, |builder| with_mail(builder, mailer)).await;
    app.register(ADA).await.is(201);
    app
}

#[tokio::test]
async fn mail_03_a_process_killed_before_sending_loses_no_mail() {
    for step in [Step::Greeting, Step::Ehlo, Step::Mail, Step::Rcpt, Step::Data, Step::Text] {
        let server = SmtpServer::start().await;
        let app = other(&server).await;
        server.plan(step, Act::HangAfter(b""));
        let instance = Instance::answered(&app, &server).await;
        server.reached().await;
        instance.kill();
        server.ended().await;
        assert!(server.taken().is_empty());
        app.after(59);
        assert_eq!(app.auth.send_mail().await.unwrap(), 0, "{step:?}: the dead process still has it");
        app.after(1);
        assert_eq!(app.auth.send_mail().await.unwrap(), 1, "{step:?}");
        let seen = server.seen();
        assert_eq!(server.taken().len(), 1);
        assert!(seen.iter().all(|mail| mail.message_id() == seen[0].message_id()), "{seen:?}");
    }
}

#[tokio::test]
async fn mail_03_a_copy_after_a_kill_has_the_message_id() {
    let server = SmtpServer::start().await;
    let app = other(&server).await;
    server.plan(Step::Text, Act::Wait);
    let instance = Instance::answered(&app, &server).await;
    server.reached().await;
    // Nobody writes now: the process cannot note that it has sent the mail.
    let mut lock = app.pool.acquire().await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut *lock).await.unwrap();
    server.go_on();
    server.ended().await;
    assert_eq!(server.commands().last().map(String::as_str), Some("QUIT"), "it has heard that the mail was taken");
    instance.kill();
    sqlx::raw_sql("ROLLBACK").execute(&mut *lock).await.unwrap();
    drop(lock);
    app.after(60);
    assert_eq!(app.auth.send_mail().await.unwrap(), 1);
    let [first, second] = <[_; 2]>::try_from(server.taken()).unwrap();
    assert_eq!(first.message_id(), second.message_id(), "a mail program shows it once");
    let link = |mail: &str| mail.replace("=\n", "").lines().find(|line| line.contains("#t=3D")).map(str::to_owned);
    assert!(link(&first.text).is_some() && link(&first.text) == link(&second.text), "the same link");
}
