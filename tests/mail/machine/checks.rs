//! What is compared after each step: rows, who gets in, what mail there is.

use std::collections::BTreeMap;

use auth::mail::LetterKind;
use auth_tests::time::still;
use auth_tests::{Answer, Call};
use serde_json::json;

use super::model::{ADDRESSES, Action, Model, Shown};
use super::world::{Row, World};

/// The mails with something in them that opens something.
const KINDS: [LetterKind; 6] = [
    LetterKind::SignIn,
    LetterKind::ResetPassword,
    LetterKind::VerifyAddress,
    LetterKind::ConfirmNewAddress,
    LetterKind::ConfirmAddressChange,
    LetterKind::AddressChanged,
];

fn index_of(address: &str) -> usize {
    ADDRESSES.iter().position(|one| *one == address).unwrap()
}

impl World {
    /// Looks at the table: it is as after the action or, if that was broken off, as before.
    pub(super) async fn look(&mut self, action: Action, before: &Model, done: bool) {
        let mut rows = Vec::new();
        for account in &self.model.accounts {
            rows.push(self.row(account.id, account.address).await);
        }
        if !done && self.fits(before, before, &rows) {
            self.model = before.clone();
            rows.truncate(self.model.accounts.len());
        }
        if let Action::Reset(paper, _) = action
            && !self.fits(&self.model, before, &rows)
        {
            // A reset that breaks off at the end has set the password, and leaves the address as it was.
            let account = before.papers[paper].account;
            self.model.accounts[account].verified = before.accounts[account].verified;
        }
        if let Action::ConfirmMove(paper) | Action::AgreeToMove(paper) = action
            && !self.fits(&self.model, before, &rows)
            && let Some(paper) = before.of_new_address(paper).filter(|paper| before.papers[*paper].maybe)
        {
            // The other confirmation broke off, and was stored all the same.
            self.model = before.clone();
            self.model.papers[paper].confirmed = [true; 2];
            self.model.does(action);
        }
        assert!(self.fits(&self.model, before, &rows), "{action:?} halfway: {rows:?}\n{before:#?}");
        for account in self.model.accounts.iter_mut().filter(|account| account.id == 0) {
            let field = ADDRESSES[account.address];
            account.id = self.auth.accounts().find_by_login("email", field).await.unwrap().unwrap().id;
        }
        self.rows = rows;
    }

    /// The row of an account; of a new one, whose id is not known yet, the one at its address.
    async fn row(&self, id: i64, address: usize) -> Option<Row> {
        let accounts = self.auth.accounts();
        let user = match id {
            0 => accounts.find_by_login("email", ADDRESSES[address]).await.unwrap(),
            id => accounts.find(&id).await.unwrap(),
        }?;
        Some((user.email, user.is_active, user.verified_at.is_some(), user.password_hash.expose().to_owned()))
    }

    /// Whether the rows are what a model says. A hash is known by having changed, or not.
    fn fits(&self, model: &Model, before: &Model, rows: &[Option<Row>]) -> bool {
        let all_there = rows.iter().skip(model.accounts.len()).all(Option::is_none);
        all_there
            && model.accounts.iter().zip(rows).enumerate().all(|(number, (account, row))| {
                let Some((email, active, verified, hash)) = row else { return !account.exists };
                let was = before.accounts.get(number).map(|before| &before.password);
                let former = self.rows.get(number).and_then(|row| row.as_ref().map(|(.., hash)| hash));
                let same_hash = match (was == Some(&account.password), &account.password) {
                    (true, _) => former == Some(hash),
                    (false, None) => hash.starts_with(['!', '*']),
                    (false, Some(_)) => former != Some(hash) && !hash.starts_with(['!', '*']),
                };
                account.exists
                    && email == ADDRESSES[account.address]
                    && (*active, *verified) == (account.active, account.verified)
                    && same_hash
            })
    }

    /// Reads the mail. `expected` is what must have come, and nothing else, if `is_certain`.
    pub(super) async fn read_mails(
        &mut self,
        action: Action,
        expected: Option<(LetterKind, usize)>,
        is_certain: bool,
        answer: Option<Answer>,
    ) {
        still(self.auth.send_mail()).await.unwrap();
        let all = self.mailbox.all();
        let (first, mut late) = (self.model.papers.len(), false);
        for mail in all[self.read..].iter().filter(|mail| KINDS.contains(&mail.kind)) {
            let to = index_of(&mail.to);
            let account = match mail.kind {
                LetterKind::ConfirmNewAddress | LetterKind::ConfirmAddressChange => self.model.subject(action),
                LetterKind::AddressChanged => {
                    late |= !matches!(action, Action::ConfirmMove(_));
                    self.model.reserved.iter().rfind(|kept| kept.address == to).map(|kept| kept.account)
                }
                _ => self.model.at(to),
            };
            self.model.receives(mail.kind, account.unwrap(), to, mail);
        }
        self.read = all.len();
        let new = &mut self.model.papers[first..];
        if is_certain && !late {
            let came: Vec<_> = new.iter().map(|paper| (paper.kind, paper.account)).collect();
            assert!(expected.map_or(came.is_empty(), |mail| came.contains(&mail)), "{action:?}: {came:?}");
        }
        // Mail that waited for something which was broken off may be about another change.
        let usual = if self.model.both && matches!(action, Action::Move(..)) { 2 } else { 1 };
        let doubtful = late || new.len() > usual;
        let handle = answer.and_then(|answer| serde_json::from_slice::<serde_json::Value>(&answer.body).ok());
        for paper in new {
            paper.maybe |= doubtful;
            paper.handle = handle.as_ref().and_then(|body| body["sign_in"].as_str()).map(str::to_owned);
        }
    }

