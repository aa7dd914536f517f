//! The load generator: as many requests as the server can answer.
//!
//! One thread visits its connections in turn, takes the responses that have arrived and sends the next requests, then
//! sleeps briefly, so that each visit finds many responses. This costs little per request, so the server is the busy
//! side and always has requests waiting.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::figures::to_f64;
use crate::process::{Server, protected};

pub(crate) const CONNECTIONS: usize = 64;
pub(crate) const TIME: Duration = Duration::from_millis(1500);
/// Warm-up: the pool opens connections and prepares statements.
const WARM_UP: Duration = Duration::from_millis(400);

pub(crate) struct Seen {
    pub(crate) requests_per_second: f64,
    /// CPU time of the server process, in microseconds.
    pub(crate) cpu_per_request: f64,
    /// The share of its core that the server used, and that of the load generator. If both are well below 1, something
    /// else was the bottleneck: a database, or another program on this machine.
    pub(crate) busy: f64,
    pub(crate) load: f64,
}

/// The pause between two visits, shorter than the server takes for the waiting requests.
const PAUSE: Duration = Duration::from_micros(50);

pub(crate) fn observe(server: &Server) -> Seen {
    let request = protected(&server.token);
    let mut callers: Vec<Caller> = (0..CONNECTIONS).map(|_| Caller::begin(server.port, &request)).collect();
    go_around(&mut callers, &request, WARM_UP);
    let (cpu_before, own_before, start) = (cpu(server.id()), cpu(std::process::id()), Instant::now());
    let requests = to_f64(go_around(&mut callers, &request, TIME));
    let (used, time) = (cpu(server.id()).saturating_sub(cpu_before), start.elapsed());
    let own = cpu(std::process::id()).saturating_sub(own_before);
    assert!(requests > 0.0, "nothing was answered");
    Seen {
        requests_per_second: requests / time.as_secs_f64(),
        cpu_per_request: used.as_secs_f64() * 1e6 / requests,
        busy: used.as_secs_f64() / time.as_secs_f64(),
        load: own.as_secs_f64() / time.as_secs_f64(),
    }
}

/// Returns the number of requests answered in that time.
fn go_around(callers: &mut [Caller], request: &str, time: Duration) -> usize {
    let (start, mut answered) = (Instant::now(), 0);
    while start.elapsed() < time {
        for caller in &mut *callers {
            if caller.has_answer() {
                answered += 1;
                caller.ask(request);
            }
        }
        std::thread::sleep(PAUSE);
    }
    answered
}

/// A connection with a request in flight.
struct Caller {
    stream: TcpStream,
    /// The length of a response, which never changes.
    length: usize,
    /// The bytes received of the current response.
    received: usize,
}

impl Caller {
    fn begin(port: u16, request: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("the server listens");
        stream.set_nodelay(true).expect("a TCP connection");
        let mut caller = Self { stream, length: 0, received: 0 };
        caller.ask(request);
        let mut answer = Vec::new();
        while caller.length == 0 {
            let mut buffer = [0; 4096];
            let read = caller.stream.read(&mut buffer).expect("an answer");
            answer.extend(buffer.iter().take(read));
            caller.length = whole(&answer).unwrap_or_default();
        }
        caller.stream.set_nonblocking(true).expect("a TCP connection");
        caller.ask(request);
        caller
    }

    fn ask(&mut self, request: &str) {
        self.received = 0;
        self.stream.write_all(request.as_bytes()).expect("a request fits into the buffer of a connection");
    }

    fn has_answer(&mut self) -> bool {
        let mut buffer = [0; 4096];
        match self.stream.read(&mut buffer) {
            Ok(0) => panic!("the server hung up"),
            Ok(read) => {
                assert!(
                    self.received > 0 || buffer.starts_with(b"HTTP/1.1 200"),
                    "{}",
                    String::from_utf8_lossy(&buffer)
                );
                self.received += read;
                assert!(self.received <= self.length, "an answer of another length");
                self.received == self.length
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => false,
            Err(error) => panic!("{error}"),
        }
    }
}

/// The length of a response, if it is complete.
fn whole(answer: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(answer).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?.parse::<usize>().ok()?;
    (body.len() == length).then_some(answer.len())
}

/// The CPU time used by all threads of a process.
fn cpu(process: u32) -> Duration {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).expect("processes are looked at by /proc");
    let times = threads.filter_map(|thread| {
        let text = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(times.sum())
}
