//! What a document needs to know of a route beyond what the table shows.

use axum::routing::MethodFilter;

use super::filter;
use crate::policy::{Access, Rule};
use crate::schema::Schema;
use crate::shape::UserShape;
use crate::user::AuthUser;

#[derive(Clone, Debug)]
pub(crate) struct About {
    /// More than one for a filter such as `MethodFilter::GET.or(MethodFilter::POST)`, and all for `ANY`.
    pub(crate) methods: Vec<&'static str>,
    /// The user type that the rule is about.
    pub(crate) user: &'static Schema,
    /// The same, on the wire.
    pub(crate) shape: fn() -> UserShape,
    /// Whether somebody who is signed in can be refused with a 403, however recent and strong the login is.
    pub(crate) refuses: bool,
    /// Whether a more recent or a stronger login may be asked for.
    pub(crate) step_up: bool,
    /// The same with a 404. Of several rules, around and in a handler, one can be hidden and another not.
    pub(crate) hidden: bool,
    /// For a route of the library.
    pub(crate) own: Option<Own>,
}

/// What is known of a route of the library, wherever it is nested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Own {
    /// The path before any nesting: `/login`.
    pub(crate) path: &'static str,
    /// How this user type's cookies are called; `None` if there are none.
    pub(crate) cookies: Option<CookieNames>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CookieNames {
    pub(crate) access: String,
    pub(crate) refresh: String,
    /// Every client gets them, not only those that ask.
    pub(crate) always: bool,
}

impl About {
    pub(crate) fn of<U: AuthUser>(filter: MethodFilter, access: &Access<U>) -> Self {
        let shape = UserShape::of::<U>;
        let about = Self {
            methods: methods(filter),
            user: U::SCHEMA,
            shape,
            refuses: false,
            step_up: false,
            hidden: false,
            own: None,
        };
        about.asking(access)
    }

    /// With a layer around it. Who may call what would be `public` else is a matter of the layer's user type.
    pub(crate) fn behind<U: AuthUser>(&mut self, layer: &Access<U>, public: bool) {
        *self = self.clone().asking(layer);
        if public && self.own.is_none() {
            self.user = U::SCHEMA;
            self.shape = UserShape::of::<U>;
        }
    }

    fn asking<U: AuthUser>(mut self, access: &Access<U>) -> Self {
        if let Access::Protected { rule, hidden, .. } = access {
            let refuses = refuses(rule);
            self.refuses |= refuses && !hidden;
            self.hidden |= refuses && *hidden;
            self.step_up |= steps_up(rule);
        }
        self
    }

    /// Makes it a route of the library.
    pub(crate) fn own(&mut self, path: &'static str, cookies: Option<(&str, &str, bool)>) {
        let cookies = cookies.map(|(access, refresh, always)| CookieNames {
            access: access.to_owned(),
            refresh: refresh.to_owned(),
            always,
        });
        self.own = Some(Own { path, cookies });
    }
}

fn refuses<U: AuthUser>(rule: &Rule<U>) -> bool {
    match rule {
        Rule::SignedIn => false,
        Rule::Is(requirement, _) => requirement.step_up().is_none(),
        Rule::Check(..) | Rule::Not(_) => true,
        Rule::All(rules) | Rule::Any(rules) => rules.iter().any(refuses),
    }
}

fn steps_up<U: AuthUser>(rule: &Rule<U>) -> bool {
    let mut found = false;
    rule.each_requirement(&mut |requirement| found |= requirement.step_up().is_some());
    found
}

/// Functions cannot be compared in a way that means anything; a user type has one.
impl PartialEq for About {
    fn eq(&self, other: &Self) -> bool {
        let Self { methods, user, shape: _, refuses, step_up, hidden, own } = self;
        *methods == other.methods
            && user.realm() == other.user.realm()
            && (*refuses, *step_up, *hidden) == (other.refuses, other.step_up, other.hidden)
            && *own == other.own
    }
}

impl Eq for About {}

/// The methods that a document can hold: `CONNECT` is in `ANY`, and in no document.
fn methods(filter: MethodFilter) -> Vec<&'static str> {
    filter::methods(filter).filter(|method| *method != "CONNECT").collect()
}

#[cfg(test)]
mod tests {
    use axum::routing::MethodFilter;

    use super::methods;

    #[test]
    fn a_filter_for_several_methods_is_all_of_them() {
        assert_eq!(methods(MethodFilter::GET), ["GET"]);
        assert_eq!(methods(MethodFilter::PUT.or(MethodFilter::GET)), ["GET", "PUT"]);
        assert_eq!(methods(MethodFilter::CONNECT.or(MethodFilter::GET)), ["GET"]);
    }
}
