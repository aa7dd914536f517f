//! A passkey authenticator without hardware and browser: it answers options as a page would send it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::fail;
use crate::base::random::{OsRandom, random};
use crate::keys::Es256KeyPair;

/// Flags of authenticator data (`WebAuthn` §6.1).
const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const CREDENTIAL: u8 = 1 << 6;

/// An authenticator in software, with the browser around it: it makes passkeys, keeps them, and signs with them.
///
/// It verifies its user, and is bound to one device, unless said otherwise.
///
/// ```
/// use auth::testing::SoftwareAuthenticator;
///
/// let mut device = SoftwareAuthenticator::at("https://app.example").synced();
/// // let credential = device.create(&options);  // for `POST /factors/passkeys`
/// // let credential = device.get(&options);     // for `POST /sign-in/passkey`
/// # let _ = &mut device;
/// ```
pub struct SoftwareAuthenticator {
    origin: String,
    passkeys: Vec<Passkey>,
    flags: u8,
    counts: bool,
}

struct Passkey {
    id: Vec<u8>,
    rp_id: String,
    user_handle: String,
    keys: Es256KeyPair,
    sign_count: u32,
}

/// What is signed.
pub(crate) struct Draft {
    pub(crate) client_data: Value,
    pub(crate) data: Vec<u8>,
}

impl SoftwareAuthenticator {
    /// Creates one without passkeys, in a browser that shows pages of this origin.
    #[must_use]
    pub fn at(origin: impl Into<String>) -> Self {
        Self { origin: origin.into(), passkeys: Vec::new(), flags: USER_PRESENT | USER_VERIFIED, counts: true }
    }

    /// Makes its passkeys such that are synchronized between devices, as most are. It does not count signatures then,
    /// because copies of a key have no counter in common.
    #[must_use]
    pub fn synced(mut self) -> Self {
        self.flags |= BACKUP_ELIGIBLE | BACKED_UP;
        self.counts = false;
        self
    }

    /// Makes it count signatures, also if its passkeys are synchronized: some managers of passkeys do.
    #[must_use]
    pub fn counting(mut self) -> Self {
        self.counts = true;
        self
    }

    /// Makes it answer without having verified its user. The library refuses that.
    #[must_use]
    pub fn without_user_verification(mut self) -> Self {
        self.flags &= !USER_VERIFIED;
        self
    }

    /// Makes a passkey: what `navigator.credentials.create` does with these options. Returns the credential as the page
    /// sends it.
    ///
    /// # Panics
    /// If the options are malformed, or exclude a passkey that is there.
    pub fn create(&mut self, options: &Value) -> Value {
        self.create_with(options, |_| ())
    }

    /// Signs in with a passkey: what `navigator.credentials.get` does with these options. It takes the newest that the
    /// options allow.
    ///
    /// # Panics
    /// If there is none, or the options are malformed.
    pub fn get(&mut self, options: &Value) -> Value {
        self.get_with(options, |_| ())
    }

    /// Forgets its passkeys, as a lost device does.
    pub fn lose_passkeys(&mut self) {
        self.passkeys.clear();
    }