    /// Who may enter with what, now.
    pub(super) async fn check(&mut self) {
        self.check_tokens().await;
        for account in &self.model.accounts {
            let sessions = self.auth.sessions(&account.id).await.unwrap().len();
            let of_account = |session: &&super::model::Session| self.model.accounts[session.account].id == account.id;
            let alive = self.model.sessions.iter().filter(of_account).filter(|session| session.alive);
            let doubtful = alive.clone().any(|session| session.maybe);
            let alive = alive.count();
            assert!(sessions == alive || (doubtful && sessions < alive), "{sessions} not {alive}: {:#?}", self.model);
            if !account.exists {
                continue;
            }
            if let Some(password) = &account.password {
                let answer = self.login(account.address, password).await.is(if account.active { 200 } else { 403 });
                if account.active {
                    let call = Call::post("/logout").bearer(&answer.access_token());
                    self.send(call).await.is(204);
                }
            }
            if let Some(password) = account.former.last() {
                self.login(account.address, password).await.is(401);
            }
        }
        for paper in self.model.papers.iter().filter(|paper| paper.kind == LetterKind::ResetPassword) {
            // A password that is refused for this account uses nothing up.
            let refused = ADDRESSES[self.model.accounts[paper.account].address];
            let body = json!({ "token": paper.link, "new_password": refused });
            let status = self.post("/password/reset", body).await.status.as_u16();
            let is_good = self.model.is_good(paper);
            assert!(
                status == if is_good { 422 } else { 400 } || (paper.maybe && status == 400),
                "{status}: {paper:?}\n{:#?}",
                self.model
            );
        }
    }

    async fn check_tokens(&mut self) {
        for number in 0..self.model.sessions.len() {
            let session = &self.model.sessions[number];
            let status = self.send(Call::get("/me").bearer(&session.access)).await.status;
            let enters = self.model.enters(session);
            assert!(enters || status != 200, "at {}: {session:?}\n{:#?}", self.model.now, self.model);
            assert!(!enters || status == 200 || session.maybe, "at {}: {session:?}", self.model.now);
            self.model.sessions[number].stale |= enters && status != 200;
        }
    }

    /// At the end, everything that anybody has is tried. Returns how often each action has succeeded, and how often
    /// somebody who only reads the mail has made an account theirs.
    pub(super) async fn finish(mut self) -> (BTreeMap<String, usize>, usize) {
        for session in 0..self.model.sessions.len() {
            self.step(Action::Refresh(session), None).await;
        }
        for paper in 0..self.model.papers.len() {
            let has_handle = self.model.papers[paper].handle.is_some();
            let action = match self.model.papers[paper].kind {
                LetterKind::SignIn if has_handle => Action::Answer(paper, Shown::Link),
                LetterKind::ResetPassword => Action::Reset(paper, Shown::Link),
                LetterKind::ConfirmNewAddress if has_handle => Action::ConfirmMove(paper),
                LetterKind::ConfirmAddressChange => Action::AgreeToMove(paper),
                LetterKind::AddressChanged => Action::Undo(paper),
                LetterKind::VerifyAddress => {
                    let account = self.model.papers[paper].account;
                    let own = |session: &super::model::Session| session.account == account;
                    match self.model.sessions.iter().rposition(own) {
                        Some(session) => Action::Verify(session, paper),
                        None => continue,
                    }
                }
                _ => continue,
            };
            self.step(action, None).await;
        }
        self.check_tokens().await;
        for account in self.model.accounts.iter().filter(|account| account.exists) {
            let reclaimed = account.reclaimed.iter().flat_map(|(.., passwords)| passwords);
            for password in account.former.iter().chain(reclaimed) {
                self.login(account.address, password).await.is(401);
            }
        }
        let reclaimed = self.model.accounts.iter().filter(|account| account.reclaimed.is_some()).count();
        (self.done, reclaimed)
    }
}
