//! What the checks found: each failure by file and line, and what to do about it.

use std::fmt;

/// A place where the book is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    /// The path from the root of the project.
    pub file: String,
    pub line: usize,
    /// What is wrong, and what to do.
    pub text: String,
    /// Whether `BLESS=1` mends it.
    pub blessable: bool,
}

/// Everything that the checks have to say.
#[derive(Debug, Default)]
pub struct Report {
    pub failures: Vec<Failure>,
    /// What `BLESS=1` has rewritten.
    pub blessed: Vec<String>,
    /// What is worth knowing though nothing is wrong.
    pub notes: Vec<String>,
}

impl Report {
    /// Notes a failure that a person has to mend.
    pub fn fail(&mut self, file: &str, line: usize, text: impl Into<String>) {
        self.add(file, line, text.into(), false);
    }

    /// Notes a failure that `BLESS=1` mends.
    pub fn fail_blessable(&mut self, file: &str, line: usize, text: impl Into<String>) {
        self.add(file, line, text.into(), true);
    }

    fn add(&mut self, file: &str, line: usize, text: String, blessable: bool) {
        self.failures.push(Failure { file: file.to_owned(), line, text, blessable });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.blessed.iter().chain(&self.notes) {
            writeln!(f, "{line}")?;
        }
        let mut failures = self.failures.clone();
        failures.sort();
        failures.dedup();
        for Failure { file, line, text, .. } in &failures {
            writeln!(f, "\n{file}:{line}: {text}")?;
        }
        let blessable = failures.iter().filter(|failure| failure.blessable).count();
        match (failures.len(), blessable) {
            (0, _) => Ok(()),
            (all, 0) => writeln!(f, "\n{all} to mend."),
            (all, some) => writeln!(
                f,
                "\n{all} to mend; `BLESS=1 cargo test --test book` rewrites {some} of them."
            ),
        }
    }
}
