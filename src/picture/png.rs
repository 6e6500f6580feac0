//! Pictures as PNG files, which say what they show.

use mfn_core::SimulationParams;

use super::canvas::Canvas;
use crate::json::simulation_request;
use crate::report::parameters;
use crate::result_file::Format;

pub(crate) const PNG: Format =
    Format { flag: "--png", name: "PNG", endings: &["png"], is_text: false };

/// What a picture says of itself, in its metadata.
pub(crate) struct About {
    pub(crate) title: String,
    /// For people.
    pub(crate) description: String,
    /// As JSON, with the wire's field names.
    pub(crate) parameters: String,
}

impl About {
    /// That of a picture of a simulation with these `params`.
    pub(crate) fn of(title: &str, params: &SimulationParams) -> Self {
        Self {
            title: title.to_owned(),
            description: parameters(params),
            parameters: simulation_request(params).to_string(),
        }
    }
}

/// The bytes of a PNG file.
pub(crate) fn png(canvas: &Canvas, about: &About) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, canvas.width(), canvas.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let software = concat!("mfn ", env!("CARGO_PKG_VERSION"));
    for (keyword, text) in [
        ("Title", &*about.title),
        ("Description", &about.description),
        ("Parameters", &about.parameters),
        ("Software", software),
    ] {
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
