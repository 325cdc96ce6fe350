//! Visits an address: asks for it, notes what has become of it, and says where it leads.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::convert::Infallible;
use std::rc::Rc;

use mainspring::spawn_blocking;
use mainspring::sync::{CancelToken, Mutex};
use mainspring::time::timeout;
use url::{ParseError, Position, Url};

use crate::client::{Answer, Client, ROBOT, Refusal};
use crate::folder;
use crate::html::Page;
use crate::links::{Address, Dead, Fate, Links};
use crate::options::Options;
use crate::retry::{Failure, retry};
use crate::robots::Rules;
use crate::why::Why;

/// What is longer is no address that somebody has written.
const LONGEST_ADDRESS: usize = 2_048;

/// A page of which there is more is read on another thread.
const MUCH: usize = 64 * 1024;

/// The rules of a host, or why it does not say them, as soon as somebody has asked for them.
type OnceRules = Mutex<Option<Rc<Result<Rules, Why>>>>;

pub struct Checker {
    pub options: Options,
    client: Client,
    /// The beginning of all addresses that are inside: of a site, or of a folder.
    root: Url,
    /// By host. Who comes first asks for the file, the others wait for that.
    robots: RefCell<HashMap<String, Rc<OnceRules>>>,
    pub links: RefCell<Links>,
    pub visited: Cell<usize>,
    pub forbidden: Cell<usize>,
    /// Stops the crawl, when all is seen that was allowed.
    stop: CancelToken,
    on_visit: Box<dyn Fn(&Checker)>,
}

impl Checker {
    pub fn new(
        options: Options,
        root: Url,
        stop: &CancelToken,
        on_visit: impl Fn(&Checker) + 'static,
    ) -> Self {
        Self {
            client: Client::new(options.most_bytes),
            root,
            robots: RefCell::default(),
            links: RefCell::default(),
            visited: Cell::new(0),
            forbidden: Cell::new(0),
            stop: stop.clone(),
            on_visit: Box::new(on_visit),
            options,
        }
    }

    pub fn root(&self) -> &str {
        self.root.as_str()
    }

    /// Which limit an address counts for.
    pub fn host_of(address: &Address) -> String {
        let rest = address.split_once("//").map_or("", |(_, rest)| rest);
        rest.split(['/', '?']).next().unwrap_or_default().to_owned()
    }

    /// The addresses that this one leads to.
    pub async fn visit(&self, address: &Address) -> Result<Vec<Address>, Infallible> {
        let (fate, found) = match self.look(address).await {
            Ok(seen) => seen,
            Err(why) => (Fate::Dead(why), Vec::new()),
        };
        self.links.borrow_mut().learn(address, fate);
        self.visited.set(self.visited.get() + 1);
        if self.visited.get() == self.options.pages {
            self.stop.cancel();
        }
        (self.on_visit)(self);
        Ok(found)
    }

    async fn look(&self, address: &Address) -> Result<(Fate, Vec<Address>), Why> {
        let url =
            Url::parse(address).map_err(|error| Why::BadAddress(error.to_string()))?;
        if !self.may_visit(&url).await? {
            self.forbidden.set(self.forbidden.get() + 1);
            return Ok((Fate::Unchecked, Vec::new()));
        }
        match self.ask(&url).await? {
            Answer::Other => Ok((Fate::Other, Vec::new())),
            Answer::Redirect(to) => self.follow(&url, &to),
            Answer::Page(bytes) => {
                let page = read_page(bytes).await;
                let is_inside = self.is_inside(address);
                let found =
                    if is_inside { self.note(address, &url, &page) } else { vec![] };
                Ok((Fate::Page(page.anchors), found))
            }
        }
    }

    async fn ask(&self, url: &Url) -> Result<Answer, Why> {
        if url.scheme() == "file" {
            let (url, most) = (url.clone(), self.options.most_bytes);
            let reading = spawn_blocking(move || folder::read(&url, most)).await;
            return reading.expect("it does not panic, and nobody aborts it");
        }
        self.attempt(async || self.client.get(url).await).await
    }

