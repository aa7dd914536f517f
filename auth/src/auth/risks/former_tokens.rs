//! What to think about while tokens of the former auth are accepted.

use super::Risk;
use crate::auth::AuthBuilder;
use crate::model::user::AuthUser;

impl<U: AuthUser> AuthBuilder<U> {
    /// Returns what former tokens risk in production.
    pub(super) fn former_token_risks(&self) -> Vec<Risk> {
        let Some(tokens) = &self.former_tokens else { return Vec::new() };
        if tokens.until() <= self.clock.now() {
            return vec![Risk::note(
                "expired_former_tokens",
                "the switch is over: tokens of the former auth are not accepted any more",
                "leave `former_tokens` out",
            )];
        }
        let until = humantime::format_rfc3339_seconds(tokens.until().into());
        let mut risks = vec![Risk::note(
            "former_tokens",
            format!("tokens of the former auth are accepted until {until}"),
            "leave `former_tokens` out when they have expired",
        )];
        risks.extend(tokens.short_secret().map(|bytes| {
            Risk::new(
                "short_former_secret",
                format!(
                    "the secret of the former tokens has {bytes} bytes: if it is found out, it makes anybody any user"
                ),
                "leave `former_tokens` out, so that people sign in once more, or shorten `accepted_until`",
            )
        }));
        risks
    }
}
