//! Rules that `macro_rules!` puts together from expressions: a fragment is a unit, and whom only the pasted tokens would
//! let in is refused.

use auth::routing::{Routes, get};
use auth::{Auth, protected};
use auth_tests::Call;
use serde_json::json;

use crate::macros::{Member, R, application, held};
use crate::reference;

/// Handlers around a fragment, and what each means in plain text.
macro_rules! around {
    ($module:ident, $plain:literal, $rule:expr) => {
        mod $module {
            use super::*;

            #[protected($rule && R::D)]
            async fn before() {}

            #[protected(R::D && $rule)]
            async fn behind() {}

            #[protected(!$rule)]
            async fn not() {}

            #[protected($rule || R::C && R::D)]
            async fn first() {}

            #[protected(R::C && !$rule || R::D)]
            async fn middle() {}

            inner!(nested, $rule || R::C);

            pub(super) fn routes() -> Routes<Auth<Member>> {
                Routes::new()
                    .route("/before", get(before))
                    .route("/behind", get(behind))
                    .route("/not", get(not))
                    .route("/first", get(first))
                    .route("/middle", get(middle))
                    .route("/nested", get(nested))
            }

            pub(super) const MEANT: [(&str, &str); 6] = [
                ("before", concat!("(", $plain, ") && R::D")),
                ("behind", concat!("R::D && (", $plain, ")")),
                ("not", concat!("!(", $plain, ")")),
                ("first", concat!("(", $plain, ") || (R::C && R::D)")),
                ("middle", concat!("(R::C && !(", $plain, ")) || R::D")),
                ("nested", concat!("R::D && !((", $plain, ") || R::C)")),
            ];
        }
    };
}

macro_rules! inner {
    ($name:ident, $rule:expr) => {
        #[protected(R::D && !$rule)]
        async fn $name() {}
    };
}

around!(either, "R::A || R::B", R::A || R::B);
around!(both, "R::A && R::B", R::A && R::B);
around!(one, "R::A", R::A);
around!(written, "(R::A || R::B)", (R::A || R::B));

const ALL: [(&str, &[(&str, &str)]); 4] =
    [("either", &either::MEANT), ("both", &both::MEANT), ("one", &one::MEANT), ("written", &written::MEANT)];

fn routes() -> Routes<Auth<Member>> {
    Routes::new()
        .nest("/either", either::routes())
        .nest("/both", both::routes())
        .nest("/one", one::routes())
        .nest("/written", written::routes())
}

#[tokio::test]
async fn m1_rule_of_fragments_agrees_with_rust() {
    let auth = application().await;
    let router = routes().nest("/auth", auth.routes()).into_router().with_state(auth.clone());
    let body = json!({ "email": "a@example.org", "password": auth_tests::app::PASSWORD });
    Call::post("/auth/register").json(&body).send(&router).await.is(201);
    for bits in 0..16 {
        let roles = held(bits);
        auth.accounts().set_roles(&1, roles).await.unwrap();
        let token = Call::post("/auth/login").json(&body).send(&router).await.is(200).access_token();
        for (module, meant) in ALL {
            for (name, text) in meant {
                let atom = |atom: &str| roles.iter().any(|role| atom == format!("R::{role:?}"));
                let expected = reference::holds(text, &atom);
                let answer = Call::get(&format!("/{module}/{name}")).bearer(&token).send(&router).await;
                assert_eq!(answer.status.as_u16(), if expected { 200 } else { 403 }, "{module} `{text}` for {roles:?}");
            }
        }
    }
}

#[test]
fn m1_the_table_shows_the_parentheses() {
    let table = routes().table();
    let who = |path: &str| table.routes().iter().find(|route| route.path == path).unwrap().who.clone();
    assert_eq!(who("/either/before"), "(R::A || R::B) && R::D");
    assert_eq!(who("/either/behind"), "R::D && (R::A || R::B)");
    assert_eq!(who("/either/not"), "!(R::A || R::B)");
    assert_eq!(who("/both/middle"), "(R::C && !(R::A && R::B)) || R::D");
    assert_eq!(who("/one/before"), "R::A && R::D");
    for (module, meant) in ALL {
        for (name, text) in meant {
            for bits in 0..16 {
                let roles = held(bits);
                let atom = |atom: &str| roles.iter().any(|role| atom == format!("R::{role:?}"));
                let shown = who(&format!("/{module}/{name}"));
                assert_eq!(reference::holds(&shown, &atom), reference::holds(text, &atom), "{shown}: {text}");
            }
        }
    }
}
