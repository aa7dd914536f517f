//! Who gets tokens, said once more, in other words than the library's: from what a door is shown, and from what the
//! account is. Each `match` names every case, so that a new door, state or kind of evidence has to be decided here.

use auth_tests::kinds::Confirms;

/// Defines an enum and the list of its variants.
macro_rules! all_of {
    ($(#[$about:meta])* $name:ident { $($(#[$of:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name { $($(#[$of])* $variant),+ }

        impl $name {
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),+];
        }
    };
}

all_of! {
    /// Every request that hands out tokens, or that changes who gets some.
    Door {
        Login,
        SignUp,
        MailedCode,
        MailedLink,
        SecondStepByCode,
        SecondStepByLink,
        Totp,
        RecoveryCode,
        Passkey,
        PasskeyStep,
        EnrolledTotp,
        EnrolledPasskey,
        SignUpByCode,
        SignUpByLink,
        ResetByLink,
        ResetByCode,
        ChangePassword,
        Reauthenticate,
        ReauthenticateByCode,
        ReauthenticateByLink,
        ReauthenticateByPasskey,
        Refresh,
        VerifyByLink,
        VerifyByCode,
        ConfirmAddress,
        UndoAddressChange,
    }
}

all_of! {
    /// The account at whose door somebody stands.
    State {
        Verified,
        Unverified,
        Disabled,
        /// For strangers, after too many wrong passwords.
        Locked,
        Deleted,
        /// Its password was taken away, and its sessions with it.
        NoPassword,
        /// It has an authenticator app.
        SecondStep,
        /// It meets the rule of its type that says who must have a second factor.
        MustHaveFactor,
    }
}

all_of! {
    /// When the account came to be in its state.
    When {
        BeforeAsking,
        /// After what the door asks for was mailed or issued.
        BeforeAnswering,
    }
}

all_of! {
    Evidence {
        Right,
        Wrong,
        /// What would be right for somebody else.
        Foreign,
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) confirms: Confirms,
    /// Whether people may sign in by mail.
    pub(crate) by_mail: bool,
    pub(crate) state: State,
    pub(crate) when: When,
    pub(crate) door: Door,
    pub(crate) evidence: Evidence,
}

/// What comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Refused,
    /// It is done, or goes on elsewhere, and nobody got a token.
    Done,
    Tokens,
}

/// What an answer at a door shows. (What an earlier step showed is kept with it.)
#[derive(Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a question of its own")]
struct Shows {
    password: bool,
    mailbox: bool,
    session: bool,
    /// A second factor; the first one was shown before.
    factor: bool,
    /// A passkey, which is both.
    passkey: bool,
}

enum Goal {
    /// A session of an account.
    Begin,
    /// A session of an account that does not exist yet.
    BeginNew,
    /// More of a session that there is.
    Continue,
    /// No session.
    Change,
    /// No session, and the account need not be active for it.
    TakeBack,
}

impl Door {
    const fn shows(self) -> Shows {
        let nothing = Shows { password: false, mailbox: false, session: false, factor: false, passkey: false };
        match self {
            Self::Login => Shows { password: true, ..nothing },
            Self::SignUp => nothing,
            Self::ChangePassword | Self::Reauthenticate => Shows { password: true, session: true, ..nothing },
            Self::Refresh => Shows { session: true, ..nothing },
            // What is added inside a sign-in is shown by that.
            Self::Totp | Self::RecoveryCode | Self::PasskeyStep | Self::EnrolledTotp | Self::EnrolledPasskey => {
                Shows { factor: true, ..nothing }
            }
            Self::Passkey => Shows { passkey: true, ..nothing },
            Self::ReauthenticateByPasskey => Shows { session: true, passkey: true, ..nothing },
            Self::VerifyByLink | Self::VerifyByCode => Shows { session: true, mailbox: true, ..nothing },
            Self::MailedCode
            | Self::MailedLink
            | Self::SecondStepByCode
            | Self::SecondStepByLink
            | Self::SignUpByCode
            | Self::SignUpByLink
            | Self::ReauthenticateByCode
            | Self::ReauthenticateByLink
            | Self::ResetByLink
            | Self::ResetByCode
            | Self::ConfirmAddress
            | Self::UndoAddressChange => Shows { mailbox: true, ..nothing },
        }
    }

