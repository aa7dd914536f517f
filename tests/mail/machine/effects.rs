//! What each action does in the model, and what is answered.

use auth::mail::LetterKind;

use super::model::{Account, Action, Expected, HOUR, Model, Paper, Reserved, Shown};

/// How long ago somebody may have signed in who asks for another address.
const FRESH: u64 = 300;

impl Model {
    fn end_sessions(&mut self, account: usize, except: Option<usize>) {
        self.accounts[account].era += 1;
        for (number, session) in self.sessions.iter_mut().enumerate() {
            session.alive &= session.account != account || except == Some(number);
        }
    }

    fn void_papers(&mut self, account: usize, kind: Option<LetterKind>) {
        let of = |paper: &&mut Paper| paper.account == account && kind.is_none_or(|kind| paper.kind == kind);
        self.papers.iter_mut().filter(of).for_each(|paper| paper.used = true);
    }

    fn set_password(&mut self, account: usize, password: Option<String>) {
        self.passwords += usize::from(password.is_some());
        let account = &mut self.accounts[account];
        let former = std::mem::replace(&mut account.password, password);
        account.former.extend(former);
    }

    /// Nothing is left of whoever used the account before its address was confirmed.
    fn reclaim(&mut self, account: usize) {
        let passwords = &self.accounts[account];
        let passwords = passwords.former.iter().chain(&passwords.password).cloned().collect();
        self.accounts[account].reclaimed = Some((self.papers.len(), self.sessions.len(), passwords));
        self.accounts[account].verified = true;
        self.void_papers(account, None);
    }

    fn stale(&mut self, account: usize) {
        self.sessions.iter_mut().filter(|session| session.account == account).for_each(|session| session.stale = true);
    }

    /// Whom an action is about.
    pub(super) fn subject(&self, action: Action) -> Option<usize> {
        match action {
            Action::SignUp(address)
            | Action::Login(address)
            | Action::SignInByMail(address)
            | Action::Forget(address) => self.at(address),
            Action::Answer(paper, _)
            | Action::Reset(paper, _)
            | Action::ConfirmMove(paper)
            | Action::AgreeToMove(paper)
            | Action::Undo(paper) => Some(self.papers[paper].account),
            Action::SendVerification(session)
            | Action::Verify(session, _)
            | Action::Move(session, _)
            | Action::ChangePassword(session)
            | Action::Logout(session)
            | Action::Refresh(session) => Some(self.sessions[session].account),
            Action::SetPassword(account)
            | Action::Disable(account)
            | Action::Enable(account)
            | Action::Delete(account) => Some(account),
            Action::Wait(_) => None,
        }
    }

    /// Does an action whose numbers name what there is, and says what comes of it.
    pub(super) fn does(&mut self, action: Action) -> Expected {
        match action {
            Action::SignUp(address) => self.signs_up(address),
            Action::Login(address) => match self.at(address) {
                Some(account) if self.accounts[account].password.is_none() => Expected::is(401),
                Some(account) if !self.accounts[account].active => Expected::is(403),
                Some(account) => Expected::is(200).begins(account),
                None => Expected::is(401),
            },
            Action::SignInByMail(address) => Expected::is(202).mails(LetterKind::SignIn, self.active_at(address)),
            Action::Forget(address) => Expected::is(202).mails(LetterKind::ResetPassword, self.active_at(address)),
            Action::Answer(number, _) => self.answers(number),
            Action::Reset(number, shown) => self.resets(number, shown),
            Action::SendVerification(session) => {
                let (account, enters) = (self.sessions[session].account, self.enters(&self.sessions[session]));
                match (enters, self.accounts[account].verified) {
                    (false, _) => Expected::is(401),
                    (true, true) => Expected::is(204),
                    (true, false) => Expected::is(202).mails(LetterKind::VerifyAddress, Some(account)),
                }
            }
            Action::Verify(session, paper) => self.verifies(session, paper),
            Action::Move(session, address) => self.moves(session, address),
            Action::ConfirmMove(number) => self.confirms_move(number, 0),
            Action::AgreeToMove(number) => self.confirms_move(number, 1),
            Action::Undo(number) => {
                if !self.can_undo(number) {
                    return Expected::is(400);
                }
                let (account, from) = (self.papers[number].account, self.papers[number].from);
                (self.accounts[account].address, self.accounts[account].verified) = (from, true);
                self.set_password(account, None);
                self.end_sessions(account, None);
                let later = |paper: &&mut Paper| paper.kind == LetterKind::AddressChanged && paper.account == account;
                self.papers[number..].iter_mut().filter(later).for_each(|paper| paper.used = true);
                Expected::is(204)
            }
            Action::ChangePassword(session) => {
                let (account, enters) = (self.sessions[session].account, self.enters(&self.sessions[session]));
                match (enters, &self.accounts[account].password) {
                    (false, _) => Expected::is(401),
                    (true, None) => Expected::is(422),
                    (true, Some(_)) => {
                        self.set_password(account, Some(self.next_password()));
                        self.end_sessions(account, Some(session));
                        Expected::is(204)
                    }
                }
            }
            Action::SetPassword(account) => {
                self.set_password(account, Some(self.next_password()));
                self.end_sessions(account, None);
                Expected::is(204)
            }
            Action::Disable(account) => {
                self.accounts[account].active = false;
                self.end_sessions(account, None);
                Expected::is(204)
            }
            Action::Enable(account) => {
                if !std::mem::replace(&mut self.accounts[account].active, true) {
                    self.end_sessions(account, None);
                }
                Expected::is(204)
            }
            Action::Delete(account) => {
                self.accounts[account].exists = false;
                self.end_sessions(account, None);
                Expected::is(204)
            }
            Action::Logout(session) => {
                self.sessions[session].alive = false;
                Expected::is(204)
            }
            Action::Refresh(session) => Expected::is(if self.sessions[session].alive { 200 } else { 401 }),
            Action::Wait(seconds) => {
                self.now += seconds;
                Expected::is(204)
            }
        }
    }

