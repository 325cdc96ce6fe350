//! A folder as a site: its files are the pages, and `file:///` is its beginning.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use url::Url;

use crate::client::Answer;
use crate::html::percent_decoded;
use crate::why::Why;

/// The addresses of all pages in a folder, whether something leads there or not.
pub fn pages(root: &Path) -> io::Result<Vec<Url>> {
    let mut pages = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() && is_page(&path) {
                pages.extend(address(&path));
            }
        }
    }
    pages.sort();
    Ok(pages)
}

/// The address of a file, by its path from the root; none for a name that no address can have.
fn address(path: &Path) -> Option<Url> {
    Url::from_file_path(Path::new("/").join(path)).ok()
}

fn is_page(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    ["html", "htm", "xhtml"].iter().any(|page| extension.eq_ignore_ascii_case(page))
}

/// Reads what an address of a folder stands for. It blocks.
pub fn read(root: &Path, url: &Url, most_bytes: usize) -> Result<Answer, Why> {
    let path = percent_decoded(url.path());
    let path = Path::new(OsStr::from_bytes(path.trim_ascii_start()));
    let inside = path.strip_prefix("/").unwrap_or(path);
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    if !inside.components().all(is_plain) {
        return Err(Why::NoFile); // `..` behind a sign such as %2F
    }
    let mut file = root.join(inside);
    if is_folder(&file) {
        if !url.path().ends_with('/') {
            return Ok(Answer::Redirect(format!("{}/", url.path())));
        }
        file.push("index.html");
    }
    match fs::metadata(&file) {
        Ok(about) if about.is_file() && !is_page(&file) => Ok(Answer::Other),
        Ok(about) if about.is_file() && about.len() > most_bytes as u64 => {
            Err(Why::TooLarge)
        }
        Ok(about) if about.is_file() => {
            let bytes =
                fs::read(&file).map_err(|error| Why::Network(error.to_string()))?;
            Ok(Answer::Page(bytes))
        }
        _ => Err(Why::NoFile), // a pipe, for example, of which nobody knows when it ends
    }
}

fn is_folder(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|about| about.is_dir())
}
