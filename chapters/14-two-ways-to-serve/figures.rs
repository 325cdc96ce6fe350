//! Draws the curves of `points.csv`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use crate::measure;

/// Width and height of the field, and where it begins.
const FIELD: (f64, f64) = (460.0, 280.0);
const CORNER: (f64, f64) = (80.0, 40.0);

const STYLE: &str = "\
text{font:14px system-ui,sans-serif;fill:#222}rect{fill:#fff}\
.grid{stroke:#ddd}path{fill:none;stroke-width:2.5}\
.c0{stroke:#0b62b0}.c1{stroke:#b3470c}.c2{stroke:#8a2d86}.c3{stroke:#157a2b}.c4{stroke:#7a6a00}.c5{stroke:#555}.c1,.c4{stroke-dasharray:7 5}\
@media(prefers-color-scheme:dark){text{fill:#eee}rect{fill:#181a1f}.grid{stroke:#3a3d44}\
.c0{stroke:#6cb6ff}.c1{stroke:#ff9e64}.c2{stroke:#e394dc}.c3{stroke:#7ee08a}.c4{stroke:#e3d26f}.c5{stroke:#bbb}}";

/// A figure: which work, which column, what it is called, and what a unit of it is.
struct Figure {
    file: &'static str,
    work: &'static str,
    column: &'static str,
    title: &'static str,
    /// What the numbers are divided by.
    unit: f64,
}

const FIGURES: [Figure; 3] = [
    Figure {
        file: "waits.svg",
        work: "waits",
        column: "p99",
        title: "work that waits: the 99th percentile, in times of the work",
        unit: 50_000.0,
    },
    Figure {
        file: "blocks.svg",
        work: "blocks",
        column: "p99",
        title: "work that blocks: the 99th percentile, in times of the work",
        unit: 50_000.0,
    },
    Figure {
        file: "memory.svg",
        work: "waits",
        column: "memory_kib",
        title: "memory of the server, in MiB",
        unit: 1024.0,
    },
];

/// Draws all figures into a folder.
pub fn draw(folder: &Path) -> io::Result<()> {
    let points = fs::read_to_string(measure::folder().join("points.csv"))?;
    for figure in FIGURES {
        let curves = curves(&points, &figure)
            .ok_or_else(|| io::Error::other("points.csv is not whole: measure again"))?;
        fs::write(folder.join(figure.file), svg(&figure, &curves))?;
    }
    Ok(())
}

/// For each way its points: connections and what was measured.
type Curves = BTreeMap<String, Vec<(f64, f64)>>;

fn curves(points: &str, figure: &Figure) -> Option<Curves> {
    let mut lines = points.lines();
    let names: Vec<&str> = lines.next()?.split(',').collect();
    let place = |name| names.iter().position(|other| *other == name);
    let (work, connections, value) =
        (place("work")?, place("connections")?, place(figure.column)?);
    let mut curves = Curves::new();
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        if *fields.get(work)? == figure.work {
            let value: f64 = fields.get(value)?.parse().ok()?;
            let point = (fields.get(connections)?.parse().ok()?, value / figure.unit);
            curves.entry(fields[0].to_owned()).or_default().push(point);
        }
    }
    Some(curves)
}

fn svg(figure: &Figure, curves: &Curves) -> String {
    let values = || curves.values().flatten().map(|(_, y)| y.max(0.01).log10());
    let (low, high) = (
        values().fold(f64::MAX, f64::min).floor(),
        values().fold(f64::MIN, f64::max).ceil().max(1.0),
    );
    let at = |(x, y): (f64, f64)| {
        let up = (y.max(0.01).log10() - low) / (high - low).max(1.0);
        (CORNER.0 + x.log10() / 4.0 * FIELD.0, CORNER.1 + (1.0 - up) * FIELD.1)
    };
    let title = figure.title;
    let mut drawn = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 700 380\" role=\"img\">\n\
         <title>{title}</title>\n\
         <desc>Curves of {title}, over the number of connections from 1 to 10,000, both axes \
         logarithmic, one for each way to serve: {}.</desc>\n\
         <style>{STYLE}</style>\n<rect width=\"700\" height=\"380\"/>\n\
         <text x=\"20\" y=\"24\">{title}</text>\n",
        curves.keys().cloned().collect::<Vec<_>>().join(", ")
    );
    let mut power = low;
    while power <= high {
        let (x, y) = at((1.0, 10_f64.powf(power)));
        let _ = writeln!(
            drawn,
            "<path class=\"grid\" d=\"M{x:.0} {y:.0}h{}\"/><text x=\"70\" y=\"{:.0}\" \
             text-anchor=\"end\">{}</text>",
            FIELD.0,
            y + 5.0,
            10_f64.powf(power)
        );
        power += 1.0;
    }
    for connections in [1.0, 10.0, 100.0, 1_000.0, 10_000.0] {
        let (x, _) = at((connections, 1.0));
        let _ = writeln!(
            drawn,
            "<text x=\"{x:.0}\" y=\"345\" text-anchor=\"middle\">{connections}</text>"
        );
    }
    drawn += "<text x=\"310\" y=\"368\" text-anchor=\"middle\">connections</text>\n";
    for (number, (way, points)) in curves.iter().enumerate() {
        let mut path = String::new();
        for (index, point) in points.iter().enumerate() {
            let (x, y) = at(*point);
            let _ = write!(path, "{}{x:.1} {y:.1}", if index == 0 { 'M' } else { 'L' });
        }
        let y = 60 + 24 * number;
        let _ = writeln!(
            drawn,
            "<path class=\"c{number}\" d=\"{path}\"/>\
             <path class=\"c{number}\" d=\"M560 {}h24\"/><text x=\"592\" y=\"{}\">{way}</text>",
            y - 5,
            y
        );
    }
    drawn + "</svg>\n"
}