    fn signs_up(&mut self, address: usize) -> Expected {
        if !self.is_free(address, None) {
            return Expected::is(409);
        }
        let password = Some(self.next_password());
        self.passwords += 1;
        self.accounts.push(Account {
            id: 0,
            address,
            password,
            former: Vec::new(),
            verified: false,
            active: true,
            exists: true,
            era: 0,
            reclaimed: None,
        });
        let account = self.accounts.len() - 1;
        Expected::is(201).begins(account).mails(LetterKind::VerifyAddress, Some(account))
    }

    fn answers(&mut self, number: usize) -> Expected {
        let (paper, account) = (&self.papers[number], self.papers[number].account);
        let owner = &self.accounts[account];
        if self.is_kept(paper) && owner.address == paper.from && !owner.active {
            return Expected::is(403);
        }
        if !self.is_good(paper) {
            return Expected::is(401);
        }
        self.papers[number].used = true;
        if !self.accounts[account].verified {
            self.reclaim(account);
            self.set_password(account, None);
            self.end_sessions(account, None);
        }
        Expected::is(200).begins(account)
    }

    fn resets(&mut self, number: usize, shown: Shown) -> Expected {
        let account = self.papers[number].account;
        if !self.is_good(&self.papers[number]) {
            return Expected::is(match shown {
                Shown::Link => 400,
                Shown::Code => 401,
            });
        }
        self.papers[number].used = true;
        if !self.accounts[account].verified {
            self.reclaim(account);
        }
        self.set_password(account, Some(self.next_password()));
        self.end_sessions(account, None);
        Expected::is(204)
    }

    fn verifies(&mut self, session: usize, number: usize) -> Expected {
        let (paper, account) = (&self.papers[number], self.sessions[session].account);
        if !self.enters(&self.sessions[session]) {
            return Expected::is(401);
        }
        let owner = &self.accounts[account];
        let is_its = self.is_kept(paper) && paper.account == account && paper.from == owner.address;
        if !is_its || !(owner.verified || owner.era == paper.era) {
            return Expected::is(400);
        }
        if !owner.verified {
            self.accounts[account].verified = true;
            self.stale(account);
        }
        self.void_papers(account, Some(LetterKind::VerifyAddress));
        Expected::is(204)
    }

    fn moves(&mut self, number: usize, address: usize) -> Expected {
        let session = &self.sessions[number];
        let account = session.account;
        if !self.enters(session) || self.now > session.began_at + FRESH {
            Expected::is(401)
        } else if !self.accounts[account].verified {
            Expected::is(403)
        } else if self.accounts[account].address == address {
            Expected::is(422)
        } else {
            Expected::is(202).mails(LetterKind::ConfirmNewAddress, Some(account))
        }
    }

