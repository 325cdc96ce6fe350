//! Has cargo put the reader's executor together, and reads what it says.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, mem};

use crate::book::Book;
use crate::{say, system};

pub enum Built {
    Program(PathBuf),
    /// It does not compile.
    Errors(Vec<Complaint>),
    /// Cargo failed, and not because of anybody's code: what it said.
    Failed(String),
}

/// An error of the compiler, or a warning.
pub struct Complaint {
    pub text: String,
    pub file: PathBuf,
}

/// `cargo`, by the name that cargo itself has told.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The sentence for a cargo that does not start.
pub fn no_cargo(error: &io::Error) -> String {
    format!(
        "cannot start cargo: {error}.\nIt comes with Rust: https://rustup.rs has both."
    )
}

/// Builds a program of `chapters/yours/check`, of these modules of the reader's and the
/// solutions of all others.
pub fn build(
    book: &Book,
    program: &str,
    own: &[&str],
    chapter: u32,
) -> Result<Built, String> {
    let is_first = !book.program(program).exists();
    if is_first {
        say::print(&say::wrap(
            "The first time takes a minute: cargo builds what it needs.",
        ));
    }
    let mut command = cargo();
    command.args(["build", "--bin", program, "--manifest-path"]);
    command.arg(book.yours("check/Cargo.toml"));
    command.arg("--target-dir").arg(&book.target);
    command.args(["--color", if say::has_colour() { "always" } else { "never" }]);
    command.env("YOURS_ROOT", &book.root);
    command.env("YOURS_OWN", own.join(" "));
    command.env("YOURS_CHAPTER", chapter.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    system::end_with_us(&mut command);
    let mut running = command.spawn().map_err(|error| no_cargo(&error))?;
    let said = running.stderr.take().expect("it is a pipe");
    let rest = listen(BufReader::new(said), is_first);
    let status = running.wait().map_err(|error| no_cargo(&error))?;
    if is_first {
        say::print("\n");
    }
    if status.success() {
        return Ok(Built::Program(book.program(program)));
    }
    let errors = errors(&rest, &book.root);
    Ok(if errors.is_empty() { Built::Failed(rest) } else { Built::Errors(errors) })
}

/// Passes on how far cargo is, the first time; always if it waits for another cargo. Returns
/// the rest of what it says.
fn listen(said: impl BufRead, is_first: bool) -> String {
    let mut rest = String::new();
    for line in said.split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        let plain = say::plain(&line);
        match plain.split_whitespace().next() {
            Some("Blocking") if plain.starts_with(' ') => {
                say::for_now("another cargo is at work; this one waits for it");
            }
            Some(
                "Compiling" | "Downloading" | "Downloaded" | "Updating" | "Locking"
                | "Finished" | "Building" | "Adding",
            ) if plain.starts_with(' ') => {
                if is_first {
                    say::clear_line();
                    say::print(&format!("{line}\n"));
                }
            }
            _ => {
                rest += &line;
                rest.push('\n');
            }
        }
    }
    rest
}

/// The errors in what the compiler said. Each begins at the first column; warnings are left
/// out, and the summaries of cargo, which have no place in a file.
fn errors(said: &str, root: &Path) -> Vec<Complaint> {
    let mut errors = Vec::new();
    let mut text = String::new();
    for line in said.lines().chain(["error: the end"]) {
        let plain = say::plain(line);
        if plain.starts_with("error") || plain.starts_with("warning") {
            errors.extend(complaint(&mem::take(&mut text), root));
        }
        if !plain.starts_with("For more information")
            && !plain.starts_with("Some errors have")
        {
            text += line;
            text.push('\n');
        }
    }
    errors
}

fn complaint(text: &str, root: &Path) -> Option<Complaint> {
    let plain = say::plain(text);
    let place = plain.lines().find_map(|line| line.trim_start().strip_prefix("--> "))?;
    let mut parts = place.rsplitn(3, ':');
    let file = PathBuf::from(parts.nth(2)?);
    // Paths as one would type them in the root, where the reader most often is.
    let here = env::current_dir().unwrap_or_default();
    let root = format!("{}/", root.display());
    let text = if root == format!("{}/", here.display()) {
        text.replace(&root, "")
    } else {
        text.to_owned()
    };
    let text = format!("{}\n", text.trim_end());
    plain.starts_with("error").then_some(Complaint { text, file })
}
