/// What a rule comes to, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The caller may pass.
    Yes,
    /// The caller may not.
    No,
    /// It depends on the check at this place.
    Ask(usize),
}

impl Verdict {
    pub(crate) const fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    /// Both: one refusal is enough; else the first open question.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Ask(place), _) | (Self::Yes, Self::Ask(place)) => Self::Ask(place),
            (Self::Yes, Self::Yes) => Self::Yes,
        }
    }

    /// Either: one yes is enough; else the first open question.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        self.negated().and(other.negated()).negated()
    }

    /// The opposite; an open question stays open.
    #[must_use]
    pub const fn negated(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Ask(place) => Self::Ask(place),
        }
    }
}

/// What the checks of one rule have answered so far: at most [`MOST`](Self::MOST). The macros stop at 16 different atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    asked: u32,
    yes: u32,
}

impl Answers {
    /// The checks that can be told apart. A rule written by hand that has more is an error for each request.
    pub const MOST: usize = 32;

    /// Nobody has been asked.
    pub const NONE: Self = Self { asked: 0, yes: 0 };

    /// With the answer of the check at `place`.
    #[must_use]
    pub fn with(self, place: usize, answer: bool) -> Self {
        let bit = bit(place);
        Self { asked: self.asked | bit, yes: if answer { self.yes | bit } else { self.yes & !bit } }
    }

    /// The answer of the check at `place`, if it was asked.
    #[must_use]
    pub fn get(self, place: usize) -> Option<bool> {
        let bit = bit(place);
        (self.asked & bit != 0).then_some(self.yes & bit != 0)
    }
}

fn bit(place: usize) -> u32 {
    1_u32.checked_shl(u32::try_from(place).unwrap_or(u32::MAX)).unwrap_or(0)
}
