//! See `mfn_fuzz::connection`.
#![forbid(unsafe_code)]
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mfn_fuzz::connection::check(data));
