//! What the environment says.

use std::path::PathBuf;

/// How much an address has to be confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verify {
    Optional,
    Required,
}

/// How the program runs.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) port: String,
    pub(crate) database_url: String,
    pub(crate) base_url: String,
    pub(crate) smtp_url: Option<String>,
    pub(crate) mail_from: String,
    pub(crate) mail_dir: PathBuf,
    pub(crate) verify: Verify,
    pub(crate) mail_sign_in: bool,
    pub(crate) passkeys: bool,
    pub(crate) admin_mfa: bool,
}

impl Settings {
    /// Reads the environment. (`JWT_SECRET_KEY` is read by the library.)
    pub(crate) fn from_env() -> Result<Self, String> {
        let text = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
        let port = text("PORT", "3000");
        Ok(Self {
            database_url: text("DATABASE_URL", "sqlite:accounts.db?mode=rwc"),
            base_url: text("BASE_URL", &format!("http://localhost:{port}")),
            smtp_url: std::env::var("SMTP_URL").ok(),
            mail_from: text("MAIL_FROM", "accounts@localhost"),
            mail_dir: text("MAIL_DIR", "mail").into(),
            verify: match &*text("VERIFY", "optional") {
                "optional" => Verify::Optional,
                "required" => Verify::Required,
                other => return Err(format!("VERIFY is `{other}`: write `optional` or `required`")),
            },
            mail_sign_in: switched_on("MAIL_SIGN_IN")?,
            passkeys: switched_on("PASSKEYS")?,
            admin_mfa: switched_on("ADMIN_MFA")?,
            port,
        })
    }
}

/// Reads `on` or `off`, which is the default.
fn switched_on(name: &str) -> Result<bool, String> {
    match std::env::var(name).as_deref() {
        Ok("on") => Ok(true),
        Ok("off") | Err(_) => Ok(false),
        Ok(other) => Err(format!("{name} is `{other}`: write `on` or `off`")),
    }
}
