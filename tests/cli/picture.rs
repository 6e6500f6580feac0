//! `mfn simulate --png` and `mfn features --plot`: what they draw.

use std::fs;
use std::path::{Path, PathBuf};

use tiny_skia::Pixmap;

use crate::errors::complaint;
use crate::stdout_of;

/// Each command that draws, with its flag.
pub(crate) const DRAWING: [[&str; 2]; 2] = [["simulate", "--png"], ["features", "--plot"]];

type Colour = (u8, u8, u8);

/// The ends of the colour map viridis.
const VIOLET: Colour = (68, 1, 84);
const YELLOW: Colour = (253, 231, 37);

/// A file of these tests.
pub(crate) fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// The picture of a field of `size` x `size` cells, drawn to a file of `name`.
pub(crate) fn picture(name: &str, size: usize) -> Pixmap {
    let file = file(name);
    let (path, size) = (file.to_str().expect("UTF-8"), size.to_string());
    let stdout = stdout_of(&["simulate", "--seed=42", "--grid-size", &size, "--png", path]);
    assert!(stdout.contains("fractal dimension"), "{stdout}");
    Pixmap::load_png(&file).expect("a PNG file")
}

fn colour_at(picture: &Pixmap, x: u32, y: u32) -> Colour {
    let pixel = picture.pixel(x, y).expect("within the picture");
    (pixel.red(), pixel.green(), pixel.blue())
}

fn is_grey((r, g, b): Colour) -> bool {
    r == g && g == b
}

#[test]
fn every_size_is_readable() {
    for (size, width, height) in
        [(4, 1340, 1260), (64, 1340, 1260), (130, 1290, 1210), (1024, 1404, 1324)]
    {
        let picture = picture(&format!("{size}.png"), size);
        assert_eq!((picture.width(), picture.height()), (width, height), "{size} cells");
    }
}

#[test]
fn the_colour_bar_becomes_lighter_from_bottom_to_top() {
    let picture = picture("bar.png", 64);
    let row = picture.height() / 2;
    let in_bar = (0..picture.width()).rfind(|&x| !is_grey(colour_at(&picture, x, row)));
    let column =
        (0..picture.height()).rev().map(|y| colour_at(&picture, in_bar.expect("a bar"), y));
    let bar: Vec<Colour> = column.filter(|&colour| !is_grey(colour)).collect();
    assert_eq!((bar.first(), bar.last()), (Some(&VIOLET), Some(&YELLOW)));
    let lightness = |(r, g, b): Colour| {
        0.2126 * f64::from(r).powf(2.2)
            + 0.7152 * f64::from(g).powf(2.2)
            + 0.0722 * f64::from(b).powf(2.2)
    };
    let rises = bar.iter().copied().map(lightness).is_sorted_by(|a, b| *b > 0.97 * *a);
    assert!(rises, "{bar:?}");
}

#[test]
fn the_parameters_are_in_the_metadata() {
    let texts = |path: &str| {
        let file = std::io::BufReader::new(fs::File::open(path).expect("a file"));
        let reader = png::Decoder::new(file).read_info().expect("a PNG file");
        let texts = &reader.info().uncompressed_latin1_text;
        texts.iter().map(|text| format!("{}: {}", text.keyword, text.text)).collect::<Vec<_>>()
    };
    for ([command, flag], name) in DRAWING.into_iter().zip(["field", "features"]) {
        let file = file(&format!("metadata-{command}.png"));
        let path = file.to_str().expect("UTF-8");
        stdout_of(&[command, "--seed=-7", "--grid-size=8", "--alpha=0.2", flag, path]);
        let texts = texts(path).join("\n");
        assert!(texts.contains(name), "{texts}");
        if command == "simulate" {
            insta::assert_snapshot!("metadata", texts);
        }
    }
}

#[test]
fn the_look_is_that_which_was_asked_for() {
    let draw = |name: &str, flags: &[&str]| {
        let file = file(name);
        let path = file.to_str().expect("UTF-8");
        stdout_of(&[&["simulate", "--seed=42", "--grid-size=8", "--png", path], flags].concat());
        Pixmap::load_png(&file).expect("a PNG file")
    };
    let shows = |picture: &Pixmap, colour: Colour| {
        picture.pixels().iter().any(|p| (p.red(), p.green(), p.blue()) == colour)
    };
    let usual = draw("look.png", &[]);
    // All potentials are at the upper end, as far from the lower one as the bar is long.
    let high = draw("look-range.png", &["--range=-2000,-100"]);
    assert_eq!(colour_at(&high, 200, 300), YELLOW);
    assert_ne!(colour_at(&usual, 200, 300), colour_at(&usual, 600, 700));
    let magma = draw("look-magma.png", &["--colormap", "magma"]);
    assert!(shows(&magma, (252, 253, 191)) && !shows(&magma, YELLOW));
    let large = draw("look-scale.png", &["--scale", "3"]);
    assert_eq!((large.width(), large.height()), (3 * usual.width(), 3 * usual.height()));
    assert_eq!(colour_at(&large, 600, 900), colour_at(&usual, 200, 300));
}

#[test]
fn a_look_without_a_picture_and_a_range_that_is_none_are_refused() {
    let of = |flags: &[&str]| complaint(2, &[&["simulate", "--grid-size=4"], flags].concat());
    insta::assert_snapshot!(of(&["--colormap", "magma"]), @"error: --colormap is about a picture, and none is drawn: ask for one by --png, --gif or --frames");
    insta::assert_snapshot!(of(&["--png", "a.png", "--range", "-60,-70"]), @"error: invalid value '-60,-70' for '--range <LOW,HIGH>': two numbers are expected, the lower one first, as in -80,-60");
    for far in ["-1e308,1e308", "0,10001", "NaN,1"] {
        let complaint = of(&["--png", "a.png", "--range", far]);
        assert!(complaint.contains("two numbers from -10000 to 10000 are expected"), "{complaint}");
    }
    insta::assert_snapshot!(of(&["--png", "a.png", "--range", "0,5e-324"]), @"error: invalid value '0,5e-324' for '--range <LOW,HIGH>': two numbers at least 1e-9 apart are expected, as in -80,-60");
    insta::assert_snapshot!(of(&["--png", "a.png", "--scale", "5"]), @"error: invalid value '5' for '--scale <FACTOR>': 5 is not in 1..=4");
    insta::assert_snapshot!(of(&["--png", "a.png", "--colormap", "jet"]), @"error: invalid value 'jet' for '--colormap <NAME>'; [possible values: viridis, magma, inferno, plasma, cividis]");
}

/// The pictures of the README are what the program draws now: made anew by
/// `mfn simulate --seed 42 --png docs/simulate.png` and
/// `mfn features --seed 42 --plot docs/features.png`.
#[test]
fn the_pictures_of_the_readme_are_current() {
    // Edges of letters may be rounded differently on another machine.
    const SHADES: u8 = 8;
    for (command, flag, name) in
        [("simulate", "--png", "simulate.png"), ("features", "--plot", "features.png")]
    {
        let now = file(&format!("now-{name}"));
        stdout_of(&[command, "--seed=42", flag, now.to_str().expect("UTF-8")]);
        let now = Pixmap::load_png(&now).expect("a PNG file");
        let shown = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
        let shown = Pixmap::load_png(&shown).expect("a PNG file");
        assert_eq!((now.width(), now.height()), (shown.width(), shown.height()), "{name}");
        let differ = |(a, b): (&u8, &u8)| a.abs_diff(*b) > SHADES;
        let same = !now.data().iter().zip(shown.data()).any(differ);
        assert!(same, "docs/{name} is not what mfn {command} draws");
    }
}
