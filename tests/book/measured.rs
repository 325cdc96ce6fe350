//! The shape of a line that was measured: what stays when the numbers change.

/// Units that may change with the number before them.
const UNITS: [&str; 17] = [
    "ns", "µs", "μs", "us", "ms", "s", "min", "h", "B", "KiB", "MiB", "GiB", "kB", "KB",
    "MB", "GB", "KiB/s",
];

/// The mark in the place of a number and its unit.
const NUMBER: char = '#';

/// The shape of a line: numbers, with their signs, thousands, decimals, units and the
/// space before them, are one mark; bars are gone.
pub fn shape(line: &str) -> String {
    let chars: Vec<char> = line.chars().collect();
    let mut shape = String::new();
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        let in_word = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
        let signed = !in_word
            && matches!(rest, ['+' | '-' | '−', next, ..] if next.is_ascii_digit());
        let bar = bar_length(rest);
        if !in_word && (signed || rest[0].is_ascii_digit()) {
            let number = usize::from(signed);
            at += number + number_length(&rest[number..]);
            at += unit_length(&chars[at..]);
            shape.truncate(shape.trim_end().len());
            shape.push(NUMBER);
        } else if bar > 0 {
            at += bar;
            shape.push(' ');
        } else {
            shape.push(rest[0]);
            at += 1;
        }
    }
    let words: Vec<&str> = shape.split_whitespace().collect();
    words.join(" ").replace(" #", "#")
}

/// How many characters a number takes: digits, in groups or not, and decimals.
fn number_length(chars: &[char]) -> usize {
    let digits =
        |at: usize| chars[at..].iter().take_while(|c| c.is_ascii_digit()).count();
    let mut length = digits(0);
    while let Some(',' | '_' | '\'' | '\u{202f}' | '\u{2009}' | '\u{a0}') =
        chars.get(length)
        && digits(length + 1) == 3
    {
        length += 4;
    }
    if chars.get(length) == Some(&'.')
        && length + 1 < chars.len()
        && digits(length + 1) > 0
    {
        length += 1 + digits(length + 1);
    }
    length
}

/// How many characters a unit takes, with the space before it; zero if none is there.
fn unit_length(chars: &[char]) -> usize {
    let space = chars.iter().take_while(|c| **c == ' ').count();
    let word: String = chars[space..].iter().take_while(|c| c.is_alphabetic()).collect();
    let glued_to_more = chars
        .get(space + word.chars().count())
        .is_some_and(|c| c.is_alphanumeric() || *c == '_');
    match UNITS.contains(&word.as_str()) && !glued_to_more {
        true => space + word.chars().count(),
        false => 0,
    }
}

/// How many characters a bar takes that begins here: any number of block elements, or a
/// line of one character, three or longer.
fn bar_length(chars: &[char]) -> usize {
    let is_block = |c: &&char| matches!(**c, '\u{2580}'..='\u{259f}' | '■' | '#');
    let blocks = chars.iter().take_while(is_block).count();
    if blocks > 0 {
        return blocks;
    }
    let first = chars[0];
    let same = chars.iter().take_while(|c| **c == first).count();
    if "─━═=-*.·•".contains(first) && same >= 3 { same } else { 0 }
}
