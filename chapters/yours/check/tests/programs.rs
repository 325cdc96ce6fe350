//! What runs on the reader's executor, with the solutions: it prints what it should. `cargo
//! test --manifest-path chapters/yours/check/Cargo.toml --target-dir target/yours`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Command, Output, Stdio};

fn programs(arguments: &[&str]) -> Output {
    let mut programs = Command::new(env!("CARGO_BIN_EXE_programs"));
    programs.args(arguments).env("MAINSPRING_HANG", "60").output().expect("it starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("it prints text")
}

/// What a program prints, which has to end well and fit a terminal.
fn printed(name: &str) -> String {
    let output = programs(&[name]);
    let stdout = text(&output.stdout);
    let stderr = text(&output.stderr);
    assert!(
        output.status.success(),
        "{name} ends with {}:\n{stdout}{stderr}",
        output.status
    );
    assert!(stderr.is_empty(), "{name}: {stderr}");
    let wide = stdout.lines().find(|line| line.chars().count() > 80);
    assert_eq!(wide, None, "{name} prints a line that is too long");
    stdout
}

fn prints(name: &str, expected: &str) {
    let stdout = printed(name);
    let lines: Vec<&str> = stdout.lines().map(str::trim_end).collect();
    let expected: Vec<&str> = expected.lines().map(str::trim).collect();
    let trimmed: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    assert_eq!(trimmed, expected, "{name}:\n{stdout}");
}

/// Each of the lines, in this order, with others between them.
fn tells(name: &str, expected: &[&str]) {
    let stdout = printed(name);
    let mut lines = stdout.lines();
    for expected in expected {
        assert!(lines.any(|line| line == *expected), "no `{expected}`:\n{stdout}");
    }
}

#[test]
fn three_games_are_played_by_turns() {
    let expected = [
        "round 2",
        "  Anna  2. g4     Qh4 mate",
        "  Bob   2. Bc4    Nc6",
        "  Cho   2. Nf3    d6",
        "round 3",
        "  Bob   3. Qh5    Nf6",
        "round 7",
        "  Cho   7. Nd5 mate",
        "At Anna's board Anna wins.",
        "At Bob's board the master wins.",
        "At Cho's board the master wins.",
    ];
    tells("exhibition", &expected);
}

#[test]
fn who_thinks_is_asked_again_and_again() {
    let stdout = printed("thinking");
    let at =
        |line: &str| stdout.find(line).unwrap_or_else(|| panic!("{line}:\n{stdout}"));
    let lines = ["Cho   thinks", "Bob   4. Qxf7 mate", "Cho   2. Nf3", "Cho   7. Nd5"];
    assert!(lines.map(at).is_sorted(), "{stdout}");
    // Thousands, however busy the machine is.
    let (_, count) = stdout.split_once("in vain some ").expect("how often");
    assert!(count.contains("million times.") || count.contains("thousand times."));
}

#[test]
fn callbacks_give_all_bytes_back() {
    prints(
        "callbacks",
        "Anna has 5 bytes back
        Bob has 1024 bytes back
        Cho has 5000 bytes back
        all 3 have gone, and one thread has served them",
    );
}

#[test]
fn alarms_go_off_in_order() {
    prints(
        "alarms",
        "0:00  8 alarms are set
        7:00  get up
        nine minutes more
        7:09  get up
        7:30  the egg is done
        8:05  the bus leaves
        9:59  nearly ten
        12:30  lunch
        12:30  the post is there
        21:15  the moon rises
        8 went off, and the meeting did not",
    );
}

#[test]
fn kettles_boil_in_their_order() {
    prints(
        "kettles",
        "tea: on the fire
        eggs: on the fire
        coffee: on the fire
        eggs: boils
        coffee: boils
        tea: boils
        breakfast: tea, eggs, coffee",
    );
}

#[test]
fn all_are_greeted_at_once() {
    let expected = [
        "good morning, Anna",
        "good morning, Bob",
        "good morning, Cho",
        "how are you, Anna",
        "how are you, Bob",
        "how are you, Cho",
        "greeted: Cho after 1110 ms",
    ];
    tells("greetings", &expected);
}

#[test]
fn twelve_hours_take_a_moment() {
    let stdout = printed("chess");
    let expected = "one by one   12 h  0 min  0 s\ngoing round   1 h  0 min 55 s\n";
    assert!(stdout.starts_with(expected), "{stdout}");
}

#[test]
fn three_clients_hear_themselves() {
    let expected = [
        "the echo: hello, I am Anna",
        "the echo: hello, I am Bob",
        "the echo: hello, I am Cho",
    ];
    tells("echo", &expected);
}

#[test]
fn a_join_of_many_polls_who_was_woken() {
    prints(
        "many",
        "children  all each time  by your join
        10             65            20
        100           5150           200
        1000         501500          2000
        10000              -         20000",
    );
}

#[test]
fn each_page_is_asked_for_once() {
    prints(
        "crawl",
        "wave 1: /
        wave 2: /news /ducks /chess
        wave 3: /news/today /ducks/anna /ducks/bob /chess/rules /nowhere
        /nowhere is a dead link
        wave 4: /ducks/lake
        10 addresses, each asked once
        one by one they take 2220 ms, in waves 1040 ms",
    );
}

#[test]
fn the_last_ticket_is_sold_once() {
    let expected = ["without the mutex:", "  3 sold, -2 left", "with the mutex:"];
    tells("tickets", &expected);
    tells("tickets", &["  Bob: sold out", "  Cho: sold out", "  1 sold, 0 left"]);
}

#[test]
fn the_loop_ticks_while_a_thread_works() {
    let stdout = printed("hash");
    let line = stdout.lines().find_map(|line| line.strip_prefix("the loop ticked "));
    let ticks = line.and_then(|line| line.split(' ').next()?.parse::<u32>().ok());
    assert!(ticks.is_some_and(|ticks| ticks > 0), "{stdout}");
    assert!(stdout.ends_with("found: 2070747\n"), "{stdout}");
}

/// A server that ends with the test.
struct Server(std::process::Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_echo_stays_open_if_it_is_asked_to() {
    let mut server = Command::new(env!("CARGO_BIN_EXE_programs"));
    let server = server.args(["echo", "--serve", "0"]).stdout(Stdio::piped());
    let mut server = Server(server.spawn().expect("it starts"));
    let mut stdout = BufReader::new(server.0.stdout.take().expect("a pipe"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("it says where");
    let address = line.strip_prefix("echo on ").and_then(|line| line.split(',').next());
    let address = address.unwrap_or_else(|| panic!("{line}"));
    for _ in 0..2 {
        let mut guest = TcpStream::connect(address).expect("it listens");
        guest.write_all(b"is anybody there?").expect("it can be written to");
        guest.shutdown(Shutdown::Write).expect("it is open");
        let mut heard = String::new();
        guest.read_to_string(&mut heard).expect("it answers");
        assert_eq!(heard, "is anybody there?");
    }
}

#[test]
fn the_list_can_be_read_by_a_program() {
    let list = text(&programs(&["--list"]).stdout);
    assert_eq!(list.lines().count(), 12, "{list}");
    for line in list.lines() {
        let [name, needs, about] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("`{line}` has not three columns");
        };
        assert!(needs.split(' ').all(|step| step.parse::<f32>().is_ok()), "{line}");
        assert!(name.len() + 2 + about.len() < 76 && !about.is_empty(), "{line}");
    }
}

#[test]
fn what_is_typed_wrong_is_refused() {
    for (arguments, word) in [
        (&[] as &[&str], "which program?"),
        (&["eco"], "there is no program `eco`"),
        (&["chess", "--fast"], "unknown argument `--fast`"),
        (&["echo", "7000"], "unknown argument `7000`"),
        (&["echo", "--serve", "7000", "now"], "unknown argument `now`"),
        (&["echo", "--serve", "port"], "`port` is no port"),
    ] {
        let output = programs(arguments);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(output.stdout.is_empty() && stderr.contains(word), "{stderr}");
    }
}
