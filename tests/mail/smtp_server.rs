//! A mail server that does as a test says: it refuses, hangs, breaks off, or says what no server should.
//!
//! It takes any line end for one, as the worst of servers do, so whatever could end a mail early does.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::yield_now;

/// Where the server is in a conversation: what it is about to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Greeting,
    Ehlo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    Text,
    Quit,
}

/// What it does there instead of what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Say(&'static [u8]),
    /// It says this and nothing more, until the client leaves.
    HangAfter(&'static [u8]),
    Drop,
    /// It answers as it should, but only once it is told to ([`SmtpServer::go_on`]).
    Wait,
    /// It answers as it should, byte by byte.
    Slowly,
    /// A line without an end.
    Endless,
}

/// A mail that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) text: String,
}

impl Taken {
    pub(crate) fn message_id(&self) -> &str {
        let line = self.text.lines().find(|line| line.starts_with("Message-ID: "));
        line.expect("a Message-ID").trim_start_matches("Message-ID: ")
    }
}

#[derive(Default)]
struct State {
    /// What is done in the next conversations, one each; afterwards it behaves.
    plans: Mutex<VecDeque<(Step, Act)>>,
    features: Mutex<Vec<&'static str>>,
    taken: Mutex<Vec<Taken>>,
    /// Every text that came, whatever was answered.
    seen: Mutex<Vec<Taken>>,
    commands: Mutex<Vec<String>>,
    connections: AtomicUsize,
    open: AtomicUsize,
    /// Something planned has begun.
    reached: Notify,
    go_on: Notify,
    /// A conversation has ended.
    ended: Notify,
}

pub(crate) struct SmtpServer {
    pub(crate) port: u16,
    state: Arc<State>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl SmtpServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::<State>::default();
        let accepting = Arc::clone(&state);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, Arc::clone(&accepting)));
            }
        });
        Self { port, state, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// Plans what happens in the conversation after those that are planned.
    pub(crate) fn plan(&self, step: Step, act: Act) {
        self.state.plans.lock().unwrap().push_back((step, act));
    }

    /// Announces this after EHLO.
    pub(crate) fn offer(&self, feature: &'static str) {
        self.state.features.lock().unwrap().push(feature);
    }

    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.state.taken.lock().unwrap().clone()
    }

    pub(crate) fn seen(&self) -> Vec<Taken> {
        self.state.seen.lock().unwrap().clone()
    }

    /// The lines that were commands to it, since this was last called.
    pub(crate) fn commands(&self) -> Vec<String> {
        std::mem::take(&mut self.state.commands.lock().unwrap())
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// Waits until something planned has begun.
    pub(crate) async fn reached(&self) {
        self.state.reached.notified().await;
    }

    pub(crate) fn go_on(&self) {
        self.state.go_on.notify_one();
    }

    /// Waits until a conversation has ended.
    pub(crate) async fn ended(&self) {
        self.state.ended.notified().await;
    }

    /// Fails unless every connection is closed, once both sides had the occasion.
    pub(crate) async fn has_no_connection(&self) {
        for _ in 0..100_000 {
            if self.state.open.load(Ordering::SeqCst) == 0 {
                return;
            }
            yield_now().await;
        }
        panic!("{} connections are open", self.state.open.load(Ordering::SeqCst));
    }
}

async fn serve(stream: TcpStream, state: Arc<State>) {
    state.connections.fetch_add(1, Ordering::SeqCst);
    state.open.fetch_add(1, Ordering::SeqCst);
    let plan = state.plans.lock().unwrap().pop_front();
    // However it ends.
    let _ =
        Conversation { stream: BufReader::new(stream), state: Arc::clone(&state), plan, after_cr: false }.run().await;
    state.open.fetch_sub(1, Ordering::SeqCst);
    state.ended.notify_one();
}

struct Conversation {
    stream: BufReader<TcpStream>,
    state: Arc<State>,
    plan: Option<(Step, Act)>,
    after_cr: bool,
}

type Ended = std::io::Error;

