//! Streamed calls.

use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use tonic::Code;

use super::scripted::{Reply, Scripted, client};
use crate::attempts::Policy;
use crate::{SimulationFrame, SimulationStreamRequest};

fn frames() -> [SimulationFrame; 2] {
    [1, 2].map(|step| SimulationFrame { step, ..SimulationFrame::default() })
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_tried_again_before_its_first_frame() {
    let server = Scripted::new(|index, _| match index {
        0 => Reply::breaks_after::<SimulationFrame>(&[]),
        1 => Reply::error(14, &[]),
        _ => Reply::answer(&frames()),
    });
    let client = client(&[&server], Policy::default());
    let stream = client.stream_simulation(SimulationStreamRequest::default());
    let steps: Vec<_> = stream.map_ok(|frame| frame.step).try_collect().await.expect("frames");
    assert_eq!(steps, [1, 2]);
    assert_eq!(server.calls().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_not_tried_again_after_its_first_frame() {
    let server = Scripted::new(|index, _| match index {
        0 => Reply::error(14, &[]),
        _ => Reply::breaks_after(&frames()),
    });
    let client = client(&[&server], Policy::default());
    let mut stream = client.stream_simulation(SimulationStreamRequest::default());
    assert_eq!(stream.next().await.expect("a frame").expect("no error").step, 1);
    assert_eq!(stream.next().await.expect("a frame").expect("no error").step, 2);
    let error = stream.next().await.expect("an end").expect_err("an error");
    assert_eq!((error.code(), error.attempts()), (Code::Unavailable, 2));
    assert!(stream.next().await.is_none(), "there is nothing after an error");
    assert_eq!(server.calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_at_the_deadline_of_its_call() {
    let server = Scripted::new(|_, _| Reply::hangs_after(&frames()));
    let client = client(&[&server], Policy::default());
    let begin = tokio::time::Instant::now();
    let stream = client.stream_simulation(SimulationStreamRequest::default());
    let error = stream.try_collect::<Vec<_>>().await.expect_err("an error");
    assert_eq!(error.code(), Code::DeadlineExceeded);
    let took = begin.elapsed().as_millis();
    assert!((30_000..30_010).contains(&took), "{took}");
}

#[tokio::test(start_paused = true)]
async fn who_drops_a_stream_cancels_it() {
    let server = Scripted::new(|_, _| Reply::hangs_after(&frames()));
    let client = client(&[&server], Policy::default());
    let mut stream = client.stream_simulation(SimulationStreamRequest::default());
    stream.next().await.expect("a frame").expect("no error");
    assert_eq!(server.resets(), 0);
    drop(stream);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(server.resets(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_nobody_polls_makes_no_call() {
    let server = Scripted::new(|_, _| Reply::answer(&frames()));
    let client = client(&[&server], Policy::default());
    drop(client.stream_simulation(SimulationStreamRequest::default()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(server.calls().len(), 0);
}
