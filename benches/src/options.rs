//! The command line.

use crate::peers::Name;
use crate::work::{self, Row};

pub const HELP: &str = "\
Mainspring beside tokio, smol and monoio.

  cargo run --release --manifest-path benches/Cargo.toml -- [options]

  --rows A,B       only these rows; a name's beginning will do (flat, timeout)
  --peers A,B      only these columns: tokio, smol, monoio, io_uring, limit,
                   futures                    (mainspring is always measured)
  --rounds N       so many rounds; the table holds the medians (default 11)
  --quick          three rounds of a tenth of the work: to see that it runs
  --json FILE      all numbers of all rounds
  --markdown FILE  the table for a document
  --help           this text

Rows:
";

/// What the command line asks for.
pub enum Command {
    Help,
    Compare(Options),
    /// What the runner asks of its child processes: one cell, once.
    Measure {
        row: String,
        peer: Name,
        count: usize,
    },
    /// What a measurement asks of the process that it measures.
    Serve {
        peer: Name,
        server: String,
    },
}

/// How to compare.
pub struct Options {
    pub rows: Vec<Row>,
    pub peers: Vec<Name>,
    pub rounds: usize,
    /// What the number of operations is divided by.
    pub divisor: usize,
    pub json: Option<String>,
    pub markdown: Option<String>,
}

pub fn parse(arguments: &[String]) -> Result<Command, String> {
    if let [first, row, peer, count] = arguments
        && first == "--measure"
    {
        return Ok(Command::Measure {
            row: row.clone(),
            peer: Name::parse(peer).ok_or("there is no such peer")?,
            count: number(count)?,
        });
    }
    if let [first, server, peer] = arguments
        && first == "--serve"
    {
        let peer = Name::parse(peer).ok_or("there is no such peer")?;
        return Ok(Command::Serve { peer, server: server.clone() });
    }
    let mut options = Options {
        rows: work::rows(),
        peers: Name::ALL.to_vec(),
        rounds: 11,
        divisor: 1,
        json: None,
        markdown: None,
    };
    let mut arguments = arguments.iter();
    while let Some(option) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{option} needs a value"));
        match option.as_str() {
            "--help" | "-h" => return Ok(Command::Help),
            "--rows" => options.rows = choose_rows(value()?)?,
            "--peers" => options.peers = choose_peers(value()?)?,
            "--rounds" => options.rounds = number(value()?)?,
            "--quick" => (options.rounds, options.divisor) = (3, 10),
            "--json" => options.json = Some(value()?.clone()),
            "--markdown" => options.markdown = Some(value()?.clone()),
            other => return Err(format!("`{other}` is no option")),
        }
    }
    Ok(Command::Compare(options))
}

fn number(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("`{text}` is not a number above zero")),
    }
}

fn choose_rows(text: &str) -> Result<Vec<Row>, String> {
    let names: Vec<&str> = text.split(',').collect();
    let fits = |row: &Row, name: &str| row.name.starts_with(name);
    for name in &names {
        if name.is_empty() || !work::rows().iter().any(|row| fits(row, name)) {
            return Err(format!("no row begins with `{name}`"));
        }
    }
    // A name that is a row's own means that row alone.
    let chosen = |row: &Row| {
        names.iter().any(|name| match work::rows().iter().any(|row| row.name == *name) {
            true => row.name == *name,
            false => fits(row, name),
        })
    };
    Ok(work::rows().into_iter().filter(chosen).collect())
}

fn choose_peers(text: &str) -> Result<Vec<Name>, String> {
    let named: Vec<Name> = text
        .split(',')
        .map(|name| Name::parse(name).ok_or(format!("`{name}` is no column")))
        .collect::<Result<_, _>>()?;
    let all = Name::ALL.into_iter();
    Ok(all.filter(|name| *name == Name::Mainspring || named.contains(name)).collect())
}
