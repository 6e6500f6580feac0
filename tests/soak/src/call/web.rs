//! A call by a protocol of the web, on a connection of its own.

use bytes::Bytes;
use conformance_web::request::{self, Content};
use conformance_web::{AnswerReader, Exchange, Http, Protocol};
use conformance_wire::{Endpoint, messages};
use http::{HeaderMap, HeaderValue};

use super::{Seen, told};
use crate::mix::{CANCELLED, audit_name};
use crate::requests::Request;

/// Makes the call, and `leaves` after the first part of its answer or reads all of it.
pub(super) async fn call(
    endpoint: &Endpoint,
    (protocol, http): (Protocol, Http),
    request: &Request,
    headers: HeaderMap,
    leaves: bool,
) -> Seen {
    let name = audit_name(protocol);
    let outgoing = match outgoing(endpoint, (protocol, http), request, headers) {
        Ok(outgoing) => outgoing,
        Err(fault) => return Seen::failed(name, fault),
    };
    let mut exchange = match Exchange::begin(endpoint, http, outgoing).await {
        Ok(exchange) => exchange,
        Err(error) => return Seen::failed(name, error.to_string()),
    };
    let read = read(&mut exchange, protocol, request, leaves).await;
    read.unwrap_or_else(|fault| Seen {
        fault: Some(format!("{protocol} over {http}: {fault}")),
        ..Seen::ended(name, -1)
    })
}

fn outgoing(
    endpoint: &Endpoint,
    (protocol, http): (Protocol, Http),
    request: &Request,
    headers: HeaderMap,
) -> Result<http::Request<Bytes>, String> {
    let content = Content::Message(request.framed(), request.json.to_string());
    let parts = request::parts(protocol, request.streams(), content);
    let query = parts.query.map_or(String::new(), |query| format!("?{query}"));
    let path = request.path();
    let uri = match http {
        Http::One => format!("{path}{query}"),
        Http::Two => format!("{endpoint}{path}{query}"),
    };
    let outgoing = http::Request::builder().method(parts.verb).uri(uri).body(parts.body);
    let mut outgoing = outgoing.map_err(|error| error.to_string())?;
    *outgoing.headers_mut() = headers;
    for (name, value) in parts.headers {
        outgoing.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    if http == Http::One {
        let host =
            HeaderValue::try_from(endpoint.authority()).map_err(|error| error.to_string())?;
        outgoing.headers_mut().insert("host", host);
    }
    Ok(outgoing)
}

async fn read(
    exchange: &mut Exchange,
    protocol: Protocol,
    request: &Request,
    leaves: bool,
) -> Result<Seen, String> {
    let head = exchange.head().await.map_err(|error| error.to_string())?;
    let (parts, ()) = head.ok_or("no head came")?.into_parts();
    let status = parts.headers.get("grpc-status").cloned();
    let method = messages::method(request.method);
    let mut reader = AnswerReader::new(protocol, method, parts.status, parts.headers);
    let mut last = None;
    while let Some(data) = exchange.data().await.map_err(|error| error.to_string())? {
        last = reader.take(&data).pop().or(last);
        if leaves {
            return Ok(Seen::ended(audit_name(protocol), CANCELLED));
        }
    }
    let end = reader.end();
    if let Some(fault) = end.faults.first() {
        return Err(format!("{}, not {}", fault.actual, fault.expected));
    }
    let status = end.trailers.and_then(|trailers| trailers.get("grpc-status").cloned()).or(status);
    let code = status.and_then(|status| status.to_str().ok()?.parse().ok());
    let code = code.ok_or("no status came")?;
    let answer = end.message.or(last).map(|message| told(request, &message.bytes)).transpose()?;
    Ok(Seen { answer, ..Seen::ended(audit_name(protocol), code) })
}
