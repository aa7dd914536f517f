//! Suggestions for misspelled names.

/// What a column is for, if other programs have common names for that.
pub(super) struct Kind(pub(super) &'static [&'static str]);

/// Parts of common names.
pub(super) const PASSWORD: Kind = Kind(&["pass", "pw", "hash", "digest", "crypt"]);
pub(super) const LOGIN: Kind = Kind(&["mail", "login", "user", "name"]);
pub(super) const ACTIVE: Kind = Kind(&["active", "enabled", "disabled", "blocked", "status"]);
pub(super) const NAMES: Kind = Kind(&["role", "job", "group", "rank", "permission", "scope", "right"]);
pub(super) const OTHER: Kind = Kind(&[]);

/// Returns the name that a missing column probably has in the table.
pub(super) fn renamed<'a>(wanted: &str, kind: &Kind, names: &[&'a str]) -> Option<&'a str> {
    nearest(wanted, names).or_else(|| {
        let is_usual = |name: &&&str| kind.0.iter().any(|part| name.to_lowercase().contains(part));
        names.iter().find(is_usual).copied()
    })
}

/// Returns the name most similar to `wanted`, if any is similar enough.
fn nearest<'a>(wanted: &str, names: &[&'a str]) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    let close = names.iter().filter_map(|name| {
        let lower = name.to_lowercase();
        let contained = lower.contains(&wanted) || wanted.contains(&lower);
        let distance = strsim::levenshtein(&wanted, &lower);
        (contained || distance <= wanted.chars().count() / 3 + 1).then_some((distance, *name))
    });
    close.min().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::{OTHER, PASSWORD, nearest, renamed};

    #[test]
    fn nearest_column_is_suggested_only_when_similar() {
        let names = ["id", "Email", "email_address", "created_at"];
        assert_eq!(nearest("email", &names), Some("Email"));
        assert_eq!(nearest("emial", &names), Some("Email"));
        assert_eq!(nearest("password_hash", &names), None);
    }

    #[test]
    fn a_column_under_another_usual_name_is_suggested() {
        let names = ["id", "full_name", "password", "created_at"];
        assert_eq!(renamed("pw", &PASSWORD, &names), Some("password"));
        assert_eq!(renamed("pw", &OTHER, &names), None);
    }
}
