//! The load: as many requests as the server answers.
//!
//! One thread goes around its connections, takes what has come and asks again, then sleeps for a moment, so that a visit finds
//! many answers at once. That is little work a request: the server is what is busy, and always has requests waiting.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::figures::to_f64;
use crate::process::{Server, protected};

pub(crate) const CONNECTIONS: usize = 64;
pub(crate) const TIME: Duration = Duration::from_millis(1500);
/// Before that, connections of the pool are opened and statements prepared.
const WARM_UP: Duration = Duration::from_millis(400);

pub(crate) struct Seen {
    pub(crate) requests_per_second: f64,
    /// Of the server's process, in microseconds.
    pub(crate) cpu_per_request: f64,
    /// How much of its core the server used, and how much of its own the load. Where both are well below 1, somebody
    /// else was in the way: a database that is asked, or another program on this machine.
    pub(crate) busy: f64,
    pub(crate) load: f64,
}

/// Between two visits. Shorter than the server takes for the requests that wait.
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

/// Answers how many requests were answered in that time.
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

/// A connection with a request under way.
struct Caller {
    stream: TcpStream,
    /// The length of an answer, which is the same each time.
    length: usize,
    /// How much of it has come.
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

/// The length of an answer that has come whole.
fn whole(answer: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(answer).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?.parse::<usize>().ok()?;
    (body.len() == length).then_some(answer.len())
}

/// The processor time that all threads of a process have used.
fn cpu(process: u32) -> Duration {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).expect("processes are looked at by /proc");
    let times = threads.filter_map(|thread| {
        let text = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(times.sum())
}
