//! User types that differ in when an address has to be confirmed.

use crate::clerk::{CLERKS, Clerk, ClerkRegistration, Duty};
use crate::stage::{Customer, CustomerRegistration, Reader, ReaderRegistration, TABLES};
use crate::users::SCHEMA;
use crate::{User, UserRegistration};
use auth::store::sql::{SqlRow, SqlUser};
use auth::{Auth, AuthUser};
use serde_json::{Value, json};
use sqlx::Sqlite;

/// When the address of an account is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirms {
    Never,
    /// At leisure, by somebody who is signed in.
    Later,
    /// Before there is an account, and before each sign-in while it is not.
    First,
}

/// A user type, and how its sign-up looks.
pub trait Kind: AuthUser<Id = i64> + SqlUser<Sqlite> + SqlRow<Sqlite> {
    const CONFIRMS: Confirms;
    const TABLES: &'static str;
    const TABLE: &'static str;
    /// The column of the address.
    const ADDRESS: &'static str;

    fn form(name: &str, address: &str) -> Self::Registration;

    /// The body of a sign-up.
    fn body(name: &str, address: &str, password: &str) -> Value;

    /// Lets the account meet the rule of its type that says who must have a second factor, if there is one.
    fn must_have_factor(auth: &Auth<Self>, id: i64) -> impl Future<Output = ()> + Send {
        let _ = (auth, id);
        async { panic!("nobody of this type must have one") }
    }
}

impl Kind for User {
    const CONFIRMS: Confirms = Confirms::Never;
    const TABLES: &'static str = SCHEMA;
    const TABLE: &'static str = "users";
    const ADDRESS: &'static str = "email";

    fn form(name: &str, address: &str) -> UserRegistration {
        UserRegistration { email: address.to_owned(), display_name: name.to_owned() }
    }

    fn body(name: &str, address: &str, password: &str) -> Value {
        json!({ "email": address, "display_name": name, "password": password })
    }
}

impl Kind for Reader {
    const CONFIRMS: Confirms = Confirms::Later;
    const TABLES: &'static str = TABLES[0];
    const TABLE: &'static str = "readers";
    const ADDRESS: &'static str = "email";

    fn form(_: &str, address: &str) -> ReaderRegistration {
        ReaderRegistration { email: address.to_owned() }
    }

    fn body(_: &str, address: &str, password: &str) -> Value {
        json!({ "email": address, "password": password })
    }
}

impl Kind for Customer {
    const CONFIRMS: Confirms = Confirms::First;
    const TABLES: &'static str = TABLES[0];
    const TABLE: &'static str = "customers";
    const ADDRESS: &'static str = "contact";

    fn form(name: &str, address: &str) -> CustomerRegistration {
        CustomerRegistration { nick: name.to_owned(), contact: address.to_owned(), shoe_size: None }
    }

    fn body(name: &str, address: &str, password: &str) -> Value {
        json!({ "nick": name, "contact": address, "password": password, "shoe_size": 44 })
    }
}

impl Kind for Clerk {
    const CONFIRMS: Confirms = Confirms::Later;
    const TABLES: &'static str = CLERKS[0];
    const TABLE: &'static str = "clerks";
    const ADDRESS: &'static str = "email";

    fn form(_: &str, address: &str) -> ClerkRegistration {
        ClerkRegistration { email: address.to_owned() }
    }

    fn body(_: &str, address: &str, password: &str) -> Value {
        json!({ "email": address, "password": password })
    }

    async fn must_have_factor(auth: &Auth<Self>, id: i64) {
        auth.accounts().set_role(&id, Duty::Admin).await.unwrap();
    }
}
