//! A mutant, as the files beside this crate write it.

use serde::Deserialize;

/// The variable with which the program that has all mutants is told the id of the one
/// that it is. Without it, it is the reference.
pub const VARIABLE: &str = "CONFORMANCE_MUTANT";

/// What in a replacement becomes whether this mutant is chosen.
pub const MARK: &str = "MUTANT";

/// A server that is the reference with one requirement broken.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutant {
    /// Stable; small letters, digits and `-`.
    pub id: String,
    /// The requirement that it breaks.
    pub breaks: String,
    /// What it does wrong, in one sentence.
    pub what: String,
    /// Other requirements that cannot stay whole with it.
    #[serde(default)]
    pub also: Vec<String>,
    /// How.
    pub edit: Vec<Edit>,
}

/// A change of one place in the source.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// From the root of the workspace.
    pub file: String,
    /// A text that is in that file once.
    pub find: String,
    /// What takes its place. [`MARK`] in it stands for an expression that is
    /// true in this mutant alone; a statement may not begin with it.
    pub replace: String,
}

/// A requirement that no mutant breaks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exempt {
    /// Its id.
    pub requirement: String,
    /// Why not.
    pub why: String,
}
