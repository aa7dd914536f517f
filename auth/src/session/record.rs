//! A session: one record, one refresh family.
//!
//! An access token expires with its session at the latest: `exp` is the earlier of `access_ttl` and the end of the
//! session, by idleness or by its absolute limit, as known when the token is issued.

use std::net::IpAddr;
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::refresh_token::Ratchet;
use crate::base::clock::Timestamp;
use crate::model::claims::{Amr, RowStamp, SessionId};
use crate::model::client_info::ClientInfo;
use crate::store::{Record, StoreError};
use crate::token::access::Grant;

/// A session as the library works with it.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    /// The user's id as text.
    pub(crate) user: String,
    pub(crate) ratchet: Ratchet,
    pub(crate) created_at: Timestamp,
    pub(crate) last_used_at: Timestamp,
    /// When the user last proved their identity, as strongly as at the login. A refresh never moves it (REF-13).
    pub(crate) auth_time: Timestamp,
    pub(crate) amr: Amr,
    pub(crate) generation: u64,
    pub(crate) client: ClientInfo,
    /// Tells the user's row from a later one with the same id.
    pub(crate) row: Option<RowStamp>,
    /// When the token of the former auth expires that the session belongs to: it has no refresh token, and nobody has
    /// signed in.
    pub(crate) former: Option<Timestamp>,
    /// The session has ended, and its record is about to be deleted; that of a former token stays until that expires.
    pub(crate) ended: bool,
    /// The version of the record that this was read from.
    version: i64,
}

/// How long sessions live.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetimes {
    /// Without a refresh.
    pub(crate) idle: Duration,
    /// In total, from the login.
    pub(crate) absolute: Duration,
    /// Until when tokens of the former auth are accepted. The epoch if they are not.
    pub(crate) former_until: Timestamp,
}

/// How much longer than a former token lives the record of its session is kept, so that an instance whose clock is or was
/// hours ahead does not purge what says that it has ended.
const KEPT_LONGER: Duration = Duration::from_hours(25);
/// The last time that every store takes.
const LATEST: Timestamp = Timestamp::from_millis(i64::MAX.unsigned_abs());

/// The value of the record. Field names are short because there is one record per session.
#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(rename = "h", serialize_with = "to_text", deserialize_with = "from_text")]
    current: [u8; 32],
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    parent: Option<StoredParent>,
    #[serde(rename = "t")]
    rotated_at: u64,
    #[serde(rename = "c")]
    created_at: u64,
    #[serde(rename = "u")]
    last_used_at: u64,
    /// Without it, the session is never fresh.
    #[serde(rename = "a", default)]
    auth_time: u64,
    #[serde(default)]
    amr: Amr,
    #[serde(rename = "g")]
    generation: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ip: Option<IpAddr>,
    #[serde(rename = "ua", default, skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    row: Option<RowStamp>,
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    former: Option<u64>,
    #[serde(rename = "e", default, skip_serializing_if = "std::ops::Not::not")]
    ended: bool,
}

#[derive(Serialize, Deserialize)]
struct StoredParent {
    #[serde(rename = "h", serialize_with = "to_text", deserialize_with = "from_text")]
    hash: [u8; 32],
    #[serde(rename = "n", serialize_with = "to_text", deserialize_with = "from_text")]
    nonce: [u8; 16],
}

impl Session {
    /// Creates a session that begins now.
    pub(crate) fn begin(
        id: SessionId,
        user: String,
        ratchet: Ratchet,
        amr: Amr,
        generation: u64,
        client: ClientInfo,
    ) -> Self {
        let now = ratchet.rotated_at;
        Self {
            id,
            user,
            ratchet,
            created_at: now,
            last_used_at: now,
            auth_time: now,
            amr,
            generation,
            client,
            row: None,
            former: None,
            ended: false,
            version: 1,
        }
    }

