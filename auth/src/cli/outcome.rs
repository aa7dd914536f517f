//! What a command leaves: an exit code and two texts.

use serde_json::json;

use super::failure::{Code, Failure};
use super::report::Report;

/// What a command says, and the exit code of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// 0 done, 1 refused or something found, 2 usage, 3 the database cannot be reached.
    pub code: u8,
    /// What was asked for.
    pub stdout: String,
    /// Errors.
    pub stderr: String,
}

impl Outcome {
    pub(super) fn of(done: Result<Report, Failure>, json: bool) -> Self {
        match done {
            Ok(report) => {
                let code = match report {
                    Report { unreachable: true, .. } => Code::Unreachable,
                    Report { found: true, .. } => Code::Refused,
                    _ => Code::Done,
                };
                let stdout = if json { format!("{:#}\n", report.json) } else { with_line_end(report.text) };
                Self { code: code as u8, stdout, stderr: String::new() }
            }
            Err(Failure { code, name, message }) => {
                let said = json!({ "error": name, "message": message });
                let stderr = if json { format!("{said:#}\n") } else { with_line_end(format!("error: {message}")) };
                Self { code: code as u8, stdout: String::new(), stderr }
            }
        }
    }

    /// Of arguments that are no command, or ask for help. That stays text: it is for the one who types.
    pub(super) fn usage(error: &clap::Error) -> Self {
        let text = error.to_string();
        if error.use_stderr() {
            Self { code: Code::Usage as u8, stdout: String::new(), stderr: text }
        } else {
            Self { code: Code::Done as u8, stdout: text, stderr: String::new() }
        }
    }
}

fn with_line_end(text: String) -> String {
    if text.is_empty() || text.ends_with('\n') { text } else { text + "\n" }
}
