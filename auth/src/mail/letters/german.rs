//! The built-in letters in German.

use super::{Html, Reset, Written};

pub(super) fn reset(values: &Reset<'_>) -> Written {
    let Reset { service, link, code, minutes } = *values;
    let why = format!("Für Ihr Konto bei {service} wurde ein neues Passwort angefordert.");
    let open = "Auf dieser Seite können Sie es wählen:";
    let or = "Oder geben Sie diesen Code dort ein, wo Sie das Passwort angefordert haben. Niemand sonst braucht ihn, \
              wer auch immer danach fragt:";
    let limits = format!("Link und Code gelten einmal und {minutes} Minuten lang.");
    let otherwise = "Wenn Sie das nicht waren, müssen Sie nichts tun: Ihr Passwort bleibt, wie es ist.";
    Written {
        subject: format!("Neues Passwort für {service}"),
        text: format!("{why}\n\n{open}\n{link}\n\n{or}\n{code}\n\n{limits}\n\n{otherwise}\n"),
        html: Some(
            Html::new("de")
                .paragraph(&why)
                .button(link, "Passwort wählen")
                .paragraph(or)
                .code(code)
                .paragraph(&limits)
                .paragraph(otherwise)
                .finish(),
        ),
    }
}

pub(super) fn password_changed(service: &str) -> Written {
    let what = format!("Das Passwort Ihres Kontos bei {service} wurde geändert.");
    let otherwise = "Wenn Sie das nicht waren, fordern Sie auf der Anmeldeseite sofort ein neues an: Das beendet alle \
                     Sitzungen.";
    Written {
        subject: format!("Ihr Passwort für {service} wurde geändert"),
        text: format!("{what}\n\n{otherwise}\n"),
        html: Some(Html::new("de").paragraph(&what).paragraph(otherwise).finish()),
    }
}
