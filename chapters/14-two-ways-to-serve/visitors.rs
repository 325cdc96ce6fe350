//! Three clients who come at once, a server that is told to stop before any of them has its
//! answer, one client who comes after that, and what each of them sees.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use mainspring::net::{TcpListener, TcpStream};
use mainspring::sync::CancelToken;
use mainspring::time::sleep;
use mainspring::{block_on, join, join_all, spawn};

use crate::app::Response;

/// A tenth of a second.
pub const UNIT: Duration = Duration::from_millis(100);

/// Waits for as many units as the path says.
pub async fn app(path: String) -> Response {
    let units = path.trim_matches('/').parse().unwrap_or_default();
    sleep(UNIT * units).await;
    Response { status: "200 OK", body: "an answer\n".to_owned() }
}

async fn ask(server: SocketAddr, units: u32) -> io::Result<String> {
    let stream = TcpStream::connect(server).await?;
    stream.write_all(format!("GET /{units} HTTP/1.0\r\n\r\n").as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    Ok(answer.lines().last().unwrap_or("nothing").to_owned())
}

async fn visit(server: SocketAddr, who: &str, units: u32) -> String {
    let saw = ask(server, units).await.unwrap_or_else(|error| error.kind().to_string());
    format!("{who}: {saw}")
}

/// Comes a little after the server was told to stop, however late that was.
async fn visit_late(server: SocketAddr, stop: CancelToken) -> String {
    stop.cancelled().await;
    sleep(UNIT / 4).await;
    visit(server, "comes too late", 1).await
}

/// Runs a server, and has it told to stop half a unit after the first clients have come.
pub fn run<F: Future<Output = ()> + 'static>(
    server: impl FnOnce(TcpListener, CancelToken) -> F,
) -> io::Result<()> {
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, stop) = (listener.local_addr()?, CancelToken::new());
        let at_once = [("needs 1 unit", 1), ("needs 2 units", 2), ("needs 9 units", 9)];
        let at_once = at_once.map(|(who, units)| visit(address, who, units));
        let visits = spawn(join((join_all(at_once), visit_late(address, stop.clone()))));
        let server = spawn(server(listener, stop.clone()));
        sleep(UNIT / 2).await;
        stop.cancel();
        server.await.map_err(io::Error::other)?;
        let (at_once, late) = visits.await.map_err(io::Error::other)?;
        for line in at_once.iter().chain([&late]) {
            println!("{line}");
        }
        Ok(())
    })
}
