//! The options of the link checker.

use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use lexopt::prelude::*;
use url::Url;

const USAGE: &str = "usage: cargo run -- 13 [OPTIONS] [PLACE]   (--help says more)";

/// More connections than a process usually has descriptors for.
const MOST_WIDTH: usize = 1_000;

pub const HELP: &str = "\
usage: cargo run -- 13 [OPTIONS] [PLACE]

Checks every link of a site (http://..) or of a folder of HTML, without an argument those of
a site to practise on. It speaks http alone: links to https are not checked.

  --width N         ask for so many pages at once, at most (50)
  --per-host N      ask one host for so many of them, at most (8)
  --timeout S       give a server so many seconds for an answer (10; 2 on the site to
                    practise on)
  --retries N       try so often again what may pass (3)
  --max-size MIB    read so much of a page, at most (8)
  --pages N         stop after so many pages and files (250000)
  --external        check links that leave the site, too; they are not followed
  --ignore-robots   visit what robots.txt asks not to visit
  --json            report as JSON
  --site N          the site to practise on has so many pages (3000)
  --help            this text

Exit code: 0 if no link is dead, 1 if one is, or if nothing could be checked, or `--pages` has
ended it; 2 if the command is wrong, 130 after Ctrl-C. What leaves the site, or is forbidden by
robots.txt, is not checked, and counts as neither.";

/// How many pages the site to practise on has, if nobody says otherwise.
const PRACTICE: u64 = 3_000;

/// What is checked.
#[derive(Debug, PartialEq)]
pub enum Place {
    Site(Url),
    Folder(PathBuf),
    /// The chapter's own site, of so many pages.
    Practice(u64),
}

#[derive(Debug)]
pub struct Options {
    pub place: Place,
    pub width: usize,
    pub per_host: usize,
    pub timeout: Duration,
    pub retries: u32,
    pub most_bytes: usize,
    pub pages: usize,
    pub external: bool,
    pub ignore_robots: bool,
    pub json: bool,
}

/// Reads the arguments; none if help is all that is wanted.
pub fn read(arguments: Vec<String>) -> Result<Option<Options>, String> {
    parse(arguments).map_err(|error| format!("{error}\n{USAGE}"))
}

fn parse(arguments: Vec<String>) -> Result<Option<Options>, lexopt::Error> {
    let (mut place, mut site, mut seconds) = (None, None, None);
    let mut options = Options {
        place: Place::Practice(PRACTICE),
        width: 50,
        per_host: 8,
        timeout: Duration::from_secs(10),
        retries: 3,
        most_bytes: 8 << 20,
        pages: 250_000,
        external: false,
        ignore_robots: false,
        json: false,
    };
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("width") => options.width = value("--width", &mut parser, a_width)?,
            Long("per-host") => {
                options.per_host = value("--per-host", &mut parser, at_least_one)?
            }
            Long("timeout") => seconds = Some(value("--timeout", &mut parser, a_time)?),
            Long("retries") => options.retries = value("--retries", &mut parser, any)?,
            Long("max-size") => {
                options.most_bytes = value("--max-size", &mut parser, mebibytes)?
            }
            Long("pages") => options.pages = value("--pages", &mut parser, at_least_one)?,
            Long("external") => options.external = true,
            Long("ignore-robots") => options.ignore_robots = true,
            Long("json") => options.json = true,
            Long("site") => site = Some(value("--site", &mut parser, any)?),
            Long("help") | Short('h') => return Ok(None),
            Value(value) if place.is_none() => place = Some(read_place(value.string()?)?),
            other => return Err(other.unexpected()),
        }
    }
    options.timeout = match (&place, seconds) {
        (_, Some(time)) => time,
        (None, None) => Duration::from_secs(2), // one of its pages never answers
        _ => options.timeout,
    };
    if place.is_some() && site.is_some() {
        return Err(
            "`--site` is for the site to practise on, which has no address".into()
        );
    }
    options.place = place.unwrap_or(Place::Practice(site.unwrap_or(PRACTICE)));
    Ok(Some(options))
}

/// The value of an option. What is wrong with it names the option.
fn value<T>(
    option: &str,
    parser: &mut lexopt::Parser,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, lexopt::Error> {
    let value = parser.value()?.string()?;
    read(&value).map_err(|error| format!("{option} {value}: {error}").into())
}

fn any<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

fn a_width(text: &str) -> Result<usize, String> {
    let width = at_least_one(text)?;
    if width > MOST_WIDTH { Err(format!("at most {MOST_WIDTH}")) } else { Ok(width) }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match any(text)? {
        0 => Err("at least 1".to_owned()),
        number => Ok(number),
    }
}

fn a_time(text: &str) -> Result<Duration, String> {
    let seconds = any(text)?;
    let time = Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?;
    if time.is_zero() { Err("more than 0".to_owned()) } else { Ok(time) }
}

fn mebibytes(text: &str) -> Result<usize, String> {
    at_least_one(text)?.checked_mul(1 << 20).ok_or_else(|| "too much".to_owned())
}

fn read_place(text: String) -> Result<Place, String> {
    if !text.starts_with("http://") && !text.starts_with("https://") {
        let folder = PathBuf::from(&text);
        if folder.is_dir() {
            return Ok(Place::Folder(folder));
        }
        return Err(format!(
            "`{text}` is neither a folder nor an address that begins with http://"
        ));
    }
    let url = Url::parse(&text).map_err(|error| format!("`{text}`: {error}"))?;
    if url.scheme() == "https" {
        return Err(format!("`{text}`: https is not spoken here, only http"));
    }
    Ok(Place::Site(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_words(words: &str) -> Result<Option<Options>, String> {
        read(words.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (words, says) in [
            ("--width 0", "at least 1"),
            ("--width x", "--width x: invalid digit"),
            ("--width 5000000", "at most 1000"),
            ("--site 5 .", "no address"),
            ("--width", "missing argument"),
            ("--timeout 0", "more than 0"),
            ("--timeout -1", "negative"),
            ("--timeout nan", "float"),
            ("--max-size 99999999999999999", "too much"),
            ("--what", "--what"),
            (". .", "unexpected argument"),
            ("/no/such/folder", "neither a folder"),
            ("http://", "empty host"),
            ("https://a.example", "https is not spoken"),
            ("--json=yes", "unexpected argument"),
        ] {
            let error = read_words(words).expect_err(words);
            assert!(error.contains(says), "`{words}`: {error}");
            assert!(error.contains("usage:"), "{error}");
        }
    }

    #[test]
    fn what_is_not_said_has_a_default() {
        let options = read_words("").unwrap().unwrap();
        assert_eq!(
            (options.place, options.timeout),
            (Place::Practice(3_000), Duration::from_secs(2))
        );
        let options =
            read_words("--timeout 1.5 http://a.example --width=3").unwrap().unwrap();
        assert_eq!((options.width, options.timeout), (3, Duration::from_millis(1_500)));
        assert_eq!(options.place, Place::Site(Url::parse("http://a.example/").unwrap()));
        assert!(read_words("--width 3 -h").unwrap().is_none());
    }
}
