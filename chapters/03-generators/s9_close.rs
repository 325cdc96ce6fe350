//! Closing early: a machine that is dropped cleans up where it stands.

use mainspring::generator::{coroutine, generator};

#[path = "../00-introduction/cli.rs"]
mod cli;

/// Says when it is opened and when it is closed.
struct Noisy(&'static str);

impl Noisy {
    fn open(name: &'static str) -> Noisy {
        println!("  open {name}");
        Noisy(name)
    }
}

impl Drop for Noisy {
    fn drop(&mut self) {
        println!("  close {}", self.0);
    }
}

fn main() {
    cli::options(&[]);
    println!("a book, closed after its first line:");
    let mut lines = generator(async |co| {
        let _index = Noisy::open("index");
        let inner = coroutine(async |co, ()| {
            let _chapter = Noisy::open("chapter");
            co.yield_("It was a dark and stormy night.").await;
            co.yield_("Nobody gets this far.").await;
        });
        co.yield_from(inner, ()).await;
    });
    println!("  read: {}", lines.next().unwrap_or("nothing"));
    drop(lines);

    println!("a machine that nobody resumes:");
    drop(coroutine(async |co, ()| {
        let _never = Noisy::open("never");
        co.yield_(()).await;
    }));
}
