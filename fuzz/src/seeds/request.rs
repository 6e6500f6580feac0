//! The requests of the cases of the suite, and small ones.

use crate::request::METHODS;

use super::golden::{cases_with_calls, encoded_request};

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (_, call) in cases_with_calls() {
        let Some(method) = METHODS.iter().position(|method| *method == call.method) else {
            continue;
        };
        let Some(message) = encoded_request(&call) else { continue };
        if message.len() < 1024 {
            seeds.push([&[method as u8, 255, 0][..], &message].concat());
        }
    }
    // Small computations of each method, which the golden answers are too large for.
    for method in 0..METHODS.len() as u8 {
        let fields: &[u8] = match method {
            1 | 3 => &[0x10, 7, 0x18, 6, 0x20, 5, 0x28, 2],
            4 => &[0x10, 7, 0x18, 1, 0x20, 3, 0x28, 4, 0x30, 2, 0x38, 1, 0x40, 1],
            _ => &[0x10, 7, 0x18, 9, 0x20, 20, 0x38, 1],
        };
        seeds.push([&[method, 0, 0], fields].concat());
        seeds.push([&[method, 2, 1, 0, 0, 0, 0, fields.len() as u8], fields].concat());
    }
    seeds
}
