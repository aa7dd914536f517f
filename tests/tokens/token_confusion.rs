//! Every kind of token that we issue, presented in every place that expects one (JWT-10).

use auth_tests::app::PASSWORD;
use auth_tests::forge::claims_of;
use auth_tests::{App, Call};
use serde_json::json;

#[tokio::test]
async fn jwt_10_each_token_kind_is_accepted_only_in_its_place() {
    let app = App::new().await;
    app.register("ada@example.org").await.is(201);
    let kinds =
        ["access token", "refresh token", "session id", "token id", "access cookie", "refresh cookie", "password"];
    let places = ["bearer", "refresh body", "access cookie", "refresh cookie", "login password"];
    for kind in kinds {
        for place in places {
            // A new session for each pair, because using a token may spend it.
            let tokens = app.login("ada@example.org", PASSWORD).await.is(200);
            let body = json!({ "email": "ada@example.org", "password": PASSWORD });
            let call = Call::post("/auth/login?cookies=true").same_origin().json(&body);
            let cookies = app.send(call).await.is(200).cookies();
            let cookie = |which: &str| {
                let pair = cookies.split("; ").find(|pair| pair.contains(which)).unwrap();
                pair.split_once('=').unwrap().1.to_owned()
            };
            let claims = claims_of(&tokens.access_token());
            let value = match kind {
                "access token" => tokens.access_token(),
                "refresh token" => tokens.refresh_token(),
                "session id" => claims["sid"].as_str().unwrap().to_owned(),
                "token id" => claims["jti"].as_str().unwrap().to_owned(),
                "access cookie" => cookie("-access"),
                "refresh cookie" => cookie("-refresh"),
                _ => PASSWORD.to_owned(),
            };
            let call = match place {
                "bearer" => Call::get("/me").bearer(&value),
                "refresh body" => Call::post("/auth/refresh").json(&json!({ "refresh_token": value })),
                "access cookie" => Call::get("/me").cookie(&format!("__Host-user-access={value}")),
                "refresh cookie" => {
                    Call::post("/auth/refresh").same_origin().cookie(&format!("__Host-user-refresh={value}"))
                }
                _ => Call::post("/auth/login").json(&json!({ "email": "ada@example.org", "password": value })),
            };
            let good = match kind {
                "access token" | "access cookie" => matches!(place, "bearer" | "access cookie"),
                "refresh token" | "refresh cookie" => matches!(place, "refresh body" | "refresh cookie"),
                "password" => place == "login password",
                _ => false,
            };
            app.send(call).await.is(if good { 200 } else { 401 });
        }
    }
}

#[tokio::test]
async fn jwt_10_session_id_is_no_credential() {
    let app = App::new().await;
    let tokens = app.register("ada@example.org").await.is(201);
    let session = claims_of(&tokens.access_token())["sid"].as_str().unwrap().to_owned();
    for value in [session.clone(), format!("{session}{session}"), format!("{session}AAAAAAAAAAAAAAAAAAAAA")] {
        app.refresh(&value).await.is(401);
        app.send(Call::post("/auth/logout").json(&json!({ "refresh_token": value }))).await.is(204);
    }
    app.get("/me", &tokens.access_token()).await.is(200);
    app.refresh(&tokens.refresh_token()).await.is(200);
}
