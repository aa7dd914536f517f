//! `user create`, `show`, `list` and the changes, by the rules of `auth.accounts()`.

use auth::store::sql::{SqlRow, SqlUser};
use auth::{AuthError, ClientInfo, Credentials};
use auth_tests::Place;
use auth_tests::operated::Account;
use serde_json::json;

use crate::stage::{Stage, on_three};

on_three! {
    a_generated_password_signs_in
    a_password_from_standard_input_is_not_printed
    a_taken_login_is_refused_with_its_field
    every_mistake_of_a_sign_up_is_listed
    an_account_is_found_by_every_login_and_id
    each_change_takes_effect_and_names_the_operator
    pages_of_accounts_follow_each_other
    unreadable_rows_are_listed_beside_the_others
    a_changed_login_is_canonical_and_not_taken
    an_address_is_confirmed_and_not_any_more
    a_new_password_ends_the_sessions
}

async fn a_generated_password_signs_in<P: Place>(stage: Stage<P>)
where
    Account: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let line = "user create --login Ada@Example.org --login nick=ada --role author --role admin --set shoe_size:=38";
    let made = stage.json(line).await;
    assert_eq!(made["mail_address"], "ada@example.org", "canonical, as by a sign-up: {made}");
    assert_eq!(made["roles"], json!(["author", "admin"]));
    assert_eq!((&made["active"], &made["has_password"]), (&json!(true), &json!(true)));
    let password = made["generated_password"].as_str().unwrap();
    assert!(password.len() >= 22, "128 bits");
    let auth = stage.auth().await;
    let (ada, _) = auth
        .login(Credentials::new("ada@example.org", password), &ClientInfo::default())
        .await
        .unwrap()
        .signed_in()
        .unwrap();
    assert_eq!((ada.shoe_size, ada.id.to_string()), (Some(38), made["id"].as_str().unwrap().to_owned()));

    let text = stage.run("user create --login eve@example.org --login nick=eve").await;
    let lines: Vec<_> = text.stdout.lines().map(|line| line.split_once("  ").unwrap().0.trim()).collect();
    let expected = ["id", "mail_address", "nick", "active", "generated_password", "has_password", "roles", "verified"];
    assert_eq!(lines, expected, "{}", text.stdout);
    assert!(text.stdout.contains("roles               reader\n"), "{}", text.stdout);
}

async fn a_password_from_standard_input_is_not_printed<P: Place>(stage: Stage<P>)
where
    Account: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let line = "user create --login ada@example.org --login nick=ada --password-stdin";
    let password = "correct horse battery staple";
    let made = stage.given(line, &format!("{password}\r\nanother line\n")).await;
    assert_eq!(made.code, 0, "{made:?}");
    assert!(!made.stdout.contains("horse"), "{}", made.stdout);
    let ada = Credentials::new("ada", password).field("nick");
    stage.auth().await.login(ada, &ClientInfo::default()).await.unwrap().signed_in().unwrap();
    let empty = stage.given(line, "\n").await;
    assert_eq!((empty.code, empty.stderr.contains("standard input has no password")), (2, true), "{empty:?}");
}

async fn a_taken_login_is_refused_with_its_field<P: Place>(stage: Stage<P>)
where
    Account: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    stage.create("ada").await;
    let again = stage.run("user create --login eve@example.org --login nick=ADA --json").await;
    assert_eq!(again.code, 1);
    let said: serde_json::Value = serde_json::from_str(&again.stderr).unwrap();
    assert_eq!((&said["error"], &said["message"]), (&json!("taken"), &json!("this nick is taken")));
    assert_eq!(again.stdout, "");
}

async fn every_mistake_of_a_sign_up_is_listed<P: Place>(stage: Stage<P>)
where
    Account: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let wrong = stage.run("user create --login ada@example.org --set shoe_size=big --set colour=red").await;
    assert_eq!(wrong.code, 1, "{wrong:?}");
    for field in ["`nick` is required", "`shoe_size`", "colour"] {
        assert!(wrong.stderr.contains(field), "{field}: {}", wrong.stderr);
    }
    let weak = "user create --login ada@example.org --login nick=ada --password-stdin";
    let weak = stage.given(weak, "short").await;
    assert_eq!((weak.code, weak.stderr.contains("password")), (1, true), "{weak:?}");
    let role = stage.run("user create --login ada@example.org --login nick=ada --role autor").await;
    assert_eq!((role.code, role.stderr.contains("author")), (2, true), "a suggestion: {role:?}");
    assert!(stage.json("user list").await["users"].as_array().unwrap().is_empty(), "nobody was created");
}

