//! What `rule!` does not take.

use auth::rule;

fn main() {
    let _ = rule!(user = Staff, Role::Admin);
    let _ = rule!(reason = "because");
    let _ = rule!(Role::Admin, Role::Member);
    let _ = rule!(Admin);
    let _ = rule!(Role::Admin, live, live);
    let _ = rule!(Role::Admin &&);
}
