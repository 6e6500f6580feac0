//! Answers whose parts are taken late or never.

use futures_util::FutureExt as _;
use http_body_util::{BodyExt as _, Full, StreamBody};
use mfn_access::{Key, Limits};

use super::*;
use crate::free_calls::FreeCalls;
use crate::memory::{Budget, SMALL_BYTES};

/// A key, and the body of an answer of two parts to one of its calls.
fn answer(memory: usize) -> (Arc<Key>, AnswerBody) {
    let key = Arc::new(Key::anonymous(Limits { rps: 0, concurrent: 1, ..Limits::default() }));
    let permit = Permit::for_test(Arc::clone(&key));
    let reservation = Budget::new(memory).reserve(&permit.tenant(), memory).expect("room");
    permit.keep(Arc::new(reservation));
    let data = |bytes: &'static [u8]| Frame::data(Bytes::from_static(bytes));
    let frames = [data(b"first"), data(b"second"), Frame::trailers(HeaderMap::new())];
    let frames = tokio_stream::iter(frames.map(Ok::<_, Status>));
    let mut body = AnswerBody::frames(StreamBody::new(frames), Bound::None);
    body.keep(permit, None);
    (key, body)
}

async fn next(body: &mut AnswerBody) -> Frame<Bytes> {
    body.frame().await.expect("a frame").expect("no error")
}

// shows MFN-MEM-002
#[tokio::test]
async fn a_call_is_over_when_all_of_its_answer_is_sent() {
    let (key, mut body) = answer(SMALL_BYTES - 1);
    let first = next(&mut body).await.into_data().expect("data");
    let second = next(&mut body).await.into_data().expect("data");
    assert_eq!((&*first, &*second), (&b"first"[..], &b"second"[..]));
    // The transport is asked for no more than to keep the parts.
    assert!(next(&mut body).await.is_trailers());
    assert!(body.frame().await.is_none());
    drop(body);
    drop(second);
    assert_eq!(key.open_calls(), 1);
    drop(first);
    assert_eq!(key.open_calls(), 0);
}

// shows MFN-MEM-002
#[tokio::test]
async fn so_is_one_that_is_answered_with_one_message() {
    let key = Arc::new(Key::anonymous(Limits { rps: 0, concurrent: 1, ..Limits::default() }));
    let mut body = AnswerBody::message(Bytes::from_static(b"message"));
    body.keep(Permit::for_test(Arc::clone(&key)), None);
    let message = next(&mut body).await.into_data().expect("data");
    let trailers = next(&mut body).await.into_trailers().expect("trailers");
    assert_eq!(&*message, b"message");
    assert_eq!(trailers["grpc-status"], "0");
    assert!(body.is_end_stream());
    assert_eq!(key.open_calls(), 1);
    drop(message);
    assert_eq!(key.open_calls(), 0);
}

// shows MFN-MEM-003
#[tokio::test]
async fn a_call_that_holds_much_memory_stays_until_its_answer_is_read() {
    let (key, mut body) = answer(SMALL_BYTES);
    let first = next(&mut body).await;
    let second = next(&mut body).await;
    let reader = Reader::begun().expect("it has begun");
    assert!(reader.stalls_at().is_some());
    drop(first);
    assert!(body.frame().now_or_never().is_none());
    assert!(!body.is_end_stream());
    drop(second);
    assert_eq!(reader.stalls_at(), None);
    assert!(next(&mut body).await.is_trailers());
    assert_eq!(key.open_calls(), 0);
    assert!(body.frame().await.is_none());
}

/// The body of an answer that nobody is charged for.
fn uncharged(mut body: AnswerBody) -> (Arc<Reader>, AnswerBody) {
    let reader = Reader::begin_uncharged(None, FreeCalls::default().of_connection().answer());
    body.is_read_by(Arc::clone(&reader));
    (reader, body)
}

fn advice() -> AnswerBody {
    let advice = Full::from("advice").map_err(|never| match never {});
    AnswerBody::frames(advice, Bound::None)
}

#[tokio::test]
async fn an_answer_is_unread_until_its_last_part_is_taken_and_its_end_asked_for() {
    let (reader, mut body) = uncharged(advice());
    assert!(reader.stalls_at().is_some(), "the transport does not look at it");
    let part = body.frame().await.expect("a frame").expect("no error");
    assert!(!body.is_end_stream());
    assert!(body.frame().now_or_never().is_none());
    assert!(reader.stalls_at().is_some(), "its part is not taken");
    assert!(!body.is_end_stream(), "its end is not sent");
    drop(part);
    assert!(body.frame().await.is_none());
    assert_eq!(reader.stalls_at(), None);
}

#[tokio::test]
async fn a_reader_who_has_taken_a_part_has_to_take_the_end_too() {
    let (reader, mut body) = uncharged(advice());
    drop(body.frame().await);
    assert!(reader.stalls_at().is_some());
}

#[tokio::test]
async fn a_lasting_answer_whose_parts_are_taken_waits_as_long_as_it_likes() {
    let frame = Frame::data(Bytes::from_static(b"state"));
    let first = tokio_stream::iter([Ok::<_, Status>(frame)]);
    let frames = tokio_stream::StreamExt::chain(first, tokio_stream::pending());
    let body = AnswerBody::frames(StreamBody::new(frames), Bound::OpenStreams);
    let (reader, mut body) = uncharged(body);
    assert!(reader.stalls_at().is_some(), "it has not begun");
    let part = body.frame().await;
    assert!(reader.stalls_at().is_some());
    drop(part);
    assert_eq!(reader.stalls_at(), None);
    assert!(body.frame().now_or_never().is_none());
    assert_eq!(reader.stalls_at(), None);
}

/// A buffer that knows whether somebody holds it still.
struct Buffer(Vec<u8>, #[expect(dead_code, reason = "it is there to be dropped")] Arc<()>);

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

#[tokio::test]
async fn what_is_short_does_not_hold_the_buffer_that_it_is_a_part_of() {
    for (bytes, holds_it) in [(2047, false), (2048, true)] {
        let held = Arc::new(());
        let buffer = Bytes::from_owner(Buffer(vec![7; 64 * 1024], Arc::clone(&held)));
        let short = buffer.slice(..bytes);
        drop(buffer);
        let frames = tokio_stream::once(Ok::<_, Status>(Frame::data(short)));
        let (_reader, mut body) =
            uncharged(AnswerBody::frames(StreamBody::new(frames), Bound::None));
        let part = next(&mut body).await.into_data().expect("data");
        assert_eq!(part, vec![7; bytes]);
        assert_eq!(Arc::strong_count(&held) > 1, holds_it, "of a part of {bytes} bytes");
    }
}

#[tokio::test]
async fn the_length_of_what_is_no_grpc_is_told_before_it_is_sent() {
    let (_reader, mut body) = uncharged(advice());
    assert_eq!(body.size_hint().exact(), Some("advice".len() as u64));
    drop(next(&mut body).await);
    assert_eq!(body.size_hint().exact(), Some(0));
    // An answer of gRPC has trailers, after which nobody asks for a length.
    assert_eq!(AnswerBody::message(Bytes::from_static(b"message")).size_hint().exact(), None);
}

#[test]
fn what_is_logged_of_an_answer_says_what_is_left_and_does_not_show_it() {
    for (body, left) in [
        (AnswerBody::default(), "Nothing"),
        (AnswerBody::message(Bytes::from_static(b"secret")), "Message"),
        (advice(), "Frames"),
    ] {
        let text = format!("{body:?}");
        assert!(text.contains(&format!("content: {left}, ")), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
}
