//! What is recorded and counted of a call, and when it cannot be.

use std::future::ready;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::HeaderMap;
use http_body::Frame;
use http_body_util::{BodyExt as _, Full, StreamBody};
use serde_json::Value;
use tonic::{Code, Status};
use tower::{Layer as _, ServiceExt as _, service_fn};

use super::*;
use crate::audit::{OtherSink, Sink};
use crate::error::Error;
use crate::layers::answer_body::{AnswerBody, Bound, code_of, trailers};
use crate::layers::around::AroundLayer;
use crate::metrics::{MethodLabels, MethodTable, MethodTotals, Metrics};
use crate::request_id::RequestId;
use crate::services::served;
use crate::wall_clock;

const RUN: &str = "/mfn.MFNSimulationService/RunSimulation";
const CHECK: &str = "/grpc.health.v1.Health/Check";

/// What was written to it.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl OtherSink for Written {}

/// The lines of calls that are answered by `answer`, of whose answers `read` takes what it
/// likes, and what is counted of the last of them.
async fn recorded<const N: usize>(
    paths: [&str; N],
    answer: impl Fn(&Request<()>) -> Answer,
    read: impl AsyncFn(&mut AnswerBody),
) -> (Vec<Value>, MethodTotals) {
    let written = Written::default();
    let (audit, writer) = Audit::simulated(Sink::Other(Box::new(written.clone())), 100);
    let metrics = Metrics::new(MethodTable::of(&served(true)), Arc::default());
    let layer = AroundLayer(Recorded::new(Some(audit), Some(metrics.of_a_thread())));
    let service = layer.layer(service_fn(|call| ready(Ok(answer(&call)))));
    for path in paths {
        let call = Request::post(path).body(()).expect("a request");
        let mut answer = service.clone().oneshot(call).await.expect("always an answer");
        read(answer.body_mut()).await;
    }
    drop((service, layer));
    // Its end comes when nobody is left who could record a call.
    writer.run().await;
    let lines = written.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let lines = lines.split_inclusive(|byte| *byte == b'\n');
    let lines = lines.map(|line| serde_json::from_slice(line).expect("a line of JSON")).collect();
    let path = paths[N - 1];
    let of_path = |of: &MethodLabels| path == format!("/{}/{}", of.service, of.method);
    let method = metrics.methods().labels().position(of_path).expect("a method");
    (lines, metrics.totals().methods[method].clone())
}

async fn read_all(body: &mut AnswerBody) {
    while let Some(frame) = body.frame().await {
        drop(frame);
    }
}

/// Two messages, the prefix of the second of which comes in two parts, and a `last` frame.
fn two_messages(last: Result<Frame<Bytes>, Status>) -> Answer {
    let part = |bytes: &'static [u8]| Ok(Frame::data(Bytes::from_static(bytes)));
    let frames = [part(&[0, 0, 0, 0, 2, 7, 7, 0]), part(&[0, 0, 0, 1, 7]), last];
    Answer::new(AnswerBody::frames(StreamBody::new(tokio_stream::iter(frames)), Bound::None))
}

/// Text that is no gRPC, with this status of HTTP.
fn advice(status: StatusCode) -> Answer {
    let advice = Full::from("a text that is no message").map_err(|never| match never {});
    let mut answer = Answer::new(AnswerBody::frames(advice, Bound::None));
    *answer.status_mut() = status;
    answer
}

/// The code and reason of the one line that there is.
fn outcome(lines: &[Value]) -> (&str, Option<&str>) {
    let [line] = lines else { panic!("one line, not {lines:?}") };
    (line["code"].as_str().expect("a code"), line["reason"].as_str())
}

