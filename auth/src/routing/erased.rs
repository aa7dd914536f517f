//! Rules of one user type or another, side by side: one application can have several.

use std::any::Any;
use std::fmt;

use crate::policy::Access;
use crate::user::AuthUser;

/// An `&'static Access<U>`.
#[derive(Clone, Copy)]
pub(crate) struct ErasedAccess(&'static dyn AnyAccess);

trait AnyAccess: Any + fmt::Display + Send + Sync {
    fn is_public(&self) -> bool;
    fn reason(&self) -> Option<&'static str>;
    fn is_hidden(&self) -> bool;
}

impl<U: AuthUser> AnyAccess for Access<U> {
    fn is_public(&self) -> bool {
        matches!(self, Self::Public { .. })
    }

    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Public { reason } => *reason,
            Self::Protected { .. } => None,
        }
    }

    fn is_hidden(&self) -> bool {
        matches!(self, Self::Protected { hidden: true, .. })
    }
}

impl ErasedAccess {
    pub(super) fn of<U: AuthUser>(access: &'static Access<U>) -> Self {
        Self(access)
    }

    /// The rule, if it is about users of type `U`.
    #[allow(dead_code, reason = "for plug-ins")]
    pub(crate) fn about<U: AuthUser>(self) -> Option<&'static Access<U>> {
        let any: &'static dyn Any = self.0;
        any.downcast_ref()
    }

    pub(super) fn is_public(self) -> bool {
        self.0.is_public()
    }

    pub(super) fn reason(self) -> Option<&'static str> {
        self.0.reason()
    }

    pub(super) fn is_hidden(self) -> bool {
        self.0.is_hidden()
    }
}

/// `layer && layer && handler`, each in parentheses if it could be misread. What a layer protects is not public,
/// whatever the handler says: that stands behind, as a remark.
pub(super) fn conjunction(layers: &[ErasedAccess], own: ErasedAccess) -> String {
    if layers.is_empty() {
        return own.to_string();
    }
    let asked = layers.iter().chain((!own.is_public()).then_some(&own)).map(|access| {
        let text = access.to_string();
        let compound = ["&&", "||", ", "].iter().any(|sign| text.contains(sign));
        if compound { format!("({text})") } else { text }
    });
    let mut text = asked.collect::<Vec<_>>().join(" && ");
    if own.is_public() {
        text.push_str(&format!(" (handler: {own})"));
    }
    text
}

impl fmt::Display for ErasedAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ErasedAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Access({self})")
    }
}

/// Two routes are the same if they read the same.
impl PartialEq for ErasedAccess {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for ErasedAccess {}
