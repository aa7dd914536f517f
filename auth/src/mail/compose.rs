//! What a waiting mail says, and to whom: found out when it is sent, from the account as it is then.
//!
//! A sign-up has no row yet. If an account has its address by then, its owner is told so in place of the code: the
//! request that asked for the mail does the same either way, and so tells nobody which addresses have accounts.

use std::time::Duration;

use super::letters::Letter;
use super::outbox::Outbox;
use super::queued::Queued;
use super::token::{AddressChangeData, MailPurpose, MailToken, SignUpData, TokenText, UndoData};
use super::{Mail, Written, mailbox, recipient};
use crate::base::error::AuthError;
use crate::base::misleading::is_misleading;
use crate::model::event::LetterKind;
use crate::model::user::{AuthUser, Registration as _};
use crate::store::{Record, StoreError};

/// How long a change of address takes at most, from its first write to its last.
const LONGEST_CHANGE: Duration = Duration::from_mins(5);

/// What becomes of a mail that is due.
pub(super) enum Composed {
    Mail(Box<Mail>),
    /// What it is about has not happened yet.
    Later,
    /// Nobody is to get it (any more).
    Nothing,
}

/// A letter and its reader.
struct Addressed {
    to: String,
    written: Written,
    kind: LetterKind,
}

impl<U: AuthUser> Outbox<U> {
    /// Writes the mail.
    pub(super) async fn compose(
        &self,
        queued: &Queued,
        kind: LetterKind,
        record: &Record,
    ) -> Result<Composed, StoreError> {
        if kind == LetterKind::AddressChanged && self.may_still_change(queued, record).await? {
            return Ok(Composed::Later);
        }
        let addressed = match kind {
            // The first is what is queued; the second may be written in its place.
            LetterKind::ConfirmSignUp | LetterKind::SignUpOfOwner => self.about_sign_up(queued, record).await?,
            _ => self.about_account(queued, kind, record).await?,
        };
        let Some(Addressed { to, written, kind }) = addressed else { return Ok(Composed::Nothing) };
        Ok(Composed::Mail(Box::new(Mail {
            to,
            subject: one_line(&written.subject),
            text: written.text,
            html: written.html,
            message_id: format!("<{}@{}>", record.key, self.settings.base.host()),
            kind,
        })))
    }

    /// What takes a change of address back is stored before the change is made: otherwise somebody could make the change and
    /// break off before its owner is told. So the mail waits until the row has the new address, for as long as the change
    /// may take; then it is nobody's.
    async fn may_still_change(&self, queued: &Queued, record: &Record) -> Result<bool, StoreError> {
        let Some(id) = &queued.token else { return Ok(false) };
        let token = self.tokens().by_id(&[MailPurpose::UndoAddressChange], id).await.map_err(unavailable)?;
        let undo = token.as_ref().and_then(MailToken::data::<UndoData>);
        let (Some(token), Some(undo)) = (token, undo) else { return Ok(false) };
        let Some(user) = self.owner(record).await? else { return Ok(false) };
        let is_old = recipient(&user, self.address()).is_some_and(|address| address == undo.old);
        Ok(is_old && token.issued_at() + LONGEST_CHANGE > self.now())
    }

    /// Returns whether somebody still waits for a mail that has come too late.
    pub(super) async fn is_wanted(
        &self,
        queued: &Queued,
        kind: LetterKind,
        record: &Record,
    ) -> Result<bool, StoreError> {
        if matches!(kind, LetterKind::ConfirmSignUp) {
            return Ok(true);
        }
        let Some(user) = self.owner(record).await? else { return Ok(false) };
        // These go to an address that the row does not have.
        if matches!(kind, LetterKind::ConfirmNewAddress | LetterKind::AddressChanged | LetterKind::AddressSet) {
            return Ok(true);
        }
        let to = recipient(&user, self.address());
        Ok(to.is_some_and(|to| self.tokens().is_fingerprint(&queued.address, &record.owner, &to)))
    }

    /// Returns the user whose mail it is.
    async fn owner(&self, record: &Record) -> Result<Option<U>, StoreError> {
        let Ok(id) = record.owner.parse::<U::Id>() else { return Ok(None) };
        match self.users.find(&id).await {
            // Nobody can sign in to it, either.
            Err(error) if error.is_corrupt() => Ok(None),
            row => row,
        }
    }

