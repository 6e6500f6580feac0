//! No input that is packed, and no seed, makes an oracle fail.

use std::fs::File;
use std::io::Read as _;
use std::panic::catch_unwind;

use flate2::read::GzDecoder;
use tar::Archive;

use crate::seeds;

/// A test for the inputs of each target.
macro_rules! tests_of {
    ($($target:ident)*) => {
        $(#[test]
        fn $target() {
            no_input_fails(stringify!($target), crate::$target::check);
        })*
    };
}

tests_of! {
    access answers cases client connection headers http1 key_file limits request settings store web
}

/// The first input of this `target` that fails is told, after what it panics with. It may leave
/// to a server what those behind it would fail with.
fn no_input_fails(target: &str, check: fn(&[u8])) {
    let (packed, seeds) = (packed(target), seeds(target));
    assert!(!packed.is_empty(), "{target} has no corpus");
    assert!(!seeds.is_empty(), "{target} has no seeds");
    for (name, input) in packed.into_iter().chain(seeds) {
        assert!(catch_unwind(|| check(&input)).is_ok(), "{target} fails with the input {name}");
    }
}

/// The seeds of this `target`, with names.
fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let of_target = seeds::ALL.iter().find(|(name, _)| *name == target);
    let seeds = of_target.map(|(_, seeds)| seeds()).unwrap_or_default();
    seeds.into_iter().enumerate().map(|(number, seed)| (seeds::name(number), seed)).collect()
}

/// The inputs that are packed for this `target`, with their names.
fn packed(target: &str) -> Vec<(String, Vec<u8>)> {
    let path = format!("{}/corpora/{target}.tar.gz", env!("CARGO_MANIFEST_DIR"));
    let file = File::open(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut archive = Archive::new(GzDecoder::new(file));
    let entries = archive.entries().expect("an archive").map(|entry| entry.expect("an entry"));
    let files = entries.filter(|entry| entry.header().entry_type().is_file());
    let read = |mut entry: tar::Entry<'_, _>| {
        let name = entry.path().expect("a path").display().to_string();
        let mut input = Vec::new();
        entry.read_to_end(&mut input).expect("the bytes of a file");
        (name, input)
    };
    files.map(read).collect()
}
