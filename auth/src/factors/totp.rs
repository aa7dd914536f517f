//! One-time codes of an authenticator app (TOTP, RFC 6238): SHA-1, six digits, 30 seconds, which is what all apps do.
//!
//! A code of the step before and of the step after is right, too (RFC 6238 §5.2 recommends at most one step for the
//! delay; clocks of phones are ahead as well). The time is that of this handle's clock; no request has a say in it.

use std::fmt;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;

use super::account_factors::{AccountFactors, Nonce, PendingTotp, StoredTotp};
use super::{FactorOwner, Factors};
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::keys::{FactorKeys, hmac_sha256};
use crate::model::claims::SessionId;

/// How long an app may be confirmed after it was set up.
const PENDING_LIFE: Duration = Duration::from_mins(10);
const STEP_SECONDS: u64 = 30;
const DIGITS: usize = 6;
/// The length of a seed that RFC 4226 §4 recommends.
const SEED_BYTES: usize = 20;
/// What stays as it is in a URI.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An authenticator app that is being set up. It counts once it is [confirmed](crate::Auth::confirm_totp).
#[derive(Clone)]
#[non_exhaustive]
pub struct TotpEnrolment {
    /// The secret, in base32, for people who type it.
    pub secret: String,
    /// `otpauth://totp/…`, for a link that opens the app.
    pub uri: String,
    /// The same as a picture that the app reads: an SVG.
    pub qr_svg: String,
    /// How long it can be confirmed.
    pub expires_in: Duration,
}

/// Without the secret.
impl fmt::Debug for TotpEnrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TotpEnrolment").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

impl Factors {
    /// Begins to set an app up. The session that asks again meanwhile gets the same secret: a page that is loaded twice
    /// must not make the first picture worthless. `None` if the account has an app already, unless this one may replace it,
    /// once it is confirmed.
    pub(crate) async fn begin_totp(
        &self,
        owner: &FactorOwner,
        session: SessionId,
        account: &str,
        may_replace: bool,
    ) -> Result<Option<TotpEnrolment>, AuthError> {
        let (nonce, now) = (Nonce(self.nonce().map_err(AuthError::internal)?), self.now());
        let begun = self.change(owner, |factors| {
            if factors.totp.is_some() && !may_replace {
                return None;
            }
            let pending = factors.pending_totp.take().filter(|pending| pending.is_of(session, now));
            let until = (now + PENDING_LIFE).as_millis();
            Some(factors.pending_totp.insert(pending.unwrap_or(PendingTotp { nonce, session, until })).clone())
        });
        let Some(pending) = begun.await? else { return Ok(None) };
        let secret = Secret::new_stack(*seed(&self.keys, &owner.id, pending.nonce)).to_base32();
        let uri = uri(self.settings.issuer.as_deref().unwrap_or_default(), account, &secret);
        let qr_svg = qr_svg(&uri)?;
        let expires_in = Timestamp::from_millis(pending.until).since(now);
        Ok(Some(TotpEnrolment { secret, uri, qr_svg, expires_in }))
    }

    /// Whether the code is one of the app that the session sets up, and nothing is changed by that.
    pub(crate) async fn would_confirm_totp(
        &self,
        owner: &FactorOwner,
        session: SessionId,
        code: &str,
    ) -> Result<bool, AuthError> {
        let factors = self.of(owner).await?;
        Ok(self.confirmed(&factors, owner, session, code).is_some())
    }

    /// Confirms the app that the session sets up with a code of it, and makes the recovery codes of the account. `None` if
    /// the code is wrong, or nothing is being set up (any more). The code is used up.
    pub(crate) async fn confirm_totp(
        &self,
        owner: &FactorOwner,
        session: SessionId,
        code: &str,
    ) -> Result<Option<Vec<String>>, AuthError> {
        let recovery = Nonce(self.nonce().map_err(AuthError::internal)?);
        let confirmed = self.change(owner, |factors| {
            factors.totp = Some(self.confirmed(factors, owner, session, code)?);
            (factors.pending_totp, factors.device_epoch) = (None, None);
            Some(factors.regenerate_recovery_codes(&self.keys, &owner.id, recovery))
        });
        Ok(confirmed.await?)
    }

    fn confirmed(
        &self,
        factors: &AccountFactors,
        owner: &FactorOwner,
        session: SessionId,
        code: &str,
    ) -> Option<StoredTotp> {
        let now = self.now();
        let PendingTotp { nonce, .. } = factors.pending_totp.clone().filter(|pending| pending.is_of(session, now))?;
        let step = right_step(&*seed(&self.keys, &owner.id, nonce), code, now)?;
        Some(StoredTotp { nonce, step, sealed_seed: None })
    }

    /// Uses a code of the app up. Returns whether it was right.
    pub(crate) async fn use_totp(&self, owner: &FactorOwner, code: &str) -> Result<bool, AuthError> {
        let now = self.now();
        let used = self.change(owner, |factors| {
            let totp = factors.totp.as_mut()?;
            let step = right_step(&totp.seed(&self.keys, &owner.id)?, code, now).filter(|step| *step > totp.step)?;
            totp.step = step;
            Some(())
        });
        Ok(used.await?.is_some())
    }
}

impl StoredTotp {
    /// Returns the seed of the app. A sealed one that does not open belongs to another account or was changed: it has no
    /// right code.
    fn seed(&self, keys: &FactorKeys, owner: &str) -> Option<Zeroizing<Vec<u8>>> {
        let Some(sealed) = &self.sealed_seed else {
            return Some(Zeroizing::new(seed(keys, owner, self.nonce).to_vec()));
        };
        let opened = keys.imported_totp.open(owner, sealed);
        if opened.is_none() {
            tracing::error!(target: "auth::store", user = owner,
                "the imported secret of an authenticator app cannot be opened: none of its codes is right");
        }
        opened
    }
}

