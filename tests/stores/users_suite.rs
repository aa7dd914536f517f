//! `Users`: the public suite (`auth::testing::conformance`) for two user types, a test for each case and backend.

use auth::testing::conformance::{Sample, user_cases, user_races};
use auth::{Permissions, Roles};

use crate::backends::Fixture;
use crate::models::{Guest, GuestRegistration, Member, MemberRegistration, Permission, Role};

crate::on_every_store! {
    create_answers_the_row_as_stored
    a_taken_login_is_refused_and_named
    logins_of_two_fields_do_not_meet
    ids_may_come_from_the_library
    db_03_logins_are_compared_byte_by_byte
    unknown_ids_and_logins_change_nothing
    replace_password_only_if_it_is_still_the_old_one
    each_change_changes_one_row_and_one_field
    a_change_to_what_is_there_already_is_a_change
    a_missing_column_is_an_error_and_not_a_no
    a_deleted_user_is_gone_and_the_login_is_free
    a_table_that_works_has_no_problems
    db_01_one_sign_up_gets_the_login
    db_01_one_rehash_wins
    db_01_one_delete_wins
    db_01_sign_ups_with_different_logins_all_succeed
}

/// Every kind of field, and two logins.
fn member() -> Sample<Member> {
    let sign_up = |login: &str| MemberRegistration { email: login.to_owned(), nick: format!("{login} by nick") };
    Sample::new(sign_up)
        .roles(Roles::from([Role::Editor, Role::Author]), Roles::from([Role::Author]))
        .permissions(Permissions::from([Permission::Publish, Permission::Write]), Permissions::new())
}

/// Ids of the library's, switched off by a time, and nothing else.
fn guest() -> Sample<Guest> {
    Sample::new(|login| GuestRegistration { name: login.to_owned() })
}

async fn create_answers_the_row_as_stored<F: Fixture>(store: &F) {
    user_cases::create_answers_the_row_as_stored(&member(), store.members().both()).await;
    user_cases::create_answers_the_row_as_stored(&guest(), store.guests().both()).await;
}

async fn a_taken_login_is_refused_and_named<F: Fixture>(store: &F) {
    user_cases::a_taken_login_is_refused_and_named(&member(), store.members().both()).await;
    user_cases::a_taken_login_is_refused_and_named(&guest(), store.guests().both()).await;
}

async fn logins_of_two_fields_do_not_meet<F: Fixture>(store: &F) {
    user_cases::logins_of_two_fields_do_not_meet(&member(), store.members().both()).await;
    user_cases::logins_of_two_fields_do_not_meet(&guest(), store.guests().both()).await;
}

async fn ids_may_come_from_the_library<F: Fixture>(store: &F) {
    user_cases::ids_may_come_from_the_library(&member(), store.members().both()).await;
    user_cases::ids_may_come_from_the_library(&guest(), store.guests().both()).await;
}

async fn db_03_logins_are_compared_byte_by_byte<F: Fixture>(store: &F) {
    user_cases::logins_are_compared_byte_by_byte(&member(), store.members().both()).await;
    user_cases::logins_are_compared_byte_by_byte(&guest(), store.guests().both()).await;
}

async fn unknown_ids_and_logins_change_nothing<F: Fixture>(store: &F) {
    user_cases::unknown_ids_and_logins_change_nothing(&member(), store.members().both()).await;
    user_cases::unknown_ids_and_logins_change_nothing(&guest(), store.guests().both()).await;
}

async fn replace_password_only_if_it_is_still_the_old_one<F: Fixture>(store: &F) {
    user_cases::replace_password_only_if_it_is_still_the_old_one(&member(), store.members().both()).await;
    user_cases::replace_password_only_if_it_is_still_the_old_one(&guest(), store.guests().both()).await;
}

async fn each_change_changes_one_row_and_one_field<F: Fixture>(store: &F) {
    user_cases::each_change_changes_one_row_and_one_field(&member(), store.members().both()).await;
    user_cases::each_change_changes_one_row_and_one_field(&guest(), store.guests().both()).await;
}

async fn a_change_to_what_is_there_already_is_a_change<F: Fixture>(store: &F) {
    user_cases::a_change_to_what_is_there_already_is_a_change(&member(), store.members().both()).await;
    user_cases::a_change_to_what_is_there_already_is_a_change(&guest(), store.guests().both()).await;
}

async fn a_missing_column_is_an_error_and_not_a_no<F: Fixture>(store: &F) {
    user_cases::a_missing_field_is_an_error_and_not_a_no(&member(), store.members().both()).await;
    user_cases::a_missing_field_is_an_error_and_not_a_no(&guest(), store.guests().both()).await;
}

async fn a_deleted_user_is_gone_and_the_login_is_free<F: Fixture>(store: &F) {
    user_cases::a_deleted_user_is_gone_and_the_login_is_free(&member(), store.members().both()).await;
    user_cases::a_deleted_user_is_gone_and_the_login_is_free(&guest(), store.guests().both()).await;
}

async fn a_table_that_works_has_no_problems<F: Fixture>(store: &F) {
    user_cases::a_table_that_works_has_no_problems(&member(), store.members().both()).await;
    user_cases::a_table_that_works_has_no_problems(&guest(), store.guests().both()).await;
}

async fn db_01_one_sign_up_gets_the_login<F: Fixture>(store: &F) {
    user_races::one_sign_up_gets_the_login(&member(), store.members().both()).await;
    user_races::one_sign_up_gets_the_login(&guest(), store.guests().both()).await;
}

async fn db_01_one_rehash_wins<F: Fixture>(store: &F) {
    user_races::one_rehash_wins(&member(), store.members().both()).await;
    user_races::one_rehash_wins(&guest(), store.guests().both()).await;
}

async fn db_01_one_delete_wins<F: Fixture>(store: &F) {
    user_races::one_delete_wins(&member(), store.members().both()).await;
    user_races::one_delete_wins(&guest(), store.guests().both()).await;
}

async fn db_01_sign_ups_with_different_logins_all_succeed<F: Fixture>(store: &F) {
    user_races::sign_ups_with_different_logins_all_succeed(&member(), store.members().both()).await;
    user_races::sign_ups_with_different_logins_all_succeed(&guest(), store.guests().both()).await;
}
