//! `mfn simulate --png`.

use std::path::{Path, PathBuf};

use tiny_skia::Pixmap;

use crate::{run, stdout_of, text};

type Colour = (u8, u8, u8);

/// The ends of the colour map viridis.
const VIOLET: Colour = (68, 1, 84);
const YELLOW: Colour = (253, 231, 37);

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// The picture of a field of `size` x `size` cells, drawn to a file of `name`.
fn picture(name: &str, size: usize) -> Pixmap {
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
fn a_file_that_exists_is_replaced() {
    let file = file("replaced.png");
    std::fs::write(&file, vec![0; 1 << 20]).expect("it can be written");
    picture("replaced.png", 8);
    let again = std::fs::read(&file).expect("a file");
    picture("replaced-not.png", 8);
    let fresh = std::fs::read(self::file("replaced-not.png")).expect("a file");
    assert!(again == fresh, "{} and {} bytes", again.len(), fresh.len());
}

#[test]
fn a_picture_and_json_go_together() {
    let file = file("both.png");
    let path = file.to_str().expect("UTF-8");
    let output = run(&["simulate", "--json", "--grid-size=4", "--png", path]);
    assert!(text(output.stdout).starts_with('{'));
    assert!(Pixmap::load_png(&file).is_ok());
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
