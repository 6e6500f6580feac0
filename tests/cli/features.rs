//! `mfn features`.

use std::path::Path;

use serde_json::Value;
use tiny_skia::{Pixmap, PremultipliedColorU8};

use crate::{flags_of, json_of, known_answers, stdout_of};

#[test]
fn the_summary_is_for_people() {
    insta::assert_snapshot!("features_summary", stdout_of(&["features", "--seed", "42"]));
}

#[test]
fn the_json_has_the_known_answers() {
    for case in known_answers("features") {
        let json = json_of("features", &flags_of(&case["request"]));
        assert_eq!(json["request"], case["request"]);
        let (result, known) = (json["result"].as_object(), case["result"].as_object());
        let (result, known) = (result.expect("an object"), known.expect("an object"));
        assert_eq!(result.len(), known.len());
        for (name, known) in known {
            if name.starts_with("spectral_energy") {
                let [answer, known] = [&result[name], known].map(number);
                assert!((answer - known).abs() <= 1e-9 * known, "{name}: {answer}, not {known}");
            } else {
                assert_eq!(result[name], *known, "{name}");
            }
        }
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

/// The colours of a chart's points and of the line fitted to them.
const DOTS: (u8, u8, u8) = (49, 104, 142);
const FIT: (u8, u8, u8) = (213, 94, 0);

/// The plot drawn for `flags`, to a file of `name`.
fn plot(name: &str, flags: &[&str]) -> Pixmap {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let path = file.to_str().expect("UTF-8");
    stdout_of(&[&["features", "--plot", path], flags].concat());
    Pixmap::load_png(&file).expect("a PNG file")
}

fn shows(plot: &Pixmap, colour: (u8, u8, u8)) -> bool {
    plot.pixels().iter().any(|p| (p.red(), p.green(), p.blue()) == colour)
}

#[test]
fn the_plot_shows_points_and_a_fit_where_there_can_be_one() {
    for (size, has_fit) in [("4", false), ("64", true), ("130", true)] {
        let plot = plot(&format!("features-{size}.png"), &["--seed=42", "--grid-size", size]);
        assert!(shows(&plot, DOTS), "{size} cells");
        assert_eq!(shows(&plot, FIT), has_fit, "{size} cells");
        let top_row = &plot.pixels()[..plot.width() as usize];
        let is_white = |p: &PremultipliedColorU8| (p.red(), p.green(), p.blue()) == (255, 255, 255);
        assert!(top_row.iter().all(is_white), "{size} cells");
    }
}

#[test]
fn a_field_without_any_difference_has_a_plot_without_points() {
    // Diffusion alone makes so small a lattice flat to the last bit.
    let flat = ["--grid-size=4", "--steps=10000", "--spike-probability=0"];
    let plot = plot("features-flat.png", &flat);
    assert!(!shows(&plot, DOTS) && !shows(&plot, FIT));
    assert!(shows(&plot, (38, 38, 38)), "its frames are drawn");
}

#[test]
fn what_makes_a_feature_say_little_is_told() {
    let note = |flags: &[&str]| {
        let summary = stdout_of(&[&["features", "--seed=42"], flags].concat());
        summary.lines().skip(10).map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
    };
    insta::assert_snapshot!(note(&["--grid-size=128", "--steps=4"]), @"The variogram is saturated from lag 4 on: the Hurst exponent is the slope over all lags, and too low for those below.");
    insta::assert_snapshot!(note(&["--grid-size=4"]), @"The fractal dimension is 0: it is the slope over several sizes of boxes, and 4 x 4 cells have boxes of 2 x 2 alone.");
    let flat = ["--grid-size=4", "--steps=10000", "--spike-probability=0"];
    insta::assert_snapshot!(note(&flat), @"The fractal dimension is 0: no cell is above the mean.");
}
