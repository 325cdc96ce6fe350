//! three games of chess against one master, a move of each in turn

use mainspring::generator::{Routine, coroutine};

use crate::End;
use crate::take_turns::take_turns;

/// Who sits there, the master's moves with the answers, and who wins.
pub type Board = (&'static str, &'static [&'static str], &'static str);

pub const BOARDS: [Board; 3] = [
    ("Anna", &["f3     e5", "g4     Qh4 mate"], "Anna"),
    ("Bob", &["e4     e5", "Bc4    Nc6", "Qh5    Nf6", "Qxf7 mate"], "the master"),
    (
        "Cho",
        &[
            "e4     e5",
            "Nf3    d6",
            "Bc4    Bg4",
            "Nc3    g6",
            "Nxe5   Bxd1",
            "Bxf7+  Ke7",
            "Nd5 mate",
        ],
        "the master",
    ),
];

/// A game that stops after each move of the master's, and goes on where it was.
fn game(board: Board) -> Routine<'static, String, (), &'static str> {
    let (_, moves, winner) = board;
    coroutine(async move |co, ()| {
        for (number, both) in moves.iter().enumerate() {
            co.yield_(format!("{}. {both}", number + 1)).await;
        }
        winner
    })
}

pub fn run(_: &[String]) -> End {
    let mut rounds = 0;
    let winners = take_turns(BOARDS.map(game).into(), |number, both| {
        let name = BOARDS[number].0;
        if both.starts_with(&format!("{}.", rounds + 1)) {
            rounds += 1;
            println!("round {rounds}");
        }
        println!("  {name:<6}{both}");
    });
    if winners.len() < BOARDS.len() {
        let (ended, all) = (winners.len(), BOARDS.len());
        return Err(format!("`take_turns` returned {ended} results of {all} games."));
    }
    println!();
    for ((name, ..), winner) in BOARDS.iter().zip(winners) {
        println!("At {name}'s board {winner} wins.");
    }
    Ok(())
}
