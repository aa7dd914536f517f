//! The built-in letters in English.

use super::words::{Facts, Words};
use crate::model::event::LetterKind;

const CODE: &str = "Or enter this code where you asked for it. Nobody else needs it, no matter who asks:";
const NOTHING: &str = "If it was not you, there is nothing to do:";

#[expect(clippy::too_many_lines, reason = "one letter after the other, to be read in a row")]
pub(super) fn words(facts: &Facts<'_>) -> Words {
    let service = facts.service;
    let limits = |what: &str| Some(format!("{what} once, within {}.", time(facts.minutes())));
    let words = Words {
        language: "en",
        subject: String::new(),
        why: String::new(),
        link: None,
        code: None,
        limits: None,
        otherwise: String::new(),
    };
    match facts.kind {
        LetterKind::ResetPassword => Words {
            subject: format!("New password for {service}"),
            why: format!("Somebody asked for a new password for your account at {service}."),
            link: Some(("Choose it on this page:".to_owned(), "Choose a password")),
            code: Some(CODE),
            limits: limits("Link and code work"),
            otherwise: format!("{NOTHING} your password stays as it is."),
            ..words
        },
        LetterKind::SignIn => Words {
            subject: format!("Sign in to {service}"),
            why: format!("Somebody wants to sign in to your account at {service}."),
            link: Some(("Open this page in the browser in which you asked for it:".to_owned(), "Sign in")),
            code: Some(CODE),
            limits: limits("Link and code work"),
            otherwise: format!("{NOTHING} without this mail nobody gets in. Do not pass it on."),
            ..words
        },
        LetterKind::ConfirmSignUp => Words {
            subject: format!("Confirm your address for {service}"),
            why: format!("Somebody signed up at {service} with this address."),
            link: Some((
                "Open this page in the browser in which you signed up; then your account is ready:".to_owned(),
                "Confirm the address",
            )),
            code: Some(CODE),
            limits: limits("Link and code work"),
            otherwise: format!("{NOTHING} without this mail no account is created."),
            ..words
        },
        LetterKind::SignUpOfOwner => Words {
            subject: format!("You have an account at {service}"),
            why: format!(
                "Somebody tried to sign up at {service} with this address, which belongs to your account there."
            ),
            otherwise: "If it was you, sign in with it; if you have forgotten the password, ask for a new one on the \
                        sign-in page. If it was not you, there is nothing to do."
                .to_owned(),
            ..words
        },
        LetterKind::VerifyAddress => Words {
            subject: format!("Confirm your address for {service}"),
            why: format!("This is the address of your account at {service}."),
            link: Some(("Confirm it on this page, signed in:".to_owned(), "Confirm the address")),
            code: Some("Or enter this code there. Nobody else needs it, no matter who asks:"),
            limits: limits("Link and code work"),
            otherwise: "If you have no account there, somebody has mistyped an address: there is nothing to do."
                .to_owned(),
            ..words
        },
        LetterKind::ConfirmNewAddress => Words {
            subject: format!("Your new address for {service}"),
            why: format!("Somebody wants to use this address for their account at {service}."),
            link: Some(("If it was you, confirm it on this page:".to_owned(), "Confirm the address")),
            limits: limits("The link works"),
            otherwise: format!("{NOTHING} the address is used for no account."),
            ..words
        },
        LetterKind::ConfirmAddressChange => Words {
            subject: format!("Change of address at {service}"),
            why: format!(
                "Your account at {service} is to get another address: {}.",
                facts.about.as_deref().unwrap_or_default()
            ),
            link: Some(("If it was you, confirm it on this page:".to_owned(), "Change the address")),
            limits: limits("The link works"),
            otherwise: "If it was not you, do not open it: the address stays as it is. Somebody is signed in to your \
                        account, so change your password."
                .to_owned(),
            ..words
        },
        LetterKind::AddressChanged => Words {
            subject: format!("Your address at {service} was changed"),
            why: format!("Your account at {service} has got another address."),
            link: Some((
                "If it was not you, this page takes it back, and ends every session:".to_owned(),
                "Take the address back",
            )),
            limits: Some(format!("The link works once, within {}.", time(facts.minutes()))),
            otherwise: "Then ask for a new password on the sign-in page.".to_owned(),
            ..words
        },
        LetterKind::AddressSet => Words {
            subject: format!("Your address at {service} was changed"),
            why: format!("Your account at {service} has got another address. Mail goes there from now on."),
            otherwise: format!("If you did not ask for it, tell {service} at once: this mail cannot take it back."),
            ..words
        },
        LetterKind::PasswordChanged => Words {
            subject: format!("Your password for {service} was changed"),
            why: format!("The password of your account at {service} was changed."),
            otherwise: "If it was not you, ask for a new one on the sign-in page at once: that ends every session."
                .to_owned(),
            ..words
        },
        LetterKind::NewSignIn => Words {
            subject: format!("New sign-in to {service}"),
            why: match &facts.about {
                Some(ip) => {
                    format!("Somebody signed in to your account at {service} from a network that is new: {ip}.")
                }
                None => format!("Somebody signed in to your account at {service} from a network that is new."),
            },
            otherwise: "If it was you, there is nothing to do. If it was not, change your password, and end the other \
                        sessions."
                .to_owned(),
            ..words
        },
        LetterKind::RefreshReused => Words {
            subject: format!("A session at {service} was ended"),
            why: format!(
                "The key of one of your sessions at {service} was used twice, which happens when it was stolen. The \
                 session was ended."
            ),
            otherwise: "Sign in again. If you do not know how it could be stolen, change your password.".to_owned(),
            ..words
        },
        LetterKind::PasswordLocked => Words {
            subject: format!("Many wrong passwords at {service}"),
            why: format!(
                "Somebody has tried many wrong passwords for your account at {service}. From networks that are new, it \
                 now lets one attempt in a day."
            ),
            otherwise: "Where you have signed in before, you can go on. If you cannot, ask for a new password on the \
                        sign-in page: that ends the wait."
                .to_owned(),
            ..words
        },
        LetterKind::FactorAdded => Words {
            subject: format!("Authenticator app added at {service}"),
            why: format!(
                "An authenticator app was added to your account at {service}. From now on, a sign-in needs a code of it, \
                 or one of the recovery codes that were shown."
            ),
            otherwise:
                "If it was not you, somebody else is signed in to your account and may keep you out of it: write \
                        to the people who run the service."
                    .to_owned(),
            ..words
        },
        LetterKind::FactorRemoved => Words {
            subject: format!("Second factor removed at {service}"),
            why: format!(
                "The second factor of your account at {service} was removed, by you or by the people who run the service: \
                 a sign-in needs no code any more."
            ),
            otherwise: "If you know nothing of it, change your password, and add the authenticator app again."
                .to_owned(),
            ..words
        },
        LetterKind::KeyCreated => Words {
            subject: format!("API key created at {service}"),
            why: format!(
                "An API key was created for your account at {service}: {}. With it a program can do what the key is \
                 allowed to do, without signing in.",
                facts.about.as_deref().unwrap_or_default()
            ),
            otherwise: "If it was not you, sign in, revoke the key, end the other sessions, and change your password."
                .to_owned(),
            ..words
        },
        LetterKind::PasskeyAdded => Words {
            subject: format!("Passkey added at {service}"),
            why: format!(
                "A passkey was added to your account at {service}: {}. It can be used to sign in without the password.",
                facts.about.as_deref().unwrap_or_default()
            ),
            otherwise: "If it was not you, sign in, remove it, end the other sessions, and change your password."
                .to_owned(),
            ..words
        },
        LetterKind::PasskeyRemoved => Words {
            subject: format!("Passkey removed at {service}"),
            why: format!(
                "A passkey of your account at {service} was removed: {}.",
                facts.about.as_deref().unwrap_or_default()
            ),
            otherwise: "If you know nothing of it, change your password, and check the other passkeys.".to_owned(),
            ..words
        },
        LetterKind::PasskeyCloned => Words {
            subject: format!("A passkey at {service} may have been copied"),
            why: format!(
                "Somebody tried to sign in to your account at {service} with a passkey of yours, and was refused: the \
                 device that it belongs to counts its signatures, and this count was not the next one. There may be a \
                 copy of the passkey."
            ),
            otherwise: "Sign in another way, remove this passkey, and add a new one. If it was not you, end the other \
                        sessions, too."
                .to_owned(),
            ..words
        },
        LetterKind::RecoveryCodesGenerated => Words {
            subject: format!("New recovery codes at {service}"),
            why: format!(
                "New recovery codes were generated for your account at {service}. The former ones are invalid."
            ),
            otherwise: "If it was not you, change your password, and generate new ones.".to_owned(),
            ..words
        },
        LetterKind::RecoveryCodeUsed => Words {
            subject: format!("A recovery code was used at {service}"),
            why: format!(
                "Somebody used a recovery code of your account at {service}. Codes left: {}.",
                facts.about.as_deref().unwrap_or_default()
            ),
            otherwise:
                "If it was you and you have lost the phone, set the authenticator app up again. If it was not you, \
                        change your password, and generate new codes."
                    .to_owned(),
            ..words
        },
    }
}

fn time(minutes: u64) -> String {
    match minutes {
        1 => "a minute".to_owned(),
        2..=90 => format!("{minutes} minutes"),
        _ => format!("{} hours", minutes.div_ceil(60)),
    }
}
