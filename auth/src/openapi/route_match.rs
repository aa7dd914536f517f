//! Which route answers a request to a path of the document: axum's choice, made on templates.

use std::cmp::Ordering;

use super::template::Template;
use crate::http::routing::{Handler, RouteInfo};

/// Returns the route that answers `method` at `path`: of the routes that match the path, axum prefers literal segments
/// to parameters and those to wildcards, and asks for the method afterwards.
pub(super) fn answering<'a>(routes: &'a [RouteInfo], path: &str, method: &str) -> Option<&'a RouteInfo> {
    let path = Template::of(path);
    let matching = routes.iter().filter_map(|route| Some((rank(route, &path)?, route)));
    let mut matching: Vec<(Vec<Kind>, &RouteInfo)> = matching.collect();
    matching.sort_by(|(one, _), (other, _)| compare(one, other));
    let (best, _) = matching.first()?.clone();
    let best: Vec<&RouteInfo> =
        matching.into_iter().take_while(|(rank, _)| *rank == best).map(|(_, route)| route).collect();
    let with = |method: &str| best.iter().find(|route| !route.answers_any() && handles(route, method)).copied();
    with(method)
        .or_else(|| if method == "HEAD" { with("GET") } else { None })
        .or_else(|| best.iter().find(|route| route.answers_any()).copied())
}

/// Returns the same, without routes that answer whatever no other does: those are not what a description is about.
pub(super) fn answering_on_purpose<'a>(routes: &'a [RouteInfo], path: &str, method: &str) -> Option<&'a RouteInfo> {
    answering(routes, path, method).filter(|route| !is_fallback(route))
}

/// Whether a route answers what no other does.
pub(super) fn is_fallback(route: &RouteInfo) -> bool {
    fallback(route).is_some()
}

/// Whether `route` answers `method`, and not only because nothing else does.
pub(super) fn handles(route: &RouteInfo, method: &str) -> bool {
    route.about.methods.contains(&method)
}

/// How a segment of a path matches, from the most to the least specific.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Literal,
    Parameter,
    Wildcard,
    Fallback(std::cmp::Reverse<usize>),
}

/// Paths of equal beginning: the one that ends first matched less.
fn compare(one: &[Kind], other: &[Kind]) -> Ordering {
    one.iter().cmp(other.iter())
}

/// Returns the prefix below which a route is the fallback.
fn fallback(route: &RouteInfo) -> Option<&str> {
    if route.path == "*" { Some("") } else { route.path.strip_suffix("/*") }
}

fn rank(route: &RouteInfo, path: &Template) -> Option<Vec<Kind>> {
    if let Some(prefix) = fallback(route) {
        let below = path.form.strip_prefix(Template::of(prefix).form.as_str())?;
        let rank = Kind::Fallback(std::cmp::Reverse(prefix.len()));
        return (below.is_empty() || below.starts_with('/')).then(|| vec![rank]);
    }
    let (mut wanted, mut found) = (route.path.split('/'), path.form.split('/'));
    let mut rank = Vec::new();
    loop {
        let kind = match (wanted.next(), found.next()) {
            (None, None) => return Some(rank),
            (Some(segment), rest) if segment.starts_with("{*") => {
                let matches = rest.is_some() || route.about.handler == Handler::NestedService;
                rank.push(Kind::Wildcard);
                return matches.then_some(rank);
            }
            (Some(segment), Some(found)) => segment_kind(&Template::of(segment).form, found)?,
            _ => return None,
        };
        rank.push(kind);
    }
}

/// `{}` stands for a parameter in both.
fn segment_kind(wanted: &str, found: &str) -> Option<Kind> {
    if wanted == found {
        return Some(if wanted.contains("{}") { Kind::Parameter } else { Kind::Literal });
    }
    let (before, after) = wanted.split_once("{}")?;
    let inside = found.strip_prefix(before)?.strip_suffix(after)?;
    (!inside.is_empty()).then_some(Kind::Parameter)
}
