//! See `mfn_fuzz::access`.
#![forbid(unsafe_code)]
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mfn_fuzz::access::check(data));
