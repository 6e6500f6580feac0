//! The calls of the suite's cases, and their golden answers.

use conformance::case::{Call, load};
use conformance::golden;
use conformance_wire::messages;
use prost::Message as _;
use prost_reflect::DynamicMessage;
use serde_json::Value;

/// The longest golden message of a seed: with its prefix it is one text of a script.
const MAX_GOLDEN_BYTES: usize = 250;

/// The calls of all cases of the suite, each with its case's id.
pub(super) fn cases_with_calls() -> impl Iterator<Item = (String, Call)> {
    let files = load::all().expect("the cases are part of the program");
    let cases = files.into_iter().flat_map(|(_, file)| file.case);
    cases.filter_map(|case| Some((case.id, case.call?)))
}

/// The message of a call, if it has a method and its request is one.
pub(super) fn encoded_request(call: &Call) -> Option<Vec<u8>> {
    let method = messages::method(&call.method)?;
    let json = Value::Object(call.request.clone().unwrap_or_default());
    messages::encode_request(&method, &json).ok()
}

/// The messages of the golden answer to the `call` of this case, encoded, if there is one and
/// they are short.
pub(super) fn golden_messages(case: &str, call: &Call) -> Option<Vec<Vec<u8>>> {
    let golden = golden::answer(case)?;
    let kind = messages::method(&call.method)?.output();
    let encoded = golden.messages.iter().map(|message| {
        let json = Value::Object(message.clone());
        let message = DynamicMessage::deserialize(kind.clone(), json);
        message.expect("a golden answer is a message").encode_to_vec()
    });
    let encoded: Vec<_> = encoded.collect();
    encoded.iter().all(|message| message.len() <= MAX_GOLDEN_BYTES).then_some(encoded)
}
