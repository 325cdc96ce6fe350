//! Breaks long lines, so that they can be read on a phone.

/// How many characters a phone shows of a line.
const WIDTH: usize = 43;

/// Breaks each line of a text that is too long, between words. What goes on is indented.
pub fn fold(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(fold_line).collect();
    lines.join("\n")
}

fn fold_line(line: &str) -> String {
    let indent = line.len() - line.trim_start().len() + 3;
    let (mut folded, mut width) = (String::new(), 0);
    for word in line.split_inclusive(' ') {
        if width + word.trim_end().len() > WIDTH {
            folded.truncate(folded.trim_end().len());
            folded += &format!("\n{:indent$}", "");
            width = indent;
        }
        folded += word;
        width += word.len();
    }
    folded
}
