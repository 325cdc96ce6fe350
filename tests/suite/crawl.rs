//! Crawls: pages that lead to pages, on the virtual clock.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use mainspring::runtime::Runtime;
use mainspring::sync::CancelToken;
use mainspring::time::{Instant, sleep, timeout};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Broken, Outcome, Story, explore};

/// What the suite tests.
pub trait Crawler {
    /// Visits the first pages and all that they lead to, each once: at most `width` at once,
    /// and of each host (`site.host_of`) at most `per_host`, but no fewer than there is work
    /// for. When it is stopped no visit begins, and those under way are dropped. It gives the
    /// pages that failed, and those that are left.
    fn crawl(
        site: &Site,
        width: usize,
        per_host: usize,
        stop: &CancelToken,
    ) -> impl Future<Output = (Vec<usize>, Vec<usize>)>;
}

/// Makes a [`Crawler`] of the function of the book, or of one with its signature.
#[allow(unused_macros)] // the exercise has another signature
macro_rules! crawler {
    ($name:ident, $limits:path, $crawl:expr) => {
        struct $name;

        impl crate::suite::crawl::Crawler for $name {
            async fn crawl(
                site: &crate::suite::crawl::Site,
                width: usize,
                per_host: usize,
                stop: &mainspring::sync::CancelToken,
            ) -> (Vec<usize>, Vec<usize>) {
                let limits = { $limits { width, per_host } };
                let host_of = |page: &usize| site.host_of(*page);
                let visit = async |page: &usize| site.visit(*page).await;
                let report = $crawl(site.first(), limits, host_of, stop, visit).await;
                (report.failed.into_iter().map(|(page, _)| page).collect(), report.left)
            }
        }
    };
}

/// The same of a crawl that nobody stops: one that spares its hosts, or, `alike`, knows none.
#[allow(unused_macros)] // the broken machines have no use for all of it
macro_rules! unstopped {
    ($name:ident, $crawl:path) => {
        crate::suite::crawl::unstopped!($name, |site, width, per_host, visit| {
            let host_of = |page: &usize| site.host_of(*page);
            $crawl(site.first(), width, per_host, host_of, visit).await
        });
    };
    ($name:ident, alike $crawl:path) => {
        crate::suite::crawl::unstopped!($name, |site, width, _per_host, visit| {
            $crawl(site.first(), width, visit).await
        });
    };
    ($name:ident, |$site:ident, $width:ident, $per_host:ident, $visit:ident| $crawl:block) => {
        struct $name;

        impl crate::suite::crawl::Crawler for $name {
            async fn crawl(
                $site: &crate::suite::crawl::Site,
                $width: usize,
                $per_host: usize,
                _: &mainspring::sync::CancelToken,
            ) -> (Vec<usize>, Vec<usize>) {
                let $visit = async |page: &usize| $site.visit(*page).await;
                let failed = $crawl;
                (failed.into_iter().map(|(page, _)| page).collect(), Vec::new())
            }
        }
    };
}

#[allow(unused_imports)]
pub(crate) use {crawler, unstopped};

#[derive(Clone, Debug)]
struct Page {
    links: BTreeSet<usize>,
    millis: u64,
    fails: bool,
}

#[derive(Clone, Debug)]
struct Case {
    pages: Vec<Page>,
    first: BTreeSet<usize>,
    width: usize,
    hosts: usize,
    per_host: usize,
    stops_at: u64,
}

fn cases() -> impl Strategy<Value = Case> {
    (1..12_usize).prop_flat_map(|count| {
        let links = vec(0..count, 0..4);
        let page = (links, 1..20_u64, prop::bool::weighted(0.2));
        let page = page.prop_map(|(links, millis, fails)| Page {
            links: links.into_iter().collect(),
            millis,
            fails,
        });
        (
            vec(page, count),
            vec(0..count, 0..3),
            1..5_usize,
            1..4_usize,
            1..4_usize,
            0..60_u64,
        )
            .prop_map(|(pages, first, width, hosts, per_host, stops_at)| Case {
                pages,
                first: first.into_iter().collect(),
                width,
                hosts,
                per_host,
                stops_at,
            })
    })
}

/// A site: visits take a while, and are noted.
pub struct Site {
    case: Case,
    story: Story,
    start: Instant,
    notes: RefCell<Notes>,
}

