//! What a line of the audit says.

use std::fs;

use serde_json::Value;

use crate::audit::{KEY, lines, log, parse, start};
use crate::caller::{RUN, STREAM, call, encoded, head, raw, small};
use crate::serving::{Serving, mfn};
use crate::signed::signed;

// shows MFN-AUDIT-002, MFN-AUDIT-010
#[tokio::test]
async fn a_line_says_what_a_call_was() {
    let log = log("fields.jsonl");
    let mut server = start(&log, &[]);
    let requests = raw(&server).await;
    let nasty = "a\"b\n{}\u{2028}";
    let request = mfn_proto::SimulationStreamRequest {
        request_id: nasty.to_owned(),
        steps: 30,
        grid_size: 8,
        ..Default::default()
    };
    let body = encoded(&request);
    let bytes_in = body.len();
    call(&requests, signed(KEY, STREAM), body).await;
    call(&requests, head("/mfn.MFNSimulationService/RunSimulation\""), Vec::new()).await;
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));

    let lines = lines(&log);
    let [stream, refused] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!(stream["request_id"], nasty);
    assert_eq!(stream["method"], STREAM);
    assert_eq!((&stream["status"], &stream["code"]), (&"OK".into(), &"OK".into()));
    assert_eq!(stream["reason"], Value::Null);
    assert!(stream["key_id"].as_str().is_some_and(|id| id.starts_with("key-")), "{stream}");
    assert_eq!(stream["bytes_in"], bytes_in);
    assert_eq!(stream["frames"], 3);
    assert!(stream["bytes_out"].as_u64().is_some_and(|bytes| bytes > 3 * 5), "{stream}");
    assert!(stream["duration_ms"].as_f64().is_some_and(|ms| ms > 0.0), "{stream}");
    assert!(stream["peer"].as_str().is_some_and(|peer| peer.starts_with("127.0.0.1:")));
    let ts = stream["ts"].as_str().expect("a text");
    assert!(ts.len() == 24 && ts.ends_with('Z'), "{ts}");
    assert_eq!((&refused["status"], &refused["key_id"]), (&"ERROR".into(), &Value::Null));
    assert_eq!(refused["reason"], "CREDENTIALS_MISSING");
}

// shows MFN-AUDIT-014, MFN-AUDIT-015
#[tokio::test]
async fn a_line_has_the_ids_of_a_trace_that_a_caller_says_once_and_well() {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";
    let log = log("traced.jsonl");
    let mut server = start(&log, &[]);
    let requests = raw(&server).await;
    let good = format!("00-{TRACE}-{SPAN}-01");
    let malformed = good.to_uppercase();
    for said in [vec![&good], vec![], vec![&malformed], vec![&good, &good]] {
        let mut head = signed(KEY, RUN);
        for value in said {
            let value = value.parse().expect("a header");
            head.headers_mut().append("traceparent", value);
        }
        let ended = call(&requests, head, encoded(&small())).await;
        assert_eq!(ended.status.map(|status| status.code()), Some(tonic::Code::Ok));
    }
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
    let lines = lines(&log);
    assert_eq!((&lines[0]["trace_id"], &lines[0]["span_id"]), (&TRACE.into(), &SPAN.into()));
    for line in &lines[1..] {
        assert!(line.get("trace_id").is_none() && line.get("span_id").is_none(), "{line}");
    }
    assert!(lines.len() == 4 && lines.iter().all(|line| line["kind"] == "audit"), "{lines:?}");
}

// shows MFN-AUDIT-010
#[tokio::test]
async fn an_id_with_whatever_ends_lines_is_one_line_to_any_reader() {
    // In the order of Unicode: controls, separators, directions, and what is not
    // seen.
    const NASTY: &str = "0\u{b}1\u{c}2\u{1c}3\u{1d}4\u{1e}5\u{7f}6\u{85}7\u{9b}31m8\u{ad}9\u{2028}\
                         a\u{2029}b\u{202e}c\u{2066}d\u{feff}e\u{e0001}f\r\n";
    let log = log("one-line.jsonl");
    let mut server = start(&log, &[]);
    let requests = raw(&server).await;
    let request = mfn_proto::SimulationRequest { request_id: NASTY.to_owned(), ..small() };
    let ended = call(&requests, signed(KEY, RUN), encoded(&request)).await;
    assert_eq!(ended.status.map(|status| status.code()), Some(tonic::Code::Ok));
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));

    let text = fs::read_to_string(&log).expect("it is there");
    let ends_lines = |char: char| char.is_control() || "\u{2028}\u{2029}".contains(char);
    let line = text.strip_suffix('\n').expect("a line");
    assert_eq!(line.split(ends_lines).count(), 1, "{line:?}");
    assert!(line.is_ascii(), "{line:?}");
    assert_eq!(parse(line)["request_id"], NASTY);
}

// shows MFN-AUDIT-002
#[tokio::test]
async fn without_keys_every_call_is_anonymous() {
    const REFLECTION: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    let log = log("anonymous.jsonl");
    let mut command = mfn(&["serve", "--port", "0"]);
    let mut server = Serving::start_command(command.arg("--audit-log").arg(&log));
    let requests = raw(&server).await;
    call(&requests, head(REFLECTION), Vec::new()).await;
    call(&requests, head(RUN), encoded(&small())).await;
    server.signal("TERM");
    assert_eq!(server.ended().await.0, Some(0));
    let callers: Vec<_> = lines(&log).iter().map(|line| line["key_id"].clone()).collect();
    assert_eq!(callers, ["anonymous", "anonymous"]);
}
