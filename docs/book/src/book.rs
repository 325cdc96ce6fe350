//! Builds the book, strictly, and lays the repository's files where its pages link to them.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use mdbook_driver::MDBook;

use crate::warnings;

/// A book that was built.
#[derive(Clone, Debug)]
pub struct Book {
    /// The repository.
    pub root: PathBuf,
    /// The folder of its pages.
    pub pages: PathBuf,
    /// The files and folders that it was built from.
    pub from: Vec<PathBuf>,
}

impl Book {
    /// The file of the first page.
    pub fn first_page(&self) -> PathBuf {
        self.pages.join("index.html")
    }
}

/// Builds the book of the repository at `root`.
///
/// # Errors
///
/// When there is no book at `root`, when mdBook fails, and when it warns: of an include that leads nowhere, of HTML
/// that is not closed, of a footnote without its reference.
pub fn build(root: &Path) -> Result<Book> {
    ensure!(
        root.join("book.toml").is_file(),
        "there is no book.toml in {} or above it; run `cargo book` in the root of the repository",
        root.display()
    );
    let (book, warnings) = warnings::collect(|| {
        let book = MDBook::load(root)?;
        book.build()?;
        Ok::<_, anyhow::Error>(Book {
            root: root.to_owned(),
            pages: book.build_dir_for("html"),
            from: vec![root.join("book.toml"), book.source_dir(), book.theme_dir()],
        })
    });
    let warnings: String =
        warnings.iter().map(|warning| format!("\n  {warning}")).collect();
    let book =
        book.with_context(|| format!("mdBook could not build the book{warnings}"))?;
    if !warnings.is_empty() {
        bail!(
            "the book builds, but mdBook warns; mend what it names and build again{warnings}"
        );
    }
    mirror(root, book.pages.parent().context("the book has a folder of its own")?)?;
    Ok(book)
}

/// Makes `folder`, where the book lies, look like the root of the repository.
///
/// A chapter quotes `../../src/wheel.rs`, so that its links work on a code host. The same link on the built page leads
/// to `src/wheel.rs` beside the book: that is where this puts a symbolic link to the file's true place.
fn mirror(root: &Path, folder: &Path) -> Result<()> {
    for entry in fs::read_dir(root)? {
        let name = entry?.file_name();
        let is_hidden = name.as_encoded_bytes().starts_with(b".");
        if is_hidden || folder.ends_with(&name) {
            continue;
        }
        let link = folder.join(&name);
        match symlink(Path::new("..").join(&name), &link) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => made
                .with_context(|| format!("could not make the link {}", link.display()))?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A book of one page, in a folder of its own with a space in its name.
    fn a_book(name: &str, page: &str) -> PathBuf {
        let root = std::env::temp_dir()
            .join(format!("cargo-book {name} {}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("chapters")).unwrap();
        fs::write(root.join("book.toml"), BOOK_TOML).unwrap();
        fs::write(root.join("chapters/SUMMARY.md"), "[One](README.md)\n").unwrap();
        fs::write(root.join("chapters/README.md"), page).unwrap();
        root
    }

    const BOOK_TOML: &str = "
        book.src = 'chapters'
        [build]
        build-dir = 'target/book'
        create-missing = false
        use-default-preprocessors = false
        [preprocessor.links]
    ";

    fn complaint(name: &str, page: &str) -> String {
        let root = a_book(name, page);
        let error = format!("{:#}", build(&root).expect_err("the book has a fault"));
        fs::remove_dir_all(root).unwrap();
        error
    }

    #[test]
    fn a_sound_book_is_built_beside_a_mirror_of_the_repository() {
        let root = a_book("sound", "# One\n\n[the map](../book.toml)\n");
        for _ in 0..2 {
            let first_page = build(&root).unwrap().first_page();
            assert!(
                fs::read_to_string(&first_page)
                    .unwrap()
                    .contains("href=\"../book.toml\"")
            );
            assert_eq!(
                fs::read_to_string(root.join("target/book.toml")).unwrap(),
                BOOK_TOML
            );
            assert!(!root.join("target/target").exists());
        }
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_warning_fails_the_build_and_is_shown() {
        let error = complaint("warning", "# One\n\n<div>never closed\n\nmore\n");
        assert!(error.contains("unclosed HTML tag `<div>`"), "{error}");
    }

    #[test]
    fn an_include_that_leads_nowhere_fails_the_build() {
        let error = complaint("include", "# One\n\n{{#include nowhere.rs}}\n");
        assert!(error.contains("nowhere.rs"), "{error}");
    }

    #[test]
    fn a_chapter_that_is_missing_fails_the_build() {
        let root = a_book("missing", "# One\n");
        fs::write(root.join("chapters/SUMMARY.md"), "[Two](two.md)\n").unwrap();
        let error = format!("{:#}", build(&root).expect_err("the chapter is missing"));
        assert!(error.contains("two.md"), "{error}");
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_folder_without_a_book_is_told_what_to_do() {
        let error = build(Path::new("/")).expect_err("there is no book").to_string();
        assert!(
            error.contains("run `cargo book` in the root of the repository"),
            "{error}"
        );
    }
}
