//! A call gives its place back at its end, whatever that is.

use super::places::hold;
use super::{key, long_stream, out_of_range};
use crate::case::{Body, Call, Code, Expect, Sign};
use crate::procedures::Surroundings;
use crate::procedures::caller::{Caller, STREAM, after, call, judged, refusal, small, told};
use crate::trouble::{Checked, Trouble, expect};

/// How a call ends.
#[derive(Clone, Copy, Debug)]
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

const ALL: [End; 10] = [
    End::Answer,
    End::LastFrame,
    End::OutOfRange,
    End::Malformed,
    End::UnknownMethod,
    End::Deadline,
    End::CancelledWithoutFrame,
    End::CancelledAfterFrame,
    End::CancelledRequest,
    End::ClosedConnection,
];

/// Ends as many calls as the key has places, in each way; then all places can be
/// taken again.
pub(super) async fn check(with: &Surroundings<'_>) -> Checked {
    let key = key(with).await?;
    let limit = with.number("limit")?;
    let caller = Caller::new(with).await?;
    for end in ALL {
        for _ in 0..limit {
            let ended = to_end(end, with, key).await;
            ended.map_err(|trouble| after(&format!("an end by {end:?}"), trouble))?;
        }
        let mut held = Vec::new();
        for _ in 0..limit {
            let place = hold(&caller, key, with.patience).await;
            held.push(place.map_err(|trouble| after(&format!("an end by {end:?}"), trouble))?);
        }
    }
    Ok(())
}

/// A call that ends so, after it got its place.
async fn to_end(end: End, with: &Surroundings<'_>, key: usize) -> Checked {
    let caller = Caller::new(with).await?;
    let mut stream = long_stream(key);
    match end {
        End::Answer => ends(&caller, &small(key), with, &Expect::default()).await,
        End::LastFrame => {
            let numbers = [("grid_size", 4), ("steps", 3), ("stream_interval", 1)];
            ends(&caller, &call(STREAM, &numbers, key), with, &Expect::default()).await
        }
        End::OutOfRange => {
            let refusal = refusal(Code::InvalidArgument, "PARAMETER_OUT_OF_RANGE");
            ends(&caller, &out_of_range(key), with, &refusal).await
        }
        End::Malformed => {
            let mut call = small(key);
            call.body = Some(Body::Frames(vec!["00 00000001 ff".to_owned()]));
            ends(&caller, &call, with, &refusal(Code::Internal, "MALFORMED_MESSAGE")).await
        }
        End::UnknownMethod => {
            let call = Call {
                method: "mfn.MFNSimulationService/Nothing".to_owned(),
                body: Some(Body::Frames(vec!["00 00000000".to_owned()])),
                sign: Sign { key, ..Sign::default() },
                ..Call::default()
            };
            ends(&caller, &call, with, &refusal(Code::Unimplemented, "METHOD_UNKNOWN")).await
        }
        End::Deadline => {
            stream.metadata.insert("grpc-timeout".to_owned(), vec!["20m".to_owned()]);
            ends(&caller, &stream, with, &refusal(Code::DeadlineExceeded, "DEADLINE")).await
        }
        End::CancelledWithoutFrame => caller.begin(&stream).await.map(drop),
        End::CancelledAfterFrame => hold(&caller, key, with.patience).await.map(drop),
        End::CancelledRequest => {
            let mut outgoing = caller.prepared(&stream)?;
            outgoing.frames.clear();
            outgoing.left_open = true;
            caller.begin_prepared(outgoing).await.map(drop)
        }
        End::ClosedConnection => {
            let held = hold(&caller, key, with.patience).await?;
            // With its call still open.
            drop(caller);
            drop(held);
            Ok(())
        }
    }
}

/// Calls as soon as there is a place, and ends as expected.
async fn ends(
    caller: &Caller<'_>,
    call: &Call,
    with: &Surroundings<'_>,
    expected: &Expect,
) -> Checked {
    let start = std::time::Instant::now();
    loop {
        let answer = caller.call(call).await?.answer;
        let status = answer.status();
        if status.is_none_or(|status| status.code != Code::ResourceExhausted) {
            if expected.code == Code::Ok {
                // Of a stream, only its end matters here.
                let code = answer.status().map(|status| status.code);
                return expect(code == Some(Code::Ok), "OK", || told(&answer));
            }
            let messages = Some(answer.messages.len());
            return judged(&answer, &Expect { messages, ..expected.clone() });
        }
        if start.elapsed() > with.patience {
            return Err(Trouble::different("a place that was given back", told(&answer)));
        }
    }
}
