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
    }
}
