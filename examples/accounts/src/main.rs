//! Accounts that live: sign-up, confirmed addresses, forgotten passwords, another address, signing in by mail. With plain
//! pages that work without a script, and the same as JSON under `/auth`.
//!
//! How much an address has to be confirmed, and who needs a second factor, is part of the user type. To show it all, this
//! program has three of them on one table, and one application that is compiled for each.
#![allow(clippy::duplicate_mod, reason = "one application, for three user types")]

mod html;
mod settings;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use auth::AuthRole;
use settings::{Settings, Verify};

#[derive(Clone, Copy, Debug, PartialEq, AuthRole)]
enum Role {
    Member,
    #[role(includes(Member))]
    Admin,
}

/// People sign in at once, and confirm their address when they like.
#[path = "."]
mod optional {
    #[path = "app/mod.rs"]
    pub(crate) mod app;

    use auth::{AuthUser, PasswordHash};

    use crate::Role;

    #[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
    #[auth(table = "users")]
    pub(crate) struct User {
        #[auth(id)]
        pub(crate) id: i64,
        #[auth(login)]
        pub(crate) email: String,
        #[auth(password_hash)]
        pub(crate) password_hash: PasswordHash,
        #[auth(active)]
        pub(crate) is_active: bool,
        #[auth(verified)]
        pub(crate) email_verified: bool,
        #[auth(role, default = Role::Member)]
        pub(crate) role: Role,
    }
}

/// There is no account before its address is confirmed.
#[path = "."]
mod required {
    #[path = "app/mod.rs"]
    pub(crate) mod app;

    use auth::{AuthUser, PasswordHash};

    use crate::Role;

    #[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
    #[auth(table = "users")]
    pub(crate) struct User {
        #[auth(id)]
        pub(crate) id: i64,
        #[auth(login)]
        pub(crate) email: String,
        #[auth(password_hash)]
        pub(crate) password_hash: PasswordHash,
        #[auth(active)]
        pub(crate) is_active: bool,
        #[auth(verified(required))]
        pub(crate) email_verified: bool,
        #[auth(role, default = Role::Member)]
        pub(crate) role: Role,
    }
}

/// Administrators must have a second factor.
#[path = "."]
mod guarded {
    #[path = "app/mod.rs"]
    pub(crate) mod app;

    use auth::{AuthUser, PasswordHash};

    use crate::Role;

    #[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
    #[auth(table = "users", mfa(Role::Admin))]
    pub(crate) struct User {
        #[auth(id)]
        pub(crate) id: i64,
        #[auth(login)]
        pub(crate) email: String,
        #[auth(password_hash)]
        pub(crate) password_hash: PasswordHash,
        #[auth(active)]
        pub(crate) is_active: bool,
        #[auth(verified)]
        pub(crate) email_verified: bool,
        #[auth(role, default = Role::Member)]
        pub(crate) role: Role,
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let settings = Settings::from_env()?;
    match (settings.verify, settings.admin_mfa) {
        (Verify::Optional, false) => optional::app::run(settings).await,
        (Verify::Optional, true) => guarded::app::run(settings).await,
        (Verify::Required, false) => required::app::run(settings).await,
        (Verify::Required, true) => Err("VERIFY=required and ADMIN_MFA=on are for one program each here".into()),
    }
}
