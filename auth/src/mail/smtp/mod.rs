//! The mailer for SMTP: one mail, one connection, with lettre.
//!
//! lettre knows the protocol and how messages are written. What is ours is what it leaves open: what each refusal means
//! for a mail that may be tried again (`exchange`), that no server makes us wait or read without end (`exchange`,
//! `socket`), and that nothing goes over a network in the clear (`server`).
//!
//! Connections are not pooled. A mail server closes those that are idle, without a word, and the next mail fails by it;
//! mail about accounts is rare, and nobody waits for it. (lettre's transport would not say at which command a server
//! refused, so its connection is used instead.)

mod exchange;
mod message;
mod refusal;
mod server;
mod socket;

use lettre::message::Mailbox;

use super::{Mail, MailError, Mailer};
use server::Server;

/// Sends mail through a server that speaks SMTP.
///
/// ```
/// # use auth::{AuthBuilder, AuthUser};
/// use auth::mail::Smtp;
///
/// # fn demo<U: AuthUser>(builder: AuthBuilder<U>, password: &str) -> AuthBuilder<U> {
/// let url = format!("smtps://shop:{password}@mail.example");
/// builder.base_url("https://shop.example").mailer(Smtp::new(&url, "Shop <no-reply@shop.example>"))
/// # }
/// ```
///
/// | address | connection | port, if none is given |
/// |---|---|---|
/// | `smtps://user:password@mail.example` | TLS from the start | 465 |
/// | `smtp://user:password@mail.example` | `STARTTLS`, without which nothing is sent | 587 |
/// | `smtp://localhost:1025` | without TLS: only to `localhost`, `127.0.0.1` and `[::1]` | 25 |
///
/// In user and password, what means something in an address is percent-encoded: `@` is `%40`, `/` is `%2F`, `#` is
/// `%23`, `%` is `%25`. Without them, nobody signs in to the server.
///
/// A mistake in address or sender is reported by [`build()`](crate::AuthBuilder::build). With the feature `aws-lc-rs`,
/// TLS has its cryptography from there; without it, the application installs a provider of rustls
/// (`rustls::crypto::CryptoProvider`) before `Smtp` is made.
///
/// Each mail has text and HTML, quoted-printable, and `Auto-Submitted: auto-generated`, so that no out-of-office note
/// answers it. It takes 28 seconds at most.
///
/// # Refusals
///
/// [`MailError::Never`], after which a mail is dropped, is only what a server says about the recipient: a 5xx after
/// `RCPT TO`, or one with an enhanced status code about the mailbox (5.1.x, 5.2.x) later. Everything else may pass: a 4xx
/// does, and a 5xx about the password, the sender or the message is a mistake that you can correct. It is logged as an
/// error (`auth::mail`), and the mail waits.
///
/// The errors have reply codes, and of what the server writes only what it wrote before it knew recipient and mail.
/// lettre's own feature `tracing` logs passwords and links: do not enable it.
#[derive(Clone)]
pub struct Smtp {
    server: Result<Server, String>,
    from: Result<Mailbox, String>,
}

impl Smtp {
    /// Sends through the server at `url`, as `from`: an address, or a name and an address.
    #[must_use]
    pub fn new(url: &str, from: &str) -> Self {
        Self { server: Server::parse(url), from: message::sender(from) }
    }

    /// Reads the address of the server from `SMTP_URL` and the sender from `SMTP_FROM`.
    #[must_use]
    pub fn from_env() -> Self {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name: &str, like: &str| {
            variable(name).ok_or_else(|| format!("the environment variable {name} is not set: {like}"))
        };
        Self {
            server: value("SMTP_URL", server::LIKE).and_then(|url| Server::parse(&url)),
            from: value("SMTP_FROM", message::SENDER_LIKE).and_then(|from| message::sender(&from)),
        }
    }

    /// Also trusts what this certificate has signed (PEM; there may be several), beside the roots of Mozilla: for a
    /// server within a company.
    #[must_use]
    pub fn root_certificate(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.server = self.server.and_then(|server| server.trusting(pem.as_ref()));
        self
    }
}

impl Mailer for Smtp {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        match (&self.server, &self.from) {
            (Ok(server), Ok(from)) => exchange::send(server, from, mail).await,
            // `build()` refuses it; somebody calls it otherwise.
            (Err(problem), _) | (_, Err(problem)) => Err(MailError::retry(problem.clone())),
        }
    }

    fn problems(&self) -> Vec<String> {
        [self.server.as_ref().err(), self.from.as_ref().err()].into_iter().flatten().cloned().collect()
    }
}

/// Neither user nor password.
impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let from = self.from.as_ref().map(|from| from.email.to_string());
        f.debug_struct("Smtp").field("server", &self.server).field("from", &from).finish()
    }
}

#[cfg(test)]
mod tests;
