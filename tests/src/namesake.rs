//! A check with a name that another crate uses, too, and a macro that names it by `$crate`.

use auth::check;

/// Everybody passes.
#[check]
pub async fn namesake() -> bool {
    true
}

/// Makes a handler whose rule asks this crate's check beside another. The caller has checks `never` and `nor`.
#[macro_export]
macro_rules! beside_namesake {
    (either $name:ident $($other:tt)*) => {
        #[auth::protected($crate::namesake::namesake && never || $($other)* && always)]
        pub(super) async fn $name() -> &'static str {
            "in"
        }
    };
    (plain $name:ident $($other:tt)*) => {
        #[auth::protected($crate::namesake::namesake && $($other)*)]
        pub(super) async fn $name() -> &'static str {
            "in"
        }
    };
    (both $name:ident $($other:tt)*) => {
        #[auth::protected(($crate::namesake::namesake || never) && ($($other)* || nor))]
        pub(super) async fn $name() -> &'static str {
            "in"
        }
    };
}
