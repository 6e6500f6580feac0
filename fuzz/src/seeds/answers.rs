//! Right answers, and answers in the order of the vocabulary.

use conformance::case::Profile;

use crate::answers::{tests, verdict};
use crate::frames::kinds::{BODY, HEAD, RAW_BODY, WAIT};
use crate::request::framed;

use super::golden::golden_messages;

/// A head, a message, and a status of success.
pub(super) const OK: [u8; 14] = [HEAD, 1, 0, 0, 0, BODY, 1, 2, 0, HEAD, 1, 2, 1, 0];
/// A status of failure, with what goes along.
pub(super) const ERROR: [u8; 14] = [HEAD, 1, 3, 1, 3, 1, 3, 7, 2, 3, 9, 4, 3, 10];

pub(super) fn seeds() -> Vec<Vec<u8>> {
    [right_answers(), answers_in_order()].concat()
}

/// Golden answers, each to the test of its own case.
fn right_answers() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (number, test) in tests().iter().enumerate() {
        let (Some(call), Some(expect)) = (&test.case.call, &test.case.expect) else { continue };
        let has_one_answer = expect.same_as.is_none() && expect.same_error_as.is_none();
        if !has_one_answer || test.profile != Profile::Exact {
            continue;
        }
        let Some(messages) = golden_messages(&test.case.id, call) else { continue };
        let mut seed = (number as u32).to_le_bytes().to_vec();
        seed.extend([HEAD, 1, 0, 0, 0]);
        for message in messages {
            let body = framed(&message);
            seed.extend([RAW_BODY, 1, 0, body.len() as u8]);
            seed.extend(body);
        }
        seed.extend([HEAD, 1, 2, 1, 0]);
        verdict(&seed)
            .unwrap_or_else(|why| panic!("{} with its golden answer: {why:?}", test.name));
        seeds.push(seed);
    }
    assert!(seeds.len() > 40, "few golden answers are short");
    seeds
}

/// A message and a status to some tests, an error to others, and so on.
fn answers_in_order() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for test in (0_u32..400).step_by(7) {
        let script: &[u8] = match test % 4 {
            0 => &OK,
            1 => &[HEAD, 1, 1, 1, 1, 1, 3, 7],
            2 => &ERROR,
            _ => &[HEAD, 1, 0, 0, 0, BODY, 1, 6, 0, BODY, 1, 3, 1, WAIT, 14],
        };
        seeds.push([&test.to_le_bytes(), script].concat());
    }
    seeds
}
