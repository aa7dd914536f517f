//! Reads what is typed at a terminal, without showing it.

use std::io::{self, BufRead, IsTerminal as _, Write as _};

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// Room for a line as terminals have them, so that no part of a password is left where it was before.
const LINE_BYTES: usize = 4096;
/// What Ctrl-C types.
const INTERRUPT: u8 = 3;

/// Whether standard input is a terminal.
pub(super) fn is_there() -> bool {
    io::stdin().is_terminal()
}

/// Writes the question to standard error, because standard output may go to a file, and reads a line.
///
/// # Errors
/// [`io::ErrorKind::Interrupted`] for Ctrl-C.
pub(super) fn ask(question: &str) -> io::Result<Zeroizing<String>> {
    let hidden = Hidden::begin()?;
    eprint(question)?;
    let line = typed_line(io::stdin().lock());
    drop(hidden);
    // The line end that was typed was not shown, either.
    eprint("\n")?;
    line
}

fn typed_line(stdin: impl BufRead) -> io::Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(Vec::with_capacity(LINE_BYTES));
    for byte in stdin.bytes() {
        match byte? {
            b'\n' => return as_text(&line),
            INTERRUPT => return Err(io::ErrorKind::Interrupted.into()),
            byte => line.push(byte),
        }
    }
    if line.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { as_text(&line) }
}

fn as_text(line: &[u8]) -> io::Result<Zeroizing<String>> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = std::str::from_utf8(line).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn eprint(text: &str) -> io::Result<()> {
    let mut stderr = io::stderr();
    stderr.write_all(text.as_bytes())?;
    stderr.flush()
}

/// A terminal that shows nothing, until it is dropped.
struct Hidden {
    before: Termios,
}

impl Hidden {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        // A signal would end the program before it could show again what is typed: Ctrl-C ends the line instead.
        silent.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ISIG);
        silent.special_codes[SpecialCodeIndex::VEOL] = INTERRUPT;
        tcsetattr(io::stdin(), OptionalActions::Now, &silent)?;
        Ok(Self { before })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // If the terminal is gone, nothing is shown there.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}
