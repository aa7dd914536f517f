//! Challenges (`WebAuthn` §13.4.3): random, good for minutes, for one ceremony, and once.
//!
//! Whoever opens a page with a form to sign in asks for one, so nothing is written when a challenge is made: it is a time
//! and random bytes with their MAC, which binds them to what they are for. It is used up *before* anything else of an answer
//! is looked at, by inserting its hash, so a ceremony that fails cannot be tried again with the same challenge, and of many
//! answers at once one is looked at.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::base::clock::Timestamp;
use crate::base::random::{Random, RandomError, random};
use crate::base::secret::same_bytes;
use crate::keys::hmac_sha256;
use crate::model::claims::SessionId;
use crate::store::{DynRecords, Record, StoreError};

/// How long a challenge is good. A page may ask for it as it loads and offer passkeys in the field of the user name
/// ("conditional mediation"), so it outlives the time of the dialog.
const LIFE: Duration = Duration::from_mins(10);
/// That of the other ceremonies, which begin at a button.
const SHORT_LIFE: Duration = Duration::from_mins(5);
/// How much faster the clock of another instance may be.
const LEEWAY: Duration = Duration::from_mins(1);

const TIME: usize = 8;
const RANDOM: usize = 16;
const MAC: usize = 32;
/// The length of a challenge.
const LENGTH: usize = TIME + RANDOM + MAC;

/// What a challenge is for. One made for something else is worthless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose<'a> {
    /// The session of a user adds a passkey.
    Register { owner: &'a str, session: SessionId },
    /// Somebody signs in; the passkey says who.
    SignIn,
    /// The session of a user becomes fresh.
    Reauthenticate { owner: &'a str, session: SessionId },
    /// A sign-in (or a reauthentication) of a user that has begun goes on.
    Step { owner: &'a str, sign_in: &'a str },
    /// A sign-in of a user adds a passkey.
    Enrol { owner: &'a str, sign_in: &'a str },
}

impl Purpose<'_> {
    const fn life(self) -> Duration {
        match self {
            Self::SignIn => LIFE,
            Self::Register { .. } | Self::Reauthenticate { .. } | Self::Step { .. } | Self::Enrol { .. } => SHORT_LIFE,
        }
    }

    /// Returns what the MAC is over, besides the challenge. No purpose begins as another one does, and what has no fixed
    /// length is last.
    fn mac(self, key: &[u8; 32], time: [u8; TIME], random: [u8; RANDOM]) -> Zeroizing<[u8; MAC]> {
        let session_text;
        let (label, session, who) = match self {
            Self::Register { owner, session } => {
                session_text = session.to_string();
                (b"register......", session_text.as_str(), owner)
            }
            Self::SignIn => (b"sign-in.......", "", ""),
            Self::Reauthenticate { owner, session } => {
                session_text = session.to_string();
                (b"reauthenticate", session_text.as_str(), owner)
            }
            Self::Step { owner, sign_in } => (b"step..........", sign_in, owner),
            Self::Enrol { owner, sign_in } => (b"enrol.........", sign_in, owner),
        };
        hmac_sha256(key, &[label, &time, &random, session.as_bytes(), who.as_bytes()])
    }
}

/// A challenge that is good, until it is [spent](Challenges::spend).
#[derive(Debug)]
pub(super) struct OpenChallenge {
    key: String,
    expires_at: Timestamp,
}

/// Makes challenges and knows them again.
pub(super) struct Challenges {
    key: Zeroizing<[u8; 32]>,
    /// The kind of record that says that one was used.
    kind: String,
}

impl Challenges {
    pub(super) const fn new(key: Zeroizing<[u8; 32]>, kind: String) -> Self {
        Self { key, kind }
    }

    pub(super) fn make(
        &self,
        purpose: Purpose<'_>,
        now: Timestamp,
        source: &dyn Random,
    ) -> Result<[u8; LENGTH], RandomError> {
        let (time, random) = (now.as_millis().to_be_bytes(), random::<RANDOM>(source)?);
        let mac = purpose.mac(&self.key, time, random);
        let mut challenge = [0; LENGTH];
        let bytes = time.iter().chain(&random).chain(mac.iter());
        challenge.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        Ok(challenge)
    }

