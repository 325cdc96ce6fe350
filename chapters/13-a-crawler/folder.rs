//! A folder as a site: its files are the pages.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use url::Url;

use crate::client::Answer;
use crate::why::Why;

/// The addresses of all pages in a folder, by its absolute path, whether something leads there
/// or not.
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
                pages.extend(Url::from_file_path(root.join(path)).ok());
            }
        }
    }
    pages.sort();
    Ok(pages)
}

fn is_page(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    ["html", "htm", "xhtml"].iter().any(|page| extension.eq_ignore_ascii_case(page))
}

/// Reads the file of an address. It blocks.
pub fn read(url: &Url, most_bytes: usize) -> Result<Answer, Why> {
    let mut file = url.to_file_path().map_err(|()| Why::NoFile)?;
    if file.components().any(|part| part == Component::ParentDir) {
        return Err(Why::NoFile); // it was `..%2F`, which is no folder's name
    }
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
