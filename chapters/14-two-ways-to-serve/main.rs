//! A server with limits and a good end, in six ways, and what measures them.

use std::cell::RefCell;
use std::io::{self, Write};
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use mainspring::io::Async;
use mainspring::join::{Either, select};
use mainspring::runtime::{Handle, Runtime};
use mainspring::signal::{SIGINT, SIGTERM, Signal};
use mainspring::sync::CancelToken;
use mainspring::task::yield_now;

mod app;
mod async_http;
#[path = "../00-introduction/cli.rs"]
mod cli;
mod figures;
mod head;
mod load;
mod measure;
mod processes;
mod serve;
mod sync_http;
mod threads;

use head::Limits;
use processes::{HAS_CUT, Workers};

const USAGE: &str = "\
usage: cargo run -- 14 [--OPTION VALUE ...]     serve on 127.0.0.1, until Ctrl-C
       cargo run --release -- 14 --measure SECS measure all ways, so many seconds each point,
                                                or one: --way NAME
       cargo run -- 14 --figures FOLDER         draw what was measured last

  --way threads|pool|processes|loop|loops|loop-and-pool
                                                default loop-and-pool
  --port N                                      default 0: any that is free
  --threads N                                   of a pool, or processes; default 16 a core
  --at-once N                                   so many connections (20000), the others wait
  --slow SECS                                   for a request to come, an answer to be taken (10)
  --idle SECS                                   for a connection that says nothing (60)
  --body BYTES                                  of a request, at most (65536)
  --patience SECS                               after Ctrl-C, for those at work (5)
  --help                                        this text";

