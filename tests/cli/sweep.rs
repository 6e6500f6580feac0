//! `mfn sweep`, as far as no server is needed.

use std::fs::{self, File};
use std::path::Path;

use serde_json::Value;

use crate::errors::complaint;
use crate::{json_of, mfn, run, stdout_of, text};

/// Six rows that take no time.
const SMALL: [&str; 8] =
    ["sweep", "--seeds", "0..3", "--grid-size", "4,8", "--steps", "5", "--turing-enabled"];

fn small(more: &[&str]) -> Vec<&'static str> {
    SMALL
        .iter()
        .copied()
        .chain(more.iter().map(|word| &*String::leak((*word).to_owned())))
        .collect()
}

fn path(file: &Path) -> &str {
    file.to_str().expect("UTF-8")
}

#[test]
fn a_table_is_comma_separated_values_or_lines_of_json() {
    insta::assert_snapshot!("sweep_csv", stdout_of(&SMALL));
    insta::assert_snapshot!("sweep_ndjson", stdout_of(&small(&["--ndjson", "-"])));
    insta::assert_snapshot!("sweep_features", stdout_of(&small(&["--features"])));
}

#[test]
fn a_row_has_the_json_of_the_command_for_one_simulation() {
    let rows = stdout_of(&small(&["--features", "--ndjson", "-"]));
    let rows: Vec<Value> =
        rows.lines().skip(1).map(|row| serde_json::from_str(row).expect("JSON")).collect();
    assert_eq!(rows.len(), 6);
    for row in rows {
        let (seed, grid_size) = (&row["request"]["seed"], &row["request"]["grid_size"]);
        let flags = [format!("--seed={seed}"), format!("--grid-size={grid_size}")];
        let flags = [&flags[..], &["--steps=5".to_owned(), "--turing-enabled".to_owned()]].concat();
        for command in ["simulate", "features"] {
            let one = json_of(command, &flags);
            assert_eq!(one["request"], row["request"]);
            for (name, value) in one["result"].as_object().expect("an object") {
                assert_eq!(&row["result"][name], value, "{name}");
            }
        }
    }
}

#[test]
fn rows_have_one_order_however_many_are_computed_at_once() {
    let many = ["sweep", "--seeds", "0..300", "--grid-size", "8,64,4", "--steps", "1,20"];
    let of = |jobs: &str| stdout_of(&[&many[..], &["--jobs", jobs]].concat());
    let alone = of("1");
    assert_eq!(alone.lines().count(), 2 + 1800);
    assert_eq!(alone, of("7"));
}

#[test]
fn jitter_has_a_column_where_a_row_has_it() {
    let header = |flags: &[&str]| {
        let table = stdout_of(&small(flags));
        table.lines().nth(1).is_some_and(|names| names.contains("quantum_jitter"))
    };
    assert!(!header(&[]) && !header(&["--quantum-jitter", "false"]));
    assert!(header(&["--quantum-jitter"]) && header(&["--quantum-jitter", "false,true"]));
}

#[test]
fn a_sweep_that_was_stopped_at_any_byte_goes_on_after_its_last_whole_row() {
    let folder = tempfile::tempdir().expect("a folder");
    for (flag, name) in [("--csv", "sweep.csv"), ("--ndjson", "sweep.ndjson")] {
        let file = folder.path().join(name);
        let command = small(&[flag, path(&file)]);
        assert_eq!(stdout_of(&command), format!("6 rows are in {}\n", path(&file)));
        let whole = fs::read(&file).expect("a file");
        assert_eq!(text(whole.clone()), stdout_of(&small(&[flag, "-"])));
        let ends: Vec<_> = (0..whole.len()).filter(|&k| whole[k] == b'\n').collect();
        let around = ends.iter().flat_map(|&end| [end - 3, end, end + 1]);
        for kept in around.chain([0, 1]) {
            fs::write(&file, &whole[..kept]).expect("it can be written");
            stdout_of(&command);
            assert!(fs::read(&file).expect("a file") == whole, "{name} cut to {kept} bytes");
        }
        let again = stdout_of(&command);
        assert_eq!(again, format!("6 rows are in {}, all of them from before\n", path(&file)));
    }
}

