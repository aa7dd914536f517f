//! Keys of many at once, on every database.

use auth::store::sql::{SqlRow, SqlUser};
use auth_tests::clerk::Clerk;
use auth_tests::{Answer, Call, Place, together};
use serde_json::json;

use super::{ADA, create, key, list, reader, revoke, stage_on, to_read, works};

auth_tests::on_databases! {
    [auth_tests::clerk::CLERKS[0], auth_tests::clerk::CLERKS[1], auth_tests::clerk::CLERKS[2]];
    ak_06_of_64_keys_made_at_once_fifty_are_there
    ak_06_the_last_place_is_taken_once
    ak_06_of_64_rotations_one_replaces_the_key
}

fn wins(answers: &[Answer]) -> usize {
    for answer in answers {
        assert!([201, 403, 409, 503].contains(&answer.status.as_u16()), "{}", answer.text());
    }
    answers.iter().filter(|answer| answer.status == 201).count()
}

async fn ak_06_of_64_keys_made_at_once_fifty_are_there<P: Place>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = stage_on(place).await;
    let ada = reader(&stage, ADA).await;
    let call = |n: usize| Call::post("/keys").bearer(&ada.access).json(&to_read(&n.to_string()));
    let made = wins(&together(&stage.router, (0..64).map(call)).await);
    // A store that was too busy for somebody has room for the next one.
    for n in made..50 {
        create(&stage, &ada.access, to_read(&n.to_string())).await.is(201);
    }
    assert!(made <= 50);
    assert_eq!(list(&stage, &ada.access).await.len(), 50);
    assert_eq!(create(&stage, &ada.access, to_read("more")).await.is(403).code(), "too_many_keys");
    // One that is revoked makes room at once, and one that is replaced does not count.
    let listed = list(&stage, &ada.access).await;
    revoke(&stage, &ada.access, listed[0]["id"].as_str().unwrap()).await.is(204);
    create(&stage, &ada.access, to_read("instead")).await.is(201);
    let rotate = format!("/keys/{}/rotate", listed[1]["id"].as_str().unwrap());
    stage.post_as(&ada.access, &rotate, json!({})).await.is(201);
    assert_eq!(create(&stage, &ada.access, to_read("more")).await.is(403).code(), "too_many_keys");
}

async fn ak_06_the_last_place_is_taken_once<P: Place>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = stage_on(place).await;
    let ada = reader(&stage, ADA).await;
    for n in 0..49 {
        create(&stage, &ada.access, to_read(&n.to_string())).await.is(201);
    }
    let call = |n: usize| Call::post("/keys").bearer(&ada.access).json(&to_read(&n.to_string()));
    assert_eq!(wins(&together(&stage.router, (0..64).map(call)).await), 1);
    assert_eq!(list(&stage, &ada.access).await.len(), 50);
}

async fn ak_06_of_64_rotations_one_replaces_the_key<P: Place>(place: P)
where
    Clerk: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = stage_on(place).await;
    let ada = reader(&stage, ADA).await;
    let (old, id) = key(&stage, &ada.access).await;
    let path = format!("/keys/{id}/rotate");
    let calls = (0..64).map(|_| Call::post(&path).bearer(&ada.access).json(&json!({})));
    let answers = together(&stage.router, calls).await;
    assert_eq!(wins(&answers), 1);
    let new = answers.iter().find(|answer| answer.status == 201).unwrap().field("key");
    assert!(works(&stage, &old).await && works(&stage, &new).await);
    assert_eq!(list(&stage, &ada.access).await.len(), 2, "nobody else has left one");
}
