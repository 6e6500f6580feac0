//! Each method with the same scripts, on whose second half a further call or attempt comes.

use crate::frames::kinds::{BODY, END, GOAWAY, HEAD, RAW_BODY, RESET, WAIT};

use super::answers::{ERROR, OK};

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let scripts: [&[u8]; 9] = [
        &OK,
        &ERROR,
        // One whose end is missing, is late, or is that of the stream or the connection.
        &OK[..9],
        &[WAIT, 12, HEAD, 1, 0, 0, 0, BODY, 1, 2, 1],
        &[HEAD, 1, 0, 0, 0, BODY, 1, 2, 0, RESET, 1, 7, 0, 0, 0],
        &[GOAWAY, 0, 0, 0, 0, 0, END],
        // A message that is said to be long, and comes.
        &[HEAD, 1, 0, 0, 0, RAW_BODY, 1, 0, 5, 0, 0, 255, 255, 255, 255, 1, 255],
        &[HEAD, 1, 0, 0, 0, RAW_BODY, 1, 0, 5, 0, 0, 3, 0, 0, 255, 1, 12],
        &[HEAD, 1, 4, 1, 0],
    ];
    let mut seeds = Vec::new();
    for (number, script) in scripts.into_iter().enumerate() {
        for method in 0..5 {
            let times = if number % 2 == 0 { 14 } else { 142 };
            seeds.push([&[0, times, method][..], script].concat());
            // With another server, retries and calls.
            seeds.push([&[0x0f, times, method, 128 + method][..], script, script].concat());
        }
    }
    seeds
}
