//! See `mfn_fuzz::limits`.
#![forbid(unsafe_code)]
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mfn_fuzz::limits::check(data));
