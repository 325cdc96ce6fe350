//! an echo server and three clients; `--serve` keeps it open for nc

use std::io;
use std::net::SocketAddr;

use crate::net::{Listener, Stream};
use crate::runtime::{Runtime, spawn};
use crate::{End, text};

/// Sends back what comes, until nothing comes any more.
async fn echo(stream: Stream) -> io::Result<()> {
    let mut buffer = [0; 1024];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            count => stream.write_all(&buffer[..count]).await?,
        }
    }
}

async fn serve(listener: Listener) -> io::Result<()> {
    for guest in 1.. {
        let stream = listener.accept().await?;
        println!("guest {guest} comes");
        spawn(async move {
            match echo(stream).await {
                Ok(()) => println!("guest {guest} has gone"),
                Err(error) => println!("guest {guest} is lost: {error}"),
            }
        });
    }
    Ok(())
}

/// Says two words, and waits for the echo of each.
async fn client(address: SocketAddr, name: &'static str) -> io::Result<String> {
    let stream = Stream::connect(address)?;
    let mut heard = Vec::new();
    for word in ["hello, I am ", name] {
        stream.write_all(word.as_bytes()).await?;
        let end = heard.len() + word.len();
        while heard.len() < end {
            let mut buffer = [0; 4]; // a word comes in pieces
            match stream.read(&mut buffer).await? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => heard.extend_from_slice(&buffer[..count]),
            }
        }
    }
    Ok(String::from_utf8_lossy(&heard).into_owned())
}

pub fn run(arguments: &[String]) -> End {
    let port: u16 = arguments.get(1).and_then(|port| port.parse().ok()).unwrap_or(0);
    let runtime = Runtime::new().map_err(text)?;
    let stay = !arguments.is_empty();
    let all = async move {
        let listener = Listener::bind(("127.0.0.1", port))?;
        let address = listener.local_addr()?;
        if stay {
            println!("echo on {address}, until Ctrl-C. Try: nc 127.0.0.1 {}", address.port());
            return serve(listener).await;
        }
        spawn(serve(listener));
        let clients = ["Anna", "Bob", "Cho"].map(|name| spawn(client(address, name)));
        for client in clients {
            println!("the echo: {}", client.await?);
        }
        Ok(())
    };
    runtime.block_on(all).map_err(text)
}
