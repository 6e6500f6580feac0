//! A chart with logarithmic axes: points, and a line through them.

use super::axis::{LINE, TO_LABEL, tick_down, tick_left};
use super::canvas::{Anchor, Area, Canvas, Colour, Place};
use super::lettering::Lettering;
use super::ticks::{Tick, log_ticks};

/// Sizes of text, in pixels an em.
const TITLE: f32 = 27.0;
const LABEL: f32 = 23.0;
const LEGEND: f32 = 19.0;
/// From one line of the legend to the next, from its edge to the frame, and from the start
/// of a mark to that of its text.
const LEGEND_LINE: f32 = 27.0;
const LEGEND_MARGIN: f32 = 18.0;
const LEGEND_MARK: f32 = 46.0;
/// Thickness of lines through points.
const STROKE: f32 = 3.5;
/// Radius of a dot, and of one where there are many.
const DOT: f32 = 7.0;
const SMALL_DOT: f32 = 4.0;
const MANY_POINTS: usize = 20;
/// Most ticks of an axis.
const MOST_TICKS: usize = 7;
/// Free space beyond the outermost points, over the span between them.
const AIR: f64 = 0.07;

const DOTS: Colour = [49, 104, 142];
const FIT: Colour = [213, 94, 0];

/// What goes through the points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// The straight line of least squares, with both axes logarithmic.
    Fit,
    /// From each point to the next.
    Joined,
}

/// Where there is room for a legend, since the points leave it free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Corner {
    LowerLeft,
    LowerRight,
}

/// Points (x, y), all above zero, with what is written around them.
pub(crate) struct Chart {
    pub(crate) title: String,
    pub(crate) x_label: &'static str,
    pub(crate) y_label: &'static str,
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) line: Line,
    /// What to say where there is no line to draw.
    pub(crate) without_line: &'static str,
    pub(crate) legend: Corner,
    pub(crate) points_are: &'static str,
    /// What else the legend says.
    pub(crate) remarks: Vec<String>,
}

impl Chart {
    /// Draws it with its axes around `area`.
    pub(crate) fn draw(&self, canvas: &mut Canvas, area: Area) {
        canvas.frame(area, LINE);
        canvas.text(&self.title, TITLE, (area.x as f32, area.y as f32 - 20.0), Anchor::Start);
        let middle =
            (area.x as f32 + area.width as f32 / 2.0, area.y as f32 + area.height as f32 / 2.0);
        let under = (middle.0, (area.y + area.height + LINE + TO_LABEL) as f32 + 68.0);
        canvas.text(self.x_label, LABEL, under, Anchor::Middle);
        let line = self.line_points();
        let all = || self.points.iter().chain(&line).copied();
        let (Some(x), Some(y)) = (
            Axis::of(all().map(|point| point.0), f64::from(area.width)),
            Axis::of(all().map(|point| point.1), f64::from(area.height)),
        ) else {
            canvas.text(self.without_line, LABEL, middle, Anchor::Middle);
            let beside = (area.x as f32 - 30.0, middle.1);
            canvas.text_upwards(self.y_label, LABEL, beside, Anchor::Middle);
            return;
        };
        draw_x_ticks(canvas, area, &x);
        let widest = draw_y_ticks(canvas, area, &y);
        let left = (area.x - LINE - TO_LABEL) as f32 - widest - 16.0;
        canvas.text_upwards(self.y_label, LABEL, (left, middle.1), Anchor::Middle);

        let bottom = f64::from(area.y + area.height);
        let place = |(px, py): (f64, f64)| -> Place {
            ((f64::from(area.x) + x.pixels(px)) as f32, (bottom - y.pixels(py)) as f32)
        };
        if line.is_empty() {
            let note = (middle.0, area.y as f32 + 36.0);
            canvas.text(self.without_line, LABEL, note, Anchor::Middle);
        }
        let places: Vec<Place> = line.iter().copied().map(place).collect();
        match self.line {
            Line::Fit => canvas.stroke(&places, STROKE, FIT),
            Line::Joined => canvas.stroke(&places, STROKE, DOTS),
        }
        let radius = if self.points.len() > MANY_POINTS { SMALL_DOT } else { DOT };
        for &point in &self.points {
            canvas.dot(place(point), radius, DOTS);
        }
        self.draw_legend(canvas, area, radius);
    }

    /// What points and line are, and the remarks, from the bottom of the area upwards.
    fn draw_legend(&self, canvas: &mut Canvas, area: Area, radius: f32) {
        let mut entries = vec![(Some(DOTS), self.points_are.to_owned())];
        if self.line == Line::Fit && self.points.len() > 1 {
            let share = r_squared(&self.points);
            let share = share.map(|share| format!(", R² {share:.3}")).unwrap_or_default();
            entries.push((Some(FIT), format!("least squares{share}")));
        }
        entries.extend(self.remarks.iter().map(|remark| (None, remark.clone())));
        let width = |text: &str| Lettering::new(text, LEGEND).width;
        let widest = entries.iter().map(|(_, text)| width(text)).fold(0.0, f32::max);
        let left = match self.legend {
            Corner::LowerLeft => area.x as f32 + LEGEND_MARGIN,
            Corner::LowerRight => {
                (area.x + area.width) as f32 - LEGEND_MARGIN - LEGEND_MARK - widest
            }
        };
        let bottom = (area.y + area.height) as f32 - LEGEND_MARGIN;
        for (k, (colour, text)) in (0_u8..).zip(entries.iter().rev()) {
            let y = bottom - f32::from(k) * LEGEND_LINE;
            let middle = y - LEGEND * 0.33;
            match colour {
                Some(FIT) => {
                    let ends = [(left, middle), (left + LEGEND_MARK - 12.0, middle)];
                    canvas.stroke(&ends, STROKE, FIT);
                }
                Some(colour) => {
                    canvas.dot((left + (LEGEND_MARK - 12.0) / 2.0, middle), radius, *colour);
                }
                None => {}
            }
            canvas.text(text, LEGEND, (left + LEGEND_MARK, y), Anchor::Start);
        }
    }

