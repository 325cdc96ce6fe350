//! A server that is told to stop, and lets those at work come to their end, for a while.

use mainspring::join;
use mainspring::net::TcpListener;
use mainspring::sync::CancelToken;
use mainspring::time::Instant;

mod app;
#[path = "../00-introduction/cli.rs"]
mod cli;
mod http;
mod serve;
mod visitors;

use serve::{Limits, serve};
use visitors::UNIT;

async fn serve_until(listener: TcpListener, stop: CancelToken) {
    let limits = Limits { at_once: 100, patience: UNIT * 4 };
    let accept = async move || listener.accept().await;
    let served = serve(accept, &stop, limits, |(stream, _)| async move {
        let _ = http::serve_async(&stream, visitors::app).await;
    });
    let stopped = async {
        stop.cancelled().await;
        Instant::now()
    };
    match join((served, stopped)).await {
        (Ok(cut), stopped) => {
            let units = stopped.elapsed().div_duration_f64(UNIT);
            println!("cut: {cut}, {:.0} units after the stop", units.floor());
        }
        (Err(error), _) => println!("{error}"),
    }
}

fn main() -> std::io::Result<()> {
    cli::options(&[]);
    visitors::run(serve_until)
}