#[test]
fn the_same_sweep_may_be_written_in_another_way() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sweep.csv");
    stdout_of(&["sweep", "--seeds", "0..3", "--steps", "1", "--csv", path(&file)]);
    let others = ["sweep", "--seeds", "0,1..=2", "--steps=1", "--alpha=0.180"];
    let said = stdout_of(&[&others[..], &["--csv", path(&file)]].concat());
    assert!(said.ends_with("all of them from before\n"), "{said}");
}

/// What is said of a file with this content, which must stay.
fn refused(content: &[u8], more: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sweep.csv");
    fs::write(&file, content).expect("it can be written");
    let message = complaint(2, &small(&[&["--csv", path(&file)], more].concat()));
    assert!(fs::read(&file).expect("a file") == content, "{message}");
    message.replace(path(&file), "sweep.csv")
}

#[test]
fn a_file_of_something_else_is_refused_and_stays() {
    let table = stdout_of(&SMALL);
    insta::assert_snapshot!(refused(table.as_bytes(), &["--features"]), @"error: sweep.csv has the rows of another sweep, mfn sweep --seeds 0..3 --grid-size 4,8 --steps 5 --alpha 0.18 --spike-probability 0.25 --turing-enabled true: name another file, or remove it");
    insta::assert_snapshot!(refused(table.as_bytes(), &["--alpha", "0.2"]), @"error: sweep.csv has the rows of another sweep, mfn sweep --seeds 0..3 --grid-size 4,8 --steps 5 --alpha 0.18 --spike-probability 0.25 --turing-enabled true: name another file, or remove it");
    insta::assert_snapshot!(refused(b"seed,mean\n1,2\n", &[]), @"error: sweep.csv is there, and is not what a sweep in this format writes: name another file, or remove it");
    insta::assert_snapshot!(refused(b"unfinished", &[]), @"error: sweep.csv is there, and is not what a sweep in this format writes: name another file, or remove it");
    let changed = table.replace("\n2,4,", "\n7,4,");
    assert_ne!(changed, table);
    insta::assert_snapshot!(refused(changed.as_bytes(), &[]), @"error: row 3 of sweep.csv is not the one that its sweep has there, so nothing is added: name another file, or remove it");
    // More rows than the sweep has, and a row that lacks a number.
    refused(format!("{table}2,8\n").as_bytes(), &[]);
    refused(table.replacen(",true,", ",true,1,", 1).as_bytes(), &[]);
    let ndjson = stdout_of(&small(&["--ndjson", "-"]));
    refused(ndjson.as_bytes(), &[]);
}

#[test]
fn a_file_that_another_process_writes_to_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sweep.csv");
    let held = File::create(&file).expect("it can be made");
    held.lock().expect("nobody has it");
    let message = complaint(2, &small(&["--csv", path(&file)]));
    insta::assert_snapshot!(message.replace(path(&file), "sweep.csv"), @"error: another process writes to sweep.csv: wait for its end, or name another file");
}

