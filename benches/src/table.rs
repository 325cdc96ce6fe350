//! The table: medians, ratios, and whether they reach what they shall.

use std::fmt::Write;

use crate::meter::{median, quantile};
use crate::peers::Name;
use crate::work::Goal;

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

    /// Mainspring's median by the peer's.
    fn ratio(&self, peer: Name) -> Option<f64> {
        Some(self.median(Name::Mainspring)? / self.median(peer)?)
    }

    /// What the ratio shall be at most.
    fn target(&self, peer: Name) -> Option<f64> {
        let Goal::Ratio([tokio, smol, monoio]) = self.goal else { return None };
        match peer {
            Name::Tokio => Some(tokio),
            Name::Smol => Some(smol),
            Name::Monoio | Name::MonoioUring => Some(monoio),
            Name::Mainspring | Name::Limit => None,
        }
    }

    /// The same ratio round by round: its quartiles say how much the machine disturbed.
    fn quartiles(&self, peer: Name) -> Option<(f64, f64)> {
        let ours = self.cell(Name::Mainspring)?.values();
        let theirs = self.cell(peer)?.values();
        let mut ratios: Vec<f64> = ours.iter().zip(theirs).map(|(a, b)| a / b).collect();
        Some((quantile(&mut ratios, 0.25), quantile(&mut ratios, 0.75)))
    }

    /// The ratio as it is printed: exact to two digits, and compared as printed.
    fn verdict(&self, peer: Name) -> Option<(f64, f64, bool)> {
        let (ratio, target) = (self.ratio(peer)?, self.target(peer)?);
        Some((ratio, target, (ratio * 100.0).round() <= (target * 100.0).round()))
    }
}

/// The points of one curve.
struct Curve<'a> {
    name: &'static str,
    points: Vec<(usize, &'a Line)>,
}

impl Curve<'_> {
    fn growth(&self, peer: Name) -> Option<f64> {
        let (_, first) = self.points.first()?;
        let (_, last) = self.points.last()?;
        Some(last.median(peer)? / first.median(peer)?)
    }
}

const PEERS: [Name; 4] = [Name::Tokio, Name::Smol, Name::Monoio, Name::MonoioUring];

impl Table {
    fn ratios(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| matches!(line.goal, Goal::Ratio(_)))
    }

    fn curves(&self) -> Vec<Curve<'_>> {
        let mut curves: Vec<Curve<'_>> = Vec::new();
        for line in &self.lines {
            if let Goal::Flat(name, size) = line.goal {
                match curves.last_mut() {
                    Some(curve) if curve.name == name => curve.points.push((size, line)),
                    _ => curves.push(Curve { name, points: vec![(size, line)] }),
                }
            }
        }
        curves
    }

    /// For a terminal, at most 80 columns wide.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in self.ratios() {
            write_line(&mut text, line);
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

    /// For a document.
    pub fn markdown(&self) -> String {
        let mut text = String::from(
            "| work | mainspring | tokio | smol | monoio, epoll | monoio, io_uring | limit |\n\
             |---|---:|---:|---:|---:|---:|---:|\n",
        );
        for line in self.ratios() {
            let _ = write!(text, "| {}, {} |", line.title, line.unit);
            let _ = write!(text, " {} |", number(line.median(Name::Mainspring)));
            for peer in PEERS {
                let _ = write!(text, " {} |", markdown_cell(line, peer));
            }
            let _ = writeln!(text, " {} |", number(line.median(Name::Limit)));
        }
        for curve in self.curves() {
            markdown_curve(&mut text, &curve);
        }
        text
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
        let ratio = |ratio: f64| format!("{ratio:.2}");
        let verdict = line.verdict(*peer);
        let quartiles = verdict.and_then(|_| line.quartiles(*peer));
        let cells = [
            peer.text().into(),
            number(line.median(*peer)),
            match (verdict, line.ratio(*peer)) {
                (Some((value, _, reached)), _) => {
                    format!("{}{}", if reached { "" } else { "*" }, ratio(value))
                }
                (None, Some(value)) if *peer == Name::Limit => ratio(value),
                _ => String::new(),
            },
            quartiles.map_or(String::new(), |(low, high)| format!("{low:.2}-{high:.2}")),
            verdict.map_or(String::new(), |(_, target, _)| ratio(target)),
        ];
        for (row, cell) in rows.iter_mut().zip(cells) {
            let _ = write!(row, "{cell:>11}");
        }
    }
    for row in rows {
        let _ = writeln!(text, "{}", row.trim_end());
    }
    text.push('\n');
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
        let growth =
            curve.growth(*peer).map_or("-".into(), |growth| growth_text(*peer, growth));
        let _ = write!(text, "{growth:>11}");
    }
    let _ = writeln!(text, "\n  {:<9}{:>11}\n", "target", "2.00");
}

fn growth_text(peer: Name, growth: f64) -> String {
    let short = peer == Name::Mainspring && growth > 2.0;
    format!("{}{growth:.2}", if short { "*" } else { "" })
}

fn markdown_cell(line: &Line, peer: Name) -> String {
    let Some((ratio, target, reached)) = line.verdict(peer) else {
        return "-".into();
    };
    let mark = if reached { "" } else { "**" };
    format!("{mark}{ratio:.2}{mark} ({target:.2}) of {}", number(line.median(peer)))
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
        let growth =
            curve.growth(*peer).map_or("-".into(), |growth| growth_text(*peer, growth));
        let _ = writeln!(text, " {growth} |");
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
