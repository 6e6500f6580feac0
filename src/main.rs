//! `mfn`: the MFN server and its computations, from the command line.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A call allocates some forty times, nearly always on a thread that has just
/// freed as much, which this allocator makes use of.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    mfn::main()
}
