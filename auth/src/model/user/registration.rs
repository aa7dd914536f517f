use crate::model::body_fields::Fields;
use crate::model::profile::Profile;

/// What sign-up takes from the request body, apart from the password: the logins and the `register` fields.
pub trait Registration: Clone + Send + Sync + 'static {
    /// Reads the fields. Everything missing or wrong is recorded in `fields`, and the result is then `None`.
    fn from_fields(fields: &mut Fields) -> Option<Self>;

    /// Returns the login at `index` of [`Schema::logins`](crate::schema::Schema::logins).
    fn login(&self, index: usize) -> Option<&str>;

    /// Writes the fields as a body that [`from_fields`](Self::from_fields) reads, to be kept until the address is
    /// confirmed; `None` for a user type without `verified(required)`.
    fn to_body(&self) -> Option<Profile> {
        None
    }

    /// Returns the same login, to be brought into canonical form.
    fn login_mut(&mut self, index: usize) -> Option<&mut String>;
}
