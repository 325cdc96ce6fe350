//! an echo server by callbacks, and three who try it

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use mainspring::reactor::Reactor;

use crate::drain::drain;
use crate::look::look;
use crate::{End, text};

/// Who comes, and how many bytes they send at once.
const CLIENTS: [(&str, usize); 3] = [("Anna", 5), ("Bob", 1_024), ("Cho", 5_000)];

/// What is called when a socket has something. True if somebody has gone.
#[derive(Clone)]
struct Callback(Rc<Call>);

type Call = dyn Fn(&mut Reactor<Callback>) -> bool;

fn watch(listener: TcpListener, reactor: &mut Reactor<Callback>) -> std::io::Result<()> {
    let listener = Rc::new(listener);
    let door = Rc::clone(&listener);
    let accept = Callback(Rc::new(move |reactor| {
        while let Ok((stream, _)) = door.accept() {
            serve(stream, reactor).expect("a descriptor");
        }
        false
    }));
    reactor.register(&*listener, accept).map(drop)
}

fn serve(stream: TcpStream, reactor: &mut Reactor<Callback>) -> std::io::Result<()> {
    stream.set_nonblocking(true)?;
    let stream = Rc::new(stream);
    let connection = Rc::clone(&stream);
    let echo = Callback(Rc::new(move |_| {
        let mut bytes = Vec::new();
        let ended = drain(&mut &*connection, &mut bytes).expect("bytes");
        (&*connection).write_all(&bytes).expect("so few can be written at once");
        ended
    }));
    reactor.register(&*stream, echo).map(drop)
}

/// One after the other: each sends, waits until all has come back, and goes.
fn clients(address: SocketAddr) -> std::io::Result<()> {
    for (name, size) in CLIENTS {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(&vec![b'-'; size])?;
        stream.read_exact(&mut vec![0; size])?;
        println!("{name} has {size} bytes back");
        stream.shutdown(Shutdown::Write)?;
    }
    Ok(())
}

pub fn run(_: &[String]) -> End {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(text)?;
    listener.set_nonblocking(true).map_err(text)?;
    let address = listener.local_addr().map_err(text)?;
    let mut reactor = Reactor::new().map_err(text)?;
    watch(listener, &mut reactor).map_err(text)?;
    let clients = thread::spawn(move || clients(address));
    let (start, mut gone) = (Instant::now(), 0);
    while gone < CLIENTS.len() {
        if start.elapsed() > Duration::from_secs(2) {
            return Err("Two seconds, and somebody still waits for an echo.".to_owned());
        }
        let left = Duration::from_millis(500);
        for (callback, _) in look(&mut reactor, Some(left)).map_err(text)? {
            gone += usize::from((callback.0)(&mut reactor));
        }
    }
    clients.join().expect("they do not panic").map_err(text)?;
    println!("all {gone} have gone, and one thread has served them");
    Ok(())
}
