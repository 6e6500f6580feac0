//! With what the suite itself is tested: servers that are the reference with one
//! requirement broken.
//!
//! - [`mutant`]: one of them, as the files beside this crate write it;
//! - [`catalogue`]: all of them;
//! - [`edit`]: their changes of a source file;
//! - [`tree`]: the reference with all of them in its source, built to one program
//!   in which [`VARIABLE`](mutant::VARIABLE) chooses a mutant;
//! - [`trial`]: runs the suite against each of them;
//! - [`matrix`]: which cases caught which mutant.
//!
//! What is shipped holds nothing of them: they are written into a copy.
#![forbid(unsafe_code)]

pub mod catalogue;
pub mod edit;
pub mod matrix;
pub mod mutant;
pub mod tree;
pub mod trial;
