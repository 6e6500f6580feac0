//! Makes of a gRPC answer what the caller understands.

mod answer_error;
mod body;
mod end;
mod error_json;
mod json_stream;
mod output;
mod output_error;
mod translated;
mod unary;
mod with_sources;

use std::collections::VecDeque;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, Response, StatusCode};
use http_body::Body;
use prost_reflect::{DescriptorPool, MessageDescriptor};

use crate::protocol::{Codec, Form};
use crate::status::{GrpcStatus, take_status};
pub use answer_error::AnswerError;
pub use body::WebBody;
use end::Ending;
use output::Output;
use translated::Translated;

const GRPC_ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const GRPC_ACCEPT_ENCODING: HeaderName = HeaderName::from_static("grpc-accept-encoding");
const CONNECT_ACCEPT_ENCODING: HeaderName = HeaderName::from_static("connect-accept-encoding");

/// Translates the answer to one call.
#[derive(Clone, Debug)]
pub(crate) struct Translator {
    pub(crate) form: Form,
    /// The type of its messages, if its method is known.
    pub(crate) message: Option<MessageDescriptor>,
    pub(crate) descriptors: DescriptorPool,
}

impl Translator {
    /// `answer` as the caller understands it.
    pub(crate) async fn translate<R>(self, answer: Response<R>) -> Response<WebBody<R>>
    where
        R: Body<Data = Bytes> + Unpin,
    {
        // What is no call has been answered in the words of HTTP.
        if answer.status() != StatusCode::OK {
            return answer.map(WebBody::as_it_is);
        }
        match self.form {
            Form::ConnectUnary { .. } => unary::answer(answer, &self).await,
            _ => self.stream(answer),
        }
    }

    /// An answer that may have any number of messages.
    fn stream<R>(self, answer: Response<R>) -> Response<WebBody<R>> {
        let (mut head, body) = answer.into_parts();
        let ending = match self.form {
            Form::ConnectStream { .. } => Ending::Connect(self.descriptors.clone()),
            form => Ending::GrpcWeb { is_text: form == Form::GrpcWebText },
        };
        let mut translated = Translated::new(body, self.output(), ending);
        // An answer without a body tells its status in its head.
        if GrpcStatus::of(&head.headers).is_some() {
            translated = translated.after(VecDeque::new(), Some(take_status(&mut head.headers)));
        }
        self.set_headers(&mut head.headers);
        Response::from_parts(head, WebBody::translated(translated))
    }

    /// What is made of its messages.
    fn output(&self) -> Output {
        match (self.form, &self.message) {
            (Form::GrpcWebText, _) => Output::text(),
            (Form::ConnectUnary { codec: Codec::Json }, Some(message)) => {
                Output::json(message.clone(), false)
            }
            (Form::ConnectUnary { .. }, _) => Output::without_prefix(),
            (form, Some(message)) if form.codec() == Codec::Json => {
                Output::json(message.clone(), true)
            }
            _ => Output::as_it_is(),
        }
    }

    /// Takes what is gRPC's own out of the head of an answer.
    fn set_headers(&self, headers: &mut HeaderMap) {
        if self.form.protocol() == crate::Protocol::Connect {
            headers.remove(GRPC_ENCODING);
            if let Some(accepted) = headers.remove(GRPC_ACCEPT_ENCODING) {
                let is_unary = matches!(self.form, Form::ConnectUnary { .. });
                let name = if is_unary { ACCEPT_ENCODING } else { CONNECT_ACCEPT_ENCODING };
                headers.insert(name, accepted);
            }
        }
        take_status(headers);
        headers.insert(CONTENT_TYPE, self.form.content_type());
    }
}
