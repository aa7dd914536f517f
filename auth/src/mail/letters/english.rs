//! The built-in letters in English.

use super::{Html, Reset, Written};

pub(super) fn reset(values: &Reset<'_>) -> Written {
    let Reset { service, link, code, minutes } = *values;
    let why = format!("Somebody asked for a new password for your account at {service}.");
    let open = "Choose it on this page:";
    let or = "Or enter this code where you asked for it. Nobody else needs it, no matter who asks:";
    let limits = format!("Link and code work once, within {minutes} minutes.");
    let otherwise = "If it was not you, there is nothing to do: your password stays as it is.";
    Written {
        subject: format!("New password for {service}"),
        text: format!("{why}\n\n{open}\n{link}\n\n{or}\n{code}\n\n{limits}\n\n{otherwise}\n"),
        html: Some(
            Html::new("en")
                .paragraph(&why)
                .button(link, "Choose a password")
                .paragraph(or)
                .code(code)
                .paragraph(&limits)
                .paragraph(otherwise)
                .finish(),
        ),
    }
}

pub(super) fn password_changed(service: &str) -> Written {
    let what = format!("The password of your account at {service} was changed.");
    let otherwise = "If it was not you, ask for a new one on the sign-in page at once: that ends every session.";
    Written {
        subject: format!("Your password for {service} was changed"),
        text: format!("{what}\n\n{otherwise}\n"),
        html: Some(Html::new("en").paragraph(&what).paragraph(otherwise).finish()),
    }
}
