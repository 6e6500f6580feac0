//! What holds for every input, and what is known of some.

mod authenticate;
mod concurrency;
mod interleavings;
mod key_file;
mod keys;
mod rate;
mod replay;
mod shared;
mod signature;
mod window;
