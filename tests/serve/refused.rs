//! Calls that are refused before their message has come, and whose callers send
//! it all the same.

use http::Uri;

use crate::by_hand::{
    ByHand, DATA, END_HEADERS, END_STREAM, Frame, GOAWAY, HEADERS, NO_ERROR, RST_STREAM,
    WINDOW_UPDATE, frame, header_block, headers, literal,
};
use crate::caller::{RUN, encoded, head, small};
use crate::serving::Serving;
use crate::signed::signed;

const KEY: &str = "key-of-the-tests";
/// Calls that are sent before the first of them is known to be refused.
const BURST: u32 = 10;

/// The streams of so many calls, the first of which is `first`.
fn streams(first: u32, calls: u32) -> Vec<u32> {
    (0..calls).map(|call| first + 2 * call).collect()
}

/// Sends the heads of so many calls in bursts, waits for the refusals of each,
/// and then sends its messages: what `message_of` makes of a stream.
async fn send_refused(
    connection: &mut ByHand,
    first: u32,
    calls: u32,
    message_of: impl Fn(u32) -> Vec<u8>,
) {
    for burst in streams(first, calls).chunks(BURST as usize) {
        let heads: Vec<_> = burst.iter().flat_map(|stream| headers(*stream, &head(RUN))).collect();
        connection.send(&heads).await;
        connection.ended(burst).await;
        let messages: Vec<_> = burst.iter().flat_map(|stream| message_of(*stream)).collect();
        connection.send(&messages).await;
    }
}

/// Has an open call answered at last, whose head was sent before.
async fn is_answered(connection: &mut ByHand, stream: u32) {
    connection.send(&frame(DATA, END_STREAM, stream, &encoded(&small()))).await;
    let message = |frame: &Frame| frame.stream == stream && frame.kind == DATA;
    connection.find("the answer of the healthy call", message).await;
    connection.ended(&[stream]).await;
}

/// A healthy call is answered after thousands of others were refused beside it,
/// although their messages were sent.
async fn are_refused_beside_a_healthy_call(message_of: impl Fn(u32) -> Vec<u8>) {
    let server = Serving::start_with_keys(KEY, &[]);
    let mut connection = ByHand::open(&server).await;
    connection.send(&headers(1, &signed(KEY, RUN))).await;
    send_refused(&mut connection, 3, 5000, message_of).await;
    is_answered(&mut connection, 1).await;
}

// shows MFN-TRANS-025
#[tokio::test]
async fn who_sends_the_message_of_a_refused_call_stays_connected() {
    let message = |stream| frame(DATA, END_STREAM, stream, &encoded(&small()));
    are_refused_beside_a_healthy_call(message).await;
}

// shows MFN-TRANS-025
#[tokio::test]
async fn so_does_who_sends_it_in_pieces() {
    are_refused_beside_a_healthy_call(|stream| {
        let message = encoded(&small());
        let (prefix, rest) = message.split_at(5);
        let prefix = frame(DATA, 0, stream, prefix);
        [prefix, frame(DATA, 0, stream, rest), frame(DATA, END_STREAM, stream, &[])].concat()
    })
    .await;
}

// shows MFN-TRANS-025
#[tokio::test]
async fn so_does_who_resets_the_stream() {
    are_refused_beside_a_healthy_call(|stream| {
        frame(RST_STREAM, 0, stream, &NO_ERROR.to_be_bytes())
    })
    .await;
}

#[tokio::test]
async fn an_unwanted_message_is_not_read_without_end() {
    let server = Serving::start_with_keys(KEY, &[]);
    let mut connection = ByHand::open(&server).await;
    connection.send(&headers(1, &head(RUN))).await;
    connection.ended(&[1]).await;
    // As much as is read of what nobody wants, in frames of 16 KiB.
    let part = frame(DATA, 0, 1, &[0; 1 << 14]);
    connection.send(&part.repeat(1 << 6)).await;
    let more = |frame: &Frame| frame.kind == WINDOW_UPDATE && frame.stream == 1;
    connection.find("room for more", more).await;
    connection.send(&part).await;
    assert_eq!(connection.reset(1).await, Some(NO_ERROR));
}

#[tokio::test]
async fn unwanted_streams_without_end_take_half_of_the_places_and_hold_up_no_shutdown() {
    let mut server = Serving::start_with_keys(KEY, &["--max-concurrent-streams", "4"]);
    let mut connection = ByHand::open(&server).await;
    for stream in [1, 3] {
        connection.send(&headers(stream, &head(RUN))).await;
        connection.ended(&[stream]).await;
    }
    for stream in [5, 7, 9] {
        connection.send(&headers(stream, &head(RUN))).await;
        assert_eq!(connection.reset(stream).await, Some(NO_ERROR));
    }
    for stream in [11, 13] {
        connection.send(&headers(stream, &signed(KEY, RUN))).await;
    }
    for stream in [11, 13] {
        is_answered(&mut connection, stream).await;
    }
    server.signal("TERM");
    for stream in [1, 3] {
        assert_eq!(connection.reset(stream).await, Some(NO_ERROR));
    }
    assert_eq!(server.ended().await.0, Some(0));
}

// shows MFN-TRANS-026
#[tokio::test]
async fn one_callers_errors_have_the_connection_replaced_and_cut_off_no_call() {
    let mut server = Serving::start_with_keys(KEY, &[]);
    let mut connection = ByHand::open(&server).await;
    connection.send(&headers(1, &signed(KEY, RUN))).await;
    // No host has such a name, and none is needed.
    let mut faulty = head(RUN);
    *faulty.uri_mut() = Uri::from_static(RUN);
    let mut block = header_block(&faulty);
    literal(&mut block, ":authority", b"A:1,B:2");
    let error_of = |stream| frame(HEADERS, END_HEADERS | END_STREAM, stream, &block);
    for burst in streams(3, 1100).chunks(BURST as usize) {
        let errors: Vec<_> = burst.iter().flat_map(|stream| error_of(*stream)).collect();
        connection.send(&errors).await;
    }
    let away = connection.find("GOAWAY", |frame| frame.kind == GOAWAY).await;
    assert_eq!(away.error(), Some(NO_ERROR));
    is_answered(&mut connection, 1).await;
    server.logged("an authority that is no host");
}
