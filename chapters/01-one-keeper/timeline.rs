//! A timeline: who was at which duck, and when; as text for the terminal and as SVG.
//!
//! A run is recorded as visits. Whatever is drawn is drawn from the record, so a saved
//! record gives the same picture again.

use std::fmt::Write;
use std::time::Duration;

/// Columns of the terminal that a drawing may fill, after the name of its row.
const COLUMNS: u32 = 70;

/// One visit of a keeper to a duck. Times count from the start of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    pub keeper: u32,
    pub duck: u32,
    /// The keeper's hands begin.
    pub start: Duration,
    /// The keeper's hands are free again, the duck eats.
    pub served: Duration,
    /// The bowl is empty.
    pub eaten: Duration,
}

/// What happened while all ducks were fed in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub name: String,
    pub visits: Vec<Visit>,
}

impl Run {
    /// When the last bowl was empty.
    pub fn end(&self) -> Duration {
        self.visits.iter().map(|visit| visit.eaten).max().unwrap_or_default()
    }

    fn keepers(&self) -> u32 {
        self.visits.iter().map(|visit| visit.keeper + 1).max().unwrap_or_default()
    }

    fn ducks(&self) -> u32 {
        self.visits.iter().map(|visit| visit.duck + 1).max().unwrap_or_default()
    }

    fn visits_to(&self, duck: u32) -> impl Iterator<Item = &Visit> {
        self.visits.iter().filter(move |visit| visit.duck == duck)
    }

    /// What one sees of a keeper at a moment: the letter of the duck under its hands, or
    /// a blank.
    fn keeper_at(&self, keeper: u32, now: Duration) -> char {
        self.visits
            .iter()
            .filter(|visit| visit.keeper == keeper)
            .find(|visit| visit.start <= now && now < visit.served)
            .map_or(' ', |visit| letter(visit.duck))
    }

    /// What one sees of a duck at a moment: the keeper at work, `~` eating, `.` hungry.
    fn duck_at(&self, duck: u32, now: Duration) -> char {
        match self
            .visits_to(duck)
            .filter(|visit| now < visit.eaten)
            .min_by_key(|v| v.start)
        {
            None => ' ',
            Some(visit) if now < visit.start => '.',
            Some(visit) if now < visit.served => digit(visit.keeper),
            Some(_) => '~',
        }
    }

    /// The run as rows of text, a row for each keeper and each duck; every column is
    /// `step` long and shows its middle.
    fn draw(&self, step: Duration) -> String {
        let moments = || (0..COLUMNS).map(|column| step * column + step / 2);
        let mut text = format!("{}: {}\n", self.name, milliseconds(self.end()));
        for keeper in 0..self.keepers() {
            let row: String = moments().map(|now| self.keeper_at(keeper, now)).collect();
            let row = format!("keeper {}  {row}", digit(keeper));
            text += &format!("{}\n", row.trim_end());
        }
        for duck in 0..self.ducks() {
            let row: String = moments().map(|now| self.duck_at(duck, now)).collect();
            text += &format!("duck {}    {}\n", letter(duck), row.trim_end());
        }
        text
    }
}

/// All runs as text, one below the other, on one scale.
pub fn draw(runs: &[Run]) -> String {
    let longest = runs.iter().map(Run::end).max().unwrap_or_default();
    let step = round_step(longest / COLUMNS);
    let mut text = format!(
        "A column is {}. 1: keeper 1 at work, ~ the duck eats, . it is hungry.\n",
        milliseconds(step)
    );
    for run in runs {
        text += &format!("\n{}", run.draw(step));
    }
    text
}

/// The next step up with which a reader can count: 1, 2, 5, 10, 20, 50 ms and so on.
fn round_step(least: Duration) -> Duration {
    let powers = (0..).map(|power| Duration::from_millis(10_u64.pow(power)));
    let mut steps = powers.flat_map(|power| [power, power * 2, power * 5]);
    steps.find(|&step| step > least).expect("the steps grow beyond any record")
}

/// Ducks are lettered: a, b, c.
fn letter(duck: u32) -> char {
    char::from_digit(duck + 10, 36).unwrap_or('?')
}

/// Keepers are numbered from 1.
fn digit(keeper: u32) -> char {
    char::from_digit(keeper + 1, 10).unwrap_or('?')
}

