//! mdBook says what it finds wrong through `tracing` and then builds on. Here its warnings and errors are collected.

use std::fmt::{self, Write};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span;
use tracing::{Event, Level, Metadata, Subscriber};

/// Runs `work` and returns what it returned, with every warning and error that was logged meanwhile on this thread.
pub fn collect<T>(work: impl FnOnce() -> T) -> (T, Vec<String>) {
    let collector = Collector::default();
    let messages = Arc::clone(&collector.0);
    let result = tracing::subscriber::with_default(collector, work);
    let messages = std::mem::take(&mut *messages.lock().expect("no message panics"));
    (result, messages)
}

#[derive(Default)]
struct Collector(Arc<Mutex<Vec<String>>>);

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Levels are ordered by how much they let through: an error is less than a warning.
        *metadata.level() <= Level::WARN
    }

    fn event(&self, event: &Event<'_>) {
        let mut message = Message(format!("{}: ", event.metadata().level()));
        event.record(&mut message);
        self.0.lock().expect("no message panics").push(message.0);
    }

    // mdBook's spans carry nothing that a reader of its warnings would miss.
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let written = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
        written.expect("writing to a String cannot fail");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_and_errors_are_kept_and_the_rest_is_not() {
        let (result, messages) = collect(|| {
            tracing::info!("all is well");
            tracing::warn!("unclosed tag in `{}`", "README.md");
            tracing::error!("no such file");
            7
        });
        assert_eq!(result, 7);
        assert_eq!(
            messages,
            ["WARN: unclosed tag in `README.md`", "ERROR: no such file"]
        );
    }
}
