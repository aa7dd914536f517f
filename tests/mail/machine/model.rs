//! What the machine of sign-in, mail and accounts should do, in as few words as possible: who has which password, which
//! papers (mailed links and codes, with the handles of the browsers that asked) are good, and which sessions go on.

use auth::mail::LetterKind;

pub(super) const ADDRESSES: [&str; 3] = ["ada@example.org", "bob@example.org", "eve@example.org"];
const ACCESS: u64 = 905;
pub(super) const HOUR: u64 = 3600;

/// Which of the two things in a mail is shown.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shown {
    Link,
    Code,
}

/// What somebody does. Numbers choose among what there is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    SignUp(usize),
    Login(usize),
    SignInByMail(usize),
    Answer(usize, Shown),
    Forget(usize),
    Reset(usize, Shown),
    SendVerification(usize),
    Verify(usize, usize),
    Move(usize, usize),
    ConfirmMove(usize),
    /// Of the address that an account has, with another one.
    AgreeToMove(usize),
    Undo(usize),
    ChangePassword(usize),
    SetPassword(usize),
    Disable(usize),
    Enable(usize),
    Delete(usize),
    Logout(usize),
    Refresh(usize),
    Wait(u64),
}

#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) id: i64,
    pub(super) address: usize,
    pub(super) password: Option<String>,
    pub(super) former: Vec<String>,
    pub(super) verified: bool,
    pub(super) active: bool,
    pub(super) exists: bool,
    /// How often everything that was issued has ended.
    pub(super) era: u32,
    /// How many papers and sessions there were when somebody who only reads the mail made the account theirs, with the
    /// passwords of before.
    pub(super) reclaimed: Option<(usize, usize, Vec<String>)>,
}

#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) account: usize,
    pub(super) access: String,
    pub(super) refresh: String,
    pub(super) alive: bool,
    pub(super) stale: bool,
    issued_at: u64,
    pub(super) began_at: u64,
    /// Something broke off that may have ended it.
    pub(super) maybe: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Paper {
    pub(super) kind: LetterKind,
    pub(super) account: usize,
    /// The address of the account that it is about.
    pub(super) from: usize,
    /// Of a change of address: the new one.
    pub(super) to: usize,
    pub(super) handle: Option<String>,
    pub(super) link: String,
    pub(super) code: Option<String>,
    pub(super) era: u32,
    pub(super) at: u64,
    pub(super) used: bool,
    /// Of a change of address that both addresses confirm: whether the new one has, and the present one.
    pub(super) confirmed: [bool; 2],
    /// Something broke off that may have made it void.
    pub(super) maybe: bool,
}

/// An address that an account was moved away from: nobody else gets it for a while.
#[derive(Clone, Debug)]
pub(super) struct Reserved {
    pub(super) address: usize,
    pub(super) account: usize,
    pub(super) until: u64,
    /// The move broke off.
    pub(super) maybe: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) now: u64,
    /// Both addresses confirm a change, and nobody takes it back.
    pub(super) both: bool,
    pub(super) accounts: Vec<Account>,
    pub(super) sessions: Vec<Session>,
    pub(super) papers: Vec<Paper>,
    pub(super) reserved: Vec<Reserved>,
    pub(super) passwords: usize,
}

/// What comes of an action.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    pub(super) status: u16,
    /// Whose session begins.
    pub(super) begins: Option<usize>,
    /// What is mailed about whom.
    pub(super) mails: Option<(LetterKind, usize)>,
}

impl Expected {
    pub(super) const fn is(status: u16) -> Self {
        Self { status, begins: None, mails: None }
    }

    pub(super) fn mails(self, kind: LetterKind, account: Option<usize>) -> Self {
        Self { mails: account.map(|account| (kind, account)), ..self }
    }

    pub(super) const fn begins(self, account: usize) -> Self {
        Self { begins: Some(account), ..self }
    }
}

impl Model {
    /// The account that has an address.
    pub(super) fn at(&self, address: usize) -> Option<usize> {
        self.accounts.iter().position(|account| account.exists && account.address == address)
    }

    pub(super) fn active_at(&self, address: usize) -> Option<usize> {
        self.at(address).filter(|account| self.accounts[*account].active)
    }

    pub(super) fn is_free(&self, address: usize, of: Option<usize>) -> bool {
        self.at(address).is_none_or(|account| Some(account) == of) && !self.is_reserved(address, of, false)
    }

    /// Whether an address is kept for another account, which has a link back to it; or may be.
    pub(super) fn is_reserved(&self, address: usize, of: Option<usize>, maybe: bool) -> bool {
        self.reserved.iter().any(|kept| {
            let is_kept = kept.address == address && self.accounts[kept.account].exists;
            let leads_back = |paper: &&Paper| {
                let is_undo = paper.kind == LetterKind::AddressChanged && paper.account == kept.account;
                is_undo && paper.from == address && self.is_kept(paper)
            };
            let mut links = self.papers.iter().filter(leads_back);
            let is_certain = !kept.maybe && links.clone().any(|paper| !paper.maybe);
            let is_meant = if maybe { !is_certain && (kept.maybe || links.next().is_some()) } else { is_certain };
            is_kept && is_meant && self.now < kept.until && Some(kept.account) != of
        })
    }

