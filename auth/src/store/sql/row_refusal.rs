//! Which states of an error (SQLSTATE) are about a row. SQLite has codes of its own.

/// Whether a state (SQLSTATE) says that the table never accepts the row. Triggers and functions refuse in many ways: by a
/// state of their own, by one of the standard for what went wrong in them, or by a slip, such as a query with two rows.
/// Trying again helps with none of them. `of_server` are the classes in which the server itself reports other things.
pub(super) fn refuses_row(state: &str, of_server: &[&str]) -> bool {
    /// Triggered action exception, case not found, cardinality violation, data exception, triggered data change violation,
    /// SQL routine exception, external routines (two), WITH CHECK OPTION violation, "unhandled user-defined exception".
    const ABOUT_ROWS: [&str; 10] = ["09", "20", "21", "22", "27", "2F", "38", "39", "44", "45"];
    state.get(..2).is_some_and(|class| ABOUT_ROWS.contains(&class) || !of_server.contains(&class))
}

#[cfg(test)]
mod tests {
    use super::refuses_row;

    #[test]
    fn states_of_triggers_are_told_from_the_servers() {
        let of_server = ["08", "40", "XX"];
        for refused in ["45000", "45001", "22012", "21000", "20000", "44000", "UE001", "PT409"] {
            assert!(refuses_row(refused, &of_server), "{refused}");
        }
        for other in ["", "4", "08006", "40001", "XX000"] {
            assert!(!refuses_row(other, &of_server), "{other}");
        }
    }
}
