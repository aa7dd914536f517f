//! Inclusions that mean nothing.

use auth::AuthPermission;

#[derive(Clone, PartialEq, AuthPermission)]
enum Permission {
    PostsRead,
    #[permission(includes(PostRead))]
    PostsWrite,
    #[permission(includes(PostsDelete))]
    PostsDelete,
    #[permission(includes(PostsRead, PostsRead))]
    PostsPublish,
    #[permission(includes())]
    PostsPin,
}

fn main() {}
