//! The doc-hidden macros through which generated code reaches the SQL drivers.
//!
//! A derive cannot see which features this crate was built with, and the crate it expands in has different ones. So it
//! always emits `sql_user! { … }`, and the gate macros below, whose `cfg` is evaluated in this crate, keep or drop it.
//! A new driver needs one more gate and one more line in `__auth_sql_user`.
//!
//! Conditions on fields are conditions of an implementation. `SqlUser<DB>` is implemented for every `DB` that can take
//! the fields, so a feature that adds a database never breaks a user type that is for another. Only what the columns
//! must be (`SqlColumns<DB>`) is generated for each driver: method resolution has to see both types.

/// Keeps its input if this crate was built with sqlx.
#[cfg(feature = "_sqlx")]
#[doc(hidden)]
#[macro_export]
macro_rules! __auth_if_sqlx {
    ($($kept:tt)*) => { $($kept)* };
}
#[cfg(not(feature = "_sqlx"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __auth_if_sqlx {
    ($($dropped:tt)*) => {};
}

/// Keeps its input if this crate was built with SQLite.
#[cfg(feature = "sqlite")]
#[doc(hidden)]
#[macro_export]
macro_rules! __auth_if_sqlite {
    ($($kept:tt)*) => { $($kept)* };
}
#[cfg(not(feature = "sqlite"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __auth_if_sqlite {
    ($($dropped:tt)*) => {};
}

/// Keeps its input if this crate was built with MySQL and MariaDB.
#[cfg(feature = "mysql")]
#[doc(hidden)]
#[macro_export]
macro_rules! __auth_if_mysql {
    ($($kept:tt)*) => { $($kept)* };
}
#[cfg(not(feature = "mysql"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __auth_if_mysql {
    ($($dropped:tt)*) => {};
}

/// Keeps its input if this crate was built with PostgreSQL.
#[cfg(feature = "postgres")]
#[doc(hidden)]
#[macro_export]
macro_rules! __auth_if_postgres {
    ($($kept:tt)*) => { $($kept)* };
}
#[cfg(not(feature = "postgres"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __auth_if_postgres {
    ($($dropped:tt)*) => {};
}

/// Implements `SqlUser<DB>` for a user type and every driver that can take the values, and `SqlColumns<DB>` for every
/// driver this crate was built with.
///
/// ```text
/// sql_user! {
///     impl<DB> User where { i64: SqlValue<DB>, String: SqlValue<DB>, } {
///         fn id(id, args) { args.add(id)?; }
///         fn new(new, args) { args.add(&new.registration.email)?; … }
///         fn roles(roles, args) { args.add(roles)?; }
///         fn permissions(permissions, args) { args.add(permissions)?; }
///     }
///     columns { "id": i64, "email": String }
/// }
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! __auth_sql_user {
    (impl<$db:ident> $user:ident where { $($bounds:tt)* } { $($bindings:tt)* } columns { $($columns:tt)* }) => {
        $crate::__auth_if_sqlx! {
            $crate::__auth_sql_bindings! { impl<$db> $user where { $($bounds)* } { $($bindings)* } }
        }
        $crate::__auth_if_mysql! {
            $crate::__auth_sql_columns! { ($crate::__private::sqlx::MySql) $user { $($columns)* } }
        }
        $crate::__auth_if_postgres! {
            $crate::__auth_sql_columns! { ($crate::__private::sqlx::Postgres) $user { $($columns)* } }
        }
        $crate::__auth_if_sqlite! {
            $crate::__auth_sql_columns! { ($crate::__private::sqlx::Sqlite) $user { $($columns)* } }
        }
    };
}

