//! Cases for [`Users`]: logins that change, and addresses that are confirmed.

use super::case::Case;
use super::sample::Sample;
use super::users_under_test::{Row, UsersHandles};
use crate::base::clock::Timestamp;
use crate::model::user::AuthUser;
use crate::store::{Change, Users};

const ANN: &str = "ann@example.org";
const BOB: &str = "bob@example.org";
const NEW: &str = "new@example.org";
const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

/// A login that changes is found, and its former text is free.
pub async fn changed_login_is_found_and_frees_the_former<U: AuthUser, S: Users<U>>(
    sample: &Sample<U>,
    handles: [S; 2],
) {
    let case = Case::new(
        "changed_login_is_found_and_frees_the_former",
        "`Change::Login` changes one login of one row: it is found by the new text, and by the former no more",
    );
    let tables = UsersHandles::new(case, sample, handles);
    let (writes, reads) = (&tables.first, &tables.second);
    let (ann, bob) = (writes.create(sample.user(ANN)).await, writes.create(sample.user(BOB)).await);
    let before = Row::of(&ann);
    for login in [NEW, NEW] {
        writes.update(ann.id(), &[Change::Login(0, login.to_owned())], true).await;
    }
    let after = case.answer("find", reads.store.find(ann.id()).await).as_ref().map(Row::of);
    case.holds(
        "the row has another login, and nothing else",
        after.as_ref().is_some_and(|row| before.differs_by_login(row)),
    );
    case.is("the row by its new login", reads.find_by_login(0, NEW).await, after);
    case.is("the row by its former login", reads.find_by_login(0, ANN).await, None);
    // Its former text is free.
    reads.update(bob.id(), &[Change::Login(0, ANN.to_owned())], true).await;
    let found = case.answer("find_by_login", writes.store.find_by_login(0, ANN).await);
    case.is("whose the former login is now", found.map(|user| user.id().to_string()), Some(bob.id().to_string()));
}

/// A login that another row has is refused, and nothing is changed.
pub async fn login_of_another_row_is_refused_and_named<U: AuthUser, S: Users<U>>(sample: &Sample<U>, handles: [S; 2]) {
    let case = Case::new(
        "login_of_another_row_is_refused_and_named",
        "a login that another row has is refused with `StoreError::taken`, and none of the changes is made",
    );
    let tables = UsersHandles::new(case, sample, handles);
    let (writes, reads) = (&tables.first, &tables.second);
    let (ann, _) = (writes.create(sample.user(ANN)).await, writes.create(sample.user(BOB)).await);
    let mut changes = vec![Change::Login(0, BOB.to_owned())];
    if U::SCHEMA.active.is_some() {
        changes.insert(0, Change::Active(false, NOW));
    }
    let refused = writes.store.update(ann.id(), &changes).await;
    case.is("the index of the login", refused.err().and_then(|error| error.taken_login()), Some(0));
    case.is("the row", reads.find(ann.id()).await, Some(Row::of(&ann)));
    let beyond = [Change::Login(U::SCHEMA.logins.len(), NEW.to_owned())];
    case.refuses("a login that the type does not have", writes.store.update(ann.id(), &beyond).await);
}

/// For types with a `verified` field.
pub async fn confirmed_address_is_stored<U: AuthUser, S: Users<U>>(sample: &Sample<U>, handles: [S; 2]) {
    let case = Case::new(
        "confirmed_address_is_stored",
        "`Change::Verified` sets the `verified` field and nothing else, and so does `NewUser::confirmed`",
    );
    if U::SCHEMA.verified.is_none() {
        return;
    }
    let tables = UsersHandles::new(case, sample, handles);
    let (writes, reads) = (&tables.first, &tables.second);
    let ann = writes.create(sample.user(ANN)).await;
    let bob = writes.create(sample.user(BOB).confirmed(NOW)).await;
    let states = (ann.is_verified(), bob.is_verified());
    case.is("whether the address of a new row is confirmed, without and with", states, (Some(false), Some(true)));
    for verified in [true, true, false] {
        writes.update(ann.id(), &[Change::Verified(verified, NOW)], true).await;
        let mut row = Row::of(&ann);
        row.verified = Some(verified);
        case.is("the row", reads.find(ann.id()).await, Some(row));
    }
    case.is("the other row", reads.find(bob.id()).await, Some(Row::of(&bob)));
}
