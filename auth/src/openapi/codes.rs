//! The stable codes of problem documents.

/// Every code that `AuthError::code` can return; a test compares.
pub(super) const CODES: [&str; 36] = [
    "not_signed_in",
    "invalid_token",
    "invalid_credentials",
    "invalid_refresh_token",
    "invalid_link",
    "invalid_code",
    "invalid_passkey",
    "unknown_passkey",
    "passkey_registered",
    "last_factor",
    "key_replaced",
    "sign_in_expired",
    "factor_required",
    "other_browser",
    "inactive_user",
    "forbidden",
    "key_not_accepted",
    "key_required",
    "step_up_required",
    "cross_site",
    "invalid_request",
    "malformed_body",
    "body_too_large",
    "request_timeout",
    "unsupported_media_type",
    "header_too_large",
    "invalid_fields",
    "taken",
    "not_found",
    "still_referenced",
    "refused_by_table",
    "too_many_requests",
    "busy",
    "unavailable",
    "account_created",
    "internal",
];

#[cfg(test)]
mod tests {
    use super::CODES;

    #[test]
    fn the_document_knows_every_code() {
        let source = include_str!("../http/problem.rs");
        let code = source.split_once("pub const fn code(").unwrap().1.split_once("\n    }\n").unwrap().0;
        let words = code.lines().filter_map(|line| line.split_once("=> \"")?.1.split('"').next());
        assert_eq!(words.collect::<Vec<_>>(), CODES);
    }
}
