//! Values that sqlx takes if one of its features is on. A trait for each, for what the compiler says: without the
//! feature, the type is like any other that no database knows.

use sqlx::{Database, Encode, Type};

/// Declares one trait for each feature: each is [`SqlValue`](super::SqlValue) in other words.
macro_rules! features {
    ($($value:ident: $message:literal, $label:literal;)*) => {
        $(
            /// A value of a type with a name that sqlx knows with a feature.
            #[doc(hidden)]
            #[diagnostic::on_unimplemented(
                message = $message,
                label = $label,
                note = "in Cargo.toml, beside the features that are there: `sqlx = {{ version = \"0.9\", features = [\"…\"] }}`",
                note = "a type of that name from elsewhere needs `sqlx::Type` and `sqlx::Encode`"
            )]
            pub trait $value<DB: Database>: for<'q> Encode<'q, DB> + Type<DB> {}

            #[diagnostic::do_not_recommend]
            impl<DB: Database, T> $value<DB> for T where T: for<'q> Encode<'q, DB> + Type<DB> {}
        )*
    };
}

features! {
    SqlUuid: "switch on the feature `uuid` of sqlx: without it, `{DB}` has no column for a `{Self}`",
        "a field of this type needs the feature `uuid` of sqlx";
    SqlChrono: "switch on the feature `chrono` of sqlx: without it, `{DB}` has no column for a `{Self}`",
        "a field of this type needs the feature `chrono` of sqlx";
    SqlTime: "switch on the feature `time` of sqlx: without it, `{DB}` has no column for a `{Self}`",
        "a field of this type needs the feature `time` of sqlx";
    SqlJson: "switch on the feature `json` of sqlx: without it, `{DB}` has no column for a `{Self}`",
        "a field of this type needs the feature `json` of sqlx";
    SqlDecimal: "switch on the feature `rust_decimal` of sqlx: without it, `{DB}` has no column for a `{Self}`",
        "a field of this type needs the feature `rust_decimal` of sqlx";
    SqlBigDecimal: "switch on the feature `bigdecimal` of sqlx: without it, `{DB}` has no column for a `{Self}`",
        "a field of this type needs the feature `bigdecimal` of sqlx";
    SqlIpNetwork: "switch on the feature `ipnetwork` of sqlx: without it, `{DB}` has no column for a `{Self}`",
        "a field of this type needs the feature `ipnetwork` of sqlx";
}
