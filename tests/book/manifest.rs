//! The programs that `Cargo.toml` declares, and those of the package `chapters/web`.

use toml::de::{DeTable, DeValue};

use crate::page::line_of;
use crate::project::resolve;
use crate::report::Report;

/// A program: an `[[example]]` or a `[[bin]]`.
#[derive(Clone, Debug)]
pub struct Program {
    pub name: String,
    pub path: String,
    /// The line of the manifest that names it.
    pub line: usize,
}

/// The package of the heavy programs: those that need crates of others.
pub const WEB: &str = "chapters/web";

/// What `Cargo.toml` says.
#[derive(Debug, Default)]
pub struct Manifest {
    pub examples: Vec<Program>,
    pub bins: Vec<Program>,
    /// The `[[bin]]`s of `WEB`, with their paths from the root.
    pub heavy: Vec<Program>,
}

impl Manifest {
    /// Reads `Cargo.toml`; what is wrong with it is a failure.
    pub fn parse(text: &str, report: &mut Report) -> Manifest {
        match DeTable::parse(text) {
            Ok(table) => Manifest {
                examples: programs(text, table.get_ref(), "example"),
                bins: programs(text, table.get_ref(), "bin"),
                heavy: Vec::new(),
            },
            Err(error) => {
                let line = error.span().map_or(1, |span| line_of(text, span.start));
                report.fail("Cargo.toml", line, error.message().to_owned());
                Manifest::default()
            }
        }
    }

    /// Reads the manifest of the heavy programs, too.
    pub fn with_heavy(self, text: &str, report: &mut Report) -> Manifest {
        let mut heavy = Manifest::parse(text, report).bins;
        for program in &mut heavy {
            // One that leaves the project leads nowhere, which is said of its path.
            program.path = resolve(WEB, &program.path).unwrap_or_default();
        }
        Manifest { heavy, ..self }
    }

    /// A program of a chapter, heavy or not.
    pub fn program(&self, name: &str) -> Option<&Program> {
        self.examples.iter().chain(&self.heavy).find(|program| program.name == name)
    }

    pub fn is_heavy(&self, name: &str) -> bool {
        self.heavy.iter().any(|program| program.name == name)
    }
}

/// The programs of one kind.
fn programs(text: &str, table: &DeTable<'_>, kind: &str) -> Vec<Program> {
    let Some(DeValue::Array(blocks)) = table.get(kind).map(|value| value.get_ref())
    else {
        return Vec::new();
    };
    let program = |block: &DeValue<'_>| {
        let name = block.get("name")?;
        Some(Program {
            name: name.get_ref().as_str()?.to_owned(),
            path: block.get("path")?.get_ref().as_str()?.to_owned(),
            line: line_of(text, name.span().start),
        })
    };
    blocks.iter().filter_map(|block| program(block.get_ref())).collect()
}
