//! The built-in letters in German.

use super::words::{Facts, Words};
use crate::model::event::LetterKind;

const CODE: &str = "Oder geben Sie diesen Code dort ein, wo Sie ihn angefordert haben. Niemand sonst braucht ihn, wer auch \
                    immer danach fragt:";
const NOTHING: &str = "Wenn Sie das nicht waren, müssen Sie nichts tun:";

#[expect(clippy::too_many_lines, reason = "one letter after the other, to be read in a row")]
pub(super) fn words(facts: &Facts<'_>) -> Words {
    let service = facts.service;
    let limits = |what: &str| Some(format!("{what} einmal und {} lang.", time(facts.minutes())));
    let words = Words {
        language: "de",
        subject: String::new(),
        why: String::new(),
        link: None,
        code: None,
        limits: None,
        otherwise: String::new(),
    };
    match facts.kind {
        LetterKind::ResetPassword => Words {
            subject: format!("Neues Passwort für {service}"),
            why: format!("Für Ihr Konto bei {service} wurde ein neues Passwort angefordert."),
            link: Some(("Auf dieser Seite können Sie es wählen:".to_owned(), "Passwort wählen")),
            code: Some(CODE),
            limits: limits("Link und Code gelten"),
            otherwise: format!("{NOTHING} Ihr Passwort bleibt, wie es ist."),
            ..words
        },
        LetterKind::SignIn => Words {
            subject: format!("Anmelden bei {service}"),
            why: format!("Jemand möchte sich mit Ihrem Konto bei {service} anmelden."),
            link: Some((
                "Öffnen Sie diese Seite in dem Browser, in dem Sie das angefordert haben:".to_owned(),
                "Anmelden",
            )),
            code: Some(CODE),
            limits: limits("Link und Code gelten"),
            otherwise: format!("{NOTHING} Ohne diese Mail kommt niemand hinein. Geben Sie sie nicht weiter."),
            ..words
        },
        LetterKind::ConfirmSignUp => Words {
            subject: format!("Bestätigen Sie Ihre Adresse für {service}"),
            why: format!("Jemand hat sich bei {service} mit dieser Adresse registriert."),
            link: Some((
                "Öffnen Sie diese Seite in dem Browser, in dem Sie sich registriert haben; dann ist Ihr Konto fertig:"
                    .to_owned(),
                "Adresse bestätigen",
            )),
            code: Some(CODE),
            limits: limits("Link und Code gelten"),
            otherwise: format!("{NOTHING} Ohne diese Mail entsteht kein Konto."),
            ..words
        },
        LetterKind::SignUpOfOwner => Words {
            subject: format!("Sie haben ein Konto bei {service}"),
            why: format!(
                "Jemand wollte sich bei {service} mit dieser Adresse registrieren. Sie gehört zu Ihrem Konto dort."
            ),
            otherwise:
                "Wenn Sie das waren, melden Sie sich damit an; wenn Sie das Passwort vergessen haben, fordern Sie \
                        auf der Anmeldeseite ein neues an. Wenn nicht, müssen Sie nichts tun."
                    .to_owned(),
            ..words
        },
        LetterKind::VerifyAddress => Words {
            subject: format!("Bestätigen Sie Ihre Adresse für {service}"),
            why: format!("Das ist die Adresse Ihres Kontos bei {service}."),
            link: Some(("Bestätigen Sie sie angemeldet auf dieser Seite:".to_owned(), "Adresse bestätigen")),
            code: Some("Oder geben Sie dort diesen Code ein. Niemand sonst braucht ihn, wer auch immer danach fragt:"),
            limits: limits("Link und Code gelten"),
            otherwise:
                "Wenn Sie dort kein Konto haben, hat sich jemand bei einer Adresse vertippt: Sie müssen nichts tun."
                    .to_owned(),
            ..words
        },
        LetterKind::ConfirmNewAddress => Words {
            subject: format!("Ihre neue Adresse für {service}"),
            why: format!("Jemand möchte diese Adresse für ein Konto bei {service} verwenden."),
            link: Some(("Wenn Sie das waren, bestätigen Sie sie auf dieser Seite:".to_owned(), "Adresse bestätigen")),
            limits: limits("Der Link gilt"),
            otherwise: format!("{NOTHING} Die Adresse wird für kein Konto verwendet."),
            ..words
        },
        LetterKind::ConfirmAddressChange => Words {
            subject: format!("Änderung der Adresse bei {service}"),
            why: format!(
                "Ihr Konto bei {service} soll eine andere Adresse bekommen: {}.",
                facts.about.as_deref().unwrap_or_default()
            ),
            link: Some(("Wenn Sie das waren, bestätigen Sie es auf dieser Seite:".to_owned(), "Adresse ändern")),
            limits: limits("Der Link gilt"),
            otherwise:
                "Wenn Sie das nicht waren, öffnen Sie sie nicht: Die Adresse bleibt, wie sie ist. Jemand ist mit \
                        Ihrem Konto angemeldet; ändern Sie Ihr Passwort."
                    .to_owned(),
            ..words
        },
        LetterKind::AddressChanged => Words {
            subject: format!("Ihre Adresse bei {service} wurde geändert"),
            why: format!("Ihr Konto bei {service} hat eine andere Adresse bekommen."),
            link: Some((
                "Wenn Sie das nicht waren, nimmt diese Seite es zurück und beendet alle Sitzungen:".to_owned(),
                "Adresse zurücknehmen",
            )),
            limits: limits("Der Link gilt"),
            otherwise: "Fordern Sie danach auf der Anmeldeseite ein neues Passwort an.".to_owned(),
            ..words
        },
        LetterKind::AddressSet => Words {
            subject: format!("Ihre Adresse bei {service} wurde geändert"),
            why: format!("Ihr Konto bei {service} hat eine andere Adresse bekommen. Mails gehen von nun an dorthin."),
            otherwise: format!(
                "Wenn Sie nicht darum gebeten haben, wenden Sie sich sofort an {service}: Diese Mail kann es nicht \
                 zurücknehmen."
            ),
            ..words
        },
        LetterKind::PasswordChanged => Words {
            subject: format!("Ihr Passwort für {service} wurde geändert"),
            why: format!("Das Passwort Ihres Kontos bei {service} wurde geändert."),
            otherwise:
                "Wenn Sie das nicht waren, fordern Sie auf der Anmeldeseite sofort ein neues an: Das beendet alle \
                        Sitzungen."
                    .to_owned(),
            ..words
        },
        LetterKind::NewSignIn => Words {
            subject: format!("Neue Anmeldung bei {service}"),
            why: match &facts.about {
                Some(ip) => {
                    format!("Jemand hat sich aus einem neuen Netz mit Ihrem Konto bei {service} angemeldet: {ip}.")
                }
                None => format!("Jemand hat sich aus einem neuen Netz mit Ihrem Konto bei {service} angemeldet."),
            },
            otherwise:
                "Wenn Sie das waren, müssen Sie nichts tun. Wenn nicht, ändern Sie Ihr Passwort und beenden Sie die \
                        anderen Sitzungen."
                    .to_owned(),
            ..words
        },
        LetterKind::RefreshReused => Words {
            subject: format!("Eine Sitzung bei {service} wurde beendet"),
            why: format!(
                "Der Schlüssel einer Ihrer Sitzungen bei {service} wurde zweimal verwendet, wie es geschieht, wenn er \
                 gestohlen wurde. Die Sitzung wurde beendet."
            ),
            otherwise: "Melden Sie sich neu an. Wenn Sie nicht wissen, wie er gestohlen werden konnte, ändern Sie Ihr \
                        Passwort."
                .to_owned(),
            ..words
        },
        LetterKind::PasswordLocked => Words {
            subject: format!("Viele falsche Passwörter bei {service}"),
            why: format!(
                "Jemand hat für Ihr Konto bei {service} viele falsche Passwörter versucht. Aus neuen Netzen ist dort jetzt \
                 ein Versuch am Tag möglich."
            ),
            otherwise:
                "Wo Sie sich schon angemeldet haben, geht es weiter. Wenn nicht, fordern Sie auf der Anmeldeseite \
                        ein neues Passwort an: Das beendet die Wartezeit."
                    .to_owned(),
            ..words
        },
        LetterKind::FactorAdded => Words {
            subject: format!("Authentifizierungs-App bei {service} eingerichtet"),
            why: format!(
                "Für Ihr Konto bei {service} wurde eine Authentifizierungs-App eingerichtet. Zum Anmelden brauchen Sie ab \
                 jetzt einen Code aus dieser App oder einen der dabei angezeigten Wiederherstellungscodes."
            ),
            otherwise: "Wenn Sie das nicht waren, hat jemand anderes Zugriff auf Ihr Konto und kann Sie aussperren: \
                        Wenden Sie sich an den Betreiber."
                .to_owned(),
            ..words
        },
        LetterKind::FactorRemoved => Words {
            subject: format!("Authentifizierungs-App bei {service} entfernt"),
            why: format!(
                "Die Authentifizierungs-App Ihres Kontos bei {service} wurde entfernt, von Ihnen oder vom Betreiber: Zum \
                 Anmelden ist kein Code mehr nötig."
            ),
            otherwise: "Wenn Sie davon nichts wissen, ändern Sie Ihr Passwort und richten Sie die \
                        Authentifizierungs-App wieder ein."
                .to_owned(),
            ..words
        },
        LetterKind::KeyCreated => Words {
            subject: format!("API-Schlüssel bei {service} erstellt"),
            why: format!(
                "Für Ihr Konto bei {service} wurde ein API-Schlüssel erstellt: {}. Wer ihn hat, kann ohne Anmeldung tun, \
                 was er erlaubt.",
                facts.about.as_deref().unwrap_or_default()
            ),
            otherwise: "Wenn Sie das nicht waren, melden Sie sich an, widerrufen Sie den Schlüssel, beenden Sie die \
                        anderen Sitzungen und ändern Sie Ihr Passwort."
                .to_owned(),
            ..words
        },
        LetterKind::PasskeyAdded => Words {
            subject: format!("Passkey bei {service} hinzugefügt"),
            why: format!(
                "Zu Ihrem Konto bei {service} wurde ein Passkey hinzugefügt: {}. Wer ihn hat, kann sich anmelden.",
                facts.about.as_deref().unwrap_or_default()
            ),
            otherwise: "Wenn Sie das nicht waren, melden Sie sich an, entfernen Sie ihn, beenden Sie die anderen \
                        Sitzungen und ändern Sie Ihr Passwort."
                .to_owned(),
            ..words
        },
        LetterKind::PasskeyRemoved => Words {
            subject: format!("Passkey bei {service} entfernt"),
            why: format!(
                "Ein Passkey Ihres Kontos bei {service} wurde entfernt: {}.",
                facts.about.as_deref().unwrap_or_default()
            ),
            otherwise: "Wenn Sie davon nichts wissen, ändern Sie Ihr Passwort und prüfen Sie die anderen Passkeys."
                .to_owned(),
            ..words
        },
        LetterKind::PasskeyCloned => Words {
            subject: format!("Ein Passkey bei {service} wurde vielleicht kopiert"),
            why: format!(
                "Jemand hat versucht, sich mit einem Ihrer Passkeys bei Ihrem Konto bei {service} anzumelden, und wurde \
                 abgewiesen: Das Gerät, zu dem der Passkey gehört, zählt seine Signaturen, und diese Zahl war nicht die \
                 nächste. Es gibt vielleicht eine Kopie des Passkeys."
            ),
            otherwise: "Melden Sie sich auf andere Weise an, entfernen Sie diesen Passkey und fügen Sie einen neuen \
                        hinzu. Wenn Sie das nicht waren, beenden Sie auch die anderen Sitzungen."
                .to_owned(),
            ..words
        },
        LetterKind::RecoveryCodesGenerated => Words {
            subject: format!("Neue Wiederherstellungscodes bei {service}"),
            why: format!(
                "Für Ihr Konto bei {service} wurden neue Wiederherstellungscodes erzeugt. Die bisherigen gelten nicht mehr."
            ),
            otherwise: "Wenn Sie das nicht waren, ändern Sie Ihr Passwort und erzeugen Sie noch einmal neue Codes."
                .to_owned(),
            ..words
        },
        LetterKind::RecoveryCodeUsed => Words {
            subject: format!("Ein Wiederherstellungscode wurde bei {service} verwendet"),
            why: format!(
                "Jemand hat sich mit einem Wiederherstellungscode Ihres Kontos bei {service} angemeldet. Verbleibende Codes: {}.",
                facts.about.as_deref().unwrap_or_default()
            ),
            otherwise: "Wenn Sie das waren und das Telefon verloren ist, richten Sie die Authentifizierungs-App neu \
                        ein. Wenn Sie das nicht waren, ändern Sie Ihr Passwort und erzeugen Sie neue Codes."
                .to_owned(),
            ..words
        },
    }
}

fn time(minutes: u64) -> String {
    match minutes {
        1 => "eine Minute".to_owned(),
        2..=90 => format!("{minutes} Minuten"),
        _ => format!("{} Stunden", minutes.div_ceil(60)),
    }
}
