//! Lines of text as outlines, in the one font of all pictures. The font is part
//! of the program, so a picture looks the same wherever it is made.

use std::sync::LazyLock;

use tiny_skia::{Path, PathBuilder};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

static FONT: LazyLock<Face<'_>> = LazyLock::new(|| {
    Face::parse(epaint_default_fonts::UBUNTU_LIGHT, 0).expect("the font is part of the program")
});

/// A line of text whose baseline begins at (0, 0), with y downwards as in
/// pictures.
pub(crate) struct Lettering {
    /// `None` if there is nothing to be seen of it.
    pub(crate) outline: Option<Path>,
    /// From its start to where more text would go on, in pixels.
    pub(crate) width: f32,
    /// Of a capital letter or a digit, in pixels.
    pub(crate) height: f32,
}

impl Lettering {
    /// `text` in `size` pixels an em.
    pub(crate) fn new(text: &str, size: f32) -> Self {
        let scale = size / f32::from(FONT.units_per_em());
        let mut pen = Pen { path: PathBuilder::new(), x: 0.0, scale };
        for character in text.chars() {
            // Glyph 0 is a box, for what the font does not have.
            let glyph = FONT.glyph_index(character).unwrap_or(GlyphId(0));
            FONT.outline_glyph(glyph, &mut pen);
            pen.x += scale * f32::from(FONT.glyph_hor_advance(glyph).unwrap_or(0));
        }
        let height = scale * f32::from(FONT.capital_height().unwrap_or(0));
        Self { outline: pen.path.finish(), width: pen.x, height }
    }
}

/// Puts the outline of a glyph, in units of the font, behind those before it.
struct Pen {
    path: PathBuilder,
    x: f32,
    scale: f32,
}

impl Pen {
    fn place(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + self.scale * x, -self.scale * y)
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.place(x1, y1), self.place(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) =
            (self.place(x1, y1), self.place(x2, y2), self.place(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_has_what_pictures_say() {
        for character in "0123456789.,-−×² abcxyzABCXYZ()/".chars() {
            assert!(FONT.glyph_index(character).is_some(), "no glyph for {character:?}");
        }
    }

    #[test]
    fn width_grows_with_text_and_size() {
        let width = |text, size| Lettering::new(text, size).width;
        assert!(width("mm", 20.0) > 1.9 * width("m", 20.0));
        assert!((width("m", 40.0) - 2.0 * width("m", 20.0)).abs() < 1e-3);
        assert!(Lettering::new("", 20.0).outline.is_none());
    }
}
