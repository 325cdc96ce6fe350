//! A crawler that fetches one page after another.

use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use fetch::{fetch, links};
use frontier::Frontier;

#[path = "../00-introduction/cli.rs"]
mod cli;
mod fetch;
mod frontier;
mod site;

async fn crawl(site: SocketAddr) {
    let mut frontier = Frontier::new("/1");
    while let Some(path) = frontier.next() {
        match fetch(site, &path).await {
            Ok(page) => links(&page).for_each(|link| frontier.add(link)),
            Err(error) => println!("{path}: {error}"),
        }
    }
    println!("{} links", frontier.seen());
}

fn main() -> io::Result<()> {
    cli::options(&[]);
    let site = site::open()?;
    let start = Instant::now();
    mainspring::block_on(crawl(site));
    println!("{:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}
