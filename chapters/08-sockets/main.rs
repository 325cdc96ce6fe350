//! The echo server as tasks, and two clients who talk to it.

use std::io;
use std::process::ExitCode;

use mainspring::io::BufReader;
use mainspring::net::{TcpListener, TcpStream};
use mainspring::{block_on, spawn};

#[path = "../00-introduction/cli.rs"]
mod cli;

fn main() -> ExitCode {
    let arguments = cli::arguments();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => block_on(two_clients()),
        ["--port", port] if port.parse::<u16>().is_ok() => block_on(serve_at(port)),
        _ => {
            let usage = "usage: [--port NUMBER]   serve there, for a client of yours";
            return cli::fail(2, &format!("unknown: `{}`\n{usage}", arguments.join(" ")));
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => cli::fail(1, &error.to_string()),
    }
}

/// Accepts whoever comes, and gives each a task.
async fn serve(door: TcpListener) -> io::Result<()> {
    loop {
        let (stream, _) = door.accept().await?;
        drop(spawn(async {
            if let Err(error) = echo(stream).await {
                eprintln!("a client is lost: {error}");
            }
        }));
    }
}

/// Asks who is there, greets, and then says back what it hears.
async fn echo(stream: TcpStream) -> io::Result<()> {
    let mut from = BufReader::new(&stream);
    stream.write_all(b"who is there? ").await?;
    let Some(name) = from.next_line().await? else { return Ok(()) };
    stream.write_all(format!("hello, {name}\n").as_bytes()).await?;
    let mut piece = [0; 1024];
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return Ok(());
        }
        stream.write_all(&piece[..length]).await?;
    }
}

/// Serves for ever, on a port of this machine.
async fn serve_at(port: &str) -> io::Result<()> {
    let door = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("serving: try `nc 127.0.0.1 {port}`");
    serve(door).await
}

/// Ada and Bob are connected at once, and Bob answers first.
async fn two_clients() -> io::Result<()> {
    let door = TcpListener::bind("127.0.0.1:0").await?;
    let address = door.local_addr()?;
    drop(spawn(serve(door)));
    let ada = TcpStream::connect(address).await?;
    let bob = TcpStream::connect(address).await?;
    println!("Ada and Bob are connected");
    for (name, stream, word) in [("Bob", bob, "good morning"), ("Ada", ada, "a word")] {
        let hears = async |said: &str| {
            let mut heard = vec![0; said.len()];
            stream.read_exact(&mut heard).await?;
            println!("{name} hears {}", String::from_utf8_lossy(&heard).trim_end());
            io::Result::Ok(())
        };
        hears("who is there? ").await?;
        stream.write_all(format!("{name}\n").as_bytes()).await?;
        hears(&format!("hello, {name}\n")).await?;
        stream.write_all(word.as_bytes()).await?;
        hears(word).await?;
    }
    Ok(())
}
