//! The same crawler with a task for each page.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Instant;

use mainspring::group::TaskGroup;
use mainspring::task_group;

use fetch::{fetch, links};
use frontier::Frontier;

#[path = "../00-introduction/cli.rs"]
mod cli;
mod fetch;
mod frontier;
mod site;

struct Crawler {
    site: SocketAddr,
    frontier: RefCell<Frontier>,
    /// How many tasks there were at once, at most.
    most: Cell<usize>,
}

/// Gives each page that is to be had a task.
fn begin(crawler: &Rc<Crawler>, group: &TaskGroup<io::Error>) {
    while let Some(path) = crawler.next() {
        let (crawler, inner) = (Rc::clone(crawler), group.clone());
        drop(group.spawn(async move {
            crawler.count(&inner);
            match fetch(crawler.site, &path).await {
                Ok(page) => links(&page).for_each(|link| crawler.add(link)),
                Err(error) => println!("{path}: {error}"),
            }
            begin(&crawler, &inner);
            Ok(())
        }));
    }
}

impl Crawler {
    fn next(&self) -> Option<String> {
        self.frontier.borrow_mut().next()
    }

    fn add(&self, link: &str) {
        self.frontier.borrow_mut().add(link);
    }

    /// Every task calls it when it begins.
    fn count(&self, group: &TaskGroup<io::Error>) {
        self.most.set(self.most.get().max(group.len()));
    }
}

fn main() -> io::Result<()> {
    cli::options(&[]);
    let site = site::open()?;
    let start = Instant::now();
    let frontier = Frontier::new("/1").into();
    let crawler = Rc::new(Crawler { site, frontier, most: Cell::new(0) });
    mainspring::block_on(task_group(async |group| {
        begin(&crawler, &group);
        Ok(())
    }))
    .map_err(io::Error::other)?;
    println!("{} links", crawler.frontier.borrow().seen());
    println!("{} tasks at once, at most", crawler.most.get());
    println!("{:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}
