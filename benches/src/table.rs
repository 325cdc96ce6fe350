//! The table: medians, ratios, and whether they reach what they shall.

use std::fmt::Write;

use crate::goal::{Goal, Targets, is_reached};
use crate::meter::{median, quantile};
use crate::peers::Name;

pub struct Table {
    pub lines: Vec<Line>,
    pub rounds: usize,
    pub divisor: usize,
}

/// One row, measured.
pub struct Line {
    pub name: &'static str,
    pub title: &'static str,
    pub unit: &'static str,
    pub goal: Goal,
    pub cells: Vec<(Name, Cell)>,
}

/// What one peer took for one row: a number a round, or why there is none.
pub enum Cell {
    Values(Vec<f64>),
    Failed(String),
}

impl Cell {
    fn median(&self) -> Option<f64> {
        match self {
            Self::Values(values) => Some(median(&mut values.clone())),
            Self::Failed(_) => None,
        }
    }

    fn values(&self) -> &[f64] {
        match self {
            Self::Values(values) => values,
            Self::Failed(_) => &[],
        }
    }
}

impl Line {
    fn cell(&self, peer: Name) -> Option<&Cell> {
        self.cells.iter().find(|(name, _)| *name == peer).map(|(_, cell)| cell)
    }

    fn median(&self, peer: Name) -> Option<f64> {
        self.cell(peer)?.median()
    }

    /// Mainspring's median by the peer's; none in the column of mainspring itself.
    fn ratio(&self, peer: Name) -> Option<f64> {
        let ours = self.median(Name::Mainspring)?;
        (peer != Name::Mainspring).then_some(ours / self.median(peer)?)
    }

    fn targets(&self) -> Targets {
        match self.goal {
            Goal::Ratio(targets) => targets,
            Goal::Flat { .. } => Targets::default(),
        }
    }

    /// The same ratio round by round: its quartiles say how much the machine disturbed.
    fn quartiles(&self, peer: Name) -> Option<(f64, f64)> {
        self.ratio(peer)?;
        let ours = self.cell(Name::Mainspring)?.values();
        let theirs = self.cell(peer)?.values();
        let mut ratios: Vec<f64> = ours.iter().zip(theirs).map(|(a, b)| a / b).collect();
        Some((quantile(&mut ratios, 0.25), quantile(&mut ratios, 0.75)))
    }
}

/// A ratio, marked if it is short of its target. A ratio without a target never is.
fn judged(ratio: f64, target: Option<f64>) -> String {
    let is_short = target.is_some_and(|target| !is_reached(ratio, target));
    format!("{}{ratio:.2}", if is_short { "*" } else { "" })
}

/// The points of one curve.
struct Curve<'a> {
    name: &'static str,
    points: Vec<(usize, &'a Line)>,
    /// So many times its first point may the last one be.
    target: f64,
}

impl Curve<'_> {
    fn growth(&self, peer: Name) -> Option<f64> {
        let (_, first) = self.points.first()?;
        let (_, last) = self.points.last()?;
        Some(last.median(peer)? / first.median(peer)?)
    }

    fn growth_text(&self, peer: Name) -> String {
        let target = (peer == Name::Mainspring).then_some(self.target);
        self.growth(peer).map_or("-".into(), |growth| judged(growth, target))
    }
}

const MARKDOWN_HEAD: &str =
    "| work | mainspring | tokio | smol | monoio, epoll | monoio, io_uring |";
const MARKDOWN_RULE: &str = "|---|---:|---:|---:|---:|---:|---:|";

/// The column to the right of the runtimes: no row has both.
fn last_column(line: &Line) -> Name {
    let is_there = line.cell(Name::Futures).is_some();
    if is_there { Name::Futures } else { Name::Limit }
}

const PEERS: [Name; 4] = [Name::Tokio, Name::Smol, Name::Monoio, Name::MonoioUring];

