//! Lists the methods in a filter. axum's `MethodFilter` cannot be queried for them, so a method counts as contained if
//! adding it changes nothing.

use axum::routing::MethodFilter;

const METHODS: [(MethodFilter, &str); 9] = [
    (MethodFilter::GET, "GET"),
    (MethodFilter::HEAD, "HEAD"),
    (MethodFilter::POST, "POST"),
    (MethodFilter::PUT, "PUT"),
    (MethodFilter::PATCH, "PATCH"),
    (MethodFilter::DELETE, "DELETE"),
    (MethodFilter::OPTIONS, "OPTIONS"),
    (MethodFilter::TRACE, "TRACE"),
    (MethodFilter::CONNECT, "CONNECT"),
];

/// The name for a route with all methods.
pub(super) const ANY: &str = "ANY";

/// Returns a filter of every method: [`ANY`].
pub(super) fn every_method() -> MethodFilter {
    METHODS.iter().fold(MethodFilter::GET, |all, (method, _)| all.or(*method))
}

/// Returns the methods in the filter.
pub(super) fn methods(filter: MethodFilter) -> impl Iterator<Item = &'static str> {
    METHODS.iter().filter(move |(method, _)| filter.or(*method) == filter).map(|(_, name)| *name)
}

/// Returns its name in the table: `GET|POST`.
pub(super) fn name(filter: MethodFilter) -> String {
    if filter == every_method() {
        return ANY.to_owned();
    }
    methods(filter).collect::<Vec<_>>().join("|")
}

#[cfg(test)]
mod tests {
    use axum::routing::MethodFilter;

    use super::{every_method, name};

    #[test]
    fn method_filter_is_named_after_all_its_methods() {
        assert_eq!(name(MethodFilter::CONNECT), "CONNECT");
        assert_eq!(name(MethodFilter::POST.or(MethodFilter::GET)), "GET|POST");
        assert_eq!(name(every_method()), "ANY");
    }
}
