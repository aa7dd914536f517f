//! `Users`: tests of `Member` and `Guest` beyond the suite (`users_suite.rs`), for columns that the library does not
//! see.

use auth::clock::Timestamp;
use auth::store::{Change, TableReport, Users};
use auth::{AuthUser, PasswordHash, Permissions, Roles};

use crate::backends::Fixture;
use crate::models::{Guest, Member, Permission, Role};

crate::on_every_store! {
    create_answers_the_row_as_stored
    a_taken_login_is_refused_and_named
    logins_of_two_columns_do_not_meet
    ids_may_come_from_the_library
    a_refused_row_leaves_nothing_behind
    db_03_logins_are_compared_byte_by_byte
    each_change_changes_one_row_and_one_column
    disabling_may_store_the_time
    the_tables_of_this_suite_have_no_problems
}

fn hash(text: &str) -> PasswordHash {
    PasswordHash::from_stored(text)
}

async fn create_answers_the_row_as_stored<F: Fixture>(store: &F) {
    let members = store.members().first;
    let ann = members.create(Member::sign_up_as("ann@x.org", "Ann")).await.unwrap();
    assert_eq!((ann.email.as_str(), ann.nick.as_deref()), ("ann@x.org", Some("Ann")));
    assert_eq!(ann.password_hash(), Some("first"));
    assert!(ann.is_active && ann.roles.is_empty() && ann.favourite == Role::Editor, "defaults of the table");

    let bob = members.create(Member::sign_up_as("bob@x.org", "Bob")).await.unwrap();
    assert_ne!(ann.id, bob.id);
    for member in [ann, bob] {
        assert_eq!(members.find(&member.id).await.unwrap().as_ref(), Some(&member));
        assert_eq!(members.find_by_login(Member::EMAIL, &member.email).await.unwrap().as_ref(), Some(&member));
        let nick = member.nick.clone().unwrap();
        assert_eq!(members.find_by_login(Member::NICK, &nick).await.unwrap().as_ref(), Some(&member));
    }
}

async fn a_taken_login_is_refused_and_named<F: Fixture>(store: &F) {
    let members = store.members();
    let ann = members.first.create(Member::sign_up_as("ann@x.org", "Ann")).await.unwrap();
    let taken = async |email, nick| {
        let error = members.second.create(Member::sign_up_as(email, nick)).await.unwrap_err();
        error.taken_login()
    };
    assert_eq!(taken("ann@x.org", "Bob").await, Some(Member::EMAIL));
    assert_eq!(taken("bob@x.org", "Ann").await, Some(Member::NICK));
    assert!(taken("ann@x.org", "Ann").await.is_some());
    assert_eq!(members.first.find_by_login(Member::EMAIL, "bob@x.org").await.unwrap(), None);
    assert_eq!(members.first.find(&ann.id).await.unwrap(), Some(ann));
}

async fn logins_of_two_columns_do_not_meet<F: Fixture>(store: &F) {
    let members = store.members().first;
    let ann = members.create(Member::sign_up_as("ann@x.org", "bob@x.org")).await.unwrap();
    let bob = members.create(Member::sign_up_as("bob@x.org", "ann@x.org")).await.unwrap();
    assert_eq!(members.find_by_login(Member::EMAIL, "ann@x.org").await.unwrap(), Some(ann.clone()));
    assert_eq!(members.find_by_login(Member::NICK, "ann@x.org").await.unwrap(), Some(bob));
    assert_eq!(members.find_by_login(Member::NICK, "bob@x.org").await.unwrap(), Some(ann));
    assert!(!members.find_by_login(2, "ann@x.org").await.unwrap_err().is_unavailable(), "there is no third login");
}

async fn ids_may_come_from_the_library<F: Fixture>(store: &F) {
    let guests = store.guests().first;
    let ann = guests.create(Guest::sign_up("id-1", "ann")).await.unwrap();
    assert_eq!(ann, Guest { key: "id-1".into(), name: "ann".into(), disabled_at: None, is_sure: false });
    assert_eq!(guests.find(&"id-1".into()).await.unwrap(), Some(ann));

    let name = guests.create(Guest::sign_up("id-2", "ann")).await.unwrap_err();
    assert_eq!(name.taken_login(), Some(0));
    let id = guests.create(Guest::sign_up("id-1", "bob")).await.unwrap_err();
    assert_eq!((id.taken_login(), id.is_unavailable()), (None, false), "an id is not a login: {id}");
}

