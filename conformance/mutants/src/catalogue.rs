//! The mutants: what each breaks, and the change of the source that does it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

use conformance::case::Level;
use conformance::report::Requirement;
use conformance::run::Spec;
use serde::Deserialize;

use super::edit::{Refusal, mutated};
use super::mutant::{Edit, Exempt, MARK, Mutant};

/// The files of the catalogue, by the subject that they are about.
const FILES: [(&str, &str); 10] = [
    ("access", include_str!("../access.toml")),
    ("arithmetic", include_str!("../arithmetic.toml")),
    ("cache", include_str!("../cache.toml")),
    ("errors", include_str!("../errors.toml")),
    ("features", include_str!("../features.toml")),
    ("simulation", include_str!("../simulation.toml")),
    ("transport", include_str!("../transport.toml")),
    ("validation", include_str!("../validation.toml")),
    ("web", include_str!("../web.toml")),
    ("wire", include_str!("../wire.toml")),
];

/// All mutants, and why some requirements have none.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// In the order of the files.
    #[serde(default, rename = "mutant")]
    pub mutants: Vec<Mutant>,
    /// Requirements that no mutant breaks.
    #[serde(default, rename = "none")]
    pub exempt: Vec<Exempt>,
}

impl Catalogue {
    /// The catalogue that the suite was built with.
    ///
    /// # Errors
    /// A file of it is not as the types here have it: which, where and why.
    pub fn load() -> Result<Self, String> {
        let mut all = Self::default();
        for (name, text) in FILES {
            let Self { mutants, exempt } =
                toml::from_str(text).map_err(|error| format!("mutants/{name}.toml: {error}"))?;
            all.mutants.extend(mutants);
            all.exempt.extend(exempt);
        }
        Ok(all)
    }

    /// What is wrong with it, a sentence each, given the source in `root`: ids
    /// that are there twice, requirements that the specification does not have,
    /// changes that cannot be made, and MUSTs that nothing breaks without a reason.
    ///
    /// # Errors
    /// The source cannot be read.
    pub fn faults(&self, root: &Path) -> io::Result<Vec<String>> {
        let spec = Spec::load();
        let mut faults = self.faults_of_ids();
        faults.extend(self.faults_of_requirements(&spec));
        faults.extend(self.uncovered(&spec));
        for (file, edits) in self.edits_by_file() {
            let source = fs::read_to_string(root.join(file))
                .map_err(|error| io::Error::new(error.kind(), format!("{file}: {error}")))?;
            faults.extend(
                mutated(&source, &edits)
                    .err()
                    .map(|Refusal { mutant, why }| format!("{mutant}: {file}: {why}")),
            );
        }
        Ok(faults)
    }

    /// The edits of each file, with the mutants that they are of.
    #[must_use]
    pub fn edits_by_file(&self) -> BTreeMap<&str, Vec<(&str, &Edit)>> {
        let mut by_file: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for mutant in &self.mutants {
            for edit in &mutant.edit {
                by_file.entry(&*edit.file).or_default().push((&*mutant.id, edit));
            }
        }
        by_file
    }

    fn faults_of_ids(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let mut faults = Vec::new();
        for Mutant { id, what, edit, .. } in &self.mutants {
            if !seen.insert(id) {
                faults.push(format!("{id}: the id is given to two mutants"));
            }
            if !is_kebab_case(id) {
                faults.push(format!("{id}: an id is of small letters, digits and single `-`"));
            }
            if !what.ends_with('.') {
                faults.push(format!("{id}: `what` is one sentence, which ends with a full stop"));
            }
            if edit.is_empty() {
                faults.push(format!("{id}: it changes nothing"));
            }
            if !edit.iter().any(|edit| edit.replace.contains(MARK)) {
                faults.push(format!("{id}: no replacement has {MARK} in it"));
            }
        }
        faults
    }

    fn faults_of_requirements(&self, spec: &Spec) -> Vec<String> {
        let named = self.mutants.iter().flat_map(|mutant| {
            let all = mutant.also.iter().chain([&mutant.breaks]);
            all.map(|requirement| (mutant.id.as_str(), requirement))
        });
        let exempt = self.exempt.iter().map(|none| ("[[none]]", &none.requirement));
        named
            .chain(exempt)
            .filter(|(_, requirement)| !spec.requirements.contains_key(*requirement))
            .map(|(who, requirement)| format!("{who}: there is no requirement {requirement}"))
            .collect()
    }

    /// Each MUST is broken by a mutant or, for a reason, by none.
    fn uncovered(&self, spec: &Spec) -> Vec<String> {
        let musts =
            spec.requirements.values().filter(|requirement| requirement.level == Level::Must);
        musts
            .filter_map(|Requirement { id, .. }| {
                let broken = self.mutants.iter().any(|mutant| mutant.breaks == *id);
                let exempt = self.exempt.iter().any(|none| none.requirement == *id);
                match (broken, exempt) {
                    (false, false) => {
                        Some(format!("{id}: no mutant breaks it, and no [[none]] says why"))
                    }
                    (true, true) => Some(format!(
                        "{id}: a mutant breaks it, and a [[none]] says that none does"
                    )),
                    _ => None,
                }
            })
            .collect()
    }
}

/// The root of the workspace that the suite was built in.
#[must_use]
pub fn workspace_root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).unwrap_or(own).to_owned()
}

fn is_kebab_case(id: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    id.split('-').all(is_word)
}
