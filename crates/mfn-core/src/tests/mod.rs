//! The crate against its known answers and against `reference`.
#![allow(clippy::float_cmp, reason = "answers are compared to the last bit")]

mod bounds;
mod equivalence;
mod exact_math;
mod fast_ln;
mod features;
mod frames;
mod kick;
mod known_answers;
mod lattice;
mod parameters;
mod validation;
mod words;
