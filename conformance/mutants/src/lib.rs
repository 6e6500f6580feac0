//! With what the suite itself is tested: servers that are the reference with one
//! requirement broken.
//!
//! - [`catalogue`]: the mutants, as the files in `mutants/` write them;
//! - [`edit`]: their changes of a source file;
//! - [`tree`]: the reference with all of them in its source, built to one program
//!   in which [`VARIABLE`] chooses a mutant;
//! - [`trial`]: runs the suite against each of them;
//! - [`matrix`]: which cases caught which mutant.
//!
//! What is shipped holds nothing of them: they are written into a copy.
#![forbid(unsafe_code)]

pub mod catalogue;
pub mod edit;
pub mod matrix;
pub mod tree;
pub mod trial;

/// The variable with which the program that [`tree`] builds is told the id of the
/// mutant that it is. Without it, it is the reference.
pub const VARIABLE: &str = "CONFORMANCE_MUTANT";