impl Table {
    fn ratios(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| matches!(line.goal, Goal::Ratio(_)))
    }

    fn curves(&self) -> Vec<Curve<'_>> {
        let mut curves: Vec<Curve<'_>> = Vec::new();
        for line in &self.lines {
            if let Goal::Flat { curve: name, size, growth: target } = line.goal {
                match curves.last_mut() {
                    Some(curve) if curve.name == name => curve.points.push((size, line)),
                    _ => curves.push(Curve { name, points: vec![(size, line)], target }),
                }
            }
        }
        curves
    }

    /// Mainspring's median by its own for the row that this one is held against: the name
    /// of that row, the ratio if both were measured in this run, and its target.
    fn own(&self, line: &Line) -> Option<(&'static str, Option<f64>, f64)> {
        let (target, name) = line.targets().own?;
        let other = self.lines.iter().find(|other| other.name == name);
        let median = |line: &Line| line.median(Name::Mainspring);
        let ratio = median(line).zip(other.and_then(median)).map(|(a, b)| a / b);
        Some((name, ratio, target))
    }

    /// For a terminal, at most 80 columns wide.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in self.ratios() {
            write_line(&mut text, line);
            if let Some((name, ratio, target)) = self.own(line) {
                let ratio = ratio
                    .map_or("not measured".into(), |ratio| judged(ratio, Some(target)));
                let _ = writeln!(
                    text,
                    "  mainspring by its own row [{name}]: {ratio}, target {target:.2}"
                );
            }
            text.push('\n');
        }
        for curve in self.curves() {
            write_curve(&mut text, &curve);
        }
        let _ = writeln!(text, "medians of {} rounds{}", self.rounds, self.reservation());
        let _ = writeln!(
            text,
            "ratio: mainspring by this column, smaller is better; quartiles of the ratio\n\
             round by round; `*` is short of the target"
        );
        self.write_failures(&mut text);
        text
    }

    fn reservation(&self) -> &'static str {
        if self.divisor == 1 {
            ""
        } else {
            " of a tenth of the work: a glance, no result"
        }
    }

    fn write_failures(&self, text: &mut String) {
        for line in &self.lines {
            for (peer, cell) in &line.cells {
                if let Cell::Failed(error) = cell {
                    let _ = writeln!(text, "{} on {}: {error}", line.name, peer.text());
                }
            }
        }
    }

    /// For a document: the rows with the crate `futures` in a table of their own.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        for (last, title) in [(Name::Limit, "limit"), (Name::Futures, "`futures`")] {
            let mut lines =
                self.ratios().filter(|line| last_column(line) == last).peekable();
            if lines.peek().is_some() {
                let between = if text.is_empty() { "" } else { "\n" };
                let _ =
                    writeln!(text, "{between}{MARKDOWN_HEAD} {title} |\n{MARKDOWN_RULE}");
            }
            lines.for_each(|line| self.markdown_line(&mut text, line, last));
        }
        for curve in self.curves() {
            markdown_curve(&mut text, &curve);
        }
        text
    }

    fn markdown_line(&self, text: &mut String, line: &Line, last: Name) {
        let ours = number(line.median(Name::Mainspring));
        let own = self.own(line).map_or(String::new(), markdown_own);
        let _ = write!(text, "| {}, {} | {ours}{own} |", line.title, line.unit);
        for peer in PEERS.into_iter().chain([last]) {
            let _ = write!(text, " {} |", markdown_cell(line, peer));
        }
        text.push('\n');
    }

    /// For a program.
    pub fn json(&self) -> String {
        let lines: Vec<String> = self.lines.iter().map(json_line).collect();
        format!(
            "{{\n  \"rounds\": {},\n  \"divisor\": {},\n  \"rows\": [\n{}\n  ]\n}}\n",
            self.rounds,
            self.divisor,
            lines.join(",\n")
        )
    }
}

fn write_line(text: &mut String, line: &Line) {
    let _ = writeln!(text, "{} [{}], {}", line.title, line.name, line.unit);
    let mut rows = ["", "median", "ratio", "quartiles", "target"]
        .map(|title| format!("  {title:<9}"));
    for (peer, _) in &line.cells {
        let target = line.targets().of(*peer);
        let ratio = line.ratio(*peer).map(|ratio| judged(ratio, target));
        let quartiles = line.quartiles(*peer);
        let cells = [
            peer.text().into(),
            number(line.median(*peer)),
            ratio.unwrap_or_default(),
            quartiles.map_or(String::new(), |(low, high)| format!("{low:.2}-{high:.2}")),
            target.map_or(String::new(), |target| format!("{target:.2}")),
        ];
        for (row, cell) in rows.iter_mut().zip(cells) {
            let _ = write!(row, "{cell:>11}");
        }
    }
    for row in rows {
        let _ = writeln!(text, "{}", row.trim_end());
    }
}