    /// Returns the challenge if it was made here for this purpose, and has not expired.
    pub(super) fn open(&self, purpose: Purpose<'_>, challenge: &[u8], now: Timestamp) -> Option<OpenChallenge> {
        let (time, rest) = challenge.split_first_chunk::<TIME>()?;
        let (random, mac) = rest.split_first_chunk::<RANDOM>()?;
        if !same_bytes(&*purpose.mac(&self.key, *time, *random), mac) {
            return None;
        }
        let made = Timestamp::from_millis(u64::from_be_bytes(*time));
        let expires_at = made + purpose.life();
        let is_good = now < expires_at && made <= now + LEEWAY;
        is_good.then(|| OpenChallenge { key: URL_SAFE_NO_PAD.encode(Sha256::digest(challenge)), expires_at })
    }

    /// Uses the challenge up. Returns whether nobody had.
    pub(super) async fn spend(
        &self,
        records: &dyn DynRecords,
        challenge: OpenChallenge,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let record = Record {
            kind: self.kind.clone(),
            key: challenge.key,
            owner: String::new(),
            value: String::new(),
            version: 1,
            // A clock that is slow must not forget it while the challenge is still good there.
            expires_at: challenge.expires_at + LEEWAY + LEEWAY,
            changed_at: now,
        };
        records.insert(&record).await
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::{Challenges, LIFE, Purpose, SHORT_LIFE};
    use crate::base::clock::Timestamp;
    use crate::base::random::OsRandom;
    use crate::model::claims::SessionId;

    const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
    const SIGN_IN: &str = "AAAAAAAAAAAAAAAAAAAAAA";

    fn challenges(key: u8) -> Challenges {
        Challenges::new(Zeroizing::new([key; 32]), "test".into())
    }

    fn session(byte: u8) -> SessionId {
        base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, [byte; 32]).parse().unwrap()
    }

    #[test]
    fn pk_02_a_challenge_is_for_one_purpose_and_owner() {
        let challenges = challenges(1);
        let purposes = [
            Purpose::SignIn,
            Purpose::Register { owner: "1", session: session(1) },
            Purpose::Register { owner: "2", session: session(1) },
            Purpose::Register { owner: "1", session: session(2) },
            Purpose::Reauthenticate { owner: "1", session: session(1) },
            Purpose::Step { owner: "1", sign_in: SIGN_IN },
            Purpose::Step { owner: "2", sign_in: SIGN_IN },
            Purpose::Step { owner: "1", sign_in: "BBBBBBBBBBBBBBBBBBBBBB" },
            Purpose::Enrol { owner: "1", sign_in: SIGN_IN },
        ];
        for made_for in purposes {
            let challenge = challenges.make(made_for, NOW, &OsRandom).unwrap();
            assert_ne!(challenge, challenges.make(made_for, NOW, &OsRandom).unwrap());
            for used_for in purposes {
                let opened = challenges.open(used_for, &challenge, NOW);
                assert_eq!(opened.is_some(), made_for == used_for, "{made_for:?} for {used_for:?}");
            }
            assert!(
                super::Challenges::new(Zeroizing::new([2; 32]), "test".into())
                    .open(made_for, &challenge, NOW)
                    .is_none()
            );
        }
    }

    #[test]
    fn pk_01_a_challenge_expires() {
        let challenges = challenges(1);
        let step = Purpose::Reauthenticate { owner: "1", session: session(1) };
        for (purpose, life) in [(Purpose::SignIn, LIFE), (step, SHORT_LIFE)] {
            let challenge = challenges.make(purpose, NOW, &OsRandom).unwrap();
            let last = Timestamp::from_millis((NOW + life).as_millis() - 1);
            assert!(challenges.open(purpose, &challenge, last).is_some());
            assert!(challenges.open(purpose, &challenge, NOW + life).is_none());
            let early = |seconds| Timestamp::from_secs(NOW.as_secs() - seconds);
            assert!(challenges.open(purpose, &challenge, early(60)).is_some());
            assert!(challenges.open(purpose, &challenge, early(61)).is_none());
        }
    }

    #[test]
    fn pk_01_every_bit_of_a_challenge_counts() {
        let challenges = challenges(1);
        let challenge = challenges.make(Purpose::SignIn, NOW, &OsRandom).unwrap();
        for bit in 0..challenge.len() * 8 {
            let mut flipped = challenge;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(challenges.open(Purpose::SignIn, &flipped, NOW).is_none(), "{bit}");
        }
        for length in 0..challenge.len() {
            assert!(challenges.open(Purpose::SignIn, &challenge[..length], NOW).is_none());
        }
        assert!(challenges.open(Purpose::SignIn, &[&challenge[..], &[0]].concat(), NOW).is_none());
    }
}