/// Implements `SqlUser<DB>`. What a driver must be able to take is a condition of the implementation, not of the user
/// type: a field for one database must not keep a program from compiling that was built with others, too.
#[doc(hidden)]
#[macro_export]
macro_rules! __auth_sql_bindings {
    (impl<$db:ident> $user:ident where { $($bounds:tt)* } {
        fn id($id:ident, $id_args:ident) $bind_id:block
        fn new($new:ident, $new_args:ident) $bind_new:block
        fn roles($roles:ident, $roles_args:ident) $bind_roles:block
        fn permissions($permissions:ident, $permissions_args:ident) $bind_permissions:block
    }) => {
        #[allow(unused_imports, unused_variables)]
        const _: () = {
            // For the method `add` in the blocks.
            use $crate::__private::sqlx::Arguments as _;

            type __AuthBound = ::core::result::Result<(), $crate::__private::sqlx::error::BoxDynError>;

            impl<$db: $crate::__private::sqlx::Database> $crate::__private::SqlUser<$db> for $user
            where
                $user: $crate::__private::SqlColumns<$db>,
                $($bounds)*
            {
                fn bind_id($id: &<Self as $crate::Principal>::Id, $id_args: &mut $db::Arguments) -> __AuthBound {
                    $bind_id::core::result::Result::Ok(())
                }

                fn bind_new($new: &$crate::__private::NewUser<Self>, $new_args: &mut $db::Arguments) -> __AuthBound {
                    $bind_new::core::result::Result::Ok(())
                }

                fn bind_roles(
                    $roles: &<Self as $crate::Principal>::Roles,
                    $roles_args: &mut $db::Arguments,
                ) -> __AuthBound {
                    $bind_roles::core::result::Result::Ok(())
                }

                fn bind_permissions(
                    $permissions: &<Self as $crate::Principal>::Permissions,
                    $permissions_args: &mut $db::Arguments,
                ) -> __AuthBound {
                    $bind_permissions::core::result::Result::Ok(())
                }

                fn columns() -> ::std::vec::Vec<$crate::__private::Column<$db>> {
                    <$user as $crate::__private::SqlColumns<$db>>::columns()
                }
            }
        };
    };
}

/// Implements `SqlColumns<DB>` for one driver: what a type says about its column is found out where both are known.
#[doc(hidden)]
#[macro_export]
macro_rules! __auth_sql_columns {
    (($db:ty) $user:ident { $($column:literal: $column_type:ty),* $(,)? }) => {
        const _: () = {
            impl $crate::__private::SqlColumns<$db> for $user {
                fn columns() -> ::std::vec::Vec<$crate::__private::Column<$db>> {
                    #[allow(unused_imports)]
                    use $crate::__private::{Known as _, KnownOption as _, Unknown as _};
                    ::std::vec![$((&&&$crate::__private::Probe::<$db, $column_type>::new($column)).column()),*]
                }
            }
        };
    };
}

/// Lets an enum of names be a column: the name, as text, on every driver that supports Rust strings.
#[doc(hidden)]
#[macro_export]
macro_rules! __auth_name_codecs {
    ($enum:ty) => {
        $crate::__auth_if_sqlx! {
            $crate::__auth_text_codec! {
                impl [] for $enum,
                |value| <$enum as $crate::NameEnum>::name(value),
                |text| $crate::__private::parse_name::<$enum>(text)
            }
        }
    };
}

/// Encodes a type as the text that `$show` returns and decodes it with `$parse`. Names of items and type parameters are
/// not hygienic in a macro, hence the underscores: the type in question may be called `DB`.
#[doc(hidden)]
#[macro_export]
macro_rules! __auth_text_codec {
    (impl [$($generics:tt)*] for $type:ty, |$value:ident| $show:expr, |$text:ident| $parse:expr) => {
        const _: () = {
            use $crate::__private::sqlx as __auth_sqlx;

            impl<$($generics)* __DB: __auth_sqlx::Database> __auth_sqlx::Type<__DB> for $type
            where
                ::std::string::String: __auth_sqlx::Type<__DB>,
            {
                fn type_info() -> __DB::TypeInfo {
                    <::std::string::String as __auth_sqlx::Type<__DB>>::type_info()
                }

                fn compatible(info: &__DB::TypeInfo) -> bool {
                    <::std::string::String as __auth_sqlx::Type<__DB>>::compatible(info)
                }
            }

            impl<'q, $($generics)* __DB: __auth_sqlx::Database> __auth_sqlx::Encode<'q, __DB> for $type
            where
                ::std::string::String: __auth_sqlx::Encode<'q, __DB>,
            {
                fn encode_by_ref(
                    &self,
                    buffer: &mut __DB::ArgumentBuffer,
                ) -> ::core::result::Result<__auth_sqlx::encode::IsNull, __auth_sqlx::error::BoxDynError> {
                    let $value = self;
                    let text = ::std::string::ToString::to_string(&$show);
                    <::std::string::String as __auth_sqlx::Encode<'q, __DB>>::encode(text, buffer)
                }
            }

            impl<'r, $($generics)* __DB: __auth_sqlx::Database> __auth_sqlx::Decode<'r, __DB> for $type
            where
                &'r str: __auth_sqlx::Decode<'r, __DB>,
            {
                fn decode(value: __DB::ValueRef<'r>) -> ::core::result::Result<Self, __auth_sqlx::error::BoxDynError> {
                    let $text = <&'r str as __auth_sqlx::Decode<'r, __DB>>::decode(value)?;
                    ::core::result::Result::Ok($parse?)
                }
            }
        };
    };
}
