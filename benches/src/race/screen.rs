//! The result, drawn for a terminal of any width.

use std::env;

use crate::peers::{Name, page};
use crate::runner::Row;

/// Widths of the columns beside the bars: names, nanoseconds, ratio.
const NAME: usize = 14;
const TIME: usize = 9;
const RATIO: usize = 7;

/// How many columns there are.
pub fn width() -> usize {
    let given = env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    given.or_else(terminal).unwrap_or(80).clamp(40, 100)
}

fn terminal() -> Option<usize> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the kernel writes one `winsize`, which is there.
    let result =
        unsafe { libc::ioctl(libc::STDOUT_FILENO, libc::TIOCGWINSZ, &raw mut size) };
    (result == 0 && size.ws_col > 0).then_some(size.ws_col.into())
}

/// The race: a bar for each, as long as it took.
pub fn race(rows: &[Row], width: usize) -> String {
    let mut text = String::new();
    for row in rows {
        text += &wrapped(&format!("{}: {}", row.work.name, row.work.title), width);
        let all = [Name::Yours, Name::Mainspring, Name::Tokio];
        let times = all.map(|name| row.nanoseconds(name));
        let longest = times.iter().flatten().copied().fold(0.0, f64::max);
        for (name, time) in all.into_iter().zip(times) {
            text += &line(row, name, time, longest, width);
        }
        text.push('\n');
    }
    text
}

fn line(
    row: &Row,
    name: Name,
    time: Result<f64, &str>,
    longest: f64,
    width: usize,
) -> String {
    let time = match time {
        Ok(time) => time,
        Err(error) => return wrapped(&format!("  {}: {error}", name.text()), width),
    };
    let room = width - NAME - TIME - RATIO;
    let (name, bar) = (format!("  {}", name.text()), bar(time / longest, room));
    let (time, ratio) = (number(time), ratio(row, time));
    format!("{name:<NAME$}{bar:<room$}{time:>6} ns{ratio:>RATIO$}\n")
}

/// A part of a column, to an eighth of a character.
fn bar(part: f64, room: usize) -> String {
    let eighths = ((part * room as f64 * 8.0) as usize).max(1);
    let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
    format!("{}{rest}", "█".repeat(eighths / 8))
}

/// So many times the library's.
fn ratio(row: &Row, time: f64) -> String {
    let library = row.nanoseconds(Name::Mainspring);
    library.map_or("-".into(), |library| format!("{:.2}", time / library))
}

/// Where the reader's executor spends its time: what each saving brings.
pub fn savings(rows: &[Row], width: usize) -> String {
    let mut text = String::new();
    for row in rows {
        let Ok(mut before) = row.nanoseconds(Name::Yours) else { continue };
        let room = width.min(80) - TIME - TIME - RATIO;
        let name = format!("{}, yours", row.work.name);
        let (time, times) = (number(before), ratio(row, before));
        text += &format!("{name:<room$}{:>TIME$}{time:>6} ns{times:>RATIO$}\n", "");
        for saving in row.work.savings {
            let title = format!("  {}: {}", saving.text(), saving.spares());
            text += &wrapped(&title, room);
            match row.nanoseconds(*saving) {
                Ok(time) => {
                    text.pop();
                    let last = text.lines().last().unwrap_or_default().chars().count();
                    let gap = room.saturating_sub(last);
                    let (change, times) = (signed(time - before), ratio(row, time));
                    let time_text = number(time);
                    text += &format!(
                        "{:gap$}{change:>TIME$}{time_text:>6} ns{times:>RATIO$}\n",
                        ""
                    );
                    before = time;
                }
                Err(error) => text += &wrapped(&format!("    {error}"), width),
            }
        }
        text.push('\n');
    }
    text
}

/// Where the sections are.
pub fn pages() -> String {
    let line = |chapter| format!("  {chapter}  {}\n", page(chapter));
    ["5", "6", "7", "8"].map(line).concat()
}

/// A paragraph in lines of this width; those after the first are set in as the first is, and
/// two more.
pub fn wrapped(text: &str, width: usize) -> String {
    let margin = text.len() - text.trim_start().len();
    let (mut lines, mut line) = (String::new(), " ".repeat(margin));
    for word in text.split_whitespace() {
        let is_first = line.trim().is_empty();
        if !is_first && line.chars().count() + 1 + word.chars().count() > width {
            lines += &line;
            lines.push('\n');
            line = " ".repeat(if margin == 0 { 0 } else { margin + 2 });
        } else if !is_first {
            line.push(' ');
        }
        line += word;
    }
    lines + &line + "\n"
}

/// Whole nanoseconds, with a comma before the last three digits.
fn number(time: f64) -> String {
    match time.round() as u64 {
        small @ 0..1_000 => small.to_string(),
        great => format!("{},{:03}", great / 1_000, great % 1_000),
    }
}

fn signed(change: f64) -> String {
    let sign = if change < 0.0 { "-" } else { "+" };
    format!("{sign}{}", number(change.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::Cell;
    use crate::work::WORKS;

    fn rows() -> Vec<Row> {
        let row = |work: crate::work::Work| {
            let all = [Name::Yours, Name::Mainspring, Name::Tokio].into_iter();
            let all = all.chain(work.savings.iter().copied());
            let cells = all.map(|name| (name, Cell::Values(vec![1_234.0]))).collect();
            Row { work, cells }
        };
        WORKS.into_iter().map(row).collect()
    }

    #[test]
    fn it_fits_a_terminal_of_any_width() {
        for width in 40..=100 {
            let text = race(&rows(), width) + &savings(&rows(), width);
            for line in text.lines() {
                let count = line.chars().count();
                assert!(count <= width, "{count} columns of {width}:\n{line}\n{text}");
            }
        }
    }

    #[test]
    fn what_has_failed_says_so() {
        let mut rows = rows();
        rows[0].cells[0].1 = Cell::Failed("it does not come to an end".into());
        let text = race(&rows, 60) + &savings(&rows, 60);
        assert!(text.contains("  yours: it does not come to an end\n"), "{text}");
        assert!(!text.contains("spawn, yours"), "{text}");
    }

    #[test]
    fn a_bar_is_as_long_as_its_part() {
        assert_eq!(bar(1.0, 3), "███");
        assert_eq!(bar(0.5, 3), "█▌");
        assert_eq!(bar(0.0, 3), "▏");
    }
}
