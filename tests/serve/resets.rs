//! Streams that are opened and reset, in floods.

use h2::Reason;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic::Code;

use crate::by_hand::{
    END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, GOAWAY, HEADERS, PREFACE, RST_STREAM, SETTINGS,
    WINDOW_UPDATE, frame,
};
use crate::caller::try_call;
use crate::caller::{RUN, STREAM, encoded, endless, endless_stream, head, is_served, raw, small};
use crate::serving::Serving;
use crate::soon;

/// Opens and resets a thousand streams at once.
async fn burst(server: &Serving, path: &str, body: &[u8]) {
    let requests = raw(server).await;
    let mut open = Vec::new();
    for _ in 0..1000 {
        let mut ready = requests.clone().ready().await.expect("the connection is open");
        let (answer, mut sender) = ready.send_request(head(path), false).expect("it is sent");
        sender.send_data(body.to_vec().into(), true).expect("it is sent");
        open.push((answer, sender));
    }
    for (_, sender) in &mut open {
        sender.send_reset(Reason::CANCEL);
    }
    drop(open);
    // The same connection goes on. As many streams are open as may be until the
    // server has seen the resets; what it refuses till then may be sent again.
    let answered = async {
        loop {
            match try_call(&requests, head(RUN), encoded(&small())).await {
                Ok(ended) => return ended,
                Err(error) => assert_eq!(error.reason(), Some(Reason::REFUSED_STREAM)),
            }
        }
    };
    let ended = soon("an answer", answered).await;
    assert_eq!(ended.status.map(|status| status.code()), Some(Code::Ok));
}

// shows MFN-TRANS-009, MFN-TRANS-012
#[tokio::test]
async fn a_thousand_streams_reset_at_once_leave_nothing_to_do() {
    let server = Serving::start(&[]);
    burst(&server, STREAM, &encoded(&endless_stream(false))).await;
    server.is_idle().await;
    is_served(&server).await;
}

// shows MFN-TRANS-009, MFN-TRANS-012
#[tokio::test]
async fn a_thousand_calls_reset_at_once_leave_nothing_to_do() {
    let server = Serving::start(&[]);
    burst(&server, RUN, &encoded(&endless())).await;
    server.is_idle().await;
    is_served(&server).await;
}

/// POST and http of the static table, and a path (RFC 7541, 6.1 and 6.2.2).
const POST_TO_ROOT: &[u8] = &[0x83, 0x86, 0x04, 1, b'/'];

/// Sends what `of_stream` makes for ten thousand streams, and waits for GOAWAY
/// with `ENHANCE_YOUR_CALM`.
async fn is_sent_away(server: &Serving, of_stream: impl Fn(u32) -> Vec<u8>) {
    let mut flood = [PREFACE, &*frame(SETTINGS, 0, 0, &[])].concat();
    for stream in (1..20_000).step_by(2) {
        flood.extend(of_stream(stream));
    }
    let peer = TcpStream::connect(server.address).await.expect("it listens");
    let (mut from_server, mut to_server) = peer.into_split();
    // It need not take all of it.
    let sending = tokio::spawn(async move { to_server.write_all(&flood).await });
    let mut answer = Vec::new();
    soon("the end", from_server.read_to_end(&mut answer)).await.ok();
    sending.await.expect("no panic").ok();
    let calm = ENHANCE_YOUR_CALM.to_be_bytes();
    let sent_away = answer.windows(17).any(|window| window[3] == GOAWAY && window[13..] == calm);
    assert!(sent_away, "{answer:?}");
}

// shows MFN-TRANS-013
#[tokio::test]
async fn who_opens_and_resets_without_end_is_sent_away_and_others_are_served() {
    let server = Serving::start(&[]);
    is_sent_away(&server, |stream| {
        let reset = frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes());
        [frame(HEADERS, END_STREAM | END_HEADERS, stream, POST_TO_ROOT), reset].concat()
    })
    .await;
    is_served(&server).await;
}

// shows MFN-TRANS-013
#[tokio::test]
async fn who_makes_the_server_reset_without_end_is_sent_away_and_others_are_served() {
    let server = Serving::start(&[]);
    is_sent_away(&server, |stream| {
        // A window of more than 2^31 - 1 is an error of its stream (RFC 9113, 6.9.1).
        let faulty = frame(WINDOW_UPDATE, 0, stream, &0x7fff_ffff_u32.to_be_bytes());
        [frame(HEADERS, END_HEADERS, stream, POST_TO_ROOT), faulty].concat()
    })
    .await;
    is_served(&server).await;
}
