//! Every order in which a change and a reader can run, with loom.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use super::UserChanges;

#[test]
fn nothing_is_current_that_was_read_before_a_change() {
    loom::model(|| {
        let changes = Arc::new(UserChanges::with_shards(1));
        let stored = Arc::new(AtomicBool::new(true));
        let writer = {
            let (changes, stored) = (Arc::clone(&changes), Arc::clone(&stored));
            thread::spawn(move || {
                stored.store(false, Ordering::SeqCst);
                changes.count(&1);
            })
        };
        let ticket = changes.ticket();
        let read = stored.load(Ordering::SeqCst);
        let seen = changes.seen_since(ticket, &1);
        drop(writer.join());
        // Everything has happened by now: what was read before must not count any more.
        if let Some(seen) = seen {
            assert!(!read || !changes.is_current(seen, &1));
        }
    });
}
