//! A site to practise on: sixty pages, each of which takes a while to come. A thread of its
//! own serves it, on loopback. One of its links leads nowhere.

// Each program has use for some of it.
#![allow(dead_code)]

use std::cell::Cell;
use std::net::{self, SocketAddr};
use std::time::Duration;
use std::{fmt::Write, io, thread};

use mainspring::io::BufReader;
use mainspring::net::{TcpListener, TcpStream};
use mainspring::time::sleep;
use mainspring::{block_on, spawn};

const PAGES: u32 = 60;
const A_WHILE: Duration = Duration::from_millis(50);

/// It serves so many visitors at once, and sends away who comes then.
const MOST_VISITORS: u32 = 20;

thread_local! {
    static VISITORS: Cell<u32> = const { Cell::new(0) };
}

/// Opens the site, and says where it is.
pub fn open() -> io::Result<SocketAddr> {
    let door = net::TcpListener::bind("127.0.0.1:0")?;
    let address = door.local_addr()?;
    thread::spawn(|| block_on(serve(door)));
    Ok(address)
}

async fn serve(door: net::TcpListener) -> io::Result<()> {
    let door = TcpListener::new(door)?;
    loop {
        let (visitor, _) = door.accept().await?;
        drop(spawn(async move { answer(&visitor).await }));
    }
}

/// Reads which page is wanted, and sends it.
async fn answer(visitor: &TcpStream) -> io::Result<()> {
    let request = BufReader::new(visitor).next_line().await?.unwrap_or_default();
    let path = request.split(' ').nth(1).unwrap_or_default();
    let response = if VISITORS.get() == MOST_VISITORS {
        "HTTP/1.0 503 come back later\r\n\r\n".to_owned()
    } else {
        VISITORS.set(VISITORS.get() + 1);
        sleep(A_WHILE).await;
        VISITORS.set(VISITORS.get() - 1);
        page(path)
    };
    visitor.write_all(response.as_bytes()).await
}

/// Page 1 has links to 2 and 3, page 2 to 4 and 5, and each has one back.
fn page(path: &str) -> String {
    let number = path.strip_prefix('/').and_then(|number| number.parse().ok());
    let Some(number @ 1..=PAGES) = number else {
        return "HTTP/1.0 404 not here\r\n\r\n".to_owned();
    };
    let mut page = format!("HTTP/1.0 200 here\r\n\r\nThis is page {number}.\n");
    for to in [number / 2, number * 2, number * 2 + 1] {
        if (1..=PAGES).contains(&to) || number == 30 {
            let _ = writeln!(page, "<a href=\"/{to}\">{to}</a>");
        }
    }
    page
}
