//! What a requirement is told about the caller, and the requirements that the library brings.

use std::time::Duration;

use auth::clock::Timestamp;
use auth::policy::{Answers, Facts, Requirement};
use auth::{AuthUser, Fresh, Has, PasswordHash, StepUp};
use serde_json::json;

use crate::exhaustive::caller;

/// A user type whose addresses are confirmed.
#[derive(Clone, Debug, AuthUser)]
#[auth(table = "people")]
struct Person {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(verified)]
    email_verified: bool,
}

const NOW: Timestamp = Timestamp::from_secs(0);

fn person(email_verified: bool) -> Person {
    let password_hash = PasswordHash::from_stored("none");
    Person { id: 1, email: "ada@example.org".to_owned(), password_hash, email_verified }
}

fn token(email_verified: bool) -> PersonClaims {
    let claims = json!({
        "iss": "Person", "aud": "Person", "sub": "1", "iat": 0, "exp": 0, "jti": "A".repeat(22), "sid": "A".repeat(43),
        "auth_time": 0, "amr": [], "gen": 0, "email_verified": email_verified,
    });
    serde_json::from_value(claims).unwrap()
}

#[test]
fn has_verified_means_confirmed_and_the_row_knows_better() {
    for by_token in [false, true] {
        let claims = token(by_token);
        assert_eq!(Has::Verified.holds(&Facts::<Person>::of_token(&claims, NOW)), by_token);
        for by_row in [false, true] {
            assert_eq!(Has::Verified.holds(&Facts::of_row(&claims, &person(by_row), NOW)), by_row);
        }
    }
    let without_the_field = caller(0);
    assert!(!Has::Verified.holds(&Facts::<auth_tests::User>::of_token(&without_the_field, NOW)));
    assert_eq!(Requirement::<Person>::step_up(&Has::Verified), None, "signing in again confirms no address");
}

#[test]
fn a_requirement_sees_the_row_once_it_is_loaded() {
    let (claims, row) = (token(true), person(true));
    assert!(Facts::<Person>::of_token(&claims, NOW).row().is_none());
    assert_eq!(Facts::of_row(&claims, &row, NOW).row().map(|row| &*row.email), Some("ada@example.org"));
}

#[test]
fn an_hour_is_sixty_minutes_of_sixty_seconds() {
    let asks = |fresh: Fresh| Requirement::<Person>::step_up(&fresh);
    let two_hours = Some(StepUp { max_age: Some(Duration::from_hours(2)), ..StepUp::default() });
    assert_eq!(
        (asks(Fresh::hours(2)), asks(Fresh::minutes(120)), asks(Fresh::seconds(7_200))),
        (two_hours, two_hours, two_hours)
    );
}

#[test]
fn last_answer_of_a_check_counts() {
    for (first, last) in [(false, false), (false, true), (true, false), (true, true)] {
        let answers = Answers::NONE.with(3, first).with(4, !last).with(3, last);
        assert_eq!((answers.get(3), answers.get(4), answers.get(5)), (Some(last), Some(!last), None));
    }
}
