//! Generations: how a change of password or roles reaches tokens already issued.
//!
//! Every user has a counter. A login reads it *before* it checks the password and writes it into session and token.
//! Whatever must end them increments the counter, so a login that races a password change ends with the rest, without
//! any comparison of timestamps.
//!
//! A mark holds two numbers because there are two kinds of change. Either *sessions end* (new password, logout
//! everywhere, account disabled), or *tokens become stale* (roles changed): then sessions continue, and a refresh
//! returns current claims. Marks never expire, because databases reuse ids. A login reads the mark a second time, after
//! it has stored the session.
//!
//! Raising a mark only ever takes away. The session that changed its own password is spared only as far as it was valid
//! just before, so a token from before a demotion stays refused (see the property test below). If two sessions change
//! one password at the same time, the first to raise the mark ends the other, which is then refused before it can end
//! the first.

use serde::{Deserialize, Serialize};

use crate::claims::SessionId;
use crate::store::{Record, StoreError};

/// The per-user revocation mark: which tokens and sessions of a user are still valid.
///
/// Raising a mark only revokes: whatever the old mark refused, the raised one refuses, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// The user's generation. Access tokens of an earlier generation are stale.
    #[serde(rename = "g")]
    pub(crate) generation: u64,
    /// Sessions of an earlier generation than this have ended.
    #[serde(rename = "s", default)]
    sessions_from: u64,
    /// The exception, if any.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    kept: Option<Kept>,
}

/// A session spared by a password change: the one that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    #[serde(rename = "i")]
    session: SessionId,
    /// Its access tokens are valid from this generation on: those that were valid when it was spared.
    #[serde(rename = "t")]
    tokens_from: u64,
    /// The session continues if it is of this generation or later.
    #[serde(rename = "s")]
    session_from: u64,
}

/// The effect of a change on tokens already issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Raise {
    /// Access tokens must be refreshed: their claims are out of date.
    Tokens,
    /// All sessions end, with at most one exception.
    Sessions {
        /// The session that continues: the one that changed its own password.
        except: Option<SessionId>,
    },
    /// The same again some time later: sessions that are not already spared are not spared now.
    SessionsAgain {
        /// As in [`Sessions`](Self::Sessions).
        except: Option<SessionId>,
    },
}

impl Raise {
    /// Ends every session.
    pub(crate) const ALL: Self = Self::Sessions { except: None };

    /// Returns the same raise, for a second time.
    pub(crate) const fn again(self) -> Self {
        match self {
            Self::Tokens => Self::Tokens,
            Self::Sessions { except } | Self::SessionsAgain { except } => Self::SessionsAgain { except },
        }
    }
}

impl Mark {
    /// Returns whether an access token of this session and generation is valid.
    pub(crate) fn accepts_token(&self, session: &SessionId, generation: u64) -> bool {
        generation >= self.generation || self.kept(session).is_some_and(|kept| generation >= kept.tokens_from)
    }

    /// Returns whether a session of this generation continues.
    pub(crate) fn accepts_session(&self, session: &SessionId, generation: u64) -> bool {
        generation >= self.sessions_from || self.kept(session).is_some_and(|kept| generation >= kept.session_from)
    }

    fn kept(&self, session: &SessionId) -> Option<Kept> {
        self.kept.filter(|kept| kept.session == *session)
    }

    /// Returns the session that goes on although it is of an earlier generation.
    pub(super) fn spared(&self) -> Option<SessionId> {
        self.kept.map(|kept| kept.session)
    }

    /// Returns the mark with everything ended that was issued in a generation below `floor`, whoever the user is.
    pub(crate) fn above(self, floor: u64) -> Self {
        if self.generation >= floor {
            return self;
        }
        Self { generation: floor, sessions_from: floor, kept: None }
    }

