use crate::backends::{Database, Fixture};
use crate::models::Member;
use auth::store::sql::{SqlRow, SqlUser};
crate::on_every_database! { zz_measure }
async fn zz_measure<D: Database>(_: &D) where Member: SqlUser<D::Driver> + SqlRow<D::Driver> {
    let Some(d) = D::open().await else { return };
    let mut all = Vec::new();
    for _ in 0..30 {
        let t = std::time::Instant::now();
        let r = d.report::<Member>().await;
        all.push(t.elapsed());
        assert!(r.is_ready());
    }
    all.sort();
    eprintln!("MEASURE {} median {:?} max {:?}", D::NAME, all[15], all[29]);
}
