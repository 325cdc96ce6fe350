//! The echo server as tasks, and two clients who talk to it.

use std::io;

use mainspring::net::{TcpListener, TcpStream};
use mainspring::spawn;

#[path = "../00-introduction/cli.rs"]
mod cli;

fn main() -> io::Result<()> {
    cli::options(&[]);
    mainspring::block_on(async {
        let door = TcpListener::bind("127.0.0.1:0").await?;
        let address = door.local_addr()?;
        spawn(serve(door));
        let ada = TcpStream::connect(address).await?;
        let bob = TcpStream::connect(address).await?;
        println!("Ada and Bob are connected");
        for (name, stream, word) in
            [("Bob", &bob, "good morning"), ("Ada", &ada, "hello")]
        {
            println!("{name} hears {}", ask(stream, word).await?);
        }
        Ok(())
    })
}

/// Accepts whoever comes, and gives each a task.
async fn serve(door: TcpListener) -> io::Result<()> {
    loop {
        let (stream, _) = door.accept().await?;
        spawn(echo(stream));
    }
}

/// Says back what it hears.
async fn echo(stream: TcpStream) -> io::Result<()> {
    let mut piece = [0; 1024];
    loop {
        let length = stream.read(&mut piece).await?;
        if length == 0 {
            return Ok(());
        }
        stream.write_all(&piece[..length]).await?;
    }
}

/// Says a word, and returns its echo.
async fn ask(stream: &TcpStream, word: &str) -> io::Result<String> {
    stream.write_all(word.as_bytes()).await?;
    let mut echo = vec![0; word.len()];
    stream.read_exact(&mut echo).await?;
    Ok(String::from_utf8_lossy(&echo).into_owned())
}