    const fn goal(self) -> Goal {
        match self {
            Self::Login
            | Self::MailedCode
            | Self::MailedLink
            | Self::SecondStepByCode
            | Self::SecondStepByLink
            | Self::Totp
            | Self::RecoveryCode
            | Self::Passkey
            | Self::PasskeyStep
            | Self::EnrolledTotp
            | Self::EnrolledPasskey => Goal::Begin,
            Self::SignUp | Self::SignUpByCode | Self::SignUpByLink => Goal::BeginNew,
            Self::Reauthenticate
            | Self::ReauthenticateByCode
            | Self::ReauthenticateByLink
            | Self::ReauthenticateByPasskey
            | Self::Refresh => Goal::Continue,
            Self::ResetByLink
            | Self::ResetByCode
            | Self::ChangePassword
            | Self::VerifyByLink
            | Self::VerifyByCode
            | Self::ConfirmAddress => Goal::Change,
            Self::UndoAddressChange => Goal::TakeBack,
        }
    }

    /// Whether what the door takes is for an account whose address is not confirmed.
    pub(crate) const fn is_to_confirm(self) -> bool {
        match self {
            Self::SecondStepByCode | Self::SecondStepByLink | Self::VerifyByLink | Self::VerifyByCode => true,
            Self::Login
            | Self::SignUp
            | Self::MailedCode
            | Self::MailedLink
            | Self::Totp
            | Self::RecoveryCode
            | Self::Passkey
            | Self::PasskeyStep
            | Self::EnrolledTotp
            | Self::EnrolledPasskey
            | Self::SignUpByCode
            | Self::SignUpByLink
            | Self::ResetByLink
            | Self::ResetByCode
            | Self::ChangePassword
            | Self::Reauthenticate
            | Self::ReauthenticateByCode
            | Self::ReauthenticateByLink
            | Self::ReauthenticateByPasskey
            | Self::Refresh
            | Self::ConfirmAddress
            | Self::UndoAddressChange => false,
        }
    }

    /// Whether what the door takes is for an account with a second factor.
    pub(crate) const fn is_of_factor(self) -> bool {
        matches!(self, Self::Totp | Self::RecoveryCode | Self::PasskeyStep)
    }

    /// Whether it is for an account with a passkey.
    pub(crate) const fn is_of_passkey(self) -> bool {
        matches!(self, Self::Passkey | Self::PasskeyStep | Self::ReauthenticateByPasskey)
    }

    /// Whether nothing is asked for before.
    pub(crate) const fn is_one_step(self) -> bool {
        matches!(self, Self::Login | Self::SignUp)
    }

    /// Whether it is answered by somebody who had no account when they asked.
    pub(crate) const fn is_of_strangers(self) -> bool {
        matches!(self, Self::SignUpByCode | Self::SignUpByLink)
    }

    /// Whether what it takes is good although everything that was issued to the account has ended.
    const fn outlives_sessions(self) -> bool {
        // Whoever has a passkey needs nothing that was issued.
        matches!(self.goal(), Goal::TakeBack | Goal::BeginNew) || self.is_one_step() || matches!(self, Self::Passkey)
    }
}

#[derive(Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "each is a question of its own")]
struct Account {
    exists: bool,
    active: bool,
    has_password: bool,
    locked: bool,
    verified: bool,
    second_step: bool,
    must_have_factor: bool,
}

impl Account {
    /// One that nothing is wrong with, at this door.
    const fn in_order(door: Door) -> Self {
        let (verified, second_step) = (!door.is_to_confirm(), door.is_of_factor());
        Self {
            exists: true,
            active: true,
            has_password: true,
            locked: false,
            verified,
            second_step,
            must_have_factor: false,
        }
    }

    const fn of(case: Case) -> Self {
        let before = Self::in_order(case.door);
        match case.state {
            State::Verified => Self { verified: true, ..before },
            State::Unverified => Self { verified: false, ..before },
            State::Disabled => Self { active: false, ..before },
            State::Locked => Self { locked: true, ..before },
            State::Deleted => Self { exists: false, ..before },
            State::NoPassword => Self { has_password: false, ..before },
            State::SecondStep => Self { second_step: true, ..before },
            State::MustHaveFactor => Self { must_have_factor: true, ..before },
        }
    }

    /// Whether the mailbox is part of what a session takes.
    fn wants_mailbox(self, confirms: Confirms) -> bool {
        confirms == Confirms::First && !self.verified
    }