    /// Writes to the user, if they still have the address that they had; or, about a change of it, to the other one.
    async fn about_account(
        &self,
        queued: &Queued,
        kind: LetterKind,
        record: &Record,
    ) -> Result<Option<Addressed>, StoreError> {
        let Some(user) = self.owner(record).await? else { return Ok(None) };
        let purposes = purposes(kind);
        let token = match (purposes.is_empty(), &queued.token) {
            (false, Some(id)) => match self.live(purposes, id, &user).await? {
                Some(token) => Some(token),
                None => return Ok(None),
            },
            (false, None) => return Ok(None),
            (true, _) => None,
        };
        let change = || token.as_ref().and_then(MailToken::data::<AddressChangeData>);
        let to = match kind {
            LetterKind::ConfirmNewAddress => change().and_then(|change| mailbox::<U>(self.address(), &change.new)),
            LetterKind::AddressChanged => {
                let undo = token.as_ref().and_then(MailToken::data::<UndoData>);
                let made =
                    undo.filter(|undo| recipient(&user, self.address()).is_none_or(|address| address != undo.old));
                made.and_then(|undo| mailbox::<U>(self.address(), &undo.old))
            }
            LetterKind::AddressSet => queued.about.as_deref().and_then(|former| mailbox::<U>(self.address(), former)),
            _ => recipient(&user, self.address()),
        };
        let Some(to) = to.filter(|to| self.tokens().is_fingerprint(&queued.address, &record.owner, to)) else {
            return Ok(None);
        };
        let new = change().map(|change| change.new).unwrap_or_default();
        let written = self.letter(&user, kind, token.as_ref(), queued, &new);
        Ok(Some(Addressed { to, written, kind }))
    }

    /// Returns a token that its owner can still use.
    async fn live(&self, purposes: &[MailPurpose], id: &str, user: &U) -> Result<Option<MailToken>, StoreError> {
        let token = self.tokens().by_id(purposes, id).await.map_err(unavailable)?;
        let Some(token) = token.filter(|token| user.is_active() && token.is_of_row(user)) else { return Ok(None) };
        // What takes a change back survives what the one who made it may have done next.
        if !token.is(MailPurpose::UndoAddressChange) {
            let epoch = self.feed.stored_epoch(user.id()).await.map_err(unavailable)?;
            if !epoch.accepts_generation(token.generation()) {
                return Ok(None);
            }
        }
        Ok(Some(token))
    }

    fn letter(&self, user: &U, kind: LetterKind, token: Option<&MailToken>, queued: &Queued, new: &str) -> Written {
        let service = self.settings.base.host();
        let shown = if kind == LetterKind::ConfirmAddressChange { TokenText::FormerLink } else { TokenText::Link };
        let link = token.map(|token| self.link(kind, token, shown)).unwrap_or_default();
        let code = token.map(|token| self.tokens().code(token)).unwrap_or_default();
        let expires_in = token.map(|token| token.expires_at().since(self.now())).unwrap_or_default();
        let (link, code) = (&*link, &*code);
        let letter = match kind {
            LetterKind::ResetPassword => Letter::ResetPassword { user, service, link, code, expires_in },
            LetterKind::SignIn => Letter::SignIn { user, service, link, code, expires_in },
            LetterKind::VerifyAddress => Letter::VerifyAddress { user, service, link, code, expires_in },
            LetterKind::ConfirmNewAddress => Letter::ConfirmNewAddress { user, service, link, expires_in },
            LetterKind::ConfirmAddressChange => Letter::ConfirmAddressChange { user, service, new, link, expires_in },
            LetterKind::AddressChanged => Letter::AddressChanged { user, service, link, expires_in },
            LetterKind::AddressSet => Letter::AddressSet { user, service },
            LetterKind::PasswordChanged => Letter::PasswordChanged { user, service },
            LetterKind::NewSignIn => {
                let ip = queued.about.as_deref().and_then(|ip| ip.parse().ok());
                Letter::NewSignIn { user, service, ip }
            }
            LetterKind::RefreshReused => Letter::RefreshReused { user, service },
            LetterKind::PasswordLocked => Letter::PasswordLocked { user, service },
            LetterKind::FactorAdded => Letter::FactorAdded { user, service },
            LetterKind::FactorRemoved => Letter::FactorRemoved { user, service },
            LetterKind::KeyCreated => {
                Letter::KeyCreated { user, service, name: queued.about.as_deref().unwrap_or_default() }
            }
            LetterKind::PasskeyAdded => {
                Letter::PasskeyAdded { user, service, name: queued.about.as_deref().unwrap_or_default() }
            }
            LetterKind::PasskeyRemoved => {
                Letter::PasskeyRemoved { user, service, name: queued.about.as_deref().unwrap_or_default() }
            }
            LetterKind::PasskeyCloned => Letter::PasskeyCloned { user, service },
            LetterKind::RecoveryCodesGenerated => Letter::RecoveryCodesGenerated { user, service },
            LetterKind::RecoveryCodeUsed => {
                let left = queued.about.as_deref().and_then(|left| left.parse().ok()).unwrap_or_default();
                Letter::RecoveryCodeUsed { user, service, left }
            }
            LetterKind::ConfirmSignUp | LetterKind::SignUpOfOwner => Letter::SignUpOfOwner { user, service },
        };
        // Whoever caused the mail may not be its reader.
        self.settings.letters.write(&letter, &queued.locale().after(user.locale()))
    }

