//! The programs that `Cargo.toml` declares.

use toml::de::{DeTable, DeValue};

use crate::page::line_of;
use crate::report::Report;

/// A program: an `[[example]]` or a `[[bin]]`.
#[derive(Clone, Debug)]
pub struct Program {
    pub name: String,
    pub path: String,
    /// The line of `Cargo.toml` that names it.
    pub line: usize,
}

/// What `Cargo.toml` says.
#[derive(Debug, Default)]
pub struct Manifest {
    pub examples: Vec<Program>,
    pub bins: Vec<Program>,
}

impl Manifest {
    /// Reads `Cargo.toml`; what is wrong with it is a failure.
    pub fn parse(text: &str, report: &mut Report) -> Manifest {
        match DeTable::parse(text) {
            Ok(table) => Manifest {
                examples: programs(text, table.get_ref(), "example"),
                bins: programs(text, table.get_ref(), "bin"),
            },
            Err(error) => {
                let line = error.span().map_or(1, |span| line_of(text, span.start));
                report.fail("Cargo.toml", line, error.message().to_owned());
                Manifest::default()
            }
        }
    }

    pub fn example(&self, name: &str) -> Option<&Program> {
        self.examples.iter().find(|program| program.name == name)
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
