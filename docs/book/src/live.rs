//! The book, served until Ctrl-C, and built again beside that.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};
use mainspring::runtime::Runtime;
use mainspring::signal::{SIGINT, Signal};
use mainspring::{spawn, spawn_blocking};

use crate::book::{self, Book};
use crate::browser;
use crate::options::Options;
use crate::say::{complain, print};
use crate::serve::{Board, Limits, Site, listen, serve as serve_connections};
use crate::watch::Watcher;

/// Builds the book of the repository at `root` and serves it until Ctrl-C.
///
/// # Errors
///
/// When the book cannot be built, and when it cannot be served at all. What goes wrong later is printed.
pub fn serve(root: &Path, options: Options) -> Result<()> {
    let mut runtime = Runtime::new()?;
    let served = runtime.block_on(until_interrupted(root, options));
    // At once: neither a build nor an opener of browsers is waited for.
    runtime.shutdown_timeout(Duration::ZERO);
    served
}

async fn until_interrupted(root: &Path, options: Options) -> Result<()> {
    let (book, site) = build(root, options.watch).await?;
    let interrupt = Signal::new(SIGINT)?;
    let listener = listen(options.port)
        .await
        .with_context(|| format!("could not listen at port {}", options.port))?;
    let address = address(&site, listener.local_addr()?);
    // Before anybody can know the address, so that no change is missed that was made while looking at the book.
    let watcher = options.watch.then(|| Watcher::new(root, watched(&book, &site)));
    let watcher = watcher.transpose()?;
    let board = Rc::new(Board::new(site));
    drop(spawn(serve_connections(listener, Rc::clone(&board), Limits::default())));
    announce(&address, options)?;
    if let Some(watcher) = watcher {
        drop(spawn(keep_up(watcher, book.root, board)));
    }
    if options.open {
        drop(spawn_blocking(move || open(&address.page)));
    }
    interrupt.recv().await?;
    Ok(())
}

struct Address {
    page: String,
    port: u16,
}

fn address(site: &Site, socket: SocketAddr) -> Address {
    Address { page: format!("http://{socket}/{}", site.home()), port: socket.port() }
}

fn announce(address: &Address, options: Options) -> Result<()> {
    let taken = match options.port {
        0 => false,
        port => port != address.port,
    };
    let taken =
        if taken { format!("Port {} is taken.\n", options.port) } else { String::new() };
    print(&format!("{taken}The book is at {} until Ctrl-C.\n", address.page))
}

/// The page is served, whatever becomes of the browser.
fn open(page: &str) {
    if let Err(error) = browser::open(page) {
        complain(&format!("{error}"));
    }
}

/// What the book and its sources are made from.
fn watched(book: &Book, site: &Site) -> Vec<PathBuf> {
    let sources = site.sources().map(|source| book.root.join(source));
    let mut paths: Vec<_> = book.from.iter().cloned().chain(sources).collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// Builds the book on another thread. The loop goes on to serve the pages that there are, and what mdBook leaves of its
/// memory is used for the next build, which it would not be if the first one had run on the main thread.
async fn build(root: &Path, reloads: bool) -> Result<(Book, Site)> {
    let root = root.to_owned();
    let build = spawn_blocking(move || {
        let book = book::build(&root)?;
        let site = Site::load(&book, reloads)?;
        Ok((book, site))
    });
    build.await.unwrap_or_else(|panic| Err(panic.into()))
}

/// Builds the book each time that something has changed. If that fails, the pages stay as they were.
async fn keep_up(watcher: Watcher, root: PathBuf, board: Rc<Board>) {
    while watcher.changed().await.is_ok() {
        match build(&root, true).await {
            Ok((_, site)) => {
                board.publish(site);
                let _ = print("The book is built anew.\n"); // nobody has to read it
            }
            Err(error) => {
                complain(&format!("error: {error:#}\nThe pages stay as they were."))
            }
        }
    }
    complain("error: nobody watches the files any more");
}
