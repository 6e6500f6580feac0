//! `mfn features`.

use std::path::Path;

use serde_json::Value;
use tiny_skia::Pixmap;

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

#[test]
fn the_plot_shows_points_and_a_fit_where_there_can_be_one() {
    for (size, has_fit) in [("4", false), ("64", true), ("130", true)] {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("features-{size}.png"));
        let path = file.to_str().expect("UTF-8");
        stdout_of(&["features", "--seed=42", "--grid-size", size, "--plot", path]);
        let plot = Pixmap::load_png(&file).expect("a PNG file");
        let colours = plot.pixels().iter().map(|p| (p.red(), p.green(), p.blue()));
        assert!(colours.clone().any(|colour| colour == DOTS), "{size} cells");
        assert_eq!(colours.clone().any(|colour| colour == FIT), has_fit, "{size} cells");
        let top_row = colours.take(plot.width() as usize);
        assert!(top_row.clone().all(|colour| colour == (255, 255, 255)), "{size} cells");
    }
}
