//! What a request is written in, by its content type.

use http::header::CONTENT_TYPE;
use http::{Extensions, HeaderMap, HeaderValue};

/// The protocol of a request. It is in the extensions of the requests that are passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// gRPC itself.
    Grpc,
    /// gRPC-Web, binary or as text.
    GrpcWeb,
    /// The Connect protocol, unary or streaming.
    Connect,
    /// HTTP and nothing beyond: the request is no call.
    Http,
}

impl Protocol {
    /// That of the request of these extensions.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get().copied().unwrap_or(Self::Grpc)
    }

    /// Its name in records of calls.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Grpc => "grpc",
            Self::GrpcWeb => "grpc-web",
            Self::Connect => "connect",
            Self::Http => "http",
        }
    }
}

/// What messages are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    Proto,
    Json,
}

/// How a call is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Grpc,
    /// Each message with its prefix, and trailers as a last message.
    GrpcWeb {
        codec: Codec,
    },
    /// The same in base64.
    GrpcWebText,
    /// One message and nothing else.
    ConnectUnary {
        codec: Codec,
    },
    /// Each message with its prefix, and the end of the stream as a last message.
    ConnectStream {
        codec: Codec,
    },
}

/// The content types of each form. Of gRPC and of gRPC-Web, what follows the name may be
/// left out.
const TYPES: [(&str, Form); 11] = [
    ("application/grpc-web", Form::GrpcWeb { codec: Codec::Proto }),
    ("application/grpc-web+proto", Form::GrpcWeb { codec: Codec::Proto }),
    ("application/grpc-web+json", Form::GrpcWeb { codec: Codec::Json }),
    ("application/grpc-web-text", Form::GrpcWebText),
    ("application/grpc-web-text+proto", Form::GrpcWebText),
    ("application/json", Form::ConnectUnary { codec: Codec::Json }),
    ("application/proto", Form::ConnectUnary { codec: Codec::Proto }),
    ("application/connect+json", Form::ConnectStream { codec: Codec::Json }),
    ("application/connect+proto", Form::ConnectStream { codec: Codec::Proto }),
    ("application/grpc", Form::Grpc),
    ("application/grpc+proto", Form::Grpc),
];

impl Form {
    /// That of the content type in `headers`, if it is known.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        Self::of_content_type(headers.get(CONTENT_TYPE)?)
    }

    fn of_content_type(value: &HeaderValue) -> Option<Self> {
        // Calls of gRPC are to pay least for the others.
        if value.as_bytes() == b"application/grpc" {
            return Some(Self::Grpc);
        }
        let media_type = value.as_bytes().split(|byte| *byte == b';').next()?.trim_ascii();
        let known = TYPES.iter().find(|(name, _)| media_type.eq_ignore_ascii_case(name.as_bytes()));
        known.map(|(_, form)| *form).or_else(|| {
            // Of gRPC, any message format is one that the service behind may know.
            let name = media_type.get(..b"application/grpc+".len())?;
            name.eq_ignore_ascii_case(b"application/grpc+").then_some(Self::Grpc)
        })
    }

    pub(crate) fn protocol(self) -> Protocol {
        match self {
            Self::Grpc => Protocol::Grpc,
            Self::GrpcWeb { .. } | Self::GrpcWebText => Protocol::GrpcWeb,
            Self::ConnectUnary { .. } | Self::ConnectStream { .. } => Protocol::Connect,
        }
    }

    /// What its messages are written in.
    pub(crate) fn codec(self) -> Codec {
        match self {
            Self::Grpc | Self::GrpcWebText => Codec::Proto,
            Self::GrpcWeb { codec }
            | Self::ConnectUnary { codec }
            | Self::ConnectStream { codec } => codec,
        }
    }

    /// The content type of an answer in it.
    pub(crate) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Grpc => "application/grpc",
            Self::GrpcWeb { codec: Codec::Proto } => "application/grpc-web+proto",
            Self::GrpcWeb { codec: Codec::Json } => "application/grpc-web+json",
            Self::GrpcWebText => "application/grpc-web-text+proto",
            Self::ConnectUnary { codec: Codec::Proto } => "application/proto",
            Self::ConnectUnary { codec: Codec::Json } => "application/json",
            Self::ConnectStream { codec: Codec::Proto } => "application/connect+proto",
            Self::ConnectStream { codec: Codec::Json } => "application/connect+json",
        })
    }

    /// Whether a method can be called in it whose answers are streams, or are not.
    pub(crate) fn fits(self, is_streaming: bool) -> bool {
        match self {
            Self::Grpc | Self::GrpcWeb { .. } | Self::GrpcWebText => true,
            Self::ConnectUnary { .. } => !is_streaming,
            Self::ConnectStream { .. } => is_streaming,
        }
    }
}

/// The content types in which a method can be called whose answers are streams, or are
/// not, as `accept-post` has them.
pub(crate) fn accepted_types(is_streaming: bool) -> HeaderValue {
    let fits = TYPES.iter().filter(|(_, form)| form.fits(is_streaming));
    let names: Vec<_> = fits.map(|(name, _)| *name).collect();
    HeaderValue::try_from(names.join(", ")).expect("names of types are ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(content_type: &'static str) -> Option<Form> {
        Form::of_content_type(&HeaderValue::from_static(content_type))
    }

    // shows MFN-WEB-002
    #[test]
    fn a_form_is_known_by_its_media_type_whatever_its_letters_and_parameters() {
        let json = Some(Form::ConnectUnary { codec: Codec::Json });
        assert_eq!(form("application/json"), json);
        assert_eq!(form("Application/JSON; charset=utf-8"), json);
        assert_eq!(form("application/json ;a=b"), json);
        assert_eq!(form("application/grpc"), Some(Form::Grpc));
        assert_eq!(form("application/grpc+anything"), Some(Form::Grpc));
        assert_eq!(form("application/grpc;a=b"), Some(Form::Grpc));
        assert_eq!(form("application/grpc-web-text"), Some(Form::GrpcWebText));
        for unknown in ["", "application/grpcx", "text/json", "application/grpc-web+xml"] {
            assert_eq!(form(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn the_content_type_of_an_answer_is_one_that_is_understood() {
        for (_, known) in TYPES {
            let value = known.content_type();
            assert_eq!(Form::of_content_type(&value), Some(known));
        }
    }

    #[test]
    fn what_a_method_accepts_depends_on_its_answers() {
        let unary = accepted_types(false);
        let unary = unary.to_str().expect("ASCII");
        assert!(unary.contains("application/json") && !unary.contains("application/connect"));
        let streams = accepted_types(true);
        let streams = streams.to_str().expect("ASCII");
        assert!(streams.contains("application/connect+json") && !streams.contains("/json"));
    }
}
