//! Ticks of an axis with their labels, alike in all pictures.

use super::canvas::{Anchor, Area, Canvas, INK};

/// Thickness of frames and ticks.
pub(crate) const LINE: u32 = 2;

/// Length of a tick, and from it to its label.
const TICK: u32 = 9;
const TICK_GAP: u32 = 8;

/// From the line that a tick stands on to its label.
pub(crate) const TO_LABEL: u32 = TICK + TICK_GAP;

/// A tick down from (`x`, `y`), and under it `label` in `size` pixels an em.
pub(crate) fn tick_down(canvas: &mut Canvas, (x, y): (u32, u32), label: &str, size: f32) {
    let mark = Area { x: x - LINE / 2, y, width: LINE, height: TICK };
    canvas.fill(mark, |_, _| INK);
    let under = (x as f32, (y + TO_LABEL) as f32 + size * 0.75);
    canvas.text(label, size, under, Anchor::Middle);
}

/// A tick to the left of (`x`, `y`), and left of it its label.
pub(crate) fn tick_left(canvas: &mut Canvas, (x, y): (u32, u32), label: &str, size: f32) {
    let mark = Area { x: x - TICK, y: y - LINE / 2, width: TICK, height: LINE };
    canvas.fill(mark, |_, _| INK);
    let beside = ((x - TO_LABEL) as f32, y as f32);
    canvas.text(label, size, beside, Anchor::CentreEnd);
}

/// A tick to the right of (`x`, `y`), and right of it its label.
pub(crate) fn tick_right(canvas: &mut Canvas, (x, y): (u32, u32), label: &str, size: f32) {
    let mark = Area { x, y: y - LINE / 2, width: TICK, height: LINE };
    canvas.fill(mark, |_, _| INK);
    let beside = ((x + TO_LABEL) as f32, y as f32);
    canvas.text(label, size, beside, Anchor::CentreStart);
}
