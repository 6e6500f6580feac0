//! The files of pictures: what is replaced, what goes to standard output, what is refused.

use std::fs;

use tiny_skia::Pixmap;

use crate::errors::complaint;
use crate::picture::{DRAWING, file, picture};
use crate::{mfn, run, stdout_of, text};

#[test]
fn a_file_that_exists_is_replaced() {
    let file = file("replaced.png");
    fs::write(&file, vec![0; 1 << 20]).expect("it can be written");
    picture("replaced.png", 8);
    let again = fs::read(&file).expect("a file");
    picture("replaced-not.png", 8);
    let fresh = fs::read(self::file("replaced-not.png")).expect("a file");
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
        let folder = tempfile::tempdir().expect("a folder");
        let old = folder.path().join(name);
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
    let folder = tempfile::tempdir().expect("a folder");
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
    let folder = tempfile::tempdir().expect("a folder");
    let jpg = folder.path().join("field.jpg");
    let path = jpg.to_str().expect("UTF-8");
    for [command, flag] in DRAWING {
        let message = complaint(2, &[command, flag, path]).replace(path, "field.jpg");
        if command == "simulate" {
            insta::assert_snapshot!(message, @"error: --png writes PNG, and the name 'field.jpg' says otherwise: let it end in .png, have no ending, or be - for standard output");
        }
        assert!(!jpg.exists());
        for name in ["field.PNG", "field"] {
            let named = folder.path().join(name);
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
    insta::assert_snapshot!(complaint(2, &["simulate", "--png", terminal]), @"error: --png would write to a terminal, which shows no PNG: name a file, or send standard output to one");
    let stdout = fs::OpenOptions::new().read(true).write(true).open(terminal).expect("it is there");
    let printing = mfn(&["features", "--plot", "-"]).stdout(stdout).output().expect("mfn starts");
    assert_eq!(printing.status.code(), Some(2), "{}", text(printing.stderr));
}