    /// Makes a passkey, and changes what is signed.
    pub(crate) fn create_with(&mut self, options: &Value, change: impl FnOnce(&mut Draft)) -> Value {
        let rp_id = text(options, "/rp/id");
        for excluded in list(options, "/excludeCredentials") {
            let id = bytes(&text(&excluded, "/id"));
            if self.passkeys.iter().any(|passkey| passkey.id == id) {
                fail(format_args!("the authenticator has a passkey that the options exclude"));
            }
        }
        if !list(options, "/pubKeyCredParams").iter().any(|param| param.pointer("/alg") == Some(&json!(-7))) {
            fail(format_args!("the options do not offer ES256, the one algorithm of this authenticator"));
        }
        let Some(keys) = Es256KeyPair::generate() else { fail(format_args!("no key could be made")) };
        let id = some(random::<32>(&OsRandom).ok()).to_vec();
        let cose = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32], &*keys.x, &[0x22, 0x58, 32], &keys.y].concat();
        let credential = [&[0; 16][..], &[0, 32], &id, &cose].concat();
        let mut draft = self.draft("webauthn.create", options, &rp_id, self.flags | CREDENTIAL, 0);
        draft.data.extend(credential);
        change(&mut draft);
        let passkey = Passkey { id, rp_id, user_handle: text(options, "/user/id"), keys, sign_count: 0 };
        let object = attestation_object(&draft.data);
        let answer = json!({
            "id": encoded(&passkey.id), "rawId": encoded(&passkey.id), "type": "public-key",
            "authenticatorAttachment": "platform", "clientExtensionResults": {},
            "response": { "clientDataJSON": encoded(draft.client_data.to_string().as_bytes()),
                "attestationObject": encoded(&object), "transports": ["internal"] },
        });
        self.passkeys.push(passkey);
        answer
    }

    /// Signs, after a change of what is signed.
    pub(crate) fn get_with(&mut self, options: &Value, change: impl FnOnce(&mut Draft)) -> Value {
        let rp_id = text(options, "/rpId");
        let allowed: Vec<_> = list(options, "/allowCredentials").iter().map(|one| bytes(&text(one, "/id"))).collect();
        let fits = |passkey: &Passkey| passkey.rp_id == rp_id && (allowed.is_empty() || allowed.contains(&passkey.id));
        let Some(place) = self.passkeys.iter().rposition(fits) else {
            fail(format_args!("the authenticator has no passkey that the options allow"))
        };
        let passkey = some(self.passkeys.get_mut(place));
        passkey.sign_count += u32::from(self.counts);
        let sign_count = passkey.sign_count;
        let mut draft = self.draft("webauthn.get", options, &rp_id, self.flags, sign_count);
        change(&mut draft);
        let passkey = some(self.passkeys.get(place));
        let client_data = draft.client_data.to_string();
        let signed = [&*draft.data, &Sha256::digest(&client_data)].concat();
        json!({
            "id": encoded(&passkey.id), "rawId": encoded(&passkey.id), "type": "public-key",
            "authenticatorAttachment": "platform", "clientExtensionResults": {},
            "response": { "clientDataJSON": encoded(client_data.as_bytes()), "authenticatorData": encoded(&draft.data),
                "signature": encoded(&some(passkey.keys.sign(&signed))), "userHandle": passkey.user_handle },
        })
    }

    fn draft(&self, kind: &str, options: &Value, rp_id: &str, flags: u8, sign_count: u32) -> Draft {
        let client_data = json!({ "type": kind, "challenge": text(options, "/challenge"), "origin": self.origin,
            "crossOrigin": false });
        let data = [&*Sha256::digest(rp_id), &[flags], &sign_count.to_be_bytes()].concat();
        Draft { client_data, data }
    }
}

/// Without keys.
impl std::fmt::Debug for SoftwareAuthenticator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let passkeys = self.passkeys.len();
        f.debug_struct("SoftwareAuthenticator")
            .field("origin", &self.origin)
            .field("passkeys", &passkeys)
            .finish_non_exhaustive()
    }
}

/// `{"fmt": "none", "attStmt": {}, "authData": …}` in CBOR.
fn attestation_object(data: &[u8]) -> Vec<u8> {
    let length = some(u16::try_from(data.len()).ok()).to_be_bytes();
    let head =
        if data.len() < 256 { vec![0x58, some(length.last().copied())] } else { [&[0x59][..], &length].concat() };
    [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData", &*head, data].concat()
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn bytes(text: &str) -> Vec<u8> {
    some(URL_SAFE_NO_PAD.decode(text).ok())
}

fn text(json: &Value, pointer: &str) -> String {
    match json.pointer(pointer).and_then(Value::as_str) {
        Some(text) => text.to_owned(),
        None => fail(format_args!("the options have no `{pointer}`: {json}")),
    }
}

fn list(json: &Value, pointer: &str) -> Vec<Value> {
    json.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn some<T>(value: Option<T>) -> T {
    match value {
        Some(value) => value,
        None => fail(format_args!("the authenticator cannot answer: the options are malformed")),
    }
}
