//! Where the tree cites requirements, and which of them tests show.

use mfn_spec::Requirements;

use crate::files::File;
use crate::spec::parts;

/// The ids that are cited and do not exist.
pub(crate) fn faults_of_ids(spec: &Requirements, files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in files {
        for id in ids_in(&file.text) {
            // Prose may speak of what was given up; code may not rest on it.
            let known = spec.lists(id)
                || !file.is_rust() && spec.retired.iter().any(|retired| retired == id);
            if !known {
                faults.push(format!("{} cites {id}, which is not a requirement", file.path));
            }
        }
    }
    faults
}

/// The citations that stand above no test, or name nothing.
pub(crate) fn faults_of_citations(files: &[File]) -> Vec<String> {
    let rust_files = files.iter().filter(|file| file.is_rust());
    let stray = rust_files.flat_map(|file| {
        let all = citations(&file.text).into_iter();
        let stray = all.filter(|citation| !citation.is_above_a_test || citation.ids.is_empty());
        stray.map(|citation| format!("{}:{} cites above no test", file.path, citation.line))
    });
    stray.collect()
}

/// The MUSTs that no test shows.
pub(crate) fn faults_of_coverage(spec: &Requirements, files: &[File]) -> Vec<String> {
    let rust_files = files.iter().filter(|file| file.is_rust());
    let citations = rust_files.flat_map(|file| citations(&file.text));
    let shown: Vec<&str> =
        citations.filter(|c| c.is_above_a_test).flat_map(|citation| citation.ids).collect();
    let musts = spec.requirement.iter().filter(|requirement| requirement.level == "MUST");
    musts
        .filter(|must| !shown.contains(&must.id.as_str()))
        .map(|must| format!("{} ({}) is shown by no test", must.id, must.title))
        .collect()
}

/// Everything in a text that is an id or looks like a mistaken one.
fn ids_in(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("MFN-").filter_map(|(start, prefix)| {
        let rest = &text[start..];
        let in_id = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let id = rest.split(|c| !in_id(c)).next()?.trim_end_matches('-');
        let (_area, number) = id.get(prefix.len()..)?.split_once('-')?;
        number.starts_with(|c: char| c.is_ascii_digit()).then_some(id)
    })
}

/// A `// shows` comment.
struct Citation<'a> {
    line: usize,
    ids: Vec<&'a str>,
    is_above_a_test: bool,
}

fn citations(source: &str) -> Vec<Citation<'_>> {
    let mut found = Vec::new();
    let mut lines = source.lines().map(str::trim).enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        if !line.starts_with("// shows MFN-") {
            continue;
        }
        let mut ids: Vec<_> = ids_in(line).collect();
        while let Some((_, more)) = lines.next_if(|(_, line)| line.starts_with("// MFN-")) {
            ids.extend(ids_in(more));
        }
        ids.retain(|id| parts(id).is_some());
        while lines.next_if(|(_, line)| line.starts_with("///")).is_some() {}
        let mut is_above_a_test = false;
        while let Some((_, attribute)) = lines.next_if(|(_, line)| line.starts_with("#[")) {
            is_above_a_test |= attribute == "#[test]" || attribute.starts_with("#[tokio::test");
        }
        found.push(Citation { line: index + 1, ids, is_above_a_test });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> Requirements {
        let list = "version = '1.0.0'\nretired = ['MFN-SIM-009']\n
            [[requirement]]\nid = 'MFN-SIM-001'\nlevel = 'MUST'\npage = ''\ntitle = 'One'\n
            [[requirement]]\nid = 'MFN-SIM-002'\nlevel = 'MUST'\npage = ''\ntitle = 'Two'\n
            [[requirement]]\nid = 'MFN-SIM-003'\nlevel = 'SHOULD'\npage = ''\ntitle = 'Three'";
        crate::spec::parse(&File::new("list", list))
    }

    fn rust(text: &str) -> [File; 1] {
        [File::new("a.rs", text)]
    }

    #[test]
    fn a_citation_of_what_does_not_exist_is_found() {
        let faults = |path: &str, text: &str| faults_of_ids(&spec(), &[File::new(path, text)]);
        assert!(faults("a.rs", "MFN-SIM-001, MFN-SIM-003; MFN-AREA-NNN, MFN-SIM, MFN-").is_empty());
        for wrong in ["SIM-004", "SIM-1", "SIM-0011", "sim-001", "SIM-001a", "SIM-001-2"] {
            assert_eq!(faults("a.md", &format!("(MFN-{wrong})")).len(), 1, "{wrong}");
        }
        assert!(faults("CHANGELOG.md", "MFN-SIM-009").is_empty());
        assert_eq!(faults("a.rs", "MFN-SIM-009").len(), 1);
    }

    #[test]
    fn a_must_is_shown_by_a_citation_above_a_test() {
        let uncited = |text: &str| faults_of_coverage(&spec(), &rust(text)).len();
        assert_eq!(uncited(""), 2);
        for shown in [
            "// shows MFN-SIM-001, MFN-SIM-002\n#[test]\nfn f() {}",
            "  // shows MFN-SIM-001,\n  // MFN-SIM-002\n  /// Docs.\n  #[tokio::test]\n",
            "// shows MFN-SIM-001, MFN-SIM-002\n#[should_panic]\n#[test]\nfn f() {}",
        ] {
            assert_eq!(uncited(shown), 0, "{shown}");
        }
        assert_eq!(uncited("// shows MFN-SIM-001\n#[test]\nfn f() {}\n// MFN-SIM-002\n"), 1);
    }

    #[test]
    fn a_citation_that_shows_nothing_is_found() {
        for stray in [
            "// shows MFN-SIM-001\nfn f() {}",
            "// shows MFN-SIM-001\n\n#[test]\nfn f() {}",
            "// shows MFN-SIM-001\n#[cfg(test)]\nmod tests {}",
            "// shows MFN-SIM-001",
        ] {
            assert_eq!(faults_of_citations(&rust(stray)).len(), 1, "{stray}");
            assert_eq!(faults_of_coverage(&spec(), &rust(stray)).len(), 2, "{stray}");
        }
        assert!(faults_of_citations(&rust("// shows MFN-SIM-001\n#[test]")).is_empty());
    }
}
