//! The rules of people who sign in at another issuer: without a word where the state is theirs, with `user =` elsewhere.

#[path = "../foreign.rs"]
mod foreign;

use std::sync::Arc;

use auth::issuer::{Issuer, Verified};
use auth::routing::{Routes, get};
use auth::{AuthState, Fresh, Has, check, protected, public};
use foreign::{App, Employee, Job, Role, Task, User};

#[protected(Job::Clerk)]
async fn orders(claims: Employee) -> String {
    claims.sub
}

#[protected(Task::Pay && Has::Mfa && Fresh::minutes(5), hidden)]
async fn pay(claims: Verified<Employee>) -> String {
    format!("{} from {}", claims.sub, claims.registered.issuer())
}

#[public]
async fn door(claims: Option<Employee>) -> String {
    claims.and_then(|claims| claims.preferred_username).unwrap_or_default()
}

#[check]
async fn is_boss(claims: Employee) -> bool {
    auth::AuthClaims::holds(&claims, &Job::Boss)
}

#[protected(user = Employee, Job::Clerk && !Job::Boss || is_boss)]
async fn till(_claims: Employee) {}

#[protected(Role::Admin, live)]
async fn users(_user: User) {}

#[derive(Clone, axum::extract::FromRef)]
struct Resource {
    staff: Issuer<Employee>,
}

impl AuthState for Resource {
    type User = Employee;
}

fn own<S>() -> Routes<S>
where
    S: AuthState<User = Employee> + Clone + Send + Sync + 'static,
    Employee: auth::InState<S>,
{
    Routes::new().route("/orders", get(orders)).route("/pay", get(pay)).route("/door", get(door))
}

fn main() {
    let alone: Routes<Issuer<Employee>> = Routes::new().route("/orders", get(orders).post(pay)).route("/", get(door));
    let table = alone.table().to_string();
    assert!(table.contains("Job::Clerk") && table.contains("Task::Pay && Has::Mfa && Fresh::minutes(5)"), "{table}");
    let both: Routes<App> = Routes::new().route("/till", get(till)).route("/users", get(users));
    assert!(both.table().to_string().contains("(Job::Clerk && !Job::Boss) || is_boss"));
    let shared: Routes<Arc<App>> = Routes::new().route("/till", get(till)).route("/users", get(users));
    assert_eq!(shared.table().routes().len(), 2);
    assert_eq!(own::<Resource>().table().routes().len(), 3);
    assert_eq!(own::<Arc<Resource>>().audit(), []);
}
