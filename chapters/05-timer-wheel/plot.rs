//! Draws what was measured: two panels, both axes logarithmic, as an SVG.

use crate::Row;

const WIDTH: f64 = 560.0;
/// The edges of a panel's drawing area, and the height of a panel.
const LEFT: f64 = 76.0;
const RIGHT: f64 = 540.0;
const HEIGHT: f64 = 300.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 242.0;
/// The height of the legend, which stands above both panels.
const LEGEND: f64 = 86.0;
/// Powers of ten at the ends of the axis of costs, in nanoseconds.
const COSTS: (f64, f64) = (1.0, 5.0);

/// How a line is drawn: colours for light and dark, and dashes for those who see no colours.
struct Pen {
    light: &'static str,
    dark: &'static str,
    dashes: &'static str,
}

const fn pen(light: &'static str, dark: &'static str, dashes: &'static str) -> Pen {
    Pen { light, dark, dashes }
}

/// In the order of the machines; the library's own is the last.
const PENS: [Pen; 5] = [
    pen("#8250df", "#d2a8ff", "2 4"),
    pen("#0969da", "#79c0ff", "9 4"),
    pen("#1a7f37", "#7ee787", "10 4 2 4"),
    pen("#57606a", "#a8b3bd", "none"),
    pen("#b35900", "#ffa657", "none"),
];

const STYLE: &str = "
  .ground { fill: #fdfdfb } text { fill: #24292f; font: 15px sans-serif }
  .title, .key { font-weight: bold } .grid { stroke: #d0d7de }
  .line { fill: none; stroke-width: 2 } .line.key { stroke-width: 4 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #151b2b } text { fill: #d0d7de } .grid { stroke: #373e47 }
  }
";

/// The whole figure.
pub fn draw(rows: &[Row], sizes: &[usize]) -> String {
    let put_off: Vec<_> = rows.iter().map(|row| (row.name, &row.put_off[..])).collect();
    let fire: Vec<_> = rows.iter().map(|row| (row.name, &row.fire[..])).collect();
    let content = legend(rows)
        + &panel("Nanoseconds to put a timer off", &put_off, sizes, LEGEND)
        + &panel("Nanoseconds to set a timer and fire it", &fire, sizes, LEGEND + HEIGHT);
    let height = LEGEND + 2.0 * HEIGHT;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" \
         viewBox=\"0 0 {WIDTH} {height}\">\n\
         <title>The cost of a timer by the number of timers</title>\n\
         <desc>To put off: {} To set and fire: {}</desc>\n<style>{STYLE}{}</style>\n\
         <rect class=\"ground\" width=\"{WIDTH}\" height=\"{height}\"/>\n{content}</svg>\n",
        describe(&put_off, sizes),
        describe(&fire, sizes),
        colours(),
    )
}

/// The style of each line and of its dots.
fn colours() -> String {
    let rules = |colour: fn(&Pen) -> &str| {
        let rule = |(index, pen): (usize, &Pen)| {
            let colour = colour(pen);
            format!("  .m{index} {{ stroke: {colour} }} .d{index} {{ fill: {colour} }}\n")
        };
        PENS.iter().enumerate().map(rule).collect::<String>()
    };
    let (light, dark) = (rules(|pen| pen.light), rules(|pen| pen.dark));
    format!("{light}  @media (prefers-color-scheme: dark) {{\n{dark}  }}\n")
}

/// The library's own line is thicker, and its name bold.
fn key(index: usize) -> &'static str {
    if index == PENS.len() - 1 { " key" } else { "" }
}

/// A piece of each line with its name, in two columns.
fn legend(rows: &[Row]) -> String {
    let entry = |(index, row): (usize, &Row)| {
        let x = if index < 3 { 20.0 } else { WIDTH / 2.0 + 20.0 };
        let (y, key) = (22.0 + 24.0 * (index % 3) as f64, key(index));
        format!(
            "<path class=\"line{key} m{index}\" stroke-dasharray=\"{}\" \
             d=\"M{x} {y}h44\"/>\n<text class=\"name{key}\" x=\"{}\" y=\"{}\">{}</text>\n",
            PENS[index].dashes,
            x + 52.0,
            y + 5.0,
            row.name
        )
    };
    rows.iter().enumerate().map(entry).collect()
}

type Line<'a> = (&'static str, &'a [Option<f64>]);

/// One panel: its grid, its axes, and its lines.
fn panel(title: &str, lines: &[Line<'_>], sizes: &[usize], down: f64) -> String {
    let mut svg = format!(
        "<g transform=\"translate(0 {down})\">\n\
         <text class=\"title\" x=\"{LEFT}\" y=\"22\">{title}</text>\n\
         <text x=\"{RIGHT}\" y=\"{}\" text-anchor=\"end\">timers pending</text>\n",
        BOTTOM + 42.0
    );
    for cost in [10_u32, 100, 1_000, 10_000, 100_000] {
        let y = height_of(f64::from(cost));
        svg += &format!(
            "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/>\n\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\n",
            LEFT - 8.0,
            y + 5.0,
            thousands(cost as usize)
        );
    }
    for n in sizes {
        svg += &format!(
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
            place_of(*n, sizes),
            BOTTOM + 20.0,
            thousands(*n)
        );
    }
    for (index, (_, costs)) in lines.iter().enumerate() {
        svg += &line(index, costs, sizes);
    }
    svg + "</g>\n"
}

/// One machine's line, and a dot for each number that was measured.
fn line(index: usize, costs: &[Option<f64>], sizes: &[usize]) -> String {
    let points: Vec<(f64, f64)> = sizes
        .iter()
        .zip(costs)
        .filter_map(|(n, cost)| Some((place_of(*n, sizes), height_of((*cost)?))))
        .collect();
    let path: Vec<String> =
        points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let mut svg = format!(
        "<polyline class=\"line{} m{index}\" stroke-dasharray=\"{}\" points=\"{}\"/>\n",
        key(index),
        PENS[index].dashes,
        path.join(" ")
    );
    for (x, y) in &points {
        svg += &format!(
            "<circle class=\"d{index}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>\n"
        );
    }
    svg
}

/// Across: the logarithm of the number of timers.
fn place_of(n: usize, sizes: &[usize]) -> f64 {
    let log = |n: usize| (n as f64).log10();
    let (first, last) = (log(sizes[0]), log(sizes[sizes.len() - 1]));
    LEFT + 24.0 + (RIGHT - LEFT - 64.0) * (log(n) - first) / (last - first)
}

/// Upwards: the logarithm of the cost.
fn height_of(cost: f64) -> f64 {
    let (low, high) = COSTS;
    BOTTOM - (BOTTOM - TOP) * (cost.log10().clamp(low, high) - low) / (high - low)
}

/// The numbers in words, for those who do not see the lines.
fn describe(lines: &[Line<'_>], sizes: &[usize]) -> String {
    let each = lines.iter().map(|(name, costs)| {
        let points = sizes.iter().zip(*costs);
        let costs: Vec<String> = points
            .filter_map(|(n, cost)| Some(format!("{:.0} at {}", (*cost)?, thousands(*n))))
            .collect();
        format!("{name}: {}.", costs.join(", "))
    });
    each.collect::<Vec<_>>().join(" ")
}

/// A number with its thousands apart.
pub fn thousands(n: usize) -> String {
    match n / 1_000 {
        0 => n.to_string(),
        rest => format!("{},{:03}", thousands(rest), n % 1_000),
    }
}
