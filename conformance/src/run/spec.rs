//! The requirements, with their sentences.

use std::collections::BTreeMap;

use mfn_spec::Requirements;

use crate::report::{Requirement, SPEC_FOLDER};

macro_rules! pages {
    ($($page:literal),* $(,)?) => {
        &[$((concat!($page, ".md"), include_str!(concat!("../../../spec/", $page, ".md")))),*]
    };
}

/// The pages that define requirements.
pub const PAGES: &[(&str, &str)] = pages![
    "arithmetic",
    "audit",
    "authentication",
    "cache",
    "configuration",
    "errors",
    "features",
    "lifecycle",
    "limits",
    "memory",
    "metrics",
    "replicas",
    "sharing",
    "simulation",
    "statistics",
    "streams",
    "transport",
    "validation",
    "web",
    "wire",
    "words",
];

/// The specification that the suite is of.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Its version.
    pub version: String,
    /// Its requirements, by id.
    pub requirements: BTreeMap<String, Requirement>,
}

impl Spec {
    /// `spec/`, as it was when the suite was built.
    ///
    /// # Panics
    /// Never: the tests of this crate load it too.
    #[must_use]
    pub fn load() -> Self {
        let list = Requirements::parse(include_str!("../../../spec/requirements.toml"))
            .unwrap_or_else(|error| panic!("spec/requirements.toml: {error}"));
        let requirements = list.requirement.into_iter().map(|listed| {
            let mfn_spec::Requirement { id, level, page, .. } = listed;
            let level = level.parse().unwrap_or_else(|()| panic!("{id} has the level {level}"));
            let (text, heading) = sentence(&page, &id);
            let link = format!("{SPEC_FOLDER}/{page}#{}", anchor(heading));
            (id.clone(), Requirement { id, level, text, page, link })
        });
        Self { version: list.version, requirements: requirements.collect() }
    }

    /// The requirement with this id.
    #[must_use]
    pub fn requirement(&self, id: &str) -> Option<Requirement> {
        self.requirements.get(id).cloned()
    }
}

/// The paragraph that begins with the id, without that, and the heading above it.
fn sentence<'a>(page: &str, id: &str) -> (String, &'a str) {
    let text = PAGES.iter().find(|(name, _)| *name == page).map_or("", |(_, text)| text);
    let begin = format!("**{id} (");
    let above = text.lines().take_while(|line| !line.starts_with(&begin));
    let heading = above.filter(|line| line.starts_with('#')).last().unwrap_or_default();
    let mut lines = text.lines().skip_while(|line| !line.starts_with(&begin));
    let first = lines.next().and_then(|line| line.split_once(")** ")).map_or("", |(_, rest)| rest);
    let rest = lines.take_while(|line| !line.is_empty());
    (std::iter::once(first).chain(rest).collect::<Vec<_>>().join(" "), heading)
}

/// What a heading is linked by, where Markdown is shown as HTML.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_requirement_has_its_sentence() {
        let spec = Spec::load();
        for requirement in spec.requirements.values() {
            assert!(!requirement.text.is_empty(), "{}", requirement.id);
        }
        let mean = spec.requirement("MFN-STAT-002").expect("it is there");
        assert_eq!(mean.text, "`pot_mean_mV = sum8(mV) / N^2`.");
        let defaults = spec.requirement("MFN-WIRE-002").expect("it is there");
        assert_eq!(defaults.link, "spec/wire.md#defaults-and-ranges");
    }
}