impl Conversation {
    async fn run(mut self) -> Result<(), Ended> {
        self.reply(Step::Greeting, "220 hostile.example").await?;
        let mut mail = Taken { from: String::new(), to: Vec::new(), text: String::new() };
        loop {
            let line = self.line().await?;
            self.state.commands.lock().unwrap().push(line.clone());
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" => {
                    let features = self.state.features.lock().unwrap().clone();
                    let lines: Vec<String> = features.iter().map(|name| format!("250-{name}\r\n")).collect();
                    let reply = format!("250-hostile.example\r\n{}250 HELP", lines.concat());
                    self.reply(Step::Ehlo, &reply).await?;
                }
                "STARTTLS" => self.reply(Step::StartTls, "454 not now").await?,
                "AUTH" => self.reply(Step::Auth, "235 ok").await?,
                "MAIL" => {
                    rest.clone_into(&mut mail.from);
                    self.reply(Step::Mail, "250 ok").await?;
                }
                "RCPT" => {
                    mail.to.push(rest.to_owned());
                    self.reply(Step::Rcpt, "250 ok").await?;
                }
                "DATA" => {
                    if self.answer(Step::Data, "354 go on").await? {
                        mail.text = self.text().await?;
                        self.state.seen.lock().unwrap().push(mail.clone());
                        if self.answer(Step::Text, "250 taken").await? {
                            self.state.taken.lock().unwrap().push(mail.clone());
                        }
                    }
                }
                "QUIT" => {
                    self.reply(Step::Quit, "221 bye").await?;
                    return Ok(());
                }
                _ => self.say(b"500 what?\r\n").await?,
            }
        }
    }

    async fn reply(&mut self, step: Step, good: &str) -> Result<(), Ended> {
        self.answer(step, good).await.map(|_| ())
    }

    /// Answers as planned; returns whether that was what the client wanted to hear.
    async fn answer(&mut self, step: Step, good: &str) -> Result<bool, Ended> {
        let good = format!("{good}\r\n");
        let act = self.plan.filter(|(planned, _)| *planned == step).map(|(_, act)| act);
        let Some(act) = act else {
            return self.say(good.as_bytes()).await.map(|()| true);
        };
        self.plan = None;
        self.state.reached.notify_one();
        match act {
            Act::Say(reply) => self.say(reply).await.map(|()| false),
            Act::Drop => Err(Ended::other("as planned")),
            Act::HangAfter(beginning) => {
                self.say(beginning).await?;
                let mut rest = Vec::new();
                self.stream.read_to_end(&mut rest).await?;
                Err(Ended::other("the client has left"))
            }
            Act::Wait => {
                self.state.go_on.notified().await;
                self.say(good.as_bytes()).await.map(|()| true)
            }
            Act::Slowly => {
                for byte in good.as_bytes() {
                    self.say(std::slice::from_ref(byte)).await?;
                    yield_now().await;
                }
                Ok(true)
            }
            Act::Endless => loop {
                self.say(&[b'a'; 4096]).await?;
            },
        }
    }

    async fn say(&mut self, bytes: &[u8]) -> Result<(), Ended> {
        self.stream.get_mut().write_all(bytes).await
    }

    /// Reads a line that ends with CR, LF or both.
    async fn line(&mut self) -> Result<String, Ended> {
        let mut line = Vec::new();
        loop {
            let buffer = self.stream.fill_buf().await?;
            let Some(byte) = buffer.first().copied() else { return Err(Ended::other("the client has left")) };
            self.stream.consume(1);
            let second = std::mem::take(&mut self.after_cr) && byte == b'\n';
            match byte {
                b'\n' if second => {}
                b'\r' | b'\n' => {
                    self.after_cr = byte == b'\r';
                    return Ok(String::from_utf8_lossy(&line).into_owned());
                }
                byte => line.push(byte),
            }
        }
    }

    /// Reads up to the line with a dot, and takes the other dots away.
    async fn text(&mut self) -> Result<String, Ended> {
        let mut text = String::new();
        loop {
            let line = self.line().await?;
            if line == "." {
                return Ok(text);
            }
            text.push_str(line.strip_prefix('.').unwrap_or(&line));
            text.push('\n');
        }
    }
}
