//! One ticket, a buyer with cash and one with a card, in any order that a seed draws.

use std::cell::{Cell, RefCell};
use std::io;
use std::process::ExitCode;
use std::rc::Rc;

use mainspring::runtime::{Builder, Runtime};
use mainspring::spawn;
use mainspring::task::yield_now;

#[path = "../00-introduction/cli.rs"]
mod cli;

/// What there is to sell, and what has happened.
struct Office {
    tickets: Cell<u32>,
    log: RefCell<Vec<String>>,
}

impl Office {
    fn log(&self, text: String) {
        self.log.borrow_mut().push(text);
    }
}

async fn buy(name: &str, by_card: bool, office: &Office) {
    let left = office.tickets.get();
    office.log(format!("{name} sees {left}"));
    if left > 0 {
        if by_card {
            yield_now().await; // the bank says yes
        }
        office.tickets.set(left - 1);
        office.log(format!("{name} buys"));
    }
}

/// What happens to the one ticket, in the order of this runtime.
fn sale(builder: Builder) -> io::Result<Vec<String>> {
    let office = Rc::new(Office { tickets: Cell::new(1), log: RefCell::default() });
    builder.virtual_clock().build()?.block_on(async {
        let buyers = [("Anna", false), ("Bob", true)].map(|(name, by_card)| {
            let office = Rc::clone(&office);
            spawn(async move { buy(name, by_card, &office).await })
        });
        for buyer in buyers {
            buyer.await.expect("a buyer does not panic");
        }
    });
    Ok(office.log.take())
}

/// What has to hold in every order: one ticket is sold once.
fn is_right(log: &[String]) -> bool {
    log.iter().filter(|line| line.ends_with("buys")).count() == 1
}

/// The seeds whose order is not right.
fn wrong_seeds() -> io::Result<Vec<u64>> {
    let mut wrong = Vec::new();
    for seed in 0..100 {
        let log = sale(Runtime::builder().seed(seed))?;
        if !is_right(&log) {
            wrong.push(seed);
        }
    }
    Ok(wrong)
}

fn main() -> io::Result<ExitCode> {
    match cli::arguments().as_slice() {
        [] => {
            let log = sale(Runtime::builder())?;
            println!("in their order: {}", log.join(", "));
            let wrong = wrong_seeds()?;
            println!("seeds 0 to 99:  {} of them sell it twice", wrong.len());
            if let Some(first) = wrong.first() {
                println!("the first one:  --seed {first}");
            }
        }
        [option, seed] if option == "--seed" => match seed.parse() {
            Ok(seed) => {
                println!("{}", sale(Runtime::builder().seed(seed))?.join(", "));
            }
            Err(_) => {
                return Ok(cli::fail(2, &format!("`{seed}` is no seed: a number is")));
            }
        },
        [word, ..] => {
            let problem = format!(
                "unknown argument `{word}`\nThis program takes only: --seed NUMBER"
            );
            return Ok(cli::fail(2, &problem));
        }
    }
    Ok(ExitCode::SUCCESS)
}
