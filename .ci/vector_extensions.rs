//! Prints the vector extensions that the CPU has, then multiplies and adds in
//! one rounding: one fused instruction when compiled for FMA.
#![forbid(unsafe_code)]

use std::hint::black_box;

fn main() {
    let extensions = [
        ("sse4.2", is_x86_feature_detected!("sse4.2")),
        ("avx", is_x86_feature_detected!("avx")),
        ("fma", is_x86_feature_detected!("fma")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
    ];
    let names = extensions.iter().filter(|(_, found)| *found).map(|(name, _)| *name);
    println!("{}", names.collect::<Vec<_>>().join(" "));
    black_box(black_box(2.0_f64).mul_add(3.0, 4.0));
}
