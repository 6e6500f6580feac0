//! The list of requirements, and the pages that define them.

use std::collections::BTreeMap;

use mfn_spec::{Requirement, Requirements};

use crate::files::File;

const LEVELS: [&str; 3] = ["MUST", "SHOULD", "MAY"];

/// The list that `file` has.
pub(crate) fn parse(file: &File) -> Requirements {
    Requirements::parse(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.path))
}

/// Area and number of an id `MFN-AREA-NNN`.
pub(crate) fn parts(id: &str) -> Option<(&str, u32)> {
    let (area, number) = id.strip_prefix("MFN-")?.split_once('-')?;
    let well_formed = !area.is_empty()
        && area.bytes().all(|byte| byte.is_ascii_uppercase())
        && number.len() == 3
        && number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse().ok().filter(|_| well_formed).map(|number| (area, number))
}

/// What is wrong with the list by itself.
pub(crate) fn faults_of_list(spec: &Requirements) -> Vec<String> {
    let mut faults = Vec::new();
    let mut last_of_area = BTreeMap::new();
    for Requirement { id, level, title, .. } in &spec.requirement {
        let Some((area, number)) = parts(id) else {
            faults.push(format!("{id} is not MFN-AREA-NNN"));
            continue;
        };
        if last_of_area.insert(area, number).is_some_and(|last| last >= number) {
            faults.push(format!("{id} is out of order, or not the only one"));
        }
        if spec.retired.contains(id) {
            faults.push(format!("{id} is retired and may not be used again"));
        }
        if !LEVELS.contains(&level.as_str()) {
            faults.push(format!("{id} has the level {level}, which is none of {LEVELS:?}"));
        }
        if title.is_empty() {
            faults.push(format!("{id} has no title"));
        }
    }
    faults
}

/// The numbers that were passed over, or deleted without being retired.
pub(crate) fn faults_of_numbers(spec: &Requirements) -> Vec<String> {
    let mut taken = BTreeMap::<&str, Vec<u32>>::new();
    let listed = spec.requirement.iter().map(|requirement| requirement.id.as_str());
    for (area, number) in listed.chain(spec.retired.iter().map(String::as_str)).filter_map(parts) {
        taken.entry(area).or_default().push(number);
    }
    let missing = taken.iter().flat_map(|(area, numbers)| {
        let last = numbers.iter().max().copied().unwrap_or_default();
        let missing = (1..=last).filter(|number| !numbers.contains(number));
        missing.map(move |number| format!("MFN-{area}-{number:03} is neither listed nor retired"))
    });
    missing.collect()
}

/// Where the list and the pages differ.
pub(crate) fn faults_of_pages(spec: &Requirements, files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut defined = Vec::new();
    for File { path, text } in files.iter().filter(|file| file.is_page_of_spec()) {
        let page = path.trim_start_matches("spec/");
        let mut last = "";
        for line in text.lines() {
            // A later requirement stands where its subject is.
            if line.starts_with("## ") {
                last = "";
            }
            if !line.starts_with("**MFN-") {
                continue;
            }
            let Some((id, level)) = definition(line) else {
                faults.push(format!("{path} has a line that is not '**ID (LEVEL)** text': {line}"));
                continue;
            };
            if id <= last {
                faults.push(format!("{path} defines {id} after {last}"));
            }
            last = id;
            defined.push((id, level, page));
        }
    }
    let listed: Vec<_> = spec.requirement.iter().map(|r| (&*r.id, &*r.level, &*r.page)).collect();
    for definition in defined.iter().filter(|definition| !listed.contains(definition)) {
        faults.push(format!("{definition:?} is defined, and not listed so"));
    }
    for requirement in listed {
        let times = defined.iter().filter(|definition| definition.0 == requirement.0).count();
        if times != 1 || !defined.contains(&requirement) {
            faults
                .push(format!("{requirement:?} is listed, and defined {times} times or otherwise"));
        }
    }
    faults
}

