//! a day of alarms: one is put off, one taken back

use crate::End;
use crate::wheel::Wheel;

/// The wheel's ticks are the minutes of a day.
const ALARMS: [(u64, &str); 7] = [
    (21 * 60 + 15, "the moon rises"),
    (7 * 60, "get up"),
    (12 * 60 + 30, "lunch"),
    (8 * 60 + 5, "the bus leaves"),
    (7 * 60 + 30, "the egg is done"),
    (9 * 60 + 59, "nearly ten"),
    (12 * 60 + 30, "the post is there"),
];

pub fn run(_: &[String]) -> End {
    let mut wheel = Wheel::new(0);
    for (time, what) in ALARMS {
        wheel.insert(time, what);
    }
    let meeting = wheel.insert(10 * 60, "the meeting");
    println!("{:>5}  {} alarms are set", clock(0), wheel.len());
    if wheel.cancel(meeting).is_none() {
        return Err("The wheel did not find the alarm that was taken back.".to_owned());
    }
    let (mut last, mut heard, mut put_off) = (0, 0, false);
    // A clock that jumps to where the next alarm is.
    while let Some(now) = wheel.next_deadline() {
        let Some((time, what)) = wheel.expire(now) else {
            return Err(format!("It is {}, and nothing goes off.", clock(now)));
        };
        println!("{:>5}  {what}", clock(time));
        if time < last {
            return Err("That was not in order.".to_owned());
        }
        (last, heard) = (time, heard + 1);
        if what == "get up" && !put_off {
            put_off = true;
            wheel.insert(time + 9, "get up");
            println!("       nine minutes more");
        }
    }
    match ALARMS.len() + 1 {
        all if heard == all => println!("{heard} went off, and the meeting did not"),
        all => return Err(format!("{heard} of {all} alarms have gone off.")),
    }
    Ok(())
}

fn clock(minutes: u64) -> String {
    format!("{}:{:02}", minutes / 60, minutes % 60)
}
