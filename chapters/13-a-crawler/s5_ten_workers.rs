//! Ten workers and a queue: ten pages at a time, and nobody waits for a place.

use std::cell::RefCell;
use std::collections::HashSet;
use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use mainspring::sync::Queue;
use mainspring::{join, join_all};

use fetch::{fetch, links};

#[path = "../00-introduction/cli.rs"]
mod cli;
mod fetch;
mod site;

const WIDTH: usize = 10;

struct Crawler {
    site: SocketAddr,
    seen: RefCell<HashSet<String>>,
    to_do: Queue<String>,
}

impl Crawler {
    /// Puts a link into the queue, if it is new.
    fn add(&self, link: &str) {
        if self.seen.borrow_mut().insert(link.to_owned()) {
            self.to_do.try_put(link.to_owned()).expect("it has no bound, and is open");
        }
    }

    async fn work(&self) {
        while let Some(path) = self.to_do.get().await {
            match fetch(self.site, &path).await {
                Ok(page) => links(&page).for_each(|link| self.add(link)),
                Err(error) => println!("{path}: {error}"),
            }
            self.to_do.task_done();
        }
    }
}

async fn crawl(crawler: &Crawler) {
    crawler.add("/1");
    let workers = join_all((0..WIDTH).map(|_| crawler.work()));
    let end = async {
        crawler.to_do.join().await;
        crawler.to_do.close();
    };
    join((workers, end)).await;
    println!("{} links", crawler.seen.borrow().len());
}

fn main() -> io::Result<()> {
    cli::options(&[]);
    let site = site::open()?;
    let start = Instant::now();
    let crawler = Crawler { site, seen: RefCell::default(), to_do: Queue::unbounded() };
    mainspring::block_on(crawl(&crawler));
    println!("{:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}
