//! the heart of a crawler: each page once, a wave at a time

use std::collections::BTreeSet;
use std::time::Duration;

use crate::join::join_all;
use crate::runtime::{Runtime, current};
use crate::sleep::sleep;
use crate::{End, text};

/// A page, how many milliseconds it takes, and where its links lead.
type Page = (&'static str, u64, &'static [&'static str]);

const SITE: [Page; 9] = [
    ("/", 120, &["/news", "/ducks", "/chess"]),
    ("/news", 300, &["/", "/news/today", "/ducks"]),
    ("/ducks", 200, &["/ducks/anna", "/ducks/bob", "/"]),
    ("/chess", 250, &["/chess/rules", "/nowhere"]),
    ("/news/today", 400, &["/news", "/chess/rules"]),
    ("/ducks/anna", 150, &["/ducks/bob", "/ducks"]),
    ("/ducks/bob", 180, &["/ducks/anna", "/ducks/lake"]),
    ("/chess/rules", 350, &["/chess"]),
    ("/ducks/lake", 220, &["/ducks", "/ducks/lake"]),
];

/// What a page links to, after a while. None if there is no such page.
async fn fetch(path: &'static str) -> (&'static str, Option<&'static Page>) {
    let page = SITE.iter().find(|(other, ..)| *other == path);
    sleep(Duration::from_millis(page.map_or(50, |(_, time, _)| *time))).await;
    (path, page)
}

async fn crawl() -> u64 {
    let mut seen = BTreeSet::from(["/"]);
    let (mut wave, mut number, mut sum) = (vec!["/"], 0, 0);
    while !wave.is_empty() {
        number += 1;
        println!("wave {number}: {}", wave.join(" "));
        let mut next = Vec::new();
        for (path, page) in join_all(wave.into_iter().map(fetch).collect()).await {
            let Some((_, time, links)) = page else {
                println!("        {path} is a dead link");
                continue;
            };
            sum += time;
            next.extend(links.iter().copied().filter(|link| seen.insert(link)));
        }
        wave = next;
    }
    println!("{} addresses, each asked once", seen.len());
    sum + 50
}

pub fn run(_: &[String]) -> End {
    let runtime = Runtime::with_virtual_clock().map_err(text)?;
    runtime.block_on(async {
        let sum = crawl().await;
        let took = current().clock.now() / 1_000_000;
        println!("one by one they take {sum} ms, in waves {took} ms");
    });
    Ok(())
}
