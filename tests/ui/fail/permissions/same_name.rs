//! Two permissions of one name.

use auth::AuthPermission;

#[derive(Clone, PartialEq, AuthPermission)]
enum Permission {
    PostsRead,
    #[permission(name = "posts_read")]
    PostsSee,
}

fn main() {}
