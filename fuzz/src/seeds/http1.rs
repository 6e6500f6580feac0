//! Each target with each content type, with the bodies and their framings in turn.

use crate::requests::kinds::{CHUNK, END, LAST_CHUNK, REQUEST, WAIT};
use crate::requests::{BODIES, TARGETS, TYPES, framings};
use crate::served::HAS_KEY;

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    let mut bodies = (0..BODIES.len() as u8).cycle();
    let mut framings = (0..framings::COUNT).cycle();
    for target in 0..TARGETS.len() as u8 {
        for content_type in 0..TYPES.len() as u8 {
            let mut seed = vec![0];
            for method in [0, target % 4] {
                let request = [REQUEST, method, target, 0, content_type, 0];
                let body = bodies.next().into_iter().chain(framings.next());
                seed.extend(request.into_iter().chain(body));
            }
            seeds.push(seed);
        }
    }
    seeds.extend(late_and_long());
    seeds.extend(with_and_without_key());
    seeds
}

fn late_and_long() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    // A body that comes late and in chunks, and a client that leaves amidst its call.
    let open = [REQUEST, 0, 1, 0, 3, 0, 10, framings::OPEN];
    let rest = [WAIT, 10, CHUNK, 1, LAST_CHUNK];
    seeds.push([&[0][..], &open, &rest].concat());
    seeds.push([&[0][..], &open, &[END]].concat());
    seeds.push([&[0][..], &open, &[WAIT, 18]].concat());
    // A head that is too long for the layers, and one for the transport.
    for bytes in [130, 250] {
        let long = [REQUEST, 0, 0, 0, 0, 2, 18, 2, bytes, 1, framings::LENGTH];
        seeds.push([&[0][..], &long].concat());
    }
    seeds
}

/// Calls with the key, and ones without.
fn with_and_without_key() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for target in 0..TARGETS.len() as u8 {
        let mut seed = vec![HAS_KEY];
        for value in [4, 3] {
            let body = [2, framings::LENGTH];
            let request = [REQUEST, 0, target, 0, 0, 2, 18, value];
            seed.extend(request.into_iter().chain((value == 3).then_some(1)).chain(body));
        }
        seeds.push(seed);
    }
    seeds
}
