//! Sign-ups that wait for their address to be confirmed, for user types with `verified(required)`.
//!
//! There is no row before. A row would keep the owner of the address from signing up; and if it were there for addresses
//! that nobody has, and not for others, requests would tell which addresses have accounts. So both write the same two
//! records, and who gets which letter is found out when it is sent. The password that counts is that of whoever has both
//! the handle of this sign-up and the mail: an earlier sign-up of somebody else is not confirmed by it.

use super::AccountService;
use crate::PasswordHash;
use crate::base::error::AuthError;
use crate::base::pending_sign_in::{Needs, PendingSignIn, SignInMethod};
use crate::mail::{Binding, LetterKind, MailPurpose, MailToken, NewMail, SignUpData};
use crate::model::client_info::ClientInfo;
use crate::model::event::EventKind;
use crate::model::user::{AuthUser, Registration as _};
use crate::rate_limits::BegunAttempt;
use crate::sign_in::logins::FormerLogins;
use crate::sign_in::{SignIn, pending};

const SIGN_UP: MailPurpose = MailPurpose::SignUp;

impl<U: AuthUser> AccountService<U> {
    /// Keeps a sign-up until its address is confirmed, and mails link and code.
    pub(super) async fn await_confirmation(
        &self,
        begun: BegunAttempt,
        former: FormerLogins,
        registration: &U::Registration,
        hash: &PasswordHash,
        client: &ClientInfo,
    ) -> Result<PendingSignIn, AuthError> {
        let outbox = self.outbox()?;
        let (index, tokens) = (outbox.address(), outbox.tokens());
        // Other logins are no secret: whoever signs up has to choose another one.
        self.logins.others_are_free(index, &former, registration).await?;
        let Some(address) = registration.login(index) else {
            return Err(AuthError::internal("a sign-up without the address that has to be confirmed"));
        };
        if !self.limits.may_mail(begun, index, address, client).await
            || !self.limits.may_mail_all(begun, true, client).await
        {
            return Ok(PendingSignIn {
                sign_in: tokens.handle_of_nothing()?,
                needs: Needs::Mailbox,
                methods: SignInMethod::OF_MAILBOX,
                expires_in: SIGN_UP.life(),
            });
        }
        let body = registration.to_body().and_then(|body| serde_json::to_string(&body).ok());
        let body = body.ok_or_else(|| AuthError::internal("the fields of a sign-up cannot be stored as JSON"))?;
        let data = SignUpData { body, hash: hash.expose().to_owned(), former: former.into_forms() };
        let owner = self.limits.nobody(index, address);
        let binding = Binding { owner: &owner, address, generation: 0 };
        let token = tokens.issue_with(SIGN_UP, binding, Some(&data)).await?;
        let (kind, locale) = (LetterKind::ConfirmSignUp, &client.locale);
        outbox.enqueue(NewMail { kind, owner: &owner, address, token: Some(&token), locale, about: None }).await?;
        self.reporter.report(client, EventKind::SignUpRequested);
        Ok(pending(outbox, &token, Needs::Mailbox, self.reporter.now()))
    }

    /// Creates the account of a sign-up whose address was just confirmed, and signs it in.
    pub(super) async fn confirm_sign_up(
        &self,
        begun: BegunAttempt,
        token: MailToken,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        let data: SignUpData = token.data().ok_or(AuthError::SignInExpired)?;
        let registration = data.registration::<U>().ok_or(AuthError::SignInExpired)?;
        let hash = PasswordHash::from_stored(data.hash.as_str());
        let former = FormerLogins::from_forms(data.former);
        let confirmed = Some(self.reporter.now());
        // The unique index decides between several: the others are told that the login is taken.
        let user = self.insert_unless_former(&former, registration, Some(hash), confirmed).await?;
        // Whatever else waited for this address is void: it has an account now.
        if let Err(error) = self.outbox()?.tokens().remove_owned(token.owner()).await {
            let error: &dyn std::error::Error = &error;
            tracing::debug!(target: "auth::mail", error, "a confirmed sign-up stays until it expires");
        }
        let id = user.id().to_string();
        self.reporter.report(client, EventKind::Registered { user: id.clone() });
        self.reporter.report(client, EventKind::AddressVerified { user: id });
        let user = self.account_was_created(user, client).await.map_err(AuthError::after_sign_up)?;
        self.sign_in.first_session_mailed(begun, user, &token, client).await.map_err(AuthError::after_sign_up)
    }
}