#[test]
fn what_makes_no_sweep_is_refused() {
    let of = |arguments: &[&str]| complaint(2, &[&["sweep"], arguments].concat());
    insta::assert_snapshot!(of(&["--seeds", "0..x"]), @"error: invalid value '0..x' for '--seeds <LIST>': '0..x': a range is written 0..10, which leaves out its end, 0..=10, or with a step 0..=10:2");
    insta::assert_snapshot!(of(&["--alpha", "0.1..0.2"]), @"error: invalid value '0.1..0.2' for '--alpha <LIST>': '0.1..0.2': a range of numbers needs a step, as in 0.1..=0.2:0.05");
    insta::assert_snapshot!(of(&["--alpha", "0.1,0.25"]), @"error: --alpha is 0.25, allowed is [0.05, 0.25)");
    insta::assert_snapshot!(of(&["--csv", "sweep.json"]), @"error: --csv writes comma-separated values, and the name 'sweep.json' says otherwise: let it end in .csv, have no ending, or be - for standard output");
    insta::assert_snapshot!(of(&["--ndjson", "sweep.csv"]), @"error: --ndjson writes lines of JSON, and the name 'sweep.csv' says otherwise: let it end in .ndjson or .jsonl, have no ending, or be - for standard output");
    insta::assert_snapshot!(of(&["--csv", "a.csv", "--ndjson", "a.ndjson"]), @"error: the argument '--csv <FILE>' cannot be used with '--ndjson <FILE>'");
    insta::assert_snapshot!(of(&["--ca", "ca.pem"]), @"error: --ca is about a server: name one by --target");
    insta::assert_snapshot!(of(&["--target", "localhost:1", "--quantum-jitter"]), @"error: --quantum-jitter is no parameter of a server: leave it out, or leave out --target");
    insta::assert_snapshot!(of(&["--target", "localhost"]), @"error: the endpoint 'localhost' must be HOST:PORT, http://HOST:PORT or https://HOST:PORT, with nothing after it");
    insta::assert_snapshot!(of(&["--jobs", "0"]), @"error: invalid value '0' for '--jobs <NUMBER>': 0 is not in 1..=1024");
}

#[test]
fn nobody_who_reads_is_no_fault() {
    let mut command = mfn(&["sweep", "--seeds", "0..100000", "--grid-size", "4", "--steps", "1"]);
    let mut program = command.stdout(std::process::Stdio::piped()).spawn().expect("mfn starts");
    drop(program.stdout.take());
    assert!(program.wait().expect("it ends").success());
}

#[test]
fn a_device_is_written_to_and_not_gone_on_with() {
    let output = run(&small(&["--csv", "/dev/null"]));
    assert_eq!((text(output.stdout), text(output.stderr)), (String::new(), String::new()));
    assert!(output.status.success());
}

#[cfg(unix)]
mod stopped {
    use std::process::{Child, Command, Stdio};
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;

    /// Far more than it takes until a row is written.
    const GUARD: Duration = Duration::from_mins(1);
    /// No machine computes these before it is told to stop.
    const ENDLESS: [&str; 3] = ["sweep", "--seeds", "0..1000000"];

    fn rows(file: &Path) -> usize {
        let written = fs::read_to_string(file).unwrap_or_default();
        written.matches('\n').count().saturating_sub(2)
    }

    /// The sweep, after it has written more than so many rows.
    fn begun(file: &Path, more_than: usize) -> Child {
        let arguments = [&ENDLESS[..], &["--csv", path(file)]].concat();
        let program = mfn(&arguments).stderr(Stdio::piped()).spawn().expect("mfn starts");
        let start = Instant::now();
        while rows(file) <= more_than {
            assert!(start.elapsed() < GUARD, "no row is written");
            thread::sleep(Duration::from_millis(10));
        }
        program
    }

    #[test]
    fn ctrl_c_ends_it_with_whole_rows_and_what_is_killed_goes_on_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("sweep.csv");
        let program = begun(&file, 0);
        let id = program.id().to_string();
        Command::new("kill").args(["-s", "INT", &id]).status().expect("kill starts");
        let output = program.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(130));
        let first = fs::read_to_string(&file).expect("a file");
        assert!(first.ends_with('\n'));
        let count = rows(&file);
        let said = format!(
            "error: the sweep was stopped; {count} of 1000000 rows are in {}, and the same command \
             goes on after them\n",
            path(&file)
        );
        assert_eq!(text(output.stderr), said);

        let mut program = begun(&file, count);
        program.kill().expect("it runs");
        program.wait().expect("it ends");
        let second = fs::read_to_string(&file).expect("a file");
        assert!(second.starts_with(&first));
        // However it was stopped, its rows are those of a sweep that was not.
        let (whole, _) = second.rsplit_once('\n').expect("lines");
        let seeds = format!("0..{}", whole.lines().count() - 2);
        let expected = stdout_of(&["sweep", "--seeds", &seeds]);
        assert!(expected.lines().skip(1).eq(whole.lines().skip(1)));
    }
}
