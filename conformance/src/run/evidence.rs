//! What a report shows of a call, and the command that repeats it.

use serde_json::Value;

use super::Test;
use crate::case::{Body, Call};
use crate::client::prepare;
use crate::server::Server;
use crate::verdict::Evidence;

/// What a test calls; of a procedure, the one of its calls that did not pass, if it is
/// known.
#[must_use]
pub fn called(test: &Test, server: Option<&Server>, failed: Option<&Call>) -> Evidence {
    let Some(procedure) = &test.case.procedure else {
        return test.case.call.as_ref().map_or_else(Evidence::default, |call| of(call, server));
    };
    let with: Vec<_> =
        procedure.with.iter().map(|(name, value)| format!(" {name}={value}")).collect();
    let procedure = format!("procedure {}{}", procedure.name, with.concat());
    let mut evidence = failed.map_or_else(Evidence::default, |call| of(call, server));
    evidence.request.insert(0, procedure);
    evidence
}

fn of(call: &Call, server: Option<&Server>) -> Evidence {
    let metadata = server
        .and_then(|server| prepare(call, server).ok())
        .map_or_else(Vec::new, |callable| callable.shown_metadata);
    Evidence {
        request: request(call),
        metadata,
        repeat: server.and_then(|server| grpcurl(call, server)),
        ..Evidence::default()
    }
}

fn request(call: &Call) -> Vec<String> {
    let mut lines = vec![format!("{} {}", call.method, json(call))];
    if let Some(verb) = &call.verb {
        lines.push(format!("by {verb}"));
    }
    match &call.body {
        None => {}
        Some(Body::Frames(frames)) => lines.push(format!("as the DATA frames {frames:?}")),
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
        lines.push(format!("with the trailers {:?}", call.trailers));
    }
    lines
}

fn json(call: &Call) -> String {
    call.request
        .as_ref()
        .map_or("{}".to_owned(), |request| Value::Object(request.clone()).to_string())
}

/// A line for a shell, if grpcurl can send such a call. A key is named by its
/// variable, since reports are passed on.
fn grpcurl(call: &Call, server: &Server) -> Option<String> {
    if call.body.is_some() || call.verb.is_some() || !call.trailers.is_empty() {
        return None;
    }
    let mut line = "grpcurl".to_owned();
    match (&server.endpoint.tls, &server.certificates) {
        (None, _) => line += " -plaintext",
        (Some(_), _) => line += " -cacert ca.pem",
    }
    let sign = &call.sign;
    if !server.keys.is_empty() && !sign.none {
        let method = sign.method.as_ref().unwrap_or(&call.method);
        let timestamp = match (&sign.timestamp, sign.skew_seconds) {
            (Some(timestamp), _) => format!(" --timestamp {}", quoted(timestamp)),
            (None, Some(skew)) => format!(" --timestamp $(( $(date +%s) + {skew:.0} ))"),
            (None, None) => String::new(),
        };
        if sign.alter.is_some() || sign.show_key.is_some() {
            return None;
        }
        let key = sign.key;
        line = format!("{line} $(MFN_API_KEY=key-{key} mfn sign {method}{timestamp})");
    }
    for (name, values) in &call.metadata {
        if name == "content-type" || name == "te" {
            return None;
        }
        for value in values {
            let header = quoted(&format!("{name}: {value}"));
            line = format!("{line} -H {header}");
        }
    }
    let (data, to) = (quoted(&json(call)), server.endpoint.authority());
    Some(format!("{line} -d {data} {to} {}", call.method))
}

/// A word of a shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}
