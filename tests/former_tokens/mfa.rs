//! A former token is no second factor, whoever presents it.

use auth::store::sql::{SqlRow, SqlUser};
use auth_tests::clerk::{Clerk, Duty};
use auth_tests::stage::Stage;
use auth_tests::{Place, payload};

use super::{ADA, claims, hs256, signed};

auth_tests::on_databases! {
    [auth_tests::clerk::CLERKS[0], auth_tests::clerk::CLERKS[1], auth_tests::clerk::CLERKS[2]];
    sign_02_former_token_lacks_the_second_factor
}

async fn sign_02_former_token_lacks_the_second_factor<P: Place + Clone>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let before = Stage::<Clerk, _>::with(place.clone(), |builder| builder.totp("Example: Shop")).await;
    let signed_up = before.sign_up(ADA).await.is(201);
    let id: i64 = payload(&signed_up.access_token())["sub"].as_str().unwrap().parse().unwrap();
    let stage = Stage::<Clerk, _>::with(place, |builder| builder.totp("Example: Shop").former_tokens(hs256())).await;
    let token = signed(&claims(id, &stage.clock));
    // Exactly what a session of one factor gets.
    for token in [&token, &signed_up.access_token()] {
        stage.me(token).await.is(200);
    }
    stage.auth.accounts().set_role(&id, Duty::Admin).await.unwrap();
    let former = stage.me(&token).await.is(401);
    assert_eq!(former.code(), "step_up_required");
    assert!(matches!(stage.auth.authenticate(&token).await, Err(auth::AuthError::StepUpRequired(_))));
}
