//! Three clients who come at once, a server that is told to stop before any of them has its
//! answer, one client who comes after that, and what each of them sees.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use mainspring::net::{TcpListener, TcpStream};
use mainspring::sync::CancelToken;
use mainspring::time::sleep;
use mainspring::{block_on, join_all, spawn};

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

async fn visit(server: SocketAddr, who: &str, comes: Duration, units: u32) -> String {
    sleep(comes).await;
    let saw = ask(server, units).await.unwrap_or_else(|error| error.kind().to_string());
    format!("{who}: {saw}")
}

/// Runs a server, and has it told to stop half a unit after the first clients have come.
pub fn run<F: Future<Output = ()> + 'static>(
    server: impl FnOnce(TcpListener, CancelToken) -> F,
) -> io::Result<()> {
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, stop) = (listener.local_addr()?, CancelToken::new());
        let visitors = [
            ("needs 1 unit", Duration::ZERO, 1),
            ("needs 2 units", Duration::ZERO, 2),
            ("needs 9 units", Duration::ZERO, 9),
            ("comes too late", UNIT * 3 / 4, 1),
        ];
        let visits =
            visitors.map(|(who, comes, units)| visit(address, who, comes, units));
        let visits = spawn(join_all(visits));
        let server = spawn(server(listener, stop.clone()));
        sleep(UNIT / 2).await;
        stop.cancel();
        server.await.map_err(io::Error::other)?;
        for line in visits.await.map_err(io::Error::other)? {
            println!("{line}");
        }
        Ok(())
    })
}
