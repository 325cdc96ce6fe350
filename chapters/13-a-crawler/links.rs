//! Which links are dead: what is known of each address, and the links that wait for it.

use std::collections::HashMap;
use std::rc::Rc;

use crate::html::Anchors;
use crate::why::Why;

/// An address without its fragment, as `url` writes it.
pub type Address = Rc<str>;

/// What has become of an address.
#[derive(Debug)]
pub enum Fate {
    Page(Anchors),
    /// No HTML: it has no names of places that could be checked.
    Other,
    Redirect(Address),
    Dead(Why),
    /// It was not looked at, and by intent.
    Unchecked,
}

/// A link that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dead {
    /// The page that it is on; none for where the crawl began.
    pub on: Option<Address>,
    pub to: String,
    pub why: Why,
}

/// A link whose end is not known yet.
#[derive(Debug)]
struct Link {
    on: Option<Address>,
    to: Address,
    fragment: Option<Box<str>>,
}

/// A link is judged as soon as both its ends are known, and then forgotten, unless it is dead.
#[derive(Debug, Default)]
pub struct Links {
    fates: HashMap<Address, Fate>,
    /// By the address whose fate they wait for.
    waiting: HashMap<Address, Vec<Link>>,
    pub dead: Vec<Dead>,
    pub checked: usize,
    pub unchecked: usize,
}

/// Who is sent on more often goes in circles.
const MOST_REDIRECTS: usize = 10;

impl Links {
    /// A page has a link.
    pub fn add(&mut self, on: Option<&Address>, to: &Address, fragment: Option<&str>) {
        let fragment = fragment.map(Box::from);
        self.judge(Link { on: on.cloned(), to: Rc::clone(to), fragment });
    }

    /// Notes what has become of an address, and judges the links that waited for that.
    pub fn learn(&mut self, address: &Address, fate: Fate) {
        self.fates.insert(Rc::clone(address), fate);
        for link in self.waiting.remove(address).unwrap_or_default() {
            self.judge(link);
        }
    }

    fn judge(&mut self, link: Link) {
        let mut at = &link.to;
        for _ in 0..=MOST_REDIRECTS {
            match self.fates.get(at) {
                Some(Fate::Redirect(next)) => at = next,
                None => {
                    let at = Rc::clone(at);
                    return self.waiting.entry(at).or_default().push(link);
                }
                Some(Fate::Unchecked) => return self.unchecked += 1,
                Some(fate) => {
                    let why = trouble(fate, link.fragment.as_deref());
                    return self.close(link, why);
                }
            }
        }
        self.close(link, Some(Why::TooManyRedirects));
    }

    fn close(&mut self, link: Link, trouble: Option<Why>) {
        self.checked += 1;
        let Some(why) = trouble else { return };
        let to = match &link.fragment {
            Some(fragment) => format!("{}#{fragment}", link.to),
            None => link.to.to_string(),
        };
        self.dead.push(Dead { on: link.on, to, why });
    }

    /// How many links have an end that nobody has seen: the crawl was stopped before.
    pub fn open(&self) -> usize {
        self.waiting.values().map(Vec::len).sum()
    }

    /// How many addresses somebody waits for: they are known and were not visited.
    pub fn waited_for(&self) -> usize {
        self.waiting.len()
    }

    pub fn pages(&self) -> usize {
        self.fates.values().filter(|fate| matches!(fate, Fate::Page(_))).count()
    }

    pub fn others(&self) -> usize {
        self.fates.values().filter(|fate| matches!(fate, Fate::Other)).count()
    }
}

/// What is wrong with a link to an address of this fate.
fn trouble(fate: &Fate, fragment: Option<&str>) -> Option<Why> {
    match (fate, fragment) {
        (Fate::Dead(why), _) => Some(why.clone()),
        (Fate::Page(anchors), Some(fragment)) if !anchors.has(fragment) => {
            Some(Why::NoAnchor)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::Page;

    fn address(text: &str) -> Address {
        Rc::from(text)
    }

    fn page() -> Fate {
        Fate::Page(Page::read(b"<p id=here>").anchors)
    }

    /// Whether the links were there first or what they lead to: the same are dead.
    #[test]
    fn a_link_is_judged_when_both_ends_are_known() {
        let on = address("on");
        for links_first in [true, false] {
            let mut links = Links::default();
            let add = |links: &mut Links| {
                links.add(Some(&on), &address("page"), Some("here"));
                links.add(Some(&on), &address("page"), Some("there"));
                links.add(Some(&on), &address("moved"), Some("there"));
                links.add(Some(&on), &address("gone"), None);
                links.add(Some(&on), &address("around"), None);
                links.add(Some(&on), &address("file"), Some("page=2"));
                links.add(Some(&on), &address("outside"), None);
                links.add(Some(&on), &address("left"), None);
            };
            if links_first {
                add(&mut links);
            }
            links.learn(&address("moved"), Fate::Redirect(address("page")));
            links.learn(&address("around"), Fate::Redirect(address("round")));
            links.learn(&address("round"), Fate::Redirect(address("around")));
            links.learn(&address("page"), page());
            links.learn(&address("gone"), Fate::Dead(Why::Status(404)));
            links.learn(&address("file"), Fate::Other);
            links.learn(&address("outside"), Fate::Unchecked);
            if !links_first {
                add(&mut links);
            }
            links.dead.sort();
            let dead: Vec<_> =
                links.dead.iter().map(|dead| (&*dead.to, &dead.why)).collect();
            let expected = [
                ("around", &Why::TooManyRedirects),
                ("gone", &Why::Status(404)),
                ("moved#there", &Why::NoAnchor),
                ("page#there", &Why::NoAnchor),
            ];
            assert_eq!(dead, expected);
            assert_eq!((links.checked, links.unchecked, links.open()), (6, 1, 1));
        }
    }

    #[test]
    fn ten_redirects_are_followed_and_no_eleventh() {
        for (redirects, is_dead) in [(10, false), (11, true)] {
            let mut links = Links::default();
            let name = |number: usize| address(&format!("step {number}"));
            for number in 0..redirects {
                links.learn(&name(number), Fate::Redirect(name(number + 1)));
            }
            links.learn(&name(redirects), page());
            links.add(None, &name(0), None);
            assert_eq!(links.checked, 1);
            assert_eq!(!links.dead.is_empty(), is_dead, "{redirects} redirects");
        }
    }
}
