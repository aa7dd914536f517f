//! Whoever reads the database, the mail or the log has no key.

use auth_tests::Call;
use serde_json::json;

use super::{ADA, key, reader, stage, works};

#[tokio::test]
async fn ak_01_the_database_holds_no_key() {
    let stage = stage().await;
    let ada = reader(&stage, ADA).await;
    let (first, id) = key(&stage, &ada.access).await;
    let second = stage.post_as(&ada.access, &format!("/keys/{id}/rotate"), json!({})).await.is(201).field("key");
    assert!(works(&stage, &first).await && works(&stage, &second).await);
    stage.send(Call::get("/keys").bearer(&ada.access)).await.is(200);
    let mut secrets = Vec::new();
    for text in [&first, &second] {
        let random = &text["shop_pat_".len()..];
        // The whole, and each half: nobody keeps a part of it to show people.
        secrets.extend([text.clone(), random.to_owned(), random[..20].to_owned(), random[23..43].to_owned()]);
    }
    let dump = stage.place.dump().await;
    assert!(dump.contains("Clerk:clerks.key") && dump.contains(&id), "the record is read");
    for secret in &secrets {
        assert!(!dump.contains(secret.as_str()), "{secret}");
    }
    for event in stage.events() {
        let event = format!("{event:?}");
        assert!(secrets.iter().all(|secret| !event.contains(secret.as_str())), "{event}");
    }
    stage.deliver().await;
    for mail in stage.mailbox.all() {
        assert!(secrets.iter().all(|secret| !mail.text.contains(secret.as_str())));
    }
    // The control: each of them is found where it is.
    stage.place.run("CREATE TABLE planted (it TEXT)").await;
    for secret in &secrets {
        sqlx::query("INSERT INTO planted VALUES ($1)").bind(secret).execute(&stage.place.pool).await.unwrap();
        assert!(stage.place.dump().await.contains(secret.as_str()));
    }
}

/// The id of a key, its hash and its record open nothing.
#[tokio::test]
async fn ak_01_what_is_stored_is_no_key() {
    let stage = stage().await;
    let ada = reader(&stage, ADA).await;
    let (text, id) = key(&stage, &ada.access).await;
    for stored in [id.clone(), format!("shop_pat_{id}"), text[..text.len() - 6].to_owned(), text.to_uppercase()] {
        assert!(!works(&stage, &stored).await, "{stored}");
    }
    // A record that is copied to another account belongs to whoever has the key, and there is one record of a key.
    stage.place.run("UPDATE auth_records SET owner = '77' WHERE kind LIKE '%.key'").await;
    stage.auth.accounts().row_changed(&ada.id).await.unwrap();
    assert!(!works(&stage, &text).await, "there is no such account");
}
