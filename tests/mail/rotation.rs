//! What was mailed under a former secret: good as long as that is listed, and no longer.

use auth::{AuthBuilder, Secret};
use auth_tests::Database;
use auth_tests::app::{OTHER_SECRET, SECRET};
use auth_tests::kinds::{Confirms, Kind};
use auth_tests::purposes::{Purpose, Way, issued};
use auth_tests::stage::{Customer, Reader, Stage};

/// The application after a restart with another secret, which lists these former ones.
async fn restarted<U: Kind>(purpose: Purpose, place: &Database, former: &[&str]) -> Stage<U, Database> {
    let secret = |text: &str| Secret::new(text).unwrap();
    let setup = |builder: AuthBuilder<U>| {
        let builder = purpose.setup(builder).secret(secret(&OTHER_SECRET));
        former.iter().fold(builder, |builder, text| builder.former_secret(secret(text)))
    };
    Stage::with(place.clone(), setup).await
}

async fn outlives_what_it_should<U: Kind>(purpose: Purpose, way: Way) {
    for is_listed in [true, false] {
        let place = Database::with(U::TABLES).await;
        let stage = Stage::<U, _>::with(place.clone(), |builder| purpose.setup(builder)).await;
        let mut ticket = issued(&stage, purpose, way).await;
        drop(stage);
        let mut stage = restarted::<U>(purpose, &place, &[&SECRET]).await;
        if !is_listed {
            stage = restarted::<U>(purpose, &place, &[]).await;
        }
        let answer = ticket.used(&stage).await;
        let is_good = is_listed || purpose.outlives_the_secret();
        if is_good {
            answer.is(ticket.success);
        } else {
            let refused = ["invalid_link", "sign_in_expired", "invalid_code"];
            assert!(refused.contains(&answer.code().as_str()), "{purpose:?} by {way:?}: {}", answer.text());
            // Refused for good, and nothing is used up: with the secret listed again it is what it was.
            ticket.used(&restarted::<U>(purpose, &place, &[&SECRET]).await).await.is(ticket.success);
        }
    }
}

#[tokio::test]
async fn key_06_each_mailed_token_lives_as_its_secret() {
    for purpose in Purpose::all() {
        for &way in purpose.ways() {
            match purpose.confirms() {
                Confirms::First => outlives_what_it_should::<Customer>(purpose, way).await,
                Confirms::Later | Confirms::Never => outlives_what_it_should::<Reader>(purpose, way).await,
            }
        }
    }
}
