use std::fmt;

/// A route whose decision differs from its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deviation {
    /// The route, such as `GET /posts/{id}`.
    pub route: String,
    /// The rule, as the table prints it.
    pub rule: String,
    /// The caller.
    pub caller: String,
    /// The decision according to the rule.
    pub expected: String,
    /// The actual response.
    pub observed: String,
}

pub(super) struct Report<'a>(pub(super) &'a [Deviation]);

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the application does not enforce its route table:")?;
        let mut last = None;
        for deviation in self.0 {
            if last != Some(&deviation.route) {
                write!(f, "\n  {}  ({})", deviation.route, deviation.rule)?;
                last = Some(&deviation.route);
            }
            write!(f, "\n    {}: expected {}, got {}", deviation.caller, deviation.expected, deviation.observed)?;
        }
        Ok(())
    }
}
