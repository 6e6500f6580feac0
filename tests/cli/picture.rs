//! `mfn simulate --png` and `mfn features --plot`.

use std::fs;
use std::path::{Path, PathBuf};

use tiny_skia::Pixmap;

use crate::errors::complaint;
use crate::{mfn, run, stdout_of, text};

type Colour = (u8, u8, u8);

/// The ends of the colour map viridis.
const VIOLET: Colour = (68, 1, 84);
const YELLOW: Colour = (253, 231, 37);

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn empty_folder(name: &str) -> PathBuf {
    let folder = file(name);
    fs::remove_dir_all(&folder).ok();
    fs::create_dir(&folder).expect("it can be made");
    folder
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

/// Each command that draws, with its flag.
const DRAWING: [[&str; 2]; 2] = [["simulate", "--png"], ["features", "--plot"]];

#[cfg(target_os = "linux")]
#[test]
fn an_old_picture_outlives_a_run_that_is_interrupted() {
    for [command, flag] in DRAWING {
        let folder = empty_folder(&format!("interrupted-{command}"));
        let old = folder.join("old.png");
        fs::write(&old, "old").expect("it can be written");
        let long = ["--grid-size=1024", "--steps=10000"];
        let path = old.to_str().expect("UTF-8");
        let mut program =
            mfn(&[&[command, flag, path], &long[..]].concat()).spawn().expect("mfn starts");
        wait_until_it_computes(program.id());
        program.kill().expect("it runs");
        program.wait().expect("it ends");
        assert_eq!(fs::read(&old).expect("a file"), b"old");
        assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 1, "nothing is left over");
    }
}

/// Far more than it takes until it computes.
#[cfg(target_os = "linux")]
const GUARD: std::time::Duration = std::time::Duration::from_mins(1);

/// What it needs to start takes a tenth of the processor time that is waited for.
#[cfg(target_os = "linux")]
fn wait_until_it_computes(process: u32) {
    const TICKS: u64 = 20;
    let start = std::time::Instant::now();
    while start.elapsed() < GUARD {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).expect("it runs");
        // Behind the name, which may have spaces: the state, and ten numbers before it.
        let ticks = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(11));
        if ticks.and_then(|ticks| ticks.parse().ok()).is_some_and(|ticks: u64| ticks >= TICKS) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("it does not compute");
}

#[test]
fn a_dash_draws_to_standard_output_and_sends_the_summary_to_standard_error() {
    let folder = empty_folder("dash");
    for [command, flag] in DRAWING {
        let summary = stdout_of(&[command, "--grid-size=8"]);
        let arguments = [command, "--grid-size=8", flag, "-"];
        let output = mfn(&arguments).current_dir(&folder).output().expect("mfn starts");
        assert!(output.status.success(), "{}", output.status);
        assert!(Pixmap::decode_png(&output.stdout).is_ok(), "{} bytes", output.stdout.len());
        assert_eq!(text(output.stderr), summary);
        assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 0, "no file is named -");
    }
}

#[test]
fn a_picture_and_json_cannot_both_be_printed() {
    insta::assert_snapshot!(complaint(2, &["simulate", "--png", "-", "--json"]), @"error: --png - and --json would both write to standard output: name a file for the picture");
    complaint(2, &["features", "--plot", "-", "--json"]);
}

#[test]
fn a_file_named_as_if_it_were_no_png_is_refused() {
    let folder = empty_folder("names");
    let jpg = folder.join("field.jpg");
    let path = jpg.to_str().expect("UTF-8");
    for [command, flag] in DRAWING {
        let message = complaint(2, &[command, flag, path]).replace(path, "field.jpg");
        if command == "simulate" {
            insta::assert_snapshot!(message, @"error: --png writes PNG, and the name 'field.jpg' says otherwise: let it end in .png, have no ending, or be - for standard output");
        }
        assert!(!jpg.exists());
        for name in ["field.PNG", "field"] {
            let named = folder.join(name);
            stdout_of(&[command, "--grid-size=4", flag, named.to_str().expect("UTF-8")]);
            assert!(named.exists());
        }
        stdout_of(&[command, "--grid-size=4", flag, "/dev/null"]);
    }
}

/// Linux takes the master of a pseudo-terminal for a terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_is_not_drawn_to() {
    let terminal = "/dev/ptmx";
    insta::assert_snapshot!(complaint(2, &["simulate", "--png", terminal]), @"error: --png would draw to a terminal, which shows no PNG: name a file, or send standard output to one");
    let stdout = fs::OpenOptions::new().read(true).write(true).open(terminal).expect("it is there");
    let printing = mfn(&["features", "--plot", "-"]).stdout(stdout).output().expect("mfn starts");
    assert_eq!(printing.status.code(), Some(2), "{}", text(printing.stderr));
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
