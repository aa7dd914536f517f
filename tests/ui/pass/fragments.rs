//! A fragment of `macro_rules!` is a unit: in a rule, in a value, and in the body of a handler or a check.

#[path = "../common.rs"]
mod common;

use auth::routing::{Routes, get};
use auth::{Auth, AuthPermission, AuthRole, AuthUser, NameEnum as _, PasswordHash, Requirement, check, protected, rule};
use common::{App, User};

#[derive(Clone, Debug, PartialEq, AuthRole)]
enum Q {
    A,
    B,
    C,
    D,
}

#[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
#[auth(table = "members")]
struct Member {
    #[auth(id)]
    id: i64,
    #[auth(login)]
    email: String,
    #[auth(password_hash)]
    password_hash: PasswordHash,
    #[auth(role, default = Q::A)]
    role: Q,
}

macro_rules! handlers {
    ($and:ident, $not:ident, $nested:ident, $role:ident, $path:path, $rule:expr) => {
        #[protected($rule && $role::C)]
        async fn $and() {}

        #[protected(!$rule || $path)]
        async fn $not() {}

        handlers!($nested, $rule && $path);
    };
    ($nested:ident, $rule:expr) => {
        #[protected(Q::D || !$rule, live)]
        async fn $nested() {}
    };
}
handlers!(and, not, nested, Q, Q::C, Q::A || Q::B);

macro_rules! layer {
    ($rule:expr) => {
        rule!(!$rule)
    };
}

macro_rules! levels {
    ($least:literal, $most:expr, $handler:ident) => {
        #[protected(Level::at_least($least) && Level::named($most))]
        async fn $handler() {}
    };
}
struct Level;
impl Level {
    const fn at_least(_: i64) -> Self {
        Self
    }
    const fn named(_: &'static str) -> Self {
        Self
    }
}
impl<U: AuthUser> Requirement<U> for Level {
    fn holds(&self, _: &auth::policy::Facts<'_, U>) -> bool {
        true
    }
}
levels!(-3, "x", levels);

// What is in the bodies is the compiler's business, and stays.
macro_rules! bodies {
    ($handler:ident, $check:ident, $any:expr) => {
        #[protected]
        async fn $handler() -> String {
            ($any && false).to_string()
        }

        #[check]
        async fn $check() -> bool {
            $any && false
        }
    };
}
bodies!(body, asked, true || false);

macro_rules! granting {
    ($permission:path, $first:ident, $($more:path),*) => {
        #[derive(Clone, Debug, PartialEq, AuthRole)]
        enum Granting {
            #[role(grants($permission, $($more),*))]
            One,
            #[role(includes($first))]
            Two,
        }
    };
}
#[derive(Clone, Debug, PartialEq, AuthPermission)]
enum P {
    X,
    Y,
}
granting!(P::X, One, P::Y);

macro_rules! account {
    ($id:ty, $sum:expr, $claims:ident, $when:literal) => {
        #[derive(Clone, Debug, sqlx::FromRow, AuthUser)]
        #[auth(table = "accounts", claims = $claims)]
        struct Account {
            #[auth(id)]
            id: $id,
            #[auth(login)]
            email: String,
            #[auth(active(when = $when))]
            off: Option<i64>,
            #[auth(default = $sum * 2)]
            number: i64,
            #[auth(default = { $sum * 2 })]
            other: i64,
            #[auth(default = [$sum * 2][0])]
            third: i64,
        }
    };
}
account!(i64, 1 + 2, Badge, "is_null");

fn main() {
    let routes: Routes<Auth<Member>> =
        Routes::new().route("/and", get(and)).route("/nested", get(nested)).route("/not", get(not)).route("/levels", get(levels));
    let rules: Vec<_> = routes.table().routes().iter().map(|route| route.who.clone()).collect();
    let expected = [
        "(Q::A || Q::B) && Q::C",
        "Level::at_least(-3) && Level::named(\"x\")",
        "Q::D || !((Q::A || Q::B) && Q::C)",
        "!(Q::A || Q::B) || Q::C",
    ];
    assert_eq!(rules.len(), expected.len());
    for rule in expected {
        assert!(rules.iter().any(|found| found.starts_with(rule)), "{rule}: {rules:?}");
    }
    let _ = |auth: Auth<Member>| auth.require(layer!(Q::A || Q::B));
    assert_eq!(now(body(auth::Guard::for_test())), "false");
    assert!(!now(asked()));
    assert_eq!(Granting::NAMES, ["one", "two"]);
    let _: Routes<App> = Routes::new().route("/", get(body));
    let _ = |user: User| user.id;

    // 6, not 5.
    let registration = AccountRegistration { email: "a@b".into() };
    let new = auth::NewUser::<Account>::new(None, None, registration);
    let mut args = sqlx::sqlite::SqliteArguments::default();
    <Account as auth::store::sql::SqlUser<sqlx::Sqlite>>::bind_new(&new, &mut args).unwrap();
    let shown = format!("{args:?}");
    assert_eq!(shown.matches("Int64(6)").count(), 3, "{shown}");
}

/// What needs no runtime.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("it waits"),
    }
}
