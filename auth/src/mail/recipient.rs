//! To whom mail goes: the address that the account has, and no other text.

use crate::model::canonical::canonical_login;
use crate::model::login_rules;
use crate::model::user::AuthUser;

/// Returns the one mailbox of this user: the stored login in canonical form. `None` if there is none, or if the row
/// holds what mail must not be sent to, such as a list of addresses (REG-04): what was typed into a form is never a
/// recipient.
pub(crate) fn recipient<U: AuthUser>(user: &U, index: usize) -> Option<String> {
    mailbox::<U>(index, user.login(index)?)
}

/// Returns the one mailbox that a text for the login at `index` names, in canonical form; `None` if it names none.
pub(crate) fn mailbox<U: AuthUser>(index: usize, text: &str) -> Option<String> {
    let login = U::SCHEMA.logins.get(index)?;
    let address = canonical_login(login, text);
    let bad = login_rules::broken(login, &address).is_some()
        || login_rules::undeliverable(login, &address).is_some()
        || is_for_a_machine(&address);
    (!bad).then(|| address.into_owned())
}

/// Whether a mailer could take the address for something else than a mailbox of the open network: an option of a
/// program, or the address of a host (RFC 5321 §4.1.3), which may be an inner one.
fn is_for_a_machine(address: &str) -> bool {
    address.starts_with('-') || address.contains('[')
}