    /// Creates a session that begins now for somebody who presents a token of the former auth. It has no refresh token:
    /// no secret has a hash of zeros. When and how its user signed in, nobody knows.
    pub(crate) fn begin_former(
        id: SessionId,
        user: String,
        generation: u64,
        token_expires_at: Timestamp,
        (client, now): (ClientInfo, Timestamp),
    ) -> Self {
        let ratchet = Ratchet { current: [0; 32], parent: None, rotated_at: now };
        let session = Self::begin(id, user, ratchet, Amr::default(), generation, client);
        Self { auth_time: Timestamp::default(), former: Some(token_expires_at), ..session }
    }

    /// Returns when it ends unless it is refreshed before: the earlier of the idle and the absolute limit, and for a token
    /// of the former auth when that ends.
    pub(crate) fn expires_at(&self, lifetimes: Lifetimes) -> Timestamp {
        let end = (self.last_used_at + lifetimes.idle).min(self.created_at + lifetimes.absolute);
        self.former.map_or(end, |token| end.min(token).min(lifetimes.former_until))
    }

    /// Returns what its access tokens say.
    pub(crate) fn grant(&self, lifetimes: Lifetimes) -> Grant {
        Grant {
            session: self.id,
            auth_time: self.auth_time,
            amr: self.amr.clone(),
            generation: self.generation,
            ends_at: self.expires_at(lifetimes),
        }
    }

    pub(crate) fn to_record(&self, kind: &str, lifetimes: Lifetimes, now: Timestamp) -> Result<Record, StoreError> {
        let stored = Stored {
            current: self.ratchet.current,
            parent: self.ratchet.parent.map(|(hash, nonce)| StoredParent { hash, nonce }),
            rotated_at: self.ratchet.rotated_at.as_millis(),
            created_at: self.created_at.as_millis(),
            last_used_at: self.last_used_at.as_millis(),
            auth_time: self.auth_time.as_millis(),
            amr: self.amr.clone(),
            generation: self.generation,
            ip: self.client.ip,
            user_agent: self.client.user_agent.clone(),
            row: self.row,
            former: self.former.map(Timestamp::as_millis),
            ended: self.ended,
        };
        Ok(Record {
            kind: kind.to_owned(),
            key: self.id.to_string(),
            owner: self.user.clone(),
            value: serde_json::to_string(&stored).map_err(StoreError::corrupt)?,
            version: self.version,
            // What the record of a former token says must be known for as long as that could be presented.
            expires_at: self
                .former
                .map_or_else(|| self.expires_at(lifetimes), |token| (token + KEPT_LONGER).min(LATEST)),
            changed_at: now,
        })
    }

    pub(crate) fn from_record(record: Record) -> Result<Self, StoreError> {
        let stored: Stored = serde_json::from_str(&record.value).map_err(StoreError::corrupt)?;
        Ok(Self {
            id: record.key.parse().map_err(StoreError::corrupt)?,
            user: record.owner,
            ratchet: Ratchet {
                current: stored.current,
                parent: stored.parent.map(|parent| (parent.hash, parent.nonce)),
                rotated_at: Timestamp::from_millis(stored.rotated_at),
            },
            created_at: Timestamp::from_millis(stored.created_at),
            last_used_at: Timestamp::from_millis(stored.last_used_at),
            auth_time: Timestamp::from_millis(stored.auth_time),
            amr: stored.amr,
            generation: stored.generation,
            client: ClientInfo::stored(stored.ip, stored.user_agent),
            row: stored.row,
            former: stored.former.map(Timestamp::from_millis),
            ended: stored.ended,
            version: record.version,
        })
    }
}

fn to_text<const N: usize, S: Serializer>(bytes: &[u8; N], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&Base64UrlUnpadded::encode_string(bytes))
}

fn from_text<'de, const N: usize, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; N], D::Error> {
    let text = String::deserialize(deserializer)?;
    let bytes = Base64UrlUnpadded::decode_vec(&text).map_err(serde::de::Error::custom)?;
    bytes.try_into().map_err(|_| serde::de::Error::custom("wrong length"))
}
