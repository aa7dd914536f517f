//! Enums whose values are names: roles and permissions. What both have in common is here, including the sets of them.

mod bits;
mod set;
mod text;

use serde::de::{DeserializeSeed as _, Deserializer};

pub use bits::{Bits, union};
pub use set::SetOf;
pub use text::NamesText;
#[cfg(feature = "_sqlx")]
pub(crate) use text::read_list;
pub(crate) use text::write_list;

/// An enum of names: what [`AuthRole`](crate::AuthRole) and [`AuthPermission`](crate::AuthPermission) have in common.
/// Their derives implement it; there is no reason to implement it by hand.
///
/// ```
/// # #[cfg(feature = "macros")] {
/// use auth::{AuthRole, NameEnum};
///
/// #[derive(Clone, Debug, PartialEq, AuthRole)]
/// enum Role {
///     Member,
///     SalesLead,
/// }
///
/// assert_eq!(Role::NAMES, ["member", "sales_lead"]);
/// assert_eq!(Role::from_name("sales_lead"), Some(Role::SalesLead));
/// assert_eq!(Role::SalesLead.name(), "sales_lead");
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum of roles or permissions",
    label = "this type has no names",
    note = "put `#[derive(AuthRole)]` or `#[derive(AuthPermission)]` on the enum"
)]
pub trait NameEnum: Sized + Send + Sync + 'static {
    /// A set of the values: as many words of 64 bits as it takes.
    type Bits: Bits;

    /// What the values are called in messages: `roles`, `permissions`.
    const PLURAL: &'static str;
    /// Every value, in declaration order.
    const ALL: &'static [Self];
    /// The name of each value, in the same order.
    const NAMES: &'static [&'static str];
    /// What each value includes, as a table of [`Bits`]: bit *n* is set if it is or includes `ALL[n]`. Transitively
    /// closed.
    const INCLUDES: &'static [u64];

    /// Returns the index of this value in [`ALL`](Self::ALL).
    fn index(&self) -> usize;

    /// Returns the name of this value.
    fn name(&self) -> &'static str {
        Self::NAMES.get(self.index()).copied().unwrap_or_default()
    }

    /// Returns the value with this name.
    #[must_use]
    fn from_name(name: &str) -> Option<Self>
    where
        Self: Clone,
    {
        Self::NAMES.iter().position(|known| *known == name).and_then(|index| Self::ALL.get(index)).cloned()
    }
}

/// A name that the enum does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not one of the {plural} {known}")]
pub struct UnknownName {
    name: String,
    plural: &'static str,
    known: String,
}

crate::base::error::other_errors!(UnknownName);

/// Returns the value called `name`, or an error that lists all names. Called by generated code.
#[doc(hidden)]
pub fn parse_name<E: NameEnum + Clone>(name: &str) -> Result<E, UnknownName> {
    E::from_name(name).ok_or_else(|| UnknownName {
        name: name.to_owned(),
        plural: E::PLURAL,
        known: E::NAMES.join(", "),
    })
}

/// Reads a value from its name. Called by generated code.
#[doc(hidden)]
pub fn deserialize_name<'de, E: NameEnum + Clone, D: Deserializer<'de>>(deserializer: D) -> Result<E, D::Error> {
    text::OneName::new().deserialize(deserializer)
}
