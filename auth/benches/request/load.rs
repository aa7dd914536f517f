//! The load: as many requests as the server answers.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::figures::to_f64;
use crate::http::{Connection, protected};
use crate::process::Server;

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

pub(crate) async fn observe(server: &Server) -> Seen {
    let answered = Rc::new(Cell::new(0_usize));
    let request: Rc<str> = protected(&server.token).into();
    let port = server.port;
    let callers = tokio::task::LocalSet::new();
    for _ in 0..CONNECTIONS {
        let (answered, request) = (Rc::clone(&answered), Rc::clone(&request));
        callers.spawn_local(async move {
            let mut connection = Connection::open(port).await;
            loop {
                assert_eq!(connection.call(&request).await, 200);
                answered.set(answered.get() + 1);
            }
        });
    }
    // Dropped at the end of this function, with all callers.
    let measured = async {
        tokio::time::sleep(WARM_UP).await;
        let (before, cpu_before, start) = (answered.get(), cpu(server.id()), Instant::now());
        let own_before = cpu(std::process::id());
        tokio::time::sleep(TIME).await;
        let (requests, used, time) =
            (answered.get() - before, cpu(server.id()).saturating_sub(cpu_before), start.elapsed());
        let own = cpu(std::process::id()).saturating_sub(own_before);
        let requests = to_f64(requests);
        assert!(requests > 0.0, "nothing was answered");
        Seen {
            requests_per_second: requests / time.as_secs_f64(),
            cpu_per_request: used.as_secs_f64() * 1e6 / requests,
            busy: used.as_secs_f64() / time.as_secs_f64(),
            load: own.as_secs_f64() / time.as_secs_f64(),
        }
    };
    callers.run_until(measured).await
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