fn milliseconds(time: Duration) -> String {
    format!("{} ms", (time.as_micros() + 500) / 1000)
}

/// The record of some runs as lines of text: the name of a run, then its visits, each as
/// keeper, duck, start, served, eaten; times in microseconds.
pub fn save(runs: &[Run]) -> String {
    let mut text = String::new();
    for run in runs {
        text += &format!("run {}\n", run.name);
        for visit in &run.visits {
            let times =
                [visit.start, visit.served, visit.eaten].map(|time| time.as_micros());
            let [start, served, eaten] = times;
            text +=
                &format!("{} {} {start} {served} {eaten}\n", visit.keeper, visit.duck);
        }
    }
    text
}

/// Reads what [`save`] wrote.
///
/// # Errors
///
/// The first line that is not such a record.
pub fn load(text: &str) -> Result<Vec<Run>, String> {
    let mut runs: Vec<Run> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let problem = || format!("line {}: `{line}` is no visit of a run", index + 1);
        if let Some(name) = line.strip_prefix("run ") {
            runs.push(Run { name: name.to_owned(), visits: Vec::new() });
        } else {
            let visit = parse_visit(line).ok_or_else(problem)?;
            runs.last_mut().ok_or_else(problem)?.visits.push(visit);
        }
    }
    Ok(runs)
}

fn parse_visit(line: &str) -> Option<Visit> {
    let numbers: Vec<u32> =
        line.split(' ').map(|word| word.parse().ok()).collect::<Option<_>>()?;
    let &[keeper, duck, start, served, eaten] = numbers.as_slice() else { return None };
    let in_order = start <= served && served <= eaten;
    let times = [start, served, eaten].map(|time| Duration::from_micros(time.into()));
    let [start, served, eaten] = times;
    (in_order && keeper < 9 && duck < 26).then_some(Visit {
        keeper,
        duck,
        start,
        served,
        eaten,
    })
}

// The drawing as SVG, narrow enough that its words can be read on a phone.
const WIDTH: f64 = 440.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 32.0;
const ROW: f64 = 20.0;
const HEAD: f64 = 34.0;
const FOOT: f64 = 62.0;