#[derive(Default)]
struct Notes {
    /// What a visit has led to, and what came first.
    known: BTreeSet<usize>,
    begun: BTreeSet<usize>,
    at_work: BTreeSet<usize>,
    done: BTreeSet<usize>,
    failed: BTreeSet<usize>,
    is_stopped: bool,
    /// What should have happened and what did, where that was seen first.
    fault: Option<(String, String)>,
}

/// A page that is being visited, until the visit ends or is dropped.
struct AtWork<'a>(&'a Site, usize);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.notes.borrow_mut().at_work.remove(&self.1);
    }
}

impl Site {
    /// Where the crawl begins.
    pub fn first(&self) -> Vec<usize> {
        self.case.first.iter().copied().collect()
    }

    pub fn host_of(&self, page: usize) -> usize {
        page % self.case.hosts
    }

    /// Visits a page: gives the pages that it leads to, or its number if it fails.
    pub async fn visit(&self, page: usize) -> Result<Vec<usize>, usize> {
        self.story.step(format!("{} ms: page {page} is visited", self.millis()));
        self.check_begin(page);
        let at_work = AtWork(self, page);
        let Page { links, millis, fails } = &self.case.pages[page];
        sleep(Duration::from_millis(*millis)).await;
        drop(at_work);
        let mut notes = self.notes.borrow_mut();
        let end = if *fails { "fails" } else { "is there" };
        self.story.step(format!("{} ms: page {page} {end}", self.millis()));
        if *fails {
            notes.failed.insert(page);
            return Err(page);
        }
        notes.done.insert(page);
        notes.known.extend(links);
        Ok(links.iter().copied().collect())
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).expect("it ends")
    }

    fn check_begin(&self, page: usize) {
        let mut notes = self.notes.borrow_mut();
        let is_new = notes.begun.insert(page);
        notes.at_work.insert(page);
        let host = self.host_of(page);
        let of_host = notes.at_work.iter().filter(|page| self.host_of(**page) == host);
        let of_host = of_host.count();
        let mut fault = |expected: String, happened: &str| {
            notes.fault.get_or_insert((expected, happened.to_owned()));
        };
        if !is_new {
            fault(format!("page {page} is visited once"), "it is visited again");
        }
        if of_host > self.case.per_host {
            let most = self.case.per_host;
            fault(
                format!("at most {most} of host {host} at once"),
                "one more is visited",
            );
        }
        if notes.at_work.len() > self.case.width {
            let most = self.case.width;
            let expected = format!("at most {most} at once");
            notes.fault.get_or_insert((expected, "one more is visited".to_owned()));
        }
        if notes.is_stopped {
            let expected = "no visit begins any more".to_owned();
            notes.fault.get_or_insert((expected, format!("page {page} is visited")));
        }
    }

    /// A page that is known, and could be visited now.
    fn could_be_visited(&self) -> Option<usize> {
        let notes = self.notes.borrow();
        let mut of_host = BTreeMap::<usize, usize>::new();
        for page in &notes.at_work {
            *of_host.entry(self.host_of(*page)).or_default() += 1;
        }
        let is_full = |page: &usize| {
            let host = self.host_of(*page);
            of_host.get(&host).is_some_and(|count| *count >= self.case.per_host)
        };
        let has_room = notes.at_work.len() < self.case.width;
        let mut waiting = notes.known.difference(&notes.begun).copied();
        waiting.find(|page| has_room && !is_full(page))
    }
}

/// Whatever can be reached is visited.
pub fn visits_each_once<C: Crawler>() -> Outcome {
    explore(
        "a crawl visits all that can be reached, once, and then it is over",
        &cases(),
        |case, story| {
            let case = Case { per_host: usize::MAX, hosts: 1, ..case.clone() };
            run::<C>(case, false, story)
        },
    )
}

/// The same, and no host has too many visitors, nor fewer than it could.
pub fn spares_the_hosts<C: Crawler>() -> Outcome {
    explore(
        "a crawl spares the hosts, and makes nobody wait who need not",
        &cases(),
        |case, story| run::<C>(case.clone(), false, story),
    )
}

/// The same, until it is stopped.
pub fn stops_at_once<C: Crawler>() -> Outcome {
    explore(
        "a crawl that is stopped ends at once, and says what is left",
        &cases(),
        |case, story| run::<C>(case.clone(), true, story),
    )
}

