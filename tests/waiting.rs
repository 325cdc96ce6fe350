//! Chapter 2's programs: what their table says whatever the machine is doing, and what
//! they say to options that they do not have.

use std::process::{Command, Output};

/// Runs `cargo run -- 2` with these arguments.
fn chapter_2(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mainspring"))
        .arg("2")
        .args(args)
        .output()
        .expect("the launcher starts")
}

/// A row of the table: its name, how often the program asked, and the sheets it had done
/// when it had the answer.
fn rows(table: &str) -> Vec<(String, u64, u32)> {
    let is_row = |line: &&str| line.starts_with(' ') && line.contains('.');
    table.lines().filter(is_row).map(row).collect()
}

fn row(line: &str) -> (String, u64, u32) {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [name @ .., _took, _cpu, asked, _late, meanwhile] = words.as_slice() else {
        panic!("`{line}` is no row")
    };
    let asked = asked.parse().expect("a number of times");
    (name.join(" "), asked, meanwhile.parse().expect("a number of sheets"))
}

#[test]
fn the_table_counts_what_the_programs_do() {
    let output = chapter_2(&["--delay-ms", "40"]);
    let table = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{table}");

    let rows = rows(&table);
    let names: Vec<&str> = rows.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "in read",
            "no pause",
            "every 30 ms",
            "a thread",
            "no pause",
            "every 30 ms",
            "after poll",
        ]
    );
    let synchronous = &rows[..3];
    assert!(synchronous.iter().all(|(.., meanwhile)| *meanwhile == 0), "{table}");
    let (blocking, second_thread, poll) = (&rows[0], &rows[3], &rows[6]);
    assert_eq!((blocking.1, second_thread.1), (1, 1), "{table}");
    assert!(poll.1 <= 5 + 2, "once a sheet, before and after poll:\n{table}");
}

#[test]
fn an_unknown_option_is_an_error_that_says_what_to_do() {
    for args in [
        &["--delay-ms"][..],
        &["--delay-ms", "soon"],
        &["--delay-ms", "-1"],
        &["--delay-ms", "10001"],
        &["--sheet-ms", "10001"],
        &["s4", "--delay"],
    ] {
        let output = chapter_2(args);
        let problem = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{args:?}: {problem}");
        assert!(problem.contains("options: --delay-ms N"), "{args:?}: {problem}");
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}
