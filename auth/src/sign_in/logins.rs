//! Logins as they are typed: brought into canonical form, and looked up in every form that rows may hold.

use std::borrow::Cow;
use std::sync::Arc;

use crate::PasswordHash;
use crate::base::error::{AuthError, FieldError};
use crate::model::canonical::{canonical_login, spellings, taken_forms};
use crate::model::login_rules;
use crate::model::schema::Login;
use crate::model::user::{AuthUser, Registration};
use crate::store::{DynUsers, StoreError};

/// Brings the logins into canonical form, and returns the rules they break.
pub(crate) fn canonical<U: AuthUser>(mut registration: U::Registration) -> (U::Registration, Vec<FieldError>) {
    let mut errors = Vec::new();
    for (index, login) in U::SCHEMA.logins.iter().enumerate() {
        if let Some(text) = registration.login_mut(index) {
            *text = canonical_login(login, text).into_owned();
            errors.extend(login_rules::broken(login, text));
        }
    }
    (registration, errors)
}

/// Returns the addresses to which no mail can be delivered.
#[cfg_attr(not(feature = "password"), allow(dead_code, reason = "imported accounts keep theirs"))]
pub(crate) fn undeliverable<U: AuthUser>(registration: &U::Registration) -> Vec<FieldError> {
    let logins = U::SCHEMA.logins.iter().enumerate();
    logins.filter_map(|(index, login)| login_rules::undeliverable(login, registration.login(index)?)).collect()
}

/// The logins of a sign-up in the forms of earlier releases: an account that has one of them has the login.
pub(crate) struct FormerLogins(Vec<(usize, Vec<String>)>);

impl FormerLogins {
    /// Reads them from what was typed, before it is brought into canonical form.
    pub(crate) fn of<U: AuthUser>(registration: &U::Registration) -> Self {
        let logins = U::SCHEMA.logins.iter().enumerate();
        let forms = logins.filter_map(|(index, login)| {
            let typed = registration.login(index)?;
            Some((index, taken_forms(login, typed).into_iter().map(Cow::into_owned).collect()))
        });
        Self(forms.collect())
    }

    /// Reads them as they were kept.
    pub(crate) const fn from_forms(forms: Vec<(usize, Vec<String>)>) -> Self {
        Self(forms)
    }

    /// Returns them to be kept.
    pub(crate) fn into_forms(self) -> Vec<(usize, Vec<String>)> {
        self.0
    }
}

/// Looks up accounts by the logins that people type.
pub(crate) struct Logins<U: AuthUser> {
    users: Arc<dyn DynUsers<U>>,
}

impl<U: AuthUser> Logins<U> {
    pub(crate) fn new(users: &Arc<dyn DynUsers<U>>) -> Self {
        Self { users: Arc::clone(users) }
    }

    /// Returns the user whose login at `index` was typed as `typed`. All forms are looked up, whether an earlier one is
    /// found or not, so the queries tell no more about an account than about one that does not exist.
    pub(crate) async fn find_typed(&self, index: usize, typed: &str) -> Result<Option<U>, StoreError> {
        let Some(login) = U::SCHEMA.logins.get(index) else { return Ok(None) };
        let mut found = None;
        for spelling in self.forms(index, login, typed).await? {
            let user = self.users.find_by_login(index, &spelling).await?;
            found = found.or(user);
        }
        Ok(found)
    }

    /// Returns the hash of the account whose row cannot be read as a whole.
    #[cfg_attr(not(feature = "password"), allow(dead_code, reason = "nobody asks for a hash"))]
    pub(crate) async fn find_typed_hash(&self, index: usize, typed: &str) -> Result<Option<PasswordHash>, StoreError> {
        let Some(login) = U::SCHEMA.logins.get(index) else { return Ok(None) };
        for spelling in self.forms(index, login, typed).await? {
            if let Some(hash) = self.users.find_hash(index, &spelling).await? {
                return Ok(hash);
            }
        }
        Ok(None)
    }

