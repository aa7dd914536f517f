//! What a check of a user table finds.

/// What a check of a user table finds: one sentence each, with the statement or the call that helps, if there is one.
///
/// The three lists differ in what `build()` does with them: a wrong *schema* fails for everybody, and refuses the
/// start; wrong *rows* fail for some, and are logged; so are *notes*, about what cannot be judged from outside, or may
/// be meant.
///
/// ```
/// use auth::store::TableReport;
///
/// let mut report = TableReport::default();
/// assert!(report.is_empty() && report.is_ready());
/// report.rows.push("the role `auditor` is unknown, in 2 rows".to_owned());
/// assert!(report.is_ready(), "some people cannot sign in, the others can");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableReport {
    /// What would make every sign-up or every login fail, or go wrong without a word.
    pub schema: Vec<String>,
    /// Rows that their owners cannot sign in with: how many, the ids of a few, and what repairs them. Values are not
    /// repeated, except names of roles and permissions.
    pub rows: Vec<String>,
    /// What may be meant, or depends on values that only the application knows.
    pub notes: Vec<String>,
    /// Hashes that are not Argon2. Whether somebody can sign in with them is up to the `LegacyVerifier`s.
    pub other_hashes: Vec<String>,
}

impl TableReport {
    /// Returns whether `build()` accepts the table.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        self.schema.is_empty()
    }

    /// Returns whether nothing was found.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.schema.is_empty() && self.rows.is_empty() && self.notes.is_empty() && self.other_hashes.is_empty()
    }

    /// Adds what another check found.
    pub fn extend(&mut self, other: Self) {
        self.schema.extend(other.schema);
        self.rows.extend(other.rows);
        self.notes.extend(other.notes);
        self.other_hashes.extend(other.other_hashes);
    }
}
