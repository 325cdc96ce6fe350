//! Hears when a file of the book changes.

use std::io::{self, ErrorKind, Write};
use std::os::unix::net;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use mainspring::net::UnixStream;
use mainspring::time::timeout;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

/// For how long it has to be quiet: an editor that saves a file writes, renames and deletes.
const QUIET: Duration = Duration::from_millis(100);

/// Watches files and folders. The thread of `notify` rings as a signal does: by a byte in a socket.
#[derive(Debug)]
pub struct Watcher {
    _watcher: RecommendedWatcher,
    bell: UnixStream,
}

impl Watcher {
    /// Watches `paths`, files in the folder `root` and folders with all that is in them.
    ///
    /// # Errors
    ///
    /// When the system watches no more.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    pub fn new(root: &Path, paths: Vec<PathBuf>) -> Result<Self> {
        let (rope, bell) = net::UnixStream::pair()?;
        rope.set_nonblocking(true)?;
        let folders = paths.clone().into_iter().filter(|path| path.is_dir());
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<Event>| {
                if event.map_or(true, |event| is_change(&event, &paths)) {
                    let _ = (&rope).write(&[1]); // an error: it rings already
                }
            })?;
        // A file that was replaced is another one, which its folder knows and nobody else.
        let mut watch = |path: &Path, mode| {
            let watched = watcher.watch(path, mode);
            watched.with_context(|| format!("could not watch {}", path.display()))
        };
        watch(root, RecursiveMode::NonRecursive)?;
        for folder in folders {
            watch(&folder, RecursiveMode::Recursive)?;
        }
        Ok(Self { _watcher: watcher, bell: UnixStream::new(bell)? })
    }

    /// Waits until something has changed and it is quiet again.
    ///
    /// # Errors
    ///
    /// When nobody watches any more.
    pub async fn changed(&self) -> io::Result<()> {
        self.hear().await?;
        while let Ok(heard) = timeout(QUIET, self.hear()).await {
            heard?;
        }
        Ok(())
    }

    async fn hear(&self) -> io::Result<()> {
        match self.bell.read(&mut [0; 64]).await? {
            0 => Err(ErrorKind::BrokenPipe.into()),
            _ => Ok(()),
        }
    }
}

/// Whether one of `paths` is not as it was. To read changes nothing, and each build reads them all.
fn is_change(event: &Event, paths: &[PathBuf]) -> bool {
    let is_below = |changed: &PathBuf| paths.iter().any(|path| changed.starts_with(path));
    let is_one_of_ours = event.need_rescan() || event.paths.iter().any(is_below);
    is_one_of_ours && !matches!(event.kind, EventKind::Access(_))
}

#[cfg(test)]
mod tests {
    use notify::event::{AccessKind, CreateKind, Flag};

    use super::*;

    #[test]
    fn a_change_is_what_is_written_below_a_path() {
        let paths = ["/root/book.toml", "/root/chapters"].map(PathBuf::from);
        let event = |kind, path: &str| Event::new(kind).add_path(PathBuf::from(path));
        let created = EventKind::Create(CreateKind::File);
        for path in ["/root/book.toml", "/root/chapters/new/README.md"] {
            assert!(is_change(&event(created, path), &paths), "{path}");
            // What a build does to each of them. It would build for ever.
            let read = EventKind::Access(AccessKind::Any);
            assert!(!is_change(&event(read, path), &paths), "{path}");
        }
        for path in ["/root/target", "/root/chapters-old/README.md", "/root"] {
            assert!(!is_change(&event(created, path), &paths), "{path}");
        }
        // The system has lost some.
        assert!(is_change(&Event::new(EventKind::Other).set_flag(Flag::Rescan), &paths));
    }
}