/// Id and level of a paragraph that begins `**ID (LEVEL)** text`.
fn definition(line: &str) -> Option<(&str, &str)> {
    let (head, text) = line.strip_prefix("**")?.split_once(")** ")?;
    head.split_once(" (").filter(|_| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requirement(id: &str, level: &str) -> Requirement {
        let [page, title] = ["simulation.md", "A title"].map(str::to_owned);
        Requirement { id: id.to_owned(), level: level.to_owned(), page, title }
    }

    fn list(requirement: Vec<Requirement>) -> Requirements {
        Requirements { requirement, ..Requirements::default() }
    }

    #[test]
    fn an_id_has_an_area_and_three_digits() {
        assert_eq!(parts("MFN-SIM-004"), Some(("SIM", 4)));
        for wrong in ["SIM-04", "sim-004", "-004", "SIM-0x4", "SIM-0004", "SIM004", "SIM-+04"] {
            assert_eq!(parts(&format!("MFN-{wrong}")), None, "{wrong}");
        }
        assert_eq!(parts("SIM-004"), None);
    }

    #[test]
    fn a_good_list_has_no_fault() {
        let good = ["MFN-SIM-001", "MFN-STAT-001", "MFN-SIM-004"];
        let good = good.map(|id| requirement(id, "SHOULD")).into();
        assert!(faults_of_list(&list(good)).is_empty());
    }

    #[test]
    fn every_fault_of_a_list_is_found() {
        let malformed = format!("MFN-{}", "SIM-4");
        assert_eq!(faults_of_list(&list(vec![requirement(&malformed, "MUST")])).len(), 1);

        for second in ["MFN-SIM-003", "MFN-SIM-004"] {
            let both = ["MFN-SIM-004", second].map(|id| requirement(id, "MUST"));
            assert_eq!(faults_of_list(&list(both.into())).len(), 1, "{second}");
        }
        let mut reused = list(vec![requirement("MFN-SIM-004", "MUST")]);
        reused.retired.push("MFN-SIM-004".to_owned());
        assert_eq!(faults_of_list(&reused).len(), 1);

        assert_eq!(faults_of_list(&list(vec![requirement("MFN-SIM-004", "must")])).len(), 1);

        let mut untitled = list(vec![requirement("MFN-SIM-004", "MUST")]);
        untitled.requirement[0].title.clear();
        assert_eq!(faults_of_list(&untitled).len(), 1);
    }

    #[test]
    fn a_number_that_is_neither_listed_nor_retired_is_found() {
        let ids = ["MFN-SIM-001", "MFN-SIM-002"].map(|id| requirement(id, "MUST"));
        assert!(faults_of_numbers(&list(ids.into())).is_empty());
        let mut gap = list(vec![requirement("MFN-SIM-003", "MUST")]);
        gap.retired.push("MFN-SIM-001".to_owned());
        assert_eq!(faults_of_numbers(&gap), ["MFN-SIM-002 is neither listed nor retired"]);
    }

    #[test]
    fn a_definition_begins_its_line_on_the_page_that_the_list_names() {
        let spec = || list(vec![requirement("MFN-SIM-004", "MUST")]);
        let faults = |path: &str, text: &str| faults_of_pages(&spec(), &[File::new(path, text)]);
        let page = "spec/simulation.md";
        let good = "**MFN-SIM-004 (MUST)** One.\nsee **MFN-SIM-005 (MUST)** and **bold**";
        assert!(faults(page, good).is_empty());

        let elsewhere = faults("spec/streams.md", "**MFN-SIM-004 (MUST)** One.");
        assert_eq!(elsewhere.len(), 2, "{elsewhere:?}");
        for wrong in [
            "",
            "> **MFN-SIM-004 (MUST)** One.",
            "**MFN-SIM-004 (MAY)** One.",
            "**MFN-SIM-004** (MUST) One.",
            "**MFN-SIM-004 (MUST)** ",
            "**MFN-SIM-004 (MUST)** One.\n**MFN-SIM-004 (MUST)** Two.",
            "**MFN-SIM-004 (MUST)** One.\n**MFN-SIM-005 (MUST)** Not listed.",
        ] {
            assert!(!faults(page, wrong).is_empty(), "{wrong:?}");
        }
    }
}
