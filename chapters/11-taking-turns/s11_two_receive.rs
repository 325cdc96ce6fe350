//! Letters from another thread, and two tasks that wait for them with one waker's room.

use std::panic::{self, PanicHookInfo};
use std::thread;

use fold::fold;
use mainspring::runtime::Runtime;
use mainspring::spawn;
use mainspring::task::yield_now;
use post::Post;

#[path = "../00-introduction/cli.rs"]
mod cli;
#[path = "../07-event-loop/fold.rs"]
mod fold;
mod post;

async fn receive(name: &str, post: Post<u32>) {
    println!("{name} has letter {}", post.receive().await);
}

async fn office() {
    let post = Post::default();
    let ada = spawn(receive("Ada", post.clone()));
    let ben = spawn(receive("Ben", post.clone()));
    yield_now().await; // both wait
    let bank = thread::spawn(move || [1, 2].map(|letter| post.send(letter)));
    bank.join().unwrap();
    ben.await.unwrap();
    ada.await.unwrap();
}

/// Prints what a panic says, with short lines and without this folder's name.
fn print(panic: &PanicHookInfo<'_>) {
    if let Some(message) = panic.payload().downcast_ref::<String>() {
        eprintln!("{}", fold(&message.replace("chapters/11-taking-turns/", "")));
    }
}

fn main() -> std::io::Result<()> {
    panic::set_hook(Box::new(print));
    cli::options(&[]);
    Runtime::builder().virtual_clock().build()?.block_on(office());
    Ok(())
}
