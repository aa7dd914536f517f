//! Reads what is typed at a terminal, without showing it.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// Whether standard input is a terminal.
pub(super) fn is_there() -> bool {
    io::stdin().is_terminal()
}

/// Writes the question to standard error, because standard output may go to a file, and reads a line.
pub(super) fn ask(question: &str) -> io::Result<Zeroizing<String>> {
    let hidden = Hidden::begin()?;
    eprint(question)?;
    let mut line = Zeroizing::new(String::new());
    let read = io::stdin().lock().read_line(&mut line);
    drop(hidden);
    // The line end that was typed was not shown, either.
    eprint("\n")?;
    if read? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let end = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(end);
    Ok(line)
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
        silent.local_modes.remove(LocalModes::ECHO | LocalModes::ECHONL);
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
