//! The list of the requirements of MFN, as `spec/requirements.toml` writes it.
//!
//! The tests of the tree check it, and the conformance suite tells from it what a
//! case shows.
#![forbid(unsafe_code)]

use serde::Deserialize;

/// The whole list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirements {
    /// Version of the specification.
    pub version: String,
    /// Ids that were given up, and may not be used again.
    pub retired: Vec<String>,
    /// The requirements, in the order of their areas and numbers.
    pub requirement: Vec<Requirement>,
}

/// One requirement.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// `MFN-AREA-NNN`.
    pub id: String,
    /// MUST, SHOULD or MAY.
    pub level: String,
    /// The page that defines it, from `spec/`.
    pub page: String,
    /// What it is about, in a few words.
    pub title: String,
}

impl Requirements {
    /// Reads the list.
    ///
    /// # Errors
    /// The text is not in the format: where, and why.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// Whether a requirement has this id.
    #[must_use]
    pub fn lists(&self, id: &str) -> bool {
        self.requirement.iter().any(|requirement| requirement.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_is_listed_by_its_id() {
        let text = "version = \"1.0.0\"\nretired = []\n[[requirement]]\nid = \"A\"\n\
                    level = \"MUST\"\npage = \"a.md\"\ntitle = \"T\"\n";
        let list = Requirements::parse(text).expect("it has the format");
        assert!(list.lists("A") && !list.lists("B"));
        assert!(Requirements::parse(&text.replace("title", "name")).is_err());
    }
}