async fn an_account_is_found_by_every_login_and_id<P: Place>(stage: Stage<P>)
where
    Account: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let ada = stage.create("ada").await;
    let id = ada["id"].as_str().unwrap();
    for who in ["ADA@example.org", "ada", "nick=Ada", "mail_address=ada@example.org", &format!("id={id}")] {
        assert_eq!(stage.json(&format!("user show {who}")).await["id"], id, "{who}");
    }
    // Somebody whose nick is her address, if the table lets them.
    stage.json("user create --login eve@example.org --login nick=ada@example.org").await;
    let two = stage.run("user show ada@example.org").await;
    assert_eq!((two.code, two.stderr.contains("`nick=…`")), (1, true), "{two:?}");
    assert_eq!(stage.json("user show mail_address=ada@example.org").await["nick"], "ada");
    let nobody = stage.run("user show bob").await;
    assert_eq!((nobody.code, nobody.stderr.contains("`bob`")), (1, true), "{nobody:?}");
    assert_eq!(stage.run("user show id=7").await.code, 2, "not an id of these users");
}

async fn each_change_takes_effect_and_names_the_operator<P: Place>(stage: Stage<P>)
where
    Account: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let made = stage.create("ada").await;
    let (auth, client) = (stage.auth().await, ClientInfo::default());
    let password = made["generated_password"].as_str().unwrap();
    let ada = Credentials::new("ada@example.org", password);
    auth.login(ada, &client).await.unwrap().signed_in().unwrap();

    stage.json("user promote ada author admin").await;
    assert_eq!(stage.json("user show ada").await["roles"], json!(["author", "admin"]));
    let (_, tokens) = auth.login(ada, &client).await.unwrap().signed_in().unwrap();
    stage.json("user disable ada").await;
    assert!(auth.refresh(&tokens.refresh_token, &client).await.is_err());
    assert!(matches!(auth.login(ada, &client).await, Err(AuthError::InactiveUser)));
    stage.json("user enable ada").await;
    auth.login(ada, &client).await.unwrap().signed_in().unwrap();
    let listed = stage.json("user sessions ada").await;
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    stage.json("user end-sessions ada").await;
    assert_eq!(stage.json("user sessions ada").await, json!([]));
    assert_eq!(stage.run("user sessions ada").await.stdout, "no sessions\n");
    assert_eq!(stage.json("user unlock ada").await["done"], "unlocked");
    stage.json("user delete ada").await;
    assert_eq!(stage.run("user show ada").await.code, 1);
    assert_eq!(stage.run(&format!("user delete id={}", made["id"].as_str().unwrap())).await.code, 1);

    let actors = stage.actors.lock().unwrap();
    let operator = actors.iter().flatten().filter(|actor| actor.starts_with("cli")).count();
    assert!(operator >= 6, "{actors:?}");
}

