//! Settings of mail that are allowed, and that whoever deploys the application should have meant.

use super::Risk;
use crate::auth::AuthBuilder;
use crate::mail::{BaseUrl, LinkStyle};
use crate::model::user::AuthUser;

impl<U: AuthUser> AuthBuilder<U> {
    /// Returns what the settings of mail risk in production.
    pub(super) fn mail_risks(&self) -> Vec<Risk> {
        let Some(mailer) = &self.mail.mailer else { return self.risks_without_mail() };
        let mut risks = Vec::new();
        let mut add = |risky: bool, risk: Risk| risks.extend(risky.then_some(risk));
        let base = self.mail.base_url.as_deref().and_then(|url| BaseUrl::parse(url).ok());
        let is_local = base.is_some_and(|base| base.is_loopback());
        let development = mailer.is_for_development();
        add(
            development,
            Risk::new(
                "development_mailer",
                "mail is not sent, and everybody who can read where it goes instead can use every link in it",
                "set a `mailer` that sends",
            ),
        );
        add(
            is_local && !development,
            Risk::new(
                "local_base_url",
                "links in mail lead to this machine, where their readers find no page",
                "set `base_url` to the address that people open, with `https`",
            ),
        );
        add(
            self.mail.links == LinkStyle::Query,
            Risk::note(
                "links_in_query",
                "links have their token in the query, which servers and proxies log",
                "keep queries out of logs, or use `LinkStyle::Fragment`",
            ),
        );
        add(
            self.mail.interval.is_zero(),
            Risk::note(
                "mail_by_hand",
                "no process sends mail by itself",
                "call `auth.send_mail()` from a job, or leave out `.mail_interval(Duration::ZERO)`",
            ),
        );
        add(
            self.mail.sign_in,
            Risk::note(
                "mail_sign_in",
                "everybody who can read a mailbox can sign in as its owner",
                "leave out `.mail_sign_in(true)` if a password is to protect more than a mailbox does",
            ),
        );
        risks
    }

    fn risks_without_mail(&self) -> Vec<Risk> {
        let mut risks = Vec::new();
        let mut add = |risky: bool, risk: Risk| risks.extend(risky.then_some(risk));
        add(
            U::SCHEMA.password.is_some(),
            Risk::note(
                "no_mailer",
                "nobody can reset a forgotten password by themselves",
                "set a `mailer` and a `base_url`, or do it for them: `auth user set-password`",
            ),
        );
        add(
            U::SCHEMA.verified.is_some(),
            Risk::note(
                "verified_without_mailer",
                "nothing asks people to confirm their address, and a rule that requires it admits nobody",
                "set a `mailer` and a `base_url`, or confirm addresses with `auth.accounts().set_verified(…)`",
            ),
        );
        add(
            self.mail.base_url.is_some(),
            Risk::note("unused_base_url", "`base_url` is set, and no mail has a link to it", "set a `mailer`, too"),
        );
        risks
    }
}
