//! A server in a separate process on a separate core: this program, started a second time.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use axum::Router;
use base64ct::{Base64, Encoding as _};

use crate::user::{SECRET, SECRET_NAME};

pub(crate) const SERVER_CORE: usize = 0;
pub(crate) const LOAD_CORE: usize = 1;

/// A server process that is killed on drop.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    /// A token for the protected route.
    pub(crate) token: String,
}

impl Server {
    /// Starts this program with these arguments. The server prints its port and a token.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let program = std::env::current_exe().unwrap();
        let mut command = Command::new(program);
        let secret = format!("base64:{}", Base64::encode_string(SECRET.expose()));
        let mut child = command.args(arguments).env(SECRET_NAME, secret).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (port, token) = line.trim().split_once(' ').expect("the server says its port and a token");
        Self { port: port.parse().unwrap(), token: token.to_owned(), child }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A request to the protected route that every server has.
pub(crate) fn protected(token: &str) -> String {
    format!("GET /me HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n")
}

/// Runs in the server process: serves requests on one thread on the server's core until the process is killed. `make`
/// returns the router and a token for its protected route.
pub(crate) fn serve(make: impl Future<Output = (Router, String)>) {
    pin(SERVER_CORE);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let (router, token) = make.await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{} {token}", listener.local_addr().unwrap().port());
        // With connect info, as in `auth::serve`.
        axum::serve(listener, router.into_make_service_with_connect_info::<std::net::SocketAddr>()).await.unwrap();
    });
}

/// Pins the process to one core, if the machine has several.
pub(crate) fn pin(core: usize) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores > core {
        let mut set = rustix::thread::CpuSet::new();
        set.set(core);
        let _ = rustix::thread::sched_setaffinity(None, &set);
    }
}