struct Options {
    way: Option<String>,
    port: u16,
    threads: usize,
    limits: Limits,
    measure: Option<u64>,
    figures: Option<String>,
    /// The listener is the input: a process that was started to share it.
    shares: bool,
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

fn options(args: &[String]) -> Result<Options, String> {
    let mut options = Options {
        way: None,
        port: 0,
        threads: 16 * cores(),
        limits: Limits {
            at_once: 20_000,
            slow: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            body: 64 * 1024,
            patience: Duration::from_secs(5),
        },
        measure: None,
        figures: None,
        shares: false,
    };
    let mut args = args.iter();
    while let Some(name) = args.next() {
        if name == "--shares" {
            options.shares = true;
            continue;
        }
        let value = args.next().ok_or_else(|| format!("`{name}` has no value"))?;
        let number = || {
            value.parse::<u32>().map_err(|_| format!("{name}: `{value}` is no number"))
        };
        let limits = &mut options.limits;
        match name.as_str() {
            "--way" => options.way = Some(value.clone()),
            "--port" => {
                options.port =
                    value.parse().map_err(|_| format!("{name}: `{value}` is no port"))?;
            }
            "--threads" => options.threads = number()?.max(1) as usize,
            "--at-once" => limits.at_once = number()?.max(1) as usize,
            "--slow" => limits.slow = Duration::from_secs(u64::from(number()?.max(1))),
            "--idle" => limits.idle = Duration::from_secs(u64::from(number()?.max(1))),
            "--body" => limits.body = number()? as usize,
            "--patience" => limits.patience = Duration::from_secs(u64::from(number()?)),
            "--measure" => options.measure = Some(u64::from(number()?.max(1))),
            "--figures" => options.figures = Some(value.clone()),
            _ => return Err(format!("unknown option `{name}`")),
        }
    }
    match &options.way {
        Some(way) if !measure::WAYS.contains(&way.as_str()) => {
            Err(format!("unknown way `{way}`"))
        }
        _ => Ok(options),
    }
}

fn main() -> ExitCode {
    let arguments = cli::arguments();
    if arguments.iter().any(|word| word == "--help" || word == "-h") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let options = match options(&arguments) {
        Ok(options) => options,
        Err(problem) => return cli::fail(2, &format!("{problem}\n{USAGE}")),
    };
    let done = match (&options.measure, &options.figures) {
        (Some(seconds), _) => measure::all(*seconds, options.way.as_deref()),
        (None, Some(folder)) => figures::draw(folder.as_ref()),
        (None, None) => run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => cli::fail(1, &format!("the server: {error}")),
    }
}

fn run(options: &Options) -> io::Result<()> {
    let way = options.way.as_deref().unwrap_or("loop-and-pool");
    let listener = match options.shares {
        true => TcpListener::from(io::stdin().as_fd().try_clone_to_owned()?),
        false => load::listener(options.port)?,
    };
    if options.shares {
        processes::end_with_the_parent();
    } else {
        let address = listener.local_addr()?;
        println!("http://{address}/waits, /burns and /blocks, by {way}; Ctrl-C ends it");
        io::stdout().flush()?;
    }
    let told_to_stop = || mainspring::block_on(stopped(options, || ()));
    let cut = match way {
        "threads" => threads::serve(listener, options.limits, None, told_to_stop),
        "pool" => {
            threads::serve(listener, options.limits, Some(options.threads), told_to_stop)
        }
        "processes" => processes(listener, options),
        "loops" => loops(listener, options.limits, told_to_stop),
        way => one_loop(listener, options, way == "loop-and-pool"),
    };
    let cut = cut?;
    match options.shares {
        true => process::exit(if cut > 0 { HAS_CUT } else { 0 }),
        false => println!("the server has ended; cut: {cut}"),
    }
    Ok(())
}

fn processes(listener: TcpListener, options: &Options) -> io::Result<usize> {
    let count = options.threads.min(options.limits.at_once);
    let workers = Workers::start(listener, options.limits, count)?;
    let again = Arc::clone(&workers);
    mainspring::block_on(stopped(options, move || again.stop()))?;
    workers.stop();
    Ok(workers.wait())
}

/// Waits until somebody wants this process to end. From then on the next one who does ends it
/// at once, after `before_that`.
async fn stopped(
    options: &Options,
    before_that: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    asked_to_end().await?;
    if !options.shares {
        let patience = options.limits.patience.as_secs();
        say(&format!(
            "nobody is let in now; who is at work has {patience} s, or until Ctrl-C"
        ));
    }
    thread::spawn(|| {
        if mainspring::block_on(asked_to_end()).is_ok() {
            before_that();
            say("the server has ended, at once");
            process::exit(130);
        }
    });
    Ok(())
}

/// Unlike `println!` it does not end a server that drains when nobody reads its output any more.
fn say(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

async fn asked_to_end() -> io::Result<()> {
    let (interrupt, terminate) = (Signal::new(SIGINT)?, Signal::new(SIGTERM)?);
    match select(interrupt.recv(), terminate.recv()).await {
        Either::Left(result) | Either::Right(result) => result,
    }
}

/// Serves with the loop of this thread until the token says stop.
async fn serve_here(
    listener: TcpListener,
    limits: Limits,
    stop: CancelToken,
    has_pool: bool,
) -> io::Result<usize> {
    let listener = Async::new(listener)?;
    let accept = async move || {
        yield_now().await; // another loop may be idle
        listener.accept().await
    };
    let token = stop.clone();
    let bound = serve::Limits { at_once: limits.at_once, patience: limits.patience };
    serve::serve(accept, &stop, bound, move |(stream, _)| {
        let stop = token.clone();
        async move {
            let app = async |path| match has_pool {
                true => app::app_in_threads(path).await,
                false => app::app_async(path).await,
            };
            let _ = async_http::serve(&stream, &limits, &stop, app).await;
        }
    })
    .await
}

fn one_loop(
    listener: TcpListener,
    options: &Options,
    has_pool: bool,
) -> io::Result<usize> {
    Runtime::new()?.block_on(async {
        let stop = CancelToken::new();
        let server = serve_here(listener, options.limits, stop.clone(), has_pool);
        let server = mainspring::spawn(server);
        stopped(options, || ()).await?;
        stop.cancel();
        server.await.map_err(io::Error::other)?
    })
}

/// A loop a core, each with a token of its own, which is cancelled by a letter.
fn loops(
    listener: TcpListener,
    limits: Limits,
    told_to_stop: impl FnOnce() -> io::Result<()>,
) -> io::Result<usize> {
    listener.set_nonblocking(true)?; // else the first loop to end makes it block for all
    let mut threads = Vec::new();
    for _ in 0..cores() {
        let listener = listener.try_clone()?;
        let (sender, receiver) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            Runtime::new()?.block_on(async {
                let stop = CancelToken::new();
                TOKEN.with_borrow_mut(|token| token.replace(stop.clone()));
                let _ = sender.send(Handle::current().remote());
                serve_here(listener, limits, stop, false).await
            })
        });
        threads.push((thread, receiver.recv().map_err(io::Error::other)?));
    }
    drop(listener); // each loop has its own, and closes that before it drains
    told_to_stop()?;
    for (_, remote) in &threads {
        let cancel = async || {
            if let Some(token) = TOKEN.take() {
                token.cancel();
            }
        };
        let _ = remote.spawn(cancel);
    }
    let mut cut = 0;
    for (thread, _) in threads {
        let ended: io::Result<usize> =
            thread.join().map_err(|_| io::Error::other("a loop panicked"))?;
        cut += ended?;
    }
    Ok(cut)
}

thread_local! {
    /// What stops the loop of this thread.
    static TOKEN: RefCell<Option<CancelToken>> = const { RefCell::new(None) };
}
