//! Requests that come in pieces.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http_body::Frame;
use tokio::time::Interval;

use super::*;

const MAX: usize = 10;
/// A message of this method has a text in its field 1 and a number in field 2.
const RUN: &str = "/mfn.MFNSimulationService/RunSimulation";

/// A body that comes in pieces, and how it ends.
struct Pieces {
    pieces: VecDeque<Bytes>,
    end: End,
}

#[derive(Clone, Copy, PartialEq)]
enum End {
    OfStream,
    ResetWithoutError,
    ResetWithError,
}

impl From<&'static str> for Unread {
    fn from(_: &'static str) -> Self {
        Self::CallerLeft
    }
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        let next = self.pieces.pop_front().map(|piece| Ok(Frame::data(piece)));
        Poll::Ready(match next {
            None if self.end == End::ResetWithError => Some(Err("the stream was reset")),
            next => next,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && self.end == End::OfStream
    }
}

async fn read_until(end: End, pieces: &[&'static [u8]]) -> Result<Bytes, Unread> {
    Messages::new(body(end, pieces), schema(), MAX).only().await.map(|kept| with_prefix(&kept))
}

/// What is kept of a message, as a request without anything else.
fn with_prefix(kept: &Kept) -> Bytes {
    let message = kept.encoded();
    [&[0], &(message.len() as u32).to_be_bytes()[..], &message].concat().into()
}

fn schema() -> Arc<Schema> {
    let methods = Methods::of("mfn.MFNSimulationService", mfn_proto::FILE_DESCRIPTOR_SET);
    Arc::clone(&methods.at(RUN).expect("it has this method").request)
}

fn body(end: End, pieces: &[&'static [u8]]) -> Pieces {
    Pieces { pieces: pieces.iter().map(|piece| Bytes::from_static(piece)).collect(), end }
}

/// What is read of a request whose data comes in these pieces.
async fn read_pieces(pieces: &[&'static [u8]]) -> Result<Bytes, Error> {
    read_until(End::OfStream, pieces).await.map_err(|unread| match unread {
        Unread::Refused(error) => error,
        Unread::CallerLeft => panic!("the request has an end"),
    })
}

/// The text "a" and the number 9.
const MESSAGE: &[u8] = &[0, 0, 0, 0, 5, 0x0a, 1, b'a', 0x10, 9];

#[tokio::test]
async fn one_message_is_read_however_it_is_cut() {
    assert_eq!(read_pieces(&[MESSAGE]).await, Ok(Bytes::from_static(MESSAGE)));
    let cut = [&MESSAGE[..1], &[], &MESSAGE[1..4], &MESSAGE[4..6], &MESSAGE[6..]];
    assert_eq!(read_pieces(&cut).await, Ok(Bytes::from_static(MESSAGE)));
    let empty: &[u8] = &[0, 0, 0, 0, 0];
    assert_eq!(read_pieces(&[empty]).await, Ok(Bytes::from_static(empty)));
}

#[tokio::test]
async fn fields_that_the_message_does_not_have_are_not_kept() {
    let with_field_15: &[u8] = &[0, 0, 0, 0, 9, 0x78, 7, 0x0a, 1, b'a', 0x10, 9, 0x7a, 0];
    assert_eq!(read_pieces(&[with_field_15]).await, Ok(Bytes::from_static(MESSAGE)));
}

// shows MFN-ERR-010
#[tokio::test]
async fn none_and_two_are_refused() {
    assert_eq!(read_pieces(&[]).await, Err(Error::NoMessage));
    assert_eq!(read_pieces(&[MESSAGE, MESSAGE]).await, Err(Error::SecondMessage));
    assert_eq!(read_pieces(&[MESSAGE, &[0]]).await, Err(Error::SecondMessage));
}

// shows MFN-ERR-009
#[tokio::test]
async fn what_is_too_long_is_refused_by_its_prefix() {
    let just: &[u8] = &[0, 0, 0, 0, 10, 0x7a, 8, 1, 2, 3, 4, 5, 6, 7, 8];
    assert_eq!(read_pieces(&[just]).await, Ok(Bytes::from_static(&[0; 5])));
    let long = Err(Error::RequestTooLarge { bytes: 11, limit: MAX });
    assert_eq!(read_pieces(&[&[0, 0, 0, 0, 11]]).await, long);
}

// shows MFN-ERR-011
#[tokio::test]
async fn what_is_cut_short_or_no_message_is_malformed() {
    for cut in [&MESSAGE[..3], &MESSAGE[..5], &MESSAGE[..7]] {
        assert_eq!(read_pieces(&[cut]).await, Err(Error::MalformedMessage));
    }
    assert_eq!(read_pieces(&[&[2, 0, 0, 0, 0]]).await, Err(Error::MalformedMessage));
    assert_eq!(read_pieces(&[&[1, 0, 0, 0, 0]]).await, Err(Error::Compressed));
    let not_utf8: &[u8] = &[0, 0, 0, 0, 3, 0x0a, 1, 0xff];
    assert_eq!(read_pieces(&[not_utf8]).await, Err(Error::MalformedMessage));
}

#[tokio::test]
async fn a_caller_who_leaves_at_any_time_is_not_told_to_send_otherwise() {
    for end in [End::ResetWithoutError, End::ResetWithError] {
        for came in 0..=MESSAGE.len() {
            let read = read_until(end, &[&MESSAGE[..came]]).await;
            assert_eq!(read, Err(Unread::CallerLeft), "after {came} bytes");
        }
    }
}

#[tokio::test]
async fn messages_are_read_one_after_the_other_however_they_are_cut() {
    let all: &[u8] = &[MESSAGE, MESSAGE, &[0; 5]].concat();
    let all: &'static [u8] = Box::leak(all.into());
    for part in 1..=all.len() {
        let pieces: Vec<_> = all.chunks(part).collect();
        let mut messages = Messages::new(body(End::OfStream, &pieces), schema(), MAX);
        for expected in [MESSAGE, MESSAGE, &[0; 5]] {
            let message = messages.next().await.expect("no end yet").expect("a message");
            assert_eq!(with_prefix(&message.expect("well formed")), expected, "{part}");
        }
        assert!(messages.next().await.expect("no error").is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_does_not_come_is_not_waited_for() {
    let limit = Duration::from_secs(10);
    let start = tokio::time::Instant::now();
    let never = std::future::pending::<Result<(), Unread>>();
    let late = within(limit, never).await;
    assert_eq!(late, Err(Unread::Refused(Error::MessageTimeout(MessageTimeout::fixed(limit)))));
    assert_eq!(start.elapsed(), limit);
    assert_eq!(within(limit, async { Ok(7) }).await, Ok(7));
}

/// A body of which a piece comes every second.
struct EverySecond {
    second: Interval,
    pieces: VecDeque<Bytes>,
}

impl EverySecond {
    /// A message with an unknown field of so many pieces, each of so many bytes.
    fn upload(pieces: usize, bytes: usize) -> Self {
        let length = (pieces * bytes) as u32;
        // A length of seven bits a byte.
        let varint = [0, 7, 14, 21].map(|shift| (length >> shift) as u8 | 0x80);
        let field = [&[0x7a][..], &varint, &[0]].concat();
        let prefix = (length + field.len() as u32).to_be_bytes();
        let head = [&[0][..], &prefix, &field].concat();
        let piece = Bytes::from(vec![0; bytes]);
        let pieces = [head.into()].into_iter().chain(vec![piece; pieces]).collect();
        Self { second: tokio::time::interval(Duration::from_secs(1)), pieces }
    }
}

impl http_body::Body for EverySecond {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        ready!(self.second.poll_tick(cx));
        Poll::Ready(self.pieces.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty()
    }
}

// shows MFN-TRANS-024, MFN-TRANS-004
#[tokio::test(start_paused = true)]
async fn a_long_message_may_take_minutes_if_it_comes_steadily() {
    let max_bytes = 100 * 1024 * 1024 + 6;
    let timeout = MessageTimeout::growing(Duration::from_mins(1));
    let start = tokio::time::Instant::now();
    let upload = EverySecond::upload(1600, 64 * 1024);
    let read = Messages::new(upload, schema(), max_bytes).with_timeout(timeout).only().await;
    assert_eq!(read.map(|kept| with_prefix(&kept)), Ok(Bytes::from_static(&[0; 5])));
    assert!(start.elapsed() >= Duration::from_secs(1600));
}

// shows MFN-TRANS-024
#[tokio::test(start_paused = true)]
async fn a_message_that_dribbles_is_not_waited_for() {
    let timeout = MessageTimeout::growing(Duration::from_secs(10));
    for (bytes, waited) in [(1, 10), (32 * 1024, 19)] {
        let start = tokio::time::Instant::now();
        let upload = EverySecond::upload(100, bytes);
        let late =
            Messages::new(upload, schema(), 100 * bytes + 6).with_timeout(timeout).only().await;
        assert_eq!(late.map(drop), Err(Unread::Refused(Error::MessageTimeout(timeout))));
        assert_eq!(start.elapsed(), Duration::from_secs(waited));
    }
    let timeout = MessageTimeout::fixed(Duration::from_secs(10));
    let steady = EverySecond::upload(100, 64 * 1024);
    let late = Messages::new(steady, schema(), usize::MAX).with_timeout(timeout).only().await;
    assert_eq!(late.map(drop), Err(Unread::Refused(Error::MessageTimeout(timeout))));
}