    /// Returns the mark after a change.
    pub(crate) fn raised(self, raise: Raise) -> Self {
        let generation = self.generation.saturating_add(1);
        let ending = Self { generation, sessions_from: generation, kept: None };
        match raise {
            Raise::Tokens => {
                Self { generation, kept: self.kept.map(|kept| Kept { tokens_from: generation, ..kept }), ..self }
            }
            Raise::Sessions { except } => Self { kept: except.map(|session| self.keep(session)), ..ending },
            Raise::SessionsAgain { except } => Self { kept: except.and_then(|session| self.kept(&session)), ..ending },
        }
    }

    /// Spares a session to the extent that it is valid now.
    fn keep(&self, session: SessionId) -> Kept {
        let now = Kept { session, tokens_from: self.generation, session_from: self.sessions_from };
        self.kept(&session).unwrap_or(now)
    }

    /// Returns whether the mark has been raised in this way since it had that generation.
    pub(crate) fn was_raised(&self, raise: Raise, since: u64) -> bool {
        match raise {
            Raise::Tokens => self.generation > since,
            Raise::Sessions { except } | Raise::SessionsAgain { except } => {
                self.sessions_from > since && self.kept.is_none_or(|kept| Some(kept.session) == except)
            }
        }
    }

    pub(crate) fn to_text(self) -> Result<String, StoreError> {
        serde_json::to_string(&self).map_err(StoreError::corrupt)
    }

    pub(crate) fn from_record(record: &Record) -> Result<Self, StoreError> {
        Self::from_text(&record.value).map_err(StoreError::corrupt)
    }

    pub(crate) fn from_text(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
        let (mine, all) = (Raise::Sessions { except: Some(MINE) }, Raise::ALL);
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
        let (mine, all) = (Raise::Sessions { except: Some(MINE) }, Raise::ALL);
        let mark = Mark::default().raised(all);
        assert!(mark.was_raised(all, 0) && mark.was_raised(Raise::Tokens, 0));
        assert!(!mark.was_raised(all, 1) && !mark.was_raised(Raise::Tokens, 1));
        let mark = mark.raised(Raise::Tokens);
        assert!(mark.was_raised(Raise::Tokens, 1) && !mark.was_raised(all, 1));
        let mark = mark.raised(mine);
        assert!(mark.was_raised(mine.again(), 2) && !mark.was_raised(all, 2), "one session goes on");
    }

    #[test]
    fn a_floor_ends_every_earlier_session_and_no_later_one() {
        let spared = Mark::default().raised(Raise::Sessions { except: Some(MINE) });
        for mark in [Mark::default(), spared] {
            let ended = mark.above(1_000);
            assert!(!ended.accepts_token(&MINE, 999) && !ended.accepts_session(&MINE, 999));
            assert!(ended.accepts_token(&MINE, 1_000) && ended.accepts_session(&MINE, 1_000));
            let raised = ended.raised(Raise::Tokens);
            assert!(raised.accepts_session(&MINE, 1_000) && !raised.accepts_session(&MINE, 999));
            assert_eq!(raised.above(1_000), raised, "a mark raised since is not ended again");
        }
    }

    fn raises() -> impl Strategy<Value = Raise> {
        let except = || proptest::option::of(prop::sample::select(vec![MINE, OTHER]));
        prop_oneof![
            Just(Raise::Tokens),
            except().prop_map(|except| Raise::Sessions { except }),
            except().prop_map(|except| Raise::SessionsAgain { except }),
        ]
    }

    proptest! {
        /// Not even tokens from before the session lost its roles become valid again.
        #[test]
        fn raising_a_mark_never_makes_good_again_what_was_dead(raises in prop::collection::vec(raises(), 1..12)) {
            let mut mark = Mark::default();
            for raise in raises {
                let raised = mark.raised(raise);
                prop_assert!(raised.generation > mark.generation);
                for (session, generation) in [MINE, OTHER].into_iter().flat_map(|one| (0..14).map(move |n| (one, n))) {
                    prop_assert!(mark.accepts_token(&session, generation) || !raised.accepts_token(&session, generation));
                    prop_assert!(mark.accepts_session(&session, generation) || !raised.accepts_session(&session, generation));
                }
                mark = raised;
            }
        }
    }
}