    pub(super) fn enters(&self, session: &Session) -> bool {
        session.alive && !session.stale && self.now < session.issued_at + ACCESS
    }

    /// The next password that nobody has had.
    pub(super) fn next_password(&self) -> String {
        format!("a good password of turn {}", self.passwords)
    }

    /// A paper of this kind, counted from the newest.
    pub(super) fn number_of(&self, kind: LetterKind, number: usize) -> Option<usize> {
        let those: Vec<usize> = (0..self.papers.len()).rev().filter(|paper| self.papers[*paper].kind == kind).collect();
        those.get(number % those.len().max(1)).copied()
    }

    /// Whether a paper is not used and not too old.
    pub(super) fn is_kept(&self, paper: &Paper) -> bool {
        let life = match paper.kind {
            LetterKind::SignIn => HOUR / 6,
            LetterKind::ResetPassword => HOUR / 2,
            LetterKind::ConfirmNewAddress | LetterKind::ConfirmAddressChange => 2 * HOUR,
            LetterKind::VerifyAddress => 24 * HOUR,
            LetterKind::AddressChanged => 72 * HOUR,
            other => panic!("{other:?} has no link"),
        };
        !paper.used && self.now < paper.at + life && self.accounts[paper.account].exists
    }

    /// Whether it is also about the account as it is.
    pub(super) fn is_good(&self, paper: &Paper) -> bool {
        let account = &self.accounts[paper.account];
        self.is_kept(paper) && account.active && account.address == paper.from && account.era == paper.era
    }

    /// What can undo a change is good while the account has the address of it, or one that it got later.
    pub(super) fn can_undo(&self, number: usize) -> bool {
        let paper = &self.papers[number];
        let account = &self.accounts[paper.account];
        let later: Vec<&Paper> = self.papers[number + 1..].iter().filter(|later| self.undoes(later, paper)).collect();
        let mut address = account.address;
        for _ in 0..64 {
            if address == paper.to {
                return self.is_kept(paper) && account.address != paper.from;
            }
            let Some(back) = later.iter().find(|later| later.to == address) else { return false };
            address = back.from;
        }
        false
    }

    /// The paper for the new address that belongs to one for either of the two.
    pub(super) fn of_new_address(&self, number: usize) -> Option<usize> {
        let of = &self.papers[number];
        self.papers.iter().position(|paper| {
            (paper.kind, paper.account, paper.at) == (LetterKind::ConfirmNewAddress, of.account, of.at)
        })
    }

    /// Whether one paper undoes another change of the same account.
    fn undoes(&self, other: &Paper, paper: &Paper) -> bool {
        other.kind == LetterKind::AddressChanged && other.account == paper.account && self.is_kept(other)
    }

    /// Notes a mail that has arrived.
    pub(super) fn receives(&mut self, kind: LetterKind, account: usize, to: usize, mail: &auth::testing::TestMail) {
        let code = mail.text.lines().any(|line| line.trim().len() == 9 && !line.contains('/')).then(|| mail.code());
        let owner = &self.accounts[account];
        let from = if kind == LetterKind::AddressChanged { to } else { owner.address };
        let to = if kind == LetterKind::AddressChanged { owner.address } else { to };
        let (era, at) = (owner.era, self.now);
        let paper = Paper {
            kind,
            account,
            from,
            to,
            handle: None,
            link: mail.token(),
            code,
            era,
            at,
            used: false,
            confirmed: [false; 2],
            maybe: false,
        };
        self.papers.push(paper);
        let most = match kind {
            LetterKind::ConfirmNewAddress | LetterKind::ConfirmAddressChange => 1,
            LetterKind::ResetPassword | LetterKind::VerifyAddress => 3,
            LetterKind::SignIn => 10,
            _ => usize::MAX,
        };
        let now = self.now;
        let alive: Vec<bool> = self.papers.iter().map(|paper| self.is_kept(paper)).collect();
        let same = self
            .papers
            .iter_mut()
            .zip(alive)
            .rev()
            .filter(|(paper, alive)| *alive && paper.kind == kind && paper.account == account && paper.at <= now);
        same.skip(most).for_each(|(paper, _)| paper.used = true);
    }

    pub(super) fn begins(&mut self, account: usize, access: String, refresh: String) {
        let now = self.now;
        self.sessions.push(Session {
            account,
            access,
            refresh,
            alive: true,
            stale: false,
            issued_at: now,
            began_at: now,
            maybe: false,
        });
    }

    pub(super) fn refreshes(&mut self, session: usize, access: String, refresh: String) {
        let now = self.now;
        let session = &mut self.sessions[session];
        (session.access, session.refresh, session.issued_at, session.stale) = (access, refresh, now, false);
    }
}
