//! The SQL statements of a request, as sqlx logs them, on whichever thread they run.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Instrument as _, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

const LOGGED_BY: &str = "sqlx::query";
const COUNTED: &str = "counted";

/// By the number of the span in which they ran.
static STATEMENTS: Mutex<BTreeMap<u64, Vec<String>>> = Mutex::new(BTreeMap::new());

static LISTENING: LazyLock<()> = LazyLock::new(|| {
    let only = Targets::new().with_target(LOGGED_BY, Level::DEBUG).with_target(COUNTED, Level::INFO);
    let subscriber = tracing_subscriber::registry().with(only).with(Listener);
    tracing::subscriber::set_global_default(subscriber).unwrap();
});

/// Runs a future, and returns the statements that it ran, too. Those that begin and end transactions are not logged by
/// every driver.
pub(crate) async fn statements_of<T>(future: impl Future<Output = T>) -> (T, Vec<String>) {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    LazyLock::force(&LISTENING);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let output = future.instrument(tracing::info_span!(target: COUNTED, "counted", number)).await;
    (output, STATEMENTS.lock().unwrap().remove(&number).unwrap_or_default())
}

struct Listener;

struct Number(u64);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Listener {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let (Some(number), Some(span)) = (fields.number, context.span(id)) {
            span.extensions_mut().insert(Number(number));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let Some(mut spans) = context.event_scope(event) else { return };
        let Some(number) = spans.find_map(|span| span.extensions().get::<Number>().map(|number| number.0)) else {
            return;
        };
        let mut fields = Fields::default();
        event.record(&mut fields);
        // A statement that is short stands in the summary alone.
        let statement = if fields.statement.trim().is_empty() { fields.summary } else { fields.statement };
        STATEMENTS.lock().unwrap().entry(number).or_default().push(statement.trim().to_owned());
    }
}

#[derive(Default)]
struct Fields {
    number: Option<u64>,
    summary: String,
    statement: String,
}

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "number" {
            self.number = Some(value);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.clone_into(&mut self.statement),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
