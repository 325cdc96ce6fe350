//! the exhibition again, and one opponent thinks for a second

use std::time::{Duration, Instant};

use mainspring::generator::{Routine, coroutine};

use super::exhibition::BOARDS;
use crate::End;
use crate::take_turns::take_turns;

/// Cho's answer to the master's second move comes after a second.
const THINKER: (&str, usize) = ("Cho", 1);
const SECOND: Duration = Duration::from_secs(1);

/// A game that yields nothing as long as its opponent thinks.
fn game(board: usize) -> Routine<'static, Option<String>, (), ()> {
    coroutine(async move |co, ()| {
        let (name, moves, _) = BOARDS[board];
        for (number, both) in moves.iter().enumerate() {
            let asked = Instant::now();
            while (name, number) == THINKER && asked.elapsed() < SECOND {
                co.yield_(None).await;
            }
            co.yield_(Some(format!("{}. {both}", number + 1))).await;
        }
    })
}

pub fn run(_: &[String]) -> End {
    let (mut in_vain, before) = (0_u32, cpu_time());
    let ended = take_turns((0..BOARDS.len()).map(game).collect(), |number, both| {
        let name = BOARDS[number].0;
        if let Some(both) = both {
            println!("  {name:<6}{both}");
        } else {
            if in_vain == 0 {
                println!("  {name:<6}thinks");
            }
            in_vain += 1;
        }
    });
    if ended.len() < BOARDS.len() {
        let (ended, all) = (ended.len(), BOARDS.len());
        return Err(format!("`take_turns` returned {ended} results of {all} games."));
    }
    let cpu = (cpu_time() - before).as_secs_f64();
    println!("\n{}'s game was resumed in vain {} times.", THINKER.0, about(in_vain));
    println!("CPU: {cpu:.1} s, while she thought for 1.0.");
    Ok(())
}

/// Its size: how often depends on the machine, and on what else runs there.
fn about(count: u32) -> String {
    match count {
        1_000_000.. => format!("some {} million", count / 1_000_000),
        1_000.. => format!("some {} thousand", count / 1_000),
        _ => count.to_string(),
    }
}

/// What this process has used.
fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: it writes into `time`, which is alive.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}
