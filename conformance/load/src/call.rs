//! One call: its frames go out, and of what comes back only the status is read.

use std::fmt;
use std::future::poll_fn;

use bytes::{Buf as _, Bytes};
use h2::RecvStream;
use h2::client::SendRequest;
use http::{HeaderMap, Request, StatusCode};

use super::refusal::{self, Reason};

/// Codes that gRPC has, from 0.
pub(super) const CODES: usize = 17;
/// The code of a call that succeeded.
pub(super) const OK: usize = 0;
const GRPC_STATUS: &str = "grpc-status";
/// What is read of a stream before the server is told that it may send as much
/// again. The end of a stream tells it as well.
const RELEASED_AT_BYTES: usize = 1 << 20;

/// What came.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Answer {
    /// The gRPC code, below [`CODES`].
    pub(super) code: usize,
    /// Why the code is not OK, if the server says so.
    pub(super) reason: Option<Reason>,
    /// Messages.
    pub(super) messages: u64,
    /// Bytes of DATA.
    pub(super) bytes: u64,
}

/// Why a call has no gRPC status.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Fault {
    /// It took too long.
    Timeout,
    /// The server reset the stream, for this reason.
    Reset(u32),
    /// The connection broke, or could not be made again.
    Connection,
    /// The answer is of another HTTP status than 200.
    HttpStatus(u16),
    /// The answer ended without a code that gRPC has.
    NoStatus,
}

impl Fault {
    /// As it stands in a report.
    pub(super) fn name(self) -> String {
        match self {
            Self::Timeout => "timeout".to_owned(),
            Self::Connection => "connection".to_owned(),
            Self::NoStatus => "no_status".to_owned(),
            Self::HttpStatus(status) => format!("http:{status}"),
            Self::Reset(reason) => format!("reset:{:?}", h2::Reason::from(reason)),
        }
    }
}

/// What follows "the call failed:".
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("it took too long"),
            Self::Connection => f.write_str("the connection broke, or does not speak HTTP/2"),
            Self::NoStatus => f.write_str("the answer has no grpc-status of 0 to 16"),
            Self::HttpStatus(status) => write!(f, "the HTTP status is {status} and not 200"),
            Self::Reset(reason) => {
                write!(f, "the server reset the stream with {:?}", h2::Reason::from(*reason))
            }
        }
    }
}

impl From<h2::Error> for Fault {
    fn from(error: h2::Error) -> Self {
        match error.reason() {
            Some(reason) if error.is_reset() => Self::Reset(reason.into()),
            _ => Self::Connection,
        }
    }
}

/// Waits until the connection takes one more call.
pub(super) async fn ready(requests: &mut SendRequest<Bytes>) -> Result<(), Fault> {
    Ok(poll_fn(|context| requests.poll_ready(context)).await?)
}

/// Calls, on a connection that is ready.
pub(super) async fn call(
    requests: &mut SendRequest<Bytes>,
    request: Request<()>,
    message: Bytes,
) -> Result<Answer, Fault> {
    let (answer, _) = call_with_status(requests, request, message).await?;
    Ok(answer)
}

/// Calls likewise, and gives the headers or trailers that have the status as well.
pub(super) async fn call_with_status(
    requests: &mut SendRequest<Bytes>,
    request: Request<()>,
    message: Bytes,
) -> Result<(Answer, HeaderMap), Fault> {
    let (response, mut body) = requests.send_request(request, false)?;
    // Where the server wants no more, its answer says why.
    body.send_data(message, true).ok();
    let (head, mut body) = response.await?.into_parts();
    if head.status != StatusCode::OK {
        return Err(Fault::HttpStatus(head.status.as_u16()));
    }
    let mut answer = Answer::default();
    read(&mut body, &mut answer).await?;
    let last = match code(&head.headers) {
        Some(_) => head.headers,
        None => body.trailers().await?.ok_or(Fault::NoStatus)?,
    };
    answer.code = code(&last).ok_or(Fault::NoStatus)?;
    if answer.code != OK {
        answer.reason = refusal::reason(&last);
    }
    Ok((answer, last))
}

async fn read(body: &mut RecvStream, answer: &mut Answer) -> Result<(), Fault> {
    let mut messages = MessageCounter::default();
    let mut unreleased = 0;
    while let Some(data) = body.data().await {
        let data = data?;
        answer.bytes += data.len() as u64;
        unreleased += data.len();
        answer.messages += messages.in_data(data);
        if unreleased >= RELEASED_AT_BYTES {
            body.flow_control().release_capacity(unreleased)?;
            unreleased = 0;
        }
    }
    Ok(())
}

fn code(headers: &HeaderMap) -> Option<usize> {
    let code = headers.get(GRPC_STATUS)?.to_str().ok()?.parse().ok()?;
    (code < CODES).then_some(code)
}

/// Counts messages by their prefixes, wherever DATA frames cut them.
#[derive(Debug, Default)]
struct MessageCounter {
    /// Bytes of the prefix that have come, below 5.
    of_prefix: u8,
    length: u32,
    /// Bytes of the message that have not come.
    left: usize,
}

impl MessageCounter {
    const PREFIX: u8 = 5;

    /// Messages that end within `data`.
    fn in_data(&mut self, mut data: Bytes) -> u64 {
        let mut ended = 0;
        while data.has_remaining() {
            if self.left == 0 {
                let byte = data.get_u8();
                // The flag is shifted out by the four bytes of the length.
                self.length = self.length << 8 | u32::from(byte);
                self.of_prefix += 1;
                if self.of_prefix < Self::PREFIX {
                    continue;
                }
                self.of_prefix = 0;
                self.left = self.length as usize;
            }
            let here = self.left.min(data.remaining());
            data.advance(here);
            self.left -= here;
            ended += u64::from(self.left == 0);
        }
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_counted_however_they_are_cut() {
        let message = [&[0, 0, 0, 1, 2][..], &[7; 258]].concat();
        let empty = [0; 5];
        let three = [&message[..], &empty, &message].concat();
        for cut in 1..=three.len() {
            let mut messages = MessageCounter::default();
            let counts = three.chunks(cut).map(|data| messages.in_data(data.to_vec().into()));
            assert_eq!(counts.sum::<u64>(), 3, "cut every {cut} bytes");
        }
        assert_eq!(MessageCounter::default().in_data(three[..three.len() - 1].to_vec().into()), 2);
    }

    #[test]
    fn a_code_is_one_that_grpc_has() {
        let of = |text: &'static str| {
            code(&HeaderMap::from_iter([(
                GRPC_STATUS.parse().expect("a name"),
                http::HeaderValue::from_static(text),
            )]))
        };
        assert_eq!((of("0"), of("16"), of("17"), of("x")), (Some(0), Some(16), None, None));
        assert_eq!(code(&HeaderMap::new()), None);
    }

    #[test]
    fn faults_have_names_for_reports() {
        let faults = [
            Fault::Timeout,
            Fault::Reset(h2::Reason::REFUSED_STREAM.into()),
            Fault::Connection,
            Fault::HttpStatus(503),
            Fault::NoStatus,
        ];
        let names = faults.map(Fault::name);
        assert_eq!(
            names,
            ["timeout", "reset:REFUSED_STREAM", "connection", "http:503", "no_status"]
        );
    }
}
