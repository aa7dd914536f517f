//! Sign-ups that wait for their address to be confirmed, for user types with `verified(required)`.
//!
//! There is no row before. A row would keep the owner of the address from signing up; and if it were there for addresses
//! that nobody has, and not for others, requests would tell which addresses have accounts. So both write the same two
//! records, and who gets which letter is found out when it is sent. The password that counts is that of whoever has both
//! the handle of this sign-up and the mail: an earlier sign-up of somebody else is not confirmed by it.

use super::AccountService;
use crate::PasswordHash;
use crate::base::error::AuthError;
use crate::base::pending_sign_in::{Needs, PendingSignIn};
use crate::mail::{Binding, LetterKind, MailPurpose, MailToken, NewMail, SignUpData};
use crate::model::client_info::ClientInfo;
use crate::model::event::EventKind;
use crate::model::user::{AuthUser, Registration as _};
use crate::rate_limits::{BegunAttempt, MailTo};
use crate::sign_in::logins::FormerLogins;
use crate::sign_in::{SignIn, pending, pending_nothing};

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
        let former = self.logins.all_forms(former, registration).await?;
        self.logins.others_are_free(index, &former).await?;
        let Some(address) = registration.login(index) else {
            return Err(AuthError::internal("a sign-up without the address that has to be confirmed"));
        };
        let name = self.limits.account_key(index, address);
        let counted = self.limits.count_mail_to(begun, &name.to_string(), MailTo::NewAddress, client).await;
        let Some(counted) = counted else { return pending_nothing(outbox.tokens(), SIGN_UP) };
        let body = registration.to_body().and_then(|body| serde_json::to_string(&body).ok());
        let body = body.ok_or_else(|| AuthError::internal("the fields of a sign-up cannot be stored as JSON"))?;
        let data = SignUpData { body, hash: hash.expose().to_owned(), former: former.into_forms() };
        let nobody = self.limits.nobody(index, address);
        let binding = Binding::of_nobody(nobody, address, 0, name, self.limits.network_key(client));
        let token = tokens.issue_with(SIGN_UP, &binding, Some(&data)).await?;
        let (kind, locale, owner) = (LetterKind::ConfirmSignUp, &client.locale, &*binding.owner);
        counted.keep();
        outbox.enqueue(NewMail { kind, owner, address, token: Some(&token), locale, about: None }).await?;
        self.reporter.report(client, EventKind::SignUpRequested);
        Ok(pending(outbox.tokens(), &token, Needs::Mailbox, self.reporter.now()))
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
        let created = self.insert_unless_former(&former, registration, Some(hash), confirmed, &[]).await;
        let user = created.inspect_err(|error| self.sign_up_refused(error, client))?;
        // Other sign-ups with this address are void: it has an account now.
        self.outbox()?.tokens().remove_all(SIGN_UP, token.owner()).await;
        let id = user.id().to_string();
        self.reporter.report(client, EventKind::Registered { user: id.clone() });
        self.reporter.report(client, EventKind::AddressVerified { user: id });
        let user = self.account_was_created(user, client).await.map_err(AuthError::after_sign_up)?;
        self.sign_in.first_session_mailed(begun, user, &token, client).await.map_err(AuthError::after_sign_up)
    }
}
