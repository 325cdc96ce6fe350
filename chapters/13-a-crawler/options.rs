//! The options of the link checker.

use std::path::PathBuf;
use std::time::Duration;

use lexopt::prelude::*;
use url::Url;

pub const HELP: &str = "\
usage: cargo run -- 13 [OPTIONS] [PLACE]

Checks every link of a site (http://..) or of a folder of HTML, without an argument those of
a site to practise on.

  --width N         ask for so many pages at once, at most (50)
  --per-host N      of these so many of one host, at most (8)
  --timeout S       give a server so many seconds for an answer (10)
  --retries N       try so often again what may pass (3)
  --max-size MIB    read so much of a page, at most (8)
  --pages N         stop after so many pages and files (250000)
  --external        check links that leave the site, too; they are not followed
  --ignore-robots   visit what robots.txt asks not to visit
  --json            report as JSON
  --site N          the site to practise on has so many pages (3000)
  --help            this text

Exit code: 0 if no link is dead, 1 if one is or not all were checked, 2 if the command is
wrong, 130 after Ctrl-C.";

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
    parse(arguments).map_err(|error| format!("{error}\n\n{HELP}"))
}

fn parse(arguments: Vec<String>) -> Result<Option<Options>, lexopt::Error> {
    let (mut place, mut site, mut seconds) = (None, 3_000, None);
    let mut options = Options {
        place: Place::Practice(site),
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
            Long("width") => options.width = parser.value()?.parse_with(at_least_one)?,
            Long("per-host") => {
                options.per_host = parser.value()?.parse_with(at_least_one)?
            }
            Long("timeout") => seconds = Some(parser.value()?.parse_with(a_time)?),
            Long("retries") => options.retries = parser.value()?.parse()?,
            Long("max-size") => {
                options.most_bytes = parser.value()?.parse_with(mebibytes)?
            }
            Long("pages") => options.pages = parser.value()?.parse_with(at_least_one)?,
            Long("external") => options.external = true,
            Long("ignore-robots") => options.ignore_robots = true,
            Long("json") => options.json = true,
            Long("site") => site = parser.value()?.parse()?,
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
    options.place = place.unwrap_or(Place::Practice(site));
    Ok(Some(options))
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(error) => Err(format!("{error}")),
    }
}

fn a_time(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|error| format!("{error}"))?;
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
            ("--width x", "invalid digit"),
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
