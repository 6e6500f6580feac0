//! How what is encoded in an answer is altered: its messages, and the details of an error.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::{BufMut as _, Bytes, BytesMut};
use http::HeaderMap;
use prost::Message;
use tonic_types::pb;

use crate::proxy::{Call, Reply};

/// A flag and a length stand before each message.
pub(crate) const PREFIX_BYTES: usize = 5;
/// Where the details of an error are.
pub(crate) const DETAILS: &str = "grpc-status-details-bin";

/// Alters the messages of an answer of this method, if there are any.
pub(crate) fn edit<M: Message + Default>(
    call: &Call,
    reply: &mut Reply,
    method: &str,
    how: impl FnOnce(&mut Vec<M>),
) {
    if !call.path.ends_with(method) || reply.body.is_empty() {
        return;
    }
    let mut rest = reply.body.clone();
    let mut messages = Vec::new();
    while rest.len() >= PREFIX_BYTES {
        let prefix = rest.split_to(PREFIX_BYTES);
        let length = u32::from_be_bytes([prefix[1], prefix[2], prefix[3], prefix[4]]);
        let message = rest.split_to(length as usize);
        messages.push(M::decode(message).expect("a message of the reference"));
    }
    how(&mut messages);
    let mut body = BytesMut::new();
    for message in messages {
        body.put_u8(0);
        body.put_u32(message.encoded_len() as u32);
        message.encode(&mut body).expect("there is room");
    }
    reply.body = body.freeze();
}

/// Alters each of them.
pub(crate) fn edit_each<M: Message + Default>(
    call: &Call,
    reply: &mut Reply,
    method: &str,
    how: fn(&mut M),
) {
    edit::<M>(call, reply, method, |messages| messages.iter_mut().for_each(how));
}

/// Alters the details of an error.
pub(crate) fn edit_details(reply: &mut Reply, how: impl FnOnce(&mut pb::Status)) {
    let headers: &mut HeaderMap = reply.last_headers();
    let Some(value) = headers.get(DETAILS) else { return };
    let text = value.to_str().expect("base64").trim_end_matches('=');
    let bytes = STANDARD_NO_PAD.decode(text).expect("base64");
    let mut status = pb::Status::decode(Bytes::from(bytes)).expect("a status of the reference");
    how(&mut status);
    let text = STANDARD_NO_PAD.encode(status.encode_to_vec());
    headers.insert(DETAILS, text.parse().expect("a value"));
}

/// Alters the one detail of this kind.
pub(crate) fn edit_detail<M: Message + Default>(
    reply: &mut Reply,
    kind: &str,
    how: impl FnOnce(&mut M),
) {
    edit_details(reply, |status| {
        let found = status.details.iter_mut().find(|detail| detail.type_url.ends_with(kind));
        let Some(detail) = found else { return };
        let mut message = M::decode(&*detail.value).expect("a detail of the reference");
        how(&mut message);
        detail.value = message.encode_to_vec();
    });
}

/// Alters the `ErrorInfo`.
pub(crate) fn edit_info(reply: &mut Reply, how: impl FnOnce(&mut pb::ErrorInfo)) {
    edit_detail::<pb::ErrorInfo>(reply, "ErrorInfo", how);
}