async fn a_refused_row_leaves_nothing_behind<F: Fixture>(store: &F) {
    let guests = store.guests().first;
    guests.create(Guest::sign_up("id-1", "ann")).await.unwrap();
    guests.create(Guest::sign_up("id-1", "bob")).await.unwrap_err();
    assert_eq!(guests.find_by_login(0, "bob").await.unwrap(), None);
    guests.create(Guest::sign_up("id-2", "bob")).await.unwrap();
}

async fn db_03_logins_are_compared_byte_by_byte<F: Fixture>(store: &F) {
    let members = store.members().first;
    let alike = ["ABC", "abc", "abc ", "äbc", "a\u{308}bc", "abc%", "' OR '1'='1"];
    for (n, nick) in alike.into_iter().enumerate() {
        members.create(Member::sign_up_as(&n.to_string(), nick)).await.unwrap();
    }
    for (n, nick) in alike.into_iter().enumerate() {
        let member = members.find_by_login(Member::NICK, nick).await.unwrap().unwrap();
        assert_eq!(member.email, n.to_string(), "{nick:?}");
    }
    for nick in ["aBC", "", "%", "abc\0"] {
        assert_eq!(members.find_by_login(Member::NICK, nick).await.unwrap(), None, "{nick:?}");
    }
}

async fn each_change_changes_one_row_and_one_column<F: Fixture>(store: &F) {
    let members = store.members().first;
    let ann = members.create(Member::sign_up_as("ann@x.org", "Ann")).await.unwrap();
    let bob = members.create(Member::sign_up("bob@x.org")).await.unwrap();
    let mut expected = ann.clone();

    assert!(members.update(&ann.id, &[Change::Active(false, Timestamp::from_secs(7))]).await.unwrap());
    expected.is_active = false;
    assert_eq!(members.find(&ann.id).await.unwrap().as_ref(), Some(&expected));

    let roles = Roles::from([Role::Editor, Role::Author]);
    assert!(members.update(&ann.id, &[Change::Roles(roles)]).await.unwrap());
    expected.roles = roles;
    assert_eq!(members.find(&ann.id).await.unwrap().as_ref(), Some(&expected));

    let permissions = Permissions::from([Permission::Publish, Permission::Write]);
    assert!(members.update(&ann.id, &[Change::Permissions(permissions)]).await.unwrap());
    expected.permissions = permissions;
    assert_eq!(members.find(&ann.id).await.unwrap().as_ref(), Some(&expected));

    assert!(members.update(&ann.id, &[Change::PasswordHash(hash("second"))]).await.unwrap());
    expected.password_hash = Some(hash("second"));
    assert!(members.update(&ann.id, &[Change::Active(true, Timestamp::from_secs(8))]).await.unwrap());
    expected.is_active = true;
    assert_eq!(members.find(&ann.id).await.unwrap().as_ref(), Some(&expected));
    assert_eq!(members.find(&bob.id).await.unwrap(), Some(bob));
}

async fn disabling_may_store_the_time<F: Fixture>(store: &F) {
    let guests = store.guests().first;
    let id = guests.create(Guest::sign_up("id-1", "ann")).await.unwrap().key;
    assert!(guests.update(&id, &[Change::Active(false, Timestamp::from_millis(7_900))]).await.unwrap());
    assert_eq!(guests.find(&id).await.unwrap().unwrap().disabled_at, Some(7));
    assert!(guests.update(&id, &[Change::Active(true, Timestamp::from_millis(9_000))]).await.unwrap());
    assert_eq!(guests.find(&id).await.unwrap().unwrap().disabled_at, None);
}

async fn the_tables_of_this_suite_have_no_problems<F: Fixture>(store: &F) {
    let none = TableReport::default();
    assert_eq!(store.members().first.problems().await.unwrap(), none);
    assert_eq!(store.guests().first.problems().await.unwrap(), none);
    store.guests().first.create(Guest::sign_up("id-1", "ann")).await.unwrap();
    assert_eq!(store.guests().first.problems().await.unwrap(), none);
}
