//! `doctor`: everything that can be found out without a request, with what to do about it.
//!
//! It needs no `build()`: where that refuses, this says why, and goes on as far as it can.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::failure::Failure;
use super::report::Report;
use crate::auth::{Auth, AuthBuilder};
use crate::http::routing::Routes;
use crate::model::user::AuthUser;

/// How bad it is. An error refuses a start, a note is no finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Severity {
    Error,
    Warning,
    Note,
}

impl Severity {
    const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

struct Finding {
    severity: Severity,
    code: &'static str,
    sentence: String,
    /// Sentences about tables and settings say by themselves what to do.
    fix: Option<&'static str>,
}

/// Examines settings, tables and rules; with `deploy`, also what is right on one's own machine only.
pub(super) async fn examine<U: AuthUser, S: Clone + Send + Sync + 'static>(
    mut builder: AuthBuilder<U>,
    routes: impl FnOnce(&Auth<U>) -> Routes<S>,
    deploy: bool,
) -> Result<Report, Failure> {
    let mut found = Vec::new();
    let mut add = |severity, code, sentence: String, fix| found.push(Finding { severity, code, sentence, fix });
    for problem in builder.check_settings() {
        add(Severity::Error, "settings", problem, None);
    }
    let table = builder.check_tables().await?;
    for (severity, code, sentences) in [
        (Severity::Error, "schema", table.schema),
        (Severity::Warning, "rows", table.rows),
        (Severity::Note, "table", table.notes),
        (Severity::Note, "other_hashes", table.other_hashes),
    ] {
        for sentence in sentences {
            add(severity, code, sentence, None);
        }
    }
    if deploy {
        for risk in builder.risks() {
            let severity = if risk.serious { Severity::Warning } else { Severity::Note };
            add(severity, risk.code, risk.sentence, Some(risk.fix));
        }
        if cfg!(debug_assertions) {
            let fix = "build with `--release`";
            add(Severity::Warning, "debug_build", "this program is not optimised".to_owned(), Some(fix));
        }
        if cfg!(feature = "testing") {
            let sentence = "the feature `testing` is part of this program".to_owned();
            add(Severity::Warning, "testing", sentence, Some("enable it in `[dev-dependencies]` only"));
        }
    }
    if !found.iter().any(|finding| finding.severity == Severity::Error) {
        match builder.build().await {
            Ok(auth) => {
                let findings = routes(&auth).audit().into_iter();
                found.extend(findings.map(|finding| Finding {
                    severity: Severity::Warning,
                    code: "rule",
                    sentence: finding.to_string(),
                    fix: None,
                }));
            }
            Err(error) => {
                let sentence = Failure::from(error).message;
                found.push(Finding { severity: Severity::Error, code: "start", sentence, fix: None });
            }
        }
    }
    found.sort_by_key(|finding| finding.severity as u8);
    Ok(report(&found))
}

fn report(found: &[Finding]) -> Report {
    let mut text = String::new();
    for Finding { severity, code, sentence, fix } in found {
        let _ = writeln!(text, "{} ({code}): {}", severity.name(), sentence.replace('\n', "\n  "));
        if let Some(fix) = fix {
            let _ = writeln!(text, "  {fix}");
        }
    }
    if found.is_empty() {
        text.push_str("nothing found\n");
    }
    let json: Vec<Value> = found
        .iter()
        .map(|finding| {
            json!({
                "severity": finding.severity.name(),
                "code": finding.code,
                "sentence": finding.sentence,
                "fix": finding.fix,
            })
        })
        .collect();
    let bad = found.iter().any(|finding| finding.severity != Severity::Note);
    Report { found: bad, ..Report::new(text, json!({ "findings": json })) }
}
