/// The result of evaluating a rule, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The caller may pass.
    Yes,
    /// The caller may not pass.
    No,
    /// It depends on the check at this index.
    NeedsCheck(usize),
}

impl Verdict {
    pub(crate) const fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    /// Combines with "and": one no decides; otherwise the first undecided check is returned.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::NeedsCheck(index), _) | (Self::Yes, Self::NeedsCheck(index)) => Self::NeedsCheck(index),
            (Self::Yes, Self::Yes) => Self::Yes,
        }
    }

    /// Combines with "or": one yes decides; otherwise the first undecided check is returned.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        self.negated().and(other.negated()).negated()
    }

    /// Negates; an undecided check stays undecided.
    #[must_use]
    pub const fn negated(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::NeedsCheck(index) => Self::NeedsCheck(index),
        }
    }
}

/// The results of the checks of one rule so far: at most [`MAX`](Self::MAX). The macros allow only 16 different
/// atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    asked: u32,
    yes: u32,
}

impl Answers {
    /// The maximum number of checks. A handwritten rule with more fails on every request.
    pub const MAX: usize = 32;

    /// No check has run yet.
    pub const NONE: Self = Self { asked: 0, yes: 0 };

    /// Adds the result of the check at `index`.
    #[must_use]
    pub fn with(self, index: usize, answer: bool) -> Self {
        let bit = bit(index);
        Self { asked: self.asked | bit, yes: if answer { self.yes | bit } else { self.yes & !bit } }
    }

    /// Returns the result of the check at `index`, if it has run.
    #[must_use]
    pub fn get(self, index: usize) -> Option<bool> {
        let bit = bit(index);
        (self.asked & bit != 0).then_some(self.yes & bit != 0)
    }
}

fn bit(index: usize) -> u32 {
    1_u32.checked_shl(u32::try_from(index).unwrap_or(u32::MAX)).unwrap_or(0)
}
