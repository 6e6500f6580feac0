//! The protocols, and what each is known by.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a call is made.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// gRPC over HTTP/2, which is none of the web.
    #[default]
    Grpc,
    /// gRPC-Web, binary.
    GrpcWeb,
    /// gRPC-Web in base64.
    GrpcWebText,
    /// Connect with messages of protobuf.
    Connect,
    /// Connect with messages in JSON.
    ConnectJson,
    /// Connect by GET, with a message of protobuf.
    ConnectGet,
    /// Connect by GET, with a message in JSON.
    ConnectGetJson,
    /// None: the body and the headers are what the case says, and the answer is not read.
    Plain,
}

/// A version of HTTP.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub enum Http {
    /// HTTP/1.1.
    #[default]
    #[serde(rename = "1.1")]
    One,
    /// HTTP/2.
    #[serde(rename = "2")]
    Two,
}

/// How the bodies of a protocol are made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Framing {
    /// Messages and trailers of gRPC-Web.
    GrpcWeb,
    /// The message alone.
    Whole,
    /// Envelopes of Connect.
    Envelopes,
    /// Nobody knows.
    Unknown,
}

impl Protocol {
    /// Whether it is one of the web.
    #[must_use]
    pub fn is_web(self) -> bool {
        self != Self::Grpc
    }

    /// Whether messages are in JSON.
    #[must_use]
    pub fn is_json(self) -> bool {
        matches!(self, Self::ConnectJson | Self::ConnectGetJson)
    }

    /// Whether the message is in the query.
    #[must_use]
    pub fn is_get(self) -> bool {
        matches!(self, Self::ConnectGet | Self::ConnectGetJson)
    }

    /// The content type of a request, and of its answer; of one that is made by GET, that of
    /// the answer alone.
    #[must_use]
    pub fn content_type(self, streams: bool) -> Option<&'static str> {
        Some(match (self, streams) {
            (Self::Grpc, _) => "application/grpc",
            (Self::GrpcWeb, _) => "application/grpc-web+proto",
            (Self::GrpcWebText, _) => "application/grpc-web-text+proto",
            (Self::Connect | Self::ConnectGet, false) => "application/proto",
            (Self::ConnectJson | Self::ConnectGetJson, false) => "application/json",
            (Self::Connect | Self::ConnectGet, true) => "application/connect+proto",
            (Self::ConnectJson | Self::ConnectGetJson, true) => "application/connect+json",
            (Self::Plain, _) => return None,
        })
    }

    pub(crate) fn framing(self, streams: bool) -> Framing {
        match self {
            Self::GrpcWeb | Self::GrpcWebText => Framing::GrpcWeb,
            Self::Grpc | Self::Plain => Framing::Unknown,
            _ if streams => Framing::Envelopes,
            _ => Framing::Whole,
        }
    }
}

/// As cases write it.
impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// As people write it.
impl fmt::Display for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::One { "HTTP/1.1" } else { "HTTP/2" })
    }
}
