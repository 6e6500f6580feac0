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
