//! What a load prints and refuses.

mod options;
mod text;