    /// Writes to the address of a sign-up: a code to whoever has it, or a notice to the owner of the account that has
    /// the address already.
    async fn about_sign_up(&self, queued: &Queued, record: &Record) -> Result<Option<Addressed>, StoreError> {
        let Some(id) = &queued.token else { return Ok(None) };
        let token = self.tokens().by_id(&[MailPurpose::SignUp], id).await.map_err(unavailable)?;
        let Some(token) = token else { return Ok(None) };
        let Some(data) = token.data::<SignUpData>() else { return Ok(None) };
        let Some(registration) = data.registration::<U>() else { return Ok(None) };
        let index = self.address();
        let is_meant = |to: &String| self.tokens().is_fingerprint(&queued.address, &record.owner, to);
        if let Some(user) = self.account_of(&data).await? {
            let Some(to) = recipient(&user, index).filter(|to| is_meant(to) && user.is_active()) else {
                return Ok(None);
            };
            let written = self.letter(&user, LetterKind::SignUpOfOwner, None, queued, "");
            return Ok(Some(Addressed { to, written, kind: LetterKind::SignUpOfOwner }));
        }
        let address = registration.login(index).and_then(|address| mailbox::<U>(index, address));
        let Some(to) = address.filter(is_meant) else { return Ok(None) };
        let kind = LetterKind::ConfirmSignUp;
        let (link, code) = (self.link(kind, &token, TokenText::Link), self.tokens().code(&token));
        let letter = Letter::ConfirmSignUp {
            registration: &registration,
            service: self.settings.base.host(),
            link: &link,
            code: &code,
            expires_in: token.expires_at().since(self.now()),
        };
        let written = self.settings.letters.write(&letter, &queued.locale());
        Ok(Some(Addressed { to, written, kind }))
    }

    /// Returns the account that has the address of a sign-up, in whatever form.
    async fn account_of(&self, data: &SignUpData) -> Result<Option<U>, StoreError> {
        let index = self.address();
        for form in data.former.iter().filter(|(of, _)| *of == index).flat_map(|(_, forms)| forms) {
            match self.users.find_by_login(index, form).await {
                Err(error) if error.is_corrupt() => {}
                row => {
                    if let Some(user) = row? {
                        return Ok(Some(user));
                    }
                }
            }
        }
        Ok(None)
    }

    fn link(&self, kind: LetterKind, token: &MailToken, shown: TokenText) -> String {
        let settings = &self.settings;
        settings.base.link(page(kind), &self.tokens().text(token, shown), settings.links)
    }
}

/// Returns what the token in a letter may be for; nothing for a letter without one.
const fn purposes(kind: LetterKind) -> &'static [MailPurpose] {
    match kind {
        LetterKind::ResetPassword => &[MailPurpose::ResetPassword],
        LetterKind::SignIn => &[MailPurpose::SignIn, MailPurpose::SecondStep, MailPurpose::Reauthenticate],
        LetterKind::VerifyAddress => &[MailPurpose::VerifyAddress],
        LetterKind::ConfirmNewAddress | LetterKind::ConfirmAddressChange => &[MailPurpose::ChangeAddress],
        LetterKind::AddressChanged => &[MailPurpose::UndoAddressChange],
        LetterKind::ConfirmSignUp
        | LetterKind::SignUpOfOwner
        | LetterKind::AddressSet
        | LetterKind::PasswordChanged
        | LetterKind::NewSignIn
        | LetterKind::RefreshReused
        | LetterKind::PasswordLocked
        | LetterKind::FactorAdded
        | LetterKind::FactorRemoved
        | LetterKind::KeyCreated
        | LetterKind::PasskeyAdded
        | LetterKind::PasskeyRemoved
        | LetterKind::PasskeyCloned
        | LetterKind::RecoveryCodesGenerated
        | LetterKind::RecoveryCodeUsed => &[],
    }
}

/// Returns the page that a link opens, below the base URL.
const fn page(kind: LetterKind) -> &'static str {
    match kind {
        LetterKind::ResetPassword => "reset",
        LetterKind::SignIn => "sign-in",
        LetterKind::ConfirmSignUp => "confirm-sign-up",
        LetterKind::VerifyAddress => "verify",
        LetterKind::ConfirmNewAddress | LetterKind::ConfirmAddressChange => "change-address",
        LetterKind::AddressChanged => "undo-address-change",
        LetterKind::SignUpOfOwner
        | LetterKind::AddressSet
        | LetterKind::PasswordChanged
        | LetterKind::NewSignIn
        | LetterKind::RefreshReused
        | LetterKind::PasswordLocked
        | LetterKind::FactorAdded
        | LetterKind::FactorRemoved
        | LetterKind::KeyCreated
        | LetterKind::PasskeyAdded
        | LetterKind::PasskeyRemoved
        | LetterKind::PasskeyCloned
        | LetterKind::RecoveryCodesGenerated
        | LetterKind::RecoveryCodeUsed => "",
    }
}

fn unavailable(error: AuthError) -> StoreError {
    StoreError::unavailable(error)
}

/// A subject is one line, whoever wrote it: what follows a line end would be another header.
fn one_line(subject: &str) -> String {
    subject.chars().map(|c| if is_misleading(c) { ' ' } else { c }).collect()
}
