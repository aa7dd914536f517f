//! Without passwords there are no passkeys and no password page.

use crate::auth::Auth;
use crate::http::routing::Routes;
use crate::model::user::AuthUser;

pub(super) const fn add_to<U: AuthUser, S>(_routes: &mut Routes<S>, _auth: &Auth<U>) {}
