//! A white sheet to draw on, and its way into a PNG file.

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

pub(crate) struct Canvas(Pixmap);

impl Canvas {
    /// A white sheet.
    pub(crate) fn new(width: u32, height: u32) -> Self {
        let mut pixels = Pixmap::new(width, height).expect("a picture is not empty, nor huge");
        pixels.fill(Color::WHITE);
        Self(pixels)
    }

    /// Every pixel of `area` gets a colour by its place in there.
    pub(crate) fn fill(&mut self, area: Area, colour: impl Fn(u32, u32) -> Colour) {
        let (start, sheet) = (area.x as usize, self.0.width() as usize);
        let rows = self.0.pixels_mut().chunks_exact_mut(sheet).skip(area.y as usize);
        for (y, row) in (0..area.height).zip(rows) {
            for (x, pixel) in (0..area.width).zip(&mut row[start..]) {
                let [r, g, b] = colour(x, y);
                *pixel = PremultipliedColorU8::from_rgba(r, g, b, u8::MAX)
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
            self.0.stroke_path(&path, &paint(colour), &stroke, Transform::identity(), None);
        }
    }

    /// A disc around `centre`.
    pub(crate) fn dot(&mut self, (x, y): Place, radius: f32, colour: Colour) {
        if let Some(disc) = PathBuilder::from_circle(x, y, radius) {
            let (rule, here) = (FillRule::Winding, Transform::identity());
            self.0.fill_path(&disc, &paint(colour), rule, here, None);
        }
    }

    /// `text` in `size` pixels an em, its `anchor` at `place`.
    pub(crate) fn text(&mut self, text: &str, size: f32, place: Place, anchor: Anchor) {
        self.letter(
            &Lettering::new(text, size),
            Transform::from_translate(place.0, place.1),
            anchor,
        );
    }

    /// The same, but running upwards.
    pub(crate) fn text_upwards(&mut self, text: &str, size: f32, place: Place, anchor: Anchor) {
        let upwards = Transform::from_translate(place.0, place.1).pre_rotate(-90.0);
        self.letter(&Lettering::new(text, size), upwards, anchor);
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
        self.0.fill_path(outline, &paint(INK), FillRule::Winding, place, None);
    }

    #[cfg(test)]
    pub(crate) fn width(&self) -> u32 {
        self.0.width()
    }

    #[cfg(test)]
    pub(crate) fn height(&self) -> u32 {
        self.0.height()
    }

    #[cfg(test)]
    pub(crate) fn colour_at(&self, (x, y): (u32, u32)) -> Colour {
        let pixel = self.0.pixel(x, y).expect("a place on the sheet");
        [pixel.red(), pixel.green(), pixel.blue()]
    }

    /// The picture as the bytes of a PNG file.
    pub(crate) fn to_png(&self) -> Vec<u8> {
        self.0.encode_png().expect("memory can be written to")
    }
}

fn paint([r, g, b]: Colour) -> Paint<'static> {
    let colour = Color::from_rgba8(r, g, b, u8::MAX);
    Paint { shader: Shader::SolidColor(colour), ..Paint::default() }
}
