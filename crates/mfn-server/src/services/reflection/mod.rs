//! `grpc.reflection.v1` and `grpc.reflection.v1alpha`: what is served, for tools.
//!
//! tonic-reflection has them too, but knows values of enums by a name that is not
//! theirs, ends a stream with the first symbol that it does not know, and answers
//! without end. The two versions have the same messages, each in a package of its
//! own, so both are answered alike.

mod index;
mod stream;

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Request;
use tokio_stream::StreamExt as _;
use tonic::Code;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{
    ErrorResponse, ExtensionNumberResponse, FileDescriptorResponse, ListServiceResponse,
    ServiceResponse,
};
use tonic_reflection::pb::{v1, v1alpha};
use tower::Service;

use super::answer;
use crate::error::Error;
use crate::free_calls::MAX_MESSAGE_BYTES;
use crate::layers::answer_body::Answer;
use crate::messages::{Messages, Methods, RequestData};
use crate::metrics::ServedService;
use crate::origin::Origin;
use crate::request_id::RequestId;
use index::Index;
use stream::Answers;

/// The two versions of the service.
pub(super) const V1: &str = "grpc.reflection.v1.ServerReflection";
pub(super) const V1ALPHA: &str = "grpc.reflection.v1alpha.ServerReflection";

/// The same with their descriptors.
pub(super) const SERVED: [ServedService; 2] = [
    ServedService { name: V1, descriptors: v1::FILE_DESCRIPTOR_SET },
    ServedService { name: V1ALPHA, descriptors: v1alpha::FILE_DESCRIPTOR_SET },
];

/// Answers both.
#[derive(Clone, Debug)]
pub(crate) struct Reflection {
    methods: [Methods; 2],
    index: Arc<Index>,
}

impl Reflection {
    /// Reflection on everything that is served, itself included, and on the details
    /// of errors, so that tools can show them.
    pub(super) fn new() -> Self {
        let index = Index::of(&[
            mfn_proto::FILE_DESCRIPTOR_SET,
            tonic_health::pb::FILE_DESCRIPTOR_SET,
            v1::FILE_DESCRIPTOR_SET,
            v1alpha::FILE_DESCRIPTOR_SET,
            tonic_types::pb::FILE_DESCRIPTOR_SET,
        ]);
        let v1 = Methods::of(V1, v1::FILE_DESCRIPTOR_SET);
        let v1alpha = Methods::of(V1ALPHA, v1alpha::FILE_DESCRIPTOR_SET);
        Self { methods: [v1, v1alpha], index: Arc::new(index) }
    }
}

impl<B> Service<Request<B>> for Reflection
where
    B: RequestData,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = Ready<Result<Answer, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let id = RequestId::in_layers(request.extensions());
        let path = request.uri().path();
        let Some(method) = self.methods.iter().find_map(|methods| methods.at(path)).cloned() else {
            return ready(Ok(Error::MethodUnknown.into_response(&id)));
        };
        let observed = request.extensions().get().cloned();
        let answers = Origin::free_calls(request.extensions()).and_then(|connection| {
            let questions = Messages::new(request.into_body(), method.request, MAX_MESSAGE_BYTES);
            Answers::new(questions.observed(observed), connection, Arc::clone(&self.index))
        });
        ready(Ok(match answers {
            Ok(answers) => answer::lasting(
                answers
                    .into_stream()
                    .map(move |next| next.map_err(|unread| unread.into_status(&id))),
            ),
            Err(error) => error.into_response(&id),
        }))
    }
}

/// The answer to one question. What is not found is an answer too.
fn reflect(index: &Index, question: Option<&MessageRequest>) -> MessageResponse {
    let file = |file: Option<&[u8]>| file.map(file_response).ok_or("there is no such file");
    let response = match question {
        Some(MessageRequest::FileByFilename(name)) => file(index.file(name)),
        Some(MessageRequest::FileContainingSymbol(symbol)) => {
            file(index.file_of_symbol(symbol)).map_err(|_| "there is no such symbol")
        }
        Some(MessageRequest::FileContainingExtension(wanted)) => {
            file(index.file_of_extension(&wanted.containing_type, wanted.extension_number))
                .map_err(|_| "there is no such extension")
        }
        Some(MessageRequest::AllExtensionNumbersOfType(name)) => match index.file_of_symbol(name) {
            Some(_) => Ok(MessageResponse::AllExtensionNumbersResponse(ExtensionNumberResponse {
                base_type_name: name.clone(),
                extension_number: index.extensions_of(name),
            })),
            None => Err("there is no such type"),
        },
        Some(MessageRequest::ListServices(_)) => Ok(list_response(index.services())),
        None => return error_response(Code::InvalidArgument, "ask for a file, a symbol or a list"),
    };
    response.unwrap_or_else(|error| error_response(Code::NotFound, error))
}

fn file_response(file: &[u8]) -> MessageResponse {
    let file_descriptor_proto = vec![file.to_vec()];
    MessageResponse::FileDescriptorResponse(FileDescriptorResponse { file_descriptor_proto })
}

fn list_response(services: &[String]) -> MessageResponse {
    let service = services.iter().map(|name| ServiceResponse { name: name.clone() }).collect();
    MessageResponse::ListServicesResponse(ListServiceResponse { service })
}

fn error_response(code: Code, message: &str) -> MessageResponse {
    let (error_code, error_message) = (code.into(), message.to_owned());
    MessageResponse::ErrorResponse(ErrorResponse { error_code, error_message })
}
