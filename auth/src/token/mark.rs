//! Generations: how a change of password or roles reaches tokens that are out already.
//!
//! Every user has a counter. A login reads it *before* it checks the password and writes it into session and token.
//! Whatever must end them raises the counter, so a login that races a change of password dies with the rest, without
//! anybody comparing seconds.

use serde::{Deserialize, Serialize};

use crate::claims::SessionId;
use crate::store::{Record, StoreError};

/// Which tokens and sessions of a user are still good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// The user's generation. Access tokens of an earlier one are stale.
    #[serde(rename = "g")]
    pub(crate) generation: u64,
    /// But not those of this session.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    spared: Option<SessionId>,
    /// Sessions of an earlier generation than this have ended.
    #[serde(rename = "s", default)]
    sessions_from: u64,
    /// But not this one.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    kept: Option<SessionId>,
}

/// What a change does to tokens that are out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Raise {
    /// Access tokens must be refreshed: they say something that is no longer true.
    Tokens,
    /// All sessions end, but perhaps this one.
    Sessions {
        /// The session that goes on: the one that changed its own password.
        except: Option<SessionId>,
    },
    /// The same once more, some time later: nobody is spared who is not spared by now.
    SessionsAgain {
        /// As before.
        except: Option<SessionId>,
    },
}

impl Raise {
    /// For the second time.
    pub(crate) const fn again(self) -> Self {
        match self {
            Self::Tokens => Self::Tokens,
            Self::Sessions { except } | Self::SessionsAgain { except } => Self::SessionsAgain { except },
        }
    }
}

impl Mark {
    /// Whether an access token of this session and generation is good.
    pub(crate) fn accepts_token(&self, session: &SessionId, generation: u64) -> bool {
        generation >= self.generation || self.spared.as_ref() == Some(session)
    }

    /// Whether a session of this generation goes on.
    pub(crate) fn accepts_session(&self, session: &SessionId, generation: u64) -> bool {
        generation >= self.sessions_from || self.kept.as_ref() == Some(session)
    }

    /// The mark after a change.
    pub(crate) fn raised(self, raise: Raise) -> Self {
        let generation = self.generation.saturating_add(1);
        match raise {
            Raise::Tokens => Self { generation, spared: None, ..self },
            Raise::Sessions { except } => Self { generation, spared: except, sessions_from: generation, kept: except },
            Raise::SessionsAgain { except } => {
                let still = |spared: Option<SessionId>| spared.filter(|session| Some(*session) == except);
                let (spared, kept) = (still(self.spared), still(self.kept));
                Self { generation, spared, sessions_from: generation, kept }
            }
        }
    }

    /// Whether somebody has raised it in this way since it was of that generation.
    pub(crate) fn was_raised(&self, raise: Raise, since: u64) -> bool {
        match raise {
            Raise::Tokens => self.generation > since,
            Raise::Sessions { except } | Raise::SessionsAgain { except } => {
                self.sessions_from > since && self.kept.is_none_or(|kept| Some(kept) == except)
            }
        }
    }

    pub(crate) fn to_text(self) -> Result<String, StoreError> {
        serde_json::to_string(&self).map_err(StoreError::corrupt)
    }

    pub(crate) fn from_record(record: &Record) -> Result<Self, StoreError> {
        serde_json::from_str(&record.value).map_err(StoreError::corrupt)
    }
}

#[cfg(test)]
mod tests {
    use super::{Mark, Raise};
    use crate::claims::SessionId;

    const MINE: SessionId = SessionId::from_bytes([1; 32]);
    const OTHER: SessionId = SessionId::from_bytes([2; 32]);

    #[test]
    fn a_changed_password_ends_every_session_but_the_one_that_changed_it() {
        let mark = Mark::default().raised(Raise::Sessions { except: Some(MINE) });
        assert!(mark.accepts_token(&MINE, 0) && mark.accepts_session(&MINE, 0));
        assert!(!mark.accepts_token(&OTHER, 0) && !mark.accepts_session(&OTHER, 0));
        assert!(mark.accepts_token(&OTHER, 1) && mark.accepts_session(&OTHER, 1));
    }

    #[test]
    fn changed_roles_make_tokens_stale_and_leave_sessions_alone() {
        let mark = Mark::default().raised(Raise::Sessions { except: Some(MINE) }).raised(Raise::Tokens);
        assert!(!mark.accepts_token(&MINE, 0), "the spared session must refresh, too");
        assert!(mark.accepts_session(&MINE, 0));
        assert!(!mark.accepts_session(&OTHER, 0));
    }

    #[test]
    fn the_next_change_of_password_ends_the_session_the_last_one_spared() {
        let mark = Mark::default().raised(Raise::Sessions { except: Some(MINE) });
        let mark = mark.raised(Raise::Sessions { except: Some(OTHER) });
        assert!(!mark.accepts_session(&MINE, 0));
    }

    #[test]
    fn ending_sessions_again_spares_whom_the_mark_spares_and_revives_nobody() {
        let (mine, all) = (Raise::Sessions { except: Some(MINE) }, Raise::Sessions { except: None });
        let again = Mark::default().raised(mine).raised(mine.again());
        assert!(again.accepts_token(&MINE, 0) && again.accepts_session(&MINE, 0));
        assert!(!again.accepts_token(&OTHER, 1) && !again.accepts_session(&OTHER, 1), "a login in between");
        let again = Mark::default().raised(mine).raised(all).raised(mine.again());
        assert!(!again.accepts_token(&MINE, 0) && !again.accepts_session(&MINE, 0), "logged out in between");
        let again = Mark::default().raised(mine).raised(Raise::Tokens).raised(mine.again());
        assert!(!again.accepts_token(&MINE, 0) && again.accepts_session(&MINE, 0), "its role was changed in between");
        let again = Mark::default().raised(all).raised(mine).raised(all.again());
        assert!(!again.accepts_token(&MINE, 0) && !again.accepts_session(&MINE, 0), "spared by somebody else");
    }

    #[test]
    fn a_mark_that_was_raised_in_another_way_was_not_raised() {
        let (mine, all) = (Raise::Sessions { except: Some(MINE) }, Raise::Sessions { except: None });
        let mark = Mark::default().raised(all);
        assert!(mark.was_raised(all, 0) && mark.was_raised(Raise::Tokens, 0));
        assert!(!mark.was_raised(all, 1) && !mark.was_raised(Raise::Tokens, 1));
        let mark = mark.raised(Raise::Tokens);
        assert!(mark.was_raised(Raise::Tokens, 1) && !mark.was_raised(all, 1));
        let mark = mark.raised(mine);
        assert!(mark.was_raised(mine.again(), 2) && !mark.was_raised(all, 2), "one session goes on");
    }
}
