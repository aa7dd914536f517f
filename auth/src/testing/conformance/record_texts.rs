//! Which texts [`Records`] must preserve and distinguish. Each case takes two handles on one empty store.

use super::case::Case;
use super::records_under_test::{RecordsHandles, record};
use crate::store::{Record, Records};

/// `ABC`, `abc`, `abc ` and `äbc` are four keys.
pub async fn keys_kinds_and_owners_are_compared_byte_by_byte<R: Records>(handles: [R; 2]) {
    let case = Case::new(
        "keys_kinds_and_owners_are_compared_byte_by_byte",
        "kinds, keys and owners are compared byte by byte: no collation, no trimming, no normalisation",
    );
    let records = RecordsHandles::ready(case, handles).await.first;
    let mut alike = Vec::new();
    for text in ["ABC", "abc", "abc ", " abc", "äbc", "a\u{308}bc", "abc\0", "abc%", "", "0"] {
        match records.store.insert(&record(text, text)).await {
            // Not every store can hold U+0000.
            Err(error) if text.contains('\0') && !error.is_unavailable() => continue,
            answer => case.holds(&format!("{text:?} is a key of its own"), case.answer("insert", answer)),
        }
        records.insert(&Record { kind: "owners".into(), ..record(text, text) }).await;
        let kind = Record { kind: text.into(), ..record("k", "o") };
        case.holds(&format!("{text:?} is a kind of its own"), records.insert(&kind).await);
        alike.push(text);
    }
    for text in alike {
        records.has(&format!("{text:?}"), &record(text, text)).await;
        case.is(&format!("listed for the owner {text:?}"), records.keys("kind", text).await, vec![text.to_owned()]);
        let owners = Record { kind: "owners".into(), ..record(text, text) };
        case.is(
            &format!("the record of {text:?} with that of its owner"),
            records.get_with_owner("kind", text, "owners").await,
            Some((record(text, text), Some(owners.clone()))),
        );
        case.is(
            &format!("the record of {text:?} and its list"),
            records.get_and_list(("owners", text), ("kind", text)).await,
            (Some(owners), vec![record(text, text)]),
        );
        case.is(
            &format!("deleted for {text:?}, who is spared"),
            records.delete_owned("kind", text, Some(text)).await,
            0,
        );
        case.is(&format!("changed of the kind {text:?}"), records.changed_since(text, 0).await.len(), 1);
        case.is(&format!("deleted as {text:?}"), records.delete("kind", text).await, true);
    }
}

/// Nothing is interpreted, truncated or converted.
pub async fn text_comes_back_as_it_went_in<R: Records>(handles: [R; 2]) {
    let case =
        Case::new("text_comes_back_as_it_went_in", "every text up to 1024 bytes of key and owner is stored unchanged");
    let records = RecordsHandles::ready(case, handles).await.first;
    let long = "ü".repeat(512);
    let texts = [
        "'; DROP TABLE auth_records; --",
        "\" OR 1=1",
        "$1 ? :a @b %s",
        "a\0b",
        "\r\n\t",
        "🦀",
        "NULL",
        "{\"a\":1}",
        &long,
    ];
    for text in texts {
        let written = Record { value: text.repeat(9), ..record(text, text) };
        match records.store.insert(&written).await {
            Err(error) if text.contains('\0') && !error.is_unavailable() => continue,
            answer => case.is("inserting", case.answer("insert", answer), true),
        }
        records.has("what was inserted", &written).await;
        case.is("what is listed", records.list("kind", text).await, vec![written.clone()]);
        case.is("replacing", records.replace(&written).await, true);
        let second = Record { version: 2, ..written };
        records.has("what was replaced", &second).await;
        case.is("deleting", records.delete("kind", text).await, true);
    }
}

/// A text that the store cannot hold is reported as absent, not as a failure.
pub async fn unrepresentable_text_is_neither_found_nor_stored<R: Records>(handles: [R; 2]) {
    let case = Case::new(
        "unrepresentable_text_is_neither_found_nor_stored",
        "a text that the store cannot hold is not found when it is asked for, and refused (not \"unavailable\", and never altered) when it is to be stored",
    );
    let records = RecordsHandles::ready(case, handles).await.first;
    records.insert(&record("a", "ann")).await;
    let long = "a".repeat(100_000);
    for text in ["a\0", "\0", &long] {
        records.same("getting it", records.get("kind", text).await, None);
        case.is("deleting a key of the kind", records.delete(text, "a").await, false);
        case.is("deleting it", records.delete("kind", text).await, false);
        case.is("getting it with its owner's", records.get_with_owner("kind", text, "kind").await, None);
        let one = (record("a", "ann"), None);
        case.is("that of its owner", records.get_with_owner("kind", "a", text).await, Some(one.clone()));
        case.is("getting it and a list", records.get_and_list((text, "a"), ("kind", "ann")).await, (None, vec![one.0]));
        case.is("listing for it", records.keys("kind", text).await, Vec::new());
        case.is("changes of it", records.changed_since(text, 0).await, Vec::new());
        case.is("deleting for it", records.delete_owned("kind", text, None).await, 0);
        for new in [record(text, "ann"), record("b", text), Record { kind: text.into(), ..record("b", "ann") }] {
            match records.store.insert(&new).await {
                Ok(_) => {
                    records.has("what was stored", &new).await;
                    records.delete(&new.kind, &new.key).await;
                }
                Err(error) => {
                    case.holds("the store says that it is unavailable, and it is the value", !error.is_unavailable());
                }
            }
        }
    }
    case.is(
        "an exception that cannot be there spares nobody",
        records.delete_owned("kind", "ann", Some("b\0")).await,
        1,
    );
}