fn write_curve(text: &mut String, curve: &Curve<'_>) {
    let Some((_, first)) = curve.points.first() else { return };
    let _ = writeln!(text, "{} [{}], {}", first.title, curve.name, first.unit);
    let peers: Vec<Name> = first.cells.iter().map(|(peer, _)| *peer).collect();
    let _ = write!(text, "  {:<9}", "");
    for peer in &peers {
        let _ = write!(text, "{:>11}", peer.text());
    }
    text.push('\n');
    for (size, line) in &curve.points {
        let _ = write!(text, "  {size:<9}");
        for peer in &peers {
            let _ = write!(text, "{:>11}", number(line.median(*peer)));
        }
        text.push('\n');
    }
    let _ = write!(text, "  {:<9}", "growth");
    for peer in &peers {
        let _ = write!(text, "{:>11}", curve.growth_text(*peer));
    }
    let _ = writeln!(text, "\n  {:<9}{:>11.2}\n", "target", curve.target);
}

fn markdown_cell(line: &Line, peer: Name) -> String {
    // The limit is a number to know, and to be held against only where it has a target.
    if peer == Name::Limit && line.targets().of(peer).is_none() {
        return number(line.median(peer));
    }
    let Some(ratio) = line.ratio(peer) else { return "-".into() };
    let ratio = markdown_ratio(ratio, line.targets().of(peer));
    format!("{ratio} of {}", number(line.median(peer)))
}

fn markdown_own((name, ratio, target): (&str, Option<f64>, f64)) -> String {
    let ratio = ratio.map(|ratio| markdown_ratio(ratio, Some(target)));
    ratio.map_or(String::new(), |ratio| format!("; {ratio} of `{name}`"))
}

/// A ratio and its target in parentheses, bold if it is short of it.
fn markdown_ratio(ratio: f64, target: Option<f64>) -> String {
    let Some(target) = target else { return format!("{ratio:.2}") };
    let mark = if is_reached(ratio, target) { "" } else { "**" };
    format!("{mark}{ratio:.2}{mark} ({target:.2})")
}

fn markdown_curve(text: &mut String, curve: &Curve<'_>) {
    let Some((_, first)) = curve.points.first() else { return };
    let _ = writeln!(
        text,
        "\n| {}, {} | 1,000 | 10,000 | 100,000 | 1,000,000 | growth |",
        first.title, first.unit
    );
    text.push_str("|---|---:|---:|---:|---:|---:|\n");
    for (peer, _) in &first.cells {
        let _ = write!(text, "| {} |", peer.text());
        for (_, line) in &curve.points {
            let _ = write!(text, " {} |", number(line.median(*peer)));
        }
        let _ = writeln!(text, " {} |", curve.growth_text(*peer));
    }
}

fn json_line(line: &Line) -> String {
    let cells: Vec<String> = line
        .cells
        .iter()
        .map(|(peer, cell)| {
            let content = match cell {
                Cell::Values(values) => format!("{values:?}"),
                Cell::Failed(error) => format!("\"{}\"", escape(error)),
            };
            format!("\"{}\": {content}", peer.text())
        })
        .collect();
    format!(
        "    {{\"row\": \"{}\", \"unit\": \"{}\", {}}}",
        line.name,
        line.unit,
        cells.join(", ")
    )
}

fn escape(text: &str) -> String {
    text.chars()
        .flat_map(|letter| match letter {
            '"' | '\\' => vec!['\\', letter],
            letter if letter.is_control() => vec![' '],
            letter => vec![letter],
        })
        .collect()
}

/// A number in as many digits as mean something, with a comma before each thousand.
fn number(value: Option<f64>) -> String {
    let Some(value) = value.filter(|value| value.is_finite()) else { return "-".into() };
    if value.abs() < 99.95 {
        return format!("{value:.1}");
    }
    let digits = format!("{:.0}", value.abs());
    let mut text = String::from(if value < 0.0 { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
