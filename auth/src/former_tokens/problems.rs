//! What is wrong with the settings for former tokens, and what a start says about them.

use super::date;
use super::settings::{Day, FormerTokens, UserClaim};
use crate::base::clock::Timestamp;
use crate::base::secret::Secret;
use crate::keys::FormerKey;
use crate::model::user::AuthUser;

/// A secret that is shorter can be found out from one token.
const FEWEST_SECRET_BYTES: usize = 16;

impl FormerTokens {
    /// Lists what is wrong.
    pub(crate) fn problems<U: AuthUser>(&self, now: Timestamp) -> Vec<String> {
        let mut problems = Vec::new();
        match &self.key {
            Err(what) => problems.push(format!("`former_tokens`: the public key {what}")),
            Ok(FormerKey::Secret(secret)) => problems.extend(unsafe_secret(secret)),
            Ok(FormerKey::Public(_)) => {}
        }
        match &self.until {
            None => problems.push(
                "`former_tokens` are accepted for a limited time: call `.accepted_until(\"2027-03-01\")` with the day on \
                 which the last one expires"
                    .to_owned(),
            ),
            Some(Err(text)) => problems.push(format!(
                "`former_tokens`: `accepted_until` takes a date such as `2027-03-01`, and not `{}`",
                text.escape_debug()
            )),
            Some(Ok(until)) if date::is_too_far(*until, now) => problems.push(format!(
                "`former_tokens`: `accepted_until` is over 400 days ahead ({}): take the day on which the last token expires, \
                 or let people sign in once more",
                Day(*until)
            )),
            Some(Ok(_)) => {}
        }
        if self.user.name().is_empty() || self.required.iter().any(|(name, _)| name.is_empty()) {
            problems.push(
                "`former_tokens`: a claim without a name: write it as it is in the token, such as `sub`".to_owned(),
            );
        }
        if matches!(self.user, UserClaim::Login(_)) && U::SCHEMA.logins.is_empty() {
            problems.push(format!(
                "`former_tokens`: `login_claim` names a login, and `{}` has none: call `.user_id_claim(…)`",
                U::SCHEMA.name
            ));
        }
        problems
    }

    /// Tells the operator about a setting that should be gone one day. Returns whether tokens are accepted now.
    pub(crate) fn announce(&self, user: &'static str, now: Timestamp) -> bool {
        let until = Day(self.until());
        if self.until() <= now {
            tracing::info!(target: "auth::build", user, %until,
                "tokens of the former auth are not accepted any more: `former_tokens` can be removed");
            return false;
        }
        tracing::info!(target: "auth::build", user, %until, "tokens of the former auth are accepted");
        if let Some(bytes) = self.short_secret() {
            tracing::warn!(target: "auth::secret", user, bytes,
                "the secret of the former tokens is shorter than 32 bytes: if it is found out, it makes anybody any user until \
                 the end of the switch");
        }
        true
    }
}

/// Returns why nobody should rely on a secret.
fn unsafe_secret(secret: &[u8]) -> Option<String> {
    const MEND: &str = "anybody who guesses it could be any user until the end of the switch. Leave `former_tokens` out: people \
                        sign in once more";
    if secret.len() < FEWEST_SECRET_BYTES {
        return Some(format!(
            "`former_tokens`: the secret has {} bytes, fewer than {FEWEST_SECRET_BYTES}: {MEND}",
            secret.len()
        ));
    }
    Secret::weakness(secret).map(|why| format!("`former_tokens`: the secret is guessable ({why}): {MEND}"))
}
