//! `mfn simulate --png` and `mfn features --plot`: what they draw.

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

/// Everything that writes a file, with a name for it.
#[cfg(target_os = "linux")]
const WRITING: [[&str; 3]; 5] = [
    ["simulate", "--png", "old.png"],
    ["simulate", "--npy", "old.npy"],
    ["simulate", "--csv", "old.csv"],
    ["simulate", "--gif", "old.gif"],
    ["features", "--plot", "old.png"],
];

#[cfg(target_os = "linux")]
#[test]
fn an_old_file_outlives_ctrl_c() {
    for [command, flag, name] in WRITING {
        let folder = empty_folder(&format!("interrupted{flag}"));
        let old = folder.join(name);
        fs::write(&old, "old").expect("it can be written");
        let long = ["--grid-size=1024", "--steps=10000"];
        let path = old.to_str().expect("UTF-8");
        let interval: &[&str] = if flag == "--gif" { &["--stream-interval=5000"] } else { &[] };
        let arguments = [&[command, flag, path], &long[..], interval].concat();
        let mut program = mfn(&arguments).spawn().expect("mfn starts");
        wait_until_it_computes(program.id());
        let id = program.id().to_string();
        // What a shell has started in the background ignores Ctrl-C, and with it these tests and all that they start.
        for signal in ["INT", "TERM"] {
            let mut kill = std::process::Command::new("kill");
            kill.args(["-s", signal, &id]).status().expect("kill starts");
        }
        assert!(!program.wait().expect("it ends").success());
        assert_eq!(fs::read(&old).expect("a file"), b"old", "{flag}");
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
    insta::assert_snapshot!(complaint(2, &["simulate", "--png", "-", "--json"]), @"error: --png - and --json would both write to standard output: name a file for one of them");
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

/// Linux takes the master of a pseudo-terminal for a terminal.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_is_not_drawn_to() {
    let terminal = "/dev/ptmx";
    insta::assert_snapshot!(complaint(2, &["simulate", "--png", terminal]), @"error: --png would write to a terminal, which shows no PNG: name a file, or send standard output to one");
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
