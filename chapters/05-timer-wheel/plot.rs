//! Draws what was measured: two panels, both axes logarithmic, as an SVG.

use crate::Row;

const WIDTH: f64 = 560.0;
/// The edges of a panel's drawing area, and the height of a panel.
const LEFT: f64 = 70.0;
const RIGHT: f64 = 400.0;
const HEIGHT: f64 = 270.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 242.0;
/// Powers of ten at the ends of the axis of costs, in nanoseconds.
const COSTS: (f64, f64) = (1.0, 5.0);

const STYLE: &str = "
  .ground { fill: #fdfdfb } text { fill: #24292f; font: 14px sans-serif }
  .title { font-weight: bold } .grid { stroke: #d0d7de }
  .line { fill: none; stroke: #57606a; stroke-width: 2 }
  .dot { fill: #57606a } .key { stroke: #b35900; stroke-width: 3 }
  .dot.key { fill: #b35900 } text.key { fill: #b35900; stroke: none; font-weight: bold }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #151b2b } text { fill: #d0d7de } .grid { stroke: #373e47 }
    .line { stroke: #9da7b3 } .dot { fill: #9da7b3 } .key { stroke: #ffa657 }
    .dot.key, text.key { fill: #ffa657 }
  }
";

/// The whole figure.
pub fn draw(rows: &[Row], sizes: &[usize]) -> String {
    let put_off: Vec<_> = rows.iter().map(|row| (row.name, &row.put_off[..])).collect();
    let fire: Vec<_> = rows.iter().map(|row| (row.name, &row.fire[..])).collect();
    let panels = panel("Nanoseconds to put a timer off", &put_off, sizes, 0.0)
        + &panel("Nanoseconds to set a timer and fire it", &fire, sizes, HEIGHT);
    let height = 2.0 * HEIGHT + 24.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" \
         viewBox=\"0 0 {WIDTH} {height}\">\n\
         <title>The cost of a timer by the number of timers</title>\n\
         <desc>{}</desc>\n<style>{STYLE}</style>\n\
         <rect class=\"ground\" width=\"{WIDTH}\" height=\"{height}\"/>\n{panels}\
         <text x=\"{LEFT}\" y=\"{}\">timers pending</text>\n</svg>\n",
        describe(&put_off, sizes) + " " + &describe(&fire, sizes),
        height - 14.0
    )
}

type Line<'a> = (&'static str, &'a [Option<f64>]);

/// One panel: its grid, its lines, and each line's name at its end.
fn panel(title: &str, lines: &[Line<'_>], sizes: &[usize], down: f64) -> String {
    let mut svg = format!(
        "<g transform=\"translate(0 {down})\">\n\
         <text class=\"title\" x=\"{LEFT}\" y=\"26\">{title}</text>\n"
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
    let names = heights_of_names(lines);
    const DASHES: [&str; 5] = ["none", "8 4", "2 4", "10 4 2 4", "none"];
    for (((name, costs), y), dashes) in lines.iter().zip(names).zip(DASHES) {
        svg += &line(name, costs, sizes, y, dashes);
    }
    svg + "</g>\n"
}

/// One machine's line; the library's own is marked.
fn line(
    name: &str,
    costs: &[Option<f64>],
    sizes: &[usize],
    name_y: f64,
    dashes: &str,
) -> String {
    let key = if name.starts_with("mainspring") { " key" } else { "" };
    let points: Vec<(f64, f64)> = sizes
        .iter()
        .zip(costs)
        .filter_map(|(n, cost)| Some((place_of(*n, sizes), height_of((*cost)?))))
        .collect();
    let path: Vec<String> =
        points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let mut svg = format!(
        "<polyline class=\"line{key}\" stroke-dasharray=\"{dashes}\" points=\"{}\"/>\n",
        path.join(" ")
    );
    for (x, y) in &points {
        svg += &format!(
            "<circle class=\"dot{key}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>\n"
        );
    }
    let x = points.last().map_or(LEFT, |(x, _)| x + 12.0);
    svg + &format!(
        "<text class=\"name{key}\" x=\"{x:.1}\" y=\"{name_y:.1}\">{name}</text>\n"
    )
}

/// Where the names stand: at the ends of their lines, moved apart where they would touch.
fn heights_of_names(lines: &[Line<'_>]) -> Vec<f64> {
    const APART: f64 = 17.0;
    let mut ends: Vec<(usize, f64, bool)> = lines
        .iter()
        .enumerate()
        .map(|(index, (_, costs))| {
            let end = costs.iter().rev().find_map(|cost| *cost).unwrap_or(1.0);
            (index, height_of(end) + 5.0, costs.last().is_some_and(Option::is_some))
        })
        .collect();
    // From the bottom up; a line that ends early has its end to itself.
    ends.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut heights = vec![0.0; lines.len()];
    let mut free = f64::INFINITY;
    for (index, height, whole) in ends {
        heights[index] = if whole { height.min(free) } else { height };
        if whole {
            free = heights[index] - APART;
        }
    }
    heights
}

/// Across: the logarithm of the number of timers.
fn place_of(n: usize, sizes: &[usize]) -> f64 {
    let log = |n: usize| (n as f64).log10();
    let (first, last) = (log(sizes[0]), log(sizes[sizes.len() - 1]));
    LEFT + 24.0 + (RIGHT - LEFT - 36.0) * (log(n) - first) / (last - first)
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
