//! The frames of a streamed call.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::{Stream, stream};
use prost::Message;
use tonic::Streaming;
use tonic_prost::ProstCodec;

use crate::call::{Attempt, Bounds, Caller};
use crate::error::Error;
use crate::transport::ready;

/// The frames of one streamed call. It begins when this is first polled; dropped, it is
/// cancelled. After an error there is nothing more.
#[must_use = "a call begins when its stream is polled"]
pub struct Frames<A>(Pin<Box<dyn Stream<Item = Result<A, Error>> + Send>>);

impl<A: Message + Default + 'static> Frames<A> {
    pub(crate) fn new<M>(caller: &Arc<Caller>, path: &'static str, message: M) -> Self
    where
        M: Message + Clone + Default + 'static,
    {
        let begin = Progress::NotBegun { caller: Arc::clone(caller), path, message };
        Self(Box::pin(stream::try_unfold(begin, Progress::next)))
    }
}

/// How far a streamed call is.
enum Progress<M, A> {
    NotBegun { caller: Arc<Caller>, path: &'static str, message: M },
    Begun(Box<Begun<A>>),
}

/// A call whose first frame is there.
struct Begun<A> {
    caller: Arc<Caller>,
    frames: Streaming<A>,
    bounds: Bounds,
    attempts: u32,
}

impl<M, A> Progress<M, A>
where
    M: Message + Clone + Default + 'static,
    A: Message + Default + 'static,
{
    async fn next(self) -> Result<Option<(A, Self)>, Error> {
        match self {
            Self::NotBegun { caller, path, message } => first(caller, path, message).await,
            Self::Begun(mut begun) => {
                let next = begun.caller.within(begun.bounds, begun.frames.message()).await;
                // What has been seen cannot be taken back, so the rest is not tried again.
                let frame = next.map_err(|error| error.after(begun.attempts))?;
                Ok(frame.map(|frame| (frame, Self::Begun(begun))))
            }
        }
    }
}

/// The first frame, by as many attempts as it takes.
async fn first<M, A>(
    caller: Arc<Caller>,
    path: &'static str,
    message: M,
) -> Result<Option<(A, Progress<M, A>)>, Error>
where
    M: Message + Clone + Default + 'static,
    A: Message + Default + 'static,
{
    let mut attempts = caller.attempts();
    loop {
        let (attempt, request) = caller.attempt(&attempts, path, message.clone());
        let Attempt { bounds, mut grpc, path } = attempt;
        let work = async {
            ready(&mut grpc).await?;
            let codec = ProstCodec::<M, A>::default();
            let mut frames = grpc.server_streaming(request, path, codec).await?.into_inner();
            let frame = frames.message().await?;
            Ok((frame, frames))
        };
        match caller.within(bounds, work).await {
            Ok((None, _)) => return Ok(None),
            Ok((Some(frame), frames)) => {
                let attempts = attempts.made();
                let begun = Box::new(Begun { caller, frames, bounds, attempts });
                return Ok(Some((frame, Progress::Begun(begun))));
            }
            Err(error) => caller.wait_after(&mut attempts, error).await?,
        }
    }
}

impl<A> Stream for Frames<A> {
    type Item = Result<A, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(context)
    }
}

impl<A> fmt::Debug for Frames<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Frames(..)")
    }
}
