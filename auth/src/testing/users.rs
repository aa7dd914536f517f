//! Users for tests, created without knowing the sign-up type of the application.

use serde_json::{Map, Value, json};

use super::fail;
use crate::PasswordHash;
use crate::auth::Auth;
use crate::base::error::AuthError;
use crate::model::body_fields::Fields;
use crate::model::user::{AuthUser, Registration as _};
use crate::store::Change;

/// Guesses a sign-up for `login`, or fails with the fields that could not be guessed.
///
/// It discovers the fields as a client would: it starts with an empty body, fills in what is reported missing, and
/// tries another value for what is refused.
pub(super) fn guess<U: AuthUser>(login: &str) -> Result<U::Registration, AuthError> {
    let guesses = [json!("test"), json!(1), json!(true), json!([]), json!({}), json!("2000-01-01T00:00:00Z")];
    let mut body = Map::new();
    for column in U::SCHEMA.logins.iter().map(|login| login.column) {
        body.insert(column.to_owned(), Value::from(login));
    }
    let mut tried = Map::new();
    loop {
        let mut fields = Fields::parse(Value::from(body.clone()).to_string().as_bytes())?;
        let registration = U::Registration::from_fields(&mut fields);
        let errors = match fields.finish(registration) {
            Err(AuthError::InvalidFields(errors)) => errors,
            finished => return finished,
        };
        let before = tried.clone();
        for error in &errors {
            let next = tried.get(&error.field).and_then(Value::as_u64).map_or(0, |last| last + 1);
            if let Some(value) = usize::try_from(next).ok().and_then(|next| guesses.get(next)) {
                tried.insert(error.field.clone(), next.into());
                body.insert(error.field.clone(), value.clone());
            }
        }
        if tried == before {
            return Err(AuthError::InvalidFields(errors));
        }
    }
}

/// Creates an active account with these roles, whose address is confirmed if it has to be. Nobody knows its password.
pub(super) async fn create<U: AuthUser>(auth: &Auth<U>, registration: U::Registration, roles: &U::Roles) -> U {
    match try_create(auth, registration, roles).await {
        Ok(user) => user,
        Err(error) => cannot::<U>(&error),
    }
}

/// Fails the test with advice.
pub(super) fn cannot<U: AuthUser>(error: &AuthError) -> ! {
    fail(format_args!(
        "cannot create a user for the test: {error:?}\ndescribe a sign-up of your application: \
         `app.sign_up_with(|login| {}Registration {{ … }})`",
        U::SCHEMA.name
    ))
}

async fn try_create<U: AuthUser>(
    auth: &Auth<U>,
    registration: U::Registration,
    roles: &U::Roles,
) -> Result<U, AuthError> {
    let users = auth.user_store();
    let user = auth.accounts().import(registration, Some(PasswordHash::from_stored("nobody's"))).await?;
    let roles = U::SCHEMA.sql.set_roles.is_some().then(|| Change::Roles(roles.clone()));
    let active = (!user.is_active()).then(|| Change::Active(true, auth.now()));
    // Nobody is signed in to an account whose address has to be confirmed, and is not.
    let confirmed =
        (U::SCHEMA.verified_required && user.is_verified() == Some(false)).then(|| Change::Verified(true, auth.now()));
    let changes: Vec<_> = roles.into_iter().chain(active).chain(confirmed).collect();
    if !changes.is_empty() {
        users.update(user.id(), &changes).await?;
    }
    users.find(user.id()).await?.ok_or(AuthError::NotFound)
}
