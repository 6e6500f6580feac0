//! See `mfn_fuzz::key_file`.
#![forbid(unsafe_code)]
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mfn_fuzz::key_file::check(data));
