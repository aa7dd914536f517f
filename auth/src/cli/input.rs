//! Standard input: what is piped, or typed at a terminal.

use std::io::{self, BufRead as _, BufReader, Read};

use zeroize::Zeroizing;

use super::failure::Failure;
use super::terminal;

/// The longest line that is read as a password, in bytes.
const MOST_BYTES: u64 = 64 << 10;

/// Shows a question at the terminal and reads the line that is typed, which is not shown.
pub(super) type Ask = fn(&str) -> io::Result<Zeroizing<String>>;

/// Standard input.
pub(super) struct Input<R> {
    pub(super) stdin: R,
    /// How to ask whoever sits at the terminal, if there is one.
    ask: Option<Ask>,
}

impl<R: Read> Input<R> {
    /// Input that nobody types.
    pub(super) const fn piped(stdin: R) -> Self {
        Self { stdin, ask: None }
    }

    /// Whether somebody can be asked.
    pub(super) const fn is_terminal(&self) -> bool {
        self.ask.is_some()
    }

    /// Reads a password: from the terminal, twice, where it may be empty; or the first line of what is piped, which may
    /// not.
    pub(super) fn password(self, question: &str) -> Result<Zeroizing<String>, Failure> {
        let Some(ask) = self.ask else { return first_line(self.stdin) };
        let password = ask(question).map_err(unreadable)?;
        if !password.is_empty() && *ask("Again: ").map_err(unreadable)? != *password {
            return Err(Failure::refused("password_mismatch", "the two passwords differ; nothing was changed"));
        }
        Ok(password)
    }
}

impl Input<io::Stdin> {
    /// That of this program.
    pub(super) fn of_program() -> Self {
        let ask: Ask = terminal::ask;
        Self { stdin: io::stdin(), ask: terminal::is_there().then_some(ask) }
    }
}

fn first_line(stdin: impl Read) -> Result<Zeroizing<String>, Failure> {
    let mut line = Zeroizing::new(String::new());
    BufReader::new(stdin.take(MOST_BYTES)).read_line(&mut line).map_err(unreadable)?;
    let end = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(end);
    if line.is_empty() {
        return Err(Failure::usage(
            "standard input has no password: write it into the command, as in `… < password.txt`",
        ));
    }
    Ok(line)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn unreadable(error: io::Error) -> Failure {
    if error.kind() == io::ErrorKind::Interrupted {
        return Failure::refused("interrupted", "interrupted; nothing was changed");
    }
    Failure::refused("stdin", format!("standard input cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use std::io;

    use zeroize::Zeroizing;

    use super::{Ask, Input};

    fn asked(ask: Ask) -> Result<String, String> {
        let input = Input { stdin: io::empty(), ask: Some(ask) };
        input.password("Password: ").map(|password| password.to_string()).map_err(|failure| failure.message)
    }

    fn line(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    #[test]
    fn a_typed_password_is_asked_for_twice() {
        assert_eq!(asked(|_| Ok(line("correct horse"))).unwrap(), "correct horse");
        let differs = asked(|question| Ok(line(if question == "Again: " { "correct hose" } else { "correct horse" })));
        assert_eq!(differs.unwrap_err(), "the two passwords differ; nothing was changed");
        let once =
            asked(|question| if question == "Again: " { Err(io::ErrorKind::Other.into()) } else { Ok(line("")) });
        assert_eq!(once.unwrap(), "", "nothing is repeated");
    }

    #[test]
    fn a_piped_password_is_the_first_line() {
        let piped = |text: &'static str| Input::piped(text.as_bytes()).password("Password: ");
        assert_eq!(*piped("one\r\ntwo\n").unwrap(), "one");
        assert!(piped("\ntwo").unwrap_err().message.contains("no password"));
    }
}
