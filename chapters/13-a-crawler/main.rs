//! A link checker: crawls a site, or a folder, and says which links are dead.

use std::io::{self, Write};
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use mainspring::join::{Either, select};
use mainspring::signal::ctrl_c;
use mainspring::sync::CancelToken;
use url::{Position, Url};

use checker::Checker;
use crawl::{Limits, crawl};
use links::Address;
use options::{HELP, Options, Place};
use report::{Report, Stopped};

mod checker;
#[path = "../00-introduction/cli.rs"]
mod cli;
mod client;
mod crawl;
mod folder;
mod html;
mod links;
mod options;
mod practice;
mod report;
mod retry;
mod robots;
mod why;

fn main() -> ExitCode {
    let options = match options::read(cli::arguments()) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(problem) => return cli::fail(2, &problem),
    };
    let json = options.json;
    match mainspring::block_on(check(options)) {
        Ok(report) => {
            let text =
                if json { format!("{:#}\n", report.json()) } else { report.text() };
            match io::stdout().write_all(text.as_bytes()) {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    cli::fail(2, &format!("the report cannot be written: {error}"))
                }
                _ => ExitCode::from(report.exit_code()),
            }
        }
        Err(error) => cli::fail(2, &format!("it cannot be checked: {error}")),
    }
}

/// Where a crawl begins, and the root of what is inside.
fn begin(place: &Place) -> io::Result<(Vec<Url>, Url)> {
    let url = match place {
        Place::Site(url) => url.clone(),
        Place::Practice(pages) => {
            let address = practice::open(*pages)?;
            Url::parse(&format!("http://{address}/")).expect("it is one")
        }
        Place::Folder(folder) => {
            let folder = folder.canonicalize()?;
            let pages = folder::pages(&folder)?;
            if pages.is_empty() {
                return Err(io::Error::other("there is no page in the folder"));
            }
            let root = Url::from_directory_path(folder).expect("its path is absolute");
            return Ok((pages, root));
        }
    };
    let root = url.join("/").expect("every address of HTTP has a root");
    Ok((vec![url], root))
}

/// Crawls, until all is seen or somebody has seen enough.
async fn check(options: Options) -> io::Result<Report> {
    let (first, root) = begin(&options.place)?;
    let is_site = root.scheme() != "file";
    let per_host = if is_site { options.per_host } else { options.width }; // no host to spare
    let limits = Limits { width: options.width, per_host };
    let (stop, bar) = (CancelToken::new(), progress_bar());
    let shown = bar.clone();
    let on_visit = move |checker: &Checker| show(&shown, checker);
    let checker = Checker::new(options, root, &stop, on_visit);
    let first = first.iter().map(|url| Address::from(&url[..Position::AfterQuery]));
    let first: Vec<Address> = first.collect();
    if is_site {
        checker.links.borrow_mut().add(None, &first[0], None);
    }
    let visit = async |address: &Address| checker.visit(address).await;
    let crawl = crawl(first, limits, Checker::host_of, &stop, visit);
    let (ended, interrupted) = until_interrupted(crawl, &stop).await?;
    bar.finish_and_clear();
    let stopped = match (interrupted, stop.is_cancelled()) {
        (true, _) => Some(Stopped::Interrupted),
        (false, true) => Some(Stopped::Pages),
        _ => None,
    };
    Ok(Report::new(&checker, ended.left, stopped))
}

/// Runs a crawl to its end, which comes soon after Ctrl-C.
async fn until_interrupted<T>(
    crawl: impl Future<Output = T>,
    stop: &CancelToken,
) -> io::Result<(T, bool)> {
    let mut crawl = std::pin::pin!(crawl);
    match select(crawl.as_mut(), ctrl_c()).await {
        Either::Left(ended) => Ok((ended, false)),
        Either::Right(signal) => {
            signal?;
            stop.cancel();
            Ok((crawl.await, true))
        }
    }
}

/// On a terminal alone; nothing is drawn elsewhere.
fn progress_bar() -> ProgressBar {
    let style =
        ProgressStyle::with_template("{wide_bar} {pos} of {len} addresses, {msg} dead");
    ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr())
        .with_style(style.expect("it is one"))
        .with_message("0")
}

fn show(bar: &ProgressBar, checker: &Checker) {
    if bar.is_hidden() {
        return;
    }
    let (visited, links) = (checker.visited.get(), checker.links.borrow());
    bar.set_length((visited + links.waited_for()) as u64);
    bar.set_position(visited as u64);
    bar.set_message(links.dead.len().to_string());
}
