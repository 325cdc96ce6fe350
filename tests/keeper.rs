//! The pure parts of chapter 1's programs: options, timelines, the arithmetic of chess.

// What the programs use and the tests do not.
#![allow(dead_code)]

#[path = "../chapters/01-one-keeper/exhibition.rs"]
mod exhibition;
#[path = "../chapters/01-one-keeper/program.rs"]
mod program;
#[path = "../chapters/01-one-keeper/timeline.rs"]
mod timeline;

use std::time::Duration;

use exhibition::{Exhibition, MASTER, OPPONENT, hours};
use program::{Options, Problem};
use timeline::{Run, Visit};

const RECORD: &str = include_str!("../chapters/01-one-keeper/timeline.txt");
const FIGURE: &str = include_str!("../chapters/01-one-keeper/timeline.svg");

fn parse(words: &str) -> Result<Options, Problem> {
    Options::parse(words.split_whitespace().map(str::to_owned), &["ducks", "svg"])
}

fn complaint<T: std::fmt::Debug>(result: Result<T, Problem>) -> String {
    match result {
        Err(Problem::Usage(text)) => text,
        other => panic!("not a wrong usage: {other:?}"),
    }
}

#[test]
fn options_have_values_and_defaults() {
    let options = parse("--svg a.svg --ducks 12").unwrap();
    assert_eq!(options.text("svg"), Some("a.svg"));
    assert_eq!(options.number("ducks", 6, 1..=26), Ok(12));
    assert_eq!(parse("").unwrap().number("ducks", 6, 1..=26), Ok(6));
}

#[test]
fn wrong_options_are_named() {
    assert_eq!(complaint(parse("--duck 3")), "unknown argument `--duck`");
    assert_eq!(complaint(parse("ducks 3")), "unknown argument `ducks`");
    assert_eq!(complaint(parse("--ducks")), "`--ducks` needs a value");
    assert_eq!(complaint(parse("--ducks 1 --ducks 2")), "`--ducks` is given twice");
}

#[test]
fn numbers_out_of_range_are_refused() {
    for text in ["0", "27", "-1", "many", "4294967296", "1.5"] {
        let options = parse(&format!("--ducks {text}")).unwrap();
        assert_eq!(
            complaint(options.number("ducks", 6, 1..=26)),
            format!("`--ducks` takes a whole number from 1 to 26, not `{text}`")
        );
    }
}

fn milliseconds(time: u64) -> Duration {
    Duration::from_millis(time)
}

fn visit(keeper: u32, duck: u32, start: u64, served: u64, eaten: u64) -> Visit {
    let [start, served, eaten] = [start, served, eaten].map(milliseconds);
    Visit { keeper, duck, start, served, eaten }
}

fn two_ducks() -> Run {
    let visits =
        vec![visit(0, 0, 0, 20, 60), visit(0, 1, 20, 40, 80), visit(0, 0, 70, 90, 140)];
    Run { name: "two ducks".to_owned(), visits }
}

#[test]
fn a_timeline_is_drawn_in_columns_that_one_can_count() {
    assert_eq!(
        timeline::draw(&[two_ducks()]),
        "\
A column is 5 ms. 1: keeper 1 at work, ~ the duck eats, . it is hungry.

two ducks: 140 ms
keeper 1  aaaabbbb      aaaa
duck a    1111~~~~~~~~..1111~~~~~~~~~~
duck b    ....1111~~~~~~~~
"
    );
}

#[test]
fn a_timeline_is_at_most_eighty_columns_wide() {
    for end in [1, 69, 70, 71, 139, 140, 141, 100_000] {
        let run = Run { visits: vec![visit(8, 25, 0, end / 2, end)], ..two_ducks() };
        let text = timeline::draw(&[run]);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
    assert_eq!(timeline::draw(&[]).lines().count(), 1);
}

#[test]
fn a_record_is_read_as_it_was_saved() {
    let runs = [two_ducks(), Run { name: "none".to_owned(), visits: Vec::new() }];
    assert_eq!(timeline::load(&timeline::save(&runs)).unwrap(), runs);
}

#[test]
fn a_wrong_record_is_refused_with_its_line() {
    for line in
        ["0 0 0 1 2 3", "0 0 0 1", "0 0 5 1 2", "9 0 0 1 2", "0 26 0 1 2", "", "x"]
    {
        let text = format!("run one\n{line}\n");
        assert_eq!(
            timeline::load(&text),
            Err(format!("line 2: `{line}` is no visit of a run"))
        );
    }
    assert!(timeline::load("0 0 0 1 2\n").is_err(), "a visit before any run");
}

#[test]
fn the_figure_of_the_chapter_is_drawn_from_its_record() {
    assert_eq!(timeline::svg(&timeline::load(RECORD).unwrap()), FIGURE);
}

#[test]
fn the_figure_escapes_the_names_of_runs() {
    let run = Run { name: "a <b> & c".to_owned(), ..two_ducks() };
    let svg = timeline::svg(&[run]);
    assert!(svg.contains("a &lt;b&gt; &amp; c") && !svg.contains("<b>"), "{svg}");
}

#[test]
fn the_exhibition_takes_twelve_hours_or_one() {
    let exhibition = Exhibition { opponents: 24, moves: 30 };
    assert_eq!(exhibition.one_after_the_other(), 43_200);
    assert_eq!(exhibition.all_at_once(), 3_655);
    assert_eq!(hours(43_200), "12 h 00 min 00 s");
    assert_eq!(hours(3_655), "1 h 00 min 55 s");
}

/// The exhibition, second by second of the master's time.
fn walk(opponents: u32, moves: u32) -> u64 {
    let mut now = 0;
    let mut ready_at = vec![0; opponents as usize];
    for _ in 0..moves {
        for ready_at in &mut ready_at {
            now = now.max(*ready_at) + u64::from(MASTER);
            *ready_at = now + u64::from(OPPONENT);
        }
    }
    now + u64::from(OPPONENT)
}

#[test]
fn the_arithmetic_agrees_with_going_from_board_to_board() {
    for opponents in 1..=40 {
        for moves in 1..=40 {
            let exhibition = Exhibition { opponents, moves };
            assert_eq!(
                exhibition.all_at_once(),
                walk(opponents, moves),
                "{exhibition:?}"
            );
        }
    }
}
