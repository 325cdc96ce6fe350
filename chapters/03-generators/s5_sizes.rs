//! What a machine keeps across a pause: two blocks that differ in one line, and their sizes.

use std::future::poll_fn;
use std::mem::size_of_val;
use std::task::Poll;

#[path = "../00-introduction/cli.rs"]
mod cli;

/// Pauses once.
async fn pause() {
    let mut paused = false;
    poll_fn(move |_| {
        if paused {
            return Poll::Ready(());
        }
        paused = true;
        Poll::Pending
    })
    .await
}

fn main() {
    cli::options(&[]);
    let after = async {
        let page = [0_u8; 4096];
        pause().await;
        page.len()
    };
    let before = async {
        let page = [0_u8; 4096];
        let length = page.len();
        pause().await;
        length
    };
    println!("asked after the pause: {} bytes", size_of_val(&after));
    println!("asked before it:       {} bytes", size_of_val(&before));
    println!("`pause` by itself:     {} bytes", size_of_val(&pause()));
}
