//! What a fuzzer asks about mailed links, codes and handles.

use std::sync::Arc;
use std::time::Duration;

use super::{MailPurpose, MailToken, MailTokens, OUTLIVES_BY, TokenText, id_in};
use crate::base::clock::{SystemClock, Timestamp};
use crate::base::random::OsRandom;
use crate::base::secret::Secret;
use crate::keys::{IssuedAs, KeyPlan, KeySet};
use crate::model::claims::StoreId;
use crate::model::event::{Observers, Reporter};
use crate::model::interned_name::Name;
use crate::model::user::AuthUser;
use crate::store::{Erased, MemoryRecords, Record};
use crate::token::access::{AccessTokens, Rules};
use crate::token::store_claim::OwnStore;

const TEXTS: [TokenText; 3] = [TokenText::Link, TokenText::FormerLink, TokenText::Handle];

/// What was mailed for one sign-in, before and after the secret was changed.
#[allow(missing_debug_implementations, reason = "holds keys")]
pub struct Mailed<U: AuthUser> {
    tokens: MailTokens<U>,
    token: MailToken,
    /// Everything that opens it, by what it is shown as.
    pub texts: Vec<(usize, String)>,
    /// Its codes.
    pub codes: Vec<String>,
}

impl<U: AuthUser> Mailed<U> {
    /// With a secret, and those before it; `None` if they are none.
    #[must_use]
    pub fn new(secret: &str, former: &[&str]) -> Option<Self> {
        let name = || Name::remembered("User");
        let issued_as = IssuedAs { issuer: name(), audience: name(), client_id: None };
        let plan = Arc::new(KeyPlan::secret_only(issued_as));
        let former: Vec<Secret> = former.iter().map(|text| Secret::new(*text)).collect::<Result<_, _>>().ok()?;
        let keys = KeySet::new(&Secret::new(secret).ok()?, &former, "User:users", plan).ok()?;
        let rules = Rules { ttl: Duration::from_mins(15), leeway: Duration::from_secs(5) };
        let store = OwnStore::new(StoreId::from_bytes([7; 12]), Timestamp::from_secs(0));
        let tokens = MailTokens {
            address_key: zeroize::Zeroizing::new([7; 32]),
            records: Arc::new(Erased(MemoryRecords::new())),
            kind: "User:users.mail_token".to_owned(),
            keys: Arc::new(AccessTokens::new(keys, store, rules, 1 << 16)),
            reporter: Reporter::new(Arc::new(SystemClock), Observers::default()),
            random: Arc::new(OsRandom),
        };
        let value = serde_json::json!({ "p": MailPurpose::SignIn.name(), "a": "address", "g": 3, "n": 5 }).to_string();
        let (key, expires_at) = ("AAECAwQFBgcICQoLDA0ODw".to_owned(), Timestamp::from_secs(1000) + OUTLIVES_BY);
        let (kind, owner, changed_at) = (tokens.kind.clone(), "1".to_owned(), Timestamp::default());
        let token = MailToken::read(Record { kind, key, owner, value, version: 1, expires_at, changed_at })?;
        let (texts, codes) = tokens.keys.with_keys(|keys| {
            let texts = keys.mail.iter().flat_map(|key| {
                let text =
                    |(which, shown): (usize, TokenText)| (which, spelled(&token, &*token.mac(key, shown.name())));
                TEXTS.into_iter().enumerate().map(text).collect::<Vec<_>>()
            });
            (texts.collect(), keys.mail.iter().map(|key| format!("{:08}", token.code(key))).collect())
        });
        Some(Self { tokens, token, texts, codes })
    }

    /// Returns what is shown as this now.
    #[must_use]
    pub fn shown(&self, which: usize) -> Option<String> {
        TEXTS.get(which).map(|shown| self.tokens.text(&self.token, *shown))
    }

    /// Whether the text is what is shown as this.
    #[must_use]
    pub fn opens(&self, which: usize, text: &str) -> bool {
        TEXTS.get(which).is_some_and(|shown| self.tokens.is_text(&self.token, *shown, text))
    }

    /// Whether what was typed is its code.
    #[must_use]
    pub fn is_code(&self, typed: &str) -> bool {
        self.tokens.is_code(&self.token, typed)
    }
}

fn spelled(token: &MailToken, mac: &[u8]) -> String {
    use base64ct::{Base64UrlUnpadded, Encoding};
    let id = Base64UrlUnpadded::decode_vec(&token.record.key).unwrap_or_default();
    Base64UrlUnpadded::encode_string(&[&id, mac].concat())
}

/// Returns the id in the text of a link or handle: that of the record which is looked up.
#[must_use]
pub fn token_id(text: &str) -> Option<String> {
    id_in(text)
}
