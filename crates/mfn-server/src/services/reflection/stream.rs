//! One stream of reflection: each message is a question, and is answered before the
//! next one is read.

use std::sync::Arc;

use futures_util::stream::try_unfold;
use prost::Message as _;
use tokio_stream::Stream;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

use super::index::Index;
use super::reflect;
use crate::error::Error;
use crate::free_calls::{ConnectionFreeCalls, FreeCallPermit};
use crate::messages::{Messages, RequestData, Unread};

/// Most answers of one stream. A tool asks for each service and file once.
const MAX_ANSWERS: usize = 256;
/// Most bytes of all of them: more than thirty times all files.
const MAX_BYTES: usize = 1024 * 1024;

/// The answers to the questions of a request.
#[derive(Debug)]
pub(super) struct Answers<B> {
    questions: Messages<B>,
    connection: ConnectionFreeCalls,
    index: Arc<Index>,
    count: usize,
    bytes: usize,
    _permit: FreeCallPermit,
}

impl<B> Answers<B>
where
    B: RequestData,
{
    /// Answers of `index` to these `questions`.
    ///
    /// # Errors
    /// Too many such streams are open.
    pub(super) fn new(
        questions: Messages<B>,
        connection: ConnectionFreeCalls,
        index: Arc<Index>,
    ) -> Result<Self, Error> {
        let permit = connection.reflection()?;
        Ok(Self { questions, connection, index, count: 0, bytes: 0, _permit: permit })
    }

    /// One after the other, until the questions end or are too many.
    pub(super) fn into_stream(
        self,
    ) -> impl Stream<Item = Result<ServerReflectionResponse, Unread>> + Send {
        try_unfold(self, |mut answers| async move {
            Ok(answers.next().await?.map(|answer| (answer, answers)))
        })
    }

    async fn next(&mut self) -> Result<Option<ServerReflectionResponse>, Unread> {
        let Some(question) = self.connection.receive(self.questions.next()).await? else {
            return Ok(None);
        };
        let question: ServerReflectionRequest = question?.decode()?;
        self.connection.reflect()?;
        let answer = reflect(&self.index, question.message_request.as_ref());
        let answer = ServerReflectionResponse {
            valid_host: question.host.clone(),
            original_request: Some(question),
            message_response: Some(answer),
        };
        self.admit(answer.encoded_len())?;
        Ok(Some(answer))
    }

    /// Counts an answer of so many bytes.
    fn admit(&mut self, bytes: usize) -> Result<(), Error> {
        self.count += 1;
        self.bytes += bytes;
        let too_many = |what, limit| Err(Error::TooManyFreeCalls { what, limit });
        if self.count > MAX_ANSWERS {
            too_many("answers on one stream of reflection", MAX_ANSWERS)
        } else if self.bytes > MAX_BYTES {
            too_many("bytes of answers on one stream of reflection", MAX_BYTES)
        } else {
            Ok(())
        }
    }
}
