//! A field as a heat map with its colour bar.

use super::axis::{LINE, tick_down, tick_left, tick_right};
use super::canvas::{Anchor, Area, Canvas, Colour};
use super::colours::{ColourMap, Scale};
use super::lettering::Lettering;
use super::ticks::ticks;

/// What a picture of a field is called.
pub(crate) const FIELD_TITLE: &str = "MFN potential field";

/// About the edge of the field; the exact one is a multiple of its cells.
const EDGE: usize = 960;
/// Around the field, for titles and labels.
const LEFT: u32 = 132;
const TOP: u32 = 176;
const BOTTOM: u32 = 124;
/// From the field to the colour bar, the bar's width, and on to the edge.
const BAR_GAP: u32 = 48;
const BAR_WIDTH: u32 = 36;
const BAR_LABELS: u32 = 164;
/// Least space between text and the edge of the picture.
const MARGIN: f32 = 36.0;

/// Sizes of text, in pixels an em.
const TITLE: f32 = 40.0;
const SUBTITLE: f32 = 27.0;
const NOTE: f32 = 22.0;
const LABEL: f32 = 25.0;

/// Most intervals between the ticks of an axis.
const MOST_INTERVALS: usize = 8;

/// A heat map of `size` x `size` cells in millivolts, row-major, row 0 at the top.
pub(crate) struct HeatMap<'a> {
    pub(crate) field_mv: &'a [f64],
    pub(crate) size: usize,
    /// Above it, and below the title.
    pub(crate) title: &'a str,
    pub(crate) subtitle: &'a str,
    pub(crate) scale: Scale,
    pub(crate) colours: ColourMap,
    /// How many times as large the picture is.
    pub(crate) magnification: f32,
}

impl HeatMap<'_> {
    pub(crate) fn draw(&self) -> Canvas {
        let Self { field_mv, size, .. } = *self;
        let cell = (EDGE + size / 2) / size;
        let edge = (size * cell) as u32;
        let width = LEFT + edge + BAR_GAP + BAR_WIDTH + BAR_LABELS;
        let mut canvas = Canvas::new(width, TOP + edge + BOTTOM, self.magnification);
        let field = Area { x: LEFT, y: TOP, width: edge, height: edge };
        let bar = Area { x: LEFT + edge + BAR_GAP, width: BAR_WIDTH, ..field };

        let room = (width - LEFT) as f32 - MARGIN;
        heading(&mut canvas, self.title, TITLE, room, TOP as f32 - 108.0);
        heading(&mut canvas, self.subtitle, SUBTITLE, room, TOP as f32 - 62.0);
        if let Some(note) = self.scale.note(field_mv) {
            // Left of what stands above the colour bar.
            heading(&mut canvas, &note, NOTE, edge as f32, TOP as f32 - 18.0);
        }
        self.draw_field(&mut canvas, field);
        draw_axes(&mut canvas, field, size);
        self.draw_colour_bar(&mut canvas, bar);
        canvas
    }

    /// Every cell as a square.
    fn draw_field(&self, canvas: &mut Canvas, area: Area) {
        let colour = |&mv: &f64| self.colours.colour(self.scale.fraction(mv));
        let colours: Vec<Colour> = self.field_mv.iter().map(colour).collect();
        let (size, cell) = (self.size, area.width as usize / self.size);
        canvas.fill(area, |x, y| colours[y as usize / cell * size + x as usize / cell]);
        canvas.frame(area, LINE);
    }

    /// The colours of the scale from the lowest, at the bottom, to the highest,
    /// with ticks in millivolts.
    fn draw_colour_bar(&self, canvas: &mut Canvas, bar: Area) {
        let scale = &self.scale;
        let height = f64::from(bar.height - 1);
        canvas.fill(bar, |_, y| self.colours.colour(1.0 - f64::from(y) / height));
        canvas.frame(bar, LINE);
        let right = bar.x + bar.width + LINE;
        for tick in ticks(scale.low_mv(), scale.high_mv(), MOST_INTERVALS) {
            let y = bar.y + ((1.0 - scale.fraction(tick.value)) * height) as u32;
            tick_right(canvas, (right, y), &tick.label, LABEL);
        }
        let above = (bar.x as f32, bar.y as f32 - 18.0);
        canvas.text("potential (mV)", LABEL, above, Anchor::Start);
    }
}

/// A line above the field, smaller if there is no `room` for it otherwise.
fn heading(canvas: &mut Canvas, text: &str, size: f32, room: f32, baseline: f32) {
    let size = size * (room / Lettering::new(text, size).width).min(1.0);
    canvas.text(text, size, (LEFT as f32, baseline), Anchor::Start);
}