    /// Whether its owner, who is no stranger, can have a session without changing what the account is.
    fn can_have_session(self, case: Case, by_mail: bool) -> bool {
        let first = self.has_password || by_mail;
        let one_is_enough = !self.second_step && !self.must_have_factor;
        self.exists && self.active && !self.wants_mailbox(case.confirms) && one_is_enough && first
    }
}

/// Whether the door's question is answered by a mail, or by a session.
fn is_obtained(case: Case) -> bool {
    let account = match case.when {
        When::BeforeAsking => Account::of(case),
        When::BeforeAnswering => Account::in_order(case.door),
    };
    let is_confirmed = case.confirms == Confirms::Never || account.verified;
    match case.door {
        Door::Login | Door::SignUp => true,
        Door::MailedCode | Door::MailedLink => case.by_mail && account.exists && account.active,
        Door::SecondStepByCode | Door::SecondStepByLink => {
            // The factor would be asked for first.
            let waits = account.wants_mailbox(case.confirms) && !account.second_step;
            waits && account.exists && account.active && account.has_password
        }
        // Where nobody can tell whose address is confirmed, mail and factors do not go together.
        Door::Totp | Door::RecoveryCode | Door::PasskeyStep => {
            case.confirms != Confirms::Never && account.exists && account.active && account.has_password
        }
        Door::EnrolledTotp | Door::EnrolledPasskey => account.must_have_factor,
        // Nobody is asked who they are.
        Door::Passkey => case.confirms != Confirms::Never && account.exists,
        Door::ReauthenticateByPasskey => {
            case.confirms != Confirms::Never && account.can_have_session(case, case.by_mail)
        }
        Door::SignUpByCode | Door::SignUpByLink => {
            case.confirms == Confirms::First && (case.when == When::BeforeAnswering || !account.exists)
        }
        Door::ResetByLink | Door::ResetByCode => account.exists && account.active,
        Door::ChangePassword | Door::Reauthenticate | Door::Refresh => account.can_have_session(case, case.by_mail),
        Door::ReauthenticateByCode | Door::ReauthenticateByLink => {
            case.by_mail && account.can_have_session(case, case.by_mail)
        }
        // By mail, the address would be confirmed already.
        Door::VerifyByLink | Door::VerifyByCode => {
            case.confirms == Confirms::Later && !account.verified && account.can_have_session(case, false)
        }
        Door::ConfirmAddress | Door::UndoAddressChange => is_confirmed && account.can_have_session(case, case.by_mail),
    }
}

/// The rule.
pub(crate) fn expected(case: Case) -> Outcome {
    let (account, shows) = (Account::of(case), case.door.shows());
    let waits = case.confirms == Confirms::First;
    if case.door == Door::SignUp && waits {
        // Whoever asks, for whatever address, is sent to the mailbox.
        return if case.evidence == Evidence::Wrong { Outcome::Refused } else { Outcome::Done };
    }
    let adds_factor = case.state == State::SecondStep && !case.door.is_of_factor();
    let ends = adds_factor || matches!(case.state, State::Disabled | State::Deleted | State::NoPassword);
    let everything_ended = case.when == When::BeforeAnswering && ends;
    let is_void = everything_ended && !case.door.outlives_sessions();
    if case.evidence != Evidence::Right || !is_obtained(case) || is_void {
        return Outcome::Refused;
    }
    let session_ended = shows.session && account.wants_mailbox(case.confirms);
    let wrong_password = shows.password && (!account.has_password || (account.locked && !shows.session));
    if session_ended || wrong_password {
        return Outcome::Refused;
    }
    let is_there = account.exists && account.active;
    let (holds, outcome) = match case.door.goal() {
        Goal::Begin => {
            let mailbox = !account.wants_mailbox(case.confirms) || shows.mailbox;
            let strong = shows.factor || shows.passkey;
            let is_one_enough = !account.second_step && !account.must_have_factor;
            (is_there && mailbox && (is_one_enough || strong), Outcome::Tokens)
        }
        Goal::BeginNew => (!account.exists, Outcome::Tokens),
        // Its tokens are out of date and are not renewed, so its user signs in again.
        Goal::Continue => (is_there && !account.must_have_factor, Outcome::Tokens),
        Goal::Change => (is_there && !(account.must_have_factor && shows.session), Outcome::Done),
        Goal::TakeBack => (account.exists, Outcome::Done),
    };
    if holds { outcome } else { Outcome::Refused }
}