async fn pages_of_accounts_follow_each_other<P: Place>(stage: Stage<P>)
where
    Account: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let mut ids = Vec::new();
    for nick in ["ada", "bob", "cyd", "dan", "eve"] {
        ids.push(stage.create(nick).await["id"].clone());
    }
    stage.json("user promote cyd author").await;
    let (mut seen, mut after) = (Vec::new(), String::new());
    for _ in 0..4 {
        let page = stage.json(&format!("user list --most 2{after}")).await;
        seen.extend(page["users"].as_array().unwrap().iter().map(|user| user["id"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!(" --after {next}");
    }
    let (mut expected, mut found) = (ids.clone(), seen);
    expected.sort_by_key(ToString::to_string);
    found.sort_by_key(ToString::to_string);
    assert_eq!(found, expected, "each once");
    let authors = stage.json("user list --role author --most 1").await;
    assert_eq!(authors["users"].as_array().unwrap().len(), 1, "{authors}");
    assert_eq!(authors["users"][0]["nick"], "cyd");
    // The last page of the store has more than is shown.
    for nick in ["bob", "dan", "eve"] {
        stage.json(&format!("user promote {nick} author")).await;
    }
    let (mut authors, mut after) = (Vec::new(), String::new());
    for _ in 0..5 {
        let page = stage.json(&format!("user list --role author --most 3{after}")).await;
        authors.extend(page["users"].as_array().unwrap().iter().map(|user| user["nick"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        after = format!(" --after {next}");
    }
    authors.sort_by_key(ToString::to_string);
    assert_eq!(authors, ["bob", "cyd", "dan", "eve"]);
    let text = stage.run("user list --most 2").await.stdout;
    assert!(text.starts_with("ID  ") && text.contains("more: --after "), "{text}");
}

/// A role that nobody knows any more is what most such rows have.
async fn unreadable_rows_are_listed_beside_the_others<P: Place>(stage: Stage<P>)
where
    Account: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    for nick in ["ada", "bob", "cyd", "dan", "eve"] {
        stage.create(nick).await;
    }
    let order: Vec<_> = listed(&stage, "", 0).await["users"].as_array().unwrap().clone();
    let (id, nick) = (|place: usize| order[place]["id"].clone(), |place: usize| order[place]["nick"].clone());
    // The first, two in the middle, and then the last as well.
    let spoil = async |place: usize| {
        let sql = format!("UPDATE accounts SET ranks = 'king' WHERE nick = '{}'", nick(place).as_str().unwrap());
        stage.place.sql(&sql).await.unwrap();
    };
    for place in [0, 2, 3] {
        spoil(place).await;
    }
    for line in ["", "--most 2", "--role reader"] {
        let page = listed(&stage, line, 1).await;
        let ids: Vec<_> = page["users"].as_array().unwrap().iter().map(|user| user["id"].clone()).collect();
        assert_eq!(ids, [id(1), id(4)], "{line}");
        let after: Vec<_> = page["unreadable"].as_array().unwrap().iter().map(|row| row["after"].clone()).collect();
        assert_eq!(after, [serde_json::Value::Null, id(1), id(1)], "{line}: each once");
        assert!(page["unreadable"][0]["reason"].as_str().unwrap().contains("king"), "{page}");
    }
    let first = listed(&stage, "--most 1", 1).await;
    assert_eq!((&first["users"][0]["id"], first["unreadable"].as_array().unwrap().len()), (&id(1), 1));
    assert_eq!(first["next"], id(1));
    spoil(4).await;
    spoil(1).await;
    for line in ["", "--most 1", "--most 2"] {
        let page = listed(&stage, line, 1).await;
        assert_eq!(
            (page["unreadable"].as_array().unwrap().len(), &page["next"]),
            (5, &serde_json::Value::Null),
            "{line}"
        );
    }
    let text = stage.run("user list").await;
    assert!(text.stdout.starts_with("no accounts\nunreadable, the first: "), "{text:?}");
    assert!(text.stdout.contains("`auth doctor` names such rows"), "{text:?}");
}

async fn listed<P: Place>(stage: &Stage<P>, line: &str, code: u8) -> serde_json::Value
where
    Account: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let outcome = stage.run(&format!("user list {line} --json")).await;
    assert_eq!(outcome.code, code, "{outcome:?}");
    serde_json::from_str(&outcome.stdout).unwrap()
}

async fn a_changed_login_is_canonical_and_not_taken<P: Place>(stage: Stage<P>)
where
    Account: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let ada = stage.create("ada").await;
    stage.create("bob").await;
    stage.json("user verify ada").await;
    assert_eq!(stage.json("user set-login ada nick=Lovelace").await["done"], "login set");
    let shown = stage.json("user show lovelace").await;
    assert_eq!((&shown["id"], &shown["verified"]), (&ada["id"], &json!(true)));
    stage.json("user set-login lovelace mail_address=Lovelace@Example.org").await;
    let shown = stage.json("user show lovelace@example.org").await;
    assert_eq!((&shown["mail_address"], &shown["verified"]), (&json!("lovelace@example.org"), &json!(false)));
    let taken = stage.run("user set-login lovelace nick=BOB").await;
    assert_eq!((taken.code, taken.stderr.as_str()), (1, "error: this nick is taken\n"));
    let unnamed = stage.run("user set-login lovelace countess").await;
    let said = "error: say which login is meant: `mail_address=…` or `nick=…`\n";
    assert_eq!((unnamed.code, unnamed.stderr.as_str()), (2, said));
    let wrong = stage.run("user set-login lovelace mail_address=countess").await;
    assert_eq!((wrong.code, wrong.stderr.contains("mail_address")), (1, true), "{wrong:?}");
    let nobody = stage.run("user set-login nobody nick=somebody").await;
    assert_eq!(nobody.code, 1, "{nobody:?}");
    assert_eq!(
        stage.json("user show nick=lovelace").await["mail_address"],
        "lovelace@example.org",
        "all else is as it was"
    );
}

async fn an_address_is_confirmed_and_not_any_more<P: Place>(stage: Stage<P>)
where
    Account: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    assert_eq!(stage.create("ada").await["verified"], false);
    assert_eq!(stage.json("user verify ada").await["done"], "verified");
    assert_eq!(stage.json("user show ada").await["verified"], true);
    assert_eq!(stage.json("user unverify ada").await["done"], "not verified any more");
    assert_eq!(stage.json("user show ada").await["verified"], false);
    assert_eq!(stage.run("user verify bob").await.code, 1);
}

async fn a_new_password_ends_the_sessions<P: Place>(stage: Stage<P>)
where
    Account: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let made = stage.create("ada").await;
    let (auth, client) = (stage.auth().await, ClientInfo::default());
    let old = made["generated_password"].as_str().unwrap();
    let ada = |password| Credentials::new("ada@example.org", password);
    auth.login(ada(old), &client).await.unwrap().signed_in().unwrap();
    let set = stage.given("user set-password ada --password-stdin --json", "correct horse battery staple\n").await;
    assert_eq!((set.code, set.stdout.contains("horse")), (0, false), "{set:?}");
    assert_eq!(stage.json("user sessions ada").await, json!([]));
    assert!(auth.login(ada(old), &client).await.is_err());
    auth.login(ada("correct horse battery staple"), &client).await.unwrap().signed_in().unwrap();
    let generated = stage.json("user set-password ada").await;
    let generated = generated["generated_password"].as_str().unwrap();
    auth.login(ada(generated), &client).await.unwrap().signed_in().unwrap();
    let weak = stage.given("user set-password ada --password-stdin", "short\n").await;
    assert_eq!((weak.code, weak.stderr.contains("password")), (1, true), "{weak:?}");
    auth.login(ada(generated), &client).await.unwrap().signed_in().unwrap();
}
