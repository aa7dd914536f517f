//! A password is typed at a terminal, which does not show it.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};

use auth::{ClientInfo, Credentials, Secret};
use auth_tests::Database;
use auth_tests::operated::{TABLE, builder};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

const PASSWORD: &str = "correct horse battery staple";

/// A terminal, and a program that reads from it.
struct Typed {
    keyboard: File,
    terminal: Option<File>,
    child: Child,
}

impl Typed {
    fn new(url: &str, secret: &str, line: &str) -> Self {
        let master: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let terminal = OpenOptions::new().read(true).write(true).open(name).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_operated"));
        command.args(line.split_whitespace()).env("JWT_SECRET_KEY", secret).env("DATABASE_URL", url);
        command.stdin(terminal.try_clone().unwrap()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { keyboard: File::from(master), child: command.spawn().unwrap(), terminal: Some(terminal) }
    }

    fn shows(&self) -> bool {
        tcgetattr(self.terminal.as_ref().unwrap()).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// Waits for the question, and types an answer.
    fn answer(&mut self, question: &str, answer: &str) {
        self.type_at(question, &format!("{answer}\n"));
    }

    /// Waits for the question, and types this.
    fn type_at(&mut self, question: &str, keys: &str) {
        let (mut said, mut byte) = (String::new(), [0]);
        while !said.ends_with(question) {
            let read = self.child.stderr.as_mut().unwrap().read(&mut byte).unwrap();
            assert_eq!(read, 1, "it ended: {said:?}");
            said.push(char::from(byte[0]));
        }
        assert!(!self.shows(), "what is typed would be shown");
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// The exit code, standard output, the rest of standard error, and what the terminal has shown.
    fn end(mut self) -> (i32, String, String, String) {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        let code = self.child.wait().unwrap().code().unwrap();
        assert!(self.shows(), "the terminal is as it was before");
        drop(self.terminal.take());
        // Once nobody has the terminal open, reading ends with an error.
        let (mut shown, mut bytes) = (Vec::new(), [0; 512]);
        while let Ok(read @ 1..) = self.keyboard.read(&mut bytes) {
            shown.extend_from_slice(&bytes[..read]);
        }
        (code, stdout, stderr, String::from_utf8_lossy(&shown).into_owned())
    }
}

struct Shop {
    place: Database,
    url: String,
    secret: String,
}

impl Shop {
    async fn new() -> Self {
        let place = Database::with(TABLE).await;
        // The program opens the same file.
        let file = place.text("SELECT file FROM pragma_database_list").await;
        let secret = Secret::generate().unwrap();
        let secret = format!("base64:{}", STANDARD.encode(secret.expose()));
        Self { place, url: format!("sqlite:{file}"), secret }
    }

    fn type_in(&self, line: &str) -> Typed {
        Typed::new(&self.url, &self.secret, line)
    }

    async fn signs_in(&self, password: &str) -> bool {
        let auth = builder(&self.url).await.unwrap().secret(Secret::new(&self.secret).unwrap()).build().await.unwrap();
        auth.login(Credentials::new("ada@example.org", password), &ClientInfo::default()).await.is_ok()
    }
}

const CREATE: &str = "auth user create --login ada@example.org --login nick=ada";

#[tokio::test]
async fn a_typed_password_is_not_shown_and_signs_in() {
    let shop = Shop::new().await;
    let mut typed = shop.type_in(CREATE);
    typed.answer("Password (empty: one is generated): ", PASSWORD);
    typed.answer("Again: ", PASSWORD);
    let (code, stdout, stderr, shown) = typed.end();
    assert_eq!(code, 0, "{stderr}");
    for text in [&stdout, &stderr, &shown] {
        assert!(!text.contains("horse"), "{text:?}");
    }
    assert!(stdout.contains("nick          ada"), "{stdout}");
    assert!(shop.signs_in(PASSWORD).await);

    let mut typed = shop.type_in("auth user set-password ada --password-stdin");
    typed.answer("Password: ", "another horse, another battery");
    typed.answer("Again: ", "another horse, another battery");
    assert_eq!(typed.end().0, 0);
    assert!(shop.signs_in("another horse, another battery").await);
}

#[tokio::test]
async fn passwords_that_differ_create_nobody() {
    let shop = Shop::new().await;
    let mut typed = shop.type_in(CREATE);
    typed.answer("generated): ", PASSWORD);
    typed.answer("Again: ", "correct hose");
    let (code, _, stderr, shown) = typed.end();
    assert_eq!((code, stderr.contains("the two passwords differ")), (1, true), "{stderr}");
    assert!(!shown.contains("hose"), "{shown:?}");
    assert_eq!(shop.place.count("SELECT COUNT(*) FROM accounts").await, 0);
}

#[tokio::test]
async fn an_empty_line_generates_a_password() {
    let shop = Shop::new().await;
    let mut typed = shop.type_in(CREATE);
    typed.answer("generated): ", "");
    let (code, stdout, _, _) = typed.end();
    let password = stdout.lines().find_map(|line| line.strip_prefix("generated_password")).unwrap().trim();
    assert_eq!((code, password.len()), (0, 22));
    assert!(shop.signs_in(password).await);
}

#[tokio::test]
async fn ctrl_c_at_a_prompt_gives_the_terminal_back() {
    let shop = Shop::new().await;
    for question in ["generated): ", "Again: "] {
        let mut typed = shop.type_in(CREATE);
        if question == "Again: " {
            typed.answer("generated): ", PASSWORD);
        }
        typed.type_at(question, "correct\u{3}");
        let (code, _, stderr, _) = typed.end();
        assert_eq!((code, stderr.contains("interrupted; nothing was changed")), (1, true), "{stderr}");
    }
    assert_eq!(shop.place.count("SELECT COUNT(*) FROM accounts").await, 0);
}