    /// The corners of the line; none if a line takes more points.
    fn line_points(&self) -> Vec<(f64, f64)> {
        let [(first, _), .., (last, _)] = self.points[..] else { return Vec::new() };
        match self.line {
            Line::Joined => self.points.clone(),
            Line::Fit => [first, last].map(|x| (x, fit(&self.points, x))).to_vec(),
        }
    }
}

/// The height at `x` of the straight line through ln y on ln x.
fn fit(points: &[(f64, f64)], x: f64) -> f64 {
    let logarithms: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let count = logarithms.len() as f64;
    let mean_x = logarithms.iter().map(|point| point.0).sum::<f64>() / count;
    let mean_y = logarithms.iter().map(|point| point.1).sum::<f64>() / count;
    (mean_y + mfn_core::features::slope(&logarithms) * (x.ln() - mean_x)).exp()
}

/// The share of the variance of ln y that the line explains; `None` where there is none.
fn r_squared(points: &[(f64, f64)]) -> Option<f64> {
    let mean = points.iter().map(|(_, y)| y.ln()).sum::<f64>() / points.len() as f64;
    let all: f64 = points.iter().map(|(_, y)| (y.ln() - mean).powi(2)).sum();
    let left: f64 = points.iter().map(|&(x, y)| (y.ln() - fit(points, x).ln()).powi(2)).sum();
    (all > 0.0).then(|| 1.0 - left / all)
}

/// A logarithmic axis.
struct Axis {
    low: f64,
    high: f64,
    pixels: f64,
}

impl Axis {
    /// With room for all values and some air; `None` if there are none.
    fn of(values: impl Iterator<Item = f64> + Clone, pixels: f64) -> Option<Self> {
        let low = values.clone().reduce(f64::min)?;
        let high = values.reduce(f64::max)?;
        // One value alone is put in the middle of a factor of four.
        let air = if low < high { (high / low).powf(AIR) } else { 2.0 };
        Some(Self { low: low / air, high: high * air, pixels })
    }

    /// From its low end.
    fn pixels(&self, value: f64) -> f64 {
        (value / self.low).ln() / (self.high / self.low).ln() * self.pixels
    }

    fn ticks(&self) -> Vec<Tick> {
        log_ticks(self.low, self.high, MOST_TICKS)
    }
}

fn draw_x_ticks(canvas: &mut Canvas, area: Area, axis: &Axis) {
    let bottom = area.y + area.height + LINE;
    for tick in axis.ticks() {
        let x = area.x + axis.pixels(tick.value) as u32;
        tick_down(canvas, (x, bottom), &tick.label, LABEL);
    }
}

/// Returns the width of the widest label.
fn draw_y_ticks(canvas: &mut Canvas, area: Area, axis: &Axis) -> f32 {
    let left = area.x - LINE;
    let mut widest = 0.0_f32;
    for tick in axis.ticks() {
        let y = area.y + area.height - axis.pixels(tick.value) as u32;
        tick_left(canvas, (left, y), &tick.label, LABEL);
        widest = widest.max(Lettering::new(&tick.label, LABEL).width);
    }
    widest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fit_of_a_power_law_is_that_law() {
        let points: Vec<(f64, f64)> =
            (1..6).map(|k| (f64::from(k), f64::from(k).powi(3))).collect();
        assert!((fit(&points, 10.0) - 1000.0).abs() < 1e-9);
    }

    #[test]
    fn r_squared_is_one_on_the_line_and_zero_where_it_explains_nothing() {
        let points: Vec<(f64, f64)> = (1..6).map(|k| (f64::from(k), 2.0 * f64::from(k))).collect();
        assert!(r_squared(&points).is_some_and(|share| (share - 1.0).abs() < 1e-12));
        let powers = [(1.0, 1.0), (2.0, 4.0), (4.0, 1.0)];
        assert!(r_squared(&powers).is_some_and(|share| share.abs() < 1e-12));
        assert_eq!(r_squared(&[(1.0, 3.0), (2.0, 3.0)]), None);
    }

    #[test]
    fn every_value_has_its_place_on_the_axis() {
        let axis = Axis::of([1.0, 100.0].into_iter(), 300.0).expect("there are values");
        assert!((axis.pixels(10.0) - 150.0).abs() < 1e-9);
        assert!(axis.pixels(1.0) > 0.0 && axis.pixels(100.0) < 300.0);
        let alone = Axis::of([7.0].into_iter(), 300.0).expect("there is a value");
        assert!((alone.pixels(7.0) - 150.0).abs() < 1e-9);
        assert!(Axis::of([].into_iter(), 300.0).is_none());
    }
}
