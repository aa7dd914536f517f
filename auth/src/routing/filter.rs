//! What is in a filter of methods: axum's has no name, and no question for that. Adding what is in it changes nothing.

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

/// How a route for all of them is called.
pub(super) const ANY: &str = "ANY";

/// Every method there is a filter for: [`ANY`].
pub(super) fn every_method() -> MethodFilter {
    METHODS.iter().fold(MethodFilter::GET, |all, (method, _)| all.or(*method))
}

/// The methods in it.
pub(super) fn methods(filter: MethodFilter) -> impl Iterator<Item = &'static str> {
    METHODS.iter().filter(move |(method, _)| filter.or(*method) == filter).map(|(_, name)| *name)
}

/// How the table calls it: `GET|POST`.
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
    fn a_filter_is_named_after_all_that_is_in_it() {
        assert_eq!(name(MethodFilter::CONNECT), "CONNECT");
        assert_eq!(name(MethodFilter::POST.or(MethodFilter::GET)), "GET|POST");
        assert_eq!(name(every_method()), "ANY");
    }
}
