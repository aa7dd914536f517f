//! The accounts at whose doors somebody stands: created, and brought into the state of a case.

use auth::clock::Clock as _;
use auth::testing::totp_code;
use serde_json::json;

use super::doors::{FAILURES, Person, Scene, network, new_address};
use super::rule::State;
use auth_tests::kinds::{Confirms, Kind};

impl<U: Kind> Scene<'_, U> {
    /// Creates an account that nothing is wrong with.
    pub(super) async fn create(&self, person: &mut Person) {
        let accounts = self.stage.auth.accounts();
        // Another name than in a sign-up: only the address may be in the way.
        let form = U::form(&format!("{}-1", person.name), &person.address);
        let id = *accounts.create(form, person.password).await.unwrap().id();
        person.id = Some(id);
        if U::CONFIRMS != Confirms::Never {
            accounts.set_verified(&id, true).await.unwrap();
        }
        // From here on its owner is known there: a session began.
        self.login(person, &person.home, person.password).await.is(200);
        if U::CONFIRMS != Confirms::Never && self.case.door.is_to_confirm() {
            accounts.set_verified(&id, false).await.unwrap();
        }
        if U::CONFIRMS != Confirms::Never && self.case.door.is_of_factor() {
            person.factor = Some(self.enrol(person).await);
        }
        if U::CONFIRMS != Confirms::Never && self.case.door.is_of_passkey() {
            self.add_passkey(person).await;
        }
        self.stage.deliver().await;
        // One mail a minute is what a network gets.
        self.stage.after(61);
    }

    /// Adds a passkey, which takes a confirmed address; with the app, if there is one.
    async fn add_passkey(&self, person: &Person) {
        let login = self.login(person, &person.home, person.password).await;
        let access = match &person.factor {
            Some((secret, _)) => {
                let code = totp_code(secret, self.stage.clock.now());
                let body = json!({ "sign_in": login.is(401).field("sign_in"), "code": code });
                self.post(&person.home, "/sign-in/totp", body).await.is(200).access_token()
            }
            None => login.is(200).access_token(),
        };
        let asked = self.post_as(&access, "/factors/passkeys/options", json!({})).await.is(200).json();
        let made = person.device.lock().unwrap().create(&asked);
        self.post_as(&access, "/factors/passkeys", json!({ "credential": made, "name": "Phone" })).await.is(201);
    }

    /// Brings the account into the state of the case.
    pub(super) async fn enter_state(&self, person: &Person) {
        let (accounts, id) = (self.stage.auth.accounts(), person.id.unwrap());
        match self.case.state {
            State::Verified | State::Unverified => {
                if U::CONFIRMS != Confirms::Never {
                    accounts.set_verified(&id, self.case.state == State::Verified).await.unwrap();
                }
            }
            State::Disabled => accounts.disable(&id).await.unwrap(),
            State::Locked => {
                for _ in 0..FAILURES {
                    self.login(person, &network(), "a guess").await.is(401);
                }
            }
            State::Deleted => accounts.delete(&id).await.unwrap(),
            // With the factor of this door, it has one already.
            State::SecondStep if self.case.door.is_of_factor() => {}
            State::SecondStep => drop(self.enrol(person).await),
            State::MustHaveFactor => U::must_have_factor(&self.stage.auth, id).await,
            State::NoPassword => {
                let sql = format!("UPDATE {} SET password_hash = '!' WHERE id = {id}", U::TABLE);
                auth_tests::Place::sql(&self.stage.place, &sql).await.unwrap();
                accounts.end_sessions(&id).await.unwrap();
            }
        }
    }

    /// Adds an authenticator app, which takes a confirmed address. Returns its secret and a recovery code.
    async fn enrol(&self, person: &Person) -> (String, String) {
        let (accounts, id) = (self.stage.auth.accounts(), person.id.unwrap());
        accounts.set_verified(&id, true).await.unwrap();
        let mut login = self.login(person, &person.home, person.password).await;
        if login.status == 401 && login.code() == "invalid_credentials" {
            // It has moved.
            let moved = json!({ U::ADDRESS: new_address(person), "password": person.password });
            login = self.post(&person.home, "/login", moved).await;
        }
        let access = login.is(200).access_token();
        let secret = self.post_as(&access, "/factors/totp", json!({})).await.is(200).field("secret");
        let confirm = json!({ "code": totp_code(&secret, self.stage.clock.now()) });
        let confirmed = self.post_as(&access, "/factors/totp/confirm", confirm).await.is(200).json();
        accounts.set_verified(&id, !self.case.door.is_to_confirm()).await.unwrap();
        self.stage.deliver().await;
        self.stage.after(61);
        (secret, confirmed["recovery_codes"][0].as_str().unwrap().to_owned())
    }
}
