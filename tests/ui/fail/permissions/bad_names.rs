//! Names that no list of scopes could hold.

use auth::AuthPermission;

#[derive(Clone, PartialEq, AuthPermission)]
enum Permission {
    #[permission(name = "posts write")]
    Write,
    #[permission(name = "posts,read")]
    Read,
    #[permission(name = "posts\"publish")]
    Publish,
    #[permission(name = "")]
    Nothing,
    Löschen,
}

fn main() {}
