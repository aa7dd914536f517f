//! `doctor`: everything that can be found out without a request, with what to do about it.
//!
//! It needs no `build()`: where that refuses, this says why, and goes on as far as it can.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::failure::{Code, Failure};
use super::report::Report;
use crate::auth::{Auth, AuthBuilder, Risk};
use crate::http::routing::Routes;
use crate::model::user::AuthUser;
use crate::store::TableReport;

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

impl Finding {
    fn new(severity: Severity, code: &'static str, sentence: String) -> Self {
        Self { severity, code, sentence, fix: None }
    }

    fn of_risk(Risk { code, serious, sentence, fix }: Risk) -> Self {
        let severity = if serious { Severity::Warning } else { Severity::Note };
        Self { severity, code, sentence, fix: Some(fix) }
    }

    fn of_build(code: &'static str, sentence: &str, fix: &'static str) -> Self {
        Self { fix: Some(fix), ..Self::new(Severity::Warning, code, sentence.to_owned()) }
    }
}

/// What was found, and whether the database could be asked everything.
struct Examination {
    found: Vec<Finding>,
    unreachable: bool,
}

impl Examination {
    /// Takes note of what could not be found out.
    fn fail(&mut self, code: &'static str, failure: impl Into<Failure>) {
        let failure = failure.into();
        self.unreachable |= failure.code == Code::Unreachable;
        self.found.push(Finding::new(Severity::Error, code, failure.message));
    }

    fn has_errors(&self) -> bool {
        self.found.iter().any(|finding| finding.severity == Severity::Error)
    }

    fn tables(&mut self, table: TableReport) {
        for (severity, code, sentences) in [
            (Severity::Error, "schema", table.schema),
            (Severity::Warning, "rows", table.rows),
            (Severity::Note, "table", table.notes),
            (Severity::Note, "other_hashes", table.other_hashes),
        ] {
            self.found.extend(sentences.into_iter().map(|sentence| Finding::new(severity, code, sentence)));
        }
    }
}

/// Examines settings, tables, records and rules; with `deploy`, also what is right on one's own machine only.
pub(super) async fn examine<U: AuthUser, S: Clone + Send + Sync + 'static>(
    mut builder: AuthBuilder<U>,
    routes: impl FnOnce(&Auth<U>) -> Routes<S>,
    deploy: bool,
) -> Result<Report, Failure> {
    let problems = builder.check_settings().into_iter();
    let found = problems.map(|problem| Finding::new(Severity::Error, "settings", problem)).collect();
    let mut examination = Examination { found, unreachable: false };
    match builder.check_tables().await {
        Ok(table) => examination.tables(table),
        Err(error) => examination.fail("store", error),
    }
    if deploy {
        examination.found.extend(builder.risks().into_iter().map(Finding::of_risk));
        examination.found.extend(of_this_program());
    }
    let inspection = builder.inspection();
    let starts = !examination.has_errors();
    if starts {
        match Box::pin(builder.for_operator().build()).await {
            Ok(auth) => {
                let rules = routes(&auth).audit().into_iter();
                examination.found.extend(rules.map(|rule| Finding::new(Severity::Warning, "rule", rule.to_string())));
            }
            Err(error) => examination.fail("start", error),
        }
    }
    match inspection.risks(deploy).await {
        Ok(risks) => examination.found.extend(risks.into_iter().map(Finding::of_risk)),
        // Where a start is refused, our table may not be there yet, and that is not what is to be mended.
        Err(error) if starts && !examination.has_errors() => examination.fail("store", error),
        Err(_) => {}
    }
    examination.found.sort_by_key(|finding| finding.severity as u8);
    Ok(report(&examination))
}

/// What is wrong with how the program was built.
fn of_this_program() -> Vec<Finding> {
    let mut found = Vec::new();
    if cfg!(debug_assertions) {
        found.push(Finding::of_build("debug_build", "this program is not optimised", "build with `--release`"));
    }
    if cfg!(feature = "testing") {
        let fix = "enable it in `[dev-dependencies]` only";
        found.push(Finding::of_build("testing", "the feature `testing` is part of this program", fix));
    }
    found
}

fn report(Examination { found, unreachable }: &Examination) -> Report {
    let mut text = String::new();
    for Finding { severity, code, sentence, fix } in found {
        let fix = fix.map_or_else(String::new, |fix| format!("; {fix}"));
        let _ = writeln!(text, "{} ({code}): {}{fix}", severity.name(), sentence.trim_end().replace('\n', "\n  "));
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
    Report { found: bad, unreachable: *unreachable, ..Report::new(text, json!({ "findings": json })) }
}
