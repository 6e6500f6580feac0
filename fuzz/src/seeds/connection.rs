//! Each call of the vocabulary with each body, and what ends connections.

use crate::connection::WORDS;
use crate::frames::kinds::{BODY, GOAWAY, HEAD, PING, RESET, SETTINGS, SPLIT_HEAD, WAIT, WINDOW};
use crate::served::HAS_KEY;

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for head in 0..WORDS.heads.len() as u8 {
        for body in 0..WORDS.bodies.len() as u8 {
            seeds.push(vec![0, HEAD, 1, head, 0, 0, BODY, 1, body, 1]);
        }
        seeds.push(vec![0, SPLIT_HEAD, 1, head, 1, 1, 0, 3, 5, RESET, 1, 8, 0, 0, 0]);
    }
    seeds.extend(ends_and_bounds());
    seeds.extend(with_and_without_key());
    seeds
}

/// What ends connections, and what is more than a bound allows.
fn ends_and_bounds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    let mut both = vec![3];
    for stream in [1, 3, 5, 7] {
        both.extend([HEAD, stream, 1, 0, 0, BODY, stream, 3, 1]);
    }
    both.extend([WAIT, 12, PING, 0, GOAWAY, 0, 0, 0, 0, 0, WAIT, 18]);
    seeds.push(both);
    let small_window = [SETTINGS, 1, 4, 0, 0, 0, 0];
    let slow = [HEAD, 1, 1, 0, 0, BODY, 1, 4, 1, WINDOW, 1, 0, 0, 0, 9];
    seeds.push([&[0][..], &small_window, &slow, &[WAIT, 15]].concat());
    // A header list that is too long for the server, and one for the transport.
    for bytes in [100, 220] {
        seeds.push(vec![0, SPLIT_HEAD, 1, 0, 1, 1, 13, 2, bytes]);
        seeds.push(vec![0, SPLIT_HEAD, 1, 0, 1, 2, 13, 2, bytes, 13, 2, bytes]);
    }
    seeds
}

/// Calls with the key, and ones without.
fn with_and_without_key() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for head in 0..WORDS.heads.len() as u8 {
        for further in [&[1, 0, 4][..], &[1, 3, 3, 0]] {
            let body = [BODY, 1, 2, 1];
            seeds.push([&[HAS_KEY, HEAD, 1, head, 0][..], further, &body].concat());
        }
    }
    seeds
}