    /// Asks somebody something: each attempt has its time, and one that may pass is made again.
    async fn attempt<T>(
        &self,
        request: impl AsyncFn() -> Result<T, Refusal>,
    ) -> Result<T, Why> {
        let limit = self.options.timeout;
        retry(self.options.retries, fastrand::f64, async || {
            match timeout(limit, request()).await {
                Ok(Ok(answer)) => Ok(answer),
                Ok(Err(Refusal { why, retry_after })) if why.may_pass() => {
                    Err(Failure::MayPass(why, retry_after))
                }
                Ok(Err(Refusal { why, .. })) => Err(Failure::Final(why)),
                Err(_) => Err(Failure::Final(Why::TooSlow(limit))),
            }
        })
        .await
    }

    /// A redirect is a link as any other: where it leads to is visited in its own turn, within
    /// the limits of its own host.
    fn follow(&self, from: &Url, to: &str) -> Result<(Fate, Vec<Address>), Why> {
        let to = from.join(to).map_err(|_| Why::BadRedirect)?;
        let to = Address::from(&to[..Position::AfterQuery]);
        if !self.is_wanted(&to) {
            return Ok((Fate::Unchecked, Vec::new()));
        }
        Ok((Fate::Redirect(Rc::clone(&to)), vec![to]))
    }

    /// Notes the links of a page, and gives the addresses to visit.
    fn note(&self, address: &Address, url: &Url, page: &Page) -> Vec<Address> {
        let base = page.base.as_deref().and_then(|base| url.join(base).ok());
        let base = base.as_ref().unwrap_or(url);
        let mut links = self.links.borrow_mut();
        let mut found = Vec::new();
        for link in &page.links {
            let to = match self.join(base, link) {
                Ok(to) if matches!(to.scheme(), "http" | "https" | "file") => to,
                Ok(_) => continue, // mailto:, data:, javascript:
                Err(error) => {
                    let why = Why::BadAddress(error.to_string());
                    let on = Some(Rc::clone(address));
                    links.checked += 1;
                    links.dead.push(Dead { on, to: link.clone(), why });
                    continue;
                }
            };
            let target = Address::from(&to[..Position::AfterQuery]);
            if !self.is_wanted(&target) {
                links.unchecked += 1;
                continue;
            }
            links.add(Some(address), &target, to.fragment());
            found.push(target);
        }
        found
    }

    /// What a link means on a page. In a folder `/` is its root, as it will be when it is served.
    fn join(&self, base: &Url, link: &str) -> Result<Url, ParseError> {
        match link.strip_prefix('/') {
            Some(path) if self.root.scheme() == "file" && !path.starts_with('/') => {
                self.root.join(&format!("./{path}"))
            }
            _ => base.join(link),
        }
    }

    fn is_inside(&self, address: &str) -> bool {
        address.starts_with(self.root.as_str())
    }

    /// A site says nothing of files on this machine, and this checker nothing of https.
    fn is_wanted(&self, address: &Address) -> bool {
        let is = |scheme| address.starts_with(scheme);
        let is_known = is("http:") || self.root.scheme() == "file" && is("file:");
        let is_outside = self.options.external && is_known;
        address.len() <= LONGEST_ADDRESS && (self.is_inside(address) || is_outside)
    }

    async fn may_visit(&self, url: &Url) -> Result<bool, Why> {
        if self.options.ignore_robots || url.scheme() != "http" {
            return Ok(true);
        }
        match &*self.rules(url).await {
            Ok(rules) => {
                Ok(rules.allow(&url[Position::BeforePath..Position::AfterQuery]))
            }
            Err(why) => Err(Why::NoRules(why.clone().into())),
        }
    }

    /// What a host asks of robots. One that has no such file allows all; one that gives no answer
    /// must not be visited (RFC 9309, 2.3.1.4).
    async fn rules(&self, url: &Url) -> Rc<Result<Rules, Why>> {
        let host = url[..Position::BeforePath].to_owned();
        let rules = Rc::clone(self.robots.borrow_mut().entry(host).or_default());
        let mut rules = rules.lock().await;
        if let Some(rules) = &*rules {
            return Rc::clone(rules);
        }
        let file = url.join("/robots.txt").expect("every address of HTTP has a root");
        let text = self.attempt(async || self.client.text(&file).await).await;
        Rc::clone(rules.insert(Rc::new(text.map(|text| Rules::read(&text, ROBOT)))))
    }
}

/// Reads a page; a long one on another thread, so that the others go on.
async fn read_page(bytes: Vec<u8>) -> Page {
    if bytes.len() < MUCH {
        return Page::read(&bytes);
    }
    let reading = spawn_blocking(move || Page::read(&bytes)).await;
    reading.expect("it does not panic, and nobody aborts it")
}