/// Colours for light and dark, and a background, so that the figure can be read
/// wherever it is shown.
const STYLE: &str = "\
  .page { fill: #fdfdfb; } text { fill: #1f2328; font: 14px system-ui, sans-serif; }
  .name { font-weight: 600; } .small { font-size: 13px; fill: #57606a; }
  .hands { fill: #b5480a; } .eats { fill: #7cc4ea; } .waits { stroke: #8c959f; }
  .digit { fill: #ffffff; font-size: 11px; font-weight: 600; text-anchor: middle; }
  .axis { stroke: #d0d7de; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #151b2b; } text { fill: #e6e8ee; } .small { fill: #a9b1bd; }
    .hands { fill: #fb9a4b; } .eats { fill: #2b7aa8; } .waits { stroke: #7d8590; }
    .digit { fill: #151b2b; } .axis { stroke: #3a4150; }
  }
";

/// All runs as one figure, one below the other, on one scale.
pub fn svg(runs: &[Run]) -> String {
    let longest = runs.iter().map(Run::end).max().unwrap_or_default();
    let longest = longest.max(Duration::from_millis(1));
    let scale = (WIDTH - LEFT - RIGHT) / longest.as_secs_f64();
    let mut body = String::new();
    let mut top = 0.0;
    for run in runs {
        top = svg_run(&mut body, run, top, scale);
    }
    svg_axis(&mut body, top, longest, scale);
    let height = top + FOOT;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{}\" height=\"{}\" role=\"img\" \
         aria-labelledby=\"title desc\">\n\
         <title id=\"title\">Who fed which duck when, on one scale of time</title>\n\
         <desc id=\"desc\">{}</desc>\n<style>\n{STYLE}</style>\n\
         <rect class=\"page\" width=\"100%\" height=\"100%\" rx=\"8\"/>\n{body}</svg>\n",
        WIDTH * 1.25,
        height * 1.25,
        escape(&describe(runs)),
    )
}

/// The figure in words.
pub fn describe(runs: &[Run]) -> String {
    let mut text = String::from(
        "A row for each duck, time to the right. A dotted line: the duck is hungry. A \
         dark bar with a number: the hands of that keeper are at work. A light bar: the \
         duck eats.",
    );
    for run in runs {
        let bowls = run.visits.len();
        let (ducks, keepers) = (run.ducks(), run.keepers());
        let end = milliseconds(run.end());
        let _ = write!(
            text,
            " {}: {ducks} ducks eat {bowls} bowls from {keepers} keeper{}, and the last \
             bowl is empty after {end}.",
            capital(&run.name),
            if keepers == 1 { "" } else { "s" }
        );
    }
    text
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Draws one run below `top`; returns where the next one begins.
fn svg_run(body: &mut String, run: &Run, top: f64, scale: f64) -> f64 {
    let _ = writeln!(
        body,
        "<text class=\"name\" x=\"{LEFT}\" y=\"{}\">{}: {}</text>",
        top + 24.0,
        escape(&run.name),
        milliseconds(run.end())
    );
    let mut y = top + HEAD;
    for duck in 0..run.ducks() {
        let _ = writeln!(
            body,
            "<text class=\"small\" x=\"12\" y=\"{}\">duck {}</text>",
            y + 13.0,
            letter(duck)
        );
        let mut hungry = Duration::ZERO;
        for visit in run.visits_to(duck) {
            svg_visit(body, visit, hungry, y, scale);
            hungry = visit.eaten;
        }
        y += ROW;
    }
    y
}

/// Draws one visit, with the waiting before it.
fn svg_visit(body: &mut String, visit: &Visit, hungry: Duration, y: f64, scale: f64) {
    let [hungry, start, served, eaten] = [hungry, visit.start, visit.served, visit.eaten]
        .map(|time| LEFT + time.as_secs_f64() * scale);
    if start - hungry > 1.0 {
        let _ = writeln!(
            body,
            "<line class=\"waits\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{y}\" y2=\"{y}\" \
             stroke-dasharray=\"1.5 4\"/>",
            hungry + 2.0,
            start - 2.0,
            y = y + 8.5,
        );
    }
    let _ = writeln!(
        body,
        "<rect class=\"eats\" x=\"{served:.1}\" y=\"{}\" width=\"{:.1}\" height=\"9\"/>\
         <rect class=\"hands\" x=\"{start:.1}\" y=\"{y}\" width=\"{:.1}\" height=\"17\"/>",
        y + 4.0,
        eaten - served,
        served - start
    );
    if served - start > 9.0 {
        let _ = writeln!(
            body,
            "<text class=\"digit\" x=\"{:.1}\" y=\"{}\">{}</text>",
            f64::midpoint(start, served),
            y + 12.5,
            digit(visit.keeper)
        );
    }
}

/// Draws the axis of time and the key below the last run.
fn svg_axis(body: &mut String, top: f64, longest: Duration, scale: f64) {
    let y = top + 10.0;
    let _ = writeln!(
        body,
        "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\"/>",
        WIDTH - RIGHT
    );
    let step = round_step(longest / 8);
    let ticks = (0..).map(|tick| step * tick).take_while(|&tick| tick <= longest);
    for tick in ticks {
        let _ = writeln!(
            body,
            "<text class=\"small\" x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            LEFT + tick.as_secs_f64() * scale,
            y + 16.0,
            milliseconds(tick)
        );
    }
    let y = y + 28.0;
    let _ = writeln!(
        body,
        "<rect class=\"hands\" x=\"12\" y=\"{y}\" width=\"14\" height=\"14\"/>\
         <text class=\"small\" x=\"31\" y=\"{text}\">a keeper's hands</text>\
         <rect class=\"eats\" x=\"158\" y=\"{}\" width=\"24\" height=\"9\"/>\
         <text class=\"small\" x=\"187\" y=\"{text}\">the duck eats</text>\
         <line class=\"waits\" x1=\"298\" x2=\"326\" y1=\"{middle}\" y2=\"{middle}\" \
         stroke-dasharray=\"1.5 4\"/>\
         <text class=\"small\" x=\"331\" y=\"{text}\">it is hungry</text>",
        y + 2.5,
        text = y + 11.5,
        middle = y + 7.0,
    );
}
