//! Fuzz targets, each of which is listed in several places.

use std::collections::BTreeSet;

use toml::Table;

use crate::files::{self, File};

const MANIFEST: &str = "fuzz/Cargo.toml";
const RUNNER: &str = "fuzz/run";
const SEEDS: &str = "fuzz/src/seeds/mod.rs";
const TESTS: &str = "fuzz/src/corpora.rs";
const FLOORS: &str = "fuzz/floors";
const PAGE: &str = "fuzz/README.md";
/// The program that is built as targets are, and is none.
const NO_TARGET: &str = "seeds";

type Names<'a> = BTreeSet<&'a str>;

/// The places that have other targets than the manifest has.
pub(crate) fn faults_of_targets(files: &[File]) -> Vec<String> {
    let text = |path| files::at(files, path).text.as_str();
    let manifest: Table = text(MANIFEST).parse().expect("a manifest");
    let targets = targets(&manifest);
    let places = [
        (RUNNER, run(text(RUNNER))),
        (SEEDS, seeded(text(SEEDS))),
        (TESTS, tested(text(TESTS))),
        (FLOORS, with_floors(text(FLOORS))),
        (PAGE, in_each_table(text(PAGE))),
    ];
    let faulty = places.iter().filter(|(_, names)| *names != targets);
    let told = faulty.map(|(path, names)| {
        let unlike: Vec<_> = names.symmetric_difference(&targets).collect();
        format!("{path} and {MANIFEST} do not agree on {unlike:?}")
    });
    told.collect()
}

fn targets(manifest: &Table) -> Names<'_> {
    let programs = manifest.get("bin").and_then(toml::Value::as_array).into_iter().flatten();
    let names = programs.filter_map(|program| program.get("name")?.as_str());
    names.filter(|name| *name != NO_TARGET).collect()
}

/// `targets=(a b)`.
fn run(runner: &str) -> Names<'_> {
    let list = runner.lines().find_map(|line| line.strip_prefix("targets=(")?.strip_suffix(')'));
    list.unwrap_or_default().split_whitespace().collect()
}

/// `("a", a::seeds),`.
fn seeded(seeds: &str) -> Names<'_> {
    let rows = seeds.lines().map(str::trim).filter(|line| line.ends_with("::seeds),"));
    rows.filter_map(|row| row.strip_prefix("(\"")?.split('"').next()).collect()
}

/// `tests_of! {` with a line of names behind it.
fn tested(tests: &str) -> Names<'_> {
    let list = tests.split_once("\ntests_of! {").and_then(|(_, behind)| behind.split_once('}'));
    list.map(|(names, _)| names.split_whitespace().collect()).unwrap_or_default()
}

/// `a 100`.
fn with_floors(floors: &str) -> Names<'_> {
    let lines = floors.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_whitespace().next()).collect()
}

/// The targets that both tables have: what each is, and what a search came to.
fn in_each_table(page: &str) -> Names<'_> {
    let mut tables = page.split("\n| target |").skip(1).map(|table| {
        let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
        rows.filter_map(|row| row.strip_prefix("| `")?.split('`').next()).collect::<Names<'_>>()
    });
    let first = tables.next().unwrap_or_default();
    tables.fold(first, |all, table| all.intersection(&table).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_that_is_missing_in_one_place_is_a_fault() {
        let table = "\n| target |\n|---|\n| `a` |\n| `b` |\n";
        let sound = [
            (MANIFEST, "[[bin]]\nname = \"a\"\n[[bin]]\nname = \"b\"\n[[bin]]\nname = \"seeds\"\n"),
            (RUNNER, "targets=(a b)\n"),
            (SEEDS, "    (\"a\", a::seeds),\n    (\"b\", other::seeds),\n"),
            (TESTS, "\ntests_of! {\n    a b\n}\n"),
            (FLOORS, "# edges\na 1\nb 2\n"),
            (PAGE, &format!("{table}\ntext\n{table}")),
        ];
        let all = || sound.map(|(path, text)| File::new(path, text));
        assert_eq!(faults_of_targets(&all()), [""; 0]);
        for place in 1..sound.len() {
            let mut files = all();
            let text = &mut files[place].text;
            // The last that it has.
            let last = text.rfind('b').expect("it has b");
            text.replace_range(last..=last, "c");
            assert_eq!(faults_of_targets(&files).len(), 1, "{}", files[place].path);
        }
    }
}
