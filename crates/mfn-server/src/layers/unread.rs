//! Bounds how many answers wait for their readers, and for how long, whose calls are
//! charged to nobody: health, and whatever is refused in a body. Streams cost
//! memory, and anyone can open them and never read.

use http::Request;
use http_body::Body as _;

use super::answer_body::{Answer, Bound};
use super::around::{After, Around, Refusal};
use crate::audit::Observed;
use crate::free_calls::ConnectionFreeCalls;
use crate::origin::Origin;
use crate::reader::Reader;

/// Has answers read that nobody is charged for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadInTime;

impl Around for ReadInTime {
    type Kept = Uncharged;

    fn before<B>(&self, call: &mut Request<B>) -> Result<Uncharged, Refusal> {
        Ok(Uncharged {
            connection: Origin::free_calls(call.extensions())?,
            observed: call.extensions().get().cloned(),
        })
    }
}

/// A call that may be charged to nobody.
#[derive(Debug)]
pub(crate) struct Uncharged {
    connection: ConnectionFreeCalls,
    observed: Option<Observed>,
}

impl After for Uncharged {
    fn after(self, answer: &mut Answer) {
        // A head is sent however little the reader takes.
        if answer.body().bound() == Bound::Permit || answer.body().is_end_stream() {
            return;
        }
        let reader = Reader::begin_uncharged(self.observed, self.connection.answer());
        answer.body_mut().is_read_by(reader);
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;
    use std::net::{Ipv4Addr, SocketAddr};
    use std::sync::Arc;

    use bytes::Bytes;
    use mfn_access::{Key, Limits};
    use tonic::{Code, Status};
    use tower::{Layer as _, ServiceExt as _, service_fn};

    use super::*;
    use crate::eviction::Candidates;
    use crate::free_calls::FreeCalls;
    use crate::layers::answer_body::AnswerBody;
    use crate::layers::around::AroundLayer;
    use crate::permit::Permit;

    /// The answer of a call with or without an origin, and who has to read it in time.
    async fn answer(has_origin: bool, inner: fn() -> AnswerBody) -> (Answer, Option<Arc<Reader>>) {
        let service = AroundLayer(ReadInTime)
            .layer(service_fn(move |_: Request<()>| ready(Ok(Answer::new(inner())))));
        let mut call = Request::new(());
        if has_origin {
            let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
            let free_calls = FreeCalls::default().of_connection();
            Origin::new(peer, free_calls, Arc::new(Candidates::default().enter()))
                .accompany(&mut call);
        }
        let answer = service.oneshot(call).await.expect("always an answer");
        (answer, Reader::begun())
    }

    fn message() -> AnswerBody {
        AnswerBody::message(Bytes::from_static(b"message"))
    }

    #[tokio::test]
    async fn an_answer_has_to_be_read_in_time_unless_it_is_charged_or_only_a_head() {
        let (answer_to_read, reader) = answer(true, message).await;
        let reader = reader.expect("it has a reader");
        assert!(reader.uncharged().is_some());
        assert!(reader.stalls_at().is_some(), "it is not read yet");
        drop(answer_to_read);
        assert_eq!(reader.stalls_at(), None);

        let charged = || {
            let mut body = message();
            body.keep(Permit::for_test(Arc::new(Key::anonymous(Limits::default()))), None);
            body
        };
        assert!(answer(true, charged).await.1.is_none());
        assert!(answer(true, AnswerBody::default).await.1.is_none());
    }

    #[tokio::test]
    async fn a_call_whose_answers_nobody_bounds_has_no_answer() {
        let (refused, reader) = answer(false, message).await;
        let status = Status::from_header_map(refused.headers()).expect("a status");
        assert_eq!(status.code(), Code::Internal);
        assert!(reader.is_none());
    }
}