// shows MFN-AUDIT-009, MFN-METRIC-005
#[tokio::test(start_paused = true)]
async fn a_call_is_recorded_and_counted_by_how_its_answer_ends() {
    type Last = fn() -> Result<Frame<Bytes>, Status>;
    let ends: [(Last, Code, &str); 4] = [
        (|| trailers(&Status::ok("")), Code::Ok, "OK"),
        (|| trailers(&Status::not_found("")), Code::NotFound, "NOT_FOUND"),
        (|| Err(Status::data_loss("")), Code::DataLoss, "DATA_LOSS"),
        (|| Ok(Frame::trailers(HeaderMap::new())), Code::Unknown, "UNKNOWN"),
    ];
    for (last, code, name) in ends {
        let (lines, counted) = recorded([RUN], |_| two_messages(last()), read_all).await;
        assert_eq!(outcome(&lines), (name, None));
        assert_eq!(lines[0]["method"], RUN);
        assert_eq!((&lines[0]["bytes_out"], &lines[0]["frames"]), (&13.into(), &2.into()));
        assert_eq!((counted.started, counted.sent), (1, 2));
        assert_eq!(counted.handled[code as usize], 1, "{name}");
        assert_eq!(counted.handled.iter().sum::<u64>(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_only_a_head_ends_with_it() {
    let refused = |_: &Request<()>| Error::Internal.into_response(&RequestId::default());
    let (lines, counted) = recorded([RUN], refused, async |_| {}).await;
    assert_eq!(outcome(&lines), ("INTERNAL", Some("INTERNAL")));
    assert_eq!(counted.handled[Code::Internal as usize], 1);
    let (lines, _) = recorded([RUN], |_| Answer::default(), async |_| {}).await;
    assert_eq!(outcome(&lines), ("OK", None));
}

#[tokio::test(start_paused = true)]
async fn the_end_less_the_duration_is_not_after_the_begin() {
    wall_clock::simulated::set(UNIX_EPOCH + Duration::from_secs(1000));
    wall_clock::simulated::keep_from_it(Duration::from_millis(40));
    let (lines, _) = recorded([RUN], |_| Answer::default(), async |_| {}).await;
    let [line] = &lines[..] else { panic!("one line, not {lines:?}") };
    assert_eq!(line["ts"], "1970-01-01T00:16:40.040Z");
    assert_eq!(line["duration_ms"], 40.0);
}

// shows MFN-AUDIT-008, MFN-METRIC-005
#[tokio::test(start_paused = true)]
async fn what_is_refused_in_words_of_http_has_no_messages() {
    for (status, reason) in [
        (StatusCode::METHOD_NOT_ALLOWED, "NOT_GRPC"),
        (StatusCode::UNSUPPORTED_MEDIA_TYPE, "NOT_GRPC"),
        (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "HEADERS_TOO_LARGE"),
    ] {
        let (lines, counted) = recorded([RUN], |_| advice(status), read_all).await;
        assert_eq!(outcome(&lines), ("UNKNOWN", Some(reason)));
        assert_eq!((&lines[0]["bytes_out"], &lines[0]["frames"]), (&0.into(), &0.into()));
        assert_eq!((counted.sent, counted.handled[Code::Unknown as usize]), (0, 1));
    }
}

// shows MFN-AUDIT-009, MFN-METRIC-005
#[tokio::test(start_paused = true)]
async fn a_call_whose_answer_is_not_sent_to_its_end_is_cancelled() {
    let first = async |body: &mut AnswerBody| drop(body.frame().await);
    let answer = |_: &Request<()>| two_messages(trailers(&Status::ok("")));
    let (lines, counted) = recorded([RUN], answer, first).await;
    assert_eq!(outcome(&lines), ("CANCELLED", None));
    assert_eq!((&lines[0]["bytes_out"], &lines[0]["frames"]), (&8.into(), &1.into()));
    assert_eq!((counted.sent, counted.handled[Code::Cancelled as usize]), (1, 1));

    let unread = |call: &Request<()>| {
        call.extensions().get().inspect(|observed: &&Observed| observed.is_not_read());
        answer(call)
    };
    let (lines, _) = recorded([RUN], unread, first).await;
    assert_eq!(outcome(&lines), ("CANCELLED", Some("NOT_READ")));
}

// shows MFN-AUDIT-007, MFN-METRIC-005
#[tokio::test(start_paused = true)]
async fn questions_for_health_are_counted_and_have_no_line() {
    let (lines, counted) = recorded([RUN, CHECK], |_| Answer::default(), async |_| {}).await;
    assert_eq!(outcome(&lines), ("OK", None));
    assert_eq!(lines[0]["method"], RUN);
    assert_eq!((counted.started, counted.handled[Code::Ok as usize]), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_neither_recorded_nor_counted_is_not_watched() {
    let metrics = Metrics::new(MethodTable::of(&served(true)), Arc::default());
    let (audit, _writer) = Audit::simulated(Sink::Other(Box::new(Written::default())), 100);
    for (audit, counters, watched) in [
        (None, None, [false, false]),
        (Some(audit), None, [true, false]),
        (None, Some(metrics.of_a_thread()), [true, true]),
    ] {
        let layer = AroundLayer(Recorded::new(audit, counters));
        for (path, is_watched) in [RUN, CHECK].into_iter().zip(watched) {
            let service = layer.layer(service_fn(|call: Request<()>| {
                assert_eq!(call.extensions().get::<Observed>().is_some(), is_watched, "{path}");
                ready(Ok(Answer::default()))
            }));
            let call = Request::post(path).body(()).expect("a request");
            service.oneshot(call).await.expect("always an answer");
        }
    }
}

// shows MFN-AUDIT-012
#[tokio::test(start_paused = true)]
async fn a_call_that_would_have_a_line_is_refused_while_none_is_written() {
    let (audit, _unread) = Audit::simulated(Sink::Other(Box::new(Written::default())), 1);
    let code = async |audit: Option<&Audit>, observed: Option<Observed>| {
        let layer = AroundLayer(AuditGate(audit.cloned()));
        let service = layer.layer(service_fn(|_: Request<()>| ready(Ok(Answer::default()))));
        let mut call = Request::new(());
        observed.map(|observed| call.extensions_mut().insert(observed));
        code_of(&service.oneshot(call).await.expect("always an answer"))
    };
    let (with_line, of_health) = (Observed::new(None, false), Observed::new(None, true));
    assert_eq!(code(Some(&audit), Some(with_line.clone())).await, None);

    // The only line that may wait does, and nobody takes it.
    let layer = AroundLayer(Recorded::new(Some(audit.clone()), None));
    let service = layer.layer(service_fn(|_: Request<()>| ready(Ok(Answer::default()))));
    drop(service.oneshot(Request::new(())).await);
    let watched = tokio::time::timeout(Duration::from_secs(3), audit.watch(|_| {}));
    assert!(watched.await.is_err(), "it watches without end");
    assert_eq!(code(Some(&audit), Some(with_line.clone())).await, Some(Code::Unavailable));
    assert_eq!(code(Some(&audit), Some(of_health)).await, None);
    assert_eq!(code(Some(&audit), None).await, None);
    assert_eq!(code(None, Some(with_line)).await, None);
}
