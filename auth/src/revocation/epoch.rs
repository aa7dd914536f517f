//! Generations: how a change of password or roles reaches tokens already issued.
//!
//! Every user has a counter. A login reads it *before* it checks the password and writes it into session and token.
//! Whatever must end them increments the counter, so a login that races a password change ends with the rest, without
//! any comparison of timestamps.
//!
//! An epoch holds two numbers because there are two kinds of change. Either *sessions end* (new password, logout
//! everywhere, account disabled), or *tokens become stale* (roles changed): then sessions continue, and a refresh
//! returns current claims. Epochs never expire, because databases reuse ids. A login reads the epoch a second time,
//! after it has stored the session.
//!
//! Raising an epoch only ever takes away. The session that changed its own password is spared only as far as it was
//! valid just before, so a token from before a demotion stays refused (see the property test below). If two sessions
//! change one password at the same time, the first to raise the epoch ends the other, which is then refused before it
//! can end the first.

use serde::{Deserialize, Serialize};

use crate::model::claims::SessionId;
use crate::store::{Record, StoreError};

/// The per-user revocation epoch: which tokens and sessions of a user are still valid.
///
/// Bumping an epoch only revokes: whatever the old epoch refused, the bumped one refuses, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RevocationEpoch {
    /// The user's generation. Access tokens of an earlier generation are stale.
    #[serde(rename = "g")]
    pub(crate) generation: u64,
    /// Sessions of an earlier generation than this have ended.
    #[serde(rename = "s", default)]
    sessions_from: u64,
    /// The exception, if any.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    spared: Option<SparedSession>,
    /// How often the application has said that it wrote the row: other processes drop the row that they have cached when
    /// this rises. Releases before it ignore it, and lose it when they write the epoch, together with a new generation.
    #[serde(rename = "w", default, skip_serializing_if = "is_zero")]
    row_writes: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A session spared by a password change: the one that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SparedSession {
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
pub(crate) enum Bump {
    /// Nothing ends: only cached copies of the row are out of date.
    Row,
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

impl Bump {
    /// Ends every session.
    pub(crate) const ALL: Self = Self::Sessions { except: None };

    /// Returns the same bump, for a second time.
    pub(crate) const fn again(self) -> Self {
        match self {
            Self::Row | Self::Tokens => self,
            Self::Sessions { except } | Self::SessionsAgain { except } => Self::SessionsAgain { except },
        }
    }
}

impl RevocationEpoch {
    /// Returns whether an access token of this session and generation is valid.
    pub(crate) fn accepts_token(&self, session: &SessionId, generation: u64) -> bool {
        generation >= self.generation
            || self.spared_session(session).is_some_and(|spared| generation >= spared.tokens_from)
    }

    /// Returns whether a session of this generation continues.
    pub(crate) fn accepts_session(&self, session: &SessionId, generation: u64) -> bool {
        generation >= self.sessions_from
            || self.spared_session(session).is_some_and(|spared| generation >= spared.session_from)
    }

    /// Returns whether what was issued to the user in this generation, outside of any session, is still good: it ends
    /// when all sessions do.
    pub(crate) const fn accepts_generation(&self, generation: u64) -> bool {
        generation >= self.sessions_from
    }

    /// Whether anything of the user was ever ended.
    pub(super) const fn has_ended_sessions(&self) -> bool {
        self.sessions_from > 0
    }

    fn spared_session(&self, session: &SessionId) -> Option<SparedSession> {
        self.spared.filter(|spared| spared.session == *session)
    }

    /// Returns the session that goes on although it is of an earlier generation.
    pub(super) fn spared(&self) -> Option<SessionId> {
        self.spared.map(|spared| spared.session)
    }

    /// Returns the epoch with everything ended that was issued in a generation below `floor`, whoever the user is.
    pub(crate) fn above(self, floor: u64) -> Self {
        if self.generation >= floor {
            return self;
        }
        Self { generation: floor, sessions_from: floor, spared: None, ..self }
    }

    /// Returns whether this is a later state of the same epoch.
    pub(crate) fn is_later_than(&self, other: &Self) -> bool {
        (self.generation, self.row_writes) > (other.generation, other.row_writes)
    }

    /// Returns the epoch after a change.
    pub(crate) fn bumped(self, bump: Bump) -> Self {
        let generation = self.generation.saturating_add(1);
        let ending = Self { generation, sessions_from: generation, spared: None, ..self };
        match bump {
            Bump::Row => Self { row_writes: self.row_writes.saturating_add(1), ..self },
            Bump::Tokens => Self {
                generation,
                spared: self.spared.map(|spared| SparedSession { tokens_from: generation, ..spared }),
                ..self
            },
            Bump::Sessions { except } => Self { spared: except.map(|session| self.spare(session)), ..ending },
            Bump::SessionsAgain { except } => {
                Self { spared: except.and_then(|session| self.spared_session(&session)), ..ending }
            }
        }
    }

    /// Spares a session to the extent that it is valid now.
    fn spare(&self, session: SessionId) -> SparedSession {
        let now = SparedSession { session, tokens_from: self.generation, session_from: self.sessions_from };
        self.spared_session(&session).unwrap_or(now)
    }

    /// Returns whether the epoch has been bumped in this way since it had that generation.
    pub(crate) fn was_bumped(&self, bump: Bump, since: u64) -> bool {
        match bump {
            // It leaves the generation as it is, so nobody can tell.
            Bump::Row => false,
            Bump::Tokens => self.generation > since,
            Bump::Sessions { except } | Bump::SessionsAgain { except } => {
                self.sessions_from > since && self.spared.is_none_or(|spared| Some(spared.session) == except)
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

    use super::{Bump, RevocationEpoch};
    use crate::model::claims::SessionId;

    const MINE: SessionId = SessionId::from_bytes([1; 32]);
    const OTHER: SessionId = SessionId::from_bytes([2; 32]);

    #[test]
    fn password_change_spares_only_the_session_that_made_it() {
        let epoch = RevocationEpoch::default().bumped(Bump::Sessions { except: Some(MINE) });
        assert!(epoch.accepts_token(&MINE, 0) && epoch.accepts_session(&MINE, 0));
        assert!(!epoch.accepts_token(&OTHER, 0) && !epoch.accepts_session(&OTHER, 0));
        assert!(epoch.accepts_token(&OTHER, 1) && epoch.accepts_session(&OTHER, 1));
    }

    #[test]
    fn changed_roles_make_tokens_stale_and_leave_sessions_alone() {
        let epoch = RevocationEpoch::default().bumped(Bump::Sessions { except: Some(MINE) }).bumped(Bump::Tokens);
        assert!(!epoch.accepts_token(&MINE, 0), "the spared session must refresh, too");
        assert!(epoch.accepts_session(&MINE, 0));
        assert!(!epoch.accepts_session(&OTHER, 0));
    }

    #[test]
    fn written_row_leaves_tokens_and_sessions_alone() {
        let epoch = RevocationEpoch::default().bumped(Bump::Sessions { except: Some(MINE) });
        let written = epoch.bumped(Bump::Row);
        assert!(written.is_later_than(&epoch), "others must notice");
        for (session, generation) in [(&MINE, 0), (&OTHER, 0), (&OTHER, 1)] {
            assert_eq!(written.accepts_token(session, generation), epoch.accepts_token(session, generation));
            assert_eq!(written.accepts_session(session, generation), epoch.accepts_session(session, generation));
        }
        let text = r#"{"g":1,"s":1,"k":{"i":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE","t":0,"s":0}}"#;
        assert_eq!(RevocationEpoch::from_text(text).unwrap(), epoch, "as releases before it write it");
        assert_eq!(epoch.to_text().unwrap(), text);
    }

    #[test]
    fn next_password_change_ends_the_previously_spared_session() {
        let epoch = RevocationEpoch::default().bumped(Bump::Sessions { except: Some(MINE) });
        let epoch = epoch.bumped(Bump::Sessions { except: Some(OTHER) });
        assert!(!epoch.accepts_session(&MINE, 0));
    }

    #[test]
    fn repeated_ending_keeps_the_spared_session_and_revives_none() {
        let (mine, all) = (Bump::Sessions { except: Some(MINE) }, Bump::ALL);
        let again = RevocationEpoch::default().bumped(mine).bumped(mine.again());
        assert!(again.accepts_token(&MINE, 0) && again.accepts_session(&MINE, 0));
        assert!(!again.accepts_token(&OTHER, 1) && !again.accepts_session(&OTHER, 1), "a login in between");
        let again = RevocationEpoch::default().bumped(mine).bumped(all).bumped(mine.again());
        assert!(!again.accepts_token(&MINE, 0) && !again.accepts_session(&MINE, 0), "logged out in between");
        let again = RevocationEpoch::default().bumped(mine).bumped(Bump::Tokens).bumped(mine.again());
        assert!(!again.accepts_token(&MINE, 0) && again.accepts_session(&MINE, 0), "its role was changed in between");
        let again = RevocationEpoch::default().bumped(all).bumped(mine).bumped(all.again());
        assert!(!again.accepts_token(&MINE, 0) && !again.accepts_session(&MINE, 0), "spared by somebody else");
    }

    #[test]
    fn an_epoch_bumped_in_another_way_was_not_bumped() {
        let (mine, all) = (Bump::Sessions { except: Some(MINE) }, Bump::ALL);
        let epoch = RevocationEpoch::default().bumped(all);
        assert!(epoch.was_bumped(all, 0) && epoch.was_bumped(Bump::Tokens, 0));
        assert!(!epoch.was_bumped(all, 1) && !epoch.was_bumped(Bump::Tokens, 1));
        let epoch = epoch.bumped(Bump::Tokens);
        assert!(epoch.was_bumped(Bump::Tokens, 1) && !epoch.was_bumped(all, 1));
        let epoch = epoch.bumped(mine);
        assert!(epoch.was_bumped(mine.again(), 2) && !epoch.was_bumped(all, 2), "one session goes on");
    }

    #[test]
    fn floor_ends_earlier_sessions_and_no_later_ones() {
        let spared = RevocationEpoch::default().bumped(Bump::Sessions { except: Some(MINE) });
        for epoch in [RevocationEpoch::default(), spared] {
            let ended = epoch.above(1_000);
            assert!(!ended.accepts_token(&MINE, 999) && !ended.accepts_session(&MINE, 999));
            assert!(ended.accepts_token(&MINE, 1_000) && ended.accepts_session(&MINE, 1_000));
            let raised = ended.bumped(Bump::Tokens);
            assert!(raised.accepts_session(&MINE, 1_000) && !raised.accepts_session(&MINE, 999));
            assert_eq!(raised.above(1_000), raised, "an epoch raised since is not ended again");
        }
    }

    fn bumps() -> impl Strategy<Value = Bump> {
        let except = || proptest::option::of(prop::sample::select(vec![MINE, OTHER]));
        prop_oneof![
            Just(Bump::Row),
            Just(Bump::Tokens),
            except().prop_map(|except| Bump::Sessions { except }),
            except().prop_map(|except| Bump::SessionsAgain { except }),
        ]
    }

    proptest! {
        /// Not even tokens from before the session lost its roles become valid again.
        #[test]
        fn bumping_an_epoch_never_revives_what_was_revoked(bumps in prop::collection::vec(bumps(), 1..12)) {
            let mut epoch = RevocationEpoch::default();
            for bump in bumps {
                let raised = epoch.bumped(bump);
                prop_assert!(raised.is_later_than(&epoch) && !epoch.is_later_than(&raised));
                prop_assert_eq!(raised.generation > epoch.generation, bump != Bump::Row);
                for (session, generation) in [MINE, OTHER].into_iter().flat_map(|one| (0..14).map(move |n| (one, n))) {
                    prop_assert!(epoch.accepts_token(&session, generation) || !raised.accepts_token(&session, generation));
                    prop_assert!(epoch.accepts_session(&session, generation) || !raised.accepts_session(&session, generation));
                }
                epoch = raised;
            }
        }
    }
}
