//! A process of the program under test, and a minimal HTTP client for it.

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The timeout of every wait.
const LONGEST: Duration = Duration::from_secs(20);
const PASSWORD: &str = "correct horse battery";

/// A process that is killed on drop.
pub(crate) struct Instance {
    child: Child,
    environment: Vec<(&'static str, String)>,
    port: u16,
}

/// The tokens of a login.
pub(crate) struct Session {
    access: String,
    refresh: String,
}

pub(crate) struct Answer {
    status: u16,
    pub(crate) retry_after: Option<String>,
    body: String,
}

impl Answer {
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    fn field(&self, name: &str) -> String {
        let (_, rest) = self.body.split_once(&format!("\"{name}\":\"")).unwrap_or_else(|| panic!("{}", self.body));
        rest.split('"').next().unwrap().to_owned()
    }
}

impl Instance {
    pub(crate) async fn start(secret: &str, database: &str, redis: Option<String>) -> Self {
        // The port is free now, and most likely still will be when the process binds it.
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let mut environment = vec![
            ("DATABASE_URL", database.to_owned()),
            ("PORT", port.to_string()),
            ("JWT_SECRET_KEY", secret.to_owned()),
        ];
        environment.extend(redis.map(|url| ("REDIS_URL", url)));
        let mut instance = Self { child: run(&environment), environment, port };
        instance.ready().await;
        instance
    }

    /// Kills the process and starts it again.
    pub(crate) async fn restart(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = run(&self.environment);
        self.ready().await;
    }

    async fn ready(&mut self) {
        let begun = Instant::now();
        while self.try_call("GET", "/health", None, None).await.is_none() {
            assert!(self.child.try_wait().unwrap().is_none(), "the program has ended");
            assert!(begun.elapsed() < LONGEST, "the program does not answer");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Signs up a new user.
    pub(crate) async fn register(&self) -> Session {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let body = format!(r#"{{"email":"ada{number}@example.org","password":"{PASSWORD}","display_name":"Ada"}}"#);
        let answer = self.call("POST", "/auth/register", None, Some(&body)).await.is(201);
        Session { access: answer.field("access_token"), refresh: answer.field("refresh_token") }
    }

    pub(crate) async fn log_in(&self) -> Answer {
        let body = format!(r#"{{"email":"nobody@example.org","password":"{PASSWORD}"}}"#);
        self.call("POST", "/auth/login", None, Some(&body)).await
    }

    pub(crate) async fn me(&self, session: &Session) -> Answer {
        self.call("GET", "/me", Some(session), None).await
    }

    pub(crate) async fn log_out(&self, session: &Session) -> Answer {
        self.call("POST", "/auth/logout", Some(session), None).await
    }

    pub(crate) async fn refresh(&self, session: &Session) -> Answer {
        let body = format!(r#"{{"refresh_token":"{}"}}"#, session.refresh);
        self.call("POST", "/auth/refresh", None, Some(&body)).await
    }

    /// Repeats the request until it is answered with `status`.
    pub(crate) async fn until(&self, session: &Session, status: u16) {
        self.until_at("/me", session, status).await;
    }

    pub(crate) async fn until_at(&self, path: &str, session: &Session, status: u16) {
        let begun = Instant::now();
        while self.call("GET", path, Some(session), None).await.status != status {
            assert!(begun.elapsed() < LONGEST, "{path} does not become a {status}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    async fn call(&self, method: &str, path: &str, session: Option<&Session>, body: Option<&str>) -> Answer {
        self.try_call(method, path, session, body).await.expect("an answer")
    }

    async fn try_call(
        &self,
        method: &str,
        path: &str,
        session: Option<&Session>,
        body: Option<&str>,
    ) -> Option<Answer> {
        let authorization =
            session.map_or(String::new(), |session| format!("authorization: Bearer {}\r\n", session.access));
        let body = body.unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{authorization}\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.ok()?;
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        tokio::time::timeout(LONGEST, stream.read_to_string(&mut answer)).await.expect("an end").ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let retry_after = head.lines().find_map(|line| line.strip_prefix("retry-after: ")).map(str::to_owned);
        Some(Answer { status, retry_after, body: body.to_owned() })
    }
}

fn run(environment: &[(&'static str, String)]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cluster"));
    command.env_remove("REDIS_URL").envs(environment.iter().cloned()).stdout(Stdio::null());
    command.spawn().unwrap()
}

impl Drop for Instance {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
