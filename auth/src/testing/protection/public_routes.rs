use std::fmt::Write as _;

use crate::http::routing::Table;
use crate::testing::fail;

/// Compares the public routes of `table` with a reviewed list, so that no route becomes public unnoticed.
///
/// The list is a file in your repository, one `METHOD /path` per line; blank lines and anything after `#` are ignored.
///
/// ```no_run
/// # const LIST: &str = "GET /health";
/// # fn demo(routes: auth::routing::Routes) {
/// use auth::testing::assert_public_routes;
///
/// # #[cfg(any())]
/// assert_public_routes(&routes.table(), include_str!("public_routes.txt"));
/// # assert_public_routes(&routes.table(), LIST);
/// # }
/// ```
///
/// # Panics
/// If a public route is missing from the list, or a line of the list is not a public route. The message has the lines
/// to add and to remove.
#[track_caller]
pub fn assert_public_routes(table: &Table, list: &str) {
    let listed: Vec<String> = list
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect();
    let public: Vec<(String, &str)> = table
        .routes()
        .iter()
        .filter(|route| route.public)
        .map(|route| (format!("{} {}", route.method, route.path), route.who.as_str()))
        .collect();
    let mut said = String::new();
    let mut say = |head: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            let _ = write!(said, "{head}\n{}\n", lines.join("\n"));
        }
    };
    let open = public.iter().filter(|(route, _)| !listed.contains(route));
    say(
        "public, but missing from the list of public routes; if that is intended, add",
        open.map(|(route, who)| format!("    {route:<30} # {who}")).collect(),
    );
    let gone = listed.iter().filter(|line| !public.iter().any(|(route, _)| route == *line));
    say(
        "in the list of public routes, but protected or removed; delete",
        gone.map(|line| format!("    {line}")).collect(),
    );
    if !said.is_empty() {
        fail(format_args!("{said}"));
    }
}
