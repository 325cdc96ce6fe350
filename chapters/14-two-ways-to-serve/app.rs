//! The application, as WSGI has it and as ASGI has it: a function from a request to a response.

// Each program has use for some of it.
#![allow(dead_code)]

use std::hint::black_box;
use std::thread;
use std::time::Duration;

use mainspring::spawn_blocking;
use mainspring::time::sleep;

/// How long a request waits, or blocks.
pub const WHILE: Duration = Duration::from_millis(50);

/// What an answer says.
pub struct Response {
    pub status: &'static str,
    pub body: String,
}

fn done(path: &str) -> Response {
    Response { status: "200 OK", body: format!("{path} is done\n") }
}

fn not_found() -> Response {
    Response { status: "404 Not Found", body: "there is no such work\n".to_owned() }
}

/// Keeps a CPU busy, for about as long as the others wait; how long depends on it. The work is
/// the standard library's, which is optimised however the program is built.
pub fn burn() {
    let text = "\u{e9}".repeat(500_000);
    for _ in 0..BURNS {
        black_box(str::from_utf8(black_box(text.as_bytes()))).expect("it is UTF-8");
    }
}

const BURNS: u32 = 50;

/// WSGI's form: it returns the response, and whoever calls it waits until then.
pub fn app(path: &str) -> Response {
    match path {
        "/waits" | "/blocks" => thread::sleep(WHILE), // to a thread they are the same
        "/burns" => burn(),
        _ => return not_found(),
    }
    done(path)
}

/// ASGI's form: it gives the thread back where it awaits.
pub async fn app_async(path: String) -> Response {
    match &*path {
        "/waits" => sleep(WHILE).await, // for a database that has a driver for the loop
        "/blocks" => thread::sleep(WHILE), // for one that has none
        "/burns" => burn(),
        _ => return not_found(),
    }
    done(&path)
}

/// The same, where what keeps a thread goes to the pool.
pub async fn app_in_threads(path: String) -> Response {
    if path == "/waits" {
        return app_async(path).await;
    }
    spawn_blocking(move || app(&path)).await.expect("the application does not panic")
}
