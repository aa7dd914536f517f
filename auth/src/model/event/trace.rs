//! Writes events to `tracing`, with one field for each part, so that log consumers can filter by them.

use std::borrow::Cow;

use super::{Event, EventKind, LetterKind};

use crate::base::misleading::is_misleading;

/// The same fields for every kind of event; those an event does not have are omitted.
macro_rules! line {
    ($level:ident, $target:literal, $event:expr) => {{
        let Event { ip, account, actor, kind, .. } = $event;
        let (active, rotated, action, retry_after) = more(kind);
        let letter = kind.letter().map(LetterKind::name);
        tracing::$level!(
            target: $target,
            event = kind.name(),
            user = kind.user().map(plain).as_deref(),
            session = kind.session().map(ToString::to_string).as_deref(),
            key_id = kind.key_id().map(ToString::to_string).as_deref(),
            reason = kind.reason(),
            ip = ip.map(|ip| ip.to_string()).as_deref(),
            account = account.as_deref().map(plain).as_deref(),
            actor = actor.as_deref().map(plain).as_deref(),
            active,
            rotated,
            action,
            letter,
            retry_after,
        );
    }};
}

pub(super) fn trace(event: &Event) {
    match &event.kind {
        EventKind::CorruptHash { .. } => line!(error, "auth::login", event),
        EventKind::RefreshReused { .. } => line!(warn, "auth::token", event),
        EventKind::PasswordLocked { .. } => line!(warn, "auth::login", event),
        EventKind::MailFailed { .. } => line!(error, "auth::mail", event),
        EventKind::MailDelayed { .. } => line!(warn, "auth::mail", event),
        EventKind::MailSent { .. } => line!(info, "auth::mail", event),
        EventKind::Refused { .. } | EventKind::KeyRefused { .. } => line!(debug, "auth::guard", event),
        EventKind::Refreshed { .. } | EventKind::RefreshRefused { .. } => line!(debug, "auth::token", event),
        _ => line!(info, "auth::login", event),
    }
}

/// Returns what only some events have: whether the account is now active, whether the refresh token was rotated, which
/// action was limited, and the seconds until it may be tried again.
fn more(kind: &EventKind) -> (Option<bool>, Option<bool>, Option<&'static str>, Option<u64>) {
    match kind {
        EventKind::ActiveChanged { active, .. } => (Some(*active), None, None, None),
        EventKind::Refreshed { rotated, .. } => (None, Some(*rotated), None, None),
        EventKind::Limited { action, retry_after, .. } => {
            (None, None, Some(action.name()), Some(crate::base::clock::whole_seconds(*retry_after)))
        }
        _ => (None, None, None, None),
    }
}

/// Escapes control characters, line separators, and what turns a text around. Ids may be any text and not every subscriber escapes what it writes:
/// an event must not be able to forge a log line (LOG-02).
fn plain(text: &str) -> Cow<'_, str> {
    if text.contains(is_misleading) { text.escape_debug().to_string().into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn log_02_user_id_forges_no_log_line() {
        assert_eq!(plain("8f14e45f-ceea"), "8f14e45f-ceea");
        assert_eq!(plain("1 ü"), "1 ü");
        for evil in ["1\r\nINFO auth: forged", "1\n", "1\u{1b}[31m", "1\u{9b}m", "1\u{0}", "1\u{2028}2", "1\u{85}2"] {
            assert!(!plain(evil).contains(|c: char| c.is_control() || c == '\u{2028}'), "{evil:?}");
        }
    }
}
