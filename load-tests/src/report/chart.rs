//! Charts as SVG inside a page: no scripts, nothing from elsewhere, the same bytes for the same numbers.

use std::fmt::Write as _;

use crate::table::number;

/// Something to be drawn.
pub(super) struct Chart {
    title: String,
    series: Vec<String>,
    shape: Shape,
}

enum Shape {
    /// Rows with a bar for each series.
    Bars { rows: Vec<(String, Vec<f64>)>, stacked: bool },
    /// Points (x, y) of each series.
    Lines { x: &'static str, points: Vec<Vec<(f64, f64)>>, scale: Scale },
}

/// How a number becomes a place on the axis below lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    /// Twice as much is always as far away.
    Doubling,
    /// As it is.
    Plain,
}

/// So narrow that a telephone shows it whole, at a size that can be read.
const WIDTH: f64 = 520.0;
/// Height of a row's name, which stands above its bars.
const NAME: f64 = 20.0;
/// Room behind the longest bar for its number.
const NUMBERS: f64 = 70.0;
const BAR: f64 = 16.0;
const GAP: f64 = 10.0;
const TOP: f64 = 34.0;
const PLOT_HEIGHT: f64 = 220.0;
const LEFT: f64 = 64.0;
const BOTTOM: f64 = 44.0;
/// Told apart by people who see few colours, too (Okabe and Ito).
const COLOURS: [&str; 6] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"];

/// Horizontal bars, one a series for each row.
pub(super) fn bars(title: &str, series: &[&str], rows: Vec<(String, Vec<f64>)>) -> Chart {
    let series = series.iter().map(|name| (*name).to_owned()).collect();
    Chart { title: title.to_owned(), series, shape: Shape::Bars { rows, stacked: false } }
}

/// Lines over a number that doubles from tick to tick.
pub(super) fn lines(title: &str, x: &'static str, series: Vec<(String, Vec<(f64, f64)>)>) -> Chart {
    let (series, points) = series.into_iter().unzip();
    Chart { title: title.to_owned(), series, shape: Shape::Lines { x, points, scale: Scale::Doubling } }
}

impl Chart {
    /// The bars of a row behind one another instead of below.
    pub(super) fn stacked(self) -> Self {
        match self.shape {
            Shape::Bars { rows, stacked: _ } => Self { shape: Shape::Bars { rows, stacked: true }, ..self },
            Shape::Lines { .. } => self,
        }
    }

    /// Lines over a number as it is.
    pub(super) fn plain(self) -> Self {
        match self.shape {
            Shape::Lines { x, points, .. } => {
                Self { shape: Shape::Lines { x, points, scale: Scale::Plain }, ..self }
            }
            Shape::Bars { .. } => self,
        }
    }

    /// The chart as an `svg` element; nothing where there is nothing to draw.
    pub(super) fn svg(&self) -> String {
        match &self.shape {
            Shape::Bars { rows, stacked } if !rows.is_empty() => self.bars_svg(rows, *stacked),
            Shape::Lines { x, points, scale } if points.iter().any(|points| points.len() > 1) => {
                self.lines_svg(x, points, *scale)
            }
            Shape::Bars { .. } | Shape::Lines { .. } => String::new(),
        }
    }

    fn bars_svg(&self, rows: &[(String, Vec<f64>)], stacked: bool) -> String {
        let lanes = if stacked { 1 } else { self.series.len() };
        let row_height = NAME + BAR * count(lanes) + GAP;
        let top = TOP + self.legend_height();
        let height = top + row_height * count(rows.len());
        let length =
            |bars: &[f64]| if stacked { bars.iter().sum() } else { bars.iter().copied().fold(0.0, f64::max) };
        let most = rows.iter().map(|(_, bars)| length(bars)).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
        let scale = (WIDTH - NUMBERS) / most;
        let mut body = String::new();
        for (place, (name, bars)) in rows.iter().enumerate() {
            let y = top + row_height * count(place);
            body += &text(0.0, y + NAME - 5.0, "start", name);
            let mut x = 0.0;
            for (series, value) in bars.iter().enumerate() {
                let (colour, wide) = (COLOURS[series % COLOURS.len()], value * scale);
                let lane = y + NAME + if stacked { 0.0 } else { BAR * count(series) };
                let _ = write!(
                    body,
                    "<rect x=\"{x:.1}\" y=\"{lane:.1}\" width=\"{wide:.1}\" height=\"{:.1}\" fill=\"{colour}\"/>",
                    BAR - 2.0
                );
                if stacked {
                    x += wide;
                } else {
                    body += &text(wide + 5.0, lane + 11.5, "start", &number(Some(*value)));
                }
            }
            if stacked {
                body += &text(x + 5.0, y + NAME + 11.5, "start", &number(Some(length(bars))));
            }
        }
        self.framed(height, &body)
    }

