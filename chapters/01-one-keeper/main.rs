//! Feeds the same ducks one by one, interleaved, and in parallel, and draws when.

mod program;
mod timeline;
mod work;

use std::fs;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use program::{Options, Problem};
use timeline::{Run, Visit};
use work::burn;

const USAGE: &str = "\
usage: cargo run -- 1 [OPTION VALUE]...
  --ducks N       how many ducks, 1 to 26 (5)
  --keepers N     how many keepers feed in parallel, 1 to 9 (2)
  --save FILE     write the record of the runs to FILE
  --replay FILE   feed nobody, draw the record in FILE
  --svg FILE      draw the runs as SVG, too";

/// How many bowls a duck eats.
const BOWLS: u32 = 2;
/// How long a keeper's hands are busy with a bowl: so much time of a core.
const HANDS: Duration = Duration::from_millis(20);
/// How long a duck eats a bowl, all by itself.
const EATING: Duration = Duration::from_millis(40);

fn main() -> ExitCode {
    program::run(USAGE, &["ducks", "keepers", "save", "replay", "svg"], |options| {
        let runs = match options.text("replay") {
            Some(file) => replay(file)?,
            None => feed_all(options)?,
        };
        for (option, text) in
            [("save", timeline::save(&runs)), ("svg", timeline::svg(&runs))]
        {
            if let Some(file) = options.text(option) {
                fs::write(file, text).map_err(|error| trouble(file, &error))?;
            }
        }
        program::print(&timeline::draw(&runs))
    })
}

fn replay(file: &str) -> Result<Vec<Run>, Problem> {
    let text = fs::read_to_string(file).map_err(|error| trouble(file, &error))?;
    timeline::load(&text).map_err(|error| trouble(file, &error))
}

fn trouble(file: &str, error: &dyn std::fmt::Display) -> Problem {
    Problem::Failed(format!("{file}: {error}"))
}

fn feed_all(options: &Options) -> Result<Vec<Run>, Problem> {
    let ducks = options.number("ducks", 5, 1..=26)?;
    let keepers = options.number("keepers", 2, 1..=9)?;
    let run = |name: &str, feed: &dyn Fn(&Day) -> Vec<Visit>| Run {
        name: name.to_owned(),
        visits: feed(&Day { start: Instant::now() }),
    };
    let parallel =
        format!("{keepers} keepers, in parallel").replace("1 keepers", "1 keeper");
    Ok(vec![
        run("one keeper, one by one", &|day| one_by_one(day, ducks)),
        run("one keeper, interleaved", &|day| interleaved(day, 0, hungry(day, 0..ducks))),
        run(&parallel, &|day| in_parallel(day, ducks, keepers)),
    ])
}

/// A duck: all that a keeper has to remember about it.
struct Duck {
    number: u32,
    /// How many bowls it has not had yet.
    bowls: u32,
    /// When it is next in need of a keeper.
    hungry_at: Instant,
}

/// Ducks that have not had anything.
fn hungry(day: &Day, numbers: impl IntoIterator<Item = u32>) -> Vec<Duck> {
    let duck = |number| Duck { number, bowls: BOWLS, hungry_at: day.start };
    numbers.into_iter().map(duck).collect()
}

/// A day at the pond, which begins with hungry ducks.
struct Day {
    start: Instant,
}

impl Day {
    /// The time since the start, in whole microseconds, as the record has it.
    fn now(&self) -> Duration {
        let micros = self.start.elapsed().as_micros();
        Duration::from_micros(u64::try_from(micros).expect("a day is short"))
    }

    /// Gives a duck a bowl. It takes the keeper's hands; when it returns, the duck eats.
    fn serve(&self, keeper: u32, duck: &mut Duck) -> Visit {
        let start = self.now();
        burn(HANDS);
        let served = self.now();
        duck.bowls -= 1;
        duck.hungry_at = self.start + served + EATING;
        Visit { keeper, duck: duck.number, start, served, eaten: served + EATING }
    }
}

/// Waits until `then`; not at all if that is past.
fn sleep_until(then: Instant) {
    thread::sleep(then.saturating_duration_since(Instant::now()));
}

/// One keeper, who stays with each duck until it has had everything.
fn one_by_one(day: &Day, ducks: u32) -> Vec<Visit> {
    let mut visits = Vec::new();
    for mut duck in hungry(day, 0..ducks) {
        while duck.bowls > 0 {
            visits.push(day.serve(0, &mut duck));
            sleep_until(duck.hungry_at);
        }
    }
    visits
}

/// One keeper, who is always with the duck that has been hungry longest.
fn interleaved(day: &Day, keeper: u32, mut ducks: Vec<Duck>) -> Vec<Visit> {
    let mut visits = Vec::new();
    while let Some(next) =
        ducks.iter_mut().filter(|duck| duck.bowls > 0).min_by_key(|duck| duck.hungry_at)
    {
        sleep_until(next.hungry_at);
        visits.push(day.serve(keeper, next));
    }
    visits
}

/// Several keepers at the same time, each a thread with its share of the ducks.
fn in_parallel(day: &Day, ducks: u32, keepers: u32) -> Vec<Visit> {
    let share = |keeper| hungry(day, (keeper..ducks).step_by(keepers as usize));
    thread::scope(|scope| {
        let threads: Vec<_> = (0..keepers)
            .map(|keeper| scope.spawn(move || interleaved(day, keeper, share(keeper))))
            .collect();
        let visits = threads.into_iter().map(|thread| thread.join().expect("a keeper"));
        visits.flatten().collect()
    })
}
