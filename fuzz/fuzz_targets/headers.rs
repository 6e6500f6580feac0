//! See `mfn_fuzz::headers`.
#![forbid(unsafe_code)]
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mfn_fuzz::headers::check(data));