impl PendingTotp {
    fn is_of(&self, session: SessionId, now: Timestamp) -> bool {
        self.session == session && now.as_millis() < self.until
    }
}

/// Returns the latest step of which this is the code, if it is a code of now. All are compared, in constant time, so
/// that time says nothing about which it was.
fn right_step(seed: &[u8], typed: &str, now: Timestamp) -> Option<u64> {
    let digits: String = typed.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}')).take(DIGITS + 1).collect();
    if digits.len() != DIGITS || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (totp, now) = (totp(seed), now.as_secs() / STEP_SECONDS);
    let steps = now.saturating_sub(1)..=now.saturating_add(1);
    steps.fold(None, |found, step| totp.check(&digits, step.saturating_mul(STEP_SECONDS)).or(found))
}

fn totp(seed: &[u8]) -> Totp {
    let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_skew(0);
    builder.with_step_duration(STEP_SECONDS).with_secret(Secret::new(seed.into())).build_noncompliant()
}

fn seed(keys: &FactorKeys, owner: &str, Nonce(nonce): Nonce) -> Zeroizing<[u8; SEED_BYTES]> {
    let derived = hmac_sha256(&*keys.totp, &[&nonce, owner.as_bytes()]);
    let mut seed = Zeroizing::new([0; SEED_BYTES]);
    seed.iter_mut().zip(derived.iter()).for_each(|(to, from)| *to = *from);
    seed
}

/// Writes the URI that apps read from the picture. A colon would end the issuer, so there is none in either part.
fn uri(issuer: &str, account: &str, secret: &str) -> String {
    let text = |text: &str| utf8_percent_encode(&text.replace(':', ""), PLAIN).to_string();
    let (issuer, account) = (text(issuer), text(account));
    format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30")
}

fn qr_svg(uri: &str) -> Result<String, AuthError> {
    let code = qrcode::QrCode::new(uri.as_bytes()).map_err(AuthError::internal)?;
    Ok(code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(240, 240).build())
}

/// Returns the code of a secret at a time, as an app shows it.
#[cfg_attr(not(feature = "testing"), allow(dead_code, reason = "for the test kit"))]
pub(crate) fn code_at(secret: &str, now: Timestamp) -> Option<String> {
    let secret = Secret::try_from_base32(secret).ok()?;
    Some(totp(secret.as_bytes()).generate(now.as_secs()).to_string())
}

#[cfg(test)]
mod tests {
    use super::{Nonce, right_step, seed, totp, uri};
    use crate::base::clock::Timestamp;
    use crate::keys::FactorKeys;

    const NONCE: Nonce = Nonce([7; 16]);

    fn code(owner: &str, at: u64) -> String {
        totp(&*seed(&FactorKeys::of_test(), owner, NONCE)).generate(at).to_string()
    }

    fn is_right(owner: &str, typed: &str, now: u64) -> Option<u64> {
        right_step(&*seed(&FactorKeys::of_test(), owner, NONCE), typed, Timestamp::from_secs(now))
    }

    #[test]
    fn totp_02_the_vectors_of_rfc_6238() {
        // Appendix B has eight digits; the last six of them are the code of six.
        let vectors = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (time, code) in vectors {
            assert_eq!(totp(b"12345678901234567890").generate(time).to_string(), code, "{time}");
        }
    }

    #[test]
    fn totp_03_one_step_before_and_after_is_right() {
        let now = 1_000_000_000_u64;
        for (at, right) in [(now - 60, false), (now - 30, true), (now, true), (now + 30, true), (now + 60, false)] {
            assert_eq!(is_right("1", &code("1", at), now), right.then_some(at / 30), "{at}");
        }
    }

    #[test]
    fn totp_09_only_six_digits_are_a_code() {
        let (now, right) = (1_000_000_000, code("1", 1_000_000_000));
        let (first, last) = right.split_at(3);
        for typed in [format!(" {first} {last}"), format!("{first}-{last} "), format!("{first}\u{a0}{last}")] {
            assert!(is_right("1", &typed, now).is_some(), "{typed}");
        }
        let wide: String =
            right.bytes().map(|digit| char::from_u32(0xff10 + u32::from(digit - b'0')).unwrap()).collect();
        let long = "1".repeat(10_000);
        for typed in
            ["", "1", &right[..5], &format!("{right}0"), &format!("-{right}1"), &wide, &long, "abcdef", "12345\u{0}"]
        {
            assert!(is_right("1", typed, now).is_none(), "{typed}");
        }
    }

    #[test]
    fn a_seed_is_of_one_account_only() {
        let now = 1_000_000_000;
        assert!(is_right("2", &code("1", now), now).is_none());
        assert_ne!(seed(&FactorKeys::of_test(), "1", NONCE), seed(&FactorKeys::of_test(), "1", Nonce([8; 16])));
    }

    #[test]
    fn totp_11_the_uri_has_no_special_characters_unescaped() {
        let uri = uri("A: b & c", "ada:é@example.org", "ABC");
        assert_eq!(
            uri,
            "otpauth://totp/A%20b%20%26%20c:ada%C3%A9%40example.org?secret=ABC&issuer=A%20b%20%26%20c&algorithm=SHA1&digits=6&period=30"
        );
    }
}
