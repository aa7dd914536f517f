//! Sign-ins that make a difference to a rule.

use crate::model::principal::Principal;
use crate::policy::Access;
use crate::testing::token::Login;

/// Returns the logins that make a difference to a rule.
pub(super) fn logins<U: Principal>(rules: &[&'static Access<U>]) -> Vec<Login> {
    let mut logins = vec![Login::NOW];
    for access in rules {
        let Access::Protected { rule, .. } = access else { continue };
        rule.each_requirement(&mut |requirement| {
            let Some(step_up) = requirement.step_up() else { return };
            let with = |login: &Login| Login { ago: step_up.max_age.unwrap_or(login.ago), ..*login };
            let with: Vec<_> = logins.iter().map(with).collect();
            logins.extend(with);
            if step_up.mfa {
                let with: Vec<_> = logins.iter().map(|login| login.with_mfa()).collect();
                logins.extend(with);
            }
            if step_up.passkey {
                let with: Vec<_> = logins.iter().map(|login| login.with_passkey()).collect();
                logins.extend(with);
            }
        });
    }
    let mut different: Vec<Login> = Vec::new();
    for login in logins {
        if !different.contains(&login) {
            different.push(login);
        }
    }
    different
}

pub(super) fn described(name: &str, login: Login) -> String {
    let factor = match login {
        Login { passkey: true, .. } => ", passkey",
        Login { mfa: true, .. } => ", second factor",
        _ => "",
    };
    let age = if login.ago.is_zero() { String::new() } else { format!(", login {} s ago", login.ago.as_secs()) };
    format!("{name}{factor}{age}")
}