    /// Returns the forms in which a typed login is looked up. If rows of the table hold logins in another form, that is
    /// one more for everybody: the one that a row has, or what was typed if there is none, or more than one.
    async fn forms<'a>(&self, index: usize, login: &Login, typed: &'a str) -> Result<Vec<Cow<'a, str>>, StoreError> {
        let mut forms = spellings(login, typed);
        let canonical = canonical_login(login, typed);
        // A text that is too long to be a login is not looked up as it is.
        if forms.contains(&canonical)
            && let Some(stored) = self.users.stored_as(index, &canonical).await?
        {
            let one = match <[String; 1]>::try_from(stored) {
                Ok([one]) => Cow::Owned(one),
                Err(_) => Cow::Borrowed(typed),
            };
            forms.push(one);
        }
        Ok(forms)
    }

    /// Returns whether another account than `id` has the login, in whatever form.
    pub(crate) async fn is_of_another(&self, index: usize, canonical: &str, id: &U::Id) -> Result<bool, StoreError> {
        let Some(login) = U::SCHEMA.logins.get(index) else { return Ok(false) };
        let mut forms = taken_forms(login, canonical);
        forms.extend(self.users.stored_as(index, canonical).await?.unwrap_or_default().into_iter().map(Cow::Owned));
        for form in forms {
            if self.has_row(index, &form, Some(id)).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns whether there is a row with exactly this login, other than the one of `except`. One that cannot be read is
    /// there, too.
    async fn has_row(&self, index: usize, login: &str, except: Option<&U::Id>) -> Result<bool, StoreError> {
        match self.users.find_by_login(index, login).await {
            Err(error) if error.is_corrupt() => Ok(true),
            row => Ok(row?.is_some_and(|row| Some(row.id()) != except)),
        }
    }

    /// Returns every form in which an account may have the logins of a sign-up: of what was typed, of what a hook has made of
    /// it, and of rows that another program has stored.
    pub(crate) async fn all_forms(
        &self,
        former: FormerLogins,
        registration: &U::Registration,
    ) -> Result<FormerLogins, AuthError> {
        let mut all = former.0;
        for (index, login) in U::SCHEMA.logins.iter().enumerate() {
            let Some(canonical) = registration.login(index) else { continue };
            let mut forms: Vec<String> = taken_forms(login, canonical).into_iter().map(Cow::into_owned).collect();
            forms.extend(self.users.stored_as(index, canonical).await?.unwrap_or_default());
            match all.iter_mut().find(|(of, _)| *of == index) {
                Some((_, known)) => known.extend(forms),
                None => all.push((index, forms)),
            }
        }
        for (_, forms) in &mut all {
            forms.sort_unstable();
            forms.dedup();
        }
        Ok(FormerLogins(all))
    }

    /// Refuses a sign-up if an account has one of its logins other than the one at `except`.
    pub(crate) async fn others_are_free(&self, except: usize, forms: &FormerLogins) -> Result<(), AuthError> {
        for (index, forms) in forms.0.iter().filter(|(index, _)| *index != except) {
            for form in forms {
                if self.has_row(*index, form, None).await? {
                    return Err(AuthError::Taken { field: U::SCHEMA.login_column(*index).to_owned() });
                }
            }
        }
        Ok(())
    }

    /// Refuses a sign-up if an account has one of its logins in a form of earlier releases. Whether one has it in
    /// canonical form is up to the unique index.
    pub(crate) async fn not_taken(
        &self,
        former: &FormerLogins,
        registration: &U::Registration,
    ) -> Result<(), AuthError> {
        for (index, login) in U::SCHEMA.logins.iter().enumerate() {
            let Some(canonical) = registration.login(index) else { continue };
            let typed = former.0.iter().find(|(of, forms)| *of == index && forms.iter().any(|form| form == canonical));
            let forms = match typed {
                Some((_, forms)) => forms.clone(),
                // A hook has chosen another login.
                None => taken_forms(login, canonical).into_iter().map(Cow::into_owned).collect(),
            };
            let stored = self.users.stored_as(index, canonical).await?.unwrap_or_default();
            for form in forms.iter().chain(&stored).filter(|form| *form != canonical) {
                if self.has_row(index, form, None).await? {
                    return Err(AuthError::Taken { field: login.column.to_owned() });
                }
            }
        }
        Ok(())
    }
}
