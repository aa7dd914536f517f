//! A conformance suite for stores: a custom store that passes it is fit for use.
//!
//! [`Records`] and [`Users`] are contracts: sign-in, refusal and one-time use rely on conditional writes that two
//! processes cannot both win, and on texts being compared byte by byte. These are the cases that the stores of this
//! crate pass. Each case starts with an empty store and **two handles on it, as two processes would have**: two
//! separate connections or pools, not one that is shared; otherwise the races differ from those in production.
//!
//! ```
//! use std::sync::Arc;
//!
//! use auth::store::MemoryRecords; // yours
//! use auth::testing::conformance;
//!
//! # fn main() {
//! // #[tokio::test(flavor = "multi_thread")] async fn it_is_a_store() {
//! # tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap().block_on(async {
//! conformance::records(async || {
//!     let store = Arc::new(MemoryRecords::new()); // an empty database, and two connections to it
//!     [Arc::clone(&store), store]
//! })
//! .await;
//! # });
//! # }
//! ```
//!
//! The first broken promise fails the test, and the message names the case and the promise. Cases can also be called
//! individually, to make each a separate test: [`record_cases`], [`record_texts`], [`record_races`], [`user_cases`],
//! [`user_logins`], [`user_races`].
//!
//! # Users
//!
//! The user table belongs to the application, so [`users`] takes a [`Sample`] of what it cannot know: a sign-up, and
//! two values each of roles and permissions.
//!
//! ```
//! # #[cfg(feature = "macros")] {
//! # use std::sync::Arc;
//! # use auth::store::{Change, MemoryUsers};
//! # use auth::{AuthRole, AuthUser, NewUser, PasswordHash};
//! # #[derive(Clone, Debug, PartialEq, AuthRole)] enum Role { Member, Admin }
//! # #[derive(Clone, AuthUser)] #[auth(table = "users")]
//! # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash,
//! #     #[auth(role, default = Role::Member)] role: Role }
//! # fn table() -> MemoryUsers<User> {
//! #     let create = |new: NewUser<User>, next: u64| User { id: next as i64, email: new.registration.email,
//! #         password_hash: new.password_hash.unwrap(), role: Role::Member };
//! #     MemoryUsers::new(create, |user: &mut User, change| match change {
//! #         Change::Login(_, email) => user.email = email,
//! #         Change::Roles(role) => user.role = role,
//! #         Change::PasswordHash(hash) => user.password_hash = hash,
//! #         _ => {}
//! #     })
//! # }
//! use auth::testing::conformance::{self, Sample};
//!
//! # tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap().block_on(async {
//! let sample = Sample::<User>::new(|login| UserRegistration { email: login.to_owned() }).roles(Role::Member, Role::Admin);
//! conformance::users(&sample, async || {
//!     let table = Arc::new(table());
//!     [Arc::clone(&table), table]
//! })
//! .await;
//! # });
//! # }
//! ```
//!
//! What the type lacks is not tested: without a second login, the cases about two are skipped; without a password, an
//! `active` field, roles or permissions, the store must refuse to set them. What only your type knows is left to your
//! own tests: defaults of the table, further columns, the time that an `active` field of the kind `is_null` stores, and
//! what [`Users::problems`] finds.

mod case;
pub mod record_batches;
pub mod record_cases;
pub mod record_races;
pub mod record_texts;
mod records_under_test;
mod sample;
pub mod user_cases;
mod user_changes;
pub mod user_logins;
pub mod user_races;
mod users_under_test;

pub use sample::Sample;

use crate::model::user::AuthUser;
use crate::store::{Records, Users};

