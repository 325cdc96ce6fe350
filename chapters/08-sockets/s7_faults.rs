//! Faults of the world: no descriptor is left, a client resets, nobody reads.

use std::fs::File;
use std::time::{Duration, Instant};
use std::{io, net, thread};

use mainspring::net::{TcpListener, TcpStream};
use mainspring::time::sleep;
use mainspring::{spawn, task};

#[path = "../00-introduction/cli.rs"]
mod cli;

fn main() -> io::Result<()> {
    cli::options(&[]);
    allow_descriptors(32)?;
    mainspring::block_on(async {
        no_descriptor_is_left().await?;
        a_client_resets().await?;
        nobody_reads().await
    })
}

/// A server with std, whose `accept` hands on every error.
fn serve(door: &net::TcpListener) -> io::Result<()> {
    loop {
        let (client, _) = door.accept()?;
        thread::spawn(move || drop(client));
    }
}

/// All descriptors are taken while somebody stands at the door.
async fn no_descriptor_is_left() -> io::Result<()> {
    println!("No descriptor is left.");
    let door = TcpListener::bind("127.0.0.1:0").await?;
    let address = door.local_addr()?;
    let mut files: Vec<File> =
        std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    files.pop(); // one for Ada's end
    let _ada = TcpStream::connect(address).await?;
    let error = serve(door.get_ref()).expect_err("there is no descriptor");
    println!("  std, with `?`: the server ends: {error}");
    let (start, mut tries) = (Instant::now(), 0);
    while start.elapsed() < Duration::from_millis(100) {
        serve(door.get_ref()).expect_err("there is no descriptor");
        tries += 1;
    }
    println!("  std, again and again: {tries} tries in 100 ms");
    let server = spawn(async move { door.accept().await });
    sleep(Duration::from_millis(50)).await;
    let waits = task::all().into_iter().find(|task| task.id == server.id());
    println!("  the library: the server waits on {}", waits.expect("it waits").waits_on);
    drop(files);
    server.await.expect("it does not panic")?;
    println!("  files are closed: Ada is accepted");
    Ok(())
}

/// A connection that is gone before it is accepted.
async fn a_client_resets() -> io::Result<()> {
    println!("A client resets.");
    let door = TcpListener::bind("127.0.0.1:0").await?;
    let ada = TcpStream::connect(door.local_addr()?).await?;
    ada.set_linger(Some(Duration::ZERO))?;
    drop(ada);
    let (server, _) = door.accept().await?;
    let error = server.read(&mut [0; 64]).await.expect_err("it was reset");
    println!("  accepted all the same; then a read says: {error}");
    Ok(())
}

/// The other end is closed.
async fn nobody_reads() -> io::Result<()> {
    println!("Nobody reads.");
    let door = TcpListener::bind("127.0.0.1:0").await?;
    let ada = TcpStream::connect(door.local_addr()?).await?;
    let (server, _) = door.accept().await?;
    drop(ada);
    for attempt in ["first", "second", "third"] {
        match server.write(b"hello").await {
            Ok(count) => println!("  the {attempt} write: {count} bytes are taken"),
            Err(error) => println!("  the {attempt} write: {error}"),
        }
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Lets this process have so many descriptors, as `ulimit -n` does.
fn allow_descriptors(count: libc::rlim_t) -> io::Result<()> {
    let limit = libc::rlimit { rlim_cur: count, rlim_max: count };
    // SAFETY: the kernel reads one such structure.
    match unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
