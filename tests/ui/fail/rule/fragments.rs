//! A fragment is judged as what it is: a unit.

use auth::{AuthRole, protected};

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum R {
    A,
    B,
}

macro_rules! handlers {
    ($one:ident, $two:ident, $three:ident, $rule:expr) => {
        #[protected(!$rule && R::A)]
        async fn $one() {}

        #[protected($rule || R::A)]
        async fn $two() {}

        #[protected($rule R::A)]
        async fn $three() {}
    };
}
handlers!(one, two, three, R::A && R::B);

macro_rules! not {
    ($four:ident, $rule:expr) => {
        #[protected(!$rule)]
        async fn $four() {}
    };
}
not!(four, !R::A);
not!(five, if true { R::A } else { R::B });
not!(six, R::A & R::B);

fn main() {}
