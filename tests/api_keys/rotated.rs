//! A key is replaced by another one, and works for some time more.

use auth::event::{EventKind, LetterKind};
use auth_tests::Call;
use serde_json::json;

use super::{ADA, Owner, create, key, list, reader, stage, to_read, works};

const HOUR: u64 = 60 * 60;

fn path(id: &str) -> String {
    format!("/keys/{id}/rotate")
}

#[tokio::test]
async fn ak_04_a_rotated_key_works_for_a_day_more() {
    let stage = stage().await;
    let ada = reader(&stage, ADA).await;
    let (old, id) = key(&stage, &ada.access).await;
    stage.events();
    // Without a body, too.
    let made = stage.send(Call::post(&path(&id)).bearer(&ada.access)).await.is(201);
    let new = made.field("key");
    assert_ne!(old, new);
    assert!(works(&stage, &old).await && works(&stage, &new).await);
    let rotated = |event: &EventKind| matches!(event, EventKind::KeyRotated { former, .. } if former.to_string() == id);
    assert!(stage.events().iter().any(rotated));
    stage.deliver().await;
    assert!(stage.mailbox.all().iter().filter(|mail| mail.kind == LetterKind::KeyCreated).count() > 1);
    let listed = list(&stage, &ada.access).await;
    let former = listed.iter().find(|key| key["id"] == json!(id)).unwrap();
    assert_eq!(former["replaced_by"], made.json()["id"]);
    assert_eq!((&made.json()["name"], &made.json()["permissions"]), (&former["name"], &former["permissions"]));
    stage.after(24 * HOUR - 1);
    assert!(works(&stage, &old).await);
    stage.after(1);
    assert!(!works(&stage, &old).await && works(&stage, &new).await);
}

#[tokio::test]
async fn an_overlap_is_nothing_or_at_most_a_week() {
    let stage = stage().await;
    let ada = reader(&stage, ADA).await;
    for (overlap, status) in [(0, 201), (60, 201), (7 * 24 * HOUR, 201), (1, 422), (59, 422), (7 * 24 * HOUR + 1, 422)]
    {
        let (old, id) = key(&stage, &ada.access).await;
        assert!(works(&stage, &old).await, "and it is remembered");
        let answer = stage.post_as(&ada.access, &path(&id), json!({ "overlap": overlap })).await.is(status);
        if status == 422 {
            assert_eq!(answer.broken(), [("overlap".to_owned(), "out_of_range".to_owned())]);
            assert!(works(&stage, &old).await);
            continue;
        }
        assert_eq!(works(&stage, &old).await, overlap > 0, "{overlap}");
        assert!(works(&stage, &answer.field("key")).await);
    }
}

/// The new key lives as long as the former one did, from now on; and a key that ends sooner is not kept alive.
#[tokio::test]
async fn a_rotated_key_lives_as_long_as_before() {
    let stage = stage().await;
    let ada = reader(&stage, ADA).await;
    let mut body = to_read("short");
    body["expires_in"] = json!(2 * HOUR);
    let made = create(&stage, &ada.access, body).await.is(201);
    stage.after(4 * 60);
    let next = stage.post_as(&ada.access, &path(&made.field("id")), json!({})).await.is(201);
    stage.after(2 * HOUR - 4 * 60);
    assert!(!works(&stage, &made.field("key")).await, "it has not lived longer for it");
    assert!(works(&stage, &next.field("key")).await);
    stage.after(4 * 60);
    assert!(!works(&stage, &next.field("key")).await);
    let Owner { access, .. } = ada;
    stage.post_as(&access, &path(&next.field("id")), json!({})).await.is(401);
}

#[tokio::test]
async fn a_replaced_key_is_replaced_once() {
    let stage = stage().await;
    let ada = reader(&stage, ADA).await;
    let (first, id) = key(&stage, &ada.access).await;
    let second = stage.post_as(&ada.access, &path(&id), json!({})).await.is(201);
    assert_eq!(stage.post_as(&ada.access, &path(&id), json!({})).await.is(409).code(), "key_replaced");
    // One predecessor works, and no more: the first one ends.
    let third = stage.post_as(&ada.access, &path(&second.field("id")), json!({})).await.is(201);
    assert!(!works(&stage, &first).await);
    assert!(works(&stage, &second.field("key")).await && works(&stage, &third.field("key")).await);
    assert_eq!(list(&stage, &ada.access).await.len(), 2);
    let unknown = "A".repeat(43);
    for id in [&*unknown, "none", "..", &third.field("key")] {
        stage.post_as(&ada.access, &path(id), json!({})).await.is(404);
    }
}
