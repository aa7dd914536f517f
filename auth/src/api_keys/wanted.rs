//! What a key may be given: checked, with every mistake, before anything is made.

use std::time::Duration;

use super::key_info::NewApiKey;
use crate::base::error::{AuthError, FieldError};
use crate::model::given_name::given_name;
use crate::model::principal::{KnownPermissions, PermissionSet};
use crate::model::user::AuthUser;
use crate::policy::key_permissions::without_mfa;

const SHORTEST_LIFE: Duration = Duration::from_mins(1);
const LONGEST_LIFE: Duration = Duration::from_hours(24 * 366);
/// How long a key that was rotated lives on at most, and unless somebody says otherwise.
const LONGEST_OVERLAP: Duration = Duration::from_hours(24 * 7);
const DEFAULT_OVERLAP: Duration = Duration::from_hours(24);
/// How long at least, unless it ends at once: as long as an instance may remember when a key was to expire.
pub(super) const SHORTEST_OVERLAP: Duration = Duration::from_mins(1);

/// A key that its owner may have.
pub(super) struct WantedKey {
    pub(super) name: String,
    pub(super) permissions: Vec<String>,
    pub(super) life: Option<Duration>,
}

/// Checks what a key is to be given by the owner of this row. It may do nothing that they may not do: not at any time, since
/// what they may do is asked again with each request, and not now, so that nobody is surprised by what a list says.
pub(super) fn check<U: AuthUser>(
    known: &dyn KnownPermissions<U>,
    new: &NewApiKey,
    row: &U,
) -> Result<WantedKey, AuthError> {
    let mut errors = Vec::new();
    let name = given_name(&new.name).map_err(|error| errors.push(error)).unwrap_or_default();
    if new.life.is_some_and(|life| !(SHORTEST_LIFE..=LONGEST_LIFE).contains(&life)) {
        let message = "a key lives for 60 seconds at least and 366 days at most, or for ever: `\"never\"`";
        errors.push(FieldError::new("expires_in", "out_of_range", message));
    }
    let permissions = permissions(known, &new.permissions, row).map_err(|error| errors.push(error)).unwrap_or_default();
    if errors.is_empty() {
        Ok(WantedKey { name, permissions, life: new.life })
    } else {
        Err(AuthError::InvalidFields(errors))
    }
}

/// Returns the names that were asked for, each once.
fn permissions<U: AuthUser>(
    known: &dyn KnownPermissions<U>,
    asked: &[String],
    row: &U,
) -> Result<Vec<String>, FieldError> {
    let wrong = |code, message: String| FieldError::new("permissions", code, message);
    if asked.is_empty() {
        // Not "all": a client that forgets the list must not get a key that can do everything.
        return Err(wrong("empty", "name one permission at least".to_owned()));
    }
    let names = known.names();
    let mut direct = PermissionSet::default();
    for name in asked {
        let place = names.iter().position(|known| known == name);
        // The name is the client's and may be long or anything.
        direct.insert(place.ok_or_else(|| wrong("unknown", format!("the permissions are {}", names.join(", "))))?);
    }
    let wanted = known.closed(&direct);
    let lacking = |held: &PermissionSet| {
        let lacking: Vec<&str> = named(names, wanted.indices().filter(|index| !held.has(*index))).collect();
        lacking.join(", ")
    };
    let held = wanted.and(&known.of_row(row));
    if held != wanted {
        return Err(wrong("not_held", format!("you do not have these yourself: {}", lacking(&held))));
    }
    let usable = without_mfa(known, held, row);
    if usable != wanted {
        return Err(wrong("needs_mfa", format!("these need a second factor, which no key has: {}", lacking(&usable))));
    }
    Ok(named(names, direct.indices()).map(str::to_owned).collect())
}

fn named(names: &'static [&'static str], indices: impl Iterator<Item = usize>) -> impl Iterator<Item = &'static str> {
    indices.filter_map(|index| names.get(index).copied())
}

/// Checks how long a key that is rotated lives on. One that is to end at once lives on until somebody has the new one.
pub(super) fn overlap(overlap: Option<Duration>) -> Result<Duration, AuthError> {
    let overlap = overlap.filter(|overlap| !overlap.is_zero()).unwrap_or(DEFAULT_OVERLAP);
    if (SHORTEST_OVERLAP..=LONGEST_OVERLAP).contains(&overlap) {
        return Ok(overlap);
    }
    let message = "the former key ends at once (0), or after a minute at least and seven days at most";
    Err(AuthError::InvalidFields(vec![FieldError::new("overlap", "out_of_range", message)]))
}
