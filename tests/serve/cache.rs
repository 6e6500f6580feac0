//! Calls whose answers are kept.

use mfn_proto::{SimulationRequest, SimulationResult};
use prost::Message as _;
use tonic::Code;

use crate::audit::{KEY, lines, log, start};
use crate::caller::{RUN, STREAM, call, client, encoded, endless, head, open_stream, raw, told};
use crate::serving::Serving;
use crate::signed::signed;
use crate::soon;

/// What is not computed where it is asked for.
fn moderate(request_id: &str) -> SimulationRequest {
    let request_id = request_id.to_owned();
    SimulationRequest { request_id, seed: -7, grid_size: 128, ..Default::default() }
}

// shows MFN-CACHE-003, MFN-CACHE-004
#[tokio::test]
async fn kept_answers_are_charged_and_recorded() {
    const EACH: usize = 5;
    let log = log("kept.jsonl");
    let mut server = start(&log, &["--rate-limit-concurrent", "1"]);
    let requests = raw(&server).await;
    for n in 0..EACH {
        let message = encoded(&moderate(&format!("call-{n}")));
        let answer = soon("an answer", call(&requests, signed(KEY, RUN), message)).await;
        assert_eq!(answer.status.expect("trailers").code(), Code::Ok, "{n}");
    }
    let unsigned = call(&requests, head(RUN), encoded(&moderate("unsigned"))).await;
    assert_eq!(unsigned.told().0, Code::Unauthenticated);
    // The key has the one call that it may have at once.
    let open = open_stream(&requests, signed(KEY, STREAM)).await;
    let beside = call(&requests, signed(KEY, RUN), encoded(&moderate("beside"))).await;
    assert_eq!(beside.told(), (Code::ResourceExhausted, "RATE_LIMIT_CONCURRENT".to_owned()));
    drop(open);
    server.is_idle().await;
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
    let lines = lines(&log);
    assert_eq!(lines.len(), EACH + 3);
    let result = SimulationResult { request_id: "call-0".to_owned(), ..Default::default() };
    let least = result.encoded_len() as u64;
    for (n, line) in lines.iter().take(EACH).enumerate() {
        assert_eq!(line["request_id"], format!("call-{n}"));
        assert_eq!(line["code"], "OK");
        assert_eq!(line["method"], lines[0]["method"]);
        assert_eq!(
            (&line["bytes_in"], &line["frames"]),
            (&lines[0]["bytes_in"], &lines[0]["frames"])
        );
        assert_eq!(line["bytes_out"], lines[0]["bytes_out"]);
        assert!(line["bytes_out"].as_u64() > Some(least), "{line}");
    }
}

// shows MFN-CACHE-007
#[tokio::test]
async fn a_kept_answer_needs_no_worker_and_no_place_in_the_queue() {
    let server = Serving::start(&["--max-workers", "1", "--queue-depth", "1"]);
    let mut client = client(&server).await;
    let with_field = || SimulationRequest { include_field: true, ..moderate("") };
    let answer = client.run_simulation(with_field()).await.expect("an answer").into_inner();
    let calls = [(); 3].map(|()| {
        let mut client = client.clone();
        tokio::spawn(async move { client.run_simulation(endless()).await })
    });
    let (refused, _, _others) = soon("a refusal", futures_util::future::select_all(calls)).await;
    let status = refused.expect("no panic").expect_err("no place is free");
    assert_eq!(told(&status), (Code::ResourceExhausted, "QUEUE_FULL".to_owned()));
    let again = soon("an answer", client.run_simulation(with_field())).await.expect("it is kept");
    assert_eq!(again.into_inner(), answer);
    let other = client.run_simulation(moderate("")).await.expect_err("it is not kept");
    assert_eq!(told(&other), (Code::ResourceExhausted, "QUEUE_FULL".to_owned()));
}

#[tokio::test]
async fn a_cache_without_room_for_all_that_was_set_is_told() {
    let mut server = Serving::start(&["--memory-mb", "128", "--cache-mb", "60"]);
    server.logged("kept answers have less than MFN_GRPC_CACHE_MB");
    assert!(server.last_line().contains("cache_mib=44"), "{}", server.last_line());
}
