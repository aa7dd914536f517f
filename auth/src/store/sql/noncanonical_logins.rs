//! Logins that rows hold in a form that nobody types, as the last check of the table found them.
//!
//! Rows that *another program* stored in any form (`User.10@Example.COM`) are in no form that is looked up: their
//! owners were locked out, and a stranger could sign up with the login, after which the owner's spelling opened the
//! stranger's account. `build()` reads them anyway, so it keeps what they hold, by a hash of the canonical form; a
//! login asks for that, too, and a sign-up finds it taken. The alternative, `lower(login) = lower($1)` at each sign-up,
//! reads the whole table, and finds neither blanks nor full-width letters. What is remembered is only a hint where to
//! look: the row decides. While there is such a row, *every* login makes one look-up more. `canonicalize_logins`
//! repairs the rows, except where two have one login: whose it is, no program can say. Statements that are printed at a
//! start take nothing away that keeps spellings apart (`citext`) while there are such rows.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{PoisonError, RwLock};

use crate::model::user::AuthUser;

/// What rows hold, found by the canonical form of it.
///
/// It is kept in memory because no database can be asked for it: none folds as we do, and even a search that ignores
/// case would read the whole table at every sign-up. A row takes about fifty bytes.
#[derive(Default)]
pub(super) struct NoncanonicalLogins {
    hasher: RandomState,
    /// By the index of the login, sorted by the hash of the canonical form. Empty if the table has no such row.
    logins: RwLock<Vec<Texts>>,
}

/// Texts, each with the hash of its canonical form.
type Texts = Vec<(u64, Box<str>)>;

impl NoncanonicalLogins {
    /// Remembers these texts for each login; in place of earlier ones, if every row was looked at.
    pub(super) fn set<U: AuthUser>(&self, found: Vec<(usize, Vec<String>)>, all: bool) {
        let mut logins = self.logins.write().unwrap_or_else(PoisonError::into_inner);
        if all {
            logins.clear();
        }
        if found.iter().any(|(_, texts)| !texts.is_empty()) {
            logins.resize_with(U::SCHEMA.logins.len(), Vec::new);
        }
        for (index, texts) in found {
            let (Some(login), Some(of)) = (U::SCHEMA.logins.get(index), logins.get_mut(index)) else { continue };
            of.extend(texts.into_iter().map(|text| (self.hasher.hash_one(&*login.canonical(&text)), text.into())));
            of.sort_unstable();
            of.dedup();
        }
    }

    /// Returns the texts with this canonical form; `None` if no login has another form in any row.
    pub(super) fn of(&self, index: usize, canonical: &str) -> Option<Vec<String>> {
        let logins = self.logins.read().unwrap_or_else(PoisonError::into_inner);
        if logins.is_empty() {
            return None;
        }
        let (hash, of) = (self.hasher.hash_one(canonical), logins.get(index).map_or(&[][..], Vec::as_slice));
        let from = of.partition_point(|(other, _)| *other < hash);
        let those = of.iter().skip(from).take_while(|(other, _)| *other == hash);
        Some(those.map(|(_, text)| text.to_string()).collect())
    }
}