/// Row and column numbers, each at the middle of its cell.
fn draw_axes(canvas: &mut Canvas, field: Area, size: usize) {
    let cell = field.width as usize / size;
    let (left, bottom) = (field.x - LINE, field.y + field.height + LINE);
    for tick in ticks(0.0, (size - 1) as f64, MOST_INTERVALS.min(size - 1)) {
        let offset = ((tick.value + 0.5) * cell as f64) as u32;
        let (x, y) = (field.x + offset, field.y + offset);
        tick_down(canvas, (x, bottom), &tick.label, LABEL);
        tick_left(canvas, (left, y), &tick.label, LABEL);
    }
    let middle = field.width as f32 / 2.0;
    let under = (field.x as f32 + middle, (bottom + BOTTOM) as f32 - MARGIN);
    canvas.text("column (cells)", LABEL, under, Anchor::Middle);
    let beside = (MARGIN + LABEL * 0.5, field.y as f32 + middle);
    canvas.text_upwards("row (cells)", LABEL, beside, Anchor::Middle);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Spread;

    const YELLOW: Colour = [253, 231, 37];
    const VIOLET: Colour = [68, 1, 84];

    fn colour(fraction: f64) -> Colour {
        ColourMap::Viridis.colour(fraction)
    }

    fn heat_map(field_mv: &[f64], size: usize, title: &str, subtitle: &str) -> Canvas {
        let scale = Scale::of(Spread::of(field_mv));
        let colours = ColourMap::Viridis;
        let map = HeatMap { field_mv, size, title, subtitle, scale, colours, magnification: 1.0 };
        map.draw()
    }

    fn ramp(size: usize, low_mv: f64, high_mv: f64) -> Vec<f64> {
        let last = (size * size - 1) as f64;
        (0..size * size).map(|c| low_mv + (high_mv - low_mv) * c as f64 / last).collect()
    }

    #[test]
    fn every_cell_is_a_square_of_its_own_colour() {
        for size in [4, 130, 641] {
            let field_mv = ramp(size, -95.0, 40.0);
            let canvas = heat_map(&field_mv, size, "", "");
            let cell = (canvas.width() - LEFT - BAR_GAP - BAR_WIDTH - BAR_LABELS) / size as u32;
            for (c, mv) in field_mv.iter().enumerate() {
                let (row, column) = ((c / size) as u32, (c % size) as u32);
                let corner = (LEFT + column * cell, TOP + row * cell);
                let opposite = (corner.0 + cell - 1, corner.1 + cell - 1);
                let expected = colour((mv + 95.0) / 135.0);
                assert_eq!(canvas.colour_at(corner), expected, "cell {c} of {size}");
                assert_eq!(canvas.colour_at(opposite), expected, "cell {c} of {size}");
            }
        }
    }

    #[test]
    fn the_colour_bar_runs_from_the_lowest_at_the_bottom_to_the_highest() {
        let canvas = heat_map(&ramp(64, -70.6, -68.4), 64, "", "");
        let x = canvas.width() - BAR_LABELS - BAR_WIDTH / 2;
        assert_eq!(canvas.colour_at((x, TOP)), YELLOW);
        assert_eq!(canvas.colour_at((x, canvas.height() - BOTTOM - 1)), VIOLET);
        let halfway = f64::from(canvas.height() - TOP - BOTTOM - 1) / 2.0;
        let middle = canvas.colour_at((x, TOP + halfway as u32));
        assert_eq!(middle, colour(1.0 - halfway.floor() / (2.0 * halfway)));
    }

    #[test]
    fn a_flat_field_has_the_colour_of_the_middle() {
        let canvas = heat_map(&[-70.0; 16], 4, "", "");
        assert_eq!(canvas.colour_at((LEFT, TOP)), colour(0.5));
    }

    #[test]
    fn nothing_comes_near_the_edge() {
        let subtitle = "1024 × 1024 cells, 10000 steps, seed -2147483648, \
                        alpha 0.24999999999999997, spike probability 0.30000000000000004, \
                        Turing on, jitter on";
        let widest_labels = (-70.0, -69.993);
        let cases =
            [(4, (-95.0, 40.0)), (130, widest_labels), (641, widest_labels), (1024, (0.0, 0.0))];
        for (size, (low_mv, high_mv)) in cases {
            let canvas = heat_map(&ramp(size, low_mv, high_mv), size, "MFN", subtitle);
            let (right, bottom) = (canvas.width() - 1, canvas.height() - 1);
            for depth in 0..16 {
                let rows = (0..=right).flat_map(|x| [(x, depth), (x, bottom - depth)]);
                let columns = (0..=bottom).flat_map(|y| [(depth, y), (right - depth, y)]);
                for place in rows.chain(columns) {
                    assert_eq!(canvas.colour_at(place), [255; 3], "{place:?} of {size}");
                }
            }
        }
    }
}
