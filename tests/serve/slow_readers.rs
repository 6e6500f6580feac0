//! Callers who do not read what they asked for.

use std::time::{Duration, Instant};

use crate::caller::{client, endless_stream, is_served};
use crate::serving::Serving;
use crate::soon;

/// How long it is watched.
const WATCHED: Duration = Duration::from_secs(2);

// shows MFN-STREAM-006
#[tokio::test]
async fn memory_stays_flat_while_nobody_reads() {
    let server = Serving::start(&["--max-workers", "1"]);
    let mut client = client(&server).await;
    let stream = client.stream_simulation(endless_stream(true)).await;
    let mut frames = stream.expect("a stream").into_inner();
    soon("the first frame", frames.message()).await.expect("no error").expect("a frame");
    server.is_idle().await;
    let before = server.memory_kib();
    let start = Instant::now();
    while start.elapsed() < WATCHED {
        // Others are served by the only worker meanwhile.
        is_served(&server).await;
    }
    // A frame has 2 MiB, and some thousand of them are still to come.
    let grown = server.memory_kib().saturating_sub(before);
    assert!(grown < 16 * 1024, "{grown} KiB more");

    // And the reader finds the next frames where it left.
    let next = soon("the next frame", frames.message()).await.expect("no error");
    assert_eq!(next.expect("a frame").step, 2);
}
