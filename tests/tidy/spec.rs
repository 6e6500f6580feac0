//! Requirements: their list, where pages define them, where files cite them.

use serde::Deserialize;

use crate::files::File;

/// `spec/requirements.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Spec {
    pub(crate) retired: Vec<String>,
    pub(crate) requirement: Vec<Requirement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Requirement {
    pub(crate) id: String,
    pub(crate) level: String,
    pub(crate) page: String,
    pub(crate) title: String,
}

pub(crate) fn requirements() -> Spec {
    let file = File::read("spec/requirements.toml");
    toml::from_str(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.path))
}

/// Area and number of an id `MFN-AREA-NNN`.
pub(crate) fn parts(id: &str) -> Option<(String, u32)> {
    let (area, number) = id.strip_prefix("MFN-")?.split_once('-')?;
    let well_formed = !area.is_empty()
        && area.bytes().all(|byte| byte.is_ascii_uppercase())
        && number.len() == 3
        && number.bytes().all(|byte| byte.is_ascii_digit());
    well_formed.then(|| Some((area.to_owned(), number.parse().ok()?))).flatten()
}

/// Ids and levels that paragraphs of a page begin with: `**ID (LEVEL)** ...`.
pub(crate) fn defined_on(page: &str) -> Vec<(&str, &str)> {
    page.lines()
        .filter_map(|line| {
            let (head, _) = line.strip_prefix("**")?.split_once("**")?;
            let (id, level) = head.split_once(" (")?;
            id.starts_with("MFN-").then_some((id, level.strip_suffix(')')?))
        })
        .collect()
}

/// Every id in a text.
pub(crate) fn cited_ids(text: &str) -> Vec<String> {
    text.match_indices("MFN-")
        .filter_map(|(start, _)| {
            let rest = &text[start..];
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            let id = &rest[..end.unwrap_or(rest.len())];
            parts(id).map(|_| id.to_owned())
        })
        .collect()
}

/// Ids in a Rust file's `// shows` comments, each followed by a test.
pub(crate) fn shown_ids(source: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut lines = source.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        if let Some(citation) = line.strip_prefix("// shows ") {
            let mut all = cited_ids(citation);
            // A long list goes on in the comment's next lines.
            while let Some(more) = lines.next_if(|line| line.starts_with("// MFN-")) {
                all.extend(cited_ids(more));
            }
            while lines.next_if(|line| line.starts_with("///")).is_some() {}
            let is_test = |line: &&str| line.starts_with("#[") && line.contains("test");
            if lines.peek().is_some_and(is_test) {
                ids.extend(all);
            }
        }
    }
    ids
}

#[test]
fn an_id_has_an_area_and_three_digits() {
    assert_eq!(parts("MFN-SIM-004"), Some(("SIM".to_owned(), 4)));
    for wrong in ["MFN-SIM-04", "MFN-sim-004", "MFN--004", "SIM-004", "MFN-SIM-0x4"] {
        assert_eq!(parts(wrong), None, "{wrong}");
    }
}

#[test]
fn a_definition_begins_its_line() {
    let page = ["**MFN-", "SIM-004 (MUST)** One.\nsee **MFN-", "SIM-004 (MUST)**, or **bold**"];
    assert_eq!(defined_on(&page.concat()), [(["MFN-", "SIM-004"].concat().as_str(), "MUST")]);
}

#[test]
fn a_citation_counts_only_above_a_test() {
    let [one, two] = [["MFN-", "SIM-001"].concat(), ["MFN-", "SIM-002"].concat()];
    let above_a_test = format!("// shows {one},\n// {two}\n/// Docs.\n#[tokio::test]\nfn f() {{}}");
    assert_eq!(shown_ids(&above_a_test), [one.clone(), two.clone()]);
    let above_nothing = format!("// shows {one}\nfn f() {{}}\n// {two}\n#[test]");
    assert!(shown_ids(&above_nothing).is_empty());
}