/// Runs every case for [`Records`]. `open` returns two handles on one empty store, a new store each time.
///
/// # Panics
/// At the first promise that the store breaks.
pub async fn records<R: Records>(open: impl AsyncFn() -> [R; 2]) {
    record_cases::prepare_may_be_done_by_every_process(open().await).await;
    record_cases::insert_only_if_absent(open().await).await;
    record_cases::replace_only_if_the_version_matches(open().await).await;
    record_cases::replace_keeps_kind_and_key_and_changes_the_rest(open().await).await;
    record_cases::delete_answers_whether_there_was_a_record(open().await).await;
    record_cases::list_answers_the_records_of_one_owner_by_key(open().await).await;
    record_cases::get_with_owner_answers_both_records(open().await).await;
    record_cases::get_and_list_answers_as_both_do(open().await).await;
    record_batches::get_many_answers_what_is_there(open().await).await;
    record_batches::write_many_compares_each_version(open().await).await;
    record_cases::delete_owned_spares_the_exception_and_everybody_else(open().await).await;
    record_cases::changed_since_is_inclusive_and_oldest_first(open().await).await;
    record_cases::changed_since_goes_on_where_it_ended(open().await).await;
    record_cases::purge_deletes_what_expired_before_now(open().await).await;
    record_cases::purge_goes_on_until_fewer_come(open().await).await;
    record_cases::records_without_end_outlive_every_purge(open().await).await;
    record_cases::a_second_handle_sees_every_write(open().await).await;
    record_texts::keys_kinds_and_owners_are_compared_byte_by_byte(open().await).await;
    record_texts::text_comes_back_as_it_went_in(open().await).await;
    record_texts::unrepresentable_text_is_neither_found_nor_stored(open().await).await;
    record_races::one_insert_wins(open().await).await;
    record_races::one_replace_wins(open().await).await;
    record_races::one_delete_wins(open().await).await;
    record_races::no_replace_brings_a_record_back(open().await).await;
    record_races::no_count_is_lost(open().await).await;
    record_batches::no_count_among_several_is_lost(open().await).await;
    record_races::each_incarnation_is_deleted_once(open().await).await;
}

/// Runs every case for [`Users`]. `open` returns two handles on one empty table, a new table each time.
///
/// # Panics
/// At the first promise that the store breaks, and if `sample` lacks something that the user type has.
pub async fn users<U: AuthUser, S: Users<U>>(sample: &Sample<U>, open: impl AsyncFn() -> [S; 2]) {
    user_cases::create_answers_the_row_as_stored(sample, open().await).await;
    user_cases::a_taken_login_is_refused_and_named(sample, open().await).await;
    user_cases::logins_of_two_fields_do_not_meet(sample, open().await).await;
    user_cases::ids_may_come_from_the_library(sample, open().await).await;
    user_cases::logins_are_compared_byte_by_byte(sample, open().await).await;
    user_cases::unknown_ids_and_logins_change_nothing(sample, open().await).await;
    user_cases::replace_password_only_if_the_old_one_matches(sample, open().await).await;
    user_cases::each_change_changes_one_row_and_one_field(sample, open().await).await;
    user_cases::change_to_the_present_value_counts_as_a_change(sample, open().await).await;
    user_cases::changes_of_one_call_are_made_together(sample, open().await).await;
    user_cases::missing_field_is_an_error_and_not_false(sample, open().await).await;
    user_cases::every_change_of_the_type_is_supported(sample, open().await).await;
    user_logins::changed_login_is_found_and_frees_the_former(sample, open().await).await;
    user_logins::login_of_another_row_is_refused_and_named(sample, open().await).await;
    user_logins::confirmed_address_is_stored(sample, open().await).await;
    user_cases::deleted_user_is_gone_and_login_is_free(sample, open().await).await;
    user_cases::a_table_that_works_has_no_problems(sample, open().await).await;
    user_races::one_sign_up_gets_the_login(sample, open().await).await;
    user_races::one_rehash_wins(sample, open().await).await;
    user_races::one_delete_wins(sample, open().await).await;
    user_races::sign_ups_with_different_logins_all_succeed(sample, open().await).await;
}

#[cfg(test)]
mod tests {
    /// Every public function of these files is a case, and a case that never runs promises nothing.
    #[test]
    fn every_case_is_run() {
        let runs = include_str!("mod.rs");
        let files = [
            include_str!("record_cases.rs"),
            include_str!("record_texts.rs"),
            include_str!("record_races.rs"),
            include_str!("user_cases.rs"),
            include_str!("user_changes.rs"),
            include_str!("user_logins.rs"),
            include_str!("user_races.rs"),
        ];
        let names = files.iter().flat_map(|file| file.split("\npub async fn ").skip(1));
        let names: Vec<_> = names.map(|rest| rest.split('<').next().unwrap()).collect();
        assert!(names.len() > 30, "{names:?}");
        for name in names {
            assert!(runs.contains(&format!("::{name}(")), "{name} is never run");
        }
    }
}
