//! Two operators at once.

use auth::store::sql::{SqlRow, SqlUser};
use auth_tests::Place;
use auth_tests::operated::Account;

use crate::stage::{Stage, on_three};

on_three! { of_two_creations_of_one_login_one_wins }

async fn of_two_creations_of_one_login_one_wins<P: Place>(stage: Stage<P>)
where
    Account: SqlUser<P::Driver> + SqlRow<P::Driver>,
{
    for round in 0..5 {
        let create = |other: &str| format!("user create --login ada{round}@example.org --login nick={other}{round}");
        let (first, second) = (create("ada"), create("eve"));
        let (first, second) = tokio::join!(stage.run(&first), stage.run(&second));
        let mut codes = [first.code, second.code];
        codes.sort_unstable();
        assert_eq!(codes, [0, 1], "{first:?} {second:?}");
        let refused = if first.code == 1 { first } else { second };
        assert_eq!(refused.stderr, "error: this mail_address is taken\n");
        // The loser has left nothing: not the account, and nothing that would keep its other login from anybody.
        let all = stage.json("user list --most 1000").await["users"].as_array().unwrap().len();
        assert_eq!(all, 2 * round + 1);
        let winner = stage.json(&format!("user show mail_address=ada{round}@example.org")).await;
        let loser = if winner["nick"] == format!("ada{round}") { "eve" } else { "ada" };
        assert_eq!(stage.run(&format!("user show nick={loser}{round}")).await.code, 1);
        stage.json(&format!("user create --login other{round}@example.org --login nick={loser}{round}")).await;
    }
}
