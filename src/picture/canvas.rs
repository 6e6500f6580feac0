//! A white sheet to draw on.

use tiny_skia::{
    Color, FillRule, LineCap, Paint, PathBuilder, Pixmap, PremultipliedColorU8, Shader, Stroke,
    Transform,
};

use super::lettering::Lettering;

/// Red, green, blue.
pub(crate) type Colour = [u8; 3];
/// Pixels from the left and from the top.
pub(crate) type Place = (f32, f32);

/// Of text, axes and frames.
pub(crate) const INK: Colour = [38, 38, 38];

/// A rectangle of whole pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Area {
    /// Of its left edge.
    pub(crate) x: u32,
    /// Of its upper edge.
    pub(crate) y: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// Which point of a text is put in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// The start of its baseline.
    Start,
    /// The middle of its baseline.
    Middle,
    /// The end of its line, halfway up.
    CentreEnd,
    /// The start of its line, halfway up.
    CentreStart,
}

/// What is drawn has the same places and sizes on every sheet, whatever its scale.
pub(crate) struct Canvas {
    sheet: Pixmap,
    /// Pixels in the place of one.
    scale: f32,
}

impl Canvas {
    /// A white sheet, `scale` times as large as it says.
    pub(crate) fn new(width: u32, height: u32, scale: f32) -> Self {
        let scaled = |length: u32| (length as f32 * scale).round() as u32;
        let sheet = Pixmap::new(scaled(width), scaled(height));
        let mut sheet = sheet.expect("a picture is not empty, nor huge");
        sheet.fill(Color::WHITE);
        Self { sheet, scale }
    }

    /// Every pixel of `area` gets a colour by its place in there.
    pub(crate) fn fill(&mut self, area: Area, colour: impl Fn(u32, u32) -> Colour) {
        let scale = self.scale;
        let scaled = |place: u32| (place as f32 * scale).round() as u32;
        // The place in the area of a pixel's middle.
        let place = |pixel: u32, start: u32, length: u32| {
            let place = ((pixel as f32 + 0.5) / scale) as u32;
            place.saturating_sub(start).min(length - 1)
        };
        let width = self.sheet.width();
        let columns = scaled(area.x)..scaled(area.x + area.width).min(width);
        let rows = scaled(area.y)..scaled(area.y + area.height).min(self.sheet.height());
        for row in rows {
            let y = place(row, area.y, area.height);
            for column in columns.clone() {
                let [r, g, b] = colour(place(column, area.x, area.width), y);
                self.sheet.pixels_mut()[(row * width + column) as usize] =
                    PremultipliedColorU8::from_rgba(r, g, b, u8::MAX)
                        .expect("an opaque colour is below its opacity");
            }
        }
    }

    /// A frame of `thickness` pixels just outside `area`.
    pub(crate) fn frame(&mut self, area: Area, thickness: u32) {
        let Area { x, y, width, height } = area;
        let (left, top) = (x - thickness, y - thickness);
        let (across, down) = (width + 2 * thickness, height + 2 * thickness);
        for (x, y, width, height) in [
            (left, top, across, thickness),
            (left, y + height, across, thickness),
            (left, top, thickness, down),
            (x + width, top, thickness, down),
        ] {
            self.fill(Area { x, y, width, height }, |_, _| INK);
        }
    }

    /// A line `thickness` pixels wide from each place to the next.
    pub(crate) fn stroke(&mut self, places: &[Place], thickness: f32, colour: Colour) {
        let mut path = PathBuilder::new();
        if let [(x, y), others @ ..] = places {
            path.move_to(*x, *y);
            for (x, y) in others {
                path.line_to(*x, *y);
            }
        }
        if let Some(path) = path.finish() {
            let stroke = Stroke { width: thickness, line_cap: LineCap::Round, ..Stroke::default() };
            self.sheet.stroke_path(&path, &paint(colour), &stroke, self.to_pixels(), None);
        }
    }

    /// A disc around `centre`.
    pub(crate) fn dot(&mut self, (x, y): Place, radius: f32, colour: Colour) {
        if let Some(disc) = PathBuilder::from_circle(x, y, radius) {
            let rule = FillRule::Winding;
            self.sheet.fill_path(&disc, &paint(colour), rule, self.to_pixels(), None);
        }
    }

    /// `text` in `size` pixels an em, its `anchor` at `place`.
    pub(crate) fn text(&mut self, text: &str, size: f32, place: Place, anchor: Anchor) {
        let here = self.to_pixels().pre_translate(place.0, place.1);
        self.letter(&Lettering::new(text, size), here, anchor);
    }

    /// The same, but running upwards.
    pub(crate) fn text_upwards(&mut self, text: &str, size: f32, place: Place, anchor: Anchor) {
        let upwards = self.to_pixels().pre_translate(place.0, place.1).pre_rotate(-90.0);
        self.letter(&Lettering::new(text, size), upwards, anchor);
    }

    fn to_pixels(&self) -> Transform {
        Transform::from_scale(self.scale, self.scale)
    }

    fn letter(&mut self, lettering: &Lettering, place: Transform, anchor: Anchor) {
        let Some(outline) = &lettering.outline else { return };
        let (along, down) = match anchor {
            Anchor::Start => (0.0, 0.0),
            Anchor::Middle => (-0.5, 0.0),
            Anchor::CentreStart => (0.0, 0.5),
            Anchor::CentreEnd => (-1.0, 0.5),
        };
        let place = place.pre_translate(along * lettering.width, down * lettering.height);
        self.sheet.fill_path(outline, &paint(INK), FillRule::Winding, place, None);
    }

    /// In pixels.
    pub(crate) fn width(&self) -> u32 {
        self.sheet.width()
    }

    /// In pixels.
    pub(crate) fn height(&self) -> u32 {
        self.sheet.height()
    }

    /// All of them, from the upper left corner on, row by row.
    pub(crate) fn pixels(&self) -> impl Iterator<Item = Colour> {
        self.sheet.pixels().iter().map(|pixel| [pixel.red(), pixel.green(), pixel.blue()])
    }

    #[cfg(test)]
    pub(crate) fn colour_at(&self, (x, y): (u32, u32)) -> Colour {
        let pixel = self.sheet.pixel(x, y).expect("a place on the sheet");
        [pixel.red(), pixel.green(), pixel.blue()]
    }
}

fn paint([r, g, b]: Colour) -> Paint<'static> {
    let colour = Color::from_rgba8(r, g, b, u8::MAX);
    Paint { shader: Shader::SolidColor(colour), ..Paint::default() }
}
