//! The field as a file for other programs, and pictures of it on its way.

use std::fs::{self, File};
use std::path::Path;

use gif::{ColorOutput, DecodeOptions, Repeat};
use serde_json::Value;
use tiny_skia::Pixmap;

use crate::errors::complaint;
use crate::{json_of, mfn, run, stdout_of, text};

const SMALL: [&str; 4] = ["simulate", "--seed=42", "--grid-size=9", "--steps=25"];

fn written(flag: &str, name: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(name);
    stdout_of(&[&SMALL[..], &[flag, file.to_str().expect("UTF-8")]].concat());
    fs::read(&file).expect("a file")
}

fn field() -> Vec<f64> {
    let json =
        json_of("simulate", &["--seed=42", "--grid-size=9", "--steps=25", "--include-field"]);
    let values = json["result"]["field"]["values_mV"].as_array().expect("an array");
    values.iter().filter_map(Value::as_f64).collect()
}

#[test]
fn an_npy_file_has_the_field_s_bits() {
    let file = written("--npy", "field.npy");
    assert!(file.starts_with(b"\x93NUMPY\x01\x00"));
    let header = 10 + usize::from(u16::from_le_bytes([file[8], file[9]]));
    let shape = String::from_utf8_lossy(&file[10..header]);
    assert!(shape.contains("'shape': (9, 9)"), "{shape}");
    let cells = file[header..].chunks_exact(8);
    let cells: Vec<f64> =
        cells.map(|cell| f64::from_le_bytes(cell.try_into().expect("eight bytes"))).collect();
    assert_eq!(cells, field());
}

#[test]
fn a_csv_file_has_the_field_s_bits() {
    let file = text(written("--csv", "field.csv"));
    assert_eq!(file.lines().count(), 9);
    let cells = file.lines().flat_map(|row| row.split(','));
    let cells: Vec<f64> = cells.map(|cell| cell.parse().expect("a number")).collect();
    assert_eq!(cells, field());
}

#[test]
fn a_gif_has_a_picture_for_each_interval_and_the_end() {
    let file = written("--gif", "field.gif");
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    let mut decoder = options.read_info(&*file).expect("a GIF file");
    assert_eq!((decoder.width(), decoder.height()), (672, 632));
    let (mut delays, mut pictures) = (Vec::new(), Vec::new());
    while let Some(frame) = decoder.read_next_frame().expect("a whole file") {
        delays.push(frame.delay);
        pictures.push(frame.buffer.to_vec());
    }
    assert_eq!(delays, [10, 10, 150]);
    assert_eq!(decoder.repeat(), Repeat::Infinite);
    assert!(pictures[0] != pictures[1] && pictures[1] != pictures[2]);
}

#[test]
fn a_gif_has_its_parameters_in_a_comment() {
    let file = written("--gif", "comment.gif");
    // An extension, a comment, and the length of its first part.
    let begin = file.windows(2).position(|two| two == b"\x21\xfe").expect("a comment") + 2;
    let length = usize::from(file[begin]);
    assert_eq!(file[begin + 1 + length], 0, "it has one part");
    let comment = text(file[begin + 1..][..length].to_vec());
    insta::assert_snapshot!(comment, @r#"
    Title: MFN potential field
    Description: 9 x 9 cells, 25 steps, seed 42, alpha 0.18, spike probability 0.25
    Parameters: {"seed":42,"grid_size":9,"steps":25,"alpha":0.18,"spike_probability":0.25,"turing_enabled":false}
    Software: mfn 0.1.0
    "#);
}

#[test]
fn frames_are_files_of_a_new_folder_in_the_order_of_their_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let frames = folder.path().join("frames");
    let path = frames.to_str().expect("UTF-8");
    let arguments = [&SMALL[..], &["--frames", path, "--stream-interval", "12"]].concat();
    let summary = stdout_of(&arguments);
    assert_eq!(summary, stdout_of(&SMALL));
    let mut names: Vec<_> = fs::read_dir(&frames)
        .expect("a folder")
        .map(|file| file.expect("a file").file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["step-12.png", "step-24.png", "step-25.png"]);
    for name in &names {
        assert!(Pixmap::load_png(frames.join(name)).is_ok(), "{name}");
    }
    let again = complaint(2, &arguments).replace(path, "frames");
    insta::assert_snapshot!(again, @"error: --frames frames has files in it: name a folder that is new or empty");
}

