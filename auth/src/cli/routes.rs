//! `routes`: who may call what. `audit`: rules that cannot be meant as written.

use clap::ArgMatches;
use serde_json::{Value, json};

use super::report::{Report, table};
use crate::http::routing::Routes;

/// Which routes to print.
pub(super) struct Selection {
    public: bool,
    path: Option<String>,
}

impl Selection {
    pub(super) fn read(matches: &ArgMatches) -> Self {
        Self { public: matches.get_flag("public"), path: matches.get_one("path").cloned() }
    }
}

pub(super) fn list<S: Clone + Send + Sync + 'static>(routes: &Routes<S>, selection: &Selection) -> Report {
    let all = routes.table();
    let asked = |method: &str, path: &str, public: bool| {
        let named =
            selection.path.as_deref().is_none_or(|asked| below(path, asked) || format!("{method} {path}") == asked);
        named && (public || !selection.public)
    };
    let json: Vec<Value> = all
        .routes()
        .iter()
        .zip(list_of(all.to_json()))
        .filter_map(|(route, json)| asked(&route.method, &route.path, route.public).then_some(json))
        .collect();
    // The table without the lines of other routes: its columns stay where they are.
    let text = all.to_string();
    let (head, lines) = text.split_once('\n').unwrap_or((&text, ""));
    let lines = all.routes().iter().zip(lines.lines());
    let lines = lines.filter(|(route, _)| asked(&route.method, &route.path, route.public)).map(|(_, line)| line);
    Report::new(std::iter::once(head).chain(lines).collect::<Vec<_>>().join("\n"), json.into())
}

fn list_of(json: Value) -> Vec<Value> {
    if let Value::Array(list) = json { list } else { Vec::new() }
}

/// Whether `path` is `above`, or below it.
fn below(path: &str, above: &str) -> bool {
    let above = above.trim_end_matches('/');
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

pub(super) fn audit<S: Clone + Send + Sync + 'static>(routes: &Routes<S>) -> Report {
    let findings = routes.audit();
    let json = findings
        .iter()
        .map(|finding| json!({ "method": finding.method, "path": finding.path, "sentence": finding.sentence }));
    let json = json.collect();
    let rows: Vec<_> = findings.into_iter().map(|finding| [finding.method, finding.path, finding.sentence]).collect();
    let found = !rows.is_empty();
    let text = if found { table(["METHOD", "PATH", "FOUND"], &rows) } else { "no findings\n".to_owned() };
    Report { found, ..Report::new(text, json) }
}
