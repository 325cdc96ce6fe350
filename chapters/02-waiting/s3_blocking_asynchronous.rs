//! Blocking and asynchronous: a second thread stands still, the program goes on.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;

#[path = "measure.rs"]
mod measure;
use measure::{Desk, Times};

fn wait(mut socket: UnixStream, desk: &mut Desk) -> io::Result<()> {
    let (sender, receiver) = mpsc::channel();
    desk.asks += 1;
    thread::spawn(move || sender.send(socket.read_exact(&mut [0])));

    let answer = loop {
        if !desk.work() {
            break receiver.recv().expect("the thread sends what read returned");
        }
        if let Ok(answer) = receiver.try_recv() {
            break answer;
        }
    };
    desk.answered();

    while desk.work() {}
    answer
}

pub(crate) fn rows(times: Times) -> io::Result<()> {
    measure::heading("3 blocking, asynchronous")?;
    measure::row("a thread", times, wait)
}

fn main() -> ExitCode {
    measure::table(rows)
}
