//! Values go in as well: a running average, and a trait for machines like it.

#[path = "../00-introduction/cli.rs"]
mod cli;

/// What a coroutine answers when it is resumed.
#[derive(Debug)]
enum CoroutineState<Y, R> {
    Yielded(Y),
    Complete(R),
}

/// A function that can pause, and is sent an `S` each time it goes on.
trait Coroutine<S> {
    type Yield;
    type Return;

    fn resume(&mut self, value: S) -> CoroutineState<Self::Yield, Self::Return>;
}

/// Averages the numbers it is sent up to the first `None`; returns how many they were.
enum Average {
    Start,
    Paused { sum: f64, count: u32 },
    Done,
}

impl Coroutine<Option<f64>> for Average {
    type Yield = f64;
    type Return = u32;

    fn resume(&mut self, value: Option<f64>) -> CoroutineState<f64, u32> {
        let (sum, count) = match *self {
            Average::Start => (0.0, 0),
            Average::Paused { sum, count } => (sum, count),
            Average::Done => panic!("this coroutine was resumed after it had completed"),
        };
        let Some(number) = value else {
            *self = Average::Done;
            return CoroutineState::Complete(count);
        };
        let (sum, count) = (sum + number, count + 1);
        *self = Average::Paused { sum, count };
        CoroutineState::Yielded(sum / f64::from(count))
    }
}

fn main() {
    cli::options(&[]);
    let mut average = Average::Start;
    for value in [Some(10.0), Some(20.0), Some(60.0), None] {
        println!("resume({value:?}) gives {:?}", average.resume(value));
    }
}
