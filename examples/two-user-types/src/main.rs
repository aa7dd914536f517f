//! Customers and staff in one application, with separate tables, keys, audiences, cookies and routes. A token of one
//! kind is invalid for the other, even if both users have the number 1.

mod people;
#[cfg(test)]
mod tests;

use auth::random::{OsRandom, Random};
use auth::routing::{Routes, get};
use auth::{Auth, AuthState, Secret, protected, public};
use axum::extract::FromRef;
use people::{Customer, CustomerClaims, Duty, Staff, StaffRegistration};
use sqlx::SqlitePool;

/// Both handles. Rules that name no user type are about customers.
#[derive(Clone, FromRef)]
struct Shop {
    customers: Auth<Customer>,
    staff: Auth<Staff>,
}

impl AuthState for Shop {
    type User = Customer;
}

#[protected]
async fn basket(claims: CustomerClaims) -> String {
    format!("the basket of customer {}\n", claims.sub)
}

#[protected(user = Staff, Duty::Clerk)]
async fn orders(clerk: Staff) -> String {
    format!("orders, for {} (number {})\n", clerk.badge, clerk.id)
}

#[protected(user = Staff, Duty::Manager)]
async fn takings() -> &'static str {
    "takings\n"
}

/// A page for everybody. Customers are greeted by address.
#[public(reason = "the shop window")]
async fn window(customer: Option<Customer>) -> String {
    customer.map_or_else(|| "welcome\n".to_owned(), |customer| format!("welcome back, {}\n", customer.email))
}

async fn open(database: &str, secret: &Secret) -> auth::Result<Shop> {
    let pool = SqlitePool::connect(database).await?;
    sqlx::raw_sql(include_str!("schema.sql")).execute(&pool).await?;
    // One secret is enough: each user type derives its own keys from it.
    let customers = Auth::<Customer>::builder(pool.clone()).secret(secret.clone()).build().await?;
    let staff = Auth::<Staff>::builder(pool).secret(secret.clone()).build().await?;
    Ok(Shop { customers, staff })
}

fn routes(shop: &Shop) -> Routes<Shop> {
    Routes::new()
        .route("/", get(window))
        .route("/basket", get(basket))
        .route("/back-office/orders", get(orders))
        .route("/back-office/takings", get(takings))
        .nest("/auth", shop.customers.routes())
        // Staff cannot sign up.
        .nest("/back-office/auth", shop.staff.routes().remove("POST", "/register"))
}

/// A random password for the first manager, which is printed once.
fn random_password() -> auth::Result<String> {
    let mut bytes = [0; 16];
    OsRandom.fill(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

/// Creates the first manager, if there is no staff yet.
async fn hire_first(shop: &Shop, badge: &str, password: &str) -> auth::Result<bool> {
    if shop.staff.accounts().find(&1).await?.is_some() {
        return Ok(false);
    }
    let first = shop.staff.accounts().create(StaffRegistration { badge: badge.to_owned() }, password).await?;
    shop.staff.accounts().set_role(&first.id, Duty::Manager).await?;
    Ok(true)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let database = std::env::var("DATABASE_URL").unwrap_or_else(|_| "sqlite:two-user-types.db?mode=rwc".to_owned());
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());

    let shop = open(&database, &Secret::env_or_file("JWT_SECRET_KEY", "auth.key")?).await?;
    let password = random_password()?;
    let routes = routes(&shop);
    println!("{}\n", routes.table());
    if hire_first(&shop, "B-0001", &password).await? {
        println!("{}", include_str!("try_it.txt").replace("3000", &port).replace("PASSWORD", &password));
    }
    auth::serve(format!("127.0.0.1:{port}"), routes.into_router().with_state(shop)).await?;
    Ok(())
}