fn run<C: Crawler>(case: Case, stops: bool, story: &mut Story) -> Result<(), Broken> {
    let Case { width, hosts, per_host, .. } = &case;
    let of_host = match *per_host {
        usize::MAX => String::new(),
        most => format!(", and at most {most} of each host"),
    };
    story.given(format!(
        "at most {width} at once{of_host}; it begins with {:?}",
        case.first
    ));
    let within_reach = within_reach(&case);
    for (number, page) in case.pages.iter().enumerate() {
        if !within_reach.contains(&number) {
            continue; // a story is not longer for it
        }
        let host = if *hosts > 1 {
            format!(" (host {})", number % hosts)
        } else {
            String::new()
        };
        let end = if page.fails {
            "fails".into()
        } else {
            format!("leads to {:?}", page.links)
        };
        story.given(format!("page {number}{host} takes {} ms and {end}", page.millis));
    }
    let mut runtime = Runtime::builder().virtual_clock().build().unwrap();
    runtime.block_on(watch::<C>(case, stops, story))
}

/// The first pages, and those that somebody leads to.
fn within_reach(case: &Case) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<usize> = case.first.iter().copied().collect();
    while let Some(number) = next.pop() {
        let page = &case.pages[number];
        if reached.insert(number) && !page.fails {
            next.extend(&page.links);
        }
    }
    reached
}

/// Looks at the crawl in between any two moments in which something can happen.
async fn watch<C: Crawler>(
    case: Case,
    stops: bool,
    story: &mut Story,
) -> Result<(), Broken> {
    let longest = case.pages.iter().map(|page| page.millis).sum::<u64>() + 1;
    let notes = Notes { known: case.first.clone(), ..Notes::default() };
    let start = Instant::now();
    let site = Rc::new(Site { case, story: story.clone(), start, notes: notes.into() });
    let stop = CancelToken::new();
    let Case { width, per_host, stops_at, .. } = site.case;
    let mut crawl = pin!(C::crawl(&site, width, per_host, &stop));
    let mut until_next = Duration::from_micros(500);
    let (failed, left) = loop {
        match timeout(until_next, crawl.as_mut()).await {
            Ok(ended) => break ended,
            Err(_) if site.millis() > longest => {
                story.broken("it is over, for nothing is left", "it waits on")?;
            }
            Err(_) => check_now(&site, story)?,
        }
        until_next = Duration::from_millis(1);
        if stops && site.millis() >= stops_at {
            story.step(format!("{} ms: it is stopped", site.millis()));
            site.notes.borrow_mut().is_stopped = true;
            stop.cancel();
            let now = Instant::now();
            let ended = timeout(Duration::from_millis(1), crawl.as_mut()).await;
            if ended.is_err() || now.elapsed() > Duration::ZERO {
                story.broken("it ends at once", "it goes on")?;
            }
            break ended.expect("it ended");
        }
    };
    check_end(&site, failed, left, story)
}

fn check_now(site: &Site, story: &mut Story) -> Result<(), Broken> {
    if let Some((expected, happened)) = site.notes.borrow_mut().fault.take() {
        return story.broken(expected, happened);
    }
    match site.could_be_visited() {
        None => Ok(()),
        Some(page) => story.broken(format!("page {page} is visited"), "it waits"),
    }
}

fn check_end(
    site: &Site,
    mut failed: Vec<usize>,
    mut left: Vec<usize>,
    story: &mut Story,
) -> Result<(), Broken> {
    let mut notes = site.notes.borrow_mut();
    if let Some((expected, happened)) = notes.fault.take() {
        return story.broken(expected, happened);
    }
    if !notes.at_work.is_empty() {
        let happened = format!("{:?} are still visited", notes.at_work);
        return story.broken("nobody is at work when it is over", happened);
    }
    let ended = notes.done.union(&notes.failed).copied().collect();
    let unvisited: Vec<usize> = notes.known.difference(&ended).copied().collect();
    if !notes.is_stopped && !unvisited.is_empty() {
        let happened = format!("it is over without {unvisited:?}");
        return story.broken("whatever is known is visited", happened);
    }
    failed.sort_unstable();
    left.sort_unstable();
    story.go_on("; it is over");
    let all_failed: BTreeSet<usize> = failed.iter().copied().collect();
    if (&all_failed, &left) != (&notes.failed, &unvisited) {
        let expected = format!("{:?} failed, {unvisited:?} are left", notes.failed);
        let happened = format!("it says that {all_failed:?} failed, {left:?} are left");
        return story.broken(expected, happened);
    }
    story.expect(notes.failed.len(), failed.len())
}