    fn lines_svg(&self, x_name: &str, points: &[Vec<(f64, f64)>], scale: Scale) -> String {
        // The highest mark stands above the line that it belongs to.
        let top = TOP + self.legend_height() + 8.0;
        let all = || points.iter().flatten();
        let ends = |of: fn(&(f64, f64)) -> f64| {
            let least = all().map(of).fold(f64::INFINITY, f64::min);
            (least, all().map(of).fold(f64::NEG_INFINITY, f64::max))
        };
        let ((least, most), (_, highest)) = (ends(|(x, _)| *x), ends(|(_, y)| *y));
        let (from, until) = (scale.place(least), scale.place(most));
        let ceiling = nice(highest);
        let at_x = |x: f64| {
            let wide = (until - from).max(f64::MIN_POSITIVE);
            LEFT + (scale.place(x) - from) / wide * (WIDTH - LEFT - 40.0)
        };
        let at_y = |y: f64| top + PLOT_HEIGHT - y / ceiling * PLOT_HEIGHT;
        let mut body = String::new();
        for tick in 0..=4_u32 {
            let value = ceiling * f64::from(tick) / 4.0;
            let y = at_y(value);
            let _ = write!(
                body,
                "<path d=\"M{LEFT:.1} {y:.1}H{:.1}\" stroke=\"#8884\" fill=\"none\"/>",
                WIDTH - 40.0
            );
            body += &text(LEFT - 8.0, y + 4.5, "end", &plain(value));
        }
        for x in scale.marks(all().map(|(x, _)| *x).collect()) {
            body += &text(at_x(x), top + PLOT_HEIGHT + 18.0, "middle", &plain(x));
        }
        body += &text(f64::midpoint(LEFT, WIDTH - 40.0), top + PLOT_HEIGHT + 38.0, "middle", x_name);
        for (series, points) in points.iter().enumerate() {
            let colour = COLOURS[series % COLOURS.len()];
            let way = points.iter().map(|(x, y)| format!("{:.1} {:.1}", at_x(*x), at_y(*y)));
            let way = way.collect::<Vec<_>>().join("L");
            let _ = write!(body, "<path d=\"M{way}\" stroke=\"{colour}\" stroke-width=\"2\" fill=\"none\"/>");
            for (x, y) in points {
                let (x, y) = (at_x(*x), at_y(*y));
                let _ = write!(body, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>");
            }
        }
        self.framed(top + PLOT_HEIGHT + BOTTOM, &body)
    }

    fn legend_height(&self) -> f64 {
        if self.series.len() > 1 { 22.0 } else { 0.0 }
    }

    /// Title and legend around what was drawn.
    fn framed(&self, height: f64, body: &str) -> String {
        let mut legend = String::new();
        if self.series.len() > 1 {
            let mut x = 0.0;
            for (place, name) in self.series.iter().enumerate() {
                let colour = COLOURS[place % COLOURS.len()];
                let _ = write!(
                    legend,
                    "<rect x=\"{x:.1}\" y=\"{TOP:.1}\" width=\"12\" height=\"12\" fill=\"{colour}\"/>"
                );
                legend += &text(x + 18.0, TOP + 10.5, "start", name);
                x += 46.0 + 7.2 * count(name.chars().count());
            }
        }
        let title = escaped(&self.title);
        format!(
            "<svg viewBox=\"0 0 {WIDTH:.0} {height:.0}\" role=\"img\" aria-label=\"{title}\">\
             <text x=\"0\" y=\"16\" class=\"title\">{title}</text>{legend}{body}</svg>\n"
        )
    }
}

impl Scale {
    fn place(self, x: f64) -> f64 {
        match self {
            Self::Doubling => x.max(1.0).log2(),
            Self::Plain => x,
        }
    }

    /// What is written below: every number, or some that are evenly apart.
    fn marks(self, mut all: Vec<f64>) -> Vec<f64> {
        /// So many have room.
        const MARKS_MAX: usize = 16;
        all.sort_by(f64::total_cmp);
        all.dedup();
        let apart = match self {
            Self::Doubling => 1,
            Self::Plain => all.len().div_ceil(MARKS_MAX).max(1),
        };
        all.into_iter().step_by(apart).collect()
    }
}

fn text(x: f64, y: f64, anchor: &str, what: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>", escaped(what))
}

/// Text as XML and HTML take it.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The least of 1, 2, 4, 5, 8 and 10 times a power of ten that is not below a number: its quarters are easily read.
fn nice(most: f64) -> f64 {
    if most <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(most.log10().floor());
    let steps = [1.0, 2.0, 4.0, 5.0, 8.0, 10.0];
    steps.iter().map(|step| step * power).find(|step| *step >= most).unwrap_or(10.0 * power)
}

/// A number without digits that say nothing.
fn plain(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[expect(clippy::cast_precision_loss, reason = "a few dozen")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_number_that_is_easily_read() {
        let check =
            |most: f64, expect: f64| assert!((nice(most) - expect).abs() < 1e-9, "{most}: {}", nice(most));
        check(0.0, 1.0);
        check(0.73, 0.8);
        check(1.0, 1.0);
        check(2587.0, 4000.0);
        check(447.0, 500.0);
        check(9001.0, 10_000.0);
    }

    #[test]
    fn what_is_drawn_is_as_long_as_its_number() {
        let chart = bars("t", &["a"], vec![("one".into(), vec![1.0]), ("two <&>".into(), vec![2.0])]);
        let svg = chart.svg();
        assert!(svg.contains("width=\"225.0\"") && svg.contains("width=\"450.0\""), "{svg}");
        assert!(svg.contains("two &lt;&amp;&gt;"), "{svg}");
        let stacked = bars("t", &["a", "b"], vec![("one".into(), vec![1.0, 3.0])]).stacked().svg();
        assert!(stacked.contains("x=\"0.0\"") && stacked.contains("x=\"112.5\""), "{stacked}");
    }

    #[test]
    fn where_there_is_nothing_nothing_is_drawn() {
        assert_eq!(bars("t", &["a"], Vec::new()).svg(), "");
        assert_eq!(lines("t", "x", vec![("a".into(), vec![(1.0, 1.0)])]).svg(), "");
        assert!(lines("t", "x", vec![("a".into(), vec![(1.0, 1.0), (2.0, 4.0)])]).svg().contains("<path"));
    }
}
