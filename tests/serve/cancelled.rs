//! Callers who go before they are answered.

use crate::caller::{RUN, client, encoded, endless, endless_stream, head, is_served, raw};
use crate::serving::Serving;
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
