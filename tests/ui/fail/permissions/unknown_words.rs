//! Words that are none, or stand elsewhere.

use auth::AuthPermission;

#[derive(Clone, PartialEq, AuthPermission)]
#[permission(rename = "kebab-case", includes(Read), manual(json))]
enum Permission {
    #[permission(include(Write))]
    Read,
    #[permission(grants(Write))]
    Write,
    #[permission(manual(serde))]
    Publish(u8),
}

fn main() {}
