//! A task for each page, ten at a time: how it gets stuck.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::time::{Duration, Instant};

use mainspring::group::TaskGroup;
use mainspring::time::timeout;
use mainspring::{task, task_group};

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
}

const WIDTH: usize = 10;

/// Gives each page that is to be had a task, when there is room for one.
async fn begin(crawler: &Rc<Crawler>, group: &TaskGroup<io::Error>) {
    while let Some(path) = crawler.next() {
        let task = visit(Rc::clone(crawler), group.clone(), path);
        drop(group.spawn_within(WIDTH, task).await);
    }
}

/// A future that leads back to itself has to be boxed.
fn visit(
    crawler: Rc<Crawler>,
    group: TaskGroup<io::Error>,
    path: String,
) -> Pin<Box<dyn Future<Output = io::Result<()>>>> {
    Box::pin(async move {
        match fetch(crawler.site, &path).await {
            Ok(page) => links(&page).for_each(|link| crawler.add(link)),
            Err(error) => println!("{path}: {error}"),
        }
        begin(&crawler, &group).await;
        Ok(())
    })
}

impl Crawler {
    fn next(&self) -> Option<String> {
        self.frontier.borrow_mut().next()
    }

    fn add(&self, link: &str) {
        self.frontier.borrow_mut().add(link);
    }
}

fn main() -> io::Result<()> {
    cli::options(&[]);
    let site = site::open()?;
    let start = Instant::now();
    let crawler = Rc::new(Crawler { site, frontier: Frontier::new("/1").into() });
    mainspring::block_on(async {
        let crawl = task_group(async |group| {
            begin(&crawler, &group).await;
            Ok(())
        });
        let mut crawl = pin!(crawl);
        if timeout(Duration::from_secs(2), &mut crawl).await.is_err() {
            for task in task::all().iter().skip(1) {
                println!("{} waits on {}", task.id, task.waits_on);
            }
        }
    });
    println!("{} links", crawler.frontier.borrow().seen());
    println!("{:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}
