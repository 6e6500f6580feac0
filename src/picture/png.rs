//! Pictures as PNG files, which say what they show.

use super::about::About;
use super::canvas::Canvas;
use crate::result_file::Format;

pub(crate) const PNG: Format =
    Format { flag: "--png", name: "PNG", endings: &["png"], is_text: false };

/// The bytes of a PNG file.
pub(crate) fn png(canvas: &Canvas, about: &About) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, canvas.width(), canvas.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    for (keyword, text) in about.texts() {
        encoder.add_text_chunk(keyword.to_owned(), latin_1(text)).expect("it is only kept");
    }
    let mut writer = encoder.write_header().expect("keywords and texts are of Latin-1");
    let pixels: Vec<u8> = canvas.pixels().flatten().collect();
    writer.write_image_data(&pixels).expect("the picture has all its pixels");
    writer.finish().expect("memory can be written to");
    file
}

/// A text for `tEXt`, which has no other characters.
fn latin_1(text: &str) -> String {
    let may_be = |letter: char| letter != '\0' && u32::from(letter) <= 0xff;
    text.chars().map(|letter| if may_be(letter) { letter } else { '?' }).collect()
}
