//! What a load prints and refuses.

mod interrupted;
mod options;
mod text;
