//! A call gives its place back at its end, whatever that is.

use serde_json::json;

use super::places::hold;
use super::{key, long_stream, out_of_range};
use crate::case::{Body, Call, Code, Sign};
use crate::check::{CheckError, CheckResult, expect};
use crate::judge::name;
use crate::procedures::Context;
use crate::procedures::answers::{after, told};
use crate::procedures::calls::{STREAM, call, small, with_key};
use crate::procedures::session::Session;

/// How a call ends.
#[derive(Clone, Copy)]
enum End {
    Answer,
    LastFrame,
    OutOfRange,
    Malformed,
    UnknownMethod,
    Deadline,
    CancelledWithoutFrame,
    CancelledAfterFrame,
    CancelledRequest,
    ClosedConnection,
}

/// Each with its name in a report.
const ALL: [(End, &str); 10] = [
    (End::Answer, "an answer"),
    (End::LastFrame, "a last frame"),
    (End::OutOfRange, "a refusal of the numbers"),
    (End::Malformed, "a malformed message"),
    (End::UnknownMethod, "a method that does not exist"),
    (End::Deadline, "a deadline"),
    (End::CancelledWithoutFrame, "a cancellation before the first frame"),
    (End::CancelledAfterFrame, "a cancellation after the first frame"),
    (End::CancelledRequest, "a cancellation of the request"),
    (End::ClosedConnection, "the end of the connection"),
];

/// Ends as many calls as the key has places, in each way; then all places can be
/// taken again.
pub(in crate::procedures) async fn check(context: &Context<'_>) -> CheckResult {
    let key = key(context).await?;
    let limit = context.number("limit")?;
    let session = context.session().await?;
    for (end, name) in ALL {
        for _ in 0..limit {
            let ended = to_end(end, context, key).await;
            ended.map_err(|error| after(name, error))?;
        }
        let mut held = Vec::new();
        for _ in 0..limit {
            let place = hold(&session, key).await;
            held.push(place.map_err(|error| after(name, error))?);
        }
    }
    Ok(())
}

/// A call that ends so, after it got its place.
async fn to_end(end: End, context: &Context<'_>, key: usize) -> CheckResult {
    let session = context.session().await?;
    let mut stream = long_stream(key);
    match end {
        End::Answer => ends(&session, &with_key(key, small()), context, Code::Ok).await,
        End::LastFrame => {
            let fields = json!({ "grid_size": 4, "steps": 3, "stream_interval": 1 });
            ends(&session, &with_key(key, call(STREAM, &fields)), context, Code::Ok).await
        }
        End::OutOfRange => ends(&session, &out_of_range(key), context, Code::InvalidArgument).await,
        End::Malformed => {
            let mut call = with_key(key, small());
            call.body = Some(Body::Frames(vec!["00 00000001 ff".to_owned()]));
            ends(&session, &call, context, Code::Internal).await
        }
        End::UnknownMethod => {
            let call = Call {
                method: "mfn.MFNSimulationService/Nothing".to_owned(),
                body: Some(Body::Frames(vec!["00 00000000".to_owned()])),
                sign: Sign { key, ..Sign::default() },
                ..Call::default()
            };
            ends(&session, &call, context, Code::Unimplemented).await
        }
        End::Deadline => {
            stream.metadata.insert("grpc-timeout".to_owned(), vec!["20m".to_owned()]);
            ends(&session, &stream, context, Code::DeadlineExceeded).await
        }
        End::CancelledWithoutFrame => session.begin(&stream).await.map(drop),
        End::CancelledAfterFrame => hold(&session, key).await.map(drop),
        End::CancelledRequest => {
            let mut outgoing = session.prepared(&stream)?;
            outgoing.frames.clear();
            outgoing.left_open = true;
            session.begin_prepared(outgoing).await.map(drop)
        }
        End::ClosedConnection => {
            let held = hold(&session, key).await?;
            // With its call still open.
            drop(session);
            drop(held);
            Ok(())
        }
    }
}

/// Calls as soon as there is a place, until the call ends with this code. An error may
/// come with any other or with none: what it says is for other profiles to judge.
async fn ends(
    session: &Session<'_>,
    call: &Call,
    context: &Context<'_>,
    expected: Code,
) -> CheckResult {
    let start = std::time::Instant::now();
    loop {
        let answer = match session.call(call).await {
            // The stream was reset.
            Err(error) if expected != Code::Ok && error.is_difference() => return Ok(()),
            called => called?.answer,
        };
        let code = answer.status().map(|status| status.code);
        if code != Some(Code::ResourceExhausted) {
            let holds = (code == Some(Code::Ok)) == (expected == Code::Ok);
            return expect(holds, format!("code {}", name(expected)), || told(&answer));
        }
        if start.elapsed() > context.timeout {
            return Err(CheckError::not_in_time("a place that was given back", context.timeout));
        }
    }
}
