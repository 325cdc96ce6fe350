//! A program that ends well: on Ctrl-C it finishes what it has in hand.

use std::process::{self, Command};
use std::thread;
use std::time::Duration;

use mainspring::signal::ctrl_c;
use mainspring::task::yield_now;
use mainspring::time::sleep;
use mainspring::{block_on, spawn, spawn_blocking};

#[path = "../00-introduction/cli.rs"]
mod cli;
mod interrupted;

/// Tells of a tick now and then, three times unless it is to go on.
async fn tick(endless: bool) {
    let mut ticks = 0;
    while endless || ticks < 3 {
        sleep(Duration::from_millis(if endless { 500 } else { 20 })).await;
        println!("tick");
        ticks += 1;
    }
}

/// Does what a hand on the keyboard would do, after a while.
async fn press_ctrl_c() {
    let me = process::id().to_string();
    let kill = move || Command::new("kill").args(["-INT", &me]).status();
    spawn_blocking(kill).await.unwrap().unwrap();
}

fn end_well(by_hand: bool) -> std::io::Result<()> {
    block_on(async {
        let pressed = spawn(ctrl_c());
        yield_now().await; // it listens from its first poll on
        let ticks = spawn(tick(by_hand));
        if !by_hand {
            ticks.await.unwrap();
            press_ctrl_c().await;
        }
        pressed.await.unwrap()?;
        println!("Ctrl-C; one report is to be written still");
        let report = spawn_blocking(move || {
            thread::sleep(Duration::from_millis(if by_hand { 3000 } else { 50 }));
            "the report is written"
        });
        println!("{}", report.await.unwrap());
        Ok::<(), std::io::Error>(())
    })?;
    println!("goodbye");
    Ok(())
}

fn main() -> std::io::Result<()> {
    let options = cli::options(&["--wait", "--lock-in-handler"]);
    let given = |name: &str| options.iter().any(|option| option == name);
    if given("--lock-in-handler") {
        interrupted::lock_in_handler();
        return Ok(());
    }
    end_well(given("--wait"))
}