    fn confirms_move(&mut self, number: usize, by: usize) -> Expected {
        if !self.is_good(&self.papers[number]) {
            return Expected::is(400);
        }
        let Some(number) = self.of_new_address(number) else { return Expected::is(200) };
        self.papers[number].confirmed[by] = true;
        if self.both && self.papers[number].confirmed != [true; 2] {
            return Expected::is(200);
        }
        let (paper, account) = (self.papers[number].clone(), self.papers[number].account);
        let of_it = |one: &&mut Paper| {
            let is_confirmation = matches!(one.kind, LetterKind::ConfirmNewAddress | LetterKind::ConfirmAddressChange);
            is_confirmation && (one.account, one.at) == (account, paper.at)
        };
        self.papers.iter_mut().filter(of_it).for_each(|paper| paper.used = true);
        // Nobody else gets the address in between, whatever comes of the change.
        if !self.both {
            self.reserves(&paper, paper.maybe);
        }
        if !self.is_free(paper.to, Some(account)) {
            return Expected::is(409);
        }
        (self.accounts[account].address, self.accounts[account].verified) = (paper.to, true);
        self.stale(account);
        if self.both {
            return Expected::is(204);
        }
        self.reserves(&paper, false);
        Expected::is(204).mails(LetterKind::AddressChanged, Some(account))
    }

    /// Whether something that broke off may have ended what an action shows.
    pub(super) fn is_doubtful(&self, action: Action) -> bool {
        let may_be_taken = match action {
            Action::SignUp(address) => self.is_reserved(address, None, true),
            Action::ConfirmMove(paper) => {
                self.is_reserved(self.papers[paper].to, Some(self.papers[paper].account), true)
            }
            _ => false,
        };
        let shown = shown(action);
        may_be_taken
            || shown.is_some_and(|(paper, session)| {
                paper.is_some_and(|paper| self.papers[paper].maybe)
                    || session.is_some_and(|session| self.sessions[session].maybe)
            })
    }

    /// Whether an action confirms what is confirmed already, with a link whose record may have stayed.
    pub(super) fn is_harmless(&self, action: Action) -> bool {
        let Action::Verify(session, paper) = action else { return false };
        self.papers[paper].maybe && self.accounts[self.sessions[session].account].verified
    }

    /// Whether what an action shows is from before somebody who reads the mail made the account theirs.
    pub(super) fn is_reclaimed(&self, action: Action) -> bool {
        let Some((paper, session)) = shown(action) else { return false };
        let marks = |account: usize| self.accounts[account].reclaimed.as_ref();
        paper.is_some_and(|paper| marks(self.papers[paper].account).is_some_and(|(papers, ..)| paper < *papers))
            || session.is_some_and(|session| {
                marks(self.sessions[session].account).is_some_and(|(_, sessions, _)| session < *sessions)
            })
    }

    fn reserves(&mut self, paper: &Paper, maybe: bool) {
        let (address, account, until) = (paper.from, paper.account, self.now + 72 * HOUR);
        self.reserved.push(Reserved { address, account, until, maybe });
    }

    /// Something broke off: what was issued to whom it was about may have ended, and more than that has not happened.
    pub(super) fn doubts(&mut self, action: Action, before: &Self) {
        let account = match action {
            Action::SignUp(address) => self.at(address),
            _ => before.subject(action),
        };
        if let Action::ConfirmMove(paper) = action
            && !self.both
        {
            self.reserves(&before.papers[paper], true);
        }
        let of = |one: usize| Some(one) == account;
        self.sessions.iter_mut().filter(|session| of(session.account)).for_each(|session| session.maybe = true);
        self.papers.iter_mut().filter(|paper| of(paper.account)).for_each(|paper| paper.maybe = true);
    }
}

/// The paper and the session that an action shows.
fn shown(action: Action) -> Option<(Option<usize>, Option<usize>)> {
    match action {
        Action::Answer(paper, _)
        | Action::Reset(paper, _)
        | Action::ConfirmMove(paper)
        | Action::AgreeToMove(paper)
        | Action::Undo(paper) => Some((Some(paper), None)),
        Action::Verify(session, paper) => Some((Some(paper), Some(session))),
        Action::SendVerification(session)
        | Action::Move(session, _)
        | Action::ChangePassword(session)
        | Action::Refresh(session) => Some((None, Some(session))),
        // Whoever ends a session needs no good one.
        Action::Logout(_)
        | Action::SignUp(_)
        | Action::Login(_)
        | Action::SignInByMail(_)
        | Action::Forget(_)
        | Action::SetPassword(_)
        | Action::Disable(_)
        | Action::Enable(_)
        | Action::Delete(_)
        | Action::Wait(_) => None,
    }
}
