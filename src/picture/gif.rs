//! Pictures one after the other, as an animated GIF.

use std::collections::HashMap;

use gif::{Encoder, Extension, Frame, Repeat};

use super::about::About;
use super::canvas::{Canvas, Colour, INK};
use super::colours::ColourMap;
use crate::result_file::Format;

pub(crate) const GIF: Format =
    Format { flag: "--gif", name: "GIF", endings: &["gif"], is_text: false };
/// How large its pictures are beside others: a GIF is for screens, and compresses little.
pub(crate) const GIF_SCALE: f32 = 0.5;

/// A GIF has 256 colours: so many of the map, and the others are greys from ink to white.
const MAP_COLOURS: usize = 216;
const ALL_COLOURS: usize = 256;
/// How long each is shown, and the last one, in hundredths of a second.
const SHOWN: u16 = 10;
const SHOWN_AT_LAST: u16 = 150;

/// An animation that begins anew at its end.
pub(crate) struct Animation {
    palette: Vec<Colour>,
    /// The nearest of the palette for each colour that was seen.
    nearest: HashMap<Colour, u8>,
    frames: Vec<Frame<'static>>,
    size: (u16, u16),
}

impl Animation {
    /// Without a picture yet, in the colours of this map.
    pub(crate) fn new(map: ColourMap) -> Self {
        let last = (MAP_COLOURS - 1) as f64;
        let of_map = (0..MAP_COLOURS).map(|k| map.colour(k as f64 / last));
        let greys = ALL_COLOURS - MAP_COLOURS;
        let grey = |k: usize| {
            let [ink, ..] = INK.map(usize::from);
            [(ink + (255 - ink) * k / (greys - 1)) as u8; 3]
        };
        let palette = of_map.chain((0..greys).map(grey)).collect();
        Self { palette, nearest: HashMap::new(), frames: Vec::new(), size: (0, 0) }
    }

    /// Adds a picture, of the size of the others.
    pub(crate) fn add(&mut self, canvas: &Canvas) {
        let size = (canvas.width() as u16, canvas.height() as u16);
        let pixels: Vec<u8> = canvas.pixels().map(|colour| self.index(colour)).collect();
        let mut frame = Frame::from_indexed_pixels(size.0, size.1, pixels, None);
        frame.delay = SHOWN;
        // Packed at once: pixels of all pictures would take much memory.
        frame.make_lzw_pre_encoded();
        self.size = size;
        self.frames.push(frame);
    }

    /// The bytes of a GIF file, which has what it is about in a comment.
    pub(crate) fn finish(mut self, about: &About) -> Vec<u8> {
        if let Some(last) = self.frames.last_mut() {
            last.delay = SHOWN_AT_LAST;
        }
        let palette = self.palette.concat();
        let (width, height) = self.size;
        let mut file = Vec::new();
        let mut encoder =
            Encoder::new(&mut file, width, height, &palette).expect("memory can be written to");
        encoder.set_repeat(Repeat::Infinite).expect("memory can be written to");
        let comment = comment(about);
        encoder
            .write_raw_extension(Extension::Comment.into(), &[comment.as_bytes()])
            .expect("memory can be written to");
        for frame in &self.frames {
            encoder.write_lzw_pre_encoded_frame(frame).expect("memory can be written to");
        }
        drop(encoder);
        file
    }

    fn index(&mut self, colour: Colour) -> u8 {
        let palette = &self.palette;
        *self.nearest.entry(colour).or_insert_with(|| {
            let distance = |other: &Colour| -> i32 {
                let parts = colour.iter().zip(other);
                parts.map(|(a, b)| (i32::from(*a) - i32::from(*b)).pow(2)).sum()
            };
            let nearest = palette.iter().enumerate().min_by_key(|(_, other)| distance(other));
            nearest.map_or(0, |(index, _)| index as u8)
        })
    }
}

/// A line a text. Comments are of ASCII.
fn comment(about: &About) -> String {
    let lines = about.texts().map(|(keyword, text)| format!("{keyword}: {text}\n"));
    let ascii = |letter: char| match letter {
        '×' => 'x',
        _ if letter.is_ascii() => letter,
        _ => '?',
    };
    lines.concat().chars().map(ascii).collect()
}
