//! No target, but the program that writes the seeds of all: to the folder that
//! `MFN_FUZZ_SEEDS` names. It is built as targets are, so that it shares what they are
//! made of.
#![forbid(unsafe_code)]
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: mfn_fuzz::seeds::write().expect("the folder can be written to"),
    |_data: &[u8]| {}
);
