//! Creates many accounts at once.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use auth::store::Backend;
use sqlx::Pool;

use crate::database::Kind;
use crate::table::{builder, email};
use crate::user::User;

/// Adds copies of the first account, password hash included: hashing for each would take as long as a benchmark.
pub(crate) async fn add<K: Kind>(pool: &Pool<K>, numbers: RangeInclusive<usize>)
where
    Pool<K>: Backend<User>,
{
    let numbers: Vec<usize> = numbers.collect();
    let auth = builder(pool).skip_table_check().build().await.unwrap();
    let hash = auth.accounts().find(&1).await.unwrap().unwrap().password_hash;
    for batch in numbers.chunks(2_000) {
        let mut sql = "INSERT INTO users (id, email, password_hash, is_active, role, display_name) VALUES ".to_owned();
        for (place, number) in batch.iter().enumerate() {
            let (comma, email, hash) = (if place == 0 { "" } else { "," }, email(*number), hash.expose());
            write!(sql, "{comma}({number},'{email}','{hash}',TRUE,'member','Ada Lovelace')").unwrap();
        }
        K::run(pool, sql).await;
    }
}
