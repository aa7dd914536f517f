//! The application sets another address for an account: its former address is told.

use auth::mail::LetterKind;
use auth::store::sql::{SqlRow, SqlUser};
use auth::{ClientInfo, Limits, LoginField};
use auth_tests::app::PASSWORD;
use auth_tests::stage::{Customer, CustomerRegistration, Reader, Stage, TABLES};
use auth_tests::{Database, Place, on_databases};

use crate::ADA;

const EMAIL: LoginField<Reader> = LoginField::named("email");
const OTHER: &str = "ada@new.example";

on_databases! {
    [super::TABLES[0], super::TABLES[1], super::TABLES[2]];
    the_former_address_is_told_of_another
}

async fn the_former_address_is_told_of_another<P: Place>(place: P)
where
    Reader: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    let stage = Stage::<Reader, P>::new(place).await;
    stage.sign_up(ADA).await.is(201);
    let accounts = stage.auth.accounts();
    accounts.set_verified(&1, true).await.unwrap();
    stage.deliver().await;
    stage.events();
    accounts.by(ClientInfo::default().with_actor("operator")).set_login(&1, EMAIL, OTHER).await.unwrap();
    assert_eq!(stage.deliver().await, 1);
    let mail = stage.mailbox.last(LetterKind::AddressSet, ADA);
    assert!(!mail.text.contains(OTHER), "who reads the former address learns no new one: {}", mail.text);
    assert!(!stage.mailbox.has_mail_to(OTHER));
    // The same once more changes nothing, and says nothing.
    stage.auth.accounts().set_login(&1, EMAIL, OTHER).await.unwrap();
    assert_eq!(stage.deliver().await, 0);
}

#[tokio::test]
async fn a_login_that_is_no_address_is_told_nobody() {
    let stage = Stage::<Customer, _>::new(Database::with(TABLES[0]).await).await;
    let form = CustomerRegistration { nick: "ada".to_owned(), contact: ADA.to_owned(), shoe_size: None };
    stage.auth.accounts().create(form, PASSWORD).await.unwrap();
    let accounts = stage.auth.accounts();
    accounts.set_login(&1, LoginField::named("nick"), "lovelace").await.unwrap();
    stage.deliver().await;
    assert!(!stage.mailbox.has_mail_to(ADA));
    accounts.set_login(&1, LoginField::named("contact"), OTHER).await.unwrap();
    stage.deliver().await;
    assert!(stage.mailbox.has_mail_to(ADA));
}

#[tokio::test]
async fn an_address_that_is_refused_is_told_nobody() {
    let stage = Stage::<Reader, _>::new(Database::with(TABLES[0]).await).await;
    stage.sign_up(ADA).await.is(201);
    stage.sign_up(OTHER).await.is(201);
    stage.deliver().await;
    stage.auth.accounts().set_login(&1, EMAIL, OTHER).await.unwrap_err();
    assert_eq!(stage.deliver().await, 0);
}

#[tokio::test]
async fn five_notices_of_an_address_are_mailed_an_hour() {
    let place = Database::with(TABLES[0]).await;
    let stage = Stage::<Reader, _>::with(place, |builder| builder.limits(Limits::default())).await;
    stage.sign_up(ADA).await.is(201);
    for number in 0..9 {
        stage.auth.accounts().set_login(&1, EMAIL, &format!("ada{number}@new.example")).await.unwrap();
        stage.deliver().await;
    }
    let notices = stage.mailbox.all().iter().filter(|mail| mail.kind == LetterKind::AddressSet).count();
    assert_eq!(notices, 5);
}
