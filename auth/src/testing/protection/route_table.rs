use std::fmt::{self, Write as _};

use crate::http::routing::erased_access::ErasedAccess;
use crate::http::routing::{RouteInfo, Table};
use crate::testing::fail;

/// Compares the whole table with the one that was agreed on, so that no rule is weakened unnoticed: method, path and
/// rule of every route, the public ones included.
///
/// The text is a file in your repository, one `METHOD /path rule` per line, in any order. Blank lines and lines that
/// begin with `#` are ignored, and so are line ends and the blanks around a word. Begin with an empty file: the first
/// run prints what belongs into it.
///
/// ```no_run
/// # const TEXT: &str = "GET /health public";
/// # fn demo(routes: auth::routing::Routes) {
/// use auth::testing::assert_routes;
///
/// # #[cfg(any())]
/// assert_routes(&routes.table(), include_str!("routes.txt"));
/// # assert_routes(&routes.table(), TEXT);
/// # }
/// ```
///
/// [`assert_protection`](crate::testing::assert_protection) cannot replace this, nor the other way round. Table and
/// guards come from the same attributes, so they still agree after `#[protected(Role::Admin)]` has become
/// `#[protected]`; and the text cannot know what the running application does. One says that the application does what
/// its table says, the other that the table says what people agreed on.
///
/// # Panics
/// If a route was added or removed, or its rule changed. The message lists all of them, a changed rule as it was and as
/// it is, followed by the whole text to put into the file if that is intended.
#[track_caller]
pub fn assert_routes(table: &Table, text: &str) {
    let then: Vec<Line<'_>> = text.trim_start_matches('\u{feff}').lines().filter_map(Line::parse).collect();
    let several = users(table.routes()).len() > 1;
    let now: Vec<(&RouteInfo, String)> = table.routes().iter().map(|route| (route, rule(route, several))).collect();
    let now: Vec<Line<'_>> =
        now.iter().map(|(route, rule)| Line { method: &route.method, path: &route.path, rule }).collect();
    let changes = changes(&then, &now);
    if !changes.is_empty() {
        let comments = text.lines().take_while(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
        let comments = comments.filter(|line| !line.trim().is_empty()).map(|line| format!("{}\n", line.trim()));
        let whole = comments.chain(now.iter().map(|line| format!("{line}\n")));
        fail(format_args!("{changes}\nIf that is intended, the file becomes\n\n{}", whole.collect::<String>()));
    }
}

/// One route.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Line<'a> {
    method: &'a str,
    path: &'a str,
    rule: &'a str,
}

impl<'a> Line<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return None;
        }
        let (method, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim_start();
        let (path, rule) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        Some(Self { method, path, rule: rule.trim_start() })
    }

    fn is_of(&self, other: &Self) -> bool {
        (self.method, self.path) == (other.method, other.path)
    }
}

/// The widths are fixed: with those of the longest line, one route would change the lines of all others.
impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<7} {:<31} {}", self.method, self.path, self.rule)
    }
}

/// Returns the rule as the table prints it. With several user types in one table, the type is part of it: `signed in`
/// alone does not say who.
fn rule(route: &RouteInfo, several: bool) -> String {
    let who = &route.who;
    if route.public || !several { who.clone() } else { format!("{who} [{}]", users([route]).join(", ")) }
}

/// Returns the names of the user types that rules are about, each once.
fn users<'a>(routes: impl IntoIterator<Item = &'a RouteInfo>) -> Vec<&'static str> {
    let rules = routes.into_iter().flat_map(RouteInfo::accesses).filter(|access| !access.is_public());
    let mut users: Vec<&str> = rules.map(ErasedAccess::user).collect();
    users.sort_unstable();
    users.dedup();
    users
}

fn changes(then: &[Line<'_>], now: &[Line<'_>]) -> String {
    let mut said = String::new();
    let head = |said: &mut String| {
        if said.is_empty() {
            said.push_str("the route table differs from the committed file:\n");
        }
    };
    for line in now {
        match then.iter().find(|before| before.is_of(line)) {
            Some(before) if before.rule == line.rule => {}
            Some(before) => {
                head(&mut said);
                let _ = write!(
                    said,
                    "\n  changed  {} {}\n      was  {}\n      now  {}\n",
                    line.method, line.path, before.rule, line.rule
                );
            }
            None => {
                head(&mut said);
                let _ = write!(said, "\n  added    {} {}\n      now  {}\n", line.method, line.path, line.rule);
            }
        }
    }
    for (place, line) in then.iter().enumerate() {
        let again = then.iter().take(place).any(|before| before.is_of(line));
        if again || !now.iter().any(|after| after.is_of(line)) {
            head(&mut said);
            let what = if again { "twice  " } else { "removed" };
            let _ = write!(said, "\n  {what}  {} {}\n      was  {}\n", line.method, line.path, line.rule);
        }
    }
    said
}