#[test]
fn a_dash_is_no_folder_of_frames() {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = [&SMALL[..], &["--frames", "-"]].concat();
    let output = mfn(&arguments).current_dir(&folder).output().expect("mfn starts");
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(text(output.stderr), @"error: --frames writes files, and - is standard output: name a folder");
    assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 0);
}

#[test]
fn one_scale_is_for_all_pictures_on_the_way() {
    let folder = tempfile::tempdir().expect("a folder");
    // The field is smoothed, so its own extremes would come nearer to each other: the last
    // picture alone has the whole of the colours, and on the way it has not.
    let (frames, alone) = (folder.path().join("frames"), folder.path().join("alone.png"));
    let [frames_path, alone_path] = [&frames, &alone].map(|path| path.to_str().expect("UTF-8"));
    let smooth = ["simulate", "--spike-probability=0", "--steps=40"];
    stdout_of(&[&smooth[..], &["--frames", frames_path, "--png", alone_path]].concat());
    let yellow = |path: &Path| {
        let picture = Pixmap::load_png(path).expect("a PNG file");
        let pixels = picture.pixels().iter().enumerate();
        let width = picture.width() as usize;
        // Left of the colour bar.
        pixels
            .filter(|(k, p)| k % width < 1100 && (p.red(), p.green(), p.blue()) == (253, 231, 37))
            .count()
    };
    assert!(yellow(&alone) > 0);
    assert_eq!(yellow(&frames.join("step-40.png")), 0);
}

#[test]
fn a_name_that_says_another_format_is_refused() {
    let of = |flag, name| complaint(2, &[&SMALL[..], &[flag, name]].concat());
    insta::assert_snapshot!(of("--npy", "field.csv"), @"error: --npy writes NumPy's format, and the name 'field.csv' says otherwise: let it end in .npy, have no ending, or be - for standard output");
    insta::assert_snapshot!(of("--csv", "field.npy"), @"error: --csv writes comma-separated values, and the name 'field.npy' says otherwise: let it end in .csv, have no ending, or be - for standard output");
    insta::assert_snapshot!(of("--gif", "field.png"), @"error: --gif writes GIF, and the name 'field.png' says otherwise: let it end in .gif, have no ending, or be - for standard output");
    insta::assert_snapshot!(of("--png", "field.svg"), @"error: --png writes PNG, and the name 'field.svg' says otherwise: let it end in .png, have no ending, or be - for standard output");
}

#[test]
fn one_result_can_go_to_standard_output() {
    for (flag, begins) in [("--npy", &b"\x93NUMPY"[..]), ("--csv", b"-"), ("--gif", b"GIF89a")] {
        let output = run(&[&SMALL[..], &[flag, "-"]].concat());
        assert!(output.stdout.starts_with(begins), "{flag}");
        assert_eq!(text(output.stderr), stdout_of(&SMALL));
    }
    let both = complaint(2, &[&SMALL[..], &["--npy", "-", "--csv", "-"]].concat());
    insta::assert_snapshot!(both, @"error: --csv - and --npy would both write to standard output: name a file for one of them");
}

#[test]
fn too_many_pictures_are_refused_before_they_are_drawn() {
    let many = ["simulate", "--steps=1001", "--gif", "a.gif", "--stream-interval=1"];
    insta::assert_snapshot!(complaint(2, &many), @"error: --stream-interval 1 makes 1001 pictures, allowed are 1000: let more steps be between two");
    assert!(File::open("a.gif").is_err());
}
