//! The calls of all cases by each protocol, with answers and errors in turn, and calls with
//! their golden answers.

use crate::calls::PROTOCOLS;
use crate::request::METHODS;
use crate::requests::BODIES;
use crate::web::HOSTILE;

use super::golden::{cases_with_calls, encoded_request, golden_messages};
use super::request;

/// What a service answers.
const REPLIES: [&[u8]; 5] = [
    // One message: growth events, or the step.
    &[0, 0, 3, 0, 1, 0, 2, 24, 3],
    // An error with a detail, in trailers and in the head.
    &[3, 5, 4, b'o', b'h', b'!', b'%', 0, 3, 10, 1, b'a', 9, 0, 0],
    &[0x13, 16, 2, b'n', b'o', 1, 0, 9, 0, 0],
    // Doubles, with a trailer.
    &[4, 0, 1, 3, b'1', b'.', b'5', 255, 0, 1, 1, 200, 7, 0, 0, 0],
    // It breaks off.
    &[0, 0, 3, 2, 1, 0, 2, 24, 3],
];

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = with_golden_answers();
    let mut replies = REPLIES.into_iter().cycle();
    for protocol in 0..PROTOCOLS.len() as u8 {
        for request in request::seeds() {
            let (method, message) = (request[0], &request[3..]);
            if request[2] != 0 || message.len() > 64 {
                continue;
            }
            let head = [protocol, method, 2, 255, message.len() as u8];
            seeds.push([&head[..], message, replies.next().unwrap_or_default()].concat());
        }
        for body in BODIES {
            let head = [protocol, protocol % 5, 1, 1, body.len() as u8];
            seeds.push([&head[..], body, REPLIES[0]].concat());
            let anything =
                [HOSTILE + protocol, protocol % 5, 1, 200, 0, 0, 0, 1, 0, 1, protocol, 255];
            seeds.push([&anything[..], body].concat());
        }
    }
    seeds
}

/// Some calls with their golden answers, by each protocol.
fn with_golden_answers() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    let answered =
        cases_with_calls().filter_map(|(case, call)| Some((golden_messages(&case, &call)?, call)));
    for (answer, call) in answered.step_by(6) {
        let Some(method) = METHODS.iter().position(|method| *method == call.method) else {
            continue;
        };
        let Some(request) = encoded_request(&call).filter(|it| it.len() <= 255) else { continue };
        for protocol in 0..PROTOCOLS.len() as u8 {
            let mut seed = vec![protocol, method as u8, 2, 255, request.len() as u8];
            seed.extend(&request);
            seed.extend([0, 0, 255, 0, answer.len() as u8]);
            for message in &answer {
                seed.extend([0, message.len() as u8]);
                seed.extend(message);
            }
            seeds.push(seed);
        }
    }
    seeds
}
