//! What a report shows of the calls of a case.

use super::Test;
use super::repeat::{self, json};
use crate::case::{Body, Call};
use crate::check::listed;
use crate::client::prepare;
use crate::draws::Draws;
use crate::server::Server;
use crate::verdict::Evidence;

/// What a test calls; of a procedure, the one of its calls that did not pass, if it is
/// known.
#[must_use]
pub fn called(
    test: &Test,
    server: Option<&Server>,
    failed: Option<&Call>,
    draws: &Draws,
) -> Evidence {
    let Some(procedure) = &test.case.procedure else {
        let expect = test.case.expect.as_ref();
        let second =
            expect.and_then(|expect| expect.same_as.as_ref().or(expect.same_error_as.as_ref()));
        let first = test.case.call.as_ref();
        return first.map_or_else(Evidence::default, |call| of(test, call, second, server));
    };
    let with: Vec<_> =
        procedure.with.iter().map(|(name, value)| format!(" {name}={value}")).collect();
    let procedure = format!("procedure {}{}", procedure.name, with.concat());
    let mut evidence = failed.map_or_else(
        || Evidence { server: started_with(server), ..Evidence::default() },
        |call| of(test, call, None, server),
    );
    evidence.request.insert(0, procedure);
    if let Some(line) = server.and_then(|server| repeat::whole(test, server, draws)) {
        evidence.repeat = vec![line];
    }
    evidence
}

fn of(test: &Test, call: &Call, second: Option<&Call>, server: Option<&Server>) -> Evidence {
    let metadata = server
        .and_then(|server| prepare(call, server).ok())
        .map_or_else(Vec::new, |callable| callable.shown_metadata);
    let calls: Vec<_> = [Some(call), second].into_iter().flatten().collect();
    let repeat = server.map(|server| repeat::lines(test, &calls, server));
    Evidence {
        server: started_with(server),
        request: request(call),
        metadata,
        second_call: second.map(request).unwrap_or_default(),
        repeat: repeat.unwrap_or_default(),
        ..Evidence::default()
    }
}

fn started_with(server: Option<&Server>) -> Vec<String> {
    server.map_or_else(Vec::new, |server| server.started_with.clone())
}

fn request(call: &Call) -> Vec<String> {
    let mut lines = vec![format!("{} {}", call.method, json(call))];
    if call.protocol.is_web() {
        lines.push(format!("over {} by {}", call.http, call.protocol));
    }
    if let Some(verb) = &call.verb {
        lines.push(format!("by {verb}"));
    }
    match &call.body {
        None => {}
        Some(Body::Frames(frames)) => lines.push(format!("as the DATA frames {}", listed(frames))),
        Some(Body::Text(text)) => lines.push(format!("as the text {text}")),
        Some(Body::BytesOverLimit(over)) => {
            lines.push(format!("filled up to the limit of a message, and {over} bytes"));
        }
        Some(Body::UnknownFields(count)) => lines.push(format!("with {count} unknown fields")),
        Some(Body::Times(times)) => lines.push(format!("{times} times")),
        Some(Body::PrefixOverLimit(over)) => {
            lines.push(format!("as the prefix of a message of the limit and {over} bytes, alone"));
        }
    }
    if !call.trailers.is_empty() {
        let sent = call.trailers.iter().map(|(name, values)| format!("{name}: {}", listed(values)));
        lines.push(format!("with the trailers {}", listed(sent)));
    }
    lines
}
