//! Plots as SVG, readable without scripts: a point's title shows its figures.

use std::fmt::Write as _;

/// Escapes a text for HTML and SVG.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// One line of a plot.
pub struct Line {
    pub name: String,
    pub points: Vec<Point>,
}

pub struct Point {
    /// The index of its series, which determines its colour, shape and position in the line.
    pub series: usize,
    pub ratio: f64,
    /// The lowest and the highest measurement.
    pub range: (f64, f64),
    pub title: String,
}

const WIDTH: f64 = 1080.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 28.0;
/// The distance between two series in a line.
const LANE: f64 = 4.0;
const PADDING: f64 = 8.0;

/// A plot of multiples of ours on a logarithmic axis: a line each, with a point for each
/// series. Values above 100 or below 0.01 are drawn at the border.
pub fn ratios(title: &str, lines: &[Line], series: usize) -> String {
    let height = LANE * series as f64 + PADDING;
    let bottom = TOP + height * lines.len() as f64;
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {:.0}\" role=\"img\" aria-label=\"{}\">\n",
        bottom + 24.0,
        escaped(title)
    );
    // Writing to a string never fails, here and below.
    for (number, line) in lines.iter().enumerate() {
        let top = TOP + height * number as f64;
        if number % 2 == 0 {
            let _ = writeln!(
                svg,
                "<rect class=\"stripe\" x=\"0\" y=\"{top:.1}\" width=\"{WIDTH}\" height=\"{height:.1}\"/>"
            );
        }
        let _ = writeln!(
            svg,
            "<text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            LEFT - 10.0,
            top + height / 2.0 + 4.0,
            escaped(&line.name)
        );
    }
    svg.push_str(&axis(bottom));
    for (number, line) in lines.iter().enumerate() {
        let first = TOP + height * number as f64 + (PADDING + LANE) / 2.0;
        for point in &line.points {
            svg.push_str(&drawn(point, first + LANE * point.series as f64));
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// The horizontal position of a ratio.
fn place(ratio: f64) -> f64 {
    let decades = ratio.clamp(0.01, 100.0).log10();
    LEFT + (decades + 2.0) / 4.0 * (WIDTH - LEFT - RIGHT)
}

fn axis(bottom: f64) -> String {
    let mut svg = String::new();
    for tick in [
        0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0,
    ] {
        let x = place(tick);
        let class = if tick == 1.0 { "ours" } else { "grid" };
        let _ = writeln!(
            svg,
            "<line class=\"{class}\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{bottom:.1}\"/>\
             <text class=\"tick\" x=\"{x:.1}\" y=\"{:.1}\">{tick}×</text>\
             <text class=\"tick\" x=\"{x:.1}\" y=\"{:.1}\">{tick}×</text>",
            TOP - 8.0,
            bottom + 16.0
        );
    }
    svg
}

fn drawn(point: &Point, y: f64) -> String {
    let (x, low, high) = (
        place(point.ratio),
        place(point.range.0),
        place(point.range.1),
    );
    format!(
        "<g class=\"s{}\"><title>{}</title><line x1=\"{low:.1}\" x2=\"{high:.1}\" y1=\"{y:.1}\" \
         y2=\"{y:.1}\"/>{}</g>\n",
        point.series,
        escaped(&point.title),
        mark(point.series, x, y)
    )
}

/// The shape of a series, so that colour is not the only difference.
pub fn mark(series: usize, x: f64, y: f64) -> String {
    let corners = |corners: &[(f64, f64)]| {
        let each = corners
            .iter()
            .map(|(dx, dy)| format!("{:.1},{:.1}", x + dx, y + dy));
        format!(
            "<polygon points=\"{}\"/>",
            each.collect::<Vec<_>>().join(" ")
        )
    };
    match series % 6 {
        0 => format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>"),
        1 => corners(&[(-3.5, -3.5), (3.5, -3.5), (3.5, 3.5), (-3.5, 3.5)]),
        2 => corners(&[(0.0, -4.6), (4.4, 3.4), (-4.4, 3.4)]),
        3 => corners(&[(0.0, -5.0), (5.0, 0.0), (0.0, 5.0), (-5.0, 0.0)]),
        4 => corners(&[(-4.4, -3.4), (4.4, -3.4), (0.0, 4.6)]),
        _ => corners(&[(-5.0, -1.8), (5.0, -1.8), (5.0, 1.8), (-5.0, 1.8)]),
    }
}

#[cfg(test)]
mod tests {
    use super::{LEFT, Line, Point, RIGHT, WIDTH, escaped, place, ratios};

    #[test]
    fn names_are_no_markup() {
        assert_eq!(escaped("a<b & \"c\">"), "a&lt;b &amp; &quot;c&quot;&gt;");
        let line = Line {
            name: "<x>".to_owned(),
            points: vec![Point {
                series: 1,
                ratio: 2.0,
                range: (1.9, 2.1),
                title: "a & b".to_owned(),
            }],
        };
        let svg = ratios("t", &[line], 2);
        assert!(svg.contains("&lt;x&gt;") && svg.contains("<title>a &amp; b</title>"));
        assert!(!svg.contains("<x>"));
    }

    #[test]
    fn the_axis_is_logarithmic_and_ends() {
        let middle = (LEFT + WIDTH - RIGHT) / 2.0;
        assert!((place(1.0) - middle).abs() < 1e-9);
        assert!((place(10.0) - middle - (middle - place(0.1))).abs() < 1e-9);
        assert_eq!(place(1e9), WIDTH - RIGHT);
        assert_eq!(place(0.0), LEFT);
    }
}
