//! Long requests, and requests that never end: what they hold of the server's
//! memory, and what is told of them.

use std::future::poll_fn;

use bytes::Bytes;
use futures_util::future::join_all;
use h2::SendStream;
use h2::client::{ResponseFuture, SendRequest};
use http::Request;
use tonic::{Code, Status};

use crate::caller::{RUN, call, head, is_served, raw};
use crate::serving::Serving;
use crate::soon;

const MIB: usize = 1024 * 1024;
/// More than a server needs to read a message, and far less than the messages have.
pub(crate) const FEW_KIB: u64 = 32 * 1024;
pub(crate) const REQUEST_ID: u8 = 1 << 3 | 2;
const UNKNOWN: u8 = 15 << 3 | 2;

/// What a request begins with whose message has one field of so many bytes.
pub(crate) fn beginning(field: u8, bytes: usize) -> Vec<u8> {
    // A length of seven bits a byte.
    let length: Vec<_> = (0..4).map(|n| (bytes >> (7 * n)) as u8 & 0x7f | 0x80).collect();
    let message = [&[field][..], &length, &[0]].concat();
    let length = (message.len() + bytes) as u32;
    [&[0][..], &length.to_be_bytes(), &message].concat()
}

/// A request that has been sent but for its end.
pub(crate) struct Upload {
    answer: ResponseFuture,
    rest: SendStream<Bytes>,
}

impl Upload {
    /// Sends what a request begins with.
    pub(crate) async fn begin(
        requests: &SendRequest<Bytes>,
        head: Request<()>,
        beginning: Vec<u8>,
    ) -> Self {
        let mut ready = requests.clone().ready().await.expect("the connection is open");
        let (answer, rest) = ready.send_request(head, false).expect("it is sent");
        let mut upload = Self { answer, rest };
        upload.send(beginning.into()).await;
        upload
    }

    /// Sends what the server takes, as fast as it takes it.
    async fn send(&mut self, mut data: Bytes) {
        while !data.is_empty() {
            self.rest.reserve_capacity(data.len());
            let capacity = poll_fn(|cx| self.rest.poll_capacity(cx)).await;
            let capacity = capacity.expect("the stream is open").expect("no error");
            let part = data.split_to(capacity.min(data.len()));
            self.rest.send_data(part, false).expect("it is sent");
        }
    }

    /// Sends the last of it: the status of the answer.
    pub(crate) async fn end(mut self, last: &'static [u8]) -> Status {
        self.rest.send_data(Bytes::from_static(last), true).expect("it is sent");
        self.answered().await
    }

    /// The status of an answer that comes before the end.
    pub(crate) async fn answered(self) -> Status {
        let (parts, mut body) = self.answer.await.expect("an answer").into_parts();
        while let Some(data) = body.data().await {
            data.expect("no error");
        }
        let trailers = body.trailers().await.expect("no error");
        Status::from_header_map(&trailers.unwrap_or(parts.headers)).expect("a status")
    }
}

// shows MFN-TRANS-022
#[tokio::test]
async fn unfinished_requests_hold_next_to_nothing() {
    const UPLOADS: usize = 8;
    const BYTES: usize = 32 * MIB;
    let server = Serving::start(&[]);
    is_served(&server).await;
    let before = server.memory_kib();
    let data = Bytes::from(vec![b'x'; BYTES]);
    let uploads = (0..UPLOADS).map(|n| {
        let (server, data) = (&server, data.clone());
        async move {
            // A field that the message does not have, and one that it has.
            let field = if n % 2 == 0 { UNKNOWN } else { REQUEST_ID };
            let requests = raw(server).await;
            let mut upload = Upload::begin(&requests, head(RUN), beginning(field, BYTES + 1)).await;
            upload.send(data).await;
            upload
        }
    });
    let uploads = soon("the data to be taken", join_all(uploads)).await;
    let grown = server.peak_memory_kib().saturating_sub(before);
    assert!(grown < FEW_KIB, "{grown} KiB for {UPLOADS} requests of {BYTES} bytes");
    let answers = uploads.into_iter().map(|upload| upload.end(b"x"));
    let answers = soon("the answers", join_all(answers)).await;
    let codes: Vec<_> = answers.iter().map(Status::code).collect();
    assert_eq!(codes[..2], [Code::Ok, Code::InvalidArgument], "{codes:?}");
}

// shows MFN-ERR-002, MFN-TRANS-022
#[tokio::test]
async fn an_id_of_64_mib_is_refused_by_its_length_and_is_not_held() {
    const BYTES: usize = 64 * MIB;
    let server = Serving::start(&[]);
    is_served(&server).await;
    let before = server.memory_kib();
    let mut request = beginning(REQUEST_ID, BYTES);
    request.resize(request.len() + BYTES, b'x');
    // And another value out of its range: grid_size 3.
    request.extend([3 << 3, 3]);
    let message = (request.len() - 5) as u32;
    request[1..5].copy_from_slice(&message.to_be_bytes());
    let ended = soon("a refusal", call(&raw(&server).await, head(RUN), request)).await;
    assert_eq!(ended.told(), (Code::InvalidArgument, "PARAMETER_OUT_OF_RANGE".to_owned()));
    let told = ended.status.expect("a status").message().to_owned();
    assert!(told.contains("request_id is 67108864 bytes long, allowed is at most 256"), "{told}");
    assert!(told.contains("grid_size is 3"), "{told}");
    let grown = server.peak_memory_kib().saturating_sub(before);
    assert!(grown < FEW_KIB, "{grown} KiB for an id");
}
