//! Settings of passkeys that are allowed, and that whoever deploys the application should have meant.

use super::Risk;
use crate::auth::AuthBuilder;
use crate::model::user::AuthUser;

impl<U: AuthUser> AuthBuilder<U> {
    /// Returns what the settings of passkeys risk in production.
    pub(super) fn passkey_risks(&self) -> Vec<Risk> {
        let Some(party) = self.relying_party() else { return Vec::new() };
        let (id, related, mut risks) = (party.id(), &party.outside.origins, Vec::new());
        let mut add = |risky: bool, risk: Risk| risks.extend(risky.then_some(risk));
        add(
            id == "localhost" || id.ends_with(".localhost"),
            Risk::new(
                "local_passkeys",
                format!("passkeys belong to `{id}`, and none of them works anywhere else"),
                "set `base_url` to the address that people open, or `PasskeySettings::rp_id` to its domain",
            ),
        );
        let base = self.mail.base_url.as_deref().unwrap_or_default();
        add(
            !base.is_empty() && !party.has_pages_at(base),
            Risk::new(
                "passkeys_elsewhere",
                format!(
                    "pages at the base URL `{base}` cannot use the passkeys of `{id}`: they are not among the origins"
                ),
                "add it with `PasskeySettings::origin`",
            ),
        );
        add(
            !related.is_empty(),
            Risk::note(
                "related_origins",
                format!(
                    "browsers believe {} only if `https://{id}/.well-known/webauthn` says so, which cannot be seen from here",
                    related.join(", ")
                ),
                "merge `auth.well_known()` into the routes that are served there",
            ),
        );
        risks
    }
}
