//! Callers who go before they are answered.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use h2::Reason;
use h2::client::SendRequest;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::caller::{
    RUN, call, client, encoded, endless, endless_stream, head, is_served, raw, small,
};
use crate::serving::{Serving, mfn};
use crate::soon;

// shows MFN-TRANS-009, MFN-STREAM-006
#[tokio::test]
async fn a_stream_abandoned_after_one_frame_stops() {
    let server = Serving::start(&["--max-workers", "1"]);
    let mut client = client(&server).await;
    let stream = client.stream_simulation(endless_stream(false)).await;
    let mut frames = stream.expect("a stream").into_inner();
    soon("the first frame", frames.message()).await.expect("no error").expect("a frame");
    drop(frames);
    server.is_idle().await;
    is_served(&server).await;
}

// shows MFN-TRANS-009
#[tokio::test]
async fn a_computation_stops_when_its_connection_breaks() {
    let server = Serving::start(&["--max-workers", "1"]);
    let requests = raw(&server).await;
    let mut ready = requests.ready().await.expect("the connection is open");
    let (answer, mut body) = ready.send_request(head(RUN), false).expect("it is sent");
    body.send_data(encoded(&endless()).into(), true).expect("it is sent");
    // While it computes, the server uses processor time.
    let before = server.cpu_time();
    while server.cpu_time() == before {
        tokio::task::yield_now().await;
    }
    // The connection's task ends with the last handle.
    drop((answer, body, ready));
    server.is_idle().await;
    is_served(&server).await;
}

/// A connection, and the task without which it breaks.
async fn breakable(server: &Serving) -> (SendRequest<Bytes>, JoinHandle<()>) {
    let stream = TcpStream::connect(server.address).await.expect("it listens");
    stream.set_nodelay(true).expect("it can be set");
    let (requests, connection) = h2::client::handshake(stream).await.expect("it speaks HTTP/2");
    let connection = tokio::spawn(async move { connection.await.unwrap_or_default() });
    (requests, connection)
}

/// Leaves in the middle of the request of a call, when the server has read so many
/// bytes of it.
async fn leave_after(server: &Serving, bytes: usize, leaving: Leaving) {
    let (requests, connection) = breakable(server).await;
    let mut ready = requests.clone().ready().await.expect("the connection is open");
    let (_answer, mut body) = ready.send_request(head(RUN), false).expect("it is sent");
    if bytes > 0 {
        let request = encoded(&small())[..bytes].to_vec();
        body.send_data(request.into(), false).expect("it is sent");
    }
    // This is answered after what came before it has been read.
    call(&requests, head(RUN), encoded(&small())).await;
    match leaving {
        Leaving::Reset(reason) => body.send_reset(reason),
        Leaving::LostConnection => {
            connection.abort();
            connection.await.expect_err("it is aborted");
            return;
        }
        Leaving::EndOfStream => body.send_data(Bytes::new(), true).expect("it is sent"),
    }
    call(&requests, head(RUN), encoded(&small())).await;
}

#[derive(Clone, Copy, Debug)]
enum Leaving {
    Reset(Reason),
    LostConnection,
    /// To end a request in the middle of its message is not to leave: the client
    /// waits for the answer.
    EndOfStream,
}

/// The lines of the calls that were not answered OK.
fn failed(log: &Path) -> Vec<Value> {
    let text = fs::read_to_string(log).expect("it is there");
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines.filter(|line| line["code"] != "OK").collect()
}

// shows MFN-AUDIT-009, MFN-AUDIT-002
#[tokio::test]
async fn who_leaves_in_the_middle_of_a_message_has_cancelled_and_sent_nothing_malformed() {
    let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join("left.jsonl");
    fs::remove_file(&log).ok();
    let mut server =
        Serving::start_command(mfn(&["serve", "--port", "0", "--audit-log"]).arg(&log));
    let all = encoded(&small()).len();
    let mut expected = Vec::new();
    for leaving in [
        Leaving::Reset(Reason::CANCEL),
        Leaving::Reset(Reason::NO_ERROR),
        Leaving::Reset(Reason::INTERNAL_ERROR),
        Leaving::LostConnection,
        Leaving::EndOfStream,
    ] {
        // Before the message, in its prefix, in the message, and before its end.
        for bytes in [0, 3, all - 1, all] {
            soon("the caller to leave", leave_after(&server, bytes, leaving)).await;
            expected.push(match (leaving, bytes) {
                (Leaving::EndOfStream, 0) => (Some("CARDINALITY"), 0),
                (Leaving::EndOfStream, bytes) if bytes < all => (Some("MALFORMED_MESSAGE"), bytes),
                (Leaving::EndOfStream, _) => continue,
                (_, bytes) => (None, bytes),
            });
        }
    }
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
    let lines = failed(&log);
    let mut told: Vec<_> = lines
        .iter()
        .map(|line| {
            let is_cancelled = line["code"] == "CANCELLED";
            assert_eq!(is_cancelled, line["reason"].is_null(), "{line}");
            (line["reason"].as_str(), line["bytes_in"].as_u64().expect("a number") as usize)
        })
        .collect();
    // Calls of different connections may end in another order.
    told.sort_unstable();
    expected.sort_unstable();
    assert_eq!(told, expected);
}
