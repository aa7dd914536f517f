//! Many at once, on every database: one wins.

use std::collections::BTreeMap;

use auth::store::sql::{SqlRow, SqlUser};
use auth_tests::app::PASSWORD;
use auth_tests::users::SCHEMA;
use auth_tests::{Answer, Call, Place, User, on_databases, together};
use serde_json::json;

use crate::{ADA, NEW, Post, wrong};

on_databases! {
    SCHEMA;
    otk_04_of_64_uses_of_a_link_one_wins
    sign_04_of_64_right_codes_one_wins
    sign_04_of_64_wrong_codes_five_are_compared
    two_instances_send_each_mail_once
}

fn codes(answers: &[Answer]) -> BTreeMap<String, usize> {
    let mut codes = BTreeMap::new();
    for answer in answers {
        let code = if answer.status == 204 { "204".to_owned() } else { answer.code() };
        *codes.entry(code).or_default() += 1;
    }
    codes
}

/// The others learn that they are late, or that too many passwords are being hashed.
fn one_won(answers: &[Answer], late: &str) {
    let codes = codes(answers);
    assert_eq!(codes.get("204"), Some(&1), "{codes:?}");
    assert!(codes.keys().all(|code| ["204", late, "busy"].contains(&code.as_str())), "{codes:?}");
}

async fn otk_04_of_64_uses_of_a_link_one_wins<P: Place>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let post = Post::on(place).await;
    post.app.register(ADA).await.is(201);
    let (_, mail) = post.asked(ADA).await;
    let call = |number: usize| {
        let body = json!({ "token": mail.token(), "new_password": format!("{NEW} {number}") });
        Call::post("/auth/password/reset").json(&body)
    };
    let answers = together(&post.app.router, (0..64).map(call)).await;
    one_won(&answers, "invalid_link");
    let mut right = 0;
    for number in 0..64 {
        right += u32::from(post.app.login(ADA, &format!("{NEW} {number}")).await.status == 200);
    }
    assert_eq!(right, 1);
    post.app.login(ADA, PASSWORD).await.is(401);
}

async fn sign_04_of_64_right_codes_one_wins<P: Place>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let post = Post::on(place).await;
    post.app.register(ADA).await.is(201);
    let (sign_in, mail) = post.asked(ADA).await;
    let answers = together(&post.app.router, (0..64).map(|_| Post::<P>::code_call(&sign_in, &mail.code(), NEW))).await;
    one_won(&answers, "sign_in_expired");
    post.app.login(ADA, NEW).await.is(200);
}

async fn sign_04_of_64_wrong_codes_five_are_compared<P: Place>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let post = Post::on(place).await;
    post.app.register(ADA).await.is(201);
    let (sign_in, mail) = post.asked(ADA).await;
    let guess = wrong(&mail.code());
    let answers = together(&post.app.router, (0..64).map(|_| Post::<P>::code_call(&sign_in, &guess, NEW))).await;
    let codes = codes(&answers);
    assert_eq!((codes.get("invalid_code"), codes.get("sign_in_expired")), (Some(&5), Some(&59)), "{codes:?}");
    post.by_code(&sign_in, &mail.code(), NEW).await.is(401);
}

async fn two_instances_send_each_mail_once<P: Place + Clone>(place: P)
where
    User: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let post = Post::on(place).await;
    let mailer = post.mailbox.clone();
    let beside = post.app.beside(move |builder| crate::with_mail(builder, mailer)).await;
    for number in 0..20 {
        let email = format!("user{number}@example.org");
        post.app.register(&email).await.is(201);
        post.forgot(&email).await.is(202);
    }
    let (one, other) = tokio::join!(post.app.auth.send_mail(), beside.auth.send_mail());
    assert_eq!(one.unwrap() + other.unwrap(), 20);
    let mut to: Vec<String> = post.mailbox.all().iter().map(|mail| mail.to.clone()).collect();
    to.sort();
    to.dedup();
    assert_eq!((to.len(), post.mailbox.all().len()), (20, 20));
}
